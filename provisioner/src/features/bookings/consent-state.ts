import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { newToken } from '../../store/ids.ts';

/** What Google's consent page carries back to us, readable and not to be made by anybody else. */
export interface ConsentState {
	readonly tenantId: string;
	readonly companyId: string;
	readonly nonce: string;
	/** Unix milliseconds. */
	readonly expiresAt: number;
}

const stateSchema = z.object({ t: z.string(), c: z.string(), n: z.string(), e: z.number() });

/** Signs and reads the `state` of a consent, with a key of its own derived from the master key; the PKCE verifier comes from the same nonce. */
export function createConsentStates(masterKey: Buffer) {
	const key = createHmac('sha256', masterKey).update('calendar-consent-state').digest();
	const verifierKey = createHmac('sha256', masterKey).update('calendar-consent-verifier').digest();
	const signature = (payload: string): Buffer => createHmac('sha256', key).update(payload).digest();
	return {
		newNonce: newToken,
		sign({ tenantId, companyId, nonce, expiresAt }: ConsentState): string {
			const payload = Buffer.from(JSON.stringify({ t: tenantId, c: companyId, n: nonce, e: expiresAt } satisfies z.output<typeof stateSchema>)).toString('base64url');
			return `${payload}.${signature(payload).toString('base64url')}`;
		},
		/** null: not one of ours. */
		read(state: string): ConsentState | null {
			const [payload = '', signed = ''] = state.split('.');
			const [given, wanted] = [Buffer.from(signed, 'base64url'), signature(payload)];
			if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
			const read = stateSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
			return { tenantId: read.t, companyId: read.c, nonce: read.n, expiresAt: read.e };
		},
		/** Never leaves the process but to Google, with the code. */
		verifier: (nonce: string): string => createHmac('sha256', verifierKey).update(nonce).digest('base64url'),
	};
}

export type ConsentStates = ReturnType<typeof createConsentStates>;
