import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestLog } from '../../testing/log.ts';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { MASTER_KEY, startTestApi } from '../../testing/api.ts';
import type { Json, TestApi } from '../../testing/api.ts';
import { createKeys } from '../keys/keys.ts';
import { createCatalogs } from './catalogs.ts';

let db: TestDatabase;
let api: TestApi;
let keyOfA: string;

beforeAll(async () => {
	db = await createTestDatabase();
	const { database } = db;
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_b', 'ten_b', 'B', 'hybrid'), ('com_p', 'ten_a', 'P', 'product')`);
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	keyOfA = await database.withTenant('ten_a', async (sql) => (await keys.createTenantKey(sql, 'ten_a', { label: 'test' })).secret);
	api = await startTestApi({ database, endpoints: createCatalogs({ database, databaseUrl: db.appUrl, log: createTestLog().log }).endpoints });
});
afterAll(async () => {
	await api.close();
	await db.close();
});
beforeEach(() => db.asOwner('DELETE FROM catalog_items'));

async function send(query: string, file: Buffer | string): Promise<Json> {
	const response = await fetch(`${api.url}/v1/companies/com_a/catalog${query}`, {
		method: 'POST', headers: { authorization: `Bearer ${keyOfA}`, 'content-type': 'text/csv' }, body: typeof file === 'string' ? file : new Uint8Array(file),
	});
	return (await response.json()) as Json;
}
const counts = ({ inserted, changed, unchanged, removed }: Json) => [inserted, changed, unchanged, removed];
const get = (query: string, company = 'com_a') => fetch(`${api.url}/v1/companies/${company}/catalog${query}`, { headers: { authorization: `Bearer ${keyOfA}` } });
const leftOver = () => readdirSync(tmpdir()).filter((name) => name.startsWith('concierge-export-'));

test.each(['csv', 'xlsx'])('a %s file of many pages states its length, imports again unchanged and leaves nothing behind', async (format) => {
	const rows = Array.from({ length: 1_300 }, (_, at) => `Lamp ${at},"Bright, ""warm""",${at},5,${at % 7 === 0 ? '+info' : ''},'=x`);
	expect(counts((await send('?columns=%7B%22Preis%22%3A%22%22%7D', `product_name,description,sku,price,Preis,Note\n${rows.join('\n')}\n`)))).toEqual([1_300, 0, 0, 0]);
	const before = leftOver();
	const response = await get(`?kind=product&format=${format}`);
	const file = Buffer.from(await response.arrayBuffer());
	expect([response.status, response.headers.get('content-length'), response.headers.get('content-disposition')]).toEqual([200, String(file.length), `attachment; filename=products.${format}`]);
	expect(counts((await send('', file)))).toEqual([0, 0, 1_300, 0]);
	await vi.waitFor(() => expect(leftOver().filter((name) => !before.includes(name))).toEqual([]));
}, 60_000);

test('what is wrong is told instead of a file', async () => {
	expect(await api.call('GET', '/v1/companies/com_a/catalog', { key: keyOfA })).toMatchObject({ status: 422, body: { code: 'catalog_kind_unclear' } });
	expect((await get('', 'com_b')).status).toBe(404);
	expect((await (await get('', 'com_p')).text()).trim()).toMatch(/^\ufeff?"product_name","sku",.*"payment_reminder"$/u);
}, 60_000);

test('one that is under way when the process stops, or when nobody waits for it any more, ends', async () => {
	const own = createCatalogs({ database: db.database, databaseUrl: db.appUrl, log: createTestLog().log });
	const gone = new AbortController();
	const before = leftOver();
	const left = expect(own.exportFile('ten_a', 'com_a', { kind: 'product', format: 'xlsx' }, gone.signal)).rejects.toThrow('nobody waits');
	gone.abort(new Error('nobody waits'));
	await left;
	const stopped = expect(own.exportFile('ten_a', 'com_a', { kind: 'product', format: 'csv' }, new AbortController().signal)).rejects.toMatchObject({ code: 'service_stopping', status: 503 });
	own.endFiles();
	await stopped;
	await vi.waitFor(() => expect(leftOver().filter((name) => !before.includes(name))).toEqual([]));
}, 60_000);
