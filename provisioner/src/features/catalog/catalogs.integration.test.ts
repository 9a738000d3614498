import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { fileOf } from '../../testing/files.ts';
import { createTestLog } from '../../testing/log.ts';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY, startTestApi } from '../../testing/api.ts';
import type { Json, TestApi } from '../../testing/api.ts';
import { createKeys } from '../keys/keys.ts';
import { createCatalogs } from './catalogs.ts';
import type { Catalogs } from './catalogs.ts';
import { lockOwner } from './repository.ts';

let db: TestDatabase;
let api: TestApi;
let catalogs: Catalogs;
let keyOfA: string;
let keyOfB: string;

const sample = (name: string) => readFileSync(new URL(`../../../../test/fixtures/data/${name}`, import.meta.url));
const FLORIST = sample('florist-products.ru.cp1251.csv');
const HOTEL = sample('hotel-services.en.csv');

beforeAll(async () => {
	db = await createTestDatabase();
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	catalogs = createCatalogs({ database, databaseUrl: db.appUrl, log: createTestLog().log, maxFileBytes: 4 * 1024 * 1024 });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	await db.asOwner(
		`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_b', 'ten_b', 'B', 'hybrid'), ('com_p', 'ten_a', 'P', 'product')`,
	);
	const keyOf = (tenantId: string) => database.withTenant(tenantId, async (sql) => (await keys.createTenantKey(sql, tenantId, { label: 'test' })).secret);
	[keyOfA, keyOfB] = [await keyOf('ten_a'), await keyOf('ten_b')];
	api = await startTestApi({ database, endpoints: catalogs.endpoints });
});
afterAll(async () => {
	await api.close();
	await db.close();
});
beforeEach(() => db.asOwner('DELETE FROM catalog_items'));

async function send(query: string, file: Buffer | string, options: { key?: string; company?: string; type?: string } = {}) {
	const response = await fetch(`${api.url}/v1/companies/${options.company ?? 'com_a'}/catalog${query}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${options.key ?? keyOfA}`, 'content-type': options.type ?? 'text/csv' },
		body: typeof file === 'string' ? file : new Uint8Array(file),
	});
	return { status: response.status, body: (await response.json()) as Json };
}
const stored = async () => (await db.asOwner<{ sku: string }>('SELECT sku FROM catalog_items ORDER BY kind, position')).map(({ sku }) => sku);
const read = async (path: string, key = keyOfA) => {
	const { status, body } = await api.call('GET', path, { key });
	return { status, body, skus: Array.isArray(body['data']) ? (body['data'] as Json[]).map((item) => item['sku']) : [] };
};
const counts = ({ inserted, changed, unchanged, removed }: Json) => [inserted, changed, unchanged, removed];

describe('importing', () => {
	test('both sample files import as they are, and a second time changes nothing', async () => {
		const florist = await send('', FLORIST);
		expect(florist).toMatchObject({ status: 200, body: { object: 'catalog_import', kind: 'product', dry_run: false, errors: [], encoding: 'windows-1251', delimiter: ';' } });
		expect(counts(florist.body)).toEqual([5, 0, 0, 0]);
		expect(florist.body['columns']).toMatchObject({ 'Название товара': 'product_name', 'Доставка, €': 'logistics_price_eur' });
		expect(counts((await send('?kind=service', HOTEL)).body)).toEqual([13, 0, 0, 0]);
		const versions = () => db.asOwner<{ v: number }>(`SELECT catalog_version::int AS v FROM companies WHERE id = 'com_a'`);
		const before = await versions();
		expect(counts((await send('', FLORIST)).body)).toEqual([0, 0, 5, 0]);
		expect(counts((await send('', HOTEL)).body)).toEqual([0, 0, 13, 0]);
		expect(await versions()).toEqual(before);
		expect(await stored()).toEqual(['1001', '1002', '1003', '1004', '1005', ...Array.from({ length: 13 }, (_, index) => String(101 + index))]);
	});

	test('the file is the list of its kind: it inserts, changes and removes; the other kind stays', async () => {
		await send('', HOTEL);
		await send('', 'product_name,description,sku,price\nLamp,Bright,1,5\nBulb,Small,2,1\nCord,Long,3,2\n');
		const { body } = await send('', 'product_name,description,sku,price\nCord,Long,3,2\nLamp,Bright,1,6\nVase,Blue,4,9\n');
		expect(counts(body)).toEqual([1, 1, 1, 1]);
		expect((await stored()).slice(0, 3)).toEqual(['3', '1', '4']);
		expect(await stored()).toHaveLength(16);
	});

	test('a dry run reports and stores nothing', async () => {
		expect(counts((await send('?dry_run=true', FLORIST)).body)).toEqual([5, 0, 0, 0]);
		expect(await send('?dry_run', 'product_name,description,price\nLamp,Bright,x\n')).toMatchObject({ status: 200, body: { dry_run: true, errors: [{ row: 2 }] } });
		expect(await stored()).toEqual([]);
	});

	const BAD = 'product_name,description,sku,price\nLamp,Bright,1,5\nBulb,,2,cheap\nCord,Long,3,2\n';

	test('a bad row is reported with row, column, value, reason and suggestion, and nothing is stored', async () => {
		await send('', 'product_name,description,sku\nOld,Stays,9\n');
		const { status, body } = await send('', BAD);
		expect(status).toBe(422);
		expect(body).toMatchObject({
			code: 'catalog_rows_invalid',
			would: { inserted: 2, changed: 0, unchanged: 0, removed: 0 },
			errors: [
				{ row: 3, column: 'description', value: '', reason: 'description is empty', suggestion: 'Fill it in: it is required.' },
				{ row: 3, column: 'price', value: 'cheap', reason: 'not an amount', suggestion: expect.any(String) },
			],
		});
		expect(await stored()).toEqual(['9']);
	});

	test('partial=true imports the good rows, removes nothing and reports the rest', async () => {
		await send('', 'product_name,description,sku\nOld,Stays,9\n');
		const { status, body } = await send('?partial=true', BAD);
		expect([status, counts(body), (body['errors'] as Json[]).map(({ row }) => row)]).toEqual([200, [2, 0, 0, 0], [3, 3]]);
		expect((await stored()).sort()).toEqual(['1', '3', '9']);
	});

	test('the bad rows come back as a file that, corrected, imports', async () => {
		const { body } = await send('?partial=true', 'product_name,description,sku,price\nLamp,"+34 ""x"", y",1,5\nBulb,"+34 ""x"", y",2,cheap\n');
		expect(body['rejected_csv']).toBe('"product_name","description","sku","price"\r\n"Bulb","\'+34 ""x"", y","2","cheap"\r\n');
		await send('?partial=true', String(body['rejected_csv']).replace('cheap', '7'));
		const items = await db.asOwner<{ sku: string; description: string }>(`SELECT sku, item->>'description' AS description FROM catalog_items ORDER BY sku`);
		expect(items).toEqual([{ sku: '1', description: '+34 "x", y' }, { sku: '2', description: '+34 "x", y' }]);
	});

	test('a sku of the other kind is a bad row', async () => {
		await send('', HOTEL);
		const { body } = await send('', 'product_name,description,Art. Nr.\nLamp,Bright,101\n');
		expect(body).toMatchObject({ code: 'catalog_rows_invalid', errors: [{ row: 2, column: 'Art. Nr.', value: '101', reason: 'the sku belongs to a service of the company' }] });
	});

	test('headers that can’t be understood are explained, and the caller can say what they mean', async () => {
		const file = 'Ware;Beschreibung;Lieferung\nLampe;Hell;5\n';
		const refused = await send('?kind=product', file);
		expect(refused).toMatchObject({ status: 422, body: { code: 'catalog_columns_invalid', detail: expect.stringContaining('"Lieferung" may mean logistics_price_eur or delivery_time_hours') } });
		expect((refused.body['problems'] as Json[]).map(({ code }) => code)).toEqual(['header_ambiguous', 'column_missing']);
		const columns = encodeURIComponent(JSON.stringify({ Ware: 'product_name', Lieferung: 'logistics_price_eur' }));
		expect(await send(`?columns=${columns}`, file)).toMatchObject({ status: 200, body: { inserted: 1, columns: { Ware: 'product_name', Lieferung: 'logistics_price_eur' } } });
		expect(await send('?columns=[1]', file)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
	});

	test('what the company sells decides an open kind, and refuses the other', async () => {
		expect(await send('', 'Name,Description\nLamp,Bright\n', { company: 'com_p' })).toMatchObject({ status: 200, body: { kind: 'product' } });
		expect(await send('', 'Name,Description\nLamp,Bright\n')).toMatchObject({ status: 422, body: { code: 'catalog_columns_invalid' } });
		expect(await send('', HOTEL, { company: 'com_p' })).toMatchObject({ status: 422, body: { code: 'catalog_kind_not_sold' } });
	});

	test('garbled text is refused with a preview, and stored repaired only when asked', async () => {
		const garbled = new TextDecoder('windows-1251').decode(Buffer.from('Название товара,Описание\nЛампа,Яркая\n'));
		expect(await send('', garbled)).toMatchObject({ status: 422, body: { code: 'catalog_file_garbled', preview: expect.arrayContaining([expect.objectContaining({ repaired: 'Лампа,Яркая' })]) } });
		expect(await stored()).toEqual([]);
		expect((await send('?repair=true', garbled)).status).toBe(200);
		expect((await db.asOwner<{ name: string }>('SELECT name FROM catalog_items')).map(({ name }) => name)).toEqual(['Лампа']);
	});

	test('a body over the limit is 413, another content type 415', async () => {
		expect(await send('', Buffer.alloc(4 * 1024 * 1024 + 1, 'a'))).toMatchObject({ status: 413, body: { code: 'body_too_large', detail: expect.stringContaining('4 MB') } });
		expect(await send('', '{}', { type: 'application/json' })).toMatchObject({ status: 415, body: { code: 'content_type_not_supported' } });
	});

	test('a long file is imported in a thread: the same report, the same errors', async () => {
		const rows = Array.from({ length: 12_000 }, (_, at) => `Lamp ${at},${'Bright and '.repeat(10)}warm,${at},5`);
		const file = `product_name,description,sku,price\n${rows.join('\n')}\n`;
		expect(file.length).toBeGreaterThan(1024 * 1024);
		expect(await send('', `${file}Bulb,,x,cheap\n`)).toMatchObject({ status: 422, body: { code: 'catalog_rows_invalid', bad_rows: 1, would: { inserted: 12_000 }, errors: [{ row: 12_002 }, { row: 12_002 }] } });
		expect(counts((await send('', file)).body)).toEqual([12_000, 0, 0, 0]);
		expect(counts((await send('', file.replace('Lamp 7,', 'Lamp seven,'))).body)).toEqual([0, 1, 11_999, 0]);
		expect((await read('/v1/companies/com_a/items/search?q=seven')).skus).toEqual(['7']);
	}, 60_000);

	test('a long import that is under way when the process stops ends with a clear answer, and nothing of it is stored', async () => {
		const own = createCatalogs({ database: db.database, databaseUrl: db.appUrl, log: createTestLog().log });
		const path = fileOf(`product_name,description,sku\n${Array.from({ length: 12_000 }, (_, at) => `Lamp ${at},${'Bright and '.repeat(10)}warm,${at}`).join('\n')}`);
		const importing = () => own.importFile('ten_a', 'com_a', path, { dryRun: false, partial: false, repair: false, columns: {} });
		const waiting = () => db.asOwner(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`);
		await db.database.withTenant('ten_a', async (sql) => {
			await lockOwner(sql, 'com_a');
			const ended = expect(importing()).rejects.toMatchObject({ code: 'service_stopping', status: 503 });
			await vi.waitUntil(async () => (await waiting()).length === 1, { timeout: 10_000 });
			own.endFiles();
			await ended;
		});
		await expect(importing()).rejects.toMatchObject({ code: 'service_stopping' });
		await vi.waitUntil(async () => (await waiting()).length === 0, { timeout: 10_000 });
		expect([await stored(), await db.asOwner('SELECT 1 FROM catalog_incoming')]).toEqual([[], []]);
	}, 60_000);

	test('two imports at once take turns: the second replaces the first, they never mix', async () => {
		const file = (prefix: string) => `product_name,description,sku\n${[1, 2, 3].map((number) => `${prefix}${number},x,${prefix}${number}`).join('\n')}`;
		const waiting = async (count: number) => await vi.waitUntil(async () => (await db.asOwner(`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)).length === count, { timeout: 5_000 });
		const sent = await db.database.withTenant('ten_a', async (sql) => {
			await lockOwner(sql, 'com_a');
			const first = send('', file('a'));
			await waiting(1);
			const second = send('', file('b'));
			await waiting(2);
			return { first, second };
		});
		expect(counts((await sent.first).body)).toEqual([3, 0, 0, 0]);
		expect(counts((await sent.second).body)).toEqual([3, 0, 0, 3]);
		expect(await stored()).toEqual(['b1', 'b2', 'b3']);
	});
});

describe('reading', () => {
	beforeEach(async () => {
		await send('', FLORIST);
		await send('', HOTEL);
	});

	test('items come in catalog order, by pages', async () => {
		const first = await read('/v1/companies/com_a/items?limit=4');
		expect([first.skus, first.body['has_more']]).toEqual([['1001', '1002', '1003', '1004'], true]);
		const second = await read('/v1/companies/com_a/items?limit=100&starting_after=1004');
		expect([second.skus.slice(0, 3), second.skus.length, second.body['has_more']]).toEqual([['1005', '101', '102'], 14, false]);
		expect((first.body['data'] as Json[])[0]).toMatchObject({ object: 'catalog_item', id: '1001', price_cents: 5990, free: false, stock: 14, contacts: { supplier_contact: '+34 611 222 333' } });
	});

	test('search finds over languages, kind and city, and tells nothing internal', async () => {
		expect((await read(`/v1/companies/com_a/items/search?q=rosas&city=${encodeURIComponent('València')}`)).skus).toEqual(['1001', '1002']);
		expect((await read('/v1/companies/com_a/items/search?kind=service&limit=2')).skus).toEqual(['101', '102']);
		const { body } = await read('/v1/companies/com_a/items/search?q=yoga');
		expect(body).toMatchObject({ object: 'list', has_more: false, data: [{ sku: '107', price_cents: 3500 }] });
		expect(JSON.stringify(body)).not.toMatch(/"stock"|guest@hotel|Guests over 16/);
	});

	test('catalogs are kept in memory up to so many items together: the one not asked for longest goes first', async () => {
		await send('', FLORIST);
		await send('', 'product_name,description,sku\nLamp,Bright,l1\nBulb,Small,l2\n', { company: 'com_p' });
		const small = createCatalogs({ database: db.database, databaseUrl: db.appUrl, log: createTestLog().log, keptItems: 6 });
		const load = (company: string) => db.database.withTenant('ten_a', (sql) => small.loadCatalog(sql, company));
		const [lamps, flowers] = [await load('com_p'), await load('com_a')];
		expect(await load('com_a')).toBe(flowers);
		const again = await load('com_p');
		expect(again).not.toBe(lamps);
		expect(again.items.map(({ sku }) => sku)).toEqual(['l1', 'l2']);
		expect(await load('com_a')).not.toBe(flowers);
	});

	test('an indexed catalog is kept until the catalog changes', async () => {
		const load = () => db.database.withTenant('ten_a', (sql) => catalogs.loadCatalog(sql, 'com_a'));
		const first = await load();
		expect(await load()).toBe(first);
		await send('', 'product_name,description,sku\nLamp,Bright,1\n');
		const second = await load();
		expect(second).not.toBe(first);
		expect([second.get('1001'), second.get('1')?.name, second.items.length]).toEqual([undefined, 'Lamp', 14]);
	});
});

describe('tenants', () => {
	test('one can’t read, search or import for another, though its catalog is in memory', async () => {
		await send('', FLORIST);
		await read('/v1/companies/com_a/items/search?q=rosas');
		for (const path of ['items', 'items/search?q=rosas']) expect(await read(`/v1/companies/com_a/${path}`, keyOfB)).toMatchObject({ status: 404, body: { code: 'company_not_found' } });
		expect(await send('', HOTEL, { key: keyOfB })).toMatchObject({ status: 404, body: { code: 'company_not_found' } });
		await expect(db.database.withTenant('ten_b', (sql) => catalogs.loadCatalog(sql, 'com_a'))).rejects.toMatchObject({ code: 'company_not_found' });
		expect(await stored()).toHaveLength(5);
	});

	test('a forgotten WHERE shows, changes and deletes nothing of another tenant', async () => {
		await send('', FLORIST);
		await send('', 'product_name,description,sku\nLamp,Bright,1\n', { key: keyOfB, company: 'com_b' });
		const asB = <T extends Json>(text: string) => db.database.withTenant('ten_b', (sql) => sql.query<T>(text));
		expect((await asB<{ sku: string }>('SELECT sku FROM catalog_items')).rows).toEqual([{ sku: '1' }]);
		expect((await asB(`UPDATE catalog_items SET name = 'stolen'`)).rowCount).toBe(1);
		expect((await asB('DELETE FROM catalog_items')).rowCount).toBe(1);
		expect(await stored()).toHaveLength(5);
		expect((await db.database.system.query('SELECT sku FROM catalog_items')).rows).toEqual([]);
	});

	test('a platform key serves every tenant, a worker key none of these routes', async () => {
		expect((await send('', FLORIST, { key: PLATFORM_KEY })).status).toBe(200);
		expect((await read('/v1/companies/com_a/items', PLATFORM_KEY)).skus).toHaveLength(5);
		expect((await read('/v1/companies/com_a/items', WORKER_KEY)).status).toBe(403);
		expect((await read('/v1/companies/com_none/items', PLATFORM_KEY)).status).toBe(404);
	});
});
