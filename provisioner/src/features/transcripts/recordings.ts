import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import type { Download } from '../../vendors/download.ts';
import type { TelegramClient } from '../../vendors/telegram/client.ts';
import type { WahaClient } from '../../vendors/waha/client.ts';
import type { Account } from '../gateway/accounts.ts';

/** What transcription services take. */
const MAX_BYTES = 25 * 1024 * 1024;

/** As the gateway stores it. */
const mediaSchema = z.object({ url: z.string().default(''), fileId: z.string().default(''), mimetype: z.string().default('') });

/** The recording of a stored voice message. @throws AppError `recording_missing` when there is none to be had, and VendorError */
export type FetchRecording = (channel: string, account: Account, media: unknown, signal: AbortSignal) => Promise<Download>;

export function createRecordings(clients: { waha: Pick<WahaClient, 'download'> | null; telegram: Pick<TelegramClient, 'download'> }): FetchRecording {
	return async (channel, account, stored, signal) => {
		const media = mediaSchema.safeParse(stored).data ?? { url: '', fileId: '', mimetype: '' };
		const options = { maxBytes: MAX_BYTES, signal };
		const download = await (channel === 'telegram' && media.fileId !== ''
			? clients.telegram.download(account.botToken, media.fileId, options)
			: channel === 'whatsapp' && media.url !== '' && clients.waha
				? clients.waha.download(media.url, options)
				: missing());
		// The message knows its kind; a file's server often does not.
		return { bytes: download.bytes, mimetype: media.mimetype === '' ? download.mimetype : media.mimetype };
	};
}

function missing(): never {
	throw new AppError('recording_missing', 'The channel announced a voice message and did not give its recording.', { status: 404 });
}
