import { auth, calendar, type calendar_v3 } from '@googleapis/calendar';
import { expect } from 'vitest';
import { startSandbox, type TestSandbox } from '../test-support.ts';
import { GOOGLE_CLIENT } from './oauth.ts';

/*
 * For tests that drive the stand-in by the vendor's own SDK, unmodified: `rootUrl` and the OAuth endpoints are its documented options. Its retries
 * are left out where an error is what is looked at, so that tests don't wait.
 */
export type OAuthClient = InstanceType<typeof auth.OAuth2>;
export const REDIRECT = 'http://127.0.0.1:8080/hooks/google';
export const SCOPE = 'https://www.googleapis.com/auth/calendar';
export const EMAIL = 'salon@gmail.example';
export const NO_RETRY = { retry: false } as const;
const NOW = Date.parse('2026-11-20T09:00:00Z');

export interface GoogleWorld {
	readonly sandbox: TestSandbox;
	/** Unix milliseconds of the sandbox. */
	clock: number;
	reset(): Promise<void>;
	oauth(): OAuthClient;
	/** A person answers the consent page; `location` is where they are sent. */
	consented(options?: { email?: string; url?: (client: OAuthClient) => string; answer?: object }): Promise<{ client: OAuthClient; location: URL }>;
	connected(email?: string): Promise<{ client: OAuthClient; api: calendar_v3.Calendar }>;
}

export async function startGoogleWorld(): Promise<GoogleWorld> {
	const sandbox = await startSandbox({ now: () => world.clock });
	const oauth = (): OAuthClient =>
		new auth.OAuth2({
			clientId: GOOGLE_CLIENT.id, clientSecret: GOOGLE_CLIENT.secret, redirectUri: REDIRECT,
			endpoints: { oauth2AuthBaseUrl: `${sandbox.url}/o/oauth2/v2/auth`, oauth2TokenUrl: `${sandbox.url}/token`, oauth2RevokeUrl: `${sandbox.url}/revoke` },
		});
	const world: GoogleWorld = {
		sandbox,
		clock: NOW,
		async reset() {
			world.clock = NOW;
			await sandbox.post('/reset');
		},
		oauth,
		async consented(options = {}) {
			const client = oauth();
			const url = options.url?.(client) ?? client.generateAuthUrl({ access_type: 'offline', scope: SCOPE, state: 'st-1' });
			const { location } = await sandbox.post('/google/consent', { url, email: options.email ?? EMAIL, ...options.answer });
			return { client, location: new URL(String(location)) };
		},
		async connected(email = EMAIL) {
			const { client, location } = await world.consented({ email });
			const { tokens } = await client.getToken(location.searchParams.get('code') ?? '');
			client.setCredentials(tokens);
			return { client, api: calendar({ version: 'v3', auth: client, rootUrl: sandbox.url }) };
		},
	};
	return world;
}

/** The SDK's error for an answer in Google's form. */
export function googleError(status: number, reason: string): unknown {
	const error = expect.objectContaining({ code: status, errors: [expect.objectContaining({ reason })] }) as unknown;
	return expect.objectContaining({ status, response: expect.objectContaining({ data: expect.objectContaining({ error }) as unknown }) as unknown });
}
