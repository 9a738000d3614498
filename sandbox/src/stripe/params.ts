import { isObject, stringOf } from '../json.ts';
import { invalid, missing } from './errors.ts';

/** Decoded parameters: forms give texts only, JSON gives typed values. */
export type StripeParams = Readonly<Record<string, unknown>>;

/** Decodes Stripe's bracketed form encoding: `a[b][0][c]=1` → `{a: {b: [{c: '1'}]}}`. */
export function decodeForm(text: string): Record<string, unknown> {
	const root: Record<string, unknown> = {};
	for (const [name, value] of new URLSearchParams(text)) {
		const path = [name.split('[')[0] ?? '', ...Array.from(name.matchAll(/\[([^\]]*)\]/g), (match) => match[1] ?? '')];
		place(root, path, value);
	}
	return arraysFrom(root);
}

function place(root: Record<string, unknown>, path: readonly string[], value: string): void {
	let node = root;
	for (const [depth, step] of path.entries()) {
		const key = step === '' ? String(Object.keys(node).length) : step;
		if (key === '__proto__') return;
		if (depth === path.length - 1) {
			node[key] = value;
			return;
		}
		const next = node[key];
		if (isObject(next)) node = next;
		else {
			const made: Record<string, unknown> = {};
			node[key] = made;
			node = made;
		}
	}
}

function arraysFrom(node: Record<string, unknown>): Record<string, unknown> {
	const result: Record<string, unknown> = {};
	for (const [key, value] of Object.entries(node)) result[key] = isObject(value) ? collapse(value) : value;
	return result;
}

function collapse(node: Record<string, unknown>): unknown {
	const keys = Object.keys(node);
	const inner = arraysFrom(node);
	if (keys.length > 0 && keys.every((key) => /^\d+$/.test(key))) {
		return keys.toSorted((a, b) => Number(a) - Number(b)).map((key) => inner[key]);
	}
	return inner;
}

/** 400 `parameter_unknown` for anything that the endpoint does not take. */
export function onlyKnown(params: StripeParams, known: readonly string[], prefix = ''): void {
	const unknown = Object.keys(params).find((key) => !known.includes(key));
	if (unknown === undefined) return;
	const name = prefix === '' ? unknown : `${prefix}[${unknown}]`;
	throw invalid(`Received unknown parameter: ${name}`, name, 'parameter_unknown');
}

/** A text parameter; `null` when it is missing or unset with an empty text. */
export function text(params: StripeParams, name: string): string | null {
	return stringOf(params[name]) || null;
}

export function requiredText(params: StripeParams, name: string, prefix = ''): string {
	const full = prefix === '' ? name : `${prefix}[${name}]`;
	const value = text(params, name);
	if (value === null) throw missing(full);
	return value;
}

/** A whole number; `null` when it is missing. Throws for anything else. */
export function integer(params: StripeParams, name: string, prefix = ''): number | null {
	const value = text(params, name);
	if (value === null) return null;
	if (!/^-?\d+$/.test(value)) {
		const full = prefix === '' ? name : `${prefix}[${name}]`;
		throw invalid(`Invalid integer: ${value}`, full, 'parameter_invalid_integer');
	}
	return Number(value);
}

export function boolean(params: StripeParams, name: string): boolean {
	return params[name] === true || params[name] === 'true';
}

export function object(params: StripeParams, name: string): StripeParams | null {
	const value = params[name];
	return isObject(value) ? value : null;
}

export function objects(params: StripeParams, name: string): readonly StripeParams[] {
	const value = params[name];
	if (value === undefined || value === '') return [];
	if (!Array.isArray(value) || !value.every(isObject)) throw invalid('Invalid array', name);
	return value;
}

export function texts(params: StripeParams, name: string): string[] {
	const value = params[name];
	if (value === undefined || value === '') return [];
	const list: readonly unknown[] = Array.isArray(value) ? value : [value];
	return list.map((member) => stringOf(member));
}

/** https://docs.stripe.com/api/metadata: 50 keys of 40 characters, values of 500. */
export function metadata(params: StripeParams): Record<string, string> {
	const given = object(params, 'metadata') ?? {};
	const entries = Object.entries(given).map(([key, value]) => [key, stringOf(value)] as const);
	if (entries.length > 50) throw invalid('Metadata can have at most 50 keys', 'metadata');
	for (const [key, value] of entries) {
		if (key.length > 40) throw invalid(`Metadata key ${key} exceeds 40 characters`, 'metadata');
		if (value.length > 500) throw invalid(`Metadata value for ${key} exceeds 500 characters`, `metadata[${key}]`);
	}
	return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}
