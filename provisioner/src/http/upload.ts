import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { AppError } from '../../../core/errors.ts';

/** A request's body on the disk: a file of any size costs no memory. It is deleted when its endpoint has answered. */
export interface UploadedFile {
	readonly path: string;
	readonly bytes: number;
	/** Hex. */
	readonly sha256: string;
}

export interface UploadRules {
	readonly contentTypes: readonly string[];
	readonly maxBytes: number;
}

/**
 * Stores a request's body as a temporary file, which the caller deletes.
 * @throws AppError `content_type_not_supported`, `encoding_not_supported` (415), `body_too_large` (413), `request_aborted` (400)
 */
export async function receiveUpload(request: Request, { contentTypes, maxBytes }: UploadRules): Promise<UploadedFile> {
	if (!request.is([...contentTypes])) {
		throw new AppError('content_type_not_supported', `Send the file as the body, with one of these content types: ${contentTypes.join(', ')}.`, { status: 415 });
	}
	if (Number(request.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
	const inflate = inflaterOf(request);
	const path = join(tmpdir(), `concierge-upload-${randomUUID()}`);
	const meter = createMeter(maxBytes);
	request.once('close', () => {
		if (!request.complete) meter.stream.destroy(new AppError('request_aborted', 'The connection closed before the body was complete.', { status: 400 }));
	});
	// The request is none of the pipeline's streams: one that fails destroys all of its own, and nobody could be told why on a destroyed connection.
	const body = request.pipe(inflate ?? new PassThrough());
	try {
		await pipeline(body, meter.stream, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
	} catch (error) {
		request.unpipe().resume();
		await rm(path, { force: true });
		const damaged = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
		throw damaged ? new AppError('encoding_not_supported', `The body is not what its content encoding says: ${error.message}.`, { status: 415, cause: error }) : error;
	}
	return { path, bytes: meter.bytes(), sha256: meter.sha256() };
}

/** Counts and hashes what passes, up to the limit. */
function createMeter(maxBytes: number) {
	const hash = createHash('sha256');
	let bytes = 0;
	const stream = new Transform({
		transform(chunk: Buffer, _encoding, done) {
			bytes += chunk.length;
			if (bytes > maxBytes) {
				done(tooLarge(maxBytes));
				return;
			}
			hash.update(chunk);
			done(null, chunk);
		},
	});
	return { stream, bytes: () => bytes, sha256: () => hash.digest('hex') };
}

function inflaterOf(request: Request): Transform | null {
	const encoding = request.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
	if (encoding === 'identity') return null;
	const inflate = INFLATE[encoding];
	if (inflate === undefined) throw new AppError('encoding_not_supported', `The content encoding "${encoding.slice(0, 40)}" is not supported. Send the file as it is, or with ${Object.keys(INFLATE).join(', ')}.`, { status: 415 });
	return inflate();
}

const INFLATE: Readonly<Record<string, () => Transform>> = { gzip: () => createGunzip(), deflate: () => createInflate(), br: () => createBrotliDecompress() };

function tooLarge(maxBytes: number): AppError {
	return new AppError('body_too_large', `The file is larger than the ${megabytes(maxBytes)} MB that are accepted. Send less at once.`, { status: 413 });
}

function megabytes(bytes: number): number {
	return Math.round((bytes / 1024 / 1024) * 10) / 10;
}

/** The first bytes of a file: what kind it is. */
export async function beginningOf(path: string, most: number): Promise<Buffer> {
	const file = await open(path);
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, 0);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
}
