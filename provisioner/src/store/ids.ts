import { randomBytes } from 'node:crypto';

/** Asking for a few random bytes costs as much as for many. */
const POOL_BYTES = 4_096;
let pool = Buffer.alloc(0);
let used = 0;

function randomHex(bytes: number): string {
	if (used + bytes > pool.length) {
		pool = randomBytes(POOL_BYTES);
		used = 0;
	}
	used += bytes;
	return pool.toString('hex', used - bytes, used);
}

/**
 * Ids sort by time and tell their kind: `ord_0198f1c2d3e4` + 16 random hex characters.
 * Prefixes: ten, key, com, con, cnv, msg, trn, dec, ord, out, sub, res, evt.
 */
export function newId(prefix: string): string {
	return `${prefix}_${Date.now().toString(16).padStart(12, '0')}${randomHex(8)}`;
}

/** An unguessable URL token, 256 bits. */
export function newToken(): string {
	return randomBytes(32).toString('base64url');
}
