import { createHash } from 'node:crypto';

/** Not part of what is signed. https://cloudinary.com/documentation/authentication_signatures */
const UNSIGNED = new Set(['file', 'cloud_name', 'resource_type', 'api_key', 'signature']);

/**
 * Whether a request's parameters carry the signature that the secret gives: SHA-1 (40 hex digits) or SHA-256 (64) over the sorted parameters with a
 * value, joined as `name=value&…`, and the secret. Both versions are taken: the second writes an & inside of a value as %26.
 */
export function isSigned(params: Readonly<Record<string, string>>, secret: string): boolean {
	const given = params['signature'] ?? '';
	const algorithm = given.length === 64 ? 'sha256' : 'sha1';
	return [1, 2].some((version) => createHash(algorithm).update(textToSign(params, version) + secret).digest('hex') === given);
}

export function textToSign(params: Readonly<Record<string, string>>, version: number): string {
	return Object.keys(params)
		.filter((name) => !UNSIGNED.has(name) && params[name] !== '')
		.sort()
		.map((name) => `${name}=${version === 1 ? params[name] : (params[name] ?? '').replaceAll('&', '%26')}`)
		.join('&');
}
