import { afterAll, beforeAll } from 'vitest';
import type { TestProject } from '../../sandbox/src/supabase/test-support.ts';
import { catalogStoreContract, type CatalogStoreSubject } from '../contracts/catalog-store.ts';
import { platformDatabase, postgresSubject, setUpTestProject, supabaseSubject } from './stores.ts';

let db: Awaited<ReturnType<typeof platformDatabase>>;
let project: TestProject;
let postgres: CatalogStoreSubject;
let supabase: CatalogStoreSubject;

beforeAll(async () => {
	[db, project] = await Promise.all([platformDatabase(), setUpTestProject()]);
	postgres = postgresSubject(db);
	supabase = supabaseSubject(db, project);
});
afterAll(async () => {
	await project.close();
	await db.close();
});

catalogStoreContract('PostgreSQL', () => postgres);
catalogStoreContract('Supabase', () => supabase);
