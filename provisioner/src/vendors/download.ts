import { connectionError, failureOf, VendorError } from './http.ts';
import type { VendorRequest } from './http.ts';

export interface Download {
	readonly bytes: Uint8Array<ArrayBuffer>;
	/** As the vendor says it; '' when it doesn't. */
	readonly mimetype: string;
}

/**
 * A file that a vendor keeps, of at most `maxBytes`. Follows no redirect: `request.url` must be the vendor's own, and stays that.
 * @throws VendorError `refused` for a larger one and for a status that is no success, `unreachable`, `ambiguous`
 */
export async function downloadFromVendor(
	request: Omit<VendorRequest, 'json' | 'jsonText' | 'form' | 'method'> & { readonly maxBytes: number },
): Promise<Download> {
	const timeout = AbortSignal.timeout(request.timeoutMs);
	try {
		const response = await fetch(request.url, {
			headers: { ...request.headers },
			redirect: 'manual',
			signal: request.signal ? AbortSignal.any([timeout, request.signal]) : timeout,
		});
		if (response.status !== 200) {
			await response.body?.cancel();
			throw failureOf(request, { status: response.status, retryAfterMs: null }, '');
		}
		return { bytes: await readBounded(request, response), mimetype: response.headers.get('content-type') ?? '' };
	} catch (error) {
		throw error instanceof VendorError ? error : connectionError(request, error);
	}
}

async function readBounded(request: { vendor: string; operation: string; maxBytes: number }, response: Response): Promise<Uint8Array<ArrayBuffer>> {
	const tooLarge = () => new VendorError(request.vendor, 'refused', `${request.vendor}: the file of ${request.operation} is larger than ${request.maxBytes} bytes.`);
	if (Number(response.headers.get('content-length') ?? 0) > request.maxBytes) {
		await response.body?.cancel();
		throw tooLarge();
	}
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of response.body ?? []) {
		size += chunk.length;
		// Leaving the loop cancels the body.
		if (size > request.maxBytes) throw tooLarge();
		chunks.push(chunk);
	}
	const bytes = new Uint8Array(size);
	let offset = 0;
	for (const chunk of chunks) {
		bytes.set(chunk, offset);
		offset += chunk.length;
	}
	return bytes;
}
