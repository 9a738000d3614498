import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { SupabaseError, type SupabaseClient, type SupabaseTenant } from '../../vendors/supabase/client.ts';
import { KEPT_VERSIONS, type CatalogAddress, type CatalogOwner, type CatalogReader, type CatalogStore, type CatalogWriter, type Removal, type RowToStore } from './catalog-store.ts';
import { createErasures } from './erasures.ts';
import { catalogVersion, readOwner } from './repository.ts';
import { searchColumns } from './search-columns.ts';
import { changedMeanwhile, headOf, supabaseReader } from './supabase-rows.ts';

/** Others' changes are seen after so long. */
const FRESH_MS = 30_000;
/** A change that met another one is made again, so many times. */
const ATTEMPTS = 5;
/** Parts of a file, of so many rows, that are on their way at once, and in memory: the next ones are read meanwhile. */
const UPLOADS_AT_ONCE = 3;
const ROWS_OF_A_PART = 500;
/** The longest that a project's API takes, and the way there. https://supabase.com/docs/guides/database/postgres/timeouts */
const LONG_CALL_MS = 65_000;
/** No row of a change is sent later: what a deleted company's catalog still gets is erased after SETTLED_MS (erasures.ts), which is longer. */
const LONGEST_CHANGE_MS = 10 * 60_000;

const changes = z.object({ inserted: z.number(), changed: z.number(), unchanged: z.number(), removed: z.number() });
const stored = z.object({ version: z.number(), inserted: z.number(), changed: z.number(), removed: z.number(), created_at: z.coerce.date() });

/**
 * Catalogs in a Supabase project (provisioner/supabase/setup.sql), each request with a token of its tenant. Companies stay in the platform's
 * database, whose connections are not held while Supabase is asked (but by `readerIn`, for a turn). A change is made for the state that it found; where another came
 * first, it is made again.
 */
export function createSupabaseStore({ database, client, log }: { database: Database; client: SupabaseClient; log: Logger }): CatalogStore {
	const readerOf = (at: CatalogAddress): CatalogReader => ({
		...supabaseReader(translated(client.forTenant(at.tenantId)), at.companyId, log),
		owner: () => database.withTenant(at.tenantId, (sql) => readOwner(sql, at.companyId)),
	});
	const eraseOne = (tenantId: string, company: string) => translated(client.forTenant(tenantId)).call('erase_catalog', { company }, z.null(), LONG_CALL_MS);
	const turns = createTurnTaking();
	const erasures = createErasures({ database, erase: eraseOne, log });

	async function attempt<T>(at: CatalogAddress, owner: CatalogOwner, localVersion: number, work: (catalog: CatalogWriter) => Promise<T>): Promise<{ result: T; version: number | null }> {
		const db = translated(client.forTenant(at.tenantId));
		const company = at.companyId;
		const incoming = randomUUID();
		const endsAt = performance.now() + LONGEST_CHANGE_MS;
		const before = await headOf(db, company);
		let version: number | null = null;
		let brought = false;
		const asked = ({ othersOfKind, skus }: Removal) => ({ company, incoming, removes_kind: othersOfKind ?? null, removes: skus ?? [] });
		const drop = async () => void (await db.call('drop_catalog_rows', { company, incoming }, z.null(), LONG_CALL_MS));
		const writer: CatalogWriter = {
			...readerOf(at),
			owner: () => Promise.resolve(owner),
			version: () => Promise.resolve(before.version),
			async bring(rows) {
				await eachOf(partsOf(rows), UPLOADS_AT_ONCE, async (some) => {
					if (performance.now() > endsAt) throw unavailable(`The change was not finished within ${LONGEST_CHANGE_MS / 60_000} minutes.`);
					brought = true;
					await db.upsert('catalog_incoming', some.map((row) => incomingRow(at, incoming, row)), 'tenant_id,company_id,batch,sku');
				});
			},
			drop,
			compare: (removal) => db.call('compare_catalog', asked(removal), z.array(changes).length(1).transform(([only]) => changes.parse(only)), LONG_CALL_MS),
			async store(removal, { cause, restoredVersion }) {
				// A file replaces whatever is there; an edit was made of what was read.
				const expected = cause === 'import' ? null : before.stamp;
				const [made] = await db.call(
					'store_catalog', { ...asked(removal), expected, next: localVersion + 1, cause, restored: restoredVersion ?? null, keep: KEPT_VERSIONS }, z.array(stored).max(1), LONG_CALL_MS,
				);
				brought = false;
				if (made === undefined) return null;
				version = made.version;
				const { created_at: createdAt, ...counts } = made;
				return { ...counts, createdAt, cause, ...(restoredVersion === undefined ? {} : { restoredVersion }) };
			},
		};
		try {
			return { result: await work(writer), version };
		} catch (error) {
			// What could not be taken away either is taken by the next change after a day, or with the company.
			if (brought) await drop().catch((failure: unknown) => log.warn({ company, reason: failure instanceof Error ? failure.message : String(failure) }, 'rows of a change that failed are still in the store'));
			throw error;
		}
	}

	async function make<T>(at: CatalogAddress, work: (catalog: CatalogWriter) => Promise<T>): Promise<T> {
		const known = await database.withTenant(at.tenantId, async (sql) => ({ owner: await readOwner(sql, at.companyId), version: await catalogVersion(sql, at.companyId) }));
		for (let n = 1; ; n++) {
			try {
				const { result, version } = await attempt(at, known.owner, known.version, work);
				if (version !== null) await database.withTenant(at.tenantId, (sql) => noteVersion(sql, at.companyId, version));
				return result;
			} catch (error) {
				if (!(error instanceof AppError) || error.code !== 'catalog_changed_meanwhile' || n >= ATTEMPTS) throw error;
			}
		}
	}

	return {
		name: 'supabase',
		freshMs: FRESH_MS,
		start: () => erasures.start(),
		stop: () => erasures.stop(),
		read: (at, work) => work(readerOf(at)),
		readerIn: async (sql, companyId) => readerOf({ tenantId: (await readOwner(sql, companyId)).tenantId, companyId }),
		async change(at, work, options) {
			const made = () => make(at, work);
			// A file may take minutes, and needs nobody's turn: it replaces whatever is there.
			return await (options?.isLong === true ? made() : turns.after(`${at.tenantId} ${at.companyId}`, made));
		},
		forget: (sql, tenantId, companyIds) => erasures.forget(sql, tenantId, companyIds),
		async erase(tenantId, companyIds) {
			for (const company of companyIds) await eraseOne(tenantId, company);
			return companyIds;
		},
	};
}

/** Catalogs in memory are of an older version from here on, in every process. @throws AppError `company_not_found` (404): it was deleted meanwhile, and what was stored goes with it */
async function noteVersion(sql: Sql, companyId: string, version: number): Promise<void> {
	const { rowCount } = await sql.query('UPDATE companies SET catalog_version = greatest(catalog_version, $2) WHERE id = $1', [companyId, version]);
	if (!rowCount) throw missing('company', companyId);
}

function incomingRow({ tenantId, companyId }: CatalogAddress, batch: string, { item, position }: RowToStore): Record<string, unknown> {
	return { tenant_id: tenantId, company_id: companyId, batch, sku: item.sku, kind: item.kind, name: item.name, position, item, ...searchColumns(item) };
}

async function* partsOf(rows: Iterable<RowToStore> | AsyncIterable<RowToStore>): AsyncGenerator<readonly RowToStore[]> {
	let part: RowToStore[] = [];
	for await (const row of rows) {
		if (part.push(row) < ROWS_OF_A_PART) continue;
		yield part;
		part = [];
	}
	if (part.length > 0) yield part;
}

/** Does `work` for every value, for `most` at a time; no value is asked for before there is a place for it. @throws the first error, when nothing that had begun goes on any more */
async function eachOf<T>(values: AsyncGenerator<T>, most: number, work: (value: T) => Promise<void>): Promise<void> {
	const takeTurns = async () => {
		// Who fails ends the values for the others, too.
		for await (const value of values) await work(value);
	};
	const ends = await Promise.allSettled(Array.from({ length: most }, takeTurns));
	const failed = ends.find((end) => end.status === 'rejected');
	if (failed !== undefined) throw failed.reason;
}

/** One after the other for each key, in this process: what would only meet in the store, and be made again, waits here instead. */
function createTurnTaking() {
	const last = new Map<string, Promise<unknown>>();
	return {
		async after<T>(key: string, work: () => Promise<T>): Promise<T> {
			// Whoever was before may have failed; that is theirs.
			const mine = (last.get(key) ?? Promise.resolve()).then(work, work);
			last.set(key, mine);
			try {
				return await mine;
			} finally {
				if (last.get(key) === mine) last.delete(key);
			}
		},
	};
}

/** The vendor's errors in the words of catalogs. */
function translated(db: SupabaseTenant): SupabaseTenant {
	const translating = async <T>(work: Promise<T>): Promise<T> => {
		try {
			return await work;
		} catch (error) {
			throw error instanceof SupabaseError ? catalogError(error) : error;
		}
	};
	return {
		call: (name, args, answer, timeoutMs) => translating(db.call(name, args, answer, timeoutMs)),
		rows: (table, columns, query, row) => translating(db.rows(table, columns, query, row)),
		upsert: (table, rows, onConflict) => translating(db.upsert(table, rows, onConflict)),
	};
}

/** Our own word for it, and PostgreSQL's when two changes wait for each other, or fail to come one after the other. */
const MET_ANOTHER = new Set(['PT409', '40P01', '40001']);
/** What setup.sql makes, and isn't there. */
const NOT_SET_UP = new Set(['PGRST202', 'PGRST204', 'PGRST205', '42P01', '42703', '42883']);

function catalogError(error: SupabaseError): AppError {
	if (MET_ANOTHER.has(error.vendorCode)) return changedMeanwhile();
	if (NOT_SET_UP.has(error.vendorCode)) {
		return new AppError('catalog_store_not_set_up', `The Supabase project lacks what catalogs need (${error.message}). Run provisioner/supabase/setup.sql in its SQL editor.`, { status: 503, cause: error });
	}
	if (error.vendorStatus === 401 || error.vendorStatus === 403) {
		return new AppError('catalog_store_refused', `Supabase refuses the platform (${error.message}). Check SUPABASE_PUBLISHABLE_KEY and SUPABASE_JWT_SECRET, and that provisioner/supabase/setup.sql was run.`, { status: 503, cause: error });
	}
	if (error.outcome !== 'refused' || (error.vendorStatus ?? 500) >= 500) return unavailable(`${error.message}`, error);
	return error;
}

function unavailable(reason: string, cause?: Error): AppError {
	return new AppError('catalog_store_unavailable', `The catalogs' store can't be used now. ${reason}`, { status: 503, ...(cause === undefined ? {} : { cause }) });
}
