import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { createOperator, node, to, type Operator } from './operator.ts';

/** The Catalog node in a workflow behind n8n's own Webhook, as an operator keeps a catalog up to date from elsewhere. */

const access = inject('stack');
const { platform, api } = stackClients(access);

let tenantId: string;
/** A company of its own for every test. */
let companyId: string;
let own: ReturnType<typeof api>;
let operator: Operator;

beforeAll(async () => {
	const { body: tenant } = await platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Lister', email: 'list@shop.example' });
	tenantId = tenant.id;
	own = api(tenant.api_key.secret);
	operator = await createOperator(access, { apiKey: tenant.api_key.secret, connectionId: '' });
});
beforeEach(async () => {
	companyId = (await own.post<{ id: string }>('/v1/companies', { name: 'Lister', type: 'product', default_language: 'Russian', currency: 'eur', country: 'ES' })).body.id;
});
afterEach(() => operator.removeAll());
afterAll(async () => {
	await operator?.close();
	if (tenantId) await platform.delete(`/v1/tenants/${tenantId}`);
});

const florist = async () => new Uint8Array(await readFile(new URL('../fixtures/data/florist-products.ru.cp1251.csv', import.meta.url)));

const ours = () => ({ source: 'custom', companyId });

/** A workflow of Catalog nodes in a row behind a webhook that answers with the last one's items. */
async function publish(rawBody: boolean, ...steps: object[]) {
	const path = randomUUID();
	const webhook = node('Webhook', 'n8n-nodes-base.webhook', 2, { httpMethod: 'POST', path, responseMode: 'lastNode', responseData: 'allEntries', options: { rawBody } }, { webhookId: path });
	const nodes = steps.map((parameters, at) => operator.concierge(`Catalog ${at}`, 'catalog', { ...ours(), ...parameters }));
	const names = ['Webhook', ...nodes.map(({ name }) => name)];
	await operator.publish(`Catalog ${path}`, [webhook, ...nodes], Object.fromEntries(names.slice(1).map((name, at) => [names[at] ?? '', { main: [to(name)] }])));
	return (body: string | Uint8Array<ArrayBuffer>, type: string) =>
		// n8n registers a webhook a moment after it has published the workflow; until then nothing is executed.
		eventually('an answer of the webhook', async () => {
			const response = await fetch(`${access.urls.n8n}/webhook/${path}`, { method: 'POST', headers: { 'content-type': type }, body });
			return response.status !== 404 && { status: response.status, json: (await response.json()) as Record<string, unknown>[] };
		});
}

test('a file in windows-1251 that is sent to a workflow becomes the catalog; rows are changed and deleted; the file’s version comes back', async () => {
	const importIt = await publish(true, { resource: 'catalog', operation: 'import' });
	expect(await importIt(await florist(), 'text/csv')).toMatchObject({ status: 200, json: [{ object: 'catalog_import', inserted: 5, errors: [], encoding: 'windows-1251', version: 1 }] });

	const change = await publish(false, { resource: 'item', operation: 'upsert', dataMode: 'defineBelow', upsertSku: '={{ $json.body.code }}', fields: { price_cents: '={{ $json.body.cents }}' } });
	expect(await change(JSON.stringify({ code: '1001', cents: 4990 }), 'application/json')).toMatchObject({ json: [{ sku: '1001', name: 'Букет из 20 роз', price_cents: 4990 }] });
	const remove = await publish(false, { resource: 'item', operation: 'delete', sku: '={{ $json.body.code }}' });
	expect((await remove(JSON.stringify({ code: '1005' }), 'application/json')).json).toEqual([{ sku: '1005', deleted: true }]);

	const list = await publish(false, { resource: 'item', operation: 'getAll', returnAll: true });
	expect((await list('{}', 'application/json')).json.map(({ sku, price_cents: price }) => [sku, price])).toContainEqual(['1001', 4990]);

	const restore = await publish(false, { resource: 'catalog', operation: 'restore', version: 1 });
	expect((await restore('{}', 'application/json')).json).toMatchObject([{ object: 'catalog_change', version: 4, inserted: 1, changed: 1 }]);
	const restored = (await list('{}', 'application/json')).json.map(({ sku, price_cents: price }) => [sku, price]);
	expect(restored).toContainEqual(['1001', 5990]);
	expect(restored).toHaveLength(5);
});

test('an exported workbook goes through a workflow and imports again without a change', async () => {
	const importIt = await publish(true, { resource: 'catalog', operation: 'import' });
	expect((await importIt(await florist(), 'text/csv')).json).toMatchObject([{ inserted: 5 }]);
	const round = await publish(false, { resource: 'catalog', operation: 'export', format: 'xlsx' }, { resource: 'catalog', operation: 'import' });
	expect((await round('{}', 'application/json')).json).toMatchObject([{ inserted: 0, changed: 0, unchanged: 5, removed: 0, version: null }]);
});

test('a bad row stops the workflow with the reason, and nothing is stored', async () => {
	const importIt = await publish(true, { resource: 'catalog', operation: 'import' });
	const { status } = await importIt('product_name,description,sku,price_eur\nLamp,Bright <b>lamp</b>,1,5\n', 'text/csv');
	expect(status).toBe(500);
	expect((await own.get<{ data: unknown[] }>(`/v1/companies/${companyId}/items`)).body.data).toEqual([]);
});
