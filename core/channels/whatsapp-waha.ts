import { z } from 'zod';
import type { AccountStatus, ChannelAdapter, ChannelEvent, InboundCustomer, InboundMedia, InboundMessage } from './channel.ts';
import { storable, unixSeconds, words } from './storable.ts';
import { verifyHmacHex } from './verify.ts';
import { isNoMessage, pressedButton } from './waha-raw.ts';

/** The events to ask WAHA for: those that `parse` understands, without those that repeat others. */
export const WAHA_EVENTS = ['message', 'message.edited', 'message.revoked', 'session.status'] as const;

/** WhatsApp through WAHA. Webhooks: https://waha.devlike.pro/docs/how-to/webhooks/ */
export const whatsappWaha: ChannelAdapter = {
	name: 'whatsapp',
	limits: {
		textUnits: 4096,
		captionUnits: 1024,
		serviceWindowHours: null,
		documentation: 'https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages',
		// Neither WhatsApp nor WAHA states limits for a linked phone; numbers that write like machines get blocked. A prudent pace of
		// ours, for answers to customers who wrote first: no faster than a busy team would type them.
		pace: {
			chat: { everyMs: 1_000, burst: 4 },
			account: { everyMs: 100, burst: 20 },
			documentation: 'https://waha.devlike.pro/docs/overview/how-to-avoid-blocking/',
		},
	},
	verify(rawBody, header, secret) {
		const algorithm = header('x-webhook-hmac-algorithm') ?? 'sha512';
		return algorithm.toLowerCase() === 'sha512' && verifyHmacHex('sha512', rawBody, header('x-webhook-hmac'), secret);
	},
	parse(body) {
		const envelope = envelopeSchema.safeParse(body);
		if (!envelope.success) return [{ type: 'ignored', reason: 'not_understood' }];
		return [eventOf(envelope.data)];
	},
	/** `34699111222`, `+34…`, `…@s.whatsapp.net` and `…@c.us` are one person; a `…@lid` stays what it is. */
	customerAddress(given) {
		const [, user = '', domain = 'c.us'] = /^\+?(\d{5,20})(?:@(c\.us|s\.whatsapp\.net|lid))?$/.exec('id' in given ? given.id : given.phone) ?? [];
		if (user === '') return null;
		if (domain === 'lid') return { chatId: `${user}@lid`, phone: '' };
		return { chatId: `${user}@c.us`, phone: user };
	},
	sentMessageId: (vendorMessageId) => (vendorMessageId === '' ? '' : messageIdOf(vendorMessageId)),
};

const envelopeSchema = z.object({
	event: z.string(),
	/** Milliseconds. */
	timestamp: z.number().nonnegative().max(253_402_300_799_999),
	payload: z.unknown().optional(),
});

const messageId = z.string().min(1).max(300).transform(storable);
const messageSchema = z.object({
	id: messageId,
	timestamp: unixSeconds,
	from: z.string().min(1).max(200).transform(storable),
	fromMe: z.boolean(),
	source: z.string().nullish(),
	body: words.nullish(),
	hasMedia: z.boolean().nullish(),
	media: z
		.object({ url: words.nullish(), mimetype: words.nullish() })
		.nullish()
		.catch(null),
	location: z.object({ latitude: z.union([z.string(), z.number()]), longitude: z.union([z.string(), z.number()]) }).nullish().catch(null),
	vCards: z.array(z.string()).nullish().catch(null),
	/** The engine's own record: the sender's name, what a button said, and what is no message at all. */
	_data: z.looseObject({ notifyName: words.optional().catch(undefined), pushName: words.optional().catch(undefined), type: z.string().optional().catch(undefined) }).nullish().catch(null),
});
type WahaMessage = z.output<typeof messageSchema>;

/** The changed message with its new words. `id` is the change's own in some engines, the original's in others; then it stands alone. */
const editedSchema = messageSchema.extend({ editedMessageId: messageId.nullish().catch(null) });
/**
 * `after`: the message as it is now, or the note that took it back; `before`: the original, where the engine still has it.
 * Some engines name the original in `revokedMessageId`, WEBJS in `after`, which is the original emptied.
 */
const revokedSchema = z.object({
	revokedMessageId: messageId.nullish().catch(null),
	after: messageSchema.nullish().catch(null),
	before: messageSchema.nullish().catch(null),
});

const statusSchema = z.object({ status: words });
const notUnderstood: ChannelEvent = { type: 'ignored', reason: 'not_understood' };
const notUsed: ChannelEvent = { type: 'ignored', reason: 'event_not_used' };

function eventOf({ event, payload, timestamp }: z.output<typeof envelopeSchema>): ChannelEvent {
	switch (event) {
		case 'session.status': {
			const status = statusSchema.safeParse(payload);
			return status.success ? { type: 'status', status: statusOf(status.data.status, new Date(timestamp).toISOString()) } : notUnderstood;
		}
		case 'message':
		// Repeats every `message` and adds our own sends: dedupe and the echo rule make both harmless.
		case 'message.any': {
			const message = messageSchema.safeParse(payload);
			return message.success ? messageEvent(message.data, timestamp) : notUnderstood;
		}
		case 'message.edited': {
			const edited = editedSchema.safeParse(payload);
			return edited.success ? editedEvent(edited.data, timestamp) : notUnderstood;
		}
		case 'message.revoked': {
			const revoked = revokedSchema.safeParse(payload);
			return revoked.success ? revokedEvent(revoked.data, timestamp) : notUnderstood;
		}
		default:
			return notUsed;
	}
}

function messageEvent(message: WahaMessage, eventTimestamp: number): ChannelEvent {
	const customer = customerOf(message);
	if ('type' in customer) return customer;
	if (isNoMessage(message._data)) return notUsed;
	return { type: 'message', message: parsedMessage(message, customer, eventTimestamp) };
}

function editedEvent({ editedMessageId, ...message }: z.output<typeof editedSchema>, eventTimestamp: number): ChannelEvent {
	const customer = customerOf(message);
	if ('type' in customer) return customer;
	// An engine that could not decrypt the change tells it without its words.
	if (textOf(message) === '') return notUsed;
	const id = messageIdOf(editedMessageId ?? message.id);
	return { type: 'edited', message: { ...parsedMessage(message, customer, eventTimestamp), id }, editedAt: new Date(eventTimestamp).toISOString() };
}

function revokedEvent({ revokedMessageId, after, before }: z.output<typeof revokedSchema>, eventTimestamp: number): ChannelEvent {
	const message = after ?? before;
	if (!message) return notUnderstood;
	const customer = customerOf(message);
	if ('type' in customer) return customer;
	return { type: 'deleted', id: messageIdOf(revokedMessageId ?? before?.id ?? message.id), customer, at: new Date(eventTimestamp).toISOString() };
}

/** The customer who wrote it, or why it is of no interest. */
function customerOf({ from, fromMe, source, id, _data }: WahaMessage): InboundCustomer | Extract<ChannelEvent, { type: 'ignored' }> {
	// `source: "api"` stands on own messages only, but the documentation promises it for events of either direction.
	if (fromMe || source === 'api' || id.startsWith('true_')) return { type: 'ignored', reason: 'echo' };
	const chatId = from.replace(/@s\.whatsapp\.net$/, '@c.us');
	const domain = chatId.slice(chatId.lastIndexOf('@') + 1);
	if (domain === 'g.us') return { type: 'ignored', reason: 'group' };
	if (domain === 'newsletter' || domain === 'broadcast') return { type: 'ignored', reason: 'broadcast' };
	if (domain !== 'c.us' && domain !== 'lid') return { type: 'ignored', reason: 'not_understood' };
	return { chatId, phone: phoneOf(chatId), name: _data?.notifyName ?? _data?.pushName ?? '', addressKind: domain };
}

function parsedMessage(message: WahaMessage, customer: InboundCustomer, eventTimestamp: number): InboundMessage {
	const media = mediaOf(message);
	const text = textOf(message);
	const label = pressedButton(message._data, text);
	return {
		id: messageIdOf(message.id),
		order: eventTimestamp,
		customer,
		type: label === null ? typeOf(message, media) : 'text',
		text: label ?? text,
		media,
		button: label !== null,
		sentAt: new Date(message.timestamp * 1000).toISOString(),
	};
}

/**
 * `false_34699111222@c.us_3EB0AAAA` and its twin `false_12…@lid_3EB0AAAA` → `3EB0AAAA`; a group's id has the writer behind it.
 * The direction is kept apart (messages.direction), so a bare id of the newer engines stays what it is.
 */
function messageIdOf(id: string): string {
	return /^(?:true|false)_[^_]+_([^_]+)/.exec(id)?.[1] ?? id;
}

/** A @c.us address is the phone number; a @lid hides it. */
function phoneOf(chatId: string): string {
	return /^(\d{5,20})@c\.us$/.exec(chatId)?.[1] ?? '';
}

/** `hasMedia` with no URL is legal: WAHA did not download it. */
function mediaOf({ hasMedia, media }: WahaMessage): InboundMedia | null {
	if (hasMedia !== true) return null;
	return { url: media?.url ?? '', fileId: '', mimetype: media?.mimetype ?? '' };
}

function typeOf({ location, vCards, _data }: WahaMessage, media: InboundMedia | null): InboundMessage['type'] {
	if (location) return 'location';
	if (vCards && vCards.length > 0) return 'contact';
	if (!media) return 'text';
	const engineType = _data?.type ?? '';
	if (media.mimetype.startsWith('image/') || engineType === 'image') return 'image';
	if (media.mimetype.startsWith('video/') || engineType === 'video') return 'video';
	if (media.mimetype.startsWith('audio/') || engineType === 'ptt' || engineType === 'audio') return 'voice';
	return media.mimetype === '' && engineType === '' ? 'other' : 'document';
}

/** For a location or a contact card some engines put its raw data (a thumbnail, a vCard) into `body`: not the customer's words. */
function textOf({ body, location, vCards }: WahaMessage): string {
	return location || (vCards && vCards.length > 0) ? '' : (body ?? '');
}

/** https://waha.devlike.pro/docs/how-to/sessions/ */
function statusOf(status: string, at: string): AccountStatus {
	switch (status) {
		case 'WORKING':
			return { state: 'connected', detail: '', at };
		case 'STARTING':
			return { state: 'connecting', detail: 'The WhatsApp session is starting.', at };
		case 'SCAN_QR_CODE':
			return { state: 'connecting', detail: 'Scan the QR code with the phone of this number.', at };
		case 'PASSKEY_REQUIRED':
		case 'PASSKEY_CONFIRMATION_REQUIRED':
			return { state: 'connecting', detail: 'Confirm the passkey on the phone of this number.', at };
		case 'STOPPED':
			return { state: 'disconnected', detail: 'The WhatsApp session is stopped. Start it again.', at };
		case 'FAILED':
			return { state: 'error', detail: 'The WhatsApp session failed. Restart it; scan the QR code if it asks.', at };
		default:
			return { state: 'error', detail: `WAHA reports a session status that is not known: ${status.slice(0, 60)}.`, at };
	}
}
