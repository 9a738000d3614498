import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';

let db: TestDatabase;
beforeAll(async () => {
	db = await createTestDatabase();
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'product'), ('com_b', 'ten_b', 'B', 'product')`);
});
afterAll(() => db.close());

test('a query without WHERE sees one tenant only, and none outside a tenant', async () => {
	const ids = (tenant: string) =>
		db.database.withTenant(tenant, async (sql) => (await sql.query<{ id: string }>('SELECT id FROM companies')).rows.map((row) => row.id));
	expect(await ids('ten_a')).toEqual(['com_a']);
	expect(await ids('ten_b')).toEqual(['com_b']);
	expect((await db.database.system.query('SELECT id FROM companies')).rows).toEqual([]);
});

test('a row of another tenant can be neither written nor changed', async () => {
	await expect(
		db.database.withTenant('ten_a', (sql) => sql.query(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_x', 'ten_b', 'X', 'product')`)),
	).rejects.toThrow(/row-level security/);
	const changed = await db.database.withTenant('ten_a', (sql) => sql.query(`UPDATE companies SET name = 'stolen' WHERE id = 'com_b'`));
	expect(changed.rowCount).toBe(0);
});

test('every table with a tenant_id has row-level security', async () => {
	const open = await db.asOwner<{ table_name: string }>(
		`SELECT c.table_name FROM information_schema.columns c JOIN pg_class k ON k.relname = c.table_name AND k.relkind = 'r'
		 WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND NOT k.relrowsecurity`,
	);
	expect(open).toEqual([]);
});

test('notifications come again after the listening connection was lost', async () => {
	const heard: string[] = [];
	await db.database.listen('test_channel', (payload) => heard.push(payload));
	await db.asOwner(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`);
	const deadline = Date.now() + 10_000;
	while (heard.length === 0 && Date.now() < deadline) {
		await db.asOwner(`SELECT pg_notify('test_channel', 'again')`);
		await setTimeout(50);
	}
	expect(heard[0]).toBe('again');
});
