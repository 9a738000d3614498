/**
 * Every method of T-Bank's acquiring API v2 that this client calls. `npm run conformance` compares them with the stand-in's only: it has no
 * published specification of this API to check either against. Host: securepay.tinkoff.ru, under /v2.
 */
export const routes: readonly { readonly method: string; readonly path: string }[] = [
	{ method: 'POST', path: '/Init' },
	{ method: 'POST', path: '/GetState' },
	{ method: 'POST', path: '/Cancel' },
];
