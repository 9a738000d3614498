/** Values that survive JSON. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** True for a plain JSON object (not null, not an array). */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for anything made of JSON values only; `undefined` members count as absent. */
export function isJson(value: unknown): value is JsonValue {
	if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return true;
	if (Array.isArray(value)) return value.every(isJson);
	return isObject(value) && Object.values(value).every((member) => member === undefined || isJson(member));
}

/** A JSON object, or `{}` when it is anything else. */
export function asJsonObject(value: unknown): JsonObject {
	if (!isObject(value)) return {};
	const result: JsonObject = {};
	for (const [key, member] of Object.entries(value)) if (isJson(member)) result[key] = member;
	return result;
}

/** A string member, or `fallback` when it is absent or something else. Numbers are written out. */
export function stringOf(value: unknown, fallback = ''): string {
	if (typeof value === 'string') return value;
	return typeof value === 'number' ? String(value) : fallback;
}

/** A finite number member (digits in a string count), or `fallback`. */
export function numberOf(value: unknown, fallback: number): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return typeof number === 'number' && Number.isFinite(number) ? number : fallback;
}

/** Parses JSON; `undefined` when the text is not JSON. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** The objects of an array; none when it is anything else. */
export function objectsIn(value: unknown): readonly Record<string, unknown>[] {
	const members: readonly unknown[] = Array.isArray(value) ? value : [];
	return members.filter(isObject);
}
