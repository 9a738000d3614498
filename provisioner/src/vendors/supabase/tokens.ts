import { createHmac } from 'node:crypto';

/** A token lives so long: what is under way with it when its tenant is deleted ends soon. */
const LIFETIME_SECONDS = 300;
/** A token is used no later than so long before its end: the request takes a while, and clocks differ. */
const MARGIN_SECONDS = 60;
/** Tenants whose tokens are kept. */
const MOST_KEPT = 1_000;

/**
 * Signs tokens for one tenant each, as Supabase documents it for who signs tokens themselves: HS256 with the project's shared secret, the
 * database's role in `role`, and claims of our own (https://supabase.com/docs/guides/auth/jwts). With node:crypto: it is one HMAC over three
 * fixed claims, and nothing is ever verified here, which is where a library would earn its place. There is no `iat`: PostgREST refuses a token
 * whose clock is ahead of its own.
 */
export function createTenantTokens(secret: string, now: () => Date): (tenantId: string) => string {
	const kept = new Map<string, { token: string; usableUntil: number }>();
	return (tenantId) => {
		const seconds = Math.floor(now().getTime() / 1000);
		const known = kept.get(tenantId);
		if (known !== undefined && seconds < known.usableUntil) return known.token;
		const token = sign({ role: 'authenticated', aud: 'authenticated', tenant_id: tenantId, exp: seconds + LIFETIME_SECONDS }, secret);
		kept.delete(tenantId);
		kept.set(tenantId, { token, usableUntil: seconds + LIFETIME_SECONDS - MARGIN_SECONDS });
		const [oldest] = kept.keys();
		if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
		return token;
	};
}

function sign(claims: Readonly<Record<string, unknown>>, secret: string): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
	return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
