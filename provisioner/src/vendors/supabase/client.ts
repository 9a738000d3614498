import { createClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { connectionError, failureOf, VendorError, type VendorOutcome } from '../http.ts';
import { createTenantTokens } from './tokens.ts';

/** How a project is reached. The secret key (`sb_secret_…`), to which row-level security does not apply, is not among it: nothing needs it. */
export interface SupabaseSettings {
	/** `https://<project>.supabase.co`, without a slash at the end. */
	readonly url: string;
	/** `sb_publishable_…` (or the legacy anon key): lets a request in, and gives no right to anything. */
	readonly publishableKey: string;
	/** The project's shared secret (HS256), with which tokens for one tenant are signed. */
	readonly jwtSecret: string;
}

/** Supabase did not do it. `vendorCode`: PostgREST's or PostgreSQL's (https://docs.postgrest.org/en/stable/references/errors.html), '' when its gateway answered or nobody. */
export class SupabaseError extends VendorError {
	readonly vendorCode: string;

	constructor(cause: VendorError, vendorCode: string) {
		super('supabase', cause.outcome, cause.message, { retryAfterMs: cause.retryAfterMs, vendorStatus: cause.vendorStatus });
		this.name = 'SupabaseError';
		this.vendorCode = vendorCode;
	}
}

/** One tenant's view of the project: every request goes with its token. Every function throws SupabaseError and nothing else. */
export interface SupabaseTenant {
	/** Calls a function of the database. @param timeoutMs default 10 s */
	call<T>(name: string, args: Readonly<Record<string, unknown>>, answer: z.ZodType<T>, timeoutMs?: number): Promise<T>;
	/** Rows of a table that the tenant may see, as `query` narrows them; 1,000 at most. */
	rows<T>(table: string, columns: string, query: (rows: RowsQuery) => RowsQuery, row: z.ZodType<T>): Promise<readonly T[]>;
	/** Inserts rows, which all have the same columns, or replaces them by the columns of `onConflict`: doing it again does no harm. */
	upsert(table: string, rows: readonly Readonly<Record<string, unknown>>[], onConflict: string): Promise<void>;
}

/** The part of the query builder that is used. */
export interface RowsQuery {
	eq(column: string, value: string | number): RowsQuery;
	lt(column: string, value: string | number): RowsQuery;
	is(column: string, value: null): RowsQuery;
	order(column: string, options?: { ascending: boolean }): RowsQuery;
	limit(count: number): RowsQuery;
}

export interface SupabaseClient {
	forTenant(tenantId: string): SupabaseTenant;
	/** Whether its API answers at all, whatever it says. */
	answers(timeoutMs: number): Promise<boolean>;
}

const CALL_TIMEOUT_MS = 10_000;
/** Rows of a thousand items on their way. */
const UPSERT_TIMEOUT_MS = 30_000;
/** Calls that in a row got no answer; then nobody waits for the next ones in vain. */
const FAILURES_IN_A_ROW = 5;
const PAUSE_MS = 3_000;

const failed = z.object({ code: z.string().nullish(), message: z.string().nullish() });

export function createSupabaseClient(settings: SupabaseSettings, now: () => Date = () => new Date()): SupabaseClient {
	const tokenFor = createTenantTokens(settings.jwtSecret, now);
	let failures = 0;
	let pausedUntil = 0;
	const client = createClient(settings.url, settings.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
		// The token goes with each request (below); without one a request is nobody's, and gets nothing.
		accessToken: () => Promise.resolve(null),
		global: { fetch: send },
	});

	/** Instead of fetch's own: errors in the form of the other vendors', no redirect with the token, the answer read within the time limit. */
	async function send(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> {
		const headers = new Headers(init.headers);
		const operation = headers.get(OPERATION) ?? 'a request';
		const timeoutMs = Number(headers.get(TIMEOUT) ?? CALL_TIMEOUT_MS);
		for (const name of [OPERATION, TIMEOUT]) headers.delete(name);
		const secrets = [settings.jwtSecret, settings.publishableKey, (headers.get('authorization') ?? '').replace(/^Bearer /u, '')];
		const request = { vendor: 'supabase', operation, timeoutMs, secrets };
		if (now().getTime() < pausedUntil) throw new SupabaseError(new VendorError('supabase', 'unreachable', `supabase did not answer the last calls; ${operation} was not tried. Check SUPABASE_URL and that the project runs.`), '');
		try {
			const response = await fetch(input, { ...init, headers, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
			const text = await response.text();
			if (response.ok) {
				failures = 0;
				return new Response(text === '' ? null : text, { status: response.status, headers: response.headers });
			}
			const { code, message } = failed.safeParse(parseJson(text)).data ?? {};
			const error = new SupabaseError(failureOf(request, { status: response.status, retryAfterMs: null }, message ?? '', outcomeOf(response.status, code ?? '')), code ?? '');
			// The database's own word, whatever it is, shows that the service is there.
			if (error.vendorCode !== '' || response.status < 500) failures = 0;
			throw error;
		} catch (error) {
			const known = error instanceof SupabaseError ? error : new SupabaseError(connectionError(request, error), '');
			if (known.vendorCode === '' && (known.vendorStatus ?? 500) >= 500 && ++failures >= FAILURES_IN_A_ROW) {
				// The first one after the pause is a trial: if it fails as well, the next pause begins.
				failures = FAILURES_IN_A_ROW - 1;
				pausedUntil = now().getTime() + PAUSE_MS;
			}
			throw known;
		}
	}

	/** `prepare` builds the request; the token and the rest that every request has is added here and nowhere else. */
	async function run<T>(tenantId: string, operation: string, timeoutMs: number, request: Sendable, answer: z.ZodType<T>): Promise<T> {
		const { data } = await request.setHeader('authorization', `Bearer ${tokenFor(tenantId)}`).setHeader(OPERATION, operation).setHeader(TIMEOUT, String(timeoutMs)).retry(false).throwOnError();
		const parsed = answer.safeParse(data);
		if (parsed.success) return parsed.data;
		const [issue] = parsed.error.issues;
		throw new SupabaseError(new VendorError('supabase', 'ambiguous', `supabase answered ${operation} in an unknown form (${issue?.path.join('.')}: ${issue?.message}).`, { vendorStatus: 200 }), '');
	}

	return {
		forTenant: (tenantId) => ({
			call: (name, args, answer, timeoutMs = CALL_TIMEOUT_MS) => run(tenantId, name, timeoutMs, client.rpc(name, args), answer),
			async rows(table, columns, query, row) {
				const asked = client.from(table).select(columns);
				// The builder adds to itself and returns itself.
				query(asked);
				return await run(tenantId, `read ${table}`, CALL_TIMEOUT_MS, asked, z.array(row));
			},
			async upsert(table, rows, onConflict) {
				const [first] = rows;
				if (first === undefined) return;
				const query = new URLSearchParams({ on_conflict: onConflict, columns: Object.keys(first).map((name) => `"${name}"`).join(',') });
				const headers = {
					apikey: settings.publishableKey, authorization: `Bearer ${tokenFor(tenantId)}`, 'content-type': 'application/json', prefer: 'resolution=merge-duplicates',
					[OPERATION]: `write ${table}`, [TIMEOUT]: String(UPSERT_TIMEOUT_MS),
				};
				// Not by the library, which calls a function of its own for each value of the body: for a long file that costs more than all else that is done here.
				await send(`${settings.url}/rest/v1/${table}?${query}`, { method: 'POST', headers, body: JSON.stringify(rows) });
			},
		}),
		async answers(timeoutMs) {
			const response = await fetch(`${settings.url}/rest/v1/catalog_heads?limit=0`, { headers: { apikey: settings.publishableKey }, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
			await response.body?.cancel();
			return response.status < 500;
		},
	};
}

/** Carried to `send` on the request itself, and taken off there. */
const OPERATION = 'x-concierge-operation';
const TIMEOUT = 'x-concierge-timeout';

/** A request that is built and not sent. */
interface Sendable {
	setHeader(name: string, value: string): Sendable;
	retry(enabled: boolean): Sendable;
	throwOnError(): PromiseLike<{ readonly data: unknown }>;
}

/** Without a code it is the gateway's word on a database that did not answer it: it may have been done. With one it was undone. */
function outcomeOf(status: number, code: string): VendorOutcome | undefined {
	if (status < 500) return undefined;
	return code === '' ? 'ambiguous' : 'refused';
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
