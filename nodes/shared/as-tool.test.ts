import type { INodeType } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { createWorkflow, runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';
import { Catalog } from '../Catalog/Catalog.node.ts';
import { Checkout } from '../Checkout/Checkout.node.ts';
import { SendReply } from '../SendReply/SendReply.node.ts';

/** The nodes as tools, run as n8n's engine runs them for an AI Agent. test/e2e/tools.test.ts has the agent itself. */

const API_KEY = 'ck_tenant_0123456789abcdef';
const SEARCH = 'GET /v1/companies/com_1/items/search';
const QUEUED = { object: 'reply', status: 'queued', turn_id: 'trn_1', parts: ['out_1'] };
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

/** What n8n makes of a node that is usable as a tool. */
function asTool(type: INodeType): Record<string, INodeType> {
	type.description = { ...type.description, name: `${type.description.name}Tool` };
	return { [`n8n-nodes-concierge.${type.description.name}`]: type };
}
const TOOLS = { ...asTool(new Catalog()), ...asTool(new Checkout()), ...asTool(new SendReply()) };

const ITEM = { companyId: 'com_1', turnId: 'trn_1', decisionId: 'dec_1', text: 'Hola' };

interface Call {
	readonly parameters?: WorkflowNode['parameters'];
	/** What the agent works on. */
	readonly item?: Record<string, unknown>;
	/** The model's arguments. */
	readonly args?: Record<string, unknown>;
}

/** What the model reads. */
async function call(type: string, { parameters = {}, item = ITEM, args = {} }: Call = {}) {
	const workflow = { nodes: [{ name: 'Tool', type: `n8n-nodes-concierge.${type}`, parameters }], connections: {} };
	const outcome = await runWorkflow({ workflow, items: [item], calledWith: args, nodeTypes: TOOLS, credential: { baseUrl: platform.url, apiKey: API_KEY } });
	return outcome.toModel('Tool');
}

describe('the parameters of a tool that the operator leaves as they are', () => {
	const parametersOf = (type: string, parameters = {}) =>
		createWorkflow({ nodes: [{ name: 'Tool', type: `n8n-nodes-concierge.${type}`, parameters }], connections: {} }, TOOLS).getNode('Tool')?.parameters;

	it('let the model say what to search for, and give it ten items', () => {
		expect(parametersOf('catalogTool')).toMatchObject({ query: expect.stringMatching(/\$fromAI\('query', `.{20,}`, 'string'\)/), limit: 10, source: 'input' });
		expect(parametersOf('catalog')).toMatchObject({ query: '', limit: 50, source: 'input' });
	});

	it('let the model write a free text, which the operator has to choose', () => {
		expect(parametersOf('sendReplyTool')).toMatchObject({ replyWith: 'decision' });
		expect(parametersOf('sendReplyTool', { replyWith: 'text' })).toMatchObject({ text: expect.stringMatching(/\$fromAI\('text', `.{20,}`, 'string'\)/) });
		expect(parametersOf('sendReply', { replyWith: 'text' })).toMatchObject({ text: '' });
	});

	it.each(['catalog', 'checkout', 'sendReply'])('tell the model what %s does; the node itself has no such parameter', (type) => {
		expect(String(parametersOf(`${type}Tool`)?.['toolDescription']).length).toBeGreaterThan(80);
		expect(parametersOf(type)).not.toHaveProperty('toolDescription');
	});
});

describe('a call', () => {
	it('takes the ids from the agent’s item and the rest from the model', async () => {
		platform.on(SEARCH, { json: { object: 'list', data: [], has_more: false } }).on('POST /v1/turns/trn_1/reply', { json: QUEUED });
		await call('catalogTool', { args: { query: 'розы' } });
		await call('sendReplyTool', { parameters: { replyWith: 'text' }, args: { text: ' Buenos días ' } });
		expect(new URL(platform.calls[0]?.path ?? '', platform.url).searchParams.toString()).toBe('q=%D1%80%D0%BE%D0%B7%D1%8B&limit=10');
		expect(platform.calls[1]?.body).toEqual({ text: 'Buenos días' });
	});

	it('takes an id from the model where the operator left it to the model', async () => {
		platform.on('POST /v1/turns/trn_7/reply', { json: QUEUED });
		const parameters = { source: 'custom', turnId: "={{ $fromAI('turnId', 'The turn') }}", decisionId: '={{ $json.decisionId }}' };
		expect(await call('sendReplyTool', { parameters, args: { turnId: 'trn_7' } })).toEqual([{ reply: QUEUED }]);
		expect(platform.calls[0]?.body).toEqual({ decision_id: 'dec_1' });
	});

	it.each([
		['catalogTool', { companyId: 'com_other' }],
		['sendReplyTool', { turnId: 'trn_other' }],
		['sendReplyTool', { decisionId: 'dec_other' }],
		['checkoutTool', { decisionId: 'dec_other' }],
		['checkoutTool', { turnId: { id: 'trn_other' } }],
	])('of %s is refused with ids that the model was not asked for: %o', async (type, args) => {
		const [name] = Object.keys(args);
		expect(await call(type, { args })).toEqual([{ error: `"${name}" is not a parameter of this tool. Call it without "${name}": it is taken from the workflow's item.` }]);
		expect(platform.calls).toEqual([]);
	});
});

describe('what the model reads', () => {
	it('is the result alone, not the item that it knows', async () => {
		platform.on('POST /v1/turns/trn_1/reply', { json: QUEUED }).on('POST /v1/turns/trn_1/checkout', { json: { status: 'free' } });
		expect(await call('sendReplyTool')).toEqual([{ reply: QUEUED }]);
		expect(await call('checkoutTool')).toEqual([{ checkout: { status: 'free' } }]);
	});

	it('has no empty fields; zero and false are not empty', async () => {
		const hit = { sku: '1', name: 'Yoga', price_cents: 0, free: true, online: false, tags: [], attributes: {}, unit: '', duration_minutes: null, cities: ['Adeje'] };
		platform.on(SEARCH, { json: { object: 'list', data: [hit], has_more: false } });
		expect(await call('catalogTool', { args: { query: 'yoga' } })).toEqual([{ sku: '1', name: 'Yoga', price_cents: 0, free: true, online: false, cities: ['Adeje'] }]);
	});

	it('says that nothing was found', async () => {
		platform.on(SEARCH, { json: { object: 'list', data: [], has_more: false } });
		expect(await call('catalogTool', { args: { query: 'unicorn' } })).toEqual([{ result: expect.stringContaining('Nothing found for "unicorn"') }]);
	});

	it('says that the turn is over, instead of nothing', async () => {
		platform.on('POST /v1/turns/trn_1/checkout', problem(409, 'turn_superseded', 'A newer message came in.'));
		expect(await call('checkoutTool')).toEqual([{ result: expect.stringMatching(/^Nothing was done: the customer wrote again/) }]);
	});

	it('has what to do in an error’s message, for n8n gives a model nothing else', async () => {
		platform.on('POST /v1/turns/trn_1/checkout', problem(404, 'decision_not_found', 'There is no decision dec_1'));
		expect(await call('checkoutTool')).toEqual([{ error: 'There is no decision dec_1. Error code: decision_not_found' }]);
		expect(await call('catalogTool', { item: { text: 'Hola' } })).toEqual([
			{ error: 'The item has no "companyId". The item that the AI agent works on must have it; or choose "Custom" and map the Company ID, or let the model fill it in.' },
		]);
		expect(await call('checkoutTool', { parameters: { source: 'custom', turnId: "={{ $json.none }}", decisionId: 'd' } })).toEqual([{ error: expect.stringMatching(/^Turn ID is empty\. Enter the Turn ID/) }]);
	});

	it('never has the API key', async () => {
		platform.on('POST /v1/turns/trn_1/checkout', problem(401, 'invalid_api_key', `The key ${API_KEY} is revoked.`));
		const read = JSON.stringify(await call('checkoutTool'));
		expect(read).toMatch(/The Concierge platform refused the API key\. Check the API Key/);
		expect(read).not.toContain(API_KEY);
	});
});

describe('the Catalog as a tool', () => {
	it.each([
		{ resource: 'item', operation: 'get', sku: 'a' }, { resource: 'item', operation: 'getAll' }, { resource: 'item', operation: 'upsert' }, { resource: 'item', operation: 'delete', sku: 'a' },
		{ resource: 'catalog', operation: 'import' }, { resource: 'catalog', operation: 'restore', version: 1 },
	])('does nothing but search: %j asks the platform for nothing', async (parameters) => {
		expect(JSON.stringify(await call('catalogTool', { parameters }))).toContain('A tool only searches the catalog');
		expect(platform.calls).toEqual([]);
	});

	it('offers only that in the editor', () => {
		const offered = (name: string, tool: boolean) => new Catalog().description.properties.filter((property) => property.name === name && property.displayOptions?.show?.['@tool']?.[0] === tool).flatMap(({ options }) => options ?? []).map((option) => ('value' in option ? option.value : ''));
		expect([offered('resource', true), offered('operation', true)]).toEqual([['item'], ['search']]);
		expect(offered('operation', false)).toEqual(['upsert', 'delete', 'get', 'getAll', 'search']);
	});
});
