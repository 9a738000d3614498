import type { JsonObject } from '../json.ts';

export const WAHA_STATUSES = [
	'STOPPED',
	'STARTING',
	'SCAN_QR_CODE',
	'PASSKEY_REQUIRED',
	'PASSKEY_CONFIRMATION_REQUIRED',
	'WORKING',
	'FAILED',
] as const;
export type WahaStatus = (typeof WAHA_STATUSES)[number];

export interface WahaSession {
	name: string;
	status: WahaStatus;
	/** As the client sent it. */
	config: JsonObject;
	/** The WhatsApp account that scanned the QR code; kept over stop and start, forgotten by logout. */
	me: { id: string; pushName: string } | null;
	statuses: { status: WahaStatus; timestamp: number }[];
	/** What the QR code says now; changes on every refresh. */
	qr: string;
}

export interface WahaState {
	sessions: Record<string, WahaSession>;
	/** `…@lid` → `…@c.us`. */
	lids: Record<string, string>;
}

export function emptyWahaState(): WahaState {
	return { sessions: {}, lids: {} };
}
