import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';
import { API_KEY, accepted, decideOn, runSalesAgent } from '../../test/nodes/sales-agent.ts';

let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

describe('without a chat model', () => {
	it('asks the platform for its own answer, in one call', async () => {
		decideOn(platform, 'trn_1', 'reply');
		const outcome = await runSalesAgent(platform, ['trn_1']);
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
		steps.forEach((next, index) => decideOn(platform, `trn_${String(index)}`, next));
		const outcome = await runSalesAgent(platform, steps.map((_, index) => `trn_${String(index)}`));
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
		turnIds.forEach((turnId) => decideOn(platform, turnId, 'reply'));
		const outcome = await runSalesAgent(platform, turnIds, { node: { parameters: { options: { concurrency: 2 } } } });
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(platform.calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v1/turns/decisions']);
		expect(platform.calls[0]?.body).toEqual({ data: turnIds.map((turn_id) => ({ turn_id, proposal: null, model: 'offline', attempt: 1 })) });
		expect(platform.calls[0]?.headers).toMatchObject({ authorization: `Bearer ${API_KEY}`, 'concierge-execution-id': 'exec-1' });
	});

	it('asks for more than the platform takes at once in several calls', async () => {
		const turnIds = Array.from({ length: 120 }, (_, index) => `trn_${String(index)}`);
		turnIds.forEach((turnId) => decideOn(platform, turnId, 'reply'));
		const outcome = await runSalesAgent(platform, turnIds);
		expect(outcome.json('Reply')).toMatchObject(turnIds.map((turnId) => ({ turnId })));
		expect(platform.calls.map(({ body }) => (body as { data: unknown[] }).data.length).toSorted()).toEqual([20, 50, 50]);
	});

	it('answers the others when one turn fails, whatever the platform says of it', async () => {
		for (const answer of [problem(404, 'turn_not_found', 'There is no turn trn_1.'), problem(500, 'internal_error', `Oops, ${API_KEY}.`)]) {
			['trn_0', 'trn_2'].forEach((turnId) => decideOn(platform, turnId, 'reply'));
			platform.on('POST /v1/turns/trn_1/decision', answer);
			const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1', 'trn_2']);
			expect(outcome.status).toBe('success');
			expect(outcome.items('Sales Agent').map(({ json, pairedItem }) => [json['turnId'], pairedItem])).toEqual([['trn_0', { item: 0 }], ['trn_2', { item: 2 }]]);
			expect(outcome.hints('Sales Agent')).toMatchObject([{ message: expect.stringMatching(/^1 item failed and was left out/) as string, type: 'warning' }]);
			expect(JSON.stringify(outcome.run)).not.toContain(API_KEY);
		}
	});

	it('stops when the call fails, so that n8n retries it', async () => {
		let tries = 0;
		['trn_0', 'trn_1'].forEach((turnId) => decideOn(platform, turnId, 'reply'));
		const both = { data: ['trn_0', 'trn_1'].map((turnId) => ({ turn_id: turnId, ok: true, answer: accepted(turnId, 'reply').json })) };
		platform.on('POST /v1/turns/decisions', () => (++tries % 2 ? problem(503, 'busy', 'Restarting.') : { json: both }));
		const failed = await runSalesAgent(platform, ['trn_0', 'trn_1']);
		expect(failed.error).toMatchObject({ name: 'NodeApiError', httpCode: '503', context: { itemIndex: 0 } });
		tries = 0;
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1'], { node: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 } });
		expect(outcome.json('Reply')).toHaveLength(2);
	});

	it.each([{}, { data: [] }, { data: ['x', 'y'] }, { data: [{ ok: true }, { ok: true }] }])('says that a list is of an unknown form (%j)', async (json) => {
		platform.on('POST /v1/turns/decisions', { json });
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1']);
		expect(outcome.error?.description).toContain('unexpected_answer');
	});

	it('leaves out a superseded turn and answers the others', async () => {
		platform.on('POST /v1/turns/trn_0/decision', problem(409, 'turn_superseded', 'A newer message came in.'));
		decideOn(platform, 'trn_1', 'reply');
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1']);
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
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1']);
		expect(outcome.json('Reply')).toMatchObject([{ violations }, { violations }]);
		expect(outcome.hints('Sales Agent')).toMatchObject([
			{ message: 'Checked and put right, or withheld: No payment link. (no_payment_reminder)', location: 'outputPane' },
		]);
	});

	it('names the item whose answer has an unknown form', async () => {
		platform.on('POST /v1/turns/trn_0/decision', problem(404, 'turn_not_found', 'There is no turn trn_0.'));
		platform.on('POST /v1/turns/trn_1/decision', { json: { object: 'decision', accepted: true, next: 'dance', decision: {} } });
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1']);
		expect(outcome.error).toMatchObject({ name: 'NodeApiError', context: { itemIndex: 1 } });
		expect(outcome.error?.description).toContain('unexpected_answer');
	});

	it('goes on with an error item when it is set to', async () => {
		platform.on('POST /v1/turns/trn_0/decision', problem(404, 'turn_not_found', 'There is no turn trn_0.'));
		decideOn(platform, 'trn_1', 'checkout');
		const outcome = await runSalesAgent(platform, ['trn_0', 'trn_1'], { node: { onError: 'continueRegularOutput' } });
		expect(outcome.status).toBe('success');
		expect(outcome.json('Reply')).toMatchObject([{ error: 'There is no turn trn_0.' }]);
		expect(outcome.json('Checkout')).toMatchObject([{ turnId: 'trn_1' }]);
	});
});
