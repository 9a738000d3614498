import type { SandboxContext } from '../context.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { badRequest } from './errors.ts';
import type { TelegramParams, UploadedFile } from './params.ts';
import { textParam } from './params.ts';
import type { TelegramBot, TelegramChat } from './state.ts';

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;

/** `User` of the bot itself. */
export function botUser(bot: TelegramBot): JsonObject {
	return { id: bot.id, is_bot: true, first_name: bot.name, username: bot.username };
}

export function getMe(bot: TelegramBot): JsonObject {
	return {
		...botUser(bot),
		can_join_groups: true,
		can_read_all_group_messages: false,
		supports_inline_queries: false,
		can_connect_to_business: false,
		has_main_web_app: false,
	};
}

/** https://core.telegram.org/bots/api#sendmessage */
export function sendMessage(context: SandboxContext, bot: TelegramBot, params: TelegramParams): JsonObject {
	const chat = findChat(bot, params);
	const text = textParam(params, 'text').trim();
	if (text === '') throw badRequest('message text is empty');
	if (text.length > TEXT_LIMIT) throw badRequest('message is too long');
	return send(context, bot, chat, { type: 'text', text, mediaUrl: null, content: { text } });
}

/** https://core.telegram.org/bots/api#sendphoto, #sendvideo: by URL, file_id, or upload. */
export function sendMedia(
	context: SandboxContext,
	bot: TelegramBot,
	params: TelegramParams,
	type: 'image' | 'video',
): JsonObject {
	const chat = findChat(bot, params);
	const field = type === 'image' ? 'photo' : 'video';
	const caption = textParam(params, 'caption');
	if (caption.length > CAPTION_LIMIT) throw badRequest('message caption is too long');
	const reference = textParam(params, field);
	const upload = params.files[field] ?? params.files[reference.replace(/^attach:\/\//, '')];
	if (upload === undefined && reference === '') throw badRequest(`there is no ${field} in the request`);
	const { url, fileId, size } = upload === undefined ? resolveMedia(context, bot, reference) : keep(context, bot, upload);
	const file = { file_id: fileId, file_unique_id: fileId.slice(-16), file_size: size };
	const media: JsonObject =
		type === 'image'
			? { photo: [{ ...file, width: 1280, height: 960 }] }
			: { video: { ...file, width: 1280, height: 720, duration: 10, mime_type: 'video/mp4' } };
	return send(context, bot, chat, {
		type,
		text: caption,
		mediaUrl: url,
		content: { ...media, ...(caption === '' ? {} : { caption }) },
	});
}

/** The private chat that `chat_id` names. Bots cannot write first. */
export function findChat(bot: TelegramBot, params: TelegramParams): TelegramChat {
	const chatId = textParam(params, 'chat_id');
	if (chatId === '') throw badRequest('chat_id is empty');
	const chat = bot.chats[chatId];
	if (chat === undefined) throw badRequest('chat not found');
	return chat;
}

/** `Chat` of a private conversation. */
export function privateChat(chat: TelegramChat): JsonObject {
	return { id: chat.id, first_name: chat.first_name, type: 'private' };
}

interface Outgoing {
	readonly type: 'text' | 'image' | 'video';
	readonly text: string;
	readonly mediaUrl: string | null;
	readonly content: JsonObject;
}

function send(context: SandboxContext, bot: TelegramBot, chat: TelegramChat, outgoing: Outgoing): JsonObject {
	const messageId = bot.nextMessageId;
	bot.nextMessageId += 1;
	context.logMessage({
		direction: 'out',
		channel: 'telegram',
		account: bot.username,
		customer: String(chat.id),
		to: String(chat.id),
		name: bot.name,
		type: outgoing.type,
		text: outgoing.text,
		media_url: outgoing.mediaUrl,
		message_id: String(messageId),
	});
	return {
		message_id: messageId,
		from: botUser(bot),
		chat: privateChat(chat),
		date: Math.floor(context.now() / 1000),
		...outgoing.content,
	};
}

function resolveMedia(
	context: SandboxContext,
	bot: TelegramBot,
	reference: string,
): { url: string; fileId: string; size: number } {
	if (/^https?:\/\//.test(reference)) return { url: reference, fileId: `AgACAgQAAx${alphanumeric(40)}`, size: 48_000 };
	const known = bot.files[reference];
	if (known === undefined) throw badRequest('wrong file identifier/HTTP URL specified');
	const url = known.media === null ? '' : `${context.url()}/control/media/${known.media}`;
	return { url, fileId: reference, size: known.file_size };
}

function keep(
	context: SandboxContext,
	bot: TelegramBot,
	upload: UploadedFile,
): { url: string; fileId: string; size: number } {
	const media = context.media.keep({ mimetype: upload.mimetype, bytes: upload.bytes });
	const fileId = `AgACAgQAAx${alphanumeric(40)}`;
	bot.files[fileId] = {
		file_id: fileId,
		file_unique_id: fileId.slice(-16),
		file_path: `photos/file_${Object.keys(bot.files).length}${/\.\w+$/.exec(upload.filename)?.[0] ?? ''}`,
		mime_type: upload.mimetype,
		file_size: upload.bytes.length,
		media,
	};
	return { url: `${context.url()}/control/media/${media}`, fileId, size: upload.bytes.length };
}
