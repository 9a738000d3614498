import pg from 'pg';
import { isObject, parseJson } from '../json.ts';
import { RestError } from './errors.ts';
import { columnOf, orderOf, selectOf, Statement, whereOf } from './query.ts';
import type { RestFunction, Schema, Table } from './schema-cache.ts';

/** How a request wants to be answered: its `Prefer` header. https://docs.postgrest.org/en/stable/references/api/preferences.html */
export interface Preferences {
	readonly returns: 'representation' | 'minimal' | 'headers-only';
	readonly resolution: 'merge-duplicates' | 'ignore-duplicates' | null;
	readonly counts: boolean;
	readonly missingDefault: boolean;
}

export interface Range {
	readonly limit: number | null;
	readonly offset: number;
}

/** A statement whose one row has `body` (JSON text), `rows` (how many it shows), and `total` where it was asked for. */
export interface Prepared {
	readonly statement: Statement;
	readonly text: string;
}

/** Projects hand out so many rows at most. https://supabase.com/docs/guides/api */
export const MAX_ROWS = 1_000;

export function preferencesOf(header: string): Preferences {
	const given = new Map(header.split(',').map((part): [string, string] => [part.trim().split('=')[0] ?? '', part.trim().split('=')[1] ?? '']));
	const [returns, resolution] = [given.get('return'), given.get('resolution')];
	return {
		returns: returns === 'representation' || returns === 'headers-only' ? returns : 'minimal',
		resolution: resolution === 'merge-duplicates' || resolution === 'ignore-duplicates' ? resolution : null,
		counts: given.get('count') !== undefined,
		missingDefault: given.get('missing') === 'default',
	};
}

export function tableOf(schema: Schema, name: string): Table {
	const table = schema.tables.get(name);
	if (table === undefined) throw new RestError(404, 'PGRST205', `Could not find the table 'public.${name}' in the schema cache`);
	return table;
}

export function selectRows(table: Table, query: URLSearchParams, range: Range, counts: boolean): Prepared {
	const statement = new Statement();
	const where = whereOf(query, table.columns, statement);
	const source = `SELECT ${selectOf(query, table.columns)} FROM public.${pg.escapeIdentifier(table.name)} WHERE ${where}${orderOf(query, table.columns)}`;
	return { statement, text: page(source, range, counts ? `SELECT count(*) FROM public.${pg.escapeIdentifier(table.name)} WHERE ${where}` : null) };
}

/** @param body as it came: with `columns` nobody looks into it before the database does, as in PostgREST */
export function insertRows(table: Table, query: URLSearchParams, body: Buffer, preferences: Preferences): Prepared {
	const given = query.get('columns')?.split(',').map((name) => name.trim().replace(/^"(.*)"$/u, '$1'));
	const named = given ?? Object.keys(rowsIn(body)[0] ?? {});
	const columns = named.map((name) => {
		const type = table.columns.get(name);
		if (type === undefined) throw new RestError(400, 'PGRST204', `Could not find the '${name}' column of '${table.name}' in the schema cache`);
		return { name: columnOf(name, table.columns), type };
	});
	const statement = new Statement();
	const target = `public.${pg.escapeIdentifier(table.name)}`;
	const names = columns.map(({ name }) => name).join(', ');
	if (preferences.missingDefault && rowsIn(body).some((row) => named.some((name) => !(name in row)))) throw new RestError(501, 'PGRST100', 'The stand-in takes no rows with missing columns under missing=default');
	const rows = `SELECT CASE json_typeof(body) WHEN 'array' THEN body ELSE json_build_array(body) END AS body FROM (SELECT ${statement.param(body)}::json AS body) payload`;
	const source = `SELECT ${names} FROM json_to_recordset((${rows})) AS body (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
	return { statement, text: returning(`INSERT INTO ${target} (${names}) ${source}${conflictOf(table, query, columns.map(({ name }) => name), preferences)}`, query, table, preferences) };
}

function rowsIn(bytes: Buffer): readonly Record<string, unknown>[] {
	const body = parsed(bytes);
	const rows: readonly unknown[] = Array.isArray(body) ? body : [body];
	if (!rows.every(isObject)) throw new RestError(400, 'PGRST102', 'All object keys must match');
	return rows;
}

/** What a body says. @throws RestError 400 `PGRST102` */
export function parsed(bytes: Buffer): unknown {
	const body = parseJson(bytes.toString('utf8'));
	if (body === undefined) throw new RestError(400, 'PGRST102', 'Empty or invalid json');
	return body;
}

export function updateRows(table: Table, query: URLSearchParams, body: unknown, preferences: Preferences): Prepared {
	if (!isObject(body)) throw new RestError(400, 'PGRST102', 'Empty or invalid json');
	const statement = new Statement();
	const columns = Object.keys(body).map((name) => {
		const type = table.columns.get(name);
		if (type === undefined) throw new RestError(400, 'PGRST204', `Could not find the '${name}' column of '${table.name}' in the schema cache`);
		return { name: columnOf(name, table.columns), type };
	});
	if (columns.length === 0) throw new RestError(400, 'PGRST102', 'Empty or invalid json');
	const names = columns.map(({ name }) => name).join(', ');
	const values = `SELECT ${names} FROM json_to_record(${statement.param(JSON.stringify(body))}::json) AS body (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`;
	return { statement, text: returning(`UPDATE public.${pg.escapeIdentifier(table.name)} SET (${names}) = (${values}) WHERE ${whereOf(query, table.columns, statement)}`, query, table, preferences) };
}

export function deleteRows(table: Table, query: URLSearchParams, preferences: Preferences): Prepared {
	const statement = new Statement();
	return { statement, text: returning(`DELETE FROM public.${pg.escapeIdentifier(table.name)} WHERE ${whereOf(query, table.columns, statement)}`, query, table, preferences) };
}

export function callFunction(schema: Schema, name: string, body: unknown, query: URLSearchParams, range: Range, counts: boolean): Prepared & { readonly called: RestFunction } {
	const given = isObject(body) ? body : {};
	const called = schema.functions.get(name);
	const names = Object.keys(given);
	if (called === undefined || names.some((arg) => called.args.every(({ name: known }) => known !== arg)) || called.args.some(({ name: arg, optional }) => !optional && !names.includes(arg))) {
		const asked = names.length === 0 ? 'without parameters' : `with parameter${names.length > 1 ? 's' : ''} ${names.toSorted().join(', ')}`;
		throw new RestError(404, 'PGRST202', `Could not find the function public.${name}(${names.toSorted().join(', ')}) in the schema cache`, { details: `Searched for the function public.${name} ${asked}, but no matches were found in the schema cache.` });
	}
	const statement = new Statement();
	const args = called.args.filter(({ name: arg }) => names.includes(arg));
	const record = args.length === 0 ? '' : `json_to_record(${statement.param(JSON.stringify(given))}::json) AS args (${args.map(({ name: arg, type }) => `${pg.escapeIdentifier(arg)} ${type}`).join(', ')}), LATERAL `;
	const call = `public.${pg.escapeIdentifier(name)}(${args.map(({ name: arg }) => `${pg.escapeIdentifier(arg)} => args.${pg.escapeIdentifier(arg)}`).join(', ')})`;
	if (called.returns === 'value' || called.returns === 'void') return { called, statement, text: `SELECT to_json(result.value)::text AS body, 1 AS rows FROM ${record}(SELECT ${call} AS value) result` };
	if (called.isScalar) return { called, statement, text: `SELECT coalesce(json_agg(value), '[]')::text AS body, count(*)::int AS rows FROM (SELECT result.value FROM ${record}${call} AS result(value) LIMIT ${limitOf(range)}) page` };
	const rows = `SELECT result.* FROM ${record}${call} AS result`;
	const source = `SELECT ${selectOf(query, null)} FROM (${rows}) result WHERE ${whereOf(query, null, statement)}${orderOf(query, null)}`;
	return { called, statement, text: page(source, range, counts ? `SELECT count(*) FROM (${rows}) result` : null) };
}

function limitOf({ limit, offset }: Range): string {
	return `${Math.min(limit ?? MAX_ROWS, MAX_ROWS)} OFFSET ${offset}`;
}

function page(source: string, range: Range, count: string | null): string {
	return `WITH page AS (${source} LIMIT ${limitOf(range)}) SELECT coalesce(json_agg(page), '[]')::text AS body, count(*)::int AS rows${count === null ? '' : `, (${count})::int AS total`} FROM page`;
}

function conflictOf(table: Table, query: URLSearchParams, columns: readonly string[], { resolution }: Preferences): string {
	if (resolution === null) return '';
	const target = (query.get('on_conflict')?.split(',') ?? table.primaryKey).map((name) => columnOf(name.trim(), table.columns)).join(', ');
	if (resolution === 'ignore-duplicates') return ` ON CONFLICT (${target}) DO NOTHING`;
	return ` ON CONFLICT (${target}) DO UPDATE SET ${columns.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;
}

/** Without `return=representation` nothing is read back: that takes no right to read. */
function returning(change: string, query: URLSearchParams, table: Table, { returns }: Preferences): string {
	const what = returns === 'representation' ? selectOf(query, table.columns) : '1';
	return `WITH page AS (${change} RETURNING ${what}) SELECT ${returns === 'representation' ? "coalesce(json_agg(page), '[]')::text" : "''"} AS body, count(*)::int AS rows FROM page`;
}
