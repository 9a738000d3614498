import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { wordKey } from '../../core/catalog/word-key.ts';
import type { TestProject } from '../../sandbox/src/supabase/test-support.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY, type Json, type TestApi } from '../../provisioner/src/testing/api.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { emptyItem } from '../../core/catalog/item.ts';
import { createSupabaseStore } from '../../provisioner/src/features/catalog/supabase-store.ts';
import { SupabaseError, type SupabaseTenant } from '../../provisioner/src/vendors/supabase/client.ts';
import { VendorError } from '../../provisioner/src/vendors/http.ts';
import { createCatalogs, type Catalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createCompanies } from '../../provisioner/src/features/companies/companies.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { createTenantSecrets } from '../../provisioner/src/features/tenants/tenant-secrets.ts';
import { createTenants, type Tenants } from '../../provisioner/src/features/tenants/tenants.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import type { CatalogStoreSubject } from '../contracts/catalog-store.ts';
import { platformDatabase, settingsOf, setUpTestProject, supabaseSubject } from './stores.ts';

/** The platform with its catalogs in Supabase: what customers, operators and the table editor notice. */
let db: Awaited<ReturnType<typeof platformDatabase>>;
let project: TestProject;
let subject: CatalogStoreSubject;
let api: TestApi;
let catalogs: Catalogs;
let tenants: Tenants;
let clock = 0;
const { log, lines } = createTestLog();

beforeAll(async () => {
	[db, project] = await Promise.all([platformDatabase(), setUpTestProject()]);
	subject = supabaseSubject(db, project);
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	const media = { removeLeftBehind: () => Promise.resolve(), removeFolder: () => Promise.resolve(), removeOfTenant: () => Promise.resolve([]) };
	catalogs = createCatalogs({ database, databaseUrl: db.appUrl, supabase: settingsOf(project), log, now: () => new Date(Date.now() + clock) });
	tenants = createTenants({ database, keys, secrets: createTenantSecrets(database, MASTER_KEY), log, media, catalogs, history: { removeOfTenant: () => Promise.resolve([]) }, connections: { idsOfTenant: () => Promise.resolve([]), remove: () => Promise.resolve([]) } });
	api = await startTestApi({ database, endpoints: [...catalogs.endpoints, ...tenants.endpoints, ...createCompanies({ database, media, catalogs }).endpoints] });
});
afterAll(async () => {
	await api.close();
	await project.close();
	await db.close();
});
beforeEach(async () => {
	await subject.empty();
	lines.length = 0;
	// Another time for each test: what is in memory from the one before is old.
	clock += 60_000;
});
afterEach(async () => await project.sandbox.post('/reset'));

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: Json) => api.call(method, `/v1/companies/${path}`, { key: PLATFORM_KEY, ...(body ? { body } : {}) });
const edit = (...data: Json[]) => call('POST', 'com_a/items', { data });
const rose = { sku: 'rose', kind: 'product', name: 'Rose', description: 'Red', price_cents: 350 };
const loaded = async (version?: number) => await db.database.withTenant('ten_a', (sql) => catalogs.loadCatalog(sql, 'com_a', version));
const found = async (query: string) => ((await call('GET', `com_a/items/search?q=${query}`)).body['data'] as Json[]).map(({ sku }) => sku);
const fault = (mode: string, count = 1_000, more: Json = {}) => project.sandbox.post('/faults', { vendor: 'supabase', mode, count, ...more });
const words = () => project.editor<{ word: string; items: number }>('SELECT word, items FROM catalog_words ORDER BY word');

describe('changes by others, in the table editor', () => {
	test('are seen within 30 s, without a new version, and not read again while nothing changes', async () => {
		await edit(rose);
		const first = await loaded();
		await project.editor(`UPDATE catalog_items SET item = jsonb_set(item, '{priceCents}', '900') WHERE sku = 'rose'`);
		clock += 29_000;
		expect(await loaded()).toBe(first);
		clock += 1_001;
		const second = await loaded();
		expect([second.get('rose')?.priceCents, await subject.localVersion('com_a')]).toEqual([900, 1]);
		clock += 30_001;
		expect(await loaded()).toBe(second);
	});

	test('a changed name, a new row, a deleted one and an emptied table are found by what is there now', async () => {
		await edit({ ...rose, sku: '1' }, { ...rose, sku: 't', name: 'Tulip' });
		await project.editor(`UPDATE catalog_items SET name = 'Peony' WHERE sku = '1'`);
		await project.editor(`INSERT INTO catalog_items (tenant_id, company_id, sku, kind, name, position, item) VALUES ('ten_a', 'com_a', 'v', 'product', 'Blue vase', 9, '{"priceCents": 100}')`);
		expect([await found('peony'), await found('roses'), await found('vase')]).toEqual([['1'], [], ['v']]);
		expect((await call('GET', 'com_a/items/1')).body).toMatchObject({ name: 'Peony', price_cents: 350 });
		await project.editor(`DELETE FROM catalog_items WHERE sku IN ('v', 't')`);
		expect(await found('vase')).toEqual([]);
		expect(await words()).toEqual([{ word: wordKey('peony'), items: 1 }, { word: 'red', items: 1 }]);
		await loaded();
		await project.editor('TRUNCATE catalog_items');
		clock += 30_001;
		expect([(await loaded()).items, await words()]).toEqual([[], []]);
	});

	test('an edit that meets one is made of what is there then, and counts words once', async () => {
		await edit(rose);
		await project.editor(`UPDATE catalog_items SET item = jsonb_set(item, '{description}', '"Yellow"') WHERE sku = 'rose'`);
		expect((await edit({ sku: 'rose', price_cents: 400 })).body).toMatchObject({ version: 2, changed: 1, data: [{ description: 'Yellow', price_cents: 400 }] });
		await edit({ sku: 'rose', description: 'Green' });
		expect((await words()).filter(({ items }) => items !== 1)).toEqual([]);
	});

	test('what is no item is neither shown nor sold, and named in the log', async () => {
		const rows = ['{"priceCents": 100, "name": ""}', '{"priceCents": "100"}', '{"priceCents": null}', '{}', '"x"', '{"priceCents": 1, "cities": "Oslo"}', '{"priceCents": 1, "stock": null, "more": 1}'];
		for (const [index, item] of rows.entries()) await project.editor(`INSERT INTO catalog_items (tenant_id, company_id, sku, kind, name, position, item) VALUES ('ten_a', 'com_a', $1, 'product', 'Lamp', $2, $3)`, [String(index), index, item]);
		expect((await loaded()).items.map(({ sku, name, priceCents }) => [sku, name, priceCents])).toEqual([['0', 'Lamp', 100], ['6', 'Lamp', 1]]);
		expect(lines).toContainEqual(expect.objectContaining({ company: 'com_a', items: 5, skus: ['1', '2', '3', '4', '5'] }));
		expect((await found('lamp')).toSorted()).toEqual(['0', '6']);
		const page = await call('GET', 'com_a/items?limit=1');
		expect([page.body, (await call('GET', 'com_a/items?limit=1&starting_after=0')).body]).toMatchObject([{ data: [{ sku: '0' }], has_more: true }, { data: [{ sku: '6' }], has_more: false }]);
		expect((await call('GET', 'com_a/items/1')).status).toBe(404);
	});
});

describe('while Supabase can’t be reached', () => {
	test.each([['drop'], ['status']])('(%s) requests are answered 503 with a stable code, and a catalog in memory goes on answering', async (mode) => {
		await edit(rose);
		const known = await loaded();
		clock += 30_001;
		await fault(mode, 3, { status: 503 });
		expect(await call('GET', 'com_a/items/rose')).toMatchObject({ status: 503, body: { code: 'catalog_store_unavailable' } });
		expect(await loaded()).toBe(known);
		expect(lines).toContainEqual(expect.objectContaining({ msg: 'a catalog can’t be read; what is in memory answers', company: 'com_a', code: 'catalog_store_unavailable' }));
		// Not asked again for some seconds, although one fault more waits.
		expect(await loaded()).toBe(known);
		clock += 5_001;
		expect(await loaded()).toBe(known);
		await project.editor(`UPDATE catalog_items SET item = jsonb_set(item, '{priceCents}', '900') WHERE sku = 'rose'`);
		clock += 5_001;
		expect((await loaded()).get('rose')?.priceCents).toBe(900);
	});

	test('a catalog that isn’t in memory is 503; after several failures nobody waits, and after a pause it is tried again', async () => {
		await edit({ ...rose });
		await call('POST', 'com_a2/items', { data: [rose] });
		await fault('drop', 5);
		const load = () => db.database.withTenant('ten_a', (sql) => catalogs.loadCatalog(sql, 'com_a2', 1));
		for (let n = 1; n <= 5; n++) await expect(load()).rejects.toMatchObject({ status: 503, code: 'catalog_store_unavailable' });
		await expect(load()).rejects.toMatchObject({ status: 503, message: expect.stringContaining('was not tried') });
		clock += 3_001;
		expect((await load()).items).toHaveLength(1);
	});

	test('nothing of an edit is there when the answer says 503, and its rows go', async () => {
		await edit(rose);
		await fault('drop', 1, { operation: 'rpc' });
		await fault('status', 1, { operation: 'upsert', status: 502 });
		expect((await edit({ sku: 'rose', price_cents: 1 })).status).toBe(503);
		expect((await edit({ sku: 'rose', price_cents: 1 })).status).toBe(503);
		expect((await call('GET', 'com_a/items/rose')).body).toMatchObject({ price_cents: 350 });
		expect(await project.editor('SELECT 1 FROM catalog_incoming')).toEqual([]);
	});
});

describe('a project that is not what it should be', () => {
	test('without the tables the answer says which file to run; with a wrong secret, what to check; neither shows a secret', async () => {
		const wrong = createCatalogs({ database: db.database, databaseUrl: db.appUrl, supabase: { ...settingsOf(project), jwtSecret: 'another-secret-with-at-least-32-characters' }, log });
		await expect(wrong.items('ten_a', 'com_a', { limit: 1 })).rejects.toMatchObject({ status: 503, code: 'catalog_store_refused', message: expect.stringContaining('SUPABASE_JWT_SECRET') });
		await expect(wrong.items('ten_a', 'com_a', { limit: 1 })).rejects.not.toThrow(/another-secret|sb_publishable|eyJ/);
		await project.editor(`ALTER FUNCTION catalog_page RENAME TO catalog_page_gone; NOTIFY pgrst, 'reload schema'`);
		await vi.waitFor(async () => expect(await call('GET', 'com_a/items')).toMatchObject({ status: 503, body: { code: 'catalog_store_not_set_up', detail: expect.stringContaining('setup.sql') } }));
		await project.editor(`ALTER FUNCTION catalog_page_gone RENAME TO catalog_page; NOTIFY pgrst, 'reload schema'`);
		await vi.waitFor(async () => expect((await call('GET', 'com_a/items')).status).toBe(200));
	});
});

describe('files', () => {
	test('a long one goes in by a thread of its own, and is seen at once', async () => {
		await edit(rose);
		await loaded();
		const path = fileOf(`product_name,description,sku\n${Array.from({ length: 3_000 }, (_, index) => `Item ${index},${'long text '.repeat(40)},${index}\n`).join('')}`);
		expect(await catalogs.importFile('ten_a', 'com_a', path, { dryRun: false, partial: false, repair: false, columns: {} })).toMatchObject({ inserted: 3_000, removed: 1, version: 2 });
		expect((await loaded()).items).toHaveLength(3_000);
		const exported = await fetch(`${api.url}/v1/companies/com_a/catalog?kind=product`, { headers: { authorization: `Bearer ${PLATFORM_KEY}` } });
		expect((await exported.text()).split('\n').filter(Boolean)).toHaveLength(3_001);
	});
});

describe('the way up', () => {
	test('three parts go at a time, and no more is read meanwhile; when one fails the others end before what came is taken away', async () => {
		const calls: string[] = [];
		const gate = Promise.withResolvers<undefined>();
		let read = 0;
		const failing: SupabaseTenant = {
			rows: () => Promise.resolve([]),
			call: (name, _args, answer) => (calls.push(name), Promise.resolve(answer.parse(null))),
			async upsert(_table, rows) {
				const part = `part ${Math.floor(Number(rows[0]?.['position']) / 500)}`;
				calls.push(part);
				if (part === 'part 1') throw new SupabaseError(new VendorError('supabase', 'ambiguous', 'no answer'), '');
				await gate.promise;
				calls.push(`end of ${part}`);
			},
		};
		const store = createSupabaseStore({ database: db.database, client: { forTenant: () => failing, answers: () => Promise.resolve(true) }, log });
		function* rows() {
			for (; read < 9_000; read++) yield { item: emptyItem(`sku-${read}`, 'product', `Item ${read}`), position: read };
		}
		const change = store.change({ tenantId: 'ten_a', companyId: 'com_a' }, (catalog) => catalog.bring(rows()));
		const outcome = expect(change).rejects.toMatchObject({ code: 'catalog_store_unavailable' });
		await vi.waitFor(() => expect(calls).toHaveLength(3));
		gate.resolve(undefined);
		await outcome;
		expect(calls).toEqual(['part 0', 'part 1', 'part 2', 'end of part 0', 'end of part 2', 'drop_catalog_rows']);
		expect(read).toBeLessThan(2_000);
	});
});

describe('deleting', () => {
	const waiting = () => db.asOwner<{ company_id: string; attempts: number }>('SELECT company_id, attempts FROM catalog_erasures');

	test('a company’s catalog goes soon after, however often Supabase fails first, and what was late goes at last', async () => {
		await edit(rose);
		await fault('drop', 2, { operation: 'rpc' });
		expect((await call('DELETE', 'com_a')).status).toBe(204);
		expect(await subject.rowsOf('com_a')).toBeGreaterThan(0);
		catalogs.start();
		await vi.waitFor(async () => expect(await subject.rowsOf('com_a')).toBe(0), 10_000);
		expect(lines.filter(({ msg }) => msg === 'the catalog of a deleted company is not erased yet')).toHaveLength(2);
		await vi.waitFor(async () => expect(await waiting()).toEqual([{ company_id: 'com_a', attempts: 0 }]));
		// A change that was under way at the deletion has come to its end since.
		await project.editor(`INSERT INTO catalog_heads (tenant_id, company_id) VALUES ('ten_a', 'com_a')`);
		await db.asOwner(`UPDATE catalog_erasures SET deleted_at = deleted_at - interval '16 minutes', due_at = now(); NOTIFY concierge_catalog_erasures`);
		await vi.waitFor(async () => expect(await waiting()).toEqual([]), 10_000);
		expect(await subject.rowsOf('com_a')).toBe(0);
		await catalogs.stop();
	});

	test('a company that can’t be deleted keeps its catalog', async () => {
		await edit(rose);
		await db.asOwner(`UPDATE companies SET stripe_account_id = 'acct_1' WHERE id = 'com_a'`);
		expect(await call('DELETE', 'com_a')).toMatchObject({ status: 409, body: { code: 'company_in_use' } });
		expect([await waiting(), (await loaded()).items.length]).toEqual([[], 1]);
	});

	test('a tenant’s deletion takes all its catalogs and says so; while Supabase is away it fails, and a repeat goes on', async () => {
		await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_c', 'C', 'c@c.example', '')`);
		await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_c', 'ten_c', 'C', 'hybrid')`);
		await call('POST', 'com_c/items', { data: [rose] });
		await fault('drop', 1);
		await expect(tenants.remove('ten_c')).rejects.toMatchObject({ status: 503, code: 'catalog_store_unavailable' });
		expect(await tenants.remove('ten_c')).toEqual([{ type: 'supabase_catalog', id: 'com_c', name: '', outcome: 'removed' }, { type: 'tenant', id: 'ten_c', name: '', outcome: 'removed' }]);
		expect([await subject.rowsOf('com_c'), await waiting()]).toEqual([0, [{ company_id: 'com_c', attempts: 0 }]]);
	});
});
