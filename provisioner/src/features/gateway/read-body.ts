import type { Request } from 'express';
import { AppError } from '../../../../core/errors.ts';

/** Behind a refused body this much is read and thrown away, so that the vendor sees the answer and not a broken connection. */
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;
/** A whole body within this time, or the connection is given up. */
const BODY_TIMEOUT_MS = 15_000;

/**
 * The raw bytes of a request, at most `maxBytes`. A body that is announced as larger is refused before it is read.
 * @throws AppError `body_too_large` (413), `body_too_slow` (408), `encoding_not_supported` (415), `request_aborted` (400)
 */
export function readRawBody(request: Request, maxBytes: number): Promise<Buffer> {
	const encoding = request.headers['content-encoding'] ?? 'identity';
	if (encoding !== 'identity') {
		discard(request);
		return Promise.reject(new AppError('encoding_not_supported', `Send the body without content encoding, not as ${encoding.slice(0, 20)}.`, { status: 415 }));
	}
	if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
		discard(request);
		return Promise.reject(tooLarge(maxBytes));
	}
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		const patience = setTimeout(() => fail(new AppError('body_too_slow', 'The body did not arrive in time.', { status: 408 })), BODY_TIMEOUT_MS);

		function onData(chunk: Buffer): void {
			size += chunk.length;
			if (size > maxBytes) fail(tooLarge(maxBytes));
			else chunks.push(chunk);
		}
		function onEnd(): void {
			cleanUp();
			resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
		}
		function onBroken(): void {
			fail(new AppError('request_aborted', 'The connection closed before the body was complete.', { status: 400 }));
		}
		function fail(error: AppError): void {
			cleanUp();
			discard(request);
			reject(error);
		}
		function cleanUp(): void {
			clearTimeout(patience);
			request.off('data', onData).off('end', onEnd).off('error', onBroken).off('aborted', onBroken);
		}
		request.on('data', onData).on('end', onEnd).on('error', onBroken).on('aborted', onBroken);
	});
}

function tooLarge(maxBytes: number): AppError {
	return new AppError('body_too_large', `The body is larger than ${maxBytes} bytes.`, { status: 413 });
}

function discard(request: Request): void {
	let discarded = 0;
	const patience = setTimeout(() => request.socket.destroy(), BODY_TIMEOUT_MS);
	patience.unref();
	request.on('data', (chunk: Buffer) => {
		discarded += chunk.length;
		if (discarded > MOST_DISCARDED_BYTES) request.socket.destroy();
	});
	request.on('close', () => clearTimeout(patience));
	request.on('error', () => undefined);
	request.resume();
}
