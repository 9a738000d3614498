import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ToolCall } from '../../test/nodes/fake-model.ts';
import { FakeModel } from '../../test/nodes/fake-model.ts';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';
import { accepted, decideOn, runSalesAgent } from '../../test/nodes/sales-agent.ts';

let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

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
		decideOn(platform, 'trn_1', 'reply');
	});

	const decisions = () => platform.callsTo('POST /v1/turns/trn_1/decision').map(({ body }) => body);

	it('adds the scenario and the instructions that it is set to', async () => {
		const primary = new FakeModel('m', [[decide]]);
		await runSalesAgent(platform, ['trn_1'], { primary, node: { parameters: { options: { scenario: ' after-sale ', instructions: 'Offer the gift card first.' } } } });
		expect(platform.callsTo('GET /v1/turns/trn_1/context').map(({ path }) => new URL(path, platform.url).search)).toEqual(['?scenario=after-sale&models=%5B%22m%22%5D']);
		expect(decisions()).toMatchObject([{ scenario: 'after-sale', model: 'm' }]);
		expect(JSON.stringify(primary.seen)).toContain('Offer the gift card first.');
	});

	it.each([500, 503])('answers the others when the context of one turn answers %i', async (status) => {
		for (const turnId of ['trn_0', 'trn_2']) {
			platform.on(`GET /v1/turns/${turnId}/context`, { json: CONTEXT });
			decideOn(platform, turnId, 'reply');
		}
		platform.on('GET /v1/turns/trn_1/context', problem(status, 'internal_error', 'Look at the log.'));
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1', 'trn_2'], { primary: new FakeModel('m', [[decide]]), node: { parameters: { options: { concurrency: 1 } } } });
		expect(outcome.status).toBe('success');
		expect(outcome.items('Sales Agent').map(({ json, pairedItem }) => [json['turnId'], pairedItem])).toEqual([['trn_0', { item: 0 }], ['trn_2', { item: 2 }]]);
		expect(outcome.hints('Sales Agent')).toMatchObject([{ message: expect.stringMatching(/^1 item failed and was left out/) as string, type: 'warning' }]);
	});

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
			decideOn(platform, turnId, 'reply');
		}
		const primary = { model: 'gpt-test', bindTools: () => bound, invoke: bound.invoke };
		const outcome = await runSalesAgent(platform, turnIds, { primary, node: { parameters: { options: { concurrency: 2 } } } });
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(most).toBe(2);
		const asked = platform.calls.filter(({ method }) => method === 'POST').flatMap(({ path, body }) => (path.endsWith('/decisions') ? (body as { data: { turn_id: string }[] }).data.map(({ turn_id }) => turn_id) : [path.split('/')[3]]));
		expect(asked.toSorted()).toEqual(turnIds);
	});

	it('hands the proposal of the model to the platform under its name', async () => {
		const primary = new FakeModel('gpt-test', [[decide]]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(primary.seen).toHaveLength(1);
		expect(decisions()).toMatchObject([{ model: 'gpt-test', attempt: 1 }]);
		expect(outcome.json('Reply')).toMatchObject([{ turnId: 'trn_1' }]);
	});

	it('looks things up for the model', async () => {
		platform.on('POST /v1/turns/trn_1/tools/search_catalog', { json: { result: [{ sku: '7', name: 'Roses' }] } });
		const search: ToolCall = { id: 'call_0', name: 'search_catalog', args: { query: 'roses' } };
		const primary = new FakeModel('gpt-test', [[search], [decide]]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(platform.callsTo('POST /v1/turns/trn_1/tools/search_catalog').map(({ body }) => body)).toEqual([{ query: 'roses' }]);
		expect(JSON.stringify(primary.seen[1])).toContain('Roses');
	});

	it('tells the model what is wrong with the arguments it chose', async () => {
		platform.on('POST /v1/turns/trn_1/tools/get_items', problem(422, 'invalid_request', 'skus must be a list.'));
		const primary = new FakeModel('gpt-test', [[{ id: 'call_0', name: 'get_items', args: { skus: 7 } }], [decide]]);
		expect((await runSalesAgent(platform, ['trn_1'], { primary })).status).toBe('success');
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
		expect((await runSalesAgent(platform, ['trn_1'], { primary })).json('Reply')).toHaveLength(1);
		expect(JSON.stringify(primary.seen[1])).toContain('5 € is not a price');
		expect(decisions()).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
	});

	it('asks the primary model first, whichever was connected first', async () => {
		const primary = new FakeModel('primary-model', [[decide]]);
		const fallback = new FakeModel('fallback-model', [[decide]]);
		await runSalesAgent(platform, ['trn_1'], { primary, fallback });
		expect([primary.seen.length, fallback.seen.length]).toEqual([1, 0]);
		expect(decisions()).toMatchObject([{ model: 'primary-model' }]);
	});

	it('asks the fallback model when the primary one fails', async () => {
		const primary = new FakeModel('primary-model', [new Error('insufficient_quota')]);
		const fallback = new FakeModel('fallback-model', [[decide]]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary, fallback });
		expect(outcome.status).toBe('success');
		expect(decisions()).toMatchObject([{ model: 'fallback-model' }]);
		expect(outcome.hints('Sales Agent').map(({ message }) => message)).toEqual([
			'The model "primary-model" was given up: call failed: Error.',
		]);
		expect(outcome.json('Reply')).toMatchObject([{ modelFailures: [{ model: 'primary-model', code: 'call_failed', reason: 'call failed: Error' }] }]);
		expect(decisions()).toMatchObject([{ failures: [{ model: 'primary-model', code: 'call_failed' }] }]);
	});

	it('does not ask one that the platform says is down', async () => {
		platform.on('GET /v1/turns/trn_1/context', { json: { ...CONTEXT, unavailableModels: ['primary-model'] } });
		const primary = new FakeModel('primary-model', [[decide]]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary, fallback: new FakeModel('fallback-model', [[decide]]) });
		expect(primary.seen).toEqual([]);
		expect(outcome.json('Reply')).toMatchObject([{ modelFailures: [{ model: 'primary-model', code: 'unavailable' }] }]);
		expect(outcome.hints('Sales Agent')).toMatchObject([{ message: expect.stringContaining('not asked') }]);
	});

	it('shows it the pictures of the turn; one that can\'t be had is left out', async () => {
		platform.on('GET /v1/turns/trn_1/context', { json: { ...CONTEXT, turn: { ...CONTEXT.turn, messages: [{ type: 'image' }, { type: 'image' }] }, pictures: ['msg_1', 'msg_2'] } });
		platform.on('GET /v1/turns/trn_1/pictures/msg_1', { file: Buffer.from('89504e470d0a1a0a', 'hex') });
		platform.on('GET /v1/turns/trn_1/pictures/msg_2', problem(502, 'picture_not_available', 'Gone.'));
		const primary = new FakeModel('m', [[decide]]);
		await runSalesAgent(platform, ['trn_1'], { primary });
		expect((primary.seen[0] as { content: unknown }[]).at(-1)?.content).toEqual([
			{ type: 'text', text: 'Hi\n[photo]\n[photo]' },
			{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
		]);
	});

	it('shows it none when it is set so: the words say that there was one', async () => {
		platform.on('GET /v1/turns/trn_1/context', { json: { ...CONTEXT, turn: { ...CONTEXT.turn, messages: [{ type: 'image' }] }, pictures: ['msg_1'] } });
		const primary = new FakeModel('m', [[decide]]);
		await runSalesAgent(platform, ['trn_1'], { primary, node: { parameters: { options: { showPictures: false } } } });
		expect((primary.seen[0] as { content: unknown }[]).at(-1)?.content).toBe('Hi\n[photo]');
		expect(platform.callsTo('GET /v1/turns/trn_1/pictures/msg_1')).toEqual([]);
	});

	it('works with a fallback model alone', async () => {
		await runSalesAgent(platform, ['trn_1'], { fallback: new FakeModel('only-model', [[decide]]) });
		expect(decisions()).toMatchObject([{ model: 'only-model' }]);
	});

	it('lets the platform answer when every model fails: the customer is not left alone', async () => {
		const failing = () => new FakeModel('broken', [new Error('boom')]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary: failing(), fallback: failing() });
		expect(outcome.status).toBe('success');
		expect(decisions()).toMatchObject([{ proposal: null }]);
		expect(outcome.json('Reply')).toHaveLength(1);
	});

	it('asks a model that cannot call tools in words', async () => {
		const answer = JSON.stringify({ tool: 'decide', args: PROPOSAL });
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary: { model: 'text-only', invoke: async () => ({ content: answer }) } });
		expect(outcome.status).toBe('success');
		expect(decisions()).toMatchObject([{ model: 'text-only', proposal: PROPOSAL }]);
	});

	it('says that what is connected is no chat model', async () => {
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary: { model: 'embeddings' } });
		expect(outcome.status).toBe('error');
		expect(outcome.error?.message).toBe('What is connected as "embeddings" is no chat model');
		expect(platform.calls).toHaveLength(0);
	});

	it('leaves out a turn that was superseded while the model was thinking', async () => {
		platform.on('POST /v1/turns/trn_1/decision', problem(409, 'turn_superseded', 'A newer message came in.'));
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary: new FakeModel('gpt-test', [[decide]]) });
		expect(outcome.status).toBe('success');
		expect(outcome.ran('Reply') || outcome.ran('Checkout') || outcome.ran('Handover')).toBe(false);
	});

	it('leaves out a turn that was closed before the model was asked', async () => {
		platform.on('GET /v1/turns/trn_1/context', problem(409, 'turn_closed', 'Answered.'));
		const primary = new FakeModel('gpt-test', [[decide]]);
		const outcome = await runSalesAgent(platform, ['trn_1'], { primary });
		expect(outcome.status).toBe('success');
		expect(primary.seen).toHaveLength(0);
	});
});
