import { readFileSync } from 'node:fs';
import { inject, vi } from 'vitest';
import { createPostgresStore } from '../../provisioner/src/features/catalog/postgres-store.ts';
import { createCatalogStore } from '../../provisioner/src/features/catalog/open-store.ts';
import type { SupabaseSettings } from '../../provisioner/src/vendors/supabase/client.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { PROJECT } from '../../sandbox/src/supabase/project.ts';
import { startTestProject, type TestProject } from '../../sandbox/src/supabase/test-support.ts';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import type { CatalogStoreSubject } from '../contracts/catalog-store.ts';

export const SETUP_SQL = readFileSync(new URL('../../provisioner/supabase/setup.sql', import.meta.url), 'utf8');
export const TABLES = ['catalog_heads', 'catalog_items', 'catalog_words', 'catalog_versions', 'catalog_changes', 'catalog_incoming'] as const;

const TENANTS = `INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`;
const COMPANIES = `INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_a2', 'ten_a', 'A2', 'hybrid'), ('com_b', 'ten_b', 'B', 'hybrid')`;

/** The platform's database with tenants A and B and their companies. */
export async function platformDatabase(): Promise<TestDatabase & { empty(): Promise<void> }> {
	const db = await createTestDatabase();
	await db.asOwner(TENANTS);
	return {
		...db,
		async empty() {
			await db.asOwner('DELETE FROM companies');
			await db.asOwner('DELETE FROM catalog_erasures');
			await db.asOwner(COMPANIES);
		},
	};
}

export function settingsOf(project: TestProject): SupabaseSettings {
	return { url: project.url, publishableKey: PROJECT.publishableKey, jwtSecret: PROJECT.jwtSecret };
}

/** A new project in which the set-up file was run, and whose API knows it. */
export async function setUpTestProject(): Promise<TestProject> {
	const project = await startTestProject(inject('postgresUrl'));
	await project.editor(SETUP_SQL);
	await vi.waitFor(async () => {
		const response = await fetch(`${project.url}/rest/v1/catalog_heads`, { headers: { apikey: PROJECT.publishableKey } });
		if (((await response.json()) as { code?: string }).code !== '42501') throw new Error('The API has not read the schema yet.');
	});
	return project;
}

export function postgresSubject(db: Awaited<ReturnType<typeof platformDatabase>>): CatalogStoreSubject {
	return {
		store: createPostgresStore({ database: db.database, log: createTestLog().log }),
		database: db.database,
		empty: () => db.empty(),
		rowsOf: (company) => countRows((text) => db.asOwner(text, [company]), TABLES.filter((table) => table !== 'catalog_heads')),
		localVersion: (company) => localVersion(db, company),
	};
}

export function supabaseSubject(db: Awaited<ReturnType<typeof platformDatabase>>, project: TestProject): CatalogStoreSubject {
	return {
		store: createCatalogStore({ database: db.database, supabase: settingsOf(project), log: createTestLog().log, now: () => new Date() }),
		database: db.database,
		async empty() {
			await db.empty();
			await project.editor(TABLES.map((table) => `DELETE FROM ${table};`).reverse().join(''));
			await project.editor('DELETE FROM catalog_heads');
		},
		rowsOf: (company) => countRows((text) => project.editor(text, [company]), TABLES),
		localVersion: (company) => localVersion(db, company),
	};
}

async function countRows(query: (text: string) => Promise<Record<string, unknown>[]>, tables: readonly string[]): Promise<number> {
	const [row] = await query(`SELECT ${tables.map((table) => `(SELECT count(*) FROM ${table} WHERE company_id = $1)`).join(' + ')} AS rows`);
	return Number(row?.['rows']);
}

async function localVersion(db: TestDatabase, company: string): Promise<number> {
	const [row] = await db.asOwner<{ version: number }>('SELECT catalog_version AS version FROM companies WHERE id = $1', [company]);
	return Number(row?.version);
}
