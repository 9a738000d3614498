import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import type { Download } from '../../vendors/download.ts';
import type { TelegramClient } from '../../vendors/telegram/client.ts';
import type { WahaClient } from '../../vendors/waha/client.ts';
import type { Account } from './accounts.ts';

/** As the gateway stores it. */
const mediaSchema = z.object({ url: z.string().default(''), fileId: z.string().default(''), mimetype: z.string().default('') });

export interface AttachmentOptions {
	readonly maxBytes: number;
	readonly signal: AbortSignal;
}

/** The file of a stored message: a recording, a picture. @throws AppError `attachment_missing` when there is none to be had, and VendorError */
export type FetchAttachment = (channel: string, account: Account, media: unknown, options: AttachmentOptions) => Promise<Download>;

export function createAttachments(clients: { waha: Pick<WahaClient, 'download'> | null; telegram: Pick<TelegramClient, 'download'> }): FetchAttachment {
	return async (channel, account, stored, options) => {
		const media = mediaSchema.safeParse(stored).data ?? { url: '', fileId: '', mimetype: '' };
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
	throw new AppError('attachment_missing', 'The channel announced a file and did not give it.', { status: 404 });
}
