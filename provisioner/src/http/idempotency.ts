import { AppError } from '../../../core/errors.ts';
import type { Database } from '../store/database.ts';
import { seal, unseal } from '../store/secrets.ts';
import type { Answer } from './endpoint.ts';

export interface IdempotencyStore {
	/**
	 * Runs `work` once for a key of a caller; a repeat gets the stored answer. An error leaves no trace, so it can be tried again.
	 * @throws AppError `idempotency_key_invalid` (400), `idempotency_key_reused` (422: same key, other request),
	 * `idempotency_key_in_use` (409: the first request still runs)
	 */
	once(callerKeyId: string, key: string, requestHash: string, work: () => Promise<Answer>): Promise<Answer>;
}

/** A request that died with its process: its key can be taken over after this long. */
const ABANDONED_AFTER = "interval '5 minutes'";

export function createIdempotencyStore(database: Database, masterKey: Buffer): IdempotencyStore {
	return {
		async once(callerKeyId, key, requestHash, work) {
			if (key.length > 255) {
				throw new AppError('idempotency_key_invalid', `Idempotency-Key is ${key.length} characters long; 255 is the most.`, { status: 400 });
			}
			const context = `idempotency:${callerKeyId}:${key}`;
			const taken = await database.system.query(
				`INSERT INTO idempotency_keys AS k (api_key_id, key, request_hash) VALUES ($1, $2, $3)
				 ON CONFLICT (api_key_id, key) DO UPDATE SET created_at = now()
				 WHERE k.request_hash = excluded.request_hash AND k.status IS NULL AND k.created_at < now() - ${ABANDONED_AFTER}
				 RETURNING key`,
				[callerKeyId, key, requestHash],
			);
			if (taken.rowCount === 0) return replay(callerKeyId, key, requestHash, context);
			try {
				const answer = await work();
				const sealed = seal(masterKey, JSON.stringify(answer.body ?? null), context);
				await database.system.query('UPDATE idempotency_keys SET status = $3, response = $4 WHERE api_key_id = $1 AND key = $2', [
					callerKeyId, key, answer.status, sealed,
				]);
				return answer;
			} catch (error) {
				await database.system.query('DELETE FROM idempotency_keys WHERE api_key_id = $1 AND key = $2 AND status IS NULL', [callerKeyId, key]);
				throw error;
			}
		},
	};

	async function replay(callerKeyId: string, key: string, requestHash: string, context: string): Promise<Answer> {
		const { rows } = await database.system.query<{ request_hash: string; status: number | null; response: Buffer | null }>(
			'SELECT request_hash, status, response FROM idempotency_keys WHERE api_key_id = $1 AND key = $2',
			[callerKeyId, key],
		);
		const stored = rows[0];
		if (stored && stored.request_hash !== requestHash) {
			throw new AppError('idempotency_key_reused', 'This Idempotency-Key was used for another request. Use a new key for a new request.', { status: 422 });
		}
		if (!stored || stored.status === null || stored.response === null) {
			throw new AppError('idempotency_key_in_use', 'A request with this Idempotency-Key is still running. Try again shortly.', { status: 409 });
		}
		const body = JSON.parse(unseal(masterKey, stored.response, context).toString('utf8')) as unknown;
		return body === null ? { status: stored.status } : { status: stored.status, body };
	}
}
