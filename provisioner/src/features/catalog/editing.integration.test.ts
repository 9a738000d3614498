import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestLog } from '../../testing/log.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/database.ts';
import { seeded } from '../../../../test/adversarial/random.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY, type Json, type TestApi } from '../../testing/api.ts';
import { createKeys } from '../keys/keys.ts';
import { createCatalogs } from './catalogs.ts';

let db: TestDatabase;
let api: TestApi;
let keyOfA: string;
let keyOfB: string;

beforeAll(async () => {
	db = await createTestDatabase();
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	const keyOf = (tenantId: string) => database.withTenant(tenantId, async (sql) => (await keys.createTenantKey(sql, tenantId, { label: 'test' })).secret);
	[keyOfA, keyOfB] = [await keyOf('ten_a'), await keyOf('ten_b')];
	api = await startTestApi({ database, endpoints: createCatalogs({ database, databaseUrl: db.appUrl, log: createTestLog().log }).endpoints });
});
afterAll(async () => {
	await api.close();
	await db.close();
});
beforeEach(async () => {
	await db.asOwner('DELETE FROM companies');
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_p', 'ten_a', 'P', 'product')`);
});

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, options: { body?: Json; key?: string } = {}) => api.call(method, `/v1/companies/${path}`, { key: options.key ?? keyOfA, ...(options.body ? { body: options.body } : {}) });
const edit = (data: Json[], company = 'com_a') => call('POST', `${company}/items`, { body: { data } });
const importCsv = async (csv: string, query = '') => {
	const response = await fetch(`${api.url}/v1/companies/com_a/catalog${query}`, { method: 'POST', headers: { authorization: `Bearer ${keyOfA}`, 'content-type': 'text/csv' }, body: csv });
	return (await response.json()) as Json;
};
/** The whole catalog without what tells when. */
const snapshot = async () => await db.asOwner<Json>(`SELECT sku, kind, name, position, item FROM catalog_items WHERE company_id = 'com_a' ORDER BY sku`);
const rose = { sku: 'rose', kind: 'product', name: 'Rose', description: 'Red', price_cents: 350, stock: 7, cities: ['Valencia', 'Київ'], contacts: { supplier_contact: '+34 600' } };

describe('editing items', () => {
	test('a new one is whole, a change touches only its fields, the same again makes no version', async () => {
		expect(await edit([rose])).toMatchObject({ status: 200, body: { object: 'catalog_change', version: 1, inserted: 1, changed: 0, data: [{ sku: 'rose', price_cents: 350, stock: 7, cities: ['Valencia', 'Київ'] }] } });
		expect(await edit([{ sku: 'rose', price_cents: 400 }])).toMatchObject({ body: { version: 2, inserted: 0, changed: 1, data: [{ name: 'Rose', price_cents: 400, stock: 7, contacts: { supplier_contact: '+34 600' } }] } });
		expect(await edit([{ sku: 'rose', stock: null }])).toMatchObject({ body: { data: [{ stock: null }] } });
		expect(await edit([{ sku: 'rose', price_cents: 400 }])).toMatchObject({ status: 200, body: { version: null, inserted: 0, changed: 0, data: [{ sku: 'rose' }] } });
		expect(await call('GET', 'com_a/items/rose')).toMatchObject({ status: 200, body: { object: 'catalog_item', price_cents: 400 } });
	});

	test('new ones go behind those of their kind, and get a sku of their name where they have none', async () => {
		await importCsv('product_name,description,sku\nA,x,a\nB,x,b\n');
		const { body } = await edit([{ kind: 'service', name: 'Йога 🧘', description: 'y', duration: '90 min' }, { sku: 5, kind: 'product', name: 'C', description: 'x' }]);
		expect(body['data']).toMatchObject([{ kind: 'service', duration_minutes: 90 }, { sku: '5' }]);
		const listed = await call('GET', 'com_a/items');
		expect((listed.body['data'] as Json[]).map(({ name }) => name)).toEqual(['A', 'B', 'C', 'Йога 🧘']);
		expect((await edit([{ kind: 'service', name: 'Йога 🧘', description: 'y', duration: '90 min' }])).body['version']).toBeNull();
	});

	test.each([
		['no name', [{ sku: 'x', kind: 'product', description: 'd' }], 'data.0.name: is required: there is no item "x" yet'],
		['no kind in a hybrid company', [{ sku: 'x', name: 'X', description: 'd' }], 'data.0.kind: is required of a new item'],
		['another kind than it is', [{ sku: 'rose', kind: 'service' }], 'data.0.kind: "rose" is a product'],
		['the same sku twice', [{ sku: 'rose', name: 'A' }, { sku: 'rose', name: 'B' }], 'data.1.sku: data.0 has the same sku "rose"'],
		['HTML', [{ sku: 'rose', description: 'Red <b>rose</b>' }], 'data.0.description: holds HTML (<b>)'],
		['HTML in a city', [{ sku: 'rose', cities: ['Madrid', '<script>x</script>'] }], 'data.0.cities.1: holds HTML'],
	])('%s: nothing is stored, and the message says where', async (_name, data, message) => {
		await edit([rose]);
		const before = await snapshot();
		const answer = await edit(data);
		expect(answer).toMatchObject({ status: 422, body: { code: 'catalog_items_invalid' } });
		expect(answer.body['detail']).toContain(message);
		expect(await snapshot()).toEqual(before);
	});

	test('one bad item keeps the good ones out as well', async () => {
		expect(await edit([{ sku: 'ok', kind: 'product', name: 'Fine', description: 'd' }, { sku: 'bad', kind: 'product' }])).toMatchObject({ status: 422, body: { errors: [{ path: 'data.1.name' }, { path: 'data.1.description' }] } });
		expect(await snapshot()).toEqual([]);
	});

	test.each([
		['a price with decimals', { price_cents: 3.5 }, 'price_cents: must be a whole number of cents'],
		['a negative stock', { stock: -1 }, 'stock'],
		['an address that is no link', { image_url: 'javascript:alert(1)' }, 'image_url: must be an http(s) address or empty'],
		['an unknown field', { prize: 1 }, 'Unrecognized key'],
		['a huge text', { description: 'x'.repeat(32_768) }, 'description: must have at most 32767 characters'],
	])('%s is refused', async (_name, fields, message) => {
		const answer = await edit([{ ...rose, ...fields }]);
		expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
		expect(answer.body['detail']).toContain(message);
	});

	test('an online item that gets places is online no more; both at once is refused', async () => {
		await edit([{ sku: 'talk', kind: 'service', name: 'Talk', description: 'd', online: true }]);
		expect((await edit([{ sku: 'talk', cities: ['Madrid'] }])).body).toMatchObject({ data: [{ online: false, cities: ['Madrid'] }] });
		expect((await edit([{ sku: 'talk', online: true }])).body).toMatchObject({ data: [{ online: true, cities: [] }] });
		expect(await edit([{ sku: 'talk', online: true, cities: ['Madrid'] }])).toMatchObject({ status: 422, body: { errors: [{ path: 'data.0.cities' }] } });
	});

	test('services of a company that sells products are refused', async () => {
		expect(await edit([{ name: 'Y', description: 'y', kind: 'service' }], 'com_p')).toMatchObject({ status: 422, body: { errors: [{ path: 'data.0.kind' }] } });
		expect(await edit([{ name: 'Y', description: 'y' }], 'com_p')).toMatchObject({ status: 200, body: { data: [{ kind: 'product' }] } });
	});

	test('a deleted item is gone once, with any letters in its sku', async () => {
		await edit([{ ...rose, sku: 'роза/1 #2' }]);
		const path = `com_a/items/${encodeURIComponent('роза/1 #2')}`;
		expect((await call('DELETE', path)).status).toBe(204);
		expect(await call('DELETE', path)).toMatchObject({ status: 404, body: { code: 'item_not_found' } });
		expect(await call('GET', path)).toMatchObject({ status: 404, body: { code: 'item_not_found' } });
	});

	test('another tenant reads, changes, deletes and restores nothing', async () => {
		await edit([rose]);
		const asB = { key: keyOfB };
		for (const [method, path] of [['GET', 'com_a/items/rose'], ['DELETE', 'com_a/items/rose'], ['GET', 'com_a/catalog/versions'], ['POST', 'com_a/catalog/versions/0/restore']] as const) {
			expect(await call(method, path, asB)).toMatchObject({ status: 404, body: { code: 'company_not_found' } });
		}
		expect((await call('POST', 'com_a/items', { ...asB, body: { data: [{ sku: 'rose', price_cents: 1 }] } })).status).toBe(404);
		const forgotten = await db.database.withTenant('ten_b', async (sql) => [(await sql.query('SELECT * FROM catalog_versions')).rows, (await sql.query('SELECT * FROM catalog_changes')).rows]);
		expect(forgotten).toEqual([[], []]);
		expect(await snapshot()).toHaveLength(1);
	});
});

describe('versions', () => {
	test('an import that removed items is undone, and the undoing as well', async () => {
		await importCsv('product_name,description,sku\nA,x,a\nB,x,b\n');
		const first = await snapshot();
		expect(await importCsv('product_name,description,sku\nB,other,b\nC,x,c\n')).toMatchObject({ version: 2, inserted: 1, changed: 1, removed: 1 });
		const second = await snapshot();
		expect(await call('POST', 'com_a/catalog/versions/1/restore')).toMatchObject({ status: 200, body: { object: 'catalog_change', version: 3, inserted: 1, changed: 1, removed: 1 } });
		expect(await snapshot()).toEqual(first);
		await call('POST', 'com_a/catalog/versions/2/restore');
		expect(await snapshot()).toEqual(second);
		const { body } = await call('GET', 'com_a/catalog/versions?limit=3');
		expect(body).toMatchObject({ has_more: true, data: [{ version: 4, cause: 'restore', restored_version: 2 }, { version: 3, cause: 'restore', restored_version: 1 }, { version: 2, cause: 'import', restored_version: null, removed: 1 }] });
		expect((await call('GET', 'com_a/catalog/versions?limit=3&starting_after=2')).body).toMatchObject({ has_more: false, data: [{ version: 1 }] });
	});

	test('the one before anything is kept is empty; unknown ones and what is no longer kept are told', async () => {
		for (let price = 1; price <= 25; price += 1) await edit([{ ...rose, price_cents: price }]);
		expect(await call('POST', 'com_a/catalog/versions/3/restore')).toMatchObject({ status: 404, body: { code: 'catalog_version_not_found', detail: 'The catalog\'s version 3 can\'t be restored. Kept are 5 to 25.' } });
		expect((await call('POST', 'com_a/catalog/versions/26/restore')).status).toBe(404);
		expect((await call('POST', 'com_a/catalog/versions/x/restore')).status).toBe(400);
		expect((await call('POST', 'com_a/catalog/versions/25/restore')).body).toMatchObject({ version: null });
		expect((await call('POST', 'com_a/catalog/versions/5/restore')).status).toBe(200);
		expect((await call('GET', 'com_a/items/rose')).body).toMatchObject({ price_cents: 5 });
	});

	test('what the company no longer sells is not brought back', async () => {
		await edit([{ kind: 'service', name: 'Y', description: 'y', sku: 'y' }]);
		await call('DELETE', 'com_a/items/y');
		await db.asOwner(`UPDATE companies SET type = 'product' WHERE id = 'com_a'`);
		expect(await call('POST', 'com_a/catalog/versions/1/restore')).toMatchObject({ status: 422, body: { code: 'catalog_kind_not_sold' } });
	});

	test('whatever was done in between, a version is what it was', async () => {
		const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 100_000));
		console.log(`seed ${seed} (SEED=${seed} repeats this run)`);
		const { below } = seeded(seed);
		const was = new Map<number, Json[]>([[0, []]]);
		const skus = ['a', 'b', 'c', 'd', 'e'];
		for (let step = 0; step < 60; step += 1) {
			const act = below(4);
			const sku = skus[below(skus.length)] ?? 'a';
			if (act === 0) await edit([{ sku, kind: 'product', name: sku, description: `d${below(3)}`, price_cents: below(4) }]);
			else if (act === 1) await call('DELETE', `com_a/items/${sku}`);
			else if (act === 2) await importCsv(`product_name,description,sku,price_eur\n${skus.filter(() => below(2) === 0).concat('z').map((each) => `${each},x,${each},${below(3)}`).join('\n')}\n`, below(2) === 0 ? '?partial=true' : '');
			else {
				const kept = [...was.keys()].slice(-15);
				const target = kept[below(kept.length)] ?? 0;
				expect((await call('POST', `com_a/catalog/versions/${target}/restore`)).status).toBe(200);
				expect(await snapshot()).toEqual(was.get(target));
			}
			const [row] = await db.asOwner<{ v: number }>(`SELECT catalog_version::int AS v FROM companies WHERE id = 'com_a'`);
			const now = await snapshot();
			if (was.has(row?.v ?? 0)) expect(now).toEqual(was.get(row?.v ?? 0));
			was.set(row?.v ?? 0, now);
		}
	});
});
