import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { TestDatabase } from '../../../test/database.ts';
import { createKeys } from '../features/keys/keys.ts';
import { createDatabase } from '../store/database.ts';
import type { Database } from '../store/database.ts';
import { MASTER_KEY, startTestApi } from '../testing/api.ts';
import type { TestApi } from '../testing/api.ts';
import { until } from '../testing/until.ts';

let db: TestDatabase;
let other: Database;
/** Two processes on one database. */
let here: TestApi;
let there: TestApi;
/** Look-ups of a key by the second process. */
let lookUps = 0;
/** Notifications that it got. */
let heard = 0;

beforeAll(async () => {
	db = await createTestDatabase();
	const opened = createDatabase(db.appUrl);
	other = {
		...opened,
		system: {
			query: (text, values, name) => {
				if (text.includes('find_api_key')) lookUps += 1;
				return opened.system.query(text, values, name);
			},
		},
	};
	const endpoints = (database: Database) => createKeys({ database, masterKey: MASTER_KEY }).endpoints;
	here = await startTestApi({ database: db.database, endpoints: endpoints(db.database) });
	there = await startTestApi({ database: other, endpoints: endpoints(other) });
	await other.listen('concierge_api_keys', () => {
		heard += 1;
	});
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'a', 'a@example.test', '')`);
});
afterAll(async () => {
	await here.close();
	await there.close();
	await other.close();
	await db.close();
});

const makeKey = () => db.database.withTenant('ten_a', (sql) => createKeys({ database: db.database, masterKey: MASTER_KEY }).createTenantKey(sql, 'ten_a', { label: 'test' }));
const statusOf = async (api: TestApi, key: string) => (await api.call('GET', '/v1/key', { key })).status;
/** Runs `act` and waits until the second process has heard of it. */
async function heardThere(act: () => Promise<unknown>): Promise<void> {
	const before = heard;
	await act();
	await until('the other process hears of it', () => heard > before);
}
const revoke = (id: string) => db.asOwner('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [id]);

describe('an API key', () => {
	test('is looked up once for many requests', async () => {
		const { secret } = await makeKey();
		expect(await statusOf(there, secret)).toBe(200);
		const before = lookUps;
		for (let index = 0; index < 5; index += 1) expect(await statusOf(there, secret)).toBe(200);
		expect(lookUps).toBe(before);
	});

	test('that is not known is looked up every time, so that a new one works at once', async () => {
		const before = lookUps;
		for (let index = 0; index < 3; index += 1) expect(await statusOf(there, 'ck_tenant_unknown')).toBe(401);
		expect(lookUps).toBe(before + 3);
	});

	test('that was revoked works no more: at once where it was revoked, and as soon as the others hear of it', async () => {
		const [keeper, revoked] = [await makeKey(), await makeKey()];
		for (const api of [here, there]) expect(await statusOf(api, revoked.secret)).toBe(200);
		expect((await here.call('DELETE', `/v1/api_keys/${revoked.id}`, { key: keeper.secret })).status).toBe(204);
		expect(await statusOf(here, revoked.secret)).toBe(401);
		const started = performance.now();
		await until('refused by the other process', async () => ((await statusOf(there, revoked.secret)) === 401 ? true : undefined));
		// Far below the time for which a key is remembered.
		expect(performance.now() - started).toBeLessThan(2_000);
		for (const api of [here, there]) expect(await statusOf(api, keeper.secret)).toBe(200);
	});

	test('ends with its tenant, whoever ends it', async () => {
		const { secret } = await makeKey();
		expect(await statusOf(there, secret)).toBe(200);
		await db.asOwner(`UPDATE tenants SET status = 'deleting' WHERE id = 'ten_a'`);
		const started = performance.now();
		await until('refused', async () => ((await statusOf(there, secret)) === 401 ? true : undefined));
		expect(performance.now() - started).toBeLessThan(2_000);
		await db.asOwner(`UPDATE tenants SET status = 'active' WHERE id = 'ten_a'`);
	});

	test('that was revoked while it was looked up is not remembered', async () => {
		const { id, secret } = await makeKey();
		const { system } = other;
		const { query } = system;
		Object.assign(system, {
			query: async (text: string, values?: readonly unknown[], name?: string) => {
				const found = await query(text, values, name);
				Object.assign(system, { query });
				await heardThere(() => revoke(id));
				return found;
			},
		});
		await statusOf(there, secret);
		expect(await statusOf(there, secret)).toBe(401);
	});
});
