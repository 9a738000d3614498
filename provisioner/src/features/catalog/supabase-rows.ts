import type { Logger } from 'pino';
import { z } from 'zod';
import { cityKeys } from '../../../../core/catalog/city.ts';
import type { CatalogHit, CatalogSearchOptions } from '../../../../core/catalog/catalog.ts';
import { emptyItem, type Item } from '../../../../core/catalog/item.ts';
import { queryTerms } from '../../../../core/catalog/item-terms.ts';
import { AppError } from '../../../../core/errors.ts';
import type { SupabaseTenant } from '../../vendors/supabase/client.ts';
import type { CatalogReader, PlacedItem, RowToStore, Snapshot, StoredItem } from './catalog-store.ts';
import { toStored } from './repository.ts';
import { MOST_WORDS } from './search.ts';
import { searchColumns, searchedWord } from './search-columns.ts';

/** What a project hands out in one answer. https://supabase.com/docs/guides/api */
export const ROWS_AT_ONCE = 1_000;
/** A catalog that is changed while it is read is read again, so many times. */
const READS = 3;

const kind = z.enum(['product', 'service']);
const itemRow = z.object({ sku: z.string(), kind, name: z.string(), item: z.unknown(), updated_at: z.coerce.date() });
const placedRow = itemRow.extend({ position: z.number() });
/** A first item, without a search, counts 1. */
const foundRow = itemRow.extend({ score: z.number().default(1) });
const head = z.object({ version: z.number(), edits: z.number() });
const versionRow = z.object({
	version: z.number(), cause: z.enum(['import', 'edit', 'restore']), restored_version: z.number().nullable(), inserted: z.number(), changed: z.number(), removed: z.number(), created_at: z.coerce.date(),
});
const changeRow = z.object({ sku: z.string(), before: z.object({ kind, name: z.string(), position: z.number(), item: z.unknown() }).nullable() });

/** The state of a catalog: its version, and how often others have edited it. */
export async function headOf(db: SupabaseTenant, company: string): Promise<{ readonly version: number; readonly stamp: string }> {
	const [found] = await db.rows('catalog_heads', 'version,edits', (rows) => rows.eq('company_id', company), head);
	return { version: found?.version ?? 0, stamp: `${found?.version ?? 0}.${found?.edits ?? 0}` };
}

/** A catalog in a Supabase project, with the tenant's own token. What others wrote into it that is no item is left out, and named in the log. */
export function supabaseReader(db: SupabaseTenant, company: string, log: Logger): Omit<CatalogReader, 'owner'> {
	const leftOut = (skus: readonly string[]) => void (skus.length > 0 && log.warn({ company, items: skus.length, skus: skus.slice(0, 20) }, 'items in Supabase have fields of a wrong type: they are left out until that is put right'));

	async function* pages(most: number, startingAfter: string | null): AsyncGenerator<readonly z.output<typeof placedRow>[]> {
		for (let after = startingAfter; ; ) {
			const rows = await db.call('catalog_page', { company, most, after }, z.array(placedRow));
			yield rows;
			const last = rows.at(-1);
			if (last === undefined || rows.length < most) return;
			after = last.sku;
		}
	}

	return {
		stamp: async () => (await headOf(db, company)).stamp,
		version: async () => (await headOf(db, company)).version,
		async snapshot(): Promise<Snapshot> {
			for (let read = 1; read <= READS; read++) {
				const { stamp } = await headOf(db, company);
				const items: Item[] = [];
				const unreadable: string[] = [];
				for await (const rows of pages(ROWS_AT_ONCE, null)) {
					for (const row of rows) {
						const stored = readItem(row);
						if (stored === null) unreadable.push(row.sku);
						else items.push(stored.item);
					}
				}
				if ((await headOf(db, company)).stamp !== stamp) continue;
				leftOut(unreadable);
				return { items, stamp };
			}
			throw changedMeanwhile();
		},
		async *itemsOf(wanted) {
			const { stamp } = await headOf(db, company);
			const unreadable: string[] = [];
			for await (const rows of pages(ROWS_AT_ONCE, null)) {
				const own = rows.filter((row) => row.kind === wanted);
				unreadable.push(...own.filter((row) => readItem(row) === null).map(({ sku }) => sku));
				yield own.flatMap((row) => readItem(row)?.item ?? []);
			}
			if ((await headOf(db, company)).stamp !== stamp) throw changedMeanwhile();
			leftOut(unreadable);
		},
		async page(limit, startingAfter) {
			const found: StoredItem[] = [];
			for await (const rows of pages(limit, startingAfter ?? null)) {
				found.push(...rows.flatMap((row) => readItem(row) ?? []));
				if (found.length >= limit) break;
			}
			return found.slice(0, limit);
		},
		async bySku(skus) {
			const found = new Map<string, PlacedItem>();
			for (let from = 0; from < skus.length; from += ROWS_AT_ONCE) {
				const rows = await db.call('catalog_items_by_sku', { company, skus: skus.slice(from, from + ROWS_AT_ONCE) }, z.array(placedRow));
				for (const row of rows) {
					const stored = readItem(row);
					if (stored !== null) found.set(row.sku, { ...stored, position: row.position });
				}
			}
			return found;
		},
		async search(query, options) {
			await indexItems(db, company);
			return await search(db, company, query, options);
		},
		skusOfOtherKind: async (than) => new Set(await db.call('catalog_skus_of_other_kind', { company, than }, z.array(z.string()))),
		async nextPosition(of) {
			const [last] = await db.rows('catalog_items', 'position', (rows) => rows.eq('company_id', company).eq('kind', of).order('position', { ascending: false }).limit(1), z.object({ position: z.number() }));
			return (last?.position ?? -1) + 1;
		},
		itemsShowing: (file) => db.call('catalog_items_showing', { company, file }, z.array(z.object({ sku: z.string(), image: z.boolean(), video: z.boolean() }))),
		async versions(limit, startingAfter) {
			const found = await db.rows(
				'catalog_versions', 'version,cause,restored_version,inserted,changed,removed,created_at',
				(rows) => {
					const newest = rows.eq('company_id', company).order('version', { ascending: false }).limit(limit);
					return startingAfter === undefined ? newest : newest.lt('version', startingAfter);
				},
				versionRow,
			);
			return found.map(({ restored_version: restored, created_at: createdAt, ...version }) => ({ ...version, createdAt, ...(restored === null ? {} : { restoredVersion: restored }) }));
		},
		async oldestRestorable() {
			const [oldest] = await db.rows('catalog_versions', 'version', (rows) => rows.eq('company_id', company).order('version').limit(1), z.object({ version: z.number() }));
			return oldest === undefined ? null : oldest.version - 1;
		},
		async rowsSince(since) {
			const rows: RowToStore[] = [];
			const removed: string[] = [];
			for (let after: string | undefined = ''; after !== undefined; ) {
				const changes: readonly z.output<typeof changeRow>[] = await db.call('catalog_changes_since', { company, since, most: ROWS_AT_ONCE, after }, z.array(changeRow));
				for (const { sku, before } of changes) {
					const stored = before === null ? null : readItem({ ...before, sku, updated_at: new Date(0) });
					// What others had made unreadable is not brought back.
					if (before === null || stored === null) removed.push(sku);
					else rows.push({ position: before.position, item: stored.item });
				}
				after = changes.length < ROWS_AT_ONCE ? undefined : changes.at(-1)?.sku;
			}
			return { rows, removed };
		},
	};
}

async function search(db: SupabaseTenant, company: string, query: string, { kind: of, city, limit }: CatalogSearchOptions & { readonly limit: number }): Promise<readonly CatalogHit[]> {
	const filters = { company, wanted_kind: of ?? null, wanted_places: city === undefined || city === '' ? null : cityKeys(city), most: limit };
	const words = queryTerms(query).slice(0, MOST_WORDS).map(searchedWord);
	if (words.length === 0 && query.trim() !== '') return [];
	const asked = { ...filters, asked: words.map(({ word }) => word), keys: words.map(({ key }) => key), numbers: words.map(({ isNumber }) => isNumber) };
	const rows = words.length === 0 ? await db.call('first_catalog_items', filters, z.array(foundRow)) : await db.call('find_catalog_items', asked, z.array(foundRow));
	return rows.flatMap((row) => {
		const stored = readItem(row);
		return stored === null ? [] : [{ item: stored.item, score: row.score }];
	});
}

/** Items that others have changed have no words until somebody searches. Normally that is one small look. */
async function indexItems(db: SupabaseTenant, company: string): Promise<void> {
	for (;;) {
		const rows = await db.rows('catalog_items', 'sku,kind,name,item,updated_at', (found) => found.eq('company_id', company).is('words', null).order('sku').limit(ROWS_AT_ONCE), itemRow.extend({ updated_at: z.string() }));
		if (rows.length === 0) return;
		const computed = rows.map((row) => {
			const stored = readItem({ ...row, updated_at: new Date(row.updated_at) });
			return { sku: row.sku, updated_at: row.updated_at, ...(stored === null ? { words: '', name_terms: 0, places: [] } : searchColumns(stored.item)) };
		});
		await db.call('index_catalog_items', { company, computed }, z.null());
		if (rows.length < ROWS_AT_ONCE) return;
	}
}

/**
 * null: it is no item. Others may leave out what has an empty value, but not the price: nothing is sold for nothing because a number stands in
 * quotes.
 */
function readItem(row: Pick<z.output<typeof itemRow>, 'sku' | 'kind' | 'name' | 'updated_at'> & { readonly item?: unknown }): StoredItem | null {
	const empty: Readonly<Record<string, unknown>> = { ...emptyItem(row.sku, row.kind, row.name) };
	const fields = row.item;
	// Plain checks: a catalog may have a hundred thousand of these.
	if (!isObject(fields) || !Number.isSafeInteger(fields['priceCents']) || Number(fields['priceCents']) < 0) return null;
	const given = Object.entries(fields).filter(([name]) => name in empty && !KEYS.has(name));
	if (!given.every(([name, value]) => isLike(value, empty[name]))) return null;
	const name = typeof fields['name'] === 'string' && fields['name'] !== '' ? fields['name'] : row.name;
	// A part of an object is completed like the item itself.
	const whole = given.map(([field, value]): [string, unknown] => [field, isObject(value) && isObject(empty[field]) ? { ...empty[field], ...value } : value]);
	return toStored({ ...row, item: { ...Object.fromEntries(whole), name } });
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the row says, the item need not. */
const KEYS = new Set(['sku', 'kind', 'name']);

/** Of the type of a field's empty value; a number where that is null. */
function isLike(value: unknown, empty: unknown): boolean {
	if (empty === null) return value === null || typeof value === 'number';
	if (Array.isArray(empty)) return Array.isArray(value) && value.every((part) => typeof part === 'string');
	if (typeof empty === 'object') return isObject(value) && Object.values(value).every((part) => typeof part === 'string');
	return typeof value === typeof empty;
}

export function changedMeanwhile(): AppError {
	return new AppError('catalog_changed_meanwhile', 'The catalog was changed by others again and again while the request was carried out, so nothing was stored. Repeat it.', { status: 409 });
}
