import type { JsonObject } from '../json.ts';

/** A person with a Google account. */
export interface GoogleAccount {
	readonly email: string;
	readonly name: string;
	/** IANA; that of the primary calendar. */
	readonly timeZone: string;
}

export type AccessRole = 'owner' | 'writer' | 'reader' | 'freeBusyReader';

export interface StoredEvent {
	/** The calendar's version at its last change. */
	version: number;
	/** Unix milliseconds; of an all-day event, the midnights of the calendar's zone. */
	start: number;
	end: number;
	/** As the API shows it, but for `start` and `end`, which depend on the zone that is asked for. */
	object: JsonObject;
}

export interface GoogleCalendar {
	readonly id: string;
	readonly owner: string;
	readonly primary: boolean;
	summary: string;
	timeZone: string;
	/** By e-mail. */
	access: Record<string, AccessRole>;
	/** Rises with every change of an event. */
	version: number;
	/** Sync tokens from before this are no longer known. */
	oldestSync: number;
	events: Record<string, StoredEvent>;
}

/** What a person allowed an application to do. */
export interface GoogleGrant {
	readonly email: string;
	readonly clientId: string;
	readonly scope: string;
	readonly refreshToken: string;
	revoked: boolean;
}

export interface GoogleChannel {
	readonly id: string;
	readonly resourceId: string;
	readonly calendar: string;
	readonly address: string;
	readonly token: string | null;
	/** Unix milliseconds. */
	readonly expiration: number;
	messages: number;
}

/** A consent that waits to be exchanged. */
export interface GoogleCode {
	readonly clientId: string;
	readonly redirectUri: string;
	readonly challenge: { readonly value: string; readonly method: 'S256' | 'plain' } | null;
	readonly email: string;
	readonly scope: string;
	readonly offline: boolean;
	readonly forced: boolean;
	readonly expiresAt: number;
}

export interface GoogleState {
	accounts: Record<string, GoogleAccount>;
	calendars: Record<string, GoogleCalendar>;
	/** By refresh token. */
	grants: Record<string, GoogleGrant>;
	/** By access token. */
	access: Record<string, { readonly grant: string; expiresAt: number }>;
	codes: Record<string, GoogleCode>;
	channels: Record<string, GoogleChannel>;
}

export function emptyGoogleState(): GoogleState {
	return { accounts: {}, calendars: {}, grants: {}, access: {}, codes: {}, channels: {} };
}
