import { Api, GrammyError, InputFile } from 'grammy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Receiver, TestSandbox } from '../test-support.ts';
import { startReceiver, startSandbox } from '../test-support.ts';

const TOKEN = '7000000001:AAsandbox_token-1';
const CUSTOMER = { id: 1111, first_name: 'Анна', language_code: 'ru' };

let sandbox: TestSandbox;
let receiver: Receiver;
let api: Api;

beforeEach(async () => {
	sandbox = await startSandbox();
	receiver = await startReceiver();
	api = new Api(TOKEN, { apiRoot: `${sandbox.url}/telegram` });
	await sandbox.post('/telegram/bots', { token: TOKEN, username: 'flores_bot', name: 'Flores' });
});
afterEach(async () => {
	await sandbox.close();
	await receiver.close();
});

async function failure(call: Promise<unknown>): Promise<GrammyError> {
	const error: unknown = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof GrammyError)) throw new Error(`expected a Bot API error, got ${String(error)}`);
	return error;
}

function writes(text: string): Promise<Record<string, unknown>> {
	return sandbox.post('/telegram/bots/flores_bot/messages', { from: CUSTOMER, text });
}

describe('Bot API, driven by grammY', () => {
	it('knows registered bots and refuses other tokens', async () => {
		expect(await api.getMe()).toMatchObject({ id: 7000000001, is_bot: true, first_name: 'Flores', username: 'flores_bot' });
		const stranger = new Api('1:nobody', { apiRoot: `${sandbox.url}/telegram` });
		expect(await failure(stranger.getMe())).toMatchObject({ error_code: 401, description: 'Unauthorized' });
	});

	it('sets, shows and deletes a webhook', async () => {
		await api.setWebhook(receiver.url, { secret_token: 'se-cret_1', allowed_updates: ['message'] });
		expect(await api.getWebhookInfo()).toMatchObject({ url: receiver.url, allowed_updates: ['message'], pending_update_count: 0 });
		expect(await sandbox.get('/telegram/bots/flores_bot')).toMatchObject({
			webhook: { url: receiver.url, has_secret: true, allowed_updates: ['message'] },
		});
		expect(JSON.stringify(await sandbox.get('/telegram/bots/flores_bot'))).not.toContain(TOKEN);
		expect(await failure(api.getUpdates())).toMatchObject({ error_code: 409 });
		await api.deleteWebhook();
		expect(await sandbox.get('/telegram/bots/flores_bot')).toMatchObject({ webhook: null });
	});

	it('refuses a secret with characters that Telegram does not take', async () => {
		expect(await failure(api.setWebhook(receiver.url, { secret_token: 'no spaces' }))).toMatchObject({
			error_code: 400,
			description: 'Bad Request: secret token contains unallowed characters',
		});
	});

	it('delivers what a customer writes with the secret token', async () => {
		await api.setWebhook(receiver.url, { secret_token: 'se-cret_1' });
		const answer = await writes('Здравствуйте!');
		expect(answer).toMatchObject({ deliveries: [{ status: 200 }] });
		const [call] = await receiver.waitFor(1);
		expect(call?.headers['x-telegram-bot-api-secret-token']).toBe('se-cret_1');
		expect(call?.body).toMatchObject({
			update_id: answer['update_id'],
			message: {
				from: { id: 1111, is_bot: false, first_name: 'Анна', language_code: 'ru' },
				chat: { id: 1111, type: 'private' },
				text: 'Здравствуйте!',
			},
		});
		expect((await api.getWebhookInfo()).pending_update_count).toBe(0);
	});

	it('keeps updates until a webhook is set, and delivers a repeated update_id again', async () => {
		const { update_id } = await writes('one');
		expect(await api.getUpdates()).toMatchObject([{ update_id }]);
		await api.setWebhook(receiver.url);
		await receiver.waitFor(1);
		await sandbox.post('/telegram/bots/flores_bot/messages', { from: CUSTOMER, text: 'one', update_id });
		const calls = await receiver.waitFor(2);
		expect(calls.map((call) => call.body['update_id'])).toEqual([update_id, update_id]);
	});

	it('tries again after an answer that is not a success', async () => {
		await receiver.close();
		receiver = await startReceiver([502]);
		await api.setWebhook(receiver.url);
		expect(await writes('hello')).toMatchObject({ deliveries: [{ status: 502 }] });
		expect(await api.getWebhookInfo()).toMatchObject({ pending_update_count: 1, last_error_message: expect.stringContaining('502') });
		await receiver.waitFor(2);
		await expect.poll(async () => (await api.getWebhookInfo()).pending_update_count).toBe(0);
	});

	it('sends messages up to 4096 characters, to people who wrote first', async () => {
		expect(await failure(api.sendMessage(1111, 'hi'))).toMatchObject({ description: 'Bad Request: chat not found' });
		await writes('hello');
		const sent = await api.sendMessage(1111, 'Букет 59,90 €');
		expect(sent).toMatchObject({ chat: { id: 1111, type: 'private' }, from: { is_bot: true }, text: 'Букет 59,90 €' });
		expect(await failure(api.sendMessage(1111, 'x'.repeat(4097)))).toMatchObject({ error_code: 400, description: 'Bad Request: message is too long' });
		expect(await sandbox.get('/sent?channel=telegram&to=1111')).toMatchObject({
			data: [{ account: 'flores_bot', to: '1111', type: 'text', text: 'Букет 59,90 €', message_id: String(sent.message_id) }],
		});
	});

	it('sends photos by URL, by upload and by file id, and shows typing', async () => {
		await writes('hello');
		await api.sendChatAction(1111, 'typing');
		const byUrl = await api.sendPhoto(1111, 'https://img.example/rose.jpg', { caption: 'Роза' });
		expect(byUrl).toMatchObject({ caption: 'Роза', photo: [{ width: 1280 }] });
		const uploaded = await api.sendPhoto(1111, new InputFile(Buffer.from('GIF89a'), 'rose.gif'));
		const fileId = uploaded.photo[0]?.file_id ?? '';
		await api.sendPhoto(1111, fileId);
		const { data } = await sandbox.get('/sent?channel=telegram');
		const urls = Array.isArray(data) ? data.map((one: { media_url: string }) => one.media_url) : [];
		expect(urls[0]).toBe('https://img.example/rose.jpg');
		expect(await (await fetch(urls[1] ?? '')).text()).toBe('GIF89a');
		expect(urls[2]).toBe(urls[1]);
		await api.sendVideo(1111, 'https://img.example/rose.mp4');
	});

	it('serves a voice note through getFile', async () => {
		await api.setWebhook(receiver.url);
		await sandbox.post('/telegram/bots/flores_bot/messages', { from: CUSTOMER, voice: true });
		const [call] = await receiver.waitFor(1);
		const message = call?.body['message'];
		const voice = typeof message === 'object' && message !== null && 'voice' in message ? message.voice : undefined;
		expect(voice).toMatchObject({ mime_type: 'audio/ogg' });
		const fileId = typeof voice === 'object' && voice !== null && 'file_id' in voice ? String(voice.file_id) : '';
		const file = await api.getFile(fileId);
		const bytes = await fetch(`${sandbox.url}/telegram/file/bot${TOKEN}/${file.file_path}`);
		expect(Buffer.from(await bytes.arrayBuffer()).subarray(0, 4).toString()).toBe('OggS');
	});

	it('serves a photo, its largest size last', async () => {
		await sandbox.post('/telegram/bots/flores_bot/messages', { from: CUSTOMER, text: 'like this one', image: { data: Buffer.from('a picture').toString('base64') } });
		const update = (await api.getUpdates()).at(-1);
		expect(update?.message).toMatchObject({ caption: 'like this one', photo: [{ width: 90 }, { width: 1280, file_size: 9 }] });
		const file = await api.getFile(update?.message?.photo?.at(-1)?.file_id ?? '');
		expect(file.file_path).toMatch(/^photos\/.*\.jpg$/);
	});

	it('serves the bytes of a voice note that a test gives', async () => {
		const { message_id: messageId } = await sandbox.post('/telegram/bots/flores_bot/messages', { from: CUSTOMER, voice: { data: Buffer.from('OggS, spoken').toString('base64') } });
		const [update] = await api.getUpdates();
		expect(update?.message).toMatchObject({ message_id: messageId, voice: { file_size: 12 } });
		const file = await api.getFile(update?.message?.voice?.file_id ?? '');
		expect(await (await fetch(`${sandbox.url}/telegram/file/bot${TOKEN}/${file.file_path}`)).text()).toBe('OggS, spoken');
	});

	it('tells an edit and a pressed button, and takes the acknowledgement of the latter', async () => {
		const { message_id: messageId } = await writes('Rosas');
		await sandbox.post(`/telegram/bots/flores_bot/messages/${String(messageId)}/edit`, { from: CUSTOMER, text: 'Tulipanes' });
		await sandbox.post('/telegram/bots/flores_bot/buttons', { from: CUSTOMER, data: 'item:rose', text: 'Rosas' });
		const [written, edited, pressed] = await api.getUpdates();
		expect(edited?.edited_message).toMatchObject({ message_id: messageId, date: written?.message?.date, text: 'Tulipanes', chat: { id: 1111 } });
		expect(pressed?.callback_query).toMatchObject({ data: 'item:rose', from: { id: 1111 }, message: { reply_markup: { inline_keyboard: [[{ text: 'Rosas' }]] } } });
		expect(await api.answerCallbackQuery(pressed?.callback_query?.id ?? '')).toBe(true);
		await expect(sandbox.post('/telegram/bots/flores_bot/messages/77/edit', { from: CUSTOMER, text: 'x' })).rejects.toThrow('400');
	});

	it('delivers only the kinds of updates that were asked for', async () => {
		await api.setWebhook(receiver.url, { allowed_updates: ['message'] });
		expect(await sandbox.post('/telegram/bots/flores_bot/buttons', { from: CUSTOMER, data: 'x' })).toMatchObject({ deliveries: [] });
		await api.setWebhook(receiver.url, { allowed_updates: ['message', 'callback_query'] });
		expect(await sandbox.post('/telegram/bots/flores_bot/buttons', { from: CUSTOMER, data: 'x' })).toMatchObject({ deliveries: [{ status: 200 }] });
	});

	it('asks to slow down when told to', async () => {
		await writes('hello');
		await sandbox.post('/faults', { vendor: 'telegram', operation: 'sendMessage', mode: 'status', status: 429, retry_after: 7, count: 1 });
		const error = await failure(api.sendMessage(1111, 'hi'));
		expect(error).toMatchObject({ error_code: 429, parameters: { retry_after: 7 } });
		await api.sendMessage(1111, 'hi');
	});
});
