import type { IBinaryKeyData } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { chain, runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble } from '../../test/nodes/platform.ts';

const ROUTE = 'GET /v1/companies/com_1/items/search';
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

async function run(node: Partial<WorkflowNode>, items: ReadonlyArray<Record<string, unknown>>, binaries: readonly IBinaryKeyData[] = []) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Catalog', type: 'n8n-nodes-concierge.catalog', ...node },
		{ name: 'End', type: 'n8n-nodes-base.noOp' },
	);
	return await runWorkflow({ workflow, items, binaries, credential: { baseUrl: platform.url, apiKey: 'ck_tenant_1' } });
}

describe('searching a catalog', () => {
	it('puts out one item per hit, paired with the item that asked', async () => {
		platform.on(ROUTE, ({ path }) => ({
			json: {
				object: 'list',
				data: path.includes('q=nothing') ? [] : [{ sku: '1', name: 'Roses' }, { sku: '2', name: 'Tulips' }],
				has_more: false,
			},
		}));
		const outcome = await run({ parameters: { query: '={{ $json.text }}' } }, [
			{ companyId: 'com_1', text: 'nothing' },
			{ companyId: 'com_1', text: 'flowers' },
		]);
		expect(outcome.json('End')).toEqual([{ sku: '1', name: 'Roses' }, { sku: '2', name: 'Tulips' }]);
		expect(outcome.items('Catalog').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }, { item: 1 }]);
	});

	it('sends words in any script, filters and limit as a query', async () => {
		platform.on(ROUTE, { json: { object: 'list', data: [], has_more: false } });
		const parameters = { query: ' розы & карта ', filters: { kind: 'product', city: 'València' }, limit: 3 };
		await run({ parameters }, [{ companyId: 'com_1' }]);
		const query = new URL(platform.calls[0]?.path ?? '', platform.url).searchParams;
		expect(Object.fromEntries(query)).toEqual({ q: 'розы & карта', kind: 'product', city: 'València', limit: '3' });
		expect(platform.calls[0]?.body).toBeNull();
	});

	it('leaves out filters that are not set, and takes the company from its parameter', async () => {
		platform.on(ROUTE, { json: { object: 'list', data: [], has_more: false } });
		await run({ parameters: { source: 'custom', companyId: 'com_1', filters: { kind: '' } } }, [{}]);
		const query = new URL(platform.calls[0]?.path ?? '', platform.url).searchParams;
		expect(Object.fromEntries(query)).toEqual({ q: '', limit: '50' });
	});

	it('says that the item has no company', async () => {
		const outcome = await run({}, [{ turnId: 'trn_1' }]);
		expect(outcome.error).toMatchObject({ message: 'The item has no "companyId"', context: { itemIndex: 0 } });
	});
});

const upsert = { resource: 'item', operation: 'upsert' };
const stored = (body: unknown) => (body as { data: { sku?: string }[] }).data.map((fields) => ({ object: 'catalog_item', ...fields }));

describe('creating and changing items', () => {
	it('sends what came in as fields, in one call for all, and puts out what is stored', async () => {
		platform.on('POST /v1/companies/com_1/items', ({ body }) => ({ json: { object: 'catalog_change', version: 2, data: stored(body) } }));
		const outcome = await run({ parameters: upsert }, [
			{ companyId: 'com_1', sku: 'a', name: 'Lamp', cities: 'Valencia, Madrid', price_cents: 350, row_number: 2 },
			{ companyId: 'com_1', sku: 'b', stock: null },
		]);
		expect(platform.calls.map(({ body }) => body)).toEqual([{ data: [{ sku: 'a', name: 'Lamp', cities: ['Valencia', 'Madrid'], price_cents: 350 }, { sku: 'b', stock: null }] }]);
		expect(outcome.json('End').map((item) => (item as { sku: string }).sku)).toEqual(['a', 'b']);
		expect(outcome.items('Catalog').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	});

	it('takes fields that are entered, and those alone', async () => {
		platform.on('POST /v1/companies/com_1/items', ({ body }) => ({ json: { data: stored(body) } }));
		await run({ parameters: { ...upsert, dataMode: 'defineBelow', upsertSku: '={{ $json.code }}', fields: { price_cents: 500, tags: 'a; b' } } }, [{ companyId: 'com_1', code: 'x', name: 'not sent' }]);
		expect(platform.calls[0]?.body).toEqual({ data: [{ sku: 'x', price_cents: 500, tags: ['a', 'b'] }] });
	});

	it('with a bad item among them: it fails alone, the others are stored', async () => {
		platform.on('POST /v1/companies/com_1/items', ({ body }) => {
			const { data } = body as { data: { sku: string; price_cents?: number }[] };
			const bad = data.findIndex(({ price_cents: price }) => price === -1);
			if (bad < 0) return { json: { data: stored(body) } };
			return { status: 400, json: { code: 'invalid_request', detail: 'The body is not valid.', errors: [{ path: `data.${bad}.price_cents`, message: 'must not be negative' }] } };
		});
		const items = [{ companyId: 'com_1', sku: 'a' }, { companyId: 'com_1', sku: 'b', price_cents: -1 }, { companyId: 'com_1', sku: 'c' }];
		const outcome = await run({ parameters: upsert, onError: 'continueRegularOutput' }, items);
		expect(outcome.json('End')).toMatchObject([{ sku: 'a' }, { error: 'The item was not stored. price_cents: must not be negative.' }, { sku: 'c' }]);
		expect(platform.calls).toHaveLength(2);
	});

	it('says of every item when the call itself failed', async () => {
		platform.on('POST /v1/companies/com_1/items', { status: 404, json: { code: 'company_not_found', detail: 'There is no company "com_1".' } });
		const outcome = await run({ parameters: upsert }, [{ companyId: 'com_1', sku: 'a' }]);
		expect(outcome.error).toMatchObject({ message: 'There is no company "com_1".', context: { itemIndex: 0 } });
	});
});

describe('single items', () => {
	it('gets and deletes by sku, whatever letters it has', async () => {
		const route = `/v1/companies/com_1/items/${encodeURIComponent('роза/1')}`;
		platform.on(`GET ${route}`, { json: { sku: 'роза/1', stock: 3 } }).on(`DELETE ${route}`, { status: 204 });
		const item = [{ companyId: 'com_1', code: 'роза/1' }];
		expect((await run({ parameters: { operation: 'get', sku: '={{ $json.code }}' } }, item)).json('End')).toEqual([{ sku: 'роза/1', stock: 3 }]);
		expect((await run({ parameters: { operation: 'delete', sku: '={{ $json.code }}' } }, item)).json('End')).toEqual([{ sku: 'роза/1', deleted: true }]);
		expect((await run({ parameters: { operation: 'get', sku: ' ' } }, item)).error).toMatchObject({ message: 'SKU is empty' });
	});

	it('lists all by pages, or as many as asked', async () => {
		const all = Array.from({ length: 230 }, (_, at) => ({ sku: String(at) }));
		platform.on('GET /v1/companies/com_1/items', ({ path }) => {
			const query = new URL(path, platform.url).searchParams;
			const from = query.has('starting_after') ? Number(query.get('starting_after')) + 1 : 0;
			const data = all.slice(from, from + Number(query.get('limit')));
			return { json: { object: 'list', data, has_more: from + data.length < all.length } };
		});
		expect((await run({ parameters: { operation: 'getAll', returnAll: true } }, [{ companyId: 'com_1' }])).json('End')).toEqual(all);
		expect((await run({ parameters: { operation: 'getAll', limit: 120 } }, [{ companyId: 'com_1' }])).json('End')).toHaveLength(120);
	});
});

describe('a catalog as a whole', () => {
	const file = (text: string, fileExtension: string) => ({ data: { data: Buffer.from(text).toString('base64'), mimeType: 'text/csv', fileExtension } });

	it('imports the file of a binary field as it is, with the options', async () => {
		platform.on('POST /v1/companies/com_1/catalog', { json: { object: 'catalog_import', inserted: 1, version: 1 } });
		const outcome = await run({ parameters: { resource: 'catalog', operation: 'import', options: { partial: true, kind: 'product' } } }, [{ companyId: 'com_1' }], [file('name;price\nТюльпан;3', 'csv')]);
		expect(outcome.json('End')).toMatchObject([{ inserted: 1, version: 1 }]);
		expect(platform.calls[0]).toMatchObject({ body: 'name;price\nТюльпан;3', headers: { 'content-type': 'text/csv' } });
		expect(Object.fromEntries(new URL(platform.calls[0]?.path ?? '', platform.url).searchParams)).toEqual({ partial: 'true', kind: 'product' });
	});

	it('says what the platform finds wrong with a file, and where the file is missing', async () => {
		platform.on('POST /v1/companies/com_1/catalog', { status: 422, json: { code: 'catalog_rows_invalid', detail: '1 row(s) can\'t be imported.' } });
		const parameters = { resource: 'catalog', operation: 'import' };
		expect((await run({ parameters }, [{ companyId: 'com_1' }], [file('x', 'csv')])).error).toMatchObject({ message: '1 row(s) can\'t be imported.', description: 'Error code: catalog_rows_invalid' });
		expect((await run({ parameters }, [{ companyId: 'com_1' }])).error?.message).toMatch(/binary/iu);
	});

	it('exports bytes as they are, and errors in words', async () => {
		const bytes = Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0x00]);
		platform.on('GET /v1/companies/com_1/catalog', ({ path }) => (path.includes('kind=service') ? { status: 422, json: { code: 'catalog_kind_unclear', detail: 'Pass kind.' } } : { file: bytes }));
		const parameters = { resource: 'catalog', operation: 'export', format: 'xlsx' };
		const outcome = await run({ parameters }, [{ companyId: 'com_1' }]);
		expect(Buffer.from(outcome.items('Catalog')[0]?.binary?.['data']?.data ?? '', 'base64')).toEqual(bytes);
		expect((await run({ parameters: { ...parameters, kind: 'service' } }, [{ companyId: 'com_1' }])).error?.message).toBe('Pass kind.');
	});

	it('lists versions and restores one', async () => {
		platform.on('GET /v1/companies/com_1/catalog/versions', { json: { data: [{ version: 2 }, { version: 1 }] } }).on('POST /v1/companies/com_1/catalog/versions/1/restore', { json: { object: 'catalog_change', version: 3 } });
		expect((await run({ parameters: { resource: 'catalog', operation: 'getVersions' } }, [{ companyId: 'com_1' }])).json('End')).toEqual([{ version: 2 }, { version: 1 }]);
		expect((await run({ parameters: { resource: 'catalog', operation: 'restore', version: 1 } }, [{ companyId: 'com_1' }])).json('End')).toMatchObject([{ version: 3 }]);
		expect((await run({ parameters: { resource: 'catalog', operation: 'restore', version: 1.5 } }, [{ companyId: 'com_1' }])).error?.message).toMatch(/whole number/u);
	});
});
