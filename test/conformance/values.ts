/** Narrowing of parsed JSON. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, ...path: readonly string[]): Record<string, unknown> {
	let node: unknown = value;
	for (const step of path) node = isObject(node) ? node[step] : undefined;
	return isObject(node) ? node : {};
}

export function textAt(value: unknown, ...path: readonly string[]): string {
	const last = path.at(-1) ?? '';
	const found = objectAt(value, ...path.slice(0, -1))[last];
	return typeof found === 'string' ? found : '';
}

export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** `integer`, `array`, `null`, … as JSON calls it. */
export function kindOf(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	return typeof value;
}
