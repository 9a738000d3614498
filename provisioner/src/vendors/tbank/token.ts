import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * The signature of a request or a notification: the values of its root members and of `Password`, in the order of their names, in one
 * SHA-256. Nested objects and lists, and the token itself, have no part in it. https://developer.tbank.ru/eacq/intro/developer/token
 */
export function tokenOf(message: Readonly<Record<string, unknown>>, password: string): string {
	const members: [name: string, value: string][] = [['Password', password]];
	for (const [name, value] of Object.entries(message)) {
		if (name === 'Token' || name === 'Password') continue;
		if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') members.push([name, String(value)]);
	}
	members.sort(([one], [other]) => (one < other ? -1 : 1));
	return createHash('sha256').update(members.map(([, value]) => value).join('')).digest('hex');
}

/** Compared in constant time; a message without a token of 64 hex digits is not signed. */
export function isSigned(message: Readonly<Record<string, unknown>>, password: string): boolean {
	const given = message['Token'];
	if (typeof given !== 'string' || !/^[0-9a-f]{64}$/i.test(given)) return false;
	return timingSafeEqual(Buffer.from(given.toLowerCase(), 'hex'), Buffer.from(tokenOf(message, password), 'hex'));
}
