import type { ChatMessage } from '../chat-log.ts';
import type { SandboxContext } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { numberOf, stringOf } from '../json.ts';
import { badRequest } from './errors.ts';
import { customerOf, normaliseChatId, wahaMessage } from './messages.ts';
import { workingSession } from './sessions.ts';
import type { WahaSession } from './state.ts';

/** `GET /api/{session}/chats/{chatId}/messages`: what was said in a chat, under either address of the customer. */
export function chatMessages(context: SandboxContext, sessionName: string, chat: string, query: Readonly<Record<string, unknown>>): JsonObject[] {
	const session = workingSession(context, sessionName);
	const chatId = normaliseChatId(chat);
	const limit = numberOf(query['limit'], 10);
	if (!Number.isInteger(limit) || limit < 1) throw badRequest('limit must be a whole number of at least 1');
	const offset = numberOf(query['offset'], 0);
	const from = numberOf(query['filter.timestamp.gte'], 0);
	const to = numberOf(query['filter.timestamp.lte'], Number.POSITIVE_INFINITY);
	const fromMe = stringOf(query['filter.fromMe']);
	const customer = customerOf(context, chatId);
	const found = context.store.current.messages.filter((message) => {
		const at = Math.floor(message.at / 1000);
		return (
			message.channel === 'whatsapp' && message.account === session.name && message.customer === customer &&
			at >= from && at <= to && (fromMe === '' || (message.direction === 'out') === (fromMe === 'true'))
		);
	});
	const ordered = query['sortOrder'] === 'asc' ? found : found.toReversed();
	return ordered.slice(offset, offset + limit).map((message) => listed(session, chatId, message, query['downloadMedia'] !== 'false'));
}

function listed(session: WahaSession, chatId: string, message: ChatMessage, downloadMedia: boolean): JsonObject {
	const sent = message.direction === 'out';
	const own = session.me?.id ?? '';
	const shown = wahaMessage({
		id: message.message_id,
		at: message.at,
		from: sent ? own : chatId,
		to: sent ? message.to : own,
		fromMe: sent,
		source: sent ? 'api' : 'app',
		body: message.text,
		media: message.media_url === null || !downloadMedia ? null : { url: message.media_url, mimetype: MIMETYPES[message.type] },
		ack: sent ? 1 : 3,
	});
	return { ...shown, hasMedia: message.media_url !== null };
}

const MIMETYPES: Readonly<Record<ChatMessage['type'], string>> = { text: 'text/plain', image: 'image/jpeg', video: 'video/mp4', voice: 'audio/ogg' };
