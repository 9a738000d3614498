import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { attachmentOf, SAMPLE_VOICE } from '../media.ts';
import { botUser, privateChat } from './messages.ts';
import type { TelegramBot, TelegramChat, TelegramUpdate } from './state.ts';
import { pushUpdate } from './webhook.ts';

/** What a customer's message led to; `deliveries` is empty when the bot has no webhook. */
export interface TelegramInboundAnswer {
	readonly update_id: number;
	readonly message_id?: number;
	readonly deliveries: readonly Attempt[];
}

/**
 * A customer writes to the bot: `{from: {id, first_name, language_code?}, text, voice?, image?, update_id?}`. The text of an image is its caption.
 * A given `update_id` delivers that update again (with whatever text is given). Undefined when `from.id` is missing.
 */
export async function receiveUpdate(
	context: SandboxContext,
	bot: TelegramBot,
	request: Readonly<Record<string, unknown>>,
): Promise<TelegramInboundAnswer | undefined> {
	const chat = chatOf(request);
	if (chat === undefined) return undefined;
	bot.chats[String(chat.id)] = chat;

	const updateId = numberOf(request['update_id'], bot.nextUpdateId);
	const repeated = updateId < bot.nextUpdateId;
	if (!repeated) bot.nextUpdateId = updateId + 1;
	const messageId = numberOf(request['message_id'], bot.nextMessageId);
	bot.nextMessageId = Math.max(bot.nextMessageId, messageId + 1);
	const attached = attachmentOf(request);
	const text = stringOf(request['text']);
	const message: JsonObject = {
		message_id: messageId,
		from: { ...chat, is_bot: false },
		chat: privateChat(chat),
		date: Math.floor(context.now() / 1000),
		...(attached === undefined ? { text, ...commandEntities(text) } : attached.type === 'voice' ? { voice: voiceNote(context, bot, attached.bytes) } : { photo: photoSizes(context, bot, attached.bytes), ...(text === '' ? {} : { caption: text }) }),
	};
	if (!repeated) logInbound(context, bot, chat, messageId, attached?.type ?? 'text', text, stringOf(request['client_id']));
	const attempt = await pushUpdate(context, bot, { update_id: updateId, message });
	return { update_id: updateId, message_id: messageId, deliveries: attempt === null ? [] : [attempt] };
}

/** A customer changes a message of theirs: `{from, text}`. Undefined when there is no such message, or no text. */
export async function receiveEdit(
	context: SandboxContext,
	bot: TelegramBot,
	messageId: string,
	request: Readonly<Record<string, unknown>>,
): Promise<TelegramInboundAnswer | undefined> {
	const chat = chatOf(request);
	const text = stringOf(request['text']);
	const logged = context.store.current.messages.find(
		(one) =>
			one.direction === 'in' && one.channel === 'telegram' && one.account === bot.username && one.customer === String(chat?.id) && one.message_id === messageId,
	);
	if (chat === undefined || logged === undefined || text === '') return undefined;
	context.reviseMessage(logged, { text });
	const edited: JsonObject = {
		message_id: Number(messageId),
		from: { ...chat, is_bot: false },
		chat: privateChat(chat),
		date: Math.floor(logged.at / 1000),
		edit_date: Math.floor(context.now() / 1000),
		text,
	};
	return push(context, bot, { edited_message: edited });
}

/** A customer presses an inline button: `{from, data, text?, message_id?}`; `text` is its label. Undefined when `from.id` or `data` is missing. */
export async function receiveButton(
	context: SandboxContext,
	bot: TelegramBot,
	request: Readonly<Record<string, unknown>>,
): Promise<TelegramInboundAnswer | undefined> {
	const chat = chatOf(request);
	const data = stringOf(request['data']);
	if (chat === undefined || data === '') return undefined;
	bot.chats[String(chat.id)] = chat;
	const label = stringOf(request['text']);
	context.logMessage({
		direction: 'in',
		channel: 'telegram',
		account: bot.username,
		customer: String(chat.id),
		to: bot.username,
		name: chat.first_name,
		type: 'text',
		text: label || data,
		media_url: null,
		message_id: `button_${bot.nextUpdateId}`,
	});
	const query: JsonObject = {
		id: stringOf(request['id']) || `${chat.id}${String(bot.nextUpdateId).padStart(12, '0')}`,
		from: { ...chat, is_bot: false },
		chat_instance: String(chat.id),
		data,
		message: {
			message_id: numberOf(request['message_id'], Math.max(1, bot.nextMessageId - 1)),
			from: botUser(bot),
			chat: privateChat(chat),
			date: Math.floor(context.now() / 1000),
			text: '…',
			...(label === '' ? {} : { reply_markup: { inline_keyboard: [[{ text: label, callback_data: data }]] } }),
		},
	};
	return push(context, bot, { callback_query: query });
}

async function push(context: SandboxContext, bot: TelegramBot, update: Omit<TelegramUpdate, 'update_id'>): Promise<TelegramInboundAnswer> {
	const updateId = bot.nextUpdateId;
	bot.nextUpdateId += 1;
	const attempt = await pushUpdate(context, bot, { update_id: updateId, ...update });
	return { update_id: updateId, deliveries: attempt === null ? [] : [attempt] };
}

function chatOf(request: Readonly<Record<string, unknown>>): TelegramChat | undefined {
	const from = isObject(request['from']) ? request['from'] : {};
	const id = numberOf(from['id'], 0);
	if (!Number.isSafeInteger(id) || id <= 0) return undefined;
	const language = stringOf(from['language_code']);
	return { id, first_name: stringOf(from['first_name'], 'Customer'), ...(language === '' ? {} : { language_code: language }) };
}

function logInbound(
	context: SandboxContext,
	bot: TelegramBot,
	chat: TelegramChat,
	messageId: number,
	type: 'text' | 'voice' | 'image',
	text: string,
	clientId: string,
): void {
	context.logMessage({
		direction: 'in',
		channel: 'telegram',
		account: bot.username,
		customer: String(chat.id),
		to: bot.username,
		name: chat.first_name,
		type,
		text,
		media_url: null,
		message_id: String(messageId),
		...(clientId === '' ? {} : { client_id: clientId }),
	});
}

function voiceNote(context: SandboxContext, bot: TelegramBot, bytes: Buffer): JsonObject {
	const fileId = `AwACAgIAAx${alphanumeric(40)}`;
	const shared = { file_id: fileId, file_unique_id: fileId.slice(-16), file_size: bytes.length };
	const path = `voice/file_${Object.keys(bot.files).length}.oga`;
	bot.files[fileId] = { ...shared, file_path: path, mime_type: 'audio/ogg', media: bytes === SAMPLE_VOICE ? null : context.media.keep({ mimetype: 'audio/ogg', bytes }) };
	return { ...shared, duration: 4, mime_type: 'audio/ogg' };
}

/** The same picture in two sizes, the largest last. https://core.telegram.org/bots/api#photosize */
function photoSizes(context: SandboxContext, bot: TelegramBot, bytes: Buffer): JsonObject[] {
	return [90, 1280].map((width) => {
		const fileId = `AgACAgIAAx${alphanumeric(40)}`;
		const shared = { file_id: fileId, file_unique_id: fileId.slice(-16), file_size: bytes.length };
		bot.files[fileId] = { ...shared, file_path: `photos/file_${Object.keys(bot.files).length}.jpg`, mime_type: 'image/jpeg', media: context.media.keep({ mimetype: 'image/jpeg', bytes }) };
		return { ...shared, width, height: Math.round(width * 0.75) };
	});
}

function commandEntities(text: string): JsonObject {
	const command = /^\/\w+/.exec(text)?.[0];
	return command === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] };
}
