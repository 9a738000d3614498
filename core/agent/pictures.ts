/**
 * Larger ones are shown to no model; what channels send is about 200 kB. n8n keeps in the execution what a model is sent, and counts its tokens at each
 * call: a millisecond of its event loop a kilobyte.
 */
export const MOST_PICTURE_BYTES = 1024 * 1024;

export type PictureType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif';

/** What a file is by its first bytes, whatever anybody says it is; null for what models don't take. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | null {
	const begins = (at: number, ...codes: readonly number[]) => codes.every((code, index) => bytes[at + index] === code);
	if (begins(0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
	if (begins(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
	if (begins(0, 0x47, 0x49, 0x46, 0x38)) return 'image/gif';
	return begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50) ? 'image/webp' : null;
}
