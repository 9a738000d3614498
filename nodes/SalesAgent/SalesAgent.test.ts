import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowJson, WorkflowNode } from '../../test/nodes/engine.ts';
import { runWorkflow } from '../../test/nodes/engine.ts';
import type { ToolCall } from '../../test/nodes/fake-model.ts';
import { FakeModel, modelNode } from '../../test/nodes/fake-model.ts';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';

const API_KEY = 'ck_worker_0123456789abcdef';
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

/** The JSON of `POST /v1/turns/{id}/decision`, cut to what the node uses. */
function accepted(turnId: string, next: 'reply' | 'checkout' | 'handover') {
	const decision = { turnId, decisionId: `dec_${turnId}`, response: `Answer to ${turnId}`, model: 'offline', violations: [] };
	return { json: { object: 'decision', accepted: true, next, decision } };
}

function decideOn(turnId: string, next: 'reply' | 'checkout' | 'handover'): void {
	platform.on(`POST /v1/turns/${turnId}/decision`, accepted(turnId, next));
}

const PROPOSAL = {
	response: 'Hello!',
	language: 'English',
	intent: 'greeting',
	send_payment_link: false,
	city: '',
	items: null,
	recipient_phone_number: '',
	client_name: '',
	order_description: '',
	focus_sku: '',
	requested: [],
	slot: null,
	handover: null,
	quotes: {},
};
const decide: ToolCall = { id: 'call_1', name: 'decide', args: PROPOSAL };

interface RunOptions {
	readonly node?: Partial<WorkflowNode>;
	readonly primary?: unknown;
	readonly fallback?: unknown;
}

async function run(turnIds: readonly string[], { node = {}, primary, fallback }: RunOptions = {}) {
	const outputs = ['Reply', 'Checkout', 'Handover'];
	const models = [
		{ name: 'Primary', model: primary, index: 0 },
		{ name: 'Fallback', model: fallback, index: 1 },
	].filter(({ model }) => model !== undefined);
	const workflow: WorkflowJson = {
		nodes: [
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{ name: 'Sales Agent', type: 'n8n-nodes-concierge.salesAgent', ...node },
			...outputs.map((name) => ({ name, type: 'n8n-nodes-base.noOp' })),
			...models.map(({ name }) => ({ name, type: `test.${name}` })),
		],
		connections: {
			Start: { main: [[{ node: 'Sales Agent', type: 'main', index: 0 }]] },
			'Sales Agent': { main: outputs.map((name) => [{ node: name, type: 'main' as const, index: 0 }]) },
			...Object.fromEntries(
				models.map(({ name, index }) => [
					name,
					{ ai_languageModel: [[{ node: 'Sales Agent', type: 'ai_languageModel' as const, index }]] },
				]),
			),
		},
	};
	return await runWorkflow({
		workflow,
		items: turnIds.map((turnId) => ({ turnId, text: 'Hi' })),
		credential: { baseUrl: platform.url, apiKey: API_KEY },
		nodeTypes: Object.fromEntries(models.map(({ name, model }) => [`test.${name}`, modelNode(model)])),
	});
}

describe('without a chat model', () => {
	it('asks the platform for its own answer, in one call', async () => {
		decideOn('trn_1', 'reply');
		const outcome = await run(['trn_1']);
		expect(outcome.status).toBe('success');
		expect(platform.calls.map(({ method, path, body }) => [method, path, body])).toEqual([
			['POST', '/v1/turns/trn_1/decision', { proposal: null, model: 'offline', attempt: 1 }],
		]);
		expect(platform.calls[0]?.headers['concierge-execution-id']).toBe('exec-1');
		expect(outcome.json('Reply')).toEqual([accepted('trn_1', 'reply').json.decision]);
		expect(outcome.ran('Checkout') || outcome.ran('Handover')).toBe(false);
	});

	it('sends every turn to the output of its next step, paired with its item', async () => {
		const steps = ['handover', 'reply', 'checkout', 'reply', 'handover'] as const;
		steps.forEach((next, index) => decideOn(`trn_${String(index)}`, next));
		const outcome = await run(steps.map((_, index) => `trn_${String(index)}`));
		const pairs = (output: number) =>
			outcome.items('Sales Agent', output).map(({ json, pairedItem }) => [json['turnId'], pairedItem]);
		expect(pairs(0)).toEqual([['trn_1', { item: 1 }], ['trn_3', { item: 3 }]]);
		expect(pairs(1)).toEqual([['trn_2', { item: 2 }]]);
		expect(pairs(2)).toEqual([['trn_0', { item: 0 }], ['trn_4', { item: 4 }]]);
		expect(outcome.json('Handover')).toHaveLength(2);
		expect(outcome.credentialReads).toBe(1);
	});

	it('asks for all of them in one call', async () => {
		const turnIds = Array.from({ length: 20 }, (_, index) => `trn_${String(index)}`);
		turnIds.forEach((turnId) => decideOn(turnId, 'reply'));
		const outcome = await run(turnIds, { node: { parameters: { options: { concurrency: 2 } } } });
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(platform.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/turns/decisions']);
		expect(platform.calls[0]?.body).toEqual({ data: turnIds.map((turn_id) => ({ turn_id, proposal: null, model: 'offline', attempt: 1 })) });
		expect(platform.calls[0]?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'concierge-execution-id': 'exec-1' });
	});

	it('asks for more than the platform takes at once in several calls', async () => {
		const turnIds = Array.from({ length: 120 }, (_, index) => `trn_${String(index)}`);
		turnIds.forEach((turnId) => decideOn(turnId, 'reply'));
		const outcome = await run(turnIds);
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(platform.calls.map(({ body }) => (body as { data: unknown[] }).data.length).toSorted()).toEqual([20, 50, 50]);
	});

	it('answers the others when one turn fails, whatever the platform says of it', async () => {
		for (const answer of [problem(404, 'turn_not_found', 'There is no turn trn_1.'), problem(500, 'internal_error', `Oops, ${API_KEY}.`)]) {
			['trn_0', 'trn_2'].forEach((turnId) => decideOn(turnId, 'reply'));
			platform.on('POST /v1/turns/trn_1/decision', answer);
			const outcome = await run(['trn_0', 'trn_1', 'trn_2']);
			expect(outcome.status).toBe('success');
			expect(outcome.items('Sales Agent').map(({ json, pairedItem }) => [json['turnId'], pairedItem])).toEqual([['trn_0', { item: 0 }], ['trn_2', { item: 2 }]]);
			expect(outcome.hints('Sales Agent')).toMatchObject([{ message: expect.stringMatching(/^1 item failed and was left out/) as string, type: 'warning' }]);
			expect(JSON.stringify(outcome.run)).not.toContain(API_KEY);
		}
	});

	it('stops when the call fails, so that n8n retries it', async () => {
		let tries = 0;
		['trn_0', 'trn_1'].forEach((turnId) => decideOn(turnId, 'reply'));
		const both = { data: ['trn_0', 'trn_1'].map((turnId) => ({ turn_id: turnId, ok: true, answer: accepted(turnId, 'reply').json })) };
		platform.on('POST /v1/turns/decisions', () => (++tries % 2 ? problem(503, 'busy', 'Restarting.') : { json: both }));
		const failed = await run(['trn_0', 'trn_1']);
		expect(failed.error).toMatchObject({ name: 'NodeApiError', httpCode: '503', context: { itemIndex: 0 } });
		tries = 0;
		const outcome = await run(['trn_0', 'trn_1'], { node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } });
		expect(outcome.json('Reply')).toHaveLength(2);
	});

	it.each([{}, { data: [] }, { data: ['x', 'y'] }, { data: [{ ok: true }, { ok: true }] }])('says that a list is of an unknown form (%j)', async (json) => {
		platform.on('POST /v1/turns/decisions', { json });
		const outcome = await run(['trn_0', 'trn_1']);
		expect(outcome.error?.description).toContain('unexpected_answer');
	});

	it('leaves out a superseded turn and answers the others', async () => {
		platform.on('POST /v1/turns/trn_0/decision', problem(409, 'turn_superseded', 'A newer message came in.'));
		decideOn('trn_1', 'reply');
		const outcome = await run(['trn_0', 'trn_1']);
		expect(outcome.status).toBe('success');
		expect(outcome.json('Reply')).toMatchObject([{ turnId: 'trn_1' }]);
		expect(outcome.items('Reply')[0]?.pairedItem).toEqual({ item: 0 });
		expect(outcome.items('Sales Agent')[0]?.pairedItem).toEqual({ item: 1 });
		expect(outcome.hints('Sales Agent')).toHaveLength(1);
	});

	it('shows above the items what the platform put right or withheld, each reason once', async () => {
		const violations = [{ code: 'no_payment_reminder', rule: 12, message: 'No payment link.' }];
		for (const turnId of ['trn_0', 'trn_1']) {
			const decision = { turnId, decisionId: `dec_${turnId}`, response: 'Noted.', model: 'offline', violations };
			platform.on(`POST /v1/turns/${turnId}/decision`, { json: { object: 'decision', accepted: true, next: 'reply', decision } });
		}
		const outcome = await run(['trn_0', 'trn_1']);
		expect(outcome.json('Reply')).toMatchObject([{ violations }, { violations }]);
		expect(outcome.hints('Sales Agent')).toMatchObject([
			{ message: 'Checked and put right, or withheld: No payment link. (no_payment_reminder)', location: 'outputPane' },
		]);
	});

	it('names the item whose answer has an unknown form', async () => {
		decideOn('trn_0', 'reply');
		platform.on('POST /v1/turns/trn_1/decision', { json: { object: 'decision', accepted: true, next: 'dance', decision: {} } });
		const outcome = await run(['trn_0', 'trn_1']);
		expect(outcome.error).toMatchObject({ name: 'NodeApiError', context: { itemIndex: 1 } });
		expect(outcome.error?.description).toContain('unexpected_answer');
	});

	it('goes on with an error item when it is set to', async () => {
		platform.on('POST /v1/turns/trn_0/decision', problem(404, 'turn_not_found', 'There is no turn trn_0.'));
		decideOn('trn_1', 'checkout');
		const outcome = await run(['trn_0', 'trn_1'], { node: { onError: 'continueRegularOutput' } });
		expect(outcome.status).toBe('success');
		expect(outcome.json('Reply')).toMatchObject([{ error: 'There is no turn trn_0.' }]);
		expect(outcome.json('Checkout')).toMatchObject([{ turnId: 'trn_1' }]);
	});
});

const CONTEXT = {
	turn: { type: 'turn.ready', turnId: 'trn_1', channel: 'whatsapp', text: 'Hi', messages: [], customer: { id: 'c', name: '' }, company: { name: 'Florist', type: 'product' } },
	company: { name: 'Florist', type: 'product', currency: 'eur', defaultLanguage: 'English', instructions: '' },
	session: {},
	history: [],
	digest: [],
};

describe('with chat models', () => {
	beforeEach(() => {
		platform.on('GET /v1/turns/trn_1/context', { json: CONTEXT });
		decideOn('trn_1', 'reply');
	});

	const decisions = () => platform.callsTo('POST /v1/turns/trn_1/decision').map(({ body }) => body);

	it('lets them answer as many turns at once as it is told to, each with its own proposal', async () => {
		let open = 0;
		let most = 0;
		const bound = {
			invoke: async () => {
				open += 1;
				most = Math.max(most, open);
				await new Promise((resolve) => setTimeout(resolve, 10));
				open -= 1;
				return { content: '', tool_calls: [decide] };
			},
		};
		const turnIds = Array.from({ length: 6 }, (_, index) => `trn_${String(index)}`);
		for (const turnId of turnIds) {
			platform.on(`GET /v1/turns/${turnId}/context`, { json: CONTEXT });
			decideOn(turnId, 'reply');
		}
		const primary = { model: 'gpt-test', bindTools: () => bound, invoke: bound.invoke };
		const outcome = await run(turnIds, { primary, node: { parameters: { options: { concurrency: 2 } } } });
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(most).toBe(2);
		const asked = platform.calls.filter(({ method }) => method === 'POST').flatMap(({ path, body }) => (path.endsWith('/decisions') ? (body as { data: { turn_id: string }[] }).data.map(({ turn_id }) => turn_id) : [path.split('/')[3]]));
		expect(asked.toSorted()).toEqual(turnIds);
	});

	it('hands the proposal of the model to the platform under its name', async () => {
		const primary = new FakeModel('gpt-test', [[decide]]);
		const outcome = await run(['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(primary.seen).toHaveLength(1);
		expect(decisions()).toMatchObject([{ model: 'gpt-test', attempt: 1 }]);
		expect(outcome.json('Reply')).toMatchObject([{ turnId: 'trn_1' }]);
	});

	it('looks things up for the model', async () => {
		platform.on('POST /v1/turns/trn_1/tools/search_catalog', { json: { result: [{ sku: '7', name: 'Roses' }] } });
		const search: ToolCall = { id: 'call_0', name: 'search_catalog', args: { query: 'roses' } };
		const primary = new FakeModel('gpt-test', [[search], [decide]]);
		const outcome = await run(['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(platform.callsTo('POST /v1/turns/trn_1/tools/search_catalog').map(({ body }) => body)).toEqual([{ query: 'roses' }]);
		expect(JSON.stringify(primary.seen[1])).toContain('Roses');
	});

	it('tells the model what is wrong with the arguments it chose', async () => {
		platform.on('POST /v1/turns/trn_1/tools/get_items', problem(422, 'invalid_request', 'skus must be a list.'));
		const primary = new FakeModel('gpt-test', [[{ id: 'call_0', name: 'get_items', args: { skus: 7 } }], [decide]]);
		expect((await run(['trn_1'], { primary })).status).toBe('success');
		expect(JSON.stringify(primary.seen[1])).toContain('skus must be a list.');
	});

	it('lets the model correct itself once', async () => {
		let attempts = 0;
		platform.on('POST /v1/turns/trn_1/decision', () => {
			attempts += 1;
			const violations = [{ code: 'fact_not_in_catalog', rule: 1, message: '5 € is not a price of this catalog.' }];
			return attempts === 1 ? { json: { object: 'decision', accepted: false, violations } } : accepted('trn_1', 'reply');
		});
		const primary = new FakeModel('gpt-test', [[decide]]);
		expect((await run(['trn_1'], { primary })).json('Reply')).toHaveLength(1);
		expect(JSON.stringify(primary.seen[1])).toContain('5 € is not a price');
		expect(decisions()).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
	});

	it('asks the primary model first, whichever was connected first', async () => {
		const primary = new FakeModel('primary-model', [[decide]]);
		const fallback = new FakeModel('fallback-model', [[decide]]);
		await run(['trn_1'], { primary, fallback });
		expect([primary.seen.length, fallback.seen.length]).toEqual([1, 0]);
		expect(decisions()).toMatchObject([{ model: 'primary-model' }]);
	});

	it('asks the fallback model when the primary one fails', async () => {
		const primary = new FakeModel('primary-model', [new Error('insufficient_quota')]);
		const fallback = new FakeModel('fallback-model', [[decide]]);
		const outcome = await run(['trn_1'], { primary, fallback });
		expect(outcome.status).toBe('success');
		expect(decisions()).toMatchObject([{ model: 'fallback-model' }]);
		expect(outcome.hints('Sales Agent').map(({ message }) => message)).toEqual([
			'The model "primary-model" was given up: call failed: Error.',
		]);
	});

	it('works with a fallback model alone', async () => {
		await run(['trn_1'], { fallback: new FakeModel('only-model', [[decide]]) });
		expect(decisions()).toMatchObject([{ model: 'only-model' }]);
	});

	it('lets the platform answer when every model fails: the customer is not left alone', async () => {
		const failing = () => new FakeModel('broken', [new Error('boom')]);
		const outcome = await run(['trn_1'], { primary: failing(), fallback: failing() });
		expect(outcome.status).toBe('success');
		expect(decisions()).toMatchObject([{ proposal: null }]);
		expect(outcome.json('Reply')).toHaveLength(1);
	});

	it('says that a connected model cannot call tools', async () => {
		const outcome = await run(['trn_1'], { primary: { model: 'text-only', invoke: async () => ({}) } });
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toBe('The connected model "text-only" can\'t call tools');
		expect(platform.calls).toHaveLength(0);
	});

	it('leaves out a turn that was superseded while the model was thinking', async () => {
		platform.on('POST /v1/turns/trn_1/decision', problem(409, 'turn_superseded', 'A newer message came in.'));
		const outcome = await run(['trn_1'], { primary: new FakeModel('gpt-test', [[decide]]) });
		expect(outcome.status).toBe('success');
		expect(outcome.ran('Reply') || outcome.ran('Checkout') || outcome.ran('Handover')).toBe(false);
	});

	it('leaves out a turn that was closed before the model was asked', async () => {
		platform.on('GET /v1/turns/trn_1/context', problem(409, 'turn_closed', 'Answered.'));
		const primary = new FakeModel('gpt-test', [[decide]]);
		const outcome = await run(['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(primary.seen).toHaveLength(0);
	});
});
