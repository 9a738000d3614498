import { sameCity } from '../../catalog/city.ts';
import type { Item } from '../../catalog/item.ts';

/**
 * Whether items are delivered or provided in one city, for many items at once: each spelling of a city is compared once.
 * Means the same as `servesCity` (core/catalog/city.ts).
 */
export function servedIn(city: string): (item: Item) => boolean {
	const same = new Map<string, boolean>();
	const isSame = (served: string): boolean => {
		const known = same.get(served);
		if (known !== undefined) return known;
		const result = sameCity(served, city);
		same.set(served, result);
		return result;
	};
	return (item) => item.online || item.cities.length === 0 || item.cities.some(isSame);
}
