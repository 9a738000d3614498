import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';
import { createKeys } from '../keys/keys.ts';
import { createSubscriptions } from './subscriptions.ts';

let db: TestDatabase;
let api: TestApi;
const tenantKeys: Record<'a' | 'b', string> = { a: '', b: '' };
let otherKeyOfA = '';
let clock = new Date('2026-05-04T10:00:00Z');

beforeAll(async () => {
	db = await createTestDatabase();
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	for (const name of ['a', 'b'] as const) {
		await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ($1, 'T', 't@example.com', '')`, [`ten_${name}`]);
		await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($1, $2, 'C', 'product')`, [`com_${name}`, `ten_${name}`]);
		await db.asOwner(
			`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, hook_token_hash, secrets) VALUES ($1, $2, $3, 'telegram', 'n', $1, $1, '')`,
			[`con_${name}`, `ten_${name}`, `com_${name}`],
		);
		tenantKeys[name] = (await database.withTenant(`ten_${name}`, (sql) => keys.createTenantKey(sql, `ten_${name}`, { label: 'k' }))).secret;
	}
	otherKeyOfA = (await database.withTenant('ten_a', (sql) => keys.createTenantKey(sql, 'ten_a', { label: 'k2' }))).secret;
	const subscriptions = createSubscriptions({ database, deliveryUrls: ['http://127.0.0.1:5678'], now: () => clock });
	api = await startTestApi({ database, endpoints: [...keys.endpoints, ...subscriptions.endpoints] });
});
afterAll(async () => {
	await api.close();
	await db.close();
});
beforeEach(() => db.asOwner('DELETE FROM subscriptions').then(() => undefined));

const URL = 'http://localhost:5678/webhook/7c7f8d9a/turns';
const subscribe = (key: string, changes: Record<string, unknown> = {}) =>
	api.call('POST', '/v1/subscriptions', {
		key,
		body: { url: URL, events: ['turn.ready'], channels: [], connection_id: '', mode: 'production', workflow_id: 'wf1', node_id: 'n1', ...changes },
	});
const listed = async (key: string, query = '') => (await api.call('GET', `/v1/subscriptions${query}`, { key })).body.data ?? [];

test('a trigger subscribes, finds itself by its URL, updates itself and unsubscribes as often as it likes', async () => {
	const first = await subscribe(WORKER_KEY);
	expect(first).toMatchObject({
		status: 201,
		body: { object: 'subscription', url: URL, events: ['turn.ready'], channels: [], connection_id: '', mode: 'production', workflow_id: 'wf1', node_id: 'n1', expires_at: null },
	});
	const second = await subscribe(WORKER_KEY, { channels: ['whatsapp'] });
	expect(second).toMatchObject({ status: 200, body: { id: first.body.id, channels: ['whatsapp'] } });
	await subscribe(WORKER_KEY, { url: `${URL}2` });
	expect((await listed(WORKER_KEY, `?url=${encodeURIComponent(URL)}`)).map((row) => row.id)).toEqual([first.body.id]);
	for (let time = 0; time < 2; time++) expect((await api.call('DELETE', `/v1/subscriptions/${first.body.id}`, { key: WORKER_KEY })).status).toBe(204);
	expect(await listed(WORKER_KEY, `?url=${encodeURIComponent(URL)}`)).toEqual([]);
});

test('a tenant key names its own connection only, and sees and removes its own subscriptions only', async () => {
	const own = await subscribe(tenantKeys.a, { connection_id: 'con_a' });
	expect(own).toMatchObject({ status: 201, body: { connection_id: 'con_a' } });
	expect(await subscribe(tenantKeys.a, { url: `${URL}2`, connection_id: 'con_b' })).toMatchObject({ status: 404, body: { code: 'connection_not_found' } });
	expect(await subscribe(WORKER_KEY, { url: `${URL}3`, connection_id: 'con_none' })).toMatchObject({ status: 404 });
	const shared = await subscribe(WORKER_KEY, { url: `${URL}4` });
	for (const key of [tenantKeys.b, WORKER_KEY, PLATFORM_KEY]) {
		expect((await listed(key)).map((row) => row.id)).not.toContain(own.body.id);
		expect((await api.call('DELETE', `/v1/subscriptions/${own.body.id}`, { key })).status).toBe(204);
	}
	expect((await listed(tenantKeys.a)).map((row) => row.id)).toEqual([own.body.id]);
	await api.call('DELETE', `/v1/subscriptions/${shared.body.id}`, { key: tenantKeys.a });
	expect((await listed(WORKER_KEY)).map((row) => row.id)).toEqual([shared.body.id]);
});

test('with another key of the same tenant a URL is subscribed once, with the new key', async () => {
	await subscribe(tenantKeys.a);
	const renewed = await subscribe(otherKeyOfA);
	expect(renewed.status).toBe(201);
	expect((await listed(tenantKeys.a)).map((row) => row.id)).toEqual([renewed.body.id]);
	// Another tenant that names the same URL takes nothing away.
	await subscribe(tenantKeys.b);
	expect((await listed(tenantKeys.a)).map((row) => row.id)).toEqual([renewed.body.id]);
});

test('a test subscription stands beside the one in earnest and ends by itself after five minutes', async () => {
	await subscribe(WORKER_KEY);
	const listening = await subscribe(WORKER_KEY, { mode: 'test' });
	expect(listening.body['expires_at']).toBe('2026-05-04T10:05:00.000Z');
	expect(await listed(WORKER_KEY)).toHaveLength(2);
	clock = new Date('2026-05-04T10:05:01Z');
	expect((await listed(WORKER_KEY)).map((row) => row['mode'])).toEqual(['production']);
});

test('turns go to n8n and nowhere else', async () => {
	for (const url of ['http://169.254.169.254/latest', 'http://127.0.0.1:8080/v1/tenants', 'ftp://127.0.0.1:5678/x']) {
		expect(await subscribe(WORKER_KEY, { url })).toMatchObject({ status: 422, body: { code: 'subscription_url_not_allowed' } });
	}
	expect(await listed(WORKER_KEY)).toEqual([]);
});

test.each([{ events: ['order.lost'] }, { events: [] }, { channels: ['fax'] }, { mode: 'later' }, { extra: 1 }])('%o is refused', async (wrong) => {
	expect(await subscribe(WORKER_KEY, wrong)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('a revoked key’s subscriptions go with the key’s row, a tenant’s with the tenant', async () => {
	await subscribe(tenantKeys.b, { connection_id: 'con_b' });
	await db.asOwner(`DELETE FROM tenants WHERE id = 'ten_b'`);
	expect(await db.asOwner('SELECT 1 FROM subscriptions')).toEqual([]);
});
