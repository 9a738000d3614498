import { bareChatId } from '../chat-log.ts';
import type { SandboxContext } from '../context.ts';
import { upperHex } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, stringOf } from '../json.ts';
import { badRequest } from './errors.ts';
import { workingSession } from './sessions.ts';
import type { WahaSession } from './state.ts';
import { deliverWahaEvent } from './webhooks.ts';

/** Names of the acknowledgement levels, from 0. */
export const ACK_NAMES = ['PENDING', 'SERVER', 'DEVICE', 'READ', 'PLAYED'] as const;

/** `34699` → `34699@c.us`; `…@s.whatsapp.net` is the same person. */
export function normaliseChatId(chatId: string): string {
	if (!chatId.includes('@')) return `${chatId.replace(/^\+/, '')}@c.us`;
	return chatId.replace(/@s\.whatsapp\.net$/, '@c.us');
}

/** The customer behind a chat id: the phone when it is known, else the hidden id. */
export function customerOf(context: SandboxContext, chatId: string): string {
	return bareChatId(context.store.current.waha.lids[chatId] ?? chatId);
}

export function sendText(context: SandboxContext, body: Readonly<Record<string, unknown>>): JsonObject {
	const { session, chatId } = addressed(context, body);
	const text = body['text'];
	if (typeof text !== 'string') throw badRequest('text must be a string');
	return send(context, session, chatId, { type: 'text', text, mediaUrl: null, mimetype: '', id: stringOf(body['id']) });
}

/** `file` is `{mimetype, url}` or `{mimetype, data}` (base64). */
export function sendFile(
	context: SandboxContext,
	body: Readonly<Record<string, unknown>>,
	type: 'image' | 'video',
): JsonObject {
	const { session, chatId } = addressed(context, body);
	const file = body['file'];
	if (!isObject(file)) throw badRequest('file must be an object');
	const mimetype = stringOf(file['mimetype'], type === 'image' ? 'image/jpeg' : 'video/mp4');
	const url = stringOf(file['url']);
	const bytes = stringOf(file['data']);
	if (url === '' && bytes === '') throw badRequest('file.url or file.data is required');
	const mediaUrl =
		url === ''
			? `${context.url()}/control/media/${context.media.keep({ mimetype, bytes: Buffer.from(bytes, 'base64') })}`
			: url;
	return send(context, session, chatId, { type, text: stringOf(body['caption']), mediaUrl, mimetype });
}

/** Checks that the session works and returns it with the chat id. */
export function addressed(
	context: SandboxContext,
	body: Readonly<Record<string, unknown>>,
): { session: WahaSession; chatId: string } {
	const session = workingSession(context, stringOf(body['session'], 'default'));
	const chatId = stringOf(body['chatId']);
	if (chatId === '') throw badRequest('chatId must be a string');
	return { session, chatId: normaliseChatId(chatId) };
}

interface Outgoing {
	readonly type: 'text' | 'image' | 'video';
	readonly text: string;
	readonly mediaUrl: string | null;
	readonly mimetype: string;
	/** Of the message, when the client chose one. */
	readonly id?: string;
}

function send(context: SandboxContext, session: WahaSession, chatId: string, outgoing: Outgoing): JsonObject {
	const message = wahaMessage({
		id: `true_${chatId}_${outgoing.id || `3EB0${upperHex(18)}`}`,
		at: context.now(),
		from: session.me?.id ?? '',
		to: chatId,
		fromMe: true,
		source: 'api',
		body: outgoing.text,
		media: outgoing.mediaUrl === null ? null : { url: outgoing.mediaUrl, mimetype: outgoing.mimetype },
		ack: 0,
	});
	context.logMessage({
		direction: 'out',
		channel: 'whatsapp',
		account: session.name,
		customer: customerOf(context, chatId),
		to: chatId,
		name: session.me?.pushName ?? '',
		type: outgoing.type,
		text: outgoing.text,
		media_url: outgoing.mediaUrl,
		message_id: stringOf(message['id']),
	});
	void deliverWahaEvent(context, session, { event: 'message.any', payload: message });
	return message;
}

interface MessageFacts {
	readonly id: string;
	/** Unix milliseconds. */
	readonly at: number;
	readonly from: string;
	readonly to: string;
	readonly fromMe: boolean;
	readonly source: 'api' | 'app';
	readonly body: string;
	readonly media: JsonObject | null;
	readonly ack: 0 | 1 | 2 | 3 | 4;
	/** The writer, in a group. */
	readonly participant?: string;
	readonly pushName?: string;
	/** The engine's own record, beside the name. */
	readonly raw?: JsonObject;
}

/** A message as WAHA's REST answers and webhooks show it. */
export function wahaMessage(facts: MessageFacts): JsonObject {
	return {
		id: facts.id,
		timestamp: Math.floor(facts.at / 1000),
		from: facts.from,
		fromMe: facts.fromMe,
		source: facts.source,
		to: facts.to,
		...(facts.participant === undefined ? {} : { participant: facts.participant }),
		body: facts.body,
		hasMedia: facts.media !== null,
		...(facts.media === null ? {} : { media: facts.media }),
		ack: facts.ack,
		ackName: ACK_NAMES[facts.ack],
		vCards: [],
		...(facts.pushName === undefined && facts.raw === undefined
			? {}
			: { _data: { ...(facts.pushName === undefined ? {} : { notifyName: facts.pushName }), ...facts.raw } }),
	};
}
