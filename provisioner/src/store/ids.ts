import { randomBytes } from 'node:crypto';

/**
 * Ids sort by time and tell their kind: `ord_0198f1c2d3e4` + 16 random hex characters.
 * Prefixes: ten, key, com, con, cnv, msg, trn, dec, ord, out, sub, res, evt.
 */
export function newId(prefix: string): string {
	return `${prefix}_${Date.now().toString(16).padStart(12, '0')}${randomBytes(8).toString('hex')}`;
}

/** An unguessable URL token, 256 bits. */
export function newToken(): string {
	return randomBytes(32).toString('base64url');
}
