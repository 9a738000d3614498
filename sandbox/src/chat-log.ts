/** One chat message that went through a stand-in, as the phone page and `GET /control/sent` show it. */
export interface ChatMessage {
	readonly seq: number;
	/** Unix milliseconds. */
	readonly at: number;
	/** `in`: from the customer to the business; `out`: from the business to the customer. */
	readonly direction: 'in' | 'out';
	readonly channel: 'whatsapp' | 'telegram';
	/** WAHA session name or bot username. */
	readonly account: string;
	/** Phone digits (WhatsApp) or user id (Telegram): whose chat it is. */
	readonly customer: string;
	/** The vendor's chat id that the business addressed (`…@c.us`, `…@lid`, a Telegram chat id). */
	readonly to: string;
	readonly name: string;
	readonly type: 'text' | 'image' | 'video' | 'voice';
	readonly text: string;
	readonly media_url: string | null;
	readonly message_id: string;
	/** Given by the phone page, to know its own message again. */
	readonly client_id?: string;
}

/** `34699111222@c.us` → `34699111222`. */
export function bareChatId(chatId: string): string {
	return chatId.split('@')[0] ?? chatId;
}
