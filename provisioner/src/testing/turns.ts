import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { TestDatabase } from '../../../test/database.ts';
import { storedForm } from '../features/keys/signing-secret.ts';
import type { Sql } from '../store/database.ts';
import { MASTER_KEY, PLATFORM_KEY } from './api.ts';
import { createBusiness, subscribe } from './business.ts';
import type { Business } from './business.ts';
import { startFakeTrigger } from './fake-trigger.ts';
import type { FakeTrigger } from './fake-trigger.ts';
import { SIGNING_SECRET, startGateway } from './gateway.ts';
import type { TestGateway } from './gateway.ts';
import { until } from './until.ts';

export interface TurnState {
	readonly id: string;
	readonly state: string;
	readonly attempts: number;
	readonly delivery_failures: number;
	readonly last_error: string | null;
	readonly generation: number;
	readonly execution_id: string | null;
}

/** For the tests of a file: a business on a real database, a subscribed trigger, and processes that receive and deliver. */
export function useTurns() {
	let db: TestDatabase;
	let business: Business;
	const running: TestGateway[] = [];

	beforeAll(async () => {
		db = await createTestDatabase();
		business = await createBusiness(db);
		const key = storedForm(MASTER_KEY, 'key_platform', PLATFORM_KEY);
		await db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ('key_platform', 'platform', 'p', $1, $2)`, [key.hash, key.signingSecret]);
	});
	afterAll(() => db.close());
	beforeEach(async () => {
		await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, subscriptions, decisions CASCADE');
		test.n8n = await startFakeTrigger({ signingSecret: SIGNING_SECRET });
		await subscribe(db, test.n8n.url);
	});
	afterEach(async () => {
		for (const gateway of running.splice(0)) await gateway.stop();
		await test.n8n.close();
	});

	const turns = (): Promise<TurnState[]> =>
		db.asOwner<TurnState & Record<string, unknown>>('SELECT id, state, attempts, delivery_failures, last_error, generation, execution_id FROM turns ORDER BY opened_at');
	const test = {
		// Replaced before each test.
		n8n: {} as FakeTrigger,
		running,
		turns,
		get db(): TestDatabase {
			return db;
		},
		get business(): Business {
			return business;
		},
		/** A process of the service; stopped after the test. */
		async start(options: Parameters<typeof startGateway>[2] = {}): Promise<TestGateway> {
			const gateway = await startGateway(db, business, options);
			running.push(gateway);
			return gateway;
		},
		turnIn: (state: string): Promise<TurnState> => until(`a turn that is ${state}`, async () => (await turns()).find((turn) => turn.state === state)),
		inTenant: <T>(work: (sql: Sql) => Promise<T>): Promise<T> => db.database.withTenant(business.tenantId, work),
		/** What waits in its backoff becomes due: the test need not wait for it. */
		async retryNow(gateway: TestGateway): Promise<void> {
			// Only while it waits: a delivery under way keeps its lease.
			await db.asOwner('UPDATE turns SET lease_until = now(), next_attempt_at = now() WHERE next_attempt_at IS NOT NULL');
			gateway.turns.wake(0);
		},
	};
	return test;
}
