import type { ChannelName } from '../../../../core/channels/channel.ts';
import type { TelegramClient } from '../../vendors/telegram/client.ts';
import type { WahaClient } from '../../vendors/waha/client.ts';
import type { Account } from '../gateway/accounts.ts';

export interface OutgoingPart {
	readonly chatId: string;
	readonly kind: 'text' | 'image' | 'video';
	readonly text: string;
	readonly mediaUrl: string;
}

/** Sends one part; resolves with the vendor's id of the message, '' when it gave none. @throws VendorError */
export type Send = (account: Account, part: OutgoingPart) => Promise<string>;

/** One a channel; a channel without its configuration has none. */
export type Senders = Readonly<Partial<Record<ChannelName, Send>>>;

export function createSenders(clients: { waha: WahaClient | null; telegram: TelegramClient }): Senders {
	return { telegram: throughTelegram(clients.telegram), ...(clients.waha ? { whatsapp: throughWaha(clients.waha) } : {}) };
}

function throughWaha(waha: WahaClient): Send {
	return async ({ externalId: session }, { chatId, kind, text, mediaUrl: url }) => {
		if (kind === 'text') return (await waha.sendText({ session, chatId, text })).messageId;
		const send = kind === 'image' ? waha.sendImage : waha.sendVideo;
		return (await send({ session, chatId, url, caption: text })).messageId;
	};
}

function throughTelegram(telegram: TelegramClient): Send {
	return async ({ botToken }, { chatId, kind, text, mediaUrl: url }) => {
		if (kind === 'text') return (await telegram.sendMessage(botToken, { chatId, text })).messageId;
		const send = kind === 'image' ? telegram.sendPhoto : telegram.sendVideo;
		return (await send(botToken, { chatId, url, caption: text })).messageId;
	};
}
