/** What is known about one route at the end. */
interface RouteEntry {
	readonly vendor: string;
	readonly method: string;
	readonly path: string;
	readonly checked: Set<string>;
	readonly unchecked: Set<string>;
	readonly mismatches: Set<string>;
}

/** Collects, per route, what was checked, what could not be, and what does not match. */
export interface ConformanceReport {
	checked(route: RouteName, what: string): void;
	unchecked(route: RouteName, what: string): void;
	mismatch(route: RouteName, detail: string): void;
	/** Said once, above the routes of a vendor: repairs of a faulty specification and the like. */
	note(vendor: string, text: string): void;
	readonly mismatches: number;
	/** The report as text. */
	print(): string;
}

export interface RouteName {
	readonly vendor: string;
	readonly method: string;
	readonly path: string;
}

export function createReport(): ConformanceReport {
	const routes = new Map<string, RouteEntry>();
	const notes = new Map<string, Set<string>>();
	const entry = (route: RouteName): RouteEntry => {
		const key = `${route.vendor} ${route.method} ${route.path}`;
		const known = routes.get(key) ?? {
			...route,
			checked: new Set<string>(),
			unchecked: new Set<string>(),
			mismatches: new Set<string>(),
		};
		routes.set(key, known);
		return known;
	};
	const count = () => Array.from(routes.values()).reduce((sum, route) => sum + route.mismatches.size, 0);
	return {
		checked: (route, what) => void entry(route).checked.add(what),
		unchecked: (route, what) => void entry(route).unchecked.add(what),
		mismatch: (route, detail) => void entry(route).mismatches.add(detail),
		note(vendor, text) {
			notes.set(vendor, (notes.get(vendor) ?? new Set()).add(text));
		},
		get mismatches() {
			return count();
		},
		print() {
			const vendors = new Set(Array.from(routes.values(), (route) => route.vendor));
			const lines = Array.from(vendors).flatMap((vendor) => [
				'',
				`# ${vendor}`,
				...Array.from(notes.get(vendor) ?? [], (text) => `  note: ${text}`),
				...Array.from(routes.values()).filter((route) => route.vendor === vendor).flatMap(printRoute),
			]);
			const checks = Array.from(routes.values()).reduce((sum, route) => sum + route.checked.size, 0);
			const open = Array.from(routes.values()).reduce((sum, route) => sum + route.unchecked.size, 0);
			lines.push('', `${routes.size} routes, ${checks} checks, ${open} things not checked, ${count()} mismatches`);
			return lines.join('\n');
		},
	};
}

function printRoute(route: RouteEntry): readonly string[] {
	const mark = route.mismatches.size > 0 ? '✗' : route.checked.size > 0 ? '✓' : '–';
	return [
		`${mark} ${route.method} ${route.path}`,
		...(route.checked.size === 0 ? [] : [`    checked: ${Array.from(route.checked).join('; ')}`]),
		...Array.from(route.unchecked, (what) => `    not checked: ${what}`),
		...Array.from(route.mismatches, (detail) => `    MISMATCH: ${detail}`),
	];
}
