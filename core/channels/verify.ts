import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Are the two strings equal? Takes the same time wherever they differ, and whatever their lengths are. Two empty strings are not. */
export function equalSecrets(given: string | undefined, expected: string): boolean {
	if (given === undefined || given === '' || expected === '') return false;
	// Hashing first gives timingSafeEqual the equal lengths that it needs, and hides the secret's length.
	return timingSafeEqual(digest(given), digest(expected));
}

/** Is `hex` the HMAC of these bytes? Upper and lower case are one. */
export function verifyHmacHex(algorithm: 'sha256' | 'sha512', rawBody: Uint8Array, hex: string | undefined, secret: string): boolean {
	if (hex === undefined || secret === '') return false;
	const expected = createHmac(algorithm, secret).update(rawBody).digest();
	// The length of a signature is no secret. Characters that are not hex end the conversion, and leave fewer bytes.
	const given = Buffer.from(hex, 'hex');
	return hex.length === expected.length * 2 && given.length === expected.length && timingSafeEqual(given, expected);
}

function digest(text: string): Buffer {
	return createHash('sha256').update(text).digest();
}
