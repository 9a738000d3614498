import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../core/errors.ts';
import { parseTraceparent } from '../../../core/telemetry/traceparent.ts';
import { startOtlpReceiver } from '../testing/otlp-receiver.ts';
import type { OtlpReceiver } from '../testing/otlp-receiver.ts';
import { codeOf, createTracing, noTracing } from './tracing.ts';
import type { TracingOptions } from './tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const INCOMING = `00-${TRACE}-b7ad6b7169203331-01`;
const fail = (error: unknown) => {
	throw error;
};

describe('without a receiver', () => {
	it('a trace that came in is passed on as it is', () => {
		expect(noTracing.start('webhook.receive', INCOMING).traceparent).toBe(INCOMING);
	});

	it.each(['', 'nonsense'])('a trace is begun where there is none (%j)', (parent) => {
		const [first, second] = [noTracing.start('webhook.receive', parent), noTracing.start('webhook.receive', parent)];
		expect(parseTraceparent(first.traceparent)).toMatchObject({ sampled: true });
		expect(first.traceparent).not.toBe(second.traceparent);
	});

	it('nothing of OpenTelemetry is loaded', () => {
		const script = `
			const { createTracing } = await import('./provisioner/src/telemetry/tracing.ts');
			const loaded = [];
			const { registerHooks } = await import('node:module');
			registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
			const tracing = await createTracing({ endpoint: undefined, serviceName: 'x', sampleRatio: 1, role: 'all', onError: () => {} });
			tracing.start('webhook.receive', '').end();
			process.stdout.write(String(loaded.filter((url) => url.includes('opentelemetry')).length));`;
		expect(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', env: { ...process.env, NODE_NO_WARNINGS: '1' } })).toBe('0');
	});
});

describe('with a receiver', () => {
	let receiver: OtlpReceiver;
	const options = (change: Partial<TracingOptions> = {}): TracingOptions => ({
		endpoint: receiver.endpoint, serviceName: 'concierge', sampleRatio: 1, role: 'worker', onError: fail, ...change,
	});
	beforeEach(async () => {
		receiver = await startOtlpReceiver();
	});
	afterEach(() => receiver.close());

	it('spans continue the trace that came in, each under its parent', async () => {
		const tracing = await createTracing(options({ headers: 'authorization=Basic%20abc' }));
		const received = tracing.start('webhook.receive', INCOMING, { 'concierge.channel': 'whatsapp' });
		const delivered = tracing.start('turn.deliver', received.traceparent);
		delivered.end('n8n_unreachable');
		received.set({ 'concierge.messages': 2 });
		received.end();
		await tracing.stop();

		const span = (name: string) => receiver.spans().find((found) => found.name === name);
		const first = span('webhook.receive');
		expect(first).toMatchObject({ traceId: TRACE, parentSpanId: 'b7ad6b7169203331', kind: 2, attributes: { 'concierge.channel': 'whatsapp', 'concierge.messages': 2 } });
		expect(span('turn.deliver')).toMatchObject({ traceId: TRACE, parentSpanId: first?.spanId, kind: 3, failed: 'n8n_unreachable' });
		expect(receiver.headers[0]).toMatchObject({ path: '/v1/traces', authorization: 'Basic abc' });
		expect(receiver.bodies()).toContain('"concierge"');
	});

	it('work that fails leaves its code and nothing of its words', async () => {
		const tracing = await createTracing(options());
		tracing.start('turn.reply', '').end(codeOf(new AppError('turn_closed', 'phone 34699111222', { status: 409 })));
		await tracing.stop();
		expect(receiver.spans()).toMatchObject([{ name: 'turn.reply', parentSpanId: '', failed: 'turn_closed' }]);
		expect(receiver.bodies()).not.toContain('34699111222');
	});

	it('what the caller did not sample is passed on and not recorded', async () => {
		const tracing = await createTracing(options());
		const span = tracing.start('webhook.receive', `00-${TRACE}-b7ad6b7169203331-00`);
		expect(parseTraceparent(span.traceparent)).toMatchObject({ traceId: TRACE, sampled: false });
		span.end();
		await tracing.stop();
		expect(receiver.spans()).toEqual([]);
	});

	it('a share of the new traces is recorded', async () => {
		const tracing = await createTracing(options({ sampleRatio: 0 }));
		const span = tracing.start('webhook.receive', '');
		expect(parseTraceparent(span.traceparent)).toMatchObject({ sampled: false });
		span.end();
		await tracing.stop();
		expect(receiver.spans()).toEqual([]);
	});
});
