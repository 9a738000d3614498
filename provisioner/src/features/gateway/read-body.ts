import type { IncomingMessage } from 'node:http';
import { AppError } from '../../../../core/errors.ts';

export interface BodyLimits {
	readonly maxBytes: number;
	/** A whole body within this time, or the connection is given up. */
	readonly timeoutMs: number;
}

/** Bytes of all bodies that are being read or wait to be stored: a bound on what callers can make us hold. */
export interface ByteBudget {
	/** false: there is no room for so many more. */
	take(bytes: number): boolean;
	giveBack(bytes: number): void;
}

export function createByteBudget(most: number): ByteBudget {
	let held = 0;
	return {
		take(bytes) {
			if (held + bytes > most) return false;
			held += bytes;
			return true;
		},
		giveBack(bytes) {
			held -= bytes;
		},
	};
}

/** Behind a refused body this much is read and thrown away, so that the vendor sees the answer and not a broken connection. */
const MOST_DISCARDED_BYTES = 16 * 1024 * 1024;

/**
 * The raw bytes of a request, at most `maxBytes`; the caller gives them back to the budget. A body that is announced as larger is refused
 * before it is read.
 * @throws AppError `body_too_large` (413), `body_too_slow` (408), `encoding_not_supported` (415), `request_aborted` (400), `overloaded` (503)
 */
export function readRawBody(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits, budget: ByteBudget): Promise<Buffer> {
	const encoding = request.headers['content-encoding'] ?? 'identity';
	if (encoding !== 'identity') {
		discard(request, timeoutMs);
		return Promise.reject(new AppError('encoding_not_supported', `Send the body without content encoding, not as ${encoding.slice(0, 20)}.`, { status: 415 }));
	}
	if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
		discard(request, timeoutMs);
		return Promise.reject(tooLarge(maxBytes));
	}
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		const patience = setTimeout(() => fail(new AppError('body_too_slow', 'The body did not arrive in time.', { status: 408 })), timeoutMs);

		function onData(chunk: Buffer): void {
			if (size + chunk.length > maxBytes) return fail(tooLarge(maxBytes));
			if (!budget.take(chunk.length)) return fail(new AppError('overloaded', 'Too much is being received. Send it again.', { status: 503, details: { retry_after: 2 } }));
			size += chunk.length;
			chunks.push(chunk);
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
			budget.giveBack(size);
			discard(request, timeoutMs);
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

/** Reads on for a while, to nowhere; then the connection goes. */
export function discard(request: IncomingMessage, timeoutMs: number): void {
	let discarded = 0;
	const patience = setTimeout(() => request.socket.destroy(), timeoutMs);
	patience.unref();
	request.on('data', (chunk: Buffer) => {
		discarded += chunk.length;
		if (discarded > MOST_DISCARDED_BYTES) request.socket.destroy();
	});
	request.on('close', () => clearTimeout(patience));
	request.on('error', () => undefined);
	request.resume();
}
