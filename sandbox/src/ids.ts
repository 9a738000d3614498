import { randomBytes } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LOWER = 'abcdefghjkmnpqrstvwxyz0123456789';

/** Random characters of Stripe's and Telegram's ids. */
export function alphanumeric(length: number): string {
	return pick(ALPHANUMERIC, length);
}

/** Random lower-case base32 characters (WAHA's `evt_…` ids). */
export function lowerBase32(length: number): string {
	return pick(LOWER, length);
}

/** Random upper-case hexadecimal characters (WhatsApp message ids). */
export function upperHex(length: number): string {
	return randomBytes(Math.ceil(length / 2)).toString('hex').slice(0, length).toUpperCase();
}

function pick(alphabet: string, length: number): string {
	return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}
