import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { runWorkflow } from '../../test/nodes/engine.ts';
import { PlatformDouble } from '../../test/nodes/platform.ts';
import { traceOf } from './trace.ts';

const trace = (n: number) => `00-${'4bf92f3577b34da6a3ce929d0e0e473'}${String(n)}-00f067aa0ba902b7-01`;
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

/** Start → nodes, one after the other. */
async function run(nodes: readonly WorkflowNode[], items: ReadonlyArray<Record<string, string>>) {
	const names = ['Start', ...nodes.map(({ name }) => name)];
	return await runWorkflow({
		workflow: {
			nodes: [{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' }, ...nodes],
			connections: Object.fromEntries(nodes.map(({ name }, index) => [names[index] ?? '', { main: [[{ node: name, type: 'main' as const, index: 0 }]] }])),
		},
		items: [...items],
		credential: { baseUrl: platform.url, apiKey: 'ck_worker_0123456789abcdef' },
	});
}

const agent = { name: 'Sales Agent', type: 'n8n-nodes-concierge.salesAgent' };
const checkout = { name: 'Checkout', type: 'n8n-nodes-concierge.checkout' };
const sendReply = { name: 'Send Reply', type: 'n8n-nodes-concierge.sendReply' };

function answerTurns(...turnIds: string[]): void {
	for (const turnId of turnIds) {
		const decision = { turnId, decisionId: `dec_${turnId}`, response: 'Hi', model: 'offline', violations: [] };
		platform.on(`POST /v1/turns/${turnId}/decision`, { json: { object: 'decision', accepted: true, next: 'reply', decision } });
		platform.on(`POST /v1/turns/${turnId}/checkout`, { json: { object: 'checkout', status: 'free', order: null, payment_url: '', decision_id: `dec_${turnId}` } });
		platform.on(`POST /v1/turns/${turnId}/reply`, { json: { object: 'reply', status: 'queued', turn_id: turnId, parts: [] } });
	}
}

describe('the trace of a turn', () => {
	it('goes back to the platform with every call for it, through all nodes', async () => {
		answerTurns('trn_1');
		const outcome = await run([agent, checkout, sendReply], [{ turnId: 'trn_1', text: 'Hi', traceparent: trace(1) }]);
		expect(outcome.status).toBe('success');
		expect(platform.calls.map(({ path, headers }) => [path, headers['traceparent']])).toEqual([
			['/v1/turns/trn_1/decision', trace(1)],
			['/v1/turns/trn_1/checkout', trace(1)],
			['/v1/turns/trn_1/reply', trace(1)],
		]);
		expect(outcome.json('Send Reply')).toMatchObject([{ traceparent: trace(1) }]);
	});

	it('is each turn’s own in a call for several', async () => {
		answerTurns('trn_1', 'trn_2');
		await run([agent, sendReply], [1, 2].map((n) => ({ turnId: `trn_${String(n)}`, text: 'Hi', traceparent: trace(n) })));
		expect(platform.calls.map(({ path, headers }) => [path, headers['traceparent']])).toEqual([['/v1/turns/decisions', undefined], ['/v1/turns/replies', undefined]]);
		for (const { body } of platform.calls) expect(body).toMatchObject({ data: [{ turn_id: 'trn_1', traceparent: trace(1) }, { turn_id: 'trn_2', traceparent: trace(2) }] });
	});

	it('is left out when the item has none, or something else', () => {
		for (const traceparent of [undefined, '', 'nonsense', 7, `${trace(1)}\r\nX-Other: 1`]) expect(traceOf({ json: traceparent === undefined ? {} : { traceparent } })).toEqual({});
	});
});
