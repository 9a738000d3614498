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

async function run(node: Partial<WorkflowNode>, items: ReadonlyArray<Record<string, unknown>>) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Catalog', type: 'n8n-nodes-concierge.catalog', ...node },
		{ name: 'End', type: 'n8n-nodes-base.noOp' },
	);
	return await runWorkflow({ workflow, items, credential: { baseUrl: platform.url, apiKey: 'ck_tenant_1' } });
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
