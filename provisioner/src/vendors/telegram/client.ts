import { z } from 'zod';
import { TELEGRAM_UPDATES } from '../../../../core/channels/telegram.ts';
import { downloadFromVendor } from '../download.ts';
import type { Download } from '../download.ts';
import { callVendor, failureOf, outcomeOfSend, VendorError } from '../http.ts';

export interface TelegramBot {
	readonly id: string;
	readonly username: string;
	readonly name: string;
}

/** Telegram's id of a message is unique within its chat only. */
export interface SentMessage {
	readonly messageId: string;
}

/** Each method takes the bot's token first. https://core.telegram.org/bots/api */
export interface TelegramClient {
	/** Whose token this is. @throws VendorError `refused` (401) for a token that Telegram doesn't know. */
	getMe(token: string): Promise<TelegramBot>;
	/** Replaces the bot's webhook. `secretToken`: 1–256 of A-Z a-z 0-9 _ -. Pending updates are kept. */
	setWebhook(token: string, options: { url: string; secretToken: string }): Promise<void>;
	deleteWebhook(token: string): Promise<void>;
	sendMessage(token: string, message: { chatId: string; text: string }): Promise<SentMessage>;
	/** By URL; `caption` may be ''. */
	sendPhoto(token: string, message: { chatId: string; url: string; caption: string }): Promise<SentMessage>;
	sendVideo(token: string, message: { chatId: string; url: string; caption: string }): Promise<SentMessage>;
	/** Takes the waiting circle off a pressed inline button. */
	answerCallbackQuery(token: string, callbackQueryId: string): Promise<void>;
	/** The bytes of a file that a customer sent, at most `maxBytes`; Telegram itself gives bots 20 MB. */
	download(token: string, fileId: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Download>;
	/** "typing" for five seconds, or until the next message. */
	sendChatAction(token: string, message: { chatId: string; action: 'typing' | 'upload_photo' | 'upload_video' }): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const DOWNLOAD_TIMEOUT_MS = 30_000;

const answerSchema = z.discriminatedUnion('ok', [
	z.object({ ok: z.literal(true), result: z.unknown() }),
	z.object({
		ok: z.literal(false),
		error_code: z.int(),
		description: z.string().default(''),
		parameters: z.object({ retry_after: z.number().optional() }).optional(),
	}),
]);
const botSchema = z.object({ id: z.int(), username: z.string(), first_name: z.string() });
const messageSchema = z.object({ message_id: z.int() });
const fileSchema = z.object({ file_path: z.string().min(1) });

/** Client of the Bot API; `url` is its base without a trailing slash. The token stands in the URL, so no URL is ever in an error. */
export function createTelegramClient({ url }: { url: string }): TelegramClient {
	async function call(token: string, operation: string, json: unknown = {}, outcomeOf?: typeof outcomeOfSend): Promise<unknown> {
		const request = { vendor: 'telegram', operation, method: 'POST', url: `${url}/bot${token}/${operation}`, json, timeoutMs: TIMEOUT_MS, secrets: [token] };
		const answer = await callVendor(request);
		const parsed = answerSchema.safeParse(answer.json);
		if (!parsed.success) throw failureOf(request, answer, 'not a Bot API answer', answer.status < 300 ? 'ambiguous' : outcomeOf?.(answer));
		if (parsed.data.ok) return parsed.data.result;
		const { error_code: status, description, parameters } = parsed.data;
		const retryAfterMs = parameters?.retry_after === undefined ? answer.retryAfterMs : Math.ceil(parameters.retry_after * 1000);
		// Telegram's own words: it did not do it. 502 and 504 are those of its front.
		throw failureOf(request, { status, retryAfterMs }, description, retryAfterMs === null ? undefined : outcomeOf?.({ status, retryAfterMs }));
	}

	async function send(token: string, operation: string, json: unknown): Promise<SentMessage> {
		const sent = messageSchema.safeParse(await call(token, operation, json, outcomeOfSend));
		return { messageId: sent.success ? String(sent.data.message_id) : '' };
	}

	return {
		async getMe(token) {
			const bot = botSchema.safeParse(await call(token, 'getMe'));
			if (!bot.success) throw new VendorError('telegram', 'ambiguous', "telegram's answer to getMe has another shape than documented.");
			return { id: String(bot.data.id), username: bot.data.username, name: bot.data.first_name };
		},
		async setWebhook(token, { url: webhookUrl, secretToken }) {
			await call(token, 'setWebhook', { url: webhookUrl, secret_token: secretToken, allowed_updates: TELEGRAM_UPDATES });
		},
		async deleteWebhook(token) {
			await call(token, 'deleteWebhook');
		},
		sendMessage: (token, { chatId, text }) => send(token, 'sendMessage', { chat_id: chatId, text }),
		sendPhoto: (token, { chatId, url: photo, caption }) => send(token, 'sendPhoto', { chat_id: chatId, photo, ...(caption === '' ? {} : { caption }) }),
		sendVideo: (token, { chatId, url: video, caption }) => send(token, 'sendVideo', { chat_id: chatId, video, ...(caption === '' ? {} : { caption }) }),
		async answerCallbackQuery(token, callbackQueryId) {
			await call(token, 'answerCallbackQuery', { callback_query_id: callbackQueryId });
		},
		async download(token, fileId, { maxBytes, signal }) {
			const file = fileSchema.safeParse(await call(token, 'getFile', { file_id: fileId }));
			if (!file.success) throw new VendorError('telegram', 'refused', 'telegram gives no address for this file.');
			const base = `${url}/file/bot${token}/`;
			const address = URL.parse(file.data.file_path, base)?.href ?? '';
			// What Telegram calls a path must not lead elsewhere: the token stands in the address.
			if (!address.startsWith(base)) throw new VendorError('telegram', 'refused', 'telegram gives an address for this file that is not its own.');
			return downloadFromVendor({ vendor: 'telegram', operation: 'getFile', url: address, timeoutMs: DOWNLOAD_TIMEOUT_MS, secrets: [token], maxBytes, ...(signal ? { signal } : {}) });
		},
		async sendChatAction(token, { chatId, action }) {
			await call(token, 'sendChatAction', { chat_id: chatId, action });
		},
	};
}
