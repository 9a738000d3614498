import { z } from 'zod';
import type { ChannelAdapter, ChannelEvent, InboundMedia, InboundMessage } from './channel.ts';
import { unixSeconds, words } from './storable.ts';
import { equalSecrets } from './verify.ts';

/** Telegram bots. Updates: https://core.telegram.org/bots/api#getting-updates */
export const telegram: ChannelAdapter = {
	name: 'telegram',
	limits: { textUnits: 4096, captionUnits: 1024, documentation: 'https://core.telegram.org/bots/api#sendmessage' },
	/** Telegram signs nothing: the header repeats the secret given to setWebhook. */
	verify: (_rawBody, header, secret) => equalSecrets(header('x-telegram-bot-api-secret-token'), secret),
	parse(body) {
		const update = updateSchema.safeParse(body);
		if (!update.success) return [{ type: 'ignored', reason: 'not_understood' }];
		if (update.data.message === undefined) return [{ type: 'ignored', reason: 'event_not_used' }];
		const message = messageSchema.safeParse(update.data.message);
		return [message.success ? messageEvent(message.data) : { type: 'ignored', reason: 'not_understood' }];
	},
	sentMessageId: (vendorMessageId, chatId) => (vendorMessageId === '' ? '' : messageIdOf(chatId, vendorMessageId)),
};

const updateSchema = z.looseObject({ update_id: z.int(), message: z.unknown().optional() });
const file = z.object({ file_id: words, mime_type: words.optional() });
const messageSchema = z.object({
	message_id: z.int(),
	date: unixSeconds,
	from: z.object({ id: z.int(), is_bot: z.boolean(), first_name: words, last_name: words.optional() }).optional(),
	chat: z.object({ id: z.int(), type: z.string() }),
	text: words.optional(),
	caption: words.optional(),
	/** Several sizes of one picture, the largest last. */
	photo: z.array(file).optional(),
	video: file.optional(),
	video_note: file.optional(),
	animation: file.optional(),
	voice: file.optional(),
	audio: file.optional(),
	document: file.optional(),
	sticker: file.extend({ emoji: words.optional() }).optional(),
	location: z.looseObject({}).optional(),
	contact: z.looseObject({}).optional(),
});
type TelegramMessage = z.output<typeof messageSchema>;

function messageEvent(message: TelegramMessage): ChannelEvent {
	if (message.chat.type === 'channel') return { type: 'ignored', reason: 'broadcast' };
	if (message.chat.type !== 'private') return { type: 'ignored', reason: 'group' };
	if (!message.from) return { type: 'ignored', reason: 'not_understood' };
	if (message.from.is_bot) return { type: 'ignored', reason: 'bot' };
	const content = contentOf(message);
	if (!content) return { type: 'ignored', reason: 'event_not_used' };
	const chatId = String(message.chat.id);
	const parsed: InboundMessage = {
		id: messageIdOf(chatId, String(message.message_id)),
		order: message.message_id,
		customer: {
			chatId,
			phone: '',
			name: [message.from.first_name, message.from.last_name].filter(Boolean).join(' '),
			addressKind: 'chat',
		},
		...content,
		button: false,
		sentAt: new Date(message.date * 1000).toISOString(),
	};
	return { type: 'message', message: parsed };
}

/** null: nothing that a customer says (a pinned message, a changed title). */
function contentOf(message: TelegramMessage): Pick<InboundMessage, 'type' | 'text' | 'media'> | null {
	const text = message.text ?? message.caption ?? '';
	const media = (from: z.output<typeof file> | undefined): InboundMedia | null =>
		from ? { url: '', fileId: from.file_id, mimetype: from.mime_type ?? '' } : null;
	if (message.photo) return { type: 'image', text, media: media(message.photo.at(-1)) };
	if (message.video ?? message.video_note ?? message.animation) {
		return { type: 'video', text, media: media(message.video ?? message.video_note ?? message.animation) };
	}
	if (message.voice ?? message.audio) return { type: 'voice', text, media: media(message.voice ?? message.audio) };
	if (message.document) return { type: 'document', text, media: media(message.document) };
	if (message.sticker) return { type: 'other', text: message.sticker.emoji ?? '', media: media(message.sticker) };
	if (message.location) return { type: 'location', text, media: null };
	if (message.contact) return { type: 'contact', text, media: null };
	return message.text === undefined ? null : { type: 'text', text, media: null };
}

/** Telegram numbers messages per chat. */
function messageIdOf(chatId: string, messageId: string): string {
	return `${chatId}:${messageId}`;
}
