import { readFileSync } from 'node:fs';
import { Expression } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkflowJson } from '../test/nodes/engine.ts';
import { runWorkflow } from '../test/nodes/engine.ts';
import { PlatformDouble, problem } from '../test/nodes/platform.ts';

/** `answer.json` as it stands, run by n8n's own engine. */
const workflow = JSON.parse(readFileSync(new URL('./answer.json', import.meta.url), 'utf8')) as WorkflowJson;
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

function decideOn(turnId: string, next: 'reply' | 'checkout' | 'handover'): void {
	const decision = { turnId, decisionId: `dec_${turnId}`, response: 'Hi' };
	platform.on(`POST /v1/turns/${turnId}/decision`, { json: { object: 'decision', accepted: true, next, decision } });
	platform.on(`POST /v1/turns/${turnId}/checkout`, { json: { object: 'checkout', status: 'payment_link_sent' } });
	platform.on(`POST /v1/turns/${turnId}/reply`, { json: { object: 'reply', status: 'queued', turn_id: turnId, parts: ['o'] } });
}

async function run(turnIds: readonly string[], start = 'Conversation Trigger') {
	return await runWorkflow({
		workflow,
		start,
		items: turnIds.map((turnId) => ({ type: 'turn.ready', turnId, text: 'Hi' })),
		credential: { baseUrl: platform.url, apiKey: 'ck_worker_1' },
	});
}

const steps = () => platform.calls.map(({ path }) => path.split('/').slice(3).join(' '));

describe('the answering workflow', () => {
	it.each(['Conversation Trigger', 'When Called by an Ingress'])('replies to a turn from "%s"', async (start) => {
		decideOn('t1', 'reply');
		const outcome = await run(['t1'], start);
		expect(outcome.status).toBe('success');
		expect(steps()).toEqual(['t1 decision', 't1 reply']);
		expect(outcome.json('Send Reply')).toMatchObject([{ decisionId: 'dec_t1', reply: { status: 'queued' } }]);
	});

	it('orders before it replies, when the customer has committed', async () => {
		decideOn('t1', 'checkout');
		await run(['t1']);
		expect(steps()).toEqual(['t1 decision', 't1 checkout', 't1 reply']);
	});

	it('tells the customer about a handover', async () => {
		decideOn('t1', 'handover');
		await run(['t1']);
		expect(steps()).toEqual(['t1 decision', 't1 reply']);
	});

	it('sends every one of several turns exactly once', async () => {
		const nexts = ['checkout', 'reply', 'handover', 'checkout', 'reply'] as const;
		nexts.forEach((next, index) => decideOn(`t${String(index)}`, next));
		await run(nexts.map((_, index) => `t${String(index)}`));
		// One that goes alone has a call of its own; several go together.
		const replied = platform.calls.flatMap(({ path, body }) => {
			if (path === '/v1/turns/replies') return (body as { data: { turn_id: string }[] }).data.map(({ turn_id: id }) => id);
			return path.endsWith('/reply') ? [path.split('/')[3]] : [];
		});
		expect(replied.toSorted()).toEqual(nexts.map((_, index) => `t${String(index)}`));
	});

	it('ends quietly when the customer wrote again', async () => {
		platform.on('POST /v1/turns/t1/decision', problem(409, 'turn_superseded', 'A newer message came in.'));
		const outcome = await run(['t1']);
		expect(outcome.status).toBe('success');
		expect(outcome.ran('Send Reply')).toBe(false);
	});

	it('evaluates no expression on its way', async () => {
		decideOn('t1', 'checkout');
		const evaluated = vi.spyOn(Expression.prototype, 'resolveSimpleParameterValue');
		await run(['t1']);
		const expressions = evaluated.mock.calls.map(([value]) => value).filter((value) => String(value).startsWith('='));
		evaluated.mockRestore();
		expect(expressions).toEqual([]);
	});
});
