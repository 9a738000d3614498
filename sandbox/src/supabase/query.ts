import pg from 'pg';
import { RestError } from './errors.ts';

/** SQL text and its values: `$1` … in the order of `values`. */
export class Statement {
	readonly values: unknown[] = [];

	/** A value's place in the text. Never the value itself. */
	param(value: unknown): string {
		this.values.push(value);
		return `$${this.values.length}`;
	}
}

export type Columns = ReadonlyMap<string, string> | null;

/** Of a query string, what is no filter. */
const RESERVED = new Set(['select', 'order', 'limit', 'offset', 'columns', 'on_conflict', 'apikey']);
const COMPARISONS: Readonly<Record<string, string>> = { eq: '=', neq: '<>', gt: '>', gte: '>=', lt: '<', lte: '<=', like: 'LIKE', ilike: 'ILIKE', cs: '@>', cd: '<@', ov: '&&' };
const IS: Readonly<Record<string, string>> = { null: 'NULL', not_null: 'NOT NULL', true: 'TRUE', false: 'FALSE', unknown: 'UNKNOWN' };

/** A column's name in quotes; one that isn't there is an error of PostgreSQL's kind. `columns` null: the database knows. */
export function columnOf(name: string, columns: Columns): string {
	if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) throw new RestError(400, 'PGRST100', `"failed to parse (${name})" (line 1, column 1)`, { details: 'The stand-in knows plain column names only.' });
	if (columns !== null && !columns.has(name)) throw new RestError(400, '42703', `column ${name} does not exist`);
	return pg.escapeIdentifier(name);
}

/** `select=a,b:c` as SQL; everything without one. */
export function selectOf(query: URLSearchParams, columns: Columns): string {
	const given = (query.get('select') ?? '*').split(',').map((part) => part.trim());
	return given.map((part) => {
		if (part === '*') return '*';
		const [alias, name] = part.includes(':') ? part.split(':') : [undefined, part];
		return alias === undefined ? columnOf(name ?? '', columns) : `${columnOf(name ?? '', columns)} AS ${columnOf(alias, null)}`;
	}).join(', ');
}

/** The filters of a query, as a condition. https://docs.postgrest.org/en/stable/references/api/tables_views.html#operators */
export function whereOf(query: URLSearchParams, columns: Columns, statement: Statement, not: ReadonlySet<string> = new Set()): string {
	const conditions = [...query].filter(([name]) => !RESERVED.has(name) && !not.has(name)).map(([name, value]) => {
		if (/^(not\.)?(or|and)$/u.test(name)) return groupOf(`${name}${value}`, columns, statement);
		return conditionOf(columnOf(name, columns), value, statement);
	});
	return conditions.length === 0 ? 'TRUE' : conditions.join(' AND ');
}

export function orderOf(query: URLSearchParams, columns: Columns): string {
	const order = query.get('order');
	if (order === null || order === '') return '';
	return ` ORDER BY ${order.split(',').map((part) => {
		const [name = '', ...words] = part.split('.');
		const sorts = words.map((word) => ({ asc: 'ASC', desc: 'DESC', nullsfirst: 'NULLS FIRST', nullslast: 'NULLS LAST' })[word]);
		if (sorts.includes(undefined)) throw malformed(part);
		return [columnOf(name, columns), ...sorts].join(' ');
	}).join(', ')}`;
}

/** `or(a.eq.1,and(b.lt.2,c.is.null))` */
function groupOf(text: string, columns: Columns, statement: Statement): string {
	const [, not, word, inner] = /^(not\.)?(or|and)\((.*)\)$/su.exec(text) ?? [];
	if (word === undefined || inner === undefined) throw malformed(text);
	const parts = splitOutside(inner).map((part) => {
		if (/^(not\.)?(or|and)\(/u.test(part)) return groupOf(part, columns, statement);
		const dot = part.indexOf('.');
		if (dot < 0) throw malformed(part);
		return conditionOf(columnOf(part.slice(0, dot), columns), part.slice(dot + 1), statement, unquoted);
	});
	return `${not === undefined ? '' : 'NOT '}(${parts.join(word === 'or' ? ' OR ' : ' AND ')})`;
}

/** `read`: inside a group, values may stand in quotes; elsewhere quotes are a part of them. */
function conditionOf(column: string, text: string, statement: Statement, read: (value: string) => string = (value) => value): string {
	const isNot = text.startsWith('not.');
	const [, operator = '', value = ''] = /^([a-z]+)\.(.*)$/su.exec(isNot ? text.slice(4) : text) ?? [];
	const not = (condition: string) => (isNot ? `NOT (${condition})` : condition);
	if (operator === 'is') {
		const is = IS[value];
		if (is === undefined) throw malformed(text);
		return not(`${column} IS ${is}`);
	}
	if (operator === 'in') {
		const inner = /^\((.*)\)$/su.exec(value)?.[1];
		if (inner === undefined) throw malformed(text);
		return not(`${column} = ANY (${statement.param(inner === '' ? [] : splitOutside(inner).map(unquoted))})`);
	}
	const comparison = COMPARISONS[operator];
	if (comparison === undefined) throw malformed(text);
	return not(`${column} ${comparison} ${statement.param(operator.endsWith('like') ? read(value).replaceAll('*', '%') : read(value))}`);
}

/** At commas outside of quotes, brackets and braces. */
function splitOutside(text: string): string[] {
	const parts: string[] = [];
	let [depth, start, isQuoted] = [0, 0, false];
	for (let at = 0; at < text.length; at++) {
		const letter = text[at] ?? '';
		if (letter === '\\' && isQuoted) at++;
		else if (letter === '"') isQuoted = !isQuoted;
		else if (isQuoted) continue;
		else if ('({'.includes(letter)) depth++;
		else if (')}'.includes(letter)) depth--;
		else if (letter === ',' && depth === 0) {
			parts.push(text.slice(start, at));
			start = at + 1;
		}
	}
	return [...parts, text.slice(start)];
}

function unquoted(value: string): string {
	return /^".*"$/su.test(value) ? value.slice(1, -1).replace(/\\(.)/gsu, '$1') : value;
}

function malformed(text: string): RestError {
	return new RestError(400, 'PGRST100', `"failed to parse filter (${text})" (line 1, column 1)`);
}
