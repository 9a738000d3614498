import { createHash } from 'node:crypto';

/** SHA-256 over the values of the root's scalars and of Password, by name. https://developer.tbank.ru/eacq/intro/developer/token */
export function signedToken(body: Readonly<Record<string, unknown>>, password: string): string {
	const signed: Record<string, unknown> = { ...body, Password: password };
	delete signed['Token'];
	const text = Object.keys(signed)
		.filter((key) => ['string', 'number', 'boolean'].includes(typeof signed[key]))
		.toSorted()
		.map((key) => String(signed[key]))
		.join('');
	return createHash('sha256').update(text, 'utf8').digest('hex');
}
