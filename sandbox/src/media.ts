import { alphanumeric } from './ids.ts';
import { isObject, stringOf } from './json.ts';

export interface StoredMedia {
	readonly mimetype: string;
	readonly bytes: Buffer;
}

/** A voice note's bytes when a test gives none: an empty Ogg page, enough to be downloaded and recognised as Ogg. */
export const SAMPLE_VOICE = Buffer.from('4f67675300020000000000000000000000000000000000000000000100', 'hex');

/** The bytes that a control request gives for a voice message: `true`, or `{data: base64}`. Undefined: it is no voice message. */
export function voiceBytes(voice: unknown): Buffer | undefined {
	if (voice === true) return SAMPLE_VOICE;
	return isObject(voice) ? Buffer.from(stringOf(voice['data']), 'base64') : undefined;
}

/** A picture of one pixel. */
export const SAMPLE_IMAGE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** A file that a customer attaches: `voice` or `image` of a control request, each `true` or `{data: base64}`. Undefined: neither. */
export function attachmentOf(request: Readonly<Record<string, unknown>>): { readonly type: 'voice' | 'image'; readonly bytes: Buffer } | undefined {
	const voice = voiceBytes(request['voice']);
	if (voice !== undefined) return { type: 'voice', bytes: voice };
	const image = request['image'];
	if (image === true) return { type: 'image', bytes: SAMPLE_IMAGE };
	return isObject(image) ? { type: 'image', bytes: Buffer.from(stringOf(image['data']), 'base64') } : undefined;
}

/** Uploaded files, in memory only: a restart forgets their bytes. */
export interface MediaStore {
	/** Keeps bytes and returns their id; the oldest go when more than 64 MB are kept. */
	keep(media: StoredMedia): string;
	get(id: string): StoredMedia | undefined;
}

const KEPT_BYTES = 64 * 1024 * 1024;

export function createMediaStore(): MediaStore {
	const kept = new Map<string, StoredMedia>();
	let size = 0;
	return {
		keep(media) {
			const id = alphanumeric(24);
			kept.set(id, media);
			size += media.bytes.length;
			for (const [oldest, old] of kept) {
				if (size <= KEPT_BYTES || oldest === id) break;
				kept.delete(oldest);
				size -= old.bytes.length;
			}
			return id;
		},
		get: (id) => kept.get(id),
	};
}
