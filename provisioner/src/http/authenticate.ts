import type { Request } from 'express';
import { AppError } from '../../../core/errors.ts';
import type { Database } from '../store/database.ts';
import { sha256 } from '../store/secrets.ts';

export type KeyScope = 'platform' | 'tenant' | 'worker';

/** Who calls: the API key of the request. */
export interface Caller {
	readonly keyId: string;
	readonly scope: KeyScope;
	/** Of a tenant key; null for platform and worker keys. */
	readonly tenantId: string | null;
	readonly label: string;
}

type Owned = 'tenant' | 'company' | 'connection' | 'conversation' | 'turn' | 'order' | 'order_event' | 'booking';

/** Who a request's key says it is. */
export interface Authenticator {
	/** @throws AppError `api_key_missing`, `api_key_invalid` (401) */
	authenticate(request: Request): Promise<Caller>;
	/** A key was revoked in this process: none is remembered any more. */
	forget(): void;
}

/** A key that was revoked is known for no longer than this where the notification did not arrive. */
const KEY_TTL_MS = 5_000;
const MOST_KEYS = 10_000;
const KEYS_CHANNEL = 'concierge_api_keys';

/**
 * Looks keys up, and remembers the valid ones for some seconds: a workflow sends the same one for every turn. The database says when one is
 * revoked, or its tenant's end begins; unknown keys are looked up every time, so that a new one works at once.
 */
export function createAuthenticator(database: Database): Authenticator {
	const known = new Map<string, { readonly caller: Caller; readonly until: number }>();
	let forgotten = 0;

	const forget = (): void => {
		forgotten += 1;
		known.clear();
	};
	void database.listen(KEYS_CHANNEL, forget);

	async function find(hash: string): Promise<Caller | undefined> {
		const entry = known.get(hash);
		if (entry && entry.until > performance.now()) return entry.caller;
		const before = forgotten;
		const { rows } = await database.system.query<{ id: string; tenant_id: string | null; scope: KeyScope; label: string }>(
			'SELECT id, tenant_id, scope, label FROM find_api_key($1)',
			[hash],
			'find_api_key',
		);
		const key = rows[0];
		known.delete(hash);
		if (!key) return undefined;
		const caller = { keyId: key.id, scope: key.scope, tenantId: key.tenant_id, label: key.label };
		const [oldest] = known.keys();
		if (known.size >= MOST_KEYS && oldest !== undefined) known.delete(oldest);
		// What was read before a key was revoked may have been that key.
		if (before === forgotten) known.set(hash, { caller, until: performance.now() + KEY_TTL_MS });
		return caller;
	}

	return {
		async authenticate(request) {
			const match = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '');
			if (!match?.[1]) {
				throw new AppError('api_key_missing', 'Send your API key as `Authorization: Bearer ck_…`.', { status: 401 });
			}
			const caller = await find(sha256(match[1]));
			if (!caller) throw new AppError('api_key_invalid', 'This API key is not known, or was revoked.', { status: 401 });
			return caller;
		},
		forget,
	};
}

/**
 * The tenant in whose session the request runs. A tenant key always gets its own tenant, whatever it names: another tenant's
 * object is then invisible and answers 404. Platform keys (any object) and worker keys (turns) get the object's tenant.
 * @throws AppError `<kind>_not_found` (404)
 */
export async function tenantFor(caller: Caller, database: Database, kind: Owned, objectId: string): Promise<string> {
	if (caller.tenantId !== null) return caller.tenantId;
	const { rows } = await database.system.query<{ tenant: string | null }>('SELECT tenant_of($1, $2) AS tenant', [kind, objectId]);
	const tenant = rows[0]?.tenant;
	if (!tenant) throw missing(kind, objectId);
	return tenant;
}

/** 404 for an object that isn't there or isn't the caller's: the two must not be told apart. */
export function missing(kind: string, objectId: string): AppError {
	return new AppError(`${kind}_not_found`, `There is no ${kind} ${JSON.stringify(objectId.slice(0, 80))}. Check the id and that the key belongs to its tenant.`, { status: 404 });
}
