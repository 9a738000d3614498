import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { emptyItem, type Item } from '../../../../core/catalog/item.ts';
import { createCatalog } from '../../../../core/catalog/search.ts';
import { createTestDatabase, type TestDatabase } from '../../../../test/database.ts';
import { indexItems } from './reindex.ts';
import { bringRows, storeRows } from './repository.ts';
import { searchItems } from './search.ts';

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_a2', 'ten_a', 'A2', 'hybrid'), ('com_b', 'ten_b', 'B', 'hybrid')`);
});
afterAll(async () => await db.close());
beforeEach(async () => {
	for (const table of ['catalog_items', 'catalog_words', 'catalog_versions']) await db.asOwner(`DELETE FROM ${table}`);
});

async function store(tenantId: string, companyId: string, items: readonly Item[]): Promise<void> {
	await db.database.withTenant(tenantId, async (sql) => {
		await bringRows(sql, { tenantId, companyId }, items.map((item, position) => ({ item, position })));
		await storeRows(sql, companyId, { othersOfKind: 'product' }, { cause: 'import' });
	});
}
const found = async (query: string, options: { kind?: 'product' | 'service'; city?: string; limit?: number } = {}, [tenant, company] = ['ten_a', 'com_a']) =>
	await db.database.withTenant(tenant ?? '', (sql) => searchItems(sql, company ?? '', query, { limit: 12, ...options }));
const skus = async (...asked: Parameters<typeof found>) => (await found(...asked)).map(({ item }) => item.sku);
const item = (sku: string, name: string, fields: Partial<Item> = {}): Item => ({ ...emptyItem(sku, 'product', name), description: 'x', ...fields });

const SHOP = [
	item('1', 'Букет из 20 роз', { category: 'Flores', cities: ['Валенсия', 'Oslo'] }),
	item('2', 'Rosa roja', { description: 'Una rosa fresca', cities: ['València'] }),
	item('3', 'Tulipanes amarillos', { tags: ['primavera'] }),
	item('4', 'Greeting card', { attributes: { Colour: 'turquoise' }, online: true }),
	item('5', 'Vase', { description: 'For twenty roses', contactFields: { supplier_contact: 'Zaragoza', supplier_company_services: '', warehouse_address: '', specialist_contact: '' } }),
	item('6', 'شال حرير 🌹', { category: 'Été' }),
];

describe('search in the database', () => {
	test.each([
		['roses', ['2', '1', '5']],
		['РОЗЫ', ['2', '1', '5']],
		['ROSA', ['2', '1', '5']],
		['tulpanes', ['3']],
		['tlipanes', ['3']],
		['turquoise', ['4']],
		['ete', ['6']],
		['حرير', ['6']],
		['zaragoza', []],
		['20 roses', ['1', '2']],
		['?!', []],
		['', ['1', '2', '3', '4', '5', '6']],
	])('finds %j', async (query, expected) => {
		await store('ten_a', 'com_a', SHOP);
		expect(await skus(query)).toEqual(expected);
		expect(createCatalog(SHOP).search(query).map(({ item: { sku } }) => sku)).toEqual(expected);
	});

	test('a city, a kind and a limit narrow it', async () => {
		await store('ten_a', 'com_a', [...SHOP, { ...item('s', 'Rose care'), kind: 'service' as const }]);
		expect(await skus('roses', { city: 'Валенсию' })).toEqual(['2', 's', '1', '5'].filter((sku) => createCatalog([...SHOP, { ...item('s', 'Rose care'), kind: 'service' as const }]).search('roses', { city: 'Валенсию' }).some(({ item: hit }) => hit.sku === sku)));
		expect(await skus('roses', { kind: 'service' })).toEqual(['s']);
		expect(await skus('roses', { limit: 1 })).toHaveLength(1);
		expect(await skus('', { city: 'Oslo' })).toEqual(['1', '3', '4', '5', '6', 's']);
	});

	test('another tenant’s items and another company’s are never found', async () => {
		await store('ten_a', 'com_a', SHOP);
		await store('ten_a', 'com_a2', [item('x', 'Rose of the other company')]);
		await store('ten_b', 'com_b', [item('y', 'Rose of B')]);
		expect(await skus('rose', {}, ['ten_b', 'com_b'])).toEqual(['y']);
		expect(await skus('rose', {}, ['ten_a', 'com_a2'])).toEqual(['x']);
		expect(await skus('rose', {}, ['ten_b', 'com_a'])).toEqual([]);
		// The function that runs as the owner gives no skus either.
		const direct = await db.database.withTenant('ten_b', (sql) => sql.query('SELECT * FROM search_catalog($1, $2, $3, $4, NULL, NULL, 10)', ['com_a', ['rosa'], ['ros'], [false]]));
		expect(direct.rows).toEqual([]);
		expect((await db.database.system.query('SELECT * FROM search_catalog($1, $2, $3, $4, NULL, NULL, 10)', ['com_a', ['rosa'], ['ros'], [false]])).rows).toEqual([]);
	});

	test('what was changed or removed is not found by what it was', async () => {
		await store('ten_a', 'com_a', SHOP);
		await store('ten_a', 'com_a', [item('3', 'Narcissus'), item('7', 'Tulipes')]);
		expect(await skus('tulipanes')).toEqual(['7']);
		expect((await db.asOwner<{ word: string }>(`SELECT word FROM catalog_words WHERE company_id = 'com_a' ORDER BY word`)).map(({ word }) => word)).toEqual(['narsis', 'tulip', 'x']);
	});

	test('what was stored before search was here is found once it is indexed, and its words are forgotten like others', async () => {
		await store('ten_a', 'com_a', SHOP);
		const words = () => db.asOwner('SELECT word, items FROM catalog_words ORDER BY word');
		const before = await words();
		await db.asOwner(`UPDATE catalog_items SET words = NULL, name_terms = 0, places = '{}'`);
		await db.asOwner('DELETE FROM catalog_words');
		expect(await skus('roses')).toEqual([]);
		expect(await indexItems(db.database, () => false)).toBe(SHOP.length);
		expect(await skus('roses')).toEqual(['2', '1', '5']);
		expect(await words()).toEqual(before);
		expect(await indexItems(db.database, () => false)).toBe(0);
		await store('ten_a', 'com_a', []);
		expect(await words()).toEqual([]);
	});

	test('finds what is found in memory, in the same order, whatever the catalog and the query', async () => {
		const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 100_000));
		console.log(`seed ${seed} (SEED=${seed} repeats this run)`);
		const word = fc.constantFrom('rose', 'roses', 'rosa', 'rosemary', 'roza', 'tulip', 'tulips', 'tulipanes', 'red', 'rojo', 'blue', 'vase', 'vases', 'card', 'cards', 'candle', 'candles', 'chocolate', 'chocolates', 'букет', 'роза', 'розы', '20', '7', 'small', 'the', '花束', 'été');
		const text = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
		const items = fc.array(fc.record({ name: text, category: text, description: text, colour: text, city: fc.constantFrom('', 'Oslo', 'Валенсия') }), { minLength: 1, maxLength: 12 });
		const mistyped = fc.tuple(word, fc.nat(), fc.constantFrom('swap', 'drop', 'double', 'replace')).map(([given, at, how]) => {
			const letters = [...given];
			const index = at % letters.length;
			if (how === 'drop') letters.splice(index, 1);
			else if (how === 'double') letters.splice(index, 0, letters[index] ?? '');
			else if (how === 'replace') letters[index] = 'q';
			else [letters[index], letters[index + 1]] = [letters[index + 1] ?? '', letters[index] ?? ''];
			return letters.join('');
		});
		const query = fc.array(fc.oneof(word, mistyped), { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
		await fc.assert(
			fc.asyncProperty(items, fc.array(query, { minLength: 4, maxLength: 4 }), fc.constantFrom(undefined, 'València'), async (rows, queries, city) => {
				const catalog = rows.map(({ name, category, description, colour, city: place }, index) => item(String(100 + index), name, { category, description, attributes: { colour }, cities: place === '' ? [] : [place] }));
				await store('ten_a', 'com_a', catalog);
				const inMemory = createCatalog(catalog);
				for (const asked of queries) {
					const options = { limit: 50, ...(city === undefined ? {} : { city }) };
					const round = (hits: readonly { item: Item; score: number }[]) => hits.map(({ item: { sku }, score }) => `${sku} ${score.toFixed(6)}`);
					expect({ asked, hits: round(await found(asked, options)) }).toEqual({ asked, hits: round(inMemory.search(asked, options)) });
				}
			}),
			{ numRuns: 60, seed },
		);
	});
});
