import { readdirSync } from 'node:fs';
import { ROUTES } from '../../sandbox/src/routes.ts';
import { isObject } from './values.ts';

export interface Route {
	readonly method: string;
	readonly path: string;
}

/** Routes by vendor: what the sandbox serves and what the provisioner's clients call. */
export interface AllRoutes {
	of(vendor: string): readonly Route[];
	/** Clients of vendors that the sandbox does not stand in for. */
	readonly otherVendors: readonly string[];
	/** Client routes that the sandbox does not serve. */
	readonly unserved: readonly (Route & { readonly vendor: string })[];
}

const VENDORS_FOLDER = new URL('../../provisioner/src/vendors/', import.meta.url);

/** Reads `ROUTES` of the sandbox and every `provisioner/src/vendors/<vendor>/routes.ts` that exists. */
export async function loadRoutes(): Promise<AllRoutes> {
	const served = new Map<string, Route[]>();
	for (const { vendor, method, path } of ROUTES) served.set(vendor, [...(served.get(vendor) ?? []), { method, path }]);
	const clients = new Map<string, readonly Route[]>();
	for (const folder of readdirSync(VENDORS_FOLDER, { withFileTypes: true })) {
		if (!folder.isDirectory()) continue;
		const files = readdirSync(new URL(`${folder.name}/`, VENDORS_FOLDER));
		if (!files.includes('routes.ts')) continue;
		const module: unknown = await import(new URL(`${folder.name}/routes.ts`, VENDORS_FOLDER).href);
		clients.set(folder.name, isObject(module) ? readRoutes(folder.name, module['routes']) : []);
	}
	const unserved = Array.from(clients).flatMap(([vendor, routes]) =>
		routes
			.filter((route) => served.has(vendor) && !served.get(vendor)?.some((one) => sameRoute(one, route)))
			.map((route) => ({ vendor, ...route })),
	);
	return {
		of: (vendor) => [...(served.get(vendor) ?? []), ...unserved.filter((route) => route.vendor === vendor)],
		otherVendors: Array.from(clients.keys()).filter((vendor) => !served.has(vendor)),
		unserved,
	};
}

function readRoutes(vendor: string, routes: unknown): readonly Route[] {
	if (!Array.isArray(routes)) throw new Error(`provisioner/src/vendors/${vendor}/routes.ts exports no array "routes".`);
	return routes.filter(isObject).map((route) => ({ method: String(route['method']), path: String(route['path']) }));
}

/** Parameter names differ between authors: `/accounts/{id}` is `/accounts/{account}`. */
function sameRoute(one: Route, other: Route): boolean {
	const shape = (route: Route) => `${route.method} ${route.path.replace(/\{\w+\}/g, '{}')}`;
	return shape(one) === shape(other);
}
