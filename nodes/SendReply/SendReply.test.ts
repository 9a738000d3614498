import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { chain, runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';

const API_KEY = 'ck_worker_0123456789abcdef';
const QUEUED = { object: 'reply', status: 'queued', turn_id: 'trn_1', parts: ['out_1'] };
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

async function run(node: Partial<WorkflowNode>, items: ReadonlyArray<Record<string, unknown>>) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Send Reply', type: 'n8n-nodes-concierge.sendReply', ...node },
		{ name: 'End', type: 'n8n-nodes-base.noOp' },
	);
	return await runWorkflow({ workflow, items, credential: { baseUrl: platform.url, apiKey: API_KEY } });
}

describe('replying with a decision', () => {
	it('sends what the item decided, with the key and the execution id, and passes the item on', async () => {
		platform.on('POST /v1/turns/trn_1/reply', { json: QUEUED });
		const outcome = await run({}, [{ turnId: 'trn_1', decisionId: 'dec_1', response: 'Hi' }]);
		expect(outcome.status).toBe('success');
		expect(outcome.json('End')).toEqual([{ turnId: 'trn_1', decisionId: 'dec_1', response: 'Hi', reply: QUEUED }]);
		expect(outcome.items('Send Reply')[0]?.pairedItem).toEqual({ item: 0 });
		expect(platform.calls).toHaveLength(1);
		expect(platform.calls[0]?.body).toEqual({ decision_id: 'dec_1' });
		expect(platform.calls[0]?.headers).toMatchObject({
			authorization: `Bearer ${API_KEY}`,
			'concierge-execution-id': 'exec-1',
			'idempotency-key': 'reply-dec_1',
			'content-type': 'application/json',
		});
	});

	it('answers twenty items in their order, in one call and with one look at the credential', async () => {
		const turns = Array.from({ length: 20 }, (_, index) => `trn_${String(index)}`);
		turns.forEach((turn, index) =>
			// The earlier the item, the later its answer.
			platform.on(`POST /v1/turns/${turn}/reply`, { json: { ...QUEUED, turn_id: turn }, delayMs: 40 - 2 * index }),
		);
		const outcome = await run({}, turns.map((turnId) => ({ turnId, decisionId: `dec_${turnId}` })));
		expect(outcome.json('End').map((json) => (json as { turnId: string }).turnId)).toEqual(turns);
		expect(outcome.items('Send Reply').map(({ pairedItem }) => pairedItem)).toEqual(turns.map((_, item) => ({ item })));
		expect(outcome.credentialReads).toBe(1);
		expect(platform.calls.map(({ path, body }) => [path, body])).toEqual([
			['/v1/turns/replies', { data: turns.map((turn) => ({ turn_id: turn, decision_id: `dec_${turn}` })) }],
		]);
	});

	it('answers the others when one has lost its decision', async () => {
		['trn_0', 'trn_2'].forEach((turn) => platform.on(`POST /v1/turns/${turn}/reply`, { json: { ...QUEUED, turn_id: turn } }));
		platform.on('POST /v1/turns/trn_1/reply', problem(404, 'decision_not_found', 'There is no decision "dec_1".'));
		const outcome = await run({}, ['trn_0', 'trn_1', 'trn_2'].map((turnId) => ({ turnId, decisionId: 'dec' })));
		expect(outcome.json('End')).toMatchObject([{ reply: { turn_id: 'trn_0' } }, { reply: { turn_id: 'trn_2' } }]);
		expect(outcome.hints('Send Reply')[0]?.message).toContain('There is no decision "dec_1". (Error code: decision_not_found)');
	});

	it('takes ids entered by hand or mapped with an expression', async () => {
		platform.on('POST /v1/turns/trn_9/reply', { json: QUEUED });
		const parameters = { source: 'custom', turnId: 'trn_9', decisionId: '={{ $json.chosen }}' };
		const outcome = await run({ parameters }, [{ chosen: 'dec_7' }]);
		expect(outcome.status).toBe('success');
		expect(platform.calls[0]?.body).toEqual({ decision_id: 'dec_7' });
	});

	it('keeps ids from changing the path', async () => {
		platform.on('POST /v1/turns/a%2F..%2Fb%3Fc/reply', { json: QUEUED });
		expect((await run({}, [{ turnId: 'a/../b?c', decisionId: 'd' }])).status).toBe('success');
	});

	it('says which id an item lacks, and what to do', async () => {
		const outcome = await run({}, [{ turnId: 'trn_1' }]);
		expect(outcome.status).toBe('error');
		expect(outcome.error).toMatchObject({
			name: 'NodeOperationError',
			message: 'The item has no "decisionId"',
			context: { itemIndex: 0 },
		});
		expect(outcome.error?.description).toContain('Sales Agent');
		expect(platform.calls).toHaveLength(0);
	});

	it('shows in the item that a person answers this conversation', async () => {
		platform.on('POST /v1/turns/trn_1/reply', { json: { ...QUEUED, status: 'human', parts: [] } });
		const outcome = await run({}, [{ turnId: 'trn_1', decisionId: 'dec_1' }]);
		expect(outcome.json('End')).toMatchObject([{ reply: { status: 'human' } }]);
	});
});

describe('replying with free text', () => {
	const parameters = { replyWith: 'text', text: ' We open at nine. ' };

	it('sends the text and no decision', async () => {
		platform.on('POST /v1/turns/trn_1/reply', { json: QUEUED });
		const outcome = await run({ parameters }, [{ turnId: 'trn_1' }]);
		expect(outcome.status).toBe('success');
		expect(platform.calls[0]?.body).toEqual({ text: 'We open at nine.' });
	});

	it('repeats under the same key when n8n retries, so the customer reads it once', async () => {
		let tries = 0;
		platform.on('POST /v1/turns/trn_1/reply', () => {
			tries += 1;
			return tries === 1 ? problem(503, 'unavailable', 'Restarting.') : { json: QUEUED };
		});
		const outcome = await run({ parameters, retryOnFail: true, maxTries: 2, waitBetweenTries: 1 }, [{ turnId: 'trn_1' }]);
		expect(outcome.status).toBe('success');
		const keys = platform.calls.map(({ headers }) => headers['idempotency-key']);
		expect(keys).toHaveLength(2);
		expect(keys[0]).toMatch(/^reply-text-[0-9a-f]{40}$/);
		expect(keys[1]).toBe(keys[0]);
	});

	it('sends two texts to one customer in their order, each under its own key', async () => {
		platform.on('POST /v1/turns/trn_1/reply', ({ body }) => ({
			json: QUEUED,
			delayMs: (body as { text: string }).text === 'first' ? 30 : 0,
		}));
		await run({ parameters: { replyWith: 'text', text: '={{ $json.say }}' } }, [
			{ turnId: 'trn_1', say: 'first' },
			{ turnId: 'trn_1', say: 'second' },
		]);
		expect(platform.calls.map(({ body }) => body)).toEqual([{ text: 'first' }, { text: 'second' }]);
		expect(new Set(platform.calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
	});

	it('does not send nothing', async () => {
		const outcome = await run({ parameters: { replyWith: 'text', text: '  ' } }, [{ turnId: 'trn_1' }]);
		expect(outcome.error?.message).toBe('Text is empty');
		expect(platform.calls).toHaveLength(0);
	});
});
