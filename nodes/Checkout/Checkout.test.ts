import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { chain, runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble } from '../../test/nodes/platform.ts';

const SENT = {
	object: 'checkout',
	status: 'payment_link_sent',
	order: { id: 'ord_1', total_cents: 5990, currency: 'eur', status: 'awaiting_payment' },
	payment_url: 'https://pay.example/pay/tok',
	decision_id: 'dec_1',
};
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

async function run(node: Partial<WorkflowNode>, items: ReadonlyArray<Record<string, unknown>>) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Checkout', type: 'n8n-nodes-concierge.checkout', ...node },
		{ name: 'Send Reply', type: 'n8n-nodes-concierge.sendReply' },
	);
	return await runWorkflow({ workflow, items, credential: { baseUrl: platform.url, apiKey: 'ck_worker_1' } });
}

describe('checkout', () => {
	it('orders what was decided; the next node sends the reply of the same decision', async () => {
		platform.on('POST /v1/turns/trn_1/checkout', { json: SENT });
		platform.on('POST /v1/turns/trn_1/reply', { json: { object: 'reply', status: 'queued', turn_id: 'trn_1', parts: [] } });
		const outcome = await run({}, [{ turnId: 'trn_1', decisionId: 'dec_1', total_sum: 5990 }]);
		expect(outcome.status).toBe('success');
		expect(outcome.json('Checkout')).toEqual([{ turnId: 'trn_1', decisionId: 'dec_1', total_sum: 5990, checkout: SENT }]);
		expect(platform.calls.map(({ method, path, body }) => [method, path, body])).toEqual([
			['POST', '/v1/turns/trn_1/checkout', { decision_id: 'dec_1' }],
			['POST', '/v1/turns/trn_1/reply', { decision_id: 'dec_1' }],
		]);
		expect(platform.calls[0]?.headers['idempotency-key']).toBe('checkout-dec_1');
		expect(outcome.hints('Checkout')).toEqual([]);
	});

	it('passes a refusal on with its reason, for the operator to see', async () => {
		const refused = { object: 'checkout', status: 'refused', reason: { code: 'no_payment_reminder', message: 'Row 4 has no reminder.' }, order: null, payment_url: '', decision_id: 'dec_1' };
		platform.on('POST /v1/turns/trn_1/checkout', { json: refused });
		platform.on('POST /v1/turns/trn_1/reply', { json: { object: 'reply', status: 'queued' } });
		const outcome = await run({}, [{ turnId: 'trn_1', decisionId: 'dec_1' }]);
		expect(outcome.status).toBe('success');
		expect(outcome.json('Checkout')).toMatchObject([{ checkout: refused }]);
		expect(outcome.hints('Checkout')).toMatchObject([
			{ message: 'No order or payment link: Row 4 has no reminder. (no_payment_reminder)', type: 'warning', location: 'outputPane' },
		]);
	});

	it('takes the ids from its parameters', async () => {
		platform.on('POST /v1/turns/trn_5/checkout', { json: SENT });
		const parameters = { source: 'custom', turnId: 'trn_5', decisionId: 'dec_5' };
		await run({ parameters }, [{ turnId: 'other', decisionId: 'other' }]);
		expect(platform.calls[0]).toMatchObject({ path: '/v1/turns/trn_5/checkout', body: { decision_id: 'dec_5' } });
	});
});
