import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT } from '../../sandbox/src/supabase/project.ts';
import { tokenOf, type TestProject } from '../../sandbox/src/supabase/test-support.ts';
import { createSupabaseClient } from '../../provisioner/src/vendors/supabase/client.ts';
import { editItems } from '../../provisioner/src/features/catalog/edit-items.ts';
import type { CatalogStoreSubject } from '../contracts/catalog-store.ts';
import { platformDatabase, settingsOf, setUpTestProject, SETUP_SQL, supabaseSubject, TABLES } from './stores.ts';

/** What a token of tenant A can do to B in the project, past the platform: nothing. With the vendor's own client. */
let db: Awaited<ReturnType<typeof platformDatabase>>;
let project: TestProject;
let subject: CatalogStoreSubject;
let before: Record<string, unknown>[];

const BATCH = '00000000-0000-4000-8000-000000000001';
const clientWith = (token: string | null) => createClient(project.url, PROJECT.publishableKey, { auth: { persistSession: false, autoRefreshToken: false }, accessToken: () => Promise.resolve(token) });
const a = () => clientWith(tokenOf({ tenant_id: 'ten_a' }));
/** Everything that belongs to B, as text. */
const ofB = async () => (await Promise.all(TABLES.map((table) => project.editor(`SELECT '${table}' AS in, t::text AS row FROM ${table} t WHERE tenant_id = 'ten_b' ORDER BY 2`)))).flat();

/** Arguments with which each function would tell or change something of B's, if it could. */
const CALLS: Readonly<Record<string, Record<string, unknown>>> = {
	current_tenant: {},
	catalog_page: { company: 'com_b', most: 9 },
	catalog_items_by_sku: { company: 'com_b', skus: ['rose'] },
	catalog_skus_of_other_kind: { company: 'com_b', than: 'service' },
	catalog_items_showing: { company: 'com_b', file: '' },
	removed_from_catalog: { company: 'com_b', incoming: BATCH, removes_kind: 'product', removes: ['rose'] },
	plan_for_incoming: { company: 'com_b', incoming: BATCH, removes_kind: 'product' },
	compare_catalog: { company: 'com_b', incoming: BATCH, removes_kind: 'product', removes: ['rose'] },
	store_catalog: { company: 'com_b', incoming: BATCH, expected: null, next: 9, removes_kind: 'product', removes: ['rose'], cause: 'import', restored: null, keep: 0 },
	drop_catalog_rows: { company: 'com_b', incoming: BATCH },
	catalog_changes_since: { company: 'com_b', since: 0, most: 9 },
	typing_errors: { a: 'rose', b: 'rsoe' },
	catalog_word_meanings: { company: 'com_b', key: 'ros', is_number: false },
	any_word: { words: ["'rose'"], weights: 'A' },
	search_catalog: { company: 'com_b', asked: ['rose'], keys: ['ros'], numbers: [false], wanted_kind: null, wanted_places: null, most: 9 },
	find_catalog_items: { company: 'com_b', asked: ['rose'], keys: ['ros'], numbers: [false], wanted_kind: null, wanted_places: null, most: 9 },
	first_catalog_items: { company: 'com_b', wanted_kind: null, wanted_places: null, most: 9 },
	index_catalog_items: { company: 'com_b', computed: [{ sku: 'rose', updated_at: '2030-01-01', words: "'x'", name_terms: 1, places: [] }] },
	erase_catalog: { company: 'com_b' },
};
/** What functions say that is nobody's secret. */
const TELLS: Readonly<Record<string, unknown>> = { current_tenant: 'ten_a', typing_errors: 1, any_word: "'rose':A" };

beforeAll(async () => {
	[db, project] = await Promise.all([platformDatabase(), setUpTestProject()]);
	subject = supabaseSubject(db, project);
	await subject.empty();
	await subject.store.change({ tenantId: 'ten_b', companyId: 'com_b' }, (catalog) => editItems(catalog, [{ sku: 'rose', kind: 'product', name: 'Rose', description: 'Secret of B' }]));
	await subject.store.change({ tenantId: 'ten_b', companyId: 'com_b' }, (catalog) => editItems(catalog, [{ sku: 'rose', price_cents: 500 }]));
	await project.editor(
		`INSERT INTO catalog_incoming (tenant_id, company_id, batch, sku, kind, name, position, item, words, name_terms, places) VALUES ('ten_b', 'com_b', '${BATCH}', 'new', 'product', 'New', 0, '{}', '', 0, '{}')`,
	);
	before = await ofB();
});
afterAll(async () => {
	await project.close();
	await db.close();
});

describe('a token of tenant A', () => {
	test('there is something to see, change and take', () => {
		expect(new Set(before.map((row) => row['in']))).toEqual(new Set(TABLES));
	});

	test.each(TABLES)('reads, inserts, changes and deletes nothing of B’s in %s', async (table) => {
		const [row] = before.filter((one) => one['in'] === table);
		expect(row).toBeDefined();
		const { data: columns } = await clientWith(tokenOf({ tenant_id: 'ten_b' })).from(table).select().limit(1).single();
		expect(await a().from(table).select()).toMatchObject({ data: [], error: null });
		expect(await a().from(table).select('*', { count: 'exact', head: true }).eq('tenant_id', 'ten_b')).toMatchObject({ count: 0 });
		expect(await a().from(table).insert({ ...columns, company_id: 'com_new' })).toMatchObject({ status: 403, error: { code: '42501' } });
		expect(await a().from(table).upsert(columns)).toMatchObject({ status: 403, error: { code: '42501' } });
		expect(await a().from(table).update({ company_id: 'com_a' }).neq('tenant_id', 'x').select()).toMatchObject({ data: [], error: null });
		expect(await a().from(table).delete().neq('tenant_id', 'x').select()).toMatchObject({ data: [], error: null });
		expect(await ofB()).toEqual(before);
	});

	test('can’t give its own rows to B', async () => {
		await a().from('catalog_heads').insert({ tenant_id: 'ten_a', company_id: 'com_mine' });
		expect(await a().from('catalog_heads').update({ tenant_id: 'ten_b' }).eq('company_id', 'com_mine')).toMatchObject({ status: 403, error: { code: '42501' } });
	});

	test('with B’s company under its own name it takes none of B’s keys', async () => {
		expect(await a().from('catalog_items').insert({ tenant_id: 'ten_a', company_id: 'com_b', sku: 'rose', kind: 'product', name: 'Mine' })).toMatchObject({ status: 201 });
		expect((await clientWith(tokenOf({ tenant_id: 'ten_b' })).rpc('catalog_page', { company: 'com_b', most: 9 })).data).toMatchObject([{ item: { description: 'Secret of B' } }]);
		await a().from('catalog_items').delete().eq('company_id', 'com_b');
		expect(await ofB()).toEqual(before);
	});

	test('calls no function that tells or changes anything of B’s: of all that there are', async () => {
		const functions = await project.editor<{ name: string }>(`SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1`);
		const ours = functions.filter(({ name }) => SETUP_SQL.includes(`FUNCTION ${name}(`)).map(({ name }) => name);
		expect(ours).toEqual(Object.keys(CALLS).toSorted());
		for (const name of ours) {
			const { data, error } = await a().rpc(name, CALLS[name] ?? {});
			expect({ name, error, tells: JSON.stringify(data ?? null).includes('ecret') || JSON.stringify(data ?? null).includes('rose":') }).toEqual({ name, error: null, tells: false });
			if (name in TELLS) expect(data).toEqual(TELLS[name]);
			else if (name === 'compare_catalog') expect(data).toEqual([{ inserted: 0, changed: 0, unchanged: 0, moved: 0, removed: 0 }]);
			else if (name === 'catalog_word_meanings') expect(data).toMatchObject({ meant: null, items: null });
			else expect({ name, data: data ?? [] }).toEqual({ name, data: [] });
			expect({ name, rows: await ofB() }).toEqual({ name, rows: before });
		}
	});
});

describe('without a tenant’s token', () => {
	test('the publishable key alone opens nothing, and a token without a tenant no row', async () => {
		for (const table of TABLES) {
			expect(await clientWith(null).from(table).select()).toMatchObject({ status: 401, error: { code: '42501' } });
			expect(await clientWith(tokenOf({})).from(table).select()).toMatchObject({ data: [], error: null });
			expect(await clientWith(tokenOf({ tenant_id: '' })).from(table).insert({ tenant_id: null, company_id: 'x' })).toMatchObject({ data: null, error: { code: expect.stringMatching(/^(42501|23502)$/) } });
		}
		for (const [name, args] of Object.entries(CALLS)) expect({ name, ...(await clientWith(null).rpc(name, args)) }).toMatchObject({ name, status: 401, error: { code: '42501' } });
		expect(await ofB()).toEqual(before);
	});

	test('nor does a token that others have signed', async () => {
		const forged = createSupabaseClient({ ...settingsOf(project), jwtSecret: 'x'.repeat(40) }).forTenant('ten_b');
		await expect(forged.upsert('catalog_heads', [{ tenant_id: 'ten_b', company_id: 'com_b' }], 'tenant_id,company_id')).rejects.toMatchObject({ code: 'supabase_refused', vendorStatus: 401, vendorCode: 'PGRST301' });
	});
});

describe('the set-up file', () => {
	test('run again it keeps what is there, and grants anon nothing and authenticated what is meant', async () => {
		await project.editor('GRANT ALL ON catalog_items TO anon');
		// As it was before: a check for each row that a file changes.
		await project.editor('ALTER TABLE catalog_changes ADD FOREIGN KEY (tenant_id, company_id, version) REFERENCES catalog_versions ON DELETE CASCADE');
		await project.editor(SETUP_SQL);
		expect(await ofB()).toEqual(before);
		const grants = await project.editor<{ grantee: string; table: string; rights: string }>(
			`SELECT grantee, table_name AS table, string_agg(privilege_type, ',' ORDER BY privilege_type) AS rights FROM information_schema.role_table_grants
			 WHERE table_schema = 'public' AND grantee IN ('anon', 'authenticated', 'PUBLIC') GROUP BY 1, 2 ORDER BY 2`,
		);
		expect(grants).toEqual([...TABLES].toSorted().map((table) => ({ grantee: 'authenticated', table, rights: 'DELETE,INSERT,SELECT,UPDATE' })));
		expect(await project.editor(`SELECT conname FROM pg_constraint WHERE conrelid = 'catalog_changes'::regclass AND contype = 'f'`)).toEqual([]);
		const unsafe = await project.editor(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity`);
		expect(unsafe).toEqual([]);
	});
});
