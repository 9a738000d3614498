import { z } from 'zod';
import type { ChannelAdapter, ChannelEvent, InboundCustomer, InboundMedia, InboundMessage } from './channel.ts';
import { storable, unixSeconds, words } from './storable.ts';
import { equalSecrets } from './verify.ts';

/** Telegram bots. Updates: https://core.telegram.org/bots/api#getting-updates */
export const telegram: ChannelAdapter = {
	name: 'telegram',
	limits: {
		textUnits: 4096,
		captionUnits: 1024,
		serviceWindowHours: null,
		documentation: 'https://core.telegram.org/bots/api#sendmessage',
		// "avoid sending more than one message per second. We may allow short bursts"; "30 messages per second" overall.
		pace: {
			chat: { everyMs: 1_000, burst: 5 },
			account: { everyMs: 34, burst: 10 },
			documentation: 'https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this',
		},
	},
	/** Telegram signs nothing: the header repeats the secret given to setWebhook. */
	verify: (_rawBody, header, secret) => equalSecrets(header('x-telegram-bot-api-secret-token'), secret),
	parse(body, receivedAt) {
		const update = updateSchema.safeParse(body);
		return [update.success ? eventOf(update.data, receivedAt) : notUnderstood];
	},
	/** A private chat has its user's id; groups and channels have negative ones. Telegram tells a bot no phone. */
	customerAddress(given) {
		return 'id' in given && /^[1-9]\d{0,15}$/.test(given.id) ? { chatId: given.id, phone: '' } : null;
	},
	sentMessageId: (vendorMessageId, chatId) => (vendorMessageId === '' ? '' : messageIdOf(chatId, vendorMessageId)),
};

/** The kinds of updates to ask Telegram for: those that `parse` understands. */
export const TELEGRAM_UPDATES = ['message', 'edited_message', 'callback_query'] as const;

/** Of a message that is a pressed inline button: the id that `answerCallbackQuery` wants. null: it is no such message. */
export function callbackQueryId(messageId: string): string | null {
	return messageId.startsWith(CALLBACK) ? messageId.slice(CALLBACK.length) : null;
}

/** Before the id of a callback query; ids of messages begin with digits. */
const CALLBACK = 'callback:';
const notUnderstood: ChannelEvent = { type: 'ignored', reason: 'not_understood' };

const updateSchema = z.looseObject({
	update_id: z.int(),
	message: z.unknown().optional(),
	edited_message: z.unknown().optional(),
	callback_query: z.unknown().optional(),
});
const file = z.object({ file_id: words, mime_type: words.optional() });
const user = z.object({ id: z.int(), is_bot: z.boolean(), first_name: words, last_name: words.optional() });
const chat = z.object({ id: z.int(), type: z.string() });
const messageSchema = z.object({
	message_id: z.int(),
	date: unixSeconds,
	edit_date: unixSeconds.optional(),
	from: user.optional(),
	chat,
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

const callbackSchema = z.object({
	id: words.pipe(z.string().min(1).max(200)),
	from: user,
	/** What the button stands under; reduced to its chat and id when it is too old. Absent for a button that was sent through inline mode. */
	message: z
		.object({
			message_id: z.int(),
			chat,
			reply_markup: z
				.object({ inline_keyboard: z.array(z.array(z.object({ text: words, callback_data: z.string().optional() }))) })
				.optional()
				.catch(undefined),
		})
		.optional(),
	/** Absent for the button of a game. */
	data: z.string().optional(),
});

function eventOf(update: z.output<typeof updateSchema>, receivedAt: Date): ChannelEvent {
	if (update.message !== undefined) {
		const message = messageSchema.safeParse(update.message);
		return message.success ? messageEvent(message.data) : notUnderstood;
	}
	if (update.edited_message !== undefined) {
		const message = messageSchema.safeParse(update.edited_message);
		return message.success ? editEvent(message.data) : notUnderstood;
	}
	if (update.callback_query !== undefined) {
		const callback = callbackSchema.safeParse(update.callback_query);
		return callback.success ? buttonEvent(callback.data, receivedAt) : notUnderstood;
	}
	return { type: 'ignored', reason: 'event_not_used' };
}

function messageEvent(message: TelegramMessage): ChannelEvent {
	const foreign = notACustomer(message.chat, message.from);
	if (foreign) return foreign;
	const content = contentOf(message);
	if (!content) return { type: 'ignored', reason: 'event_not_used' };
	const chatId = String(message.chat.id);
	const parsed: InboundMessage = {
		id: messageIdOf(chatId, String(message.message_id)),
		order: message.message_id,
		customer: customerOf(chatId, message.from),
		...content,
		button: false,
		sentAt: new Date(message.date * 1000).toISOString(),
	};
	return { type: 'message', message: parsed };
}

function editEvent(edited: TelegramMessage): ChannelEvent {
	const event = messageEvent(edited);
	if (event.type !== 'message') return event;
	return { type: 'edited', message: event.message, editedAt: new Date((edited.edit_date ?? edited.date) * 1000).toISOString() };
}

/** A pressed inline button. A button of a reply keyboard sends its label as an ordinary message. */
function buttonEvent({ id, from, message, data }: z.output<typeof callbackSchema>, receivedAt: Date): ChannelEvent {
	if (!message || data === undefined) return { type: 'ignored', reason: 'event_not_used' };
	const foreign = notACustomer(message.chat, from);
	if (foreign) return foreign;
	const pressed = message.reply_markup?.inline_keyboard.flat().find((button) => button.callback_data === data);
	const parsed: InboundMessage = {
		id: `${CALLBACK}${id}`,
		order: message.message_id,
		customer: customerOf(String(message.chat.id), from),
		type: 'text',
		text: pressed?.text ?? storable(data),
		media: null,
		button: true,
		sentAt: receivedAt.toISOString(),
	};
	return { type: 'message', message: parsed };
}

/** null: a customer in a private chat. */
function notACustomer(where: TelegramMessage['chat'], from: TelegramMessage['from']): ChannelEvent | null {
	if (where.type === 'channel') return { type: 'ignored', reason: 'broadcast' };
	if (where.type !== 'private') return { type: 'ignored', reason: 'group' };
	if (!from) return notUnderstood;
	return from.is_bot ? { type: 'ignored', reason: 'bot' } : null;
}

function customerOf(chatId: string, from: TelegramMessage['from']): InboundCustomer {
	return { chatId, phone: '', name: [from?.first_name, from?.last_name].filter(Boolean).join(' '), addressKind: 'chat' };
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
