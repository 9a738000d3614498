import { AppError } from '../../../../core/errors.ts';
import type { WahaClient, WahaStatus } from '../../vendors/waha/client.ts';
import { VendorError } from '../../vendors/http.ts';
import type { Connection } from './connection.ts';

export interface QrCode {
	readonly mimetype: string;
	/** base64 */
	readonly data: string;
}

/**
 * The code to scan with the phone. WhatsApp renews it every 20 s or so: fetch it again while it is shown.
 * @throws AppError (409) `qr_not_needed`, `whatsapp_already_connected`, `whatsapp_qr_not_ready` (ask again shortly), `whatsapp_session_missing`
 */
export type GetQr = (connection: Connection) => Promise<QrCode>;

export function createQr(waha: WahaClient | null): GetQr {
	return async ({ channel, externalId }) => {
		if (channel !== 'whatsapp') throw conflict('qr_not_needed', 'Only WhatsApp numbers are connected by a QR code.');
		if (!waha) throw new AppError('whatsapp_not_configured', 'WhatsApp is off on this platform: set WAHA_URL and WAHA_API_KEY first.', { status: 503 });
		const session = await waha.getSession(externalId);
		if (session === null) throw conflict('whatsapp_session_missing', 'WAHA has lost this session. Delete the connection and connect the number again.');
		if (session.status !== 'SCAN_QR_CODE') throw await notScannable(waha, externalId, session.status);
		try {
			return await waha.getQr(externalId);
		} catch (error) {
			// Scanned, or renewed, between the two calls.
			if (error instanceof VendorError && error.vendorStatus === 422) throw notReady('changing its state');
			throw error;
		}
	};
}

async function notScannable(waha: WahaClient, session: string, status: WahaStatus): Promise<AppError> {
	if (status === 'WORKING') return conflict('whatsapp_already_connected', 'The number is connected already: there is nothing to scan.');
	// Whoever asks for the code wants the session to come back.
	if (status === 'STOPPED' || status === 'FAILED') await waha.startSession(session);
	return notReady(status === 'STOPPED' || status === 'FAILED' ? 'being started again' : status);
}

function notReady(state: string): AppError {
	return conflict('whatsapp_qr_not_ready', `There is no QR code yet: the session is ${state}. Ask again in a few seconds.`);
}

function conflict(code: string, message: string): AppError {
	return new AppError(code, message, { status: 409 });
}
