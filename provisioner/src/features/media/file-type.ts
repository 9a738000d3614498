import { pictureTypeOf } from '../../../../core/agent/pictures.ts';
import { AppError } from '../../../../core/errors.ts';
import type { ResourceType } from '../../vendors/cloudinary/client.ts';

export interface FileType {
	readonly type: ResourceType;
	readonly contentType: string;
}

/** What chats show, and Cloudinary's free plan takes. */
const MOST_BYTES: Readonly<Record<ResourceType, number>> = { image: 10 * 1024 * 1024, video: 100 * 1024 * 1024 };
export const MOST_MEDIUM_BYTES = MOST_BYTES.video;
/** What `fileTypeOf` looks at. */
export const BEGINNING_BYTES = 64;

/**
 * What a file is by its first bytes, whatever anybody says it is.
 * @throws AppError `media_type_not_supported` (415), `body_too_large` (413)
 */
export function fileTypeOf(beginning: Uint8Array, bytes: number): FileType {
	const found = typeOf(beginning);
	if (found === null) throw new AppError('media_type_not_supported', 'The file is no photo (JPEG, PNG, WebP, GIF) and no video (MP4, MOV, WebM). Save it as one of these (iPhones: as JPEG, not HEIC).', { status: 415 });
	const most = MOST_BYTES[found.type];
	if (bytes > most) throw new AppError('body_too_large', `The ${found.type} has ${(bytes / 1024 / 1024).toFixed(1)} MB; at most ${most / 1024 / 1024} are taken.`, { status: 413 });
	return found;
}

/** Photos and sound in the container of MP4: HEIC, AVIF, raw photos, M4A. */
const NO_VIDEO = /^(hei[cxms]|hev[cxms]|mif\d|miaf|msf1|avi[fs]|crx |M4[ABP] |F4A )/u;
/** The header of a Matroska file says which kind it is: WebM, or MKV, which chats don't show. */
const WEBM = /^\x1a\x45\xdf\xa3[\s\S]*\x42\x82[\s\S]{1,8}webm/u;

function typeOf(beginning: Uint8Array): FileType | null {
	const picture = pictureTypeOf(beginning);
	if (picture !== null) return { type: 'image', contentType: picture };
	const text = Buffer.from(beginning.subarray(0, BEGINNING_BYTES)).toString('latin1');
	if (text.slice(4, 8) !== 'ftyp') return WEBM.test(text) ? { type: 'video', contentType: 'video/webm' } : null;
	const brand = text.slice(8, 12);
	if (NO_VIDEO.test(brand)) return null;
	return { type: 'video', contentType: brand.startsWith('qt') ? 'video/quicktime' : 'video/mp4' };
}
