import { describe, expect, it } from 'vitest';
import { fileTypeOf } from './file-type.ts';

const bytes = (...parts: readonly (string | Buffer)[]) => Buffer.concat([...parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)), Buffer.alloc(20)]);
const hex = (text: string) => Buffer.from(text, 'hex');
/** An ISO media file of a brand. */
const ftyp = (brand: string) => bytes(hex('00000018'), 'ftyp', brand);
/** A Matroska file's header, as ffmpeg writes it. */
const ebml = (docType: string) => bytes(hex('1a45dfa3010000000000001f4286810142f7810142f2810442f381084282'), Buffer.of(0x80 + docType.length), docType);
const MB = 1024 * 1024;

describe('what a file is, by its first bytes', () => {
	it.each([
		['JPEG', bytes(hex('ffd8ffe0')), { type: 'image', contentType: 'image/jpeg' }],
		['PNG', bytes(hex('89504e470d0a1a0a')), { type: 'image', contentType: 'image/png' }],
		['GIF', bytes('GIF89a'), { type: 'image', contentType: 'image/gif' }],
		['WebP', bytes('RIFF....WEBP'), { type: 'image', contentType: 'image/webp' }],
		['MP4', ftyp('isom'), { type: 'video', contentType: 'video/mp4' }],
		['MP4 of a phone', ftyp('mp42'), { type: 'video', contentType: 'video/mp4' }],
		['MOV', ftyp('qt  '), { type: 'video', contentType: 'video/quicktime' }],
		['WebM', ebml('webm'), { type: 'video', contentType: 'video/webm' }],
	])('%s', (_, file, expected) => expect(fileTypeOf(file, file.length)).toEqual(expected));

	it.each([
		['HEIC, the photos of iPhones', ftyp('heic')],
		['HEIF', ftyp('mif1')],
		['AVIF', ftyp('avif')],
		['M4A, which is sound', ftyp('M4A ')],
		['MKV', ebml('matroska')],
		['AVI', bytes('RIFF....AVI ')],
		['SVG', bytes('<svg xmlns="http://www.w3.org/2000/svg">')],
		['nothing', Buffer.alloc(0)],
	])('not %s', (_, file) => expect(() => fileTypeOf(file, file.length)).toThrow(expect.objectContaining({ code: 'media_type_not_supported', status: 415 })));

	it('up to 10 MB of a photo and 100 MB of a video, to the byte', () => {
		const [photo, film] = [bytes(hex('ffd8ffe0')), ftyp('isom')];
		expect(fileTypeOf(photo, 10 * MB).type).toBe('image');
		expect(() => fileTypeOf(photo, 10 * MB + 1)).toThrow(expect.objectContaining({ code: 'body_too_large', status: 413 }));
		expect(fileTypeOf(film, 100 * MB).type).toBe('video');
		expect(() => fileTypeOf(film, 100 * MB + 1)).toThrow(expect.objectContaining({ code: 'body_too_large', status: 413 }));
	});
});
