import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { upperHex } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import { attachmentOf } from '../media.ts';
import { badRequest } from './errors.ts';
import { customerOf, normaliseChatId, wahaMessage } from './messages.ts';
import { workingSession } from './sessions.ts';
import type { WahaSession } from './state.ts';
import { deliverWahaEvent } from './webhooks.ts';

/** What a control call says about a message that a customer writes. */
export interface InboundAnswer {
	readonly message_id: string;
	readonly deliveries: readonly Attempt[];
}

/**
 * A customer writes to the session's number.
 * `twin_of` also delivers the same message under another chat id, as WhatsApp does with @lid and @c.us.
 */
export async function receiveMessage(
	context: SandboxContext,
	sessionName: string,
	request: Readonly<Record<string, unknown>>,
): Promise<InboundAnswer> {
	const session = workingSession(context, sessionName);
	const from = stringOf(request['from']);
	if (from === '') throw badRequest('from must be a phone number or a chat id');
	const writer = normaliseChatId(from);
	const twin = stringOf(request['twin_of']) === '' ? null : normaliseChatId(stringOf(request['twin_of']));
	if (twin !== null) rememberTwins(context, writer, twin);

	const given = stringOf(request['id']);
	const shortId = /^(?:true|false)_[^_]+_(.+)$/.exec(given)?.[1] ?? (given || `3EB0${upperHex(18)}`);
	const chatIds = twin === null ? [writer] : [writer, twin];
	const fromMe = request['from_me'] === true;
	const group = request['group'] === true;
	const attachment = keepAttachment(context, session, request, shortId);
	const payloads = chatIds.map((chatId) => payloadFor(context, session, request, { chatId, shortId, fromMe, group }, attachment));

	if (!fromMe && !group) logInbound(context, session, request, writer, stringOf(payloads[0]?.['id']), attachment);
	const deliveries: Attempt[] = [];
	for (const [index, payload] of payloads.entries()) {
		const eventId = stringOf(request['event_id']);
		const id = eventId === '' ? {} : { id: index === 0 ? eventId : `${eventId}_twin` };
		if (!fromMe) deliveries.push(...(await deliverWahaEvent(context, session, { event: 'message', payload, ...id })));
		deliveries.push(...(await deliverWahaEvent(context, session, { event: 'message.any', payload, ...id })));
	}
	return { message_id: stringOf(payloads[0]?.['id']), deliveries };
}

function payloadFor(
	context: SandboxContext,
	session: WahaSession,
	request: Readonly<Record<string, unknown>>,
	facts: { chatId: string; shortId: string; fromMe: boolean; group: boolean },
	attachment: Attachment | null,
): JsonObject {
	const groupId = '120363000000000001@g.us';
	const chat = facts.group ? groupId : facts.chatId;
	const own = session.me?.id ?? '';
	const suffix = facts.group ? `_${facts.chatId}` : '';
	return wahaMessage({
		id: `${String(facts.fromMe)}_${chat}_${facts.shortId}${suffix}`,
		at: numberOf(request['timestamp'], Math.floor(context.now() / 1000)) * 1000,
		from: facts.fromMe ? own : chat,
		to: facts.fromMe ? chat : own,
		fromMe: facts.fromMe,
		source: 'app',
		body: labelOf(request) ?? stringOf(request['body']),
		media: attachment === null ? null : { url: attachment.url, mimetype: attachment.mimetype },
		ack: 1,
		...rawOf(request),
		...(facts.group ? { participant: facts.chatId } : {}),
		...(stringOf(request['name']) === '' ? {} : { pushName: stringOf(request['name']) }),
	});
}

interface Attachment {
	readonly type: 'voice' | 'image';
	readonly url: string;
	readonly mimetype: string;
}

const FORMATS = { voice: { mimetype: 'audio/ogg; codecs=opus', extension: 'oga' }, image: { mimetype: 'image/jpeg', extension: 'jpeg' } } as const;

/** WAHA keeps what it downloaded and serves it under `/api/files`. null: nothing is attached. */
function keepAttachment(
	context: SandboxContext,
	session: WahaSession,
	request: Readonly<Record<string, unknown>>,
	shortId: string,
): Attachment | null {
	const attached = attachmentOf(request);
	if (attached === undefined) return null;
	const { mimetype, extension } = FORMATS[attached.type];
	const media = context.media.keep({ mimetype, bytes: attached.bytes });
	return { type: attached.type, mimetype, url: `${context.url()}/waha/api/files/${session.name}/${media}/${shortId}.${extension}` };
}

/** A pressed button or chosen row, `{text, id, list?}`: its label. Undefined: neither. */
function labelOf(request: Readonly<Record<string, unknown>>): string | undefined {
	const button = request['button'];
	return isObject(button) ? stringOf(button['text']) : undefined;
}

function rawOf(request: Readonly<Record<string, unknown>>): { readonly raw?: JsonObject } {
	const button = request['button'];
	if (isObject(button)) {
		const id = stringOf(button['id']);
		return button['list'] === true
			? { raw: { type: 'list_response', listResponse: { title: stringOf(button['text']), singleSelectReply: { selectedRowId: id } } } }
			: { raw: { type: 'buttons_response', selectedButtonId: id } };
	}
	const attached = attachmentOf(request);
	return attached === undefined ? {} : { raw: { type: attached.type === 'voice' ? 'ptt' : 'image' } };
}

function logInbound(
	context: SandboxContext,
	session: WahaSession,
	request: Readonly<Record<string, unknown>>,
	writer: string,
	messageId: string,
	attachment: Attachment | null,
): void {
	// The same id again is the same message delivered again, not another one.
	if (context.store.current.messages.some((message) => message.message_id === messageId)) return;
	context.logMessage({
		direction: 'in',
		channel: 'whatsapp',
		account: session.name,
		customer: customerOf(context, writer),
		to: session.me?.id ?? '',
		name: stringOf(request['name']),
		type: attachment?.type ?? 'text',
		text: labelOf(request) ?? stringOf(request['body']),
		media_url: attachment?.url ?? null,
		message_id: messageId,
		...(stringOf(request['client_id']) === '' ? {} : { client_id: stringOf(request['client_id']) }),
	});
}

function rememberTwins(context: SandboxContext, one: string, other: string): void {
	const lid = [one, other].find((chatId) => chatId.endsWith('@lid'));
	const phone = [one, other].find((chatId) => chatId.endsWith('@c.us'));
	if (lid !== undefined && phone !== undefined) context.store.current.waha.lids[lid] = phone;
}
