import { createHash } from 'node:crypto';
import type { ChannelName } from '../../../../core/channels/channel.ts';
import { whatsappWaha } from '../../../../core/channels/whatsapp-waha.ts';
import type { TelegramClient } from '../../vendors/telegram/client.ts';
import type { WahaClient } from '../../vendors/waha/client.ts';
import type { Account } from '../gateway/accounts.ts';
import { CLOCK_TOLERANCE_MS } from './resolution.ts';
import type { ListedMessage } from './resolution.ts';

export interface OutgoingPart {
	/** Of the outbox. */
	readonly id: string;
	readonly chatId: string;
	readonly kind: 'text' | 'image' | 'video';
	readonly text: string;
	readonly mediaUrl: string;
}

/** Sends one part; resolves with the vendor's id of the message, '' when it gave none. @throws VendorError */
export type Send = (account: Account, part: OutgoingPart) => Promise<string>;

/** One a channel; a channel without its configuration has none. */
export type Senders = Readonly<Partial<Record<ChannelName, Send>>>;

/** How to learn what became of a send that got no answer. */
export interface Lookup {
	/** The canonical id that the sender gives this part's message; '' when the vendor takes none for it. */
	givenId(part: Pick<OutgoingPart, 'id' | 'kind'>): string;
	/** The latest messages of a chat, back to a try of that time (milliseconds). @throws VendorError */
	list(account: Account, chatId: string, attemptedAt: number): Promise<readonly ListedMessage[]>;
}

/** Of the channels whose vendors can tell. Telegram's bots can't read their own messages. */
export type Lookups = Readonly<Partial<Record<ChannelName, Lookup>>>;

export function createSenders(clients: { waha: WahaClient | null; telegram: TelegramClient }): Senders {
	return { telegram: throughTelegram(clients.telegram), ...(clients.waha ? { whatsapp: throughWaha(clients.waha) } : {}) };
}

export function createLookups(clients: { waha: WahaClient | null }): Lookups {
	return clients.waha ? { whatsapp: lookupAtWaha(clients.waha) } : {};
}

/**
 * WhatsApp knows a message by an id that its sender chooses, and takes it once. Ours is made of the part's, so it is the same at each try;
 * WAHA takes one for texts only, and an engine that ignores it gives its own.
 */
function whatsappId(partId: string): string {
	return `3EB0${createHash('sha256').update(partId).digest('hex').slice(0, 18).toUpperCase()}`;
}

function throughWaha(waha: WahaClient): Send {
	return async ({ externalId: session }, { id, chatId, kind, text, mediaUrl: url }) => {
		if (kind === 'text') return (await waha.sendText({ session, chatId, text, id: whatsappId(id) })).messageId;
		const send = kind === 'image' ? waha.sendImage : waha.sendVideo;
		return (await send({ session, chatId, url, caption: text })).messageId;
	};
}

function lookupAtWaha(waha: WahaClient): Lookup {
	return {
		givenId: ({ id, kind }) => (kind === 'text' ? whatsappId(id) : ''),
		async list({ externalId: session }, chatId, attemptedAt) {
			const messages = await waha.listMessages({ session, chatId, since: attemptedAt - CLOCK_TOLERANCE_MS });
			return messages.map(({ id, ...message }) => ({ ...message, id: whatsappWaha.sentMessageId(id, chatId) }));
		},
	};
}

function throughTelegram(telegram: TelegramClient): Send {
	return async ({ botToken }, { chatId, kind, text, mediaUrl: url }) => {
		if (kind === 'text') return (await telegram.sendMessage(botToken, { chatId, text })).messageId;
		const send = kind === 'image' ? telegram.sendPhoto : telegram.sendVideo;
		return (await send(botToken, { chatId, url, caption: text })).messageId;
	};
}
