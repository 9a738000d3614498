import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOtlpReceiver } from '../../provisioner/src/testing/otlp-receiver.ts';
import type { OtlpReceiver } from '../../provisioner/src/testing/otlp-receiver.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld } from './world.ts';
import type { Process, World } from './world.ts';

const WAIT_MS = 20_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OUTSIDE = '00f067aa0ba902b7';

let world: World;
let receiver: OtlpReceiver;
let service: Process;

beforeAll(async () => {
	[world, receiver] = await Promise.all([startWorld(), startOtlpReceiver()]);
	service = await world.start('all', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
	world.answerThrough(service.url);
}, 60_000);
afterAll(async () => {
	await world.close();
	await receiver.close();
});

/** All spans of a trace, once the send's is there. */
const trace = (traceId: string | undefined) =>
	until('the spans are exported', () => {
		const spans = receiver.spans().filter((span) => span.traceId === traceId);
		return spans.some(({ name }) => name === 'outbox.send') && spans.length >= 5 ? spans : undefined;
	}, WAIT_MS);

describe('a turn, from webhook to send', () => {
	it('is one trace that continues the caller’s', async () => {
		await world.write(service.url, { id: 'TRACED1', body: 'Hola' }, { traceparent: `00-${TRACE}-${OUTSIDE}-01` });
		const spans = await trace(TRACE);
		const parents = new Map([[OUTSIDE, 'outside'], ...spans.map(({ spanId, name }): [string, string] => [spanId, name])]);
		expect(spans.map(({ name, parentSpanId }) => `${name} < ${parents.get(parentSpanId) ?? '?'}`).toSorted()).toEqual([
			'outbox.send < webhook.receive',
			'turn.decide < turn.deliver',
			'turn.deliver < webhook.receive',
			'turn.reply < turn.deliver',
			'webhook.receive < outside',
		]);
		expect(spans.every(({ failed }) => failed === undefined)).toBe(true);
		// n8n got the span of its delivery, on the call and in the event.
		const delivered = spans.find(({ name }) => name === 'turn.deliver');
		expect(world.n8n.taken[0]?.event.traceparent).toBe(`00-${TRACE}-${delivered?.spanId}-01`);
	});

	it('begins a trace where there is none; another turn has another', async () => {
		const before = new Set(receiver.spans().map(({ traceId }) => traceId));
		await world.write(service.url, { id: 'TRACED2', body: 'Hola', from: '34699111333@c.us' });
		await world.write(service.url, { id: 'TRACED3', body: 'Hola', from: '34699111444@c.us' });
		const roots = await until('two webhooks', () => {
			const found = receiver.spans().filter(({ name, parentSpanId, traceId }) => name === 'webhook.receive' && parentSpanId === '' && !before.has(traceId));
			return found.length === 2 ? found : undefined;
		}, WAIT_MS);
		expect(roots[0]?.traceId).not.toBe(roots[1]?.traceId);
		for (const { traceId } of roots) expect((await trace(traceId)).map(({ name }) => name).toSorted()).toEqual(['outbox.send', 'turn.decide', 'turn.deliver', 'turn.reply', 'webhook.receive']);
	});

	it('shows nothing of anybody: no text, no phone', () => {
		expect(receiver.bodies()).not.toMatch(/Hola|34699111/);
	});
});
