import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { privateChat } from './messages.ts';
import type { TelegramBot, TelegramChat } from './state.ts';
import { pushUpdate } from './webhook.ts';

/** A voice note's bytes: an empty Ogg page, enough to be downloaded and recognised as Ogg. */
export const SAMPLE_VOICE = Buffer.from('4f67675300020000000000000000000000000000000000000000000100', 'hex');

/** What a customer's message led to; `deliveries` is empty when the bot has no webhook. */
export interface TelegramInboundAnswer {
	readonly update_id: number;
	readonly deliveries: readonly Attempt[];
}

/**
 * A customer writes to the bot: `{from: {id, first_name, language_code?}, text, voice?, update_id?}`.
 * A given `update_id` delivers that update again (with whatever text is given). Undefined when `from.id` is missing.
 */
export async function receiveUpdate(
	context: SandboxContext,
	bot: TelegramBot,
	request: Readonly<Record<string, unknown>>,
): Promise<TelegramInboundAnswer | undefined> {
	const from = isObject(request['from']) ? request['from'] : {};
	const id = numberOf(from['id'], 0);
	if (!Number.isSafeInteger(id) || id <= 0) return undefined;
	const language = stringOf(from['language_code']);
	const chat: TelegramChat = {
		id,
		first_name: stringOf(from['first_name'], 'Customer'),
		...(language === '' ? {} : { language_code: language }),
	};
	bot.chats[String(id)] = chat;

	const updateId = numberOf(request['update_id'], bot.nextUpdateId);
	const repeated = updateId < bot.nextUpdateId;
	if (!repeated) bot.nextUpdateId = updateId + 1;
	const messageId = numberOf(request['message_id'], bot.nextMessageId);
	bot.nextMessageId = Math.max(bot.nextMessageId, messageId + 1);
	const voice = request['voice'] === true;
	const text = stringOf(request['text']);
	const message: JsonObject = {
		message_id: messageId,
		from: { ...chat, is_bot: false },
		chat: privateChat(chat),
		date: Math.floor(context.now() / 1000),
		...(voice ? { voice: voiceNote(bot) } : { text, ...commandEntities(text) }),
	};
	if (!repeated) logInbound(context, bot, chat, messageId, voice, text, stringOf(request['client_id']));
	const attempt = await pushUpdate(context, bot, { update_id: updateId, message });
	return { update_id: updateId, deliveries: attempt === null ? [] : [attempt] };
}

function logInbound(
	context: SandboxContext,
	bot: TelegramBot,
	chat: TelegramChat,
	messageId: number,
	voice: boolean,
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
		type: voice ? 'voice' : 'text',
		text,
		media_url: null,
		message_id: String(messageId),
		...(clientId === '' ? {} : { client_id: clientId }),
	});
}

function voiceNote(bot: TelegramBot): JsonObject {
	const fileId = `AwACAgIAAx${alphanumeric(40)}`;
	const shared = { file_id: fileId, file_unique_id: fileId.slice(-16), file_size: SAMPLE_VOICE.length };
	const path = `voice/file_${Object.keys(bot.files).length}.oga`;
	bot.files[fileId] = { ...shared, file_path: path, mime_type: 'audio/ogg', media: null };
	return { ...shared, duration: 4, mime_type: 'audio/ogg' };
}

function commandEntities(text: string): JsonObject {
	const command = /^\/\w+/.exec(text)?.[0];
	return command === undefined ? {} : { entities: [{ type: 'bot_command', offset: 0, length: command.length }] };
}
