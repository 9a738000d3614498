// Stands for core/remembered.ts in the guard: what a mutant computed is forgotten before the next one.
const caches: { readonly forget: () => void }[] = [];

export function remembered<T>(compute: (text: string) => T): (text: string) => T {
	const results = new Map<string, { readonly value: T }>();
	caches.push({ forget: () => results.clear() });
	return (text) => {
		const result = results.get(text) ?? { value: compute(text) };
		results.set(text, result);
		return result.value;
	};
}

export function rememberedFor<K extends object, T>(compute: (key: K) => T): (key: K) => T {
	let results = new WeakMap<K, { readonly value: T }>();
	caches.push({ forget: () => (results = new WeakMap()) });
	return (key) => {
		const result = results.get(key) ?? { value: compute(key) };
		results.set(key, result);
		return result.value;
	};
}

export function forgetAll(): void {
	for (const { forget } of caches) forget();
}
