import { Api, InputFile } from 'grammy';
import { createTelegramClient } from '../../provisioner/src/vendors/telegram/client.ts';
import type { DriveTarget } from './drive-waha.ts';
import { isObject, textAt } from './values.ts';

const TOKEN = '7000000009:AAconformance';
const CUSTOMER = { id: 1111, first_name: 'Ana', language_code: 'es' };

/** Calls every Bot API method of the stand-in: with our client where it has the method, with grammY where not. */
export async function driveTelegram(target: DriveTarget, webhooks: readonly Record<string, unknown>[]): Promise<void> {
	const url = `${target.url}/telegram`;
	const client = createTelegramClient({ url });
	const api = new Api(TOKEN, { apiRoot: url });
	await target.control('/telegram/bots', { token: TOKEN, username: 'conformance_bot', name: 'Conformance' });
	const write = (body: object) => target.control('/telegram/bots/conformance_bot/messages', { from: CUSTOMER, ...body });

	await client.getMe(TOKEN);
	await write({ text: '/start' });
	await api.getUpdates({ limit: 10, timeout: 0 });
	await client.setWebhook(TOKEN, { url: target.webhookUrl, secretToken: 'conformance_secret' });
	await api.getWebhookInfo();
	const written = await write({ text: 'Hola' });
	await target.control(`/telegram/bots/conformance_bot/messages/${isObject(written) ? String(written['message_id']) : ''}/edit`, { from: CUSTOMER, text: 'Hola, buenas' });
	await write({ voice: true });
	await target.control('/telegram/bots/conformance_bot/buttons', { from: CUSTOMER, data: 'item:rose', text: 'Rosas' });
	const chatId = String(CUSTOMER.id);
	await client.sendChatAction(TOKEN, { chatId, action: 'typing' });
	await client.sendMessage(TOKEN, { chatId, text: 'Hola' });
	await client.sendPhoto(TOKEN, { chatId, url: 'https://img.example/rose.jpg', caption: 'Rosa' });
	await client.sendVideo(TOKEN, { chatId, url: 'https://img.example/rose.mp4', caption: '' });
	await api.sendPhoto(CUSTOMER.id, new InputFile(Buffer.from('GIF89a'), 'rose.gif'));
	const voice = webhooks.map((body) => textAt(body, 'message', 'voice', 'file_id')).find((id) => id !== '');
	await client.download(TOKEN, voice ?? '', { maxBytes: 1_000 });
	const pressed = webhooks.map((body) => textAt(body, 'callback_query', 'id')).find((id) => id !== '');
	await client.answerCallbackQuery(TOKEN, pressed ?? '');
	await client.deleteWebhook(TOKEN);
}

/** Updates among the collected webhook bodies. */
export function updatesIn(webhooks: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
	return webhooks.filter((body) => 'update_id' in body && ['message', 'edited_message', 'callback_query'].some((kind) => isObject(body[kind])));
}
