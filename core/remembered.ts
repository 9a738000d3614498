/** Longer texts are rarely met twice. */
const MOST_CHARACTERS = 1_000;

/**
 * A pure function of a text that remembers its results: words, lines of a catalog and phrases come again and again, and one turn's text is
 * looked at by many rules. Bounded: two generations of `most` texts, of which the older one is dropped when the younger is full. The result
 * is shared by all callers, so it must be read-only.
 */
export function remembered<T>(compute: (text: string) => T, most = 2_000): (text: string) => T {
	let young = new Map<string, T>();
	let old = new Map<string, T>();
	return (text) => {
		if (text.length > MOST_CHARACTERS) return compute(text);
		const known = young.get(text);
		if (known !== undefined) return known;
		const result = old.get(text) ?? compute(text);
		if (young.size >= most) {
			old = young;
			young = new Map();
		}
		young.set(text, result);
		return result;
	};
}

/** The same for a pure function of an object that never changes, such as a catalog: remembered as long as the object lives. */
export function rememberedFor<K extends object, T>(compute: (key: K) => T): (key: K) => T {
	const results = new WeakMap<K, { readonly value: T }>();
	return (key) => {
		const result = results.get(key) ?? { value: compute(key) };
		results.set(key, result);
		return result.value;
	};
}
