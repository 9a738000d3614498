import { z } from 'zod';
import type { AccountStatus, ChannelAdapter, ChannelEvent, InboundMedia, InboundMessage } from './channel.ts';
import { storable, unixSeconds, words } from './storable.ts';
import { verifyHmacHex } from './verify.ts';

/** WhatsApp through WAHA. Webhooks: https://waha.devlike.pro/docs/how-to/webhooks/ */
export const whatsappWaha: ChannelAdapter = {
	name: 'whatsapp',
	limits: {
		textUnits: 4096,
		captionUnits: 1024,
		documentation: 'https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages',
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
	sentMessageId: (vendorMessageId) => (vendorMessageId === '' ? '' : messageIdOf(vendorMessageId)),
};

const envelopeSchema = z.object({
	event: z.string(),
	/** Milliseconds. */
	timestamp: z.number().nonnegative().max(253_402_300_799_999),
	payload: z.unknown().optional(),
});

const messageSchema = z.object({
	id: z.string().min(1).max(300).transform(storable),
	timestamp: unixSeconds,
	from: z.string().min(1).max(200).transform(storable),
	fromMe: z.boolean(),
	source: z.string().nullish(),
	body: words.nullish(),
	hasMedia: z.boolean().nullish(),
	media: z
		.object({ url: z.string().nullish(), mimetype: z.string().nullish() })
		.nullish()
		.catch(null),
	location: z.object({ latitude: z.union([z.string(), z.number()]), longitude: z.union([z.string(), z.number()]) }).nullish().catch(null),
	vCards: z.array(z.string()).nullish().catch(null),
	/** The engine's own record; only the sender's name is of use. */
	_data: z.looseObject({ notifyName: words.optional(), pushName: words.optional(), type: z.string().optional() }).nullish().catch(null),
});
type WahaMessage = z.output<typeof messageSchema>;

const statusSchema = z.object({ status: words });

function eventOf(envelope: z.output<typeof envelopeSchema>): ChannelEvent {
	if (envelope.event === 'session.status') {
		const payload = statusSchema.safeParse(envelope.payload);
		if (!payload.success) return { type: 'ignored', reason: 'not_understood' };
		return { type: 'status', status: statusOf(payload.data.status, new Date(envelope.timestamp).toISOString()) };
	}
	// `message.any` repeats every `message` and adds our own sends: dedupe and the echo rule make both harmless.
	if (envelope.event !== 'message' && envelope.event !== 'message.any') return { type: 'ignored', reason: 'event_not_used' };
	const payload = messageSchema.safeParse(envelope.payload);
	if (!payload.success) return { type: 'ignored', reason: 'not_understood' };
	return messageEvent(payload.data, envelope.timestamp);
}

function messageEvent(message: WahaMessage, eventTimestamp: number): ChannelEvent {
	// `source: "api"` stands on own messages only, but the documentation promises it for events of either direction.
	if (message.fromMe || message.source === 'api' || message.id.startsWith('true_')) return { type: 'ignored', reason: 'echo' };
	const chatId = message.from.replace(/@s\.whatsapp\.net$/, '@c.us');
	const domain = chatId.slice(chatId.lastIndexOf('@') + 1);
	if (domain === 'g.us') return { type: 'ignored', reason: 'group' };
	if (domain === 'newsletter' || domain === 'broadcast') return { type: 'ignored', reason: 'broadcast' };
	if (domain !== 'c.us' && domain !== 'lid') return { type: 'ignored', reason: 'not_understood' };
	const media = mediaOf(message);
	const parsed: InboundMessage = {
		id: messageIdOf(message.id),
		order: eventTimestamp,
		customer: {
			chatId,
			phone: phoneOf(chatId),
			name: message._data?.notifyName ?? message._data?.pushName ?? '',
			addressKind: domain,
		},
		type: typeOf(message, media),
		text: textOf(message),
		media,
		button: false,
		sentAt: new Date(message.timestamp * 1000).toISOString(),
	};
	return { type: 'message', message: parsed };
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
