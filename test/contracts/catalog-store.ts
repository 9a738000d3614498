import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { emptyItem, type Item } from '../../core/catalog/item.ts';
import { createCatalog } from '../../core/catalog/search.ts';
import type { Database } from '../../provisioner/src/store/database.ts';
import type { CatalogAddress, CatalogStore, RowToStore } from '../../provisioner/src/features/catalog/catalog-store.ts';
import { editItems, removeItem, unlinkFile } from '../../provisioner/src/features/catalog/edit-items.ts';
import { importFile, type ImportOptions } from '../../provisioner/src/features/catalog/import-file.ts';
import { restoreVersion } from '../../provisioner/src/features/catalog/restore-version.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';

/** What the suite needs of an adapter. Tenants `ten_a` and `ten_b` have the companies `com_a`, `com_a2` (hybrid), `com_b`. */
export interface CatalogStoreSubject {
	readonly store: CatalogStore;
	readonly database: Database;
	/** No catalog has anything; every company is at version 0. */
	empty(): Promise<void>;
	/** Rows that are left of a company in the store's tables. */
	rowsOf(company: string): Promise<number>;
	/** Of `companies.catalog_version`. */
	localVersion(company: string): Promise<number>;
}

const A: CatalogAddress = { tenantId: 'ten_a', companyId: 'com_a' };
const A2: CatalogAddress = { tenantId: 'ten_a', companyId: 'com_a2' };
const B: CatalogAddress = { tenantId: 'ten_b', companyId: 'com_b' };
/** B's company in A's session, and the other way round. */
const CROSSED: readonly CatalogAddress[] = [{ tenantId: 'ten_a', companyId: 'com_b' }, { tenantId: 'ten_b', companyId: 'com_a' }];
const OPTIONS: ImportOptions = { dryRun: false, partial: false, repair: false, columns: {} };

/** What every store of catalogs must do. */
export function catalogStoreContract(name: string, subject: () => CatalogStoreSubject): void {
	const store = () => subject().store;
	const csvOf = (rows: readonly string[]) => fileOf(`product_name,description,sku,price\n${rows.map((row) => `${row}\n`).join('')}`);
	const importRows = (at: CatalogAddress, rows: readonly string[], options: Partial<ImportOptions> = {}) => importFile(store(), at, csvOf(rows), { ...OPTIONS, kind: 'product', ...options });
	const items = (at: CatalogAddress) => store().read(at, async (catalog) => (await catalog.snapshot()).items);
	const skus = async (at: CatalogAddress) => (await items(at)).map(({ sku }) => sku);
	const search = (at: CatalogAddress, query: string, options: { kind?: 'product' | 'service'; city?: string; limit?: number } = {}) =>
		store().read(at, async (catalog) => (await catalog.search(query, { limit: 12, ...options })).map(({ item: { sku }, score }) => ({ sku, score })));
	const put = (at: CatalogAddress, given: readonly Item[], othersOfKind?: 'product' | 'service') =>
		store().change(at, async (catalog) => {
			await catalog.bring(given.map((item, position): RowToStore => ({ item, position })));
			return await catalog.store({ othersOfKind }, { cause: 'import' });
		});
	const edit = (at: CatalogAddress, ...given: Parameters<typeof editItems>[1][number][]) => store().change(at, (catalog) => editItems(catalog, given));
	const item = (sku: string, title: string, fields: Partial<Item> = {}): Item => ({ ...emptyItem(sku, 'product', title), description: 'x', ...fields });
	const counts = ({ inserted, changed, unchanged, removed }: { inserted: number; changed: number; unchanged?: number; removed: number }) => [inserted, changed, unchanged, removed];

	describe(`catalog store: ${name}`, () => {
		beforeEach(() => subject().empty());

		test('a file is the list of its kind: it inserts, changes, removes and orders; again it changes nothing', async () => {
			await edit(A, { kind: 'service', sku: 's', name: 'Yoga', description: 'Stretch' });
			expect(counts(await importRows(A, ['Lamp,Bright,1,5', 'Bulb,Small,2,1', 'Cord,Long,3,2']))).toEqual([3, 0, 0, 0]);
			const report = await importRows(A, ['Cord,Long,3,2', 'Lamp,Bright,1,6', 'Vase,Blue,4,9']);
			expect([counts(report), report.version]).toEqual([[1, 1, 1, 1], 3]);
			expect(await skus(A)).toEqual(['3', '1', '4', 's']);
			const again = await importRows(A, ['Cord,Long,3,2', 'Lamp,Bright,1,6', 'Vase,Blue,4,9']);
			expect([counts(again), again.version, await subject().localVersion('com_a')]).toEqual([[0, 0, 3, 0], null, 3]);
			const moved = await importRows(A, ['Lamp,Bright,1,6', 'Cord,Long,3,2', 'Vase,Blue,4,9']);
			expect([counts(moved), moved.version, await skus(A)]).toEqual([[0, 0, 3, 0], 4, ['1', '3', '4', 's']]);
		});

		test('a dry run counts and stores nothing, nor does a file with a bad row; a part of a list removes nothing', async () => {
			await importRows(A, ['Lamp,Bright,1,5', 'Bulb,Small,2,1']);
			expect(counts(await importRows(A, ['Lamp,Bright,1,7'], { dryRun: true }))).toEqual([0, 1, 0, 1]);
			await expect(importRows(A, ['Lamp,Bright,1,7', 'Bulb,Small,2,cheap'])).rejects.toMatchObject({ code: 'catalog_rows_invalid' });
			expect((await items(A)).map(({ sku, priceCents }) => [sku, priceCents])).toEqual([['1', 500], ['2', 100]]);
			expect(counts(await importRows(A, ['Vase,Blue,4,9'], { partial: true }))).toEqual([1, 0, 0, 0]);
			expect(await subject().localVersion('com_a')).toBe(2);
		});

		test('a sku of the other kind is a bad row', async () => {
			await edit(A, { kind: 'service', sku: '1', name: 'Yoga', description: 'Stretch' });
			await expect(importRows(A, ['Lamp,Bright,1,5'])).rejects.toMatchObject({ code: 'catalog_rows_invalid', details: { errors: [{ row: 2, value: '1', reason: 'the sku belongs to a service of the company' }] } });
		});

		test('thousands of rows go in and come out as they were', async () => {
			const rows = Array.from({ length: 2_501 }, (_, index) => `Item ${index},Text ${index},${String(index).padStart(5, '0')},${index % 90}`);
			expect(counts(await importRows(A, rows))).toEqual([2_501, 0, 0, 0]);
			const all = await items(A);
			expect(all.map(({ name: title }) => title)).toEqual(rows.map((row) => row.split(',')[0]));
			expect((await store().read(A, (catalog) => catalog.bySku(all.map(({ sku }) => sku)))).size).toBe(2_501);
			expect(counts(await importRows(A, rows.slice(0, 1_200)))).toEqual([0, 0, 1_200, 1_301]);
			const { version } = (await store().change(A, (catalog) => restoreVersion(catalog, 1))) ?? {};
			expect([version, (await items(A)).length]).toEqual([3, 2_501]);
		});

		test('pages in catalog order, whatever stands in a sku', async () => {
			const given = ['a', 'b, "c"', "d'); --", 'é 🌹', 'שלום', 'x.y(z)'].map((sku) => item(sku, `Item ${sku}`));
			await put(A, given);
			const seen: string[] = [];
			for (let after: string | undefined, page; (page = await store().read(A, (catalog) => catalog.page(2, after))).length > 0; after = page.at(-1)?.item.sku) seen.push(...page.map(({ item: { sku } }) => sku));
			expect(seen).toEqual(given.map(({ sku }) => sku));
			expect(await store().read(A, (catalog) => catalog.page(2, 'no such'))).toEqual([]);
			expect([...(await store().read(A, (catalog) => catalog.bySku(given.map(({ sku }) => sku)))).values()].map(({ item: found }) => found)).toEqual(expect.arrayContaining(given));
		});

		test('emoji, right-to-left text and every field survive', async () => {
			const full = item('шаль-1', 'شال حرير 🌹👩‍👩‍👧', {
				description: '\u200fطويل "مقتبس"\\ \n\tLine 2 — ½', tags: ['a,b', '"c"', '{d}'], cities: ['Київ', 'Valencia'], priceCents: 123_456_789, stock: 0, attributes: { Größe: 'XL', 'a.b': '1' },
				contactFields: { supplier_contact: '+34', supplier_company_services: '', warehouse_address: '', specialist_contact: '' },
			});
			await put(A, [full]);
			const [stored] = await store().read(A, (catalog) => catalog.page(1, undefined));
			expect(stored?.item).toEqual(full);
			expect(Math.abs((stored?.updatedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
			expect((await search(A, 'حرير')).map(({ sku }) => sku)).toEqual(['шаль-1']);
		});

		test('edits change their fields only; a removal is an edit; what is not there is told', async () => {
			expect((await edit(A, { sku: 'r', kind: 'product', name: 'Rose', description: 'Red', price_cents: 350, stock: 7 })).version).toMatchObject({ version: 1, inserted: 1 });
			const { version, items: [after] } = await edit(A, { sku: 'r', price_cents: 400 });
			expect([version?.changed, after?.item.priceCents, after?.item.stock, after?.item.name]).toEqual([1, 400, 7, 'Rose']);
			expect((await edit(A, { sku: 'r', price_cents: 400 })).version).toBeNull();
			await expect(edit(A, { sku: 'new', kind: 'product' })).rejects.toMatchObject({ code: 'catalog_items_invalid' });
			await store().change(A, (catalog) => removeItem(catalog, 'r'));
			await expect(store().change(A, (catalog) => removeItem(catalog, 'r'))).rejects.toMatchObject({ code: 'item_not_found' });
			expect([await skus(A), await subject().localVersion('com_a')]).toEqual([[], 3]);
		});

		test('new items go behind those of their kind', async () => {
			await importRows(A, ['Lamp,Bright,1,5', 'Bulb,Small,2,1']);
			await edit(A, { kind: 'service', sku: 's', name: 'Yoga', description: 'y' }, { kind: 'product', sku: '3', name: 'Cord', description: 'z' });
			expect(await skus(A)).toEqual(['1', '2', '3', 's']);
		});

		test('the items of one kind are read page by page, in order', async () => {
			await importRows(A, Array.from({ length: 1_100 }, (_, at) => `Lamp ${at},Bright,${at},5`));
			await edit(A, { kind: 'service', sku: 's', name: 'Yoga', description: 'y' });
			const of = (kind: 'product' | 'service') => store().read(A, async (catalog) => {
				const read: string[] = [];
				for await (const items of catalog.itemsOf(kind)) read.push(...items.map(({ sku }) => sku));
				return read;
			});
			expect(await of('product')).toEqual(Array.from({ length: 1_100 }, (_, at) => String(at)));
			expect(await of('service')).toEqual(['s']);
		});

		test('edits at the same time lose nothing', async () => {
			await edit(A, { sku: 'r', kind: 'product', name: 'Rose', description: 'Red' });
			await Promise.all([
				edit(A, { sku: 'r', price_cents: 400 }), edit(A, { sku: 'r', stock: 3 }), edit(A, { sku: 'r', category: 'Flowers' }), edit(A, { sku: 'n', kind: 'product', name: 'New', description: 'n' }),
			]);
			expect((await items(A)).find(({ sku }) => sku === 'r')).toMatchObject({ name: 'Rose', priceCents: 400, stock: 3, category: 'Flowers' });
			expect([await skus(A), await subject().localVersion('com_a')]).toEqual([['r', 'n'], 5]);
			await Promise.all(Array.from({ length: 12 }, (_, n) => edit(A, { sku: `m${n}`, kind: 'product', name: `Item ${n}`, description: 'x' })));
			expect([(await skus(A)).length, await subject().localVersion('com_a')]).toEqual([14, 17]);
		});

		test('imports at the same time each count as one: the last one stands', async () => {
			const reports = await Promise.all([importRows(A, ['Lamp,Bright,1,5']), importRows(A, ['Bulb,Small,2,1']), importRows(A, ['Cord,Long,3,2'])]);
			expect(reports.map(({ version }) => version).toSorted()).toEqual([1, 2, 3]);
			const last = reports.findIndex(({ version }) => version === 3);
			expect(await skus(A)).toEqual([['1', '2', '3'][last]]);
		});

		test('versions tell what each change did, and any kept one can be restored, and that undone', async () => {
			await importRows(A, ['Lamp,Bright,1,5', 'Bulb,Small,2,1']);
			await edit(A, { sku: '1', price_cents: 700 });
			await importRows(A, ['Bulb,Small,2,1', 'Vase,Blue,4,9']);
			const was = await items(A);
			expect(await store().change(A, (catalog) => restoreVersion(catalog, 2))).toMatchObject({ version: 4, cause: 'restore', restoredVersion: 2, inserted: 1, removed: 1 });
			expect((await items(A)).map(({ sku, priceCents }) => [sku, priceCents])).toEqual([['1', 700], ['2', 100]]);
			await store().change(A, (catalog) => restoreVersion(catalog, 3));
			expect(await items(A)).toEqual(was);
			await store().change(A, (catalog) => restoreVersion(catalog, 0));
			expect(await items(A)).toEqual([]);
			expect(await store().change(A, (catalog) => restoreVersion(catalog, 6))).toBeNull();
			await expect(store().change(A, (catalog) => restoreVersion(catalog, 7))).rejects.toMatchObject({ code: 'catalog_version_not_found', message: expect.stringContaining('Kept are 0 to 6') });
			const listed = await store().read(A, (catalog) => catalog.versions(3, undefined));
			expect(listed.map(({ version, cause, restoredVersion }) => [version, cause, restoredVersion])).toEqual([[6, 'restore', 0], [5, 'restore', 3], [4, 'restore', 2]]);
			expect((await store().read(A, (catalog) => catalog.versions(9, 4))).map(({ version, cause, inserted, changed, removed }) => [version, cause, inserted, changed, removed])).toEqual([[3, 'import', 1, 0, 1], [2, 'edit', 0, 1, 0], [1, 'import', 2, 0, 0]]);
		});

		test('twenty versions are kept', async () => {
			for (let n = 1; n <= 22; n++) await edit(A, n === 1 ? { sku: 'r', kind: 'product', name: 'Rose', description: 'Red', stock: n } : { sku: 'r', stock: n });
			expect(await store().read(A, (catalog) => catalog.oldestRestorable())).toBe(2);
			await store().change(A, (catalog) => restoreVersion(catalog, 2));
			expect((await items(A))[0]?.stock).toBe(2);
			const kept = await subject().rowsOf('com_a');
			for (let n = 1; n <= 3; n++) await edit(A, { sku: 'r', stock: 100 + n });
			expect(await subject().rowsOf('com_a')).toBe(kept);
		});

		test('items that show a file are found and unlinked', async () => {
			await put(A, [item('1', 'Lamp', { imageUrl: 'https://x/concierge/com_a/med_1.png' }), item('2', 'Bulb', { imageUrl: 'https://x/med_2.png', videoUrl: 'https://x/concierge/com_a/med_1.mp4' }), item('3', 'Cord')]);
			expect(await store().read(A, (catalog) => catalog.itemsShowing('concierge/com_a/med_1'))).toEqual([{ sku: '1', image: true, video: false }, { sku: '2', image: false, video: true }]);
			await store().change(A, (catalog) => unlinkFile(catalog, 'concierge/com_a/med_1'));
			expect((await items(A)).map(({ imageUrl, videoUrl }) => [imageUrl, videoUrl])).toEqual([['', ''], ['https://x/med_2.png', ''], ['', '']]);
			expect(await subject().localVersion('com_a')).toBe(2);
		});

		test('search: cities, kinds, typing errors and what was changed or removed', async () => {
			await put(A, [item('1', 'Букет из 20 роз', { cities: ['Валенсия', 'Oslo'] }), item('2', 'Rosa roja', { cities: ['València'] }), item('3', 'Tulipanes', { category: 'Été' }), { ...item('s', 'Rose care'), kind: 'service' }]);
			const found = async (...asked: [string, { kind?: 'product' | 'service'; city?: string; limit?: number }?]) => (await search(A, ...asked)).map(({ sku }) => sku);
			expect((await found('roses', { city: 'Валенсию' })).toSorted()).toEqual(['1', '2', 's']);
			expect(await found('tlipanes')).toEqual(['3']);
			expect(await found('ete')).toEqual(['3']);
			expect(await found('roses', { kind: 'service' })).toEqual(['s']);
			expect(await found('', { limit: 2 })).toEqual(['1', '2']);
			expect(await found('', { city: 'Oslo' })).toEqual(['1', '3', 's']);
			expect(await found('?!')).toEqual([]);
			await put(A, [item('3', 'Narcissus')], 'product');
			expect([await found('tulipanes'), await found('roses'), await found('narcissus')]).toEqual([[], ['s'], ['3']]);
		});

		test('search finds what is found in memory, in the same order, whatever the catalog and the query', async () => {
			const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 100_000));
			console.log(`seed ${seed} (SEED=${seed} repeats this run)`);
			const word = fc.constantFrom('rose', 'roses', 'rosa', 'rosemary', 'roza', 'tulip', 'tulips', 'red', 'rojo', 'vase', 'card', 'candles', 'chocolate', 'chocolates', 'букет', 'роза', 'розы', '20', '7', 'the', '花束', 'été');
			const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
			const rows = fc.array(fc.record({ name: text, category: text, description: text, city: fc.constantFrom('', 'Oslo', 'Валенсия') }), { minLength: 1, maxLength: 10 });
			const mistyped = fc.tuple(word, fc.nat()).map(([given, at]) => [...given].toSpliced(at % [...given].length, 1).join(''));
			const query = fc.array(fc.oneof(word, mistyped), { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
			await fc.assert(
				fc.asyncProperty(rows, fc.array(query, { minLength: 3, maxLength: 3 }), fc.constantFrom(undefined, 'València'), async (given, queries, city) => {
					const catalog = given.map(({ name: title, category, description, city: place }, index) => item(String(100 + index), title, { category, description, cities: place === '' ? [] : [place] }));
					await put(A, catalog, 'product');
					for (const asked of queries) {
						const options = { limit: 50, ...(city === undefined ? {} : { city }) };
						const inMemory = createCatalog(catalog).search(asked, options).map(({ item: { sku }, score }) => `${sku} ${score.toFixed(6)}`);
						expect({ asked, hits: (await search(A, asked, options)).map(({ sku, score }) => `${sku} ${score.toFixed(6)}`) }).toEqual({ asked, hits: inMemory });
					}
				}),
				{ numRuns: 25, seed },
			);
		});

		test('another tenant’s catalog can’t be read, searched, changed or restored; a company’s own other one is another', async () => {
			await put(B, [item('b', 'Rose of B')]);
			await put(A, [item('a', 'Rose of A')]);
			await put(A2, [item('a2', 'Rose of the other company'), item('a', 'The same sku')]);
			expect([await search(A, 'rose'), await search(B, 'rose')]).toMatchObject([[{ sku: 'a' }], [{ sku: 'b' }]]);
			for (const at of CROSSED) {
				await store().read(at, async (catalog) => {
					await expect(catalog.owner()).rejects.toMatchObject({ code: 'company_not_found' });
					const seen = [await catalog.page(9, undefined), [...(await catalog.bySku(['a', 'b'])).keys()], await catalog.search('rose', { limit: 9 }), await catalog.search('', { limit: 9 }), [...(await catalog.skusOfOtherKind('service'))], await catalog.versions(9, undefined), (await catalog.rowsSince(0)).removed];
					expect(seen).toEqual([[], [], [], [], [], [], []]);
					expect([await catalog.oldestRestorable(), await catalog.nextPosition('product'), await catalog.itemsShowing('')]).toEqual([null, 0, []]);
				});
				await expect(edit(at, { sku: 'x', kind: 'product', name: 'X', description: 'x' })).rejects.toMatchObject({ code: 'company_not_found' });
				await expect(importRows(at, ['X,x,x,1'])).rejects.toMatchObject({ code: 'company_not_found' });
				await expect(store().change(at, (catalog) => restoreVersion(catalog, 0))).rejects.toMatchObject({ code: 'company_not_found' });
				await subject().database.withTenant(at.tenantId, async (sql) => await expect(store().readerIn(sql, at.companyId).then((catalog) => catalog.owner())).rejects.toMatchObject({ code: 'company_not_found' }));
			}
			expect([await skus(A), await skus(A2), await skus(B)]).toEqual([['a'], ['a2', 'a'], ['b']]);
		});

		test('of a deleted company nothing is left, and of others everything', async () => {
			await importRows(A, ['Lamp,Bright,1,5']);
			await put(A2, [item('1', 'Lamp')]);
			expect(await subject().rowsOf('com_a')).toBeGreaterThan(3);
			await subject().database.withTenant('ten_a', async (sql) => {
				await store().forget(sql, 'ten_a', ['com_a']);
				await sql.query('DELETE FROM companies WHERE id = $1', ['com_a']);
			});
			await store().erase('ten_a', ['com_a']);
			await store().erase('ten_b', ['com_a2']);
			expect([await subject().rowsOf('com_a'), await skus(A2), (await search(A2, 'lamp')).length]).toEqual([0, ['1'], 1]);
		});
	});
}
