import type { JsonObject } from '../json.ts';

export interface TelegramChat {
	id: number;
	first_name: string;
	language_code?: string;
}

export interface TelegramWebhook {
	url: string;
	secret_token: string;
	/** Empty: Telegram's default set. */
	allowed_updates: string[];
	max_connections: number;
	last_error_date: number | null;
	last_error_message: string;
}

export interface TelegramFile {
	file_id: string;
	file_unique_id: string;
	file_path: string;
	mime_type: string;
	file_size: number;
	/** Of the media store; `null` for the built-in sample. */
	media: string | null;
}

/** One of the kinds is there. */
export interface TelegramUpdate {
	update_id: number;
	message?: JsonObject;
	edited_message?: JsonObject;
	callback_query?: JsonObject;
}

export interface TelegramBot {
	/** The digits before the colon of the token. */
	id: number;
	token: string;
	username: string;
	name: string;
	webhook: TelegramWebhook | null;
	nextUpdateId: number;
	nextMessageId: number;
	/** People who have written to the bot: only they can be written to. */
	chats: Record<string, TelegramChat>;
	/** Not yet taken by a webhook or getUpdates. */
	pending: TelegramUpdate[];
	files: Record<string, TelegramFile>;
}

export interface TelegramState {
	/** By token. */
	bots: Record<string, TelegramBot>;
}

export function emptyTelegramState(): TelegramState {
	return { bots: {} };
}
