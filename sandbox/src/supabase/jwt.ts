import { createHmac, timingSafeEqual } from 'node:crypto';
import { isObject, parseJson } from '../json.ts';
import { PROJECT } from './project.ts';
import { RestError } from './errors.ts';

export interface Caller {
	readonly role: string;
	/** As the policies see them. */
	readonly claims: Readonly<Record<string, unknown>>;
}

/** PostgREST allows clocks to differ by so much. https://docs.postgrest.org/en/stable/references/auth.html */
const SKEW_SECONDS = 30;

/** Who a request comes from: the token's role, or anon without one. @throws RestError 401 `PGRST301` (no valid token), `PGRST303` (its claims) */
export function callerOf(authorization: string | undefined, nowMs: number): Caller {
	const token = /^Bearer (.+)$/iu.exec(authorization ?? '')?.[1];
	// The vendor's libraries send the key as a token where there is none.
	if (token === undefined || token === PROJECT.publishableKey) return { role: 'anon', claims: { role: 'anon' } };
	const [head = '', body = '', signature = '', more] = token.split('.');
	if (signature === '' || more !== undefined) throw new RestError(401, 'PGRST301', `Expected 3 parts in JWT; got ${token.split('.').length}`);
	const header = decoded(head);
	const claims = decoded(body);
	if (!isObject(header) || header['alg'] !== 'HS256' || !isObject(claims)) throw new RestError(401, 'PGRST301', 'No suitable key or wrong key type');
	const expected = createHmac('sha256', PROJECT.jwtSecret).update(`${head}.${body}`).digest();
	const given = Buffer.from(signature, 'base64url');
	if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new RestError(401, 'PGRST301', 'No suitable key or wrong key type', { details: 'None of the keys was able to decode the JWT' });
	const seconds = nowMs / 1000;
	if (typeof claims['exp'] === 'number' && claims['exp'] + SKEW_SECONDS < seconds) throw new RestError(401, 'PGRST303', 'JWT expired');
	if (typeof claims['nbf'] === 'number' && claims['nbf'] - SKEW_SECONDS > seconds) throw new RestError(401, 'PGRST303', 'JWT not yet valid');
	if (typeof claims['iat'] === 'number' && claims['iat'] - SKEW_SECONDS > seconds) throw new RestError(401, 'PGRST303', 'JWT issued at future');
	const role = typeof claims['role'] === 'string' ? claims['role'] : 'anon';
	return { role, claims: { ...claims, role } };
}

function decoded(part: string): unknown {
	return parseJson(Buffer.from(part, 'base64url').toString('utf8'));
}
