import type { Logger } from 'pino';
import type { Database } from '../../store/database.ts';
import { createSupabaseClient, type SupabaseSettings } from '../../vendors/supabase/client.ts';
import type { CatalogStore } from './catalog-store.ts';
import { createPostgresStore } from './postgres-store.ts';
import { createSupabaseStore } from './supabase-store.ts';

/** Supabase where it is configured, else the platform's own PostgreSQL. */
export function createCatalogStore(deps: { database: Database; supabase: SupabaseSettings | undefined; log: Logger; now: () => Date }): CatalogStore {
	const { database, supabase, log, now } = deps;
	return supabase === undefined ? createPostgresStore({ database, log }) : createSupabaseStore({ database, client: createSupabaseClient(supabase, now), log });
}
