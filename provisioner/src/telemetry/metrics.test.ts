import { describe, expect, it } from 'vitest';
import { getFrom } from '../testing/get-from.ts';
import { createMetrics } from './metrics.ts';
import type { MetricsDeps } from './metrics.ts';
import { createMetricsRouter, isNear } from './metrics-router.ts';

const deps = (change: Partial<MetricsDeps> = {}): MetricsDeps => ({
	version: '1.2.3',
	role: 'gateway',
	poolUse: () => ({ inUse: 3, idle: 2, waiting: 1 }),
	queues: () => Promise.resolve([{ queue: 'turns', state: 'due', depth: 7, oldestSeconds: 1.5 }]),
	reached: () => undefined,
	processMetrics: false,
	...change,
});

describe('metrics', () => {
	it('count what they are told, in Prometheus’s format', async () => {
		const metrics = createMetrics(deps());
		metrics.acknowledged('whatsapp', 'accepted', 0.0015);
		metrics.acknowledged('whatsapp', 'bad_signature', 0.0005);
		metrics.ingested(3);
		metrics.message('whatsapp', 'stored');
		metrics.message('whatsapp', 'duplicate');
		metrics.delivered('taken', 20, 19, 0.03);
		metrics.delivered('away', 2, 0, 0.01);
		metrics.notSubscribed(1);
		metrics.sent('telegram', 'sent');
		metrics.vendorCalled('telegram', 0.2);
		metrics.observeStage('claimed', 0.012);
		const lines = (await metrics.text()).split('\n');
		expect(lines).toEqual(
			expect.arrayContaining([
				'concierge_info{version="1.2.3",role="gateway"} 1',
				'concierge_ack_duration_seconds_bucket{le="0.001",channel="whatsapp"} 1',
				'concierge_ack_duration_seconds_bucket{le="0.002",channel="whatsapp"} 2',
				'concierge_webhooks_total{channel="whatsapp",outcome="bad_signature"} 1',
				'concierge_ingest_batch_size_sum 3',
				'concierge_messages_total{channel="whatsapp",outcome="duplicate"} 1',
				'concierge_n8n_deliveries_total{outcome="taken"} 19',
				'concierge_n8n_deliveries_total{outcome="not_echoed"} 1',
				'concierge_n8n_deliveries_total{outcome="away"} 2',
				'concierge_n8n_deliveries_total{outcome="no_subscription"} 1',
				'concierge_n8n_delivery_batch_size_sum 22',
				'concierge_n8n_delivery_duration_seconds_count 2',
				'concierge_outbox_sends_total{channel="telegram",outcome="sent"} 1',
				'concierge_outbox_send_duration_seconds_bucket{le="0.25",channel="telegram"} 1',
				'concierge_turn_stage_seconds_bucket{le="0.025",stage="claimed"} 1',
				'concierge_queue_depth{queue="turns",state="due"} 7',
				'concierge_queue_oldest_seconds{queue="turns",state="due"} 1.5',
				'concierge_database_connections{state="waiting"} 1',
			]),
		);
	});

	it('ask the database about the queues once a second at most, however many scrape', async () => {
		let asked = 0;
		const metrics = createMetrics(deps({ queues: () => Promise.resolve(((asked += 1), [])) }));
		await Promise.all([metrics.text(), metrics.text()]);
		await metrics.text();
		expect(asked).toBe(1);
	});

	it('say how the process does', async () => {
		const text = await createMetrics(deps({ processMetrics: true })).text();
		for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_heap_size_used_bytes', 'process_cpu_seconds_total']) expect(text).toContain(name);
	});

	it('note stages of turns, and of nothing that is no turn', () => {
		const seen: string[] = [];
		const metrics = createMetrics(deps({ reached: (stage, turn) => void seen.push(`${stage} ${turn}`) }));
		metrics.reached('sent', 'trn_1');
		metrics.reached('sent', null);
		expect(seen).toEqual(['sent trn_1']);
	});
});

describe('GET /metrics', () => {
	const metrics = createMetrics(deps());

	it('is for callers nearby when there is no token', async () => {
		const open = createMetricsRouter({ metrics, token: undefined });
		const { status, type, text } = await getFrom(open, '/metrics');
		expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
		expect(text).toContain('concierge_queue_depth');
	});

	it.each(['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])('is not for what a proxy passes on (%s), whose address says nothing', async (header) => {
		const { status, json } = await getFrom(createMetricsRouter({ metrics, token: undefined }), '/metrics', { [header]: '127.0.0.1' });
		expect(status).toBe(403);
		expect(json).toMatchObject({ code: 'metrics_not_allowed' });
	});

	it('is for whoever has the token, when there is one, and nobody else', async () => {
		const closed = createMetricsRouter({ metrics, token: 'a-token-of-sixteen' });
		for (const authorization of ['', 'Bearer ', 'Bearer another', 'Basic a-token-of-sixteen']) {
			const { status, json } = await getFrom(closed, '/metrics', authorization === '' ? {} : { authorization });
			expect(status).toBe(401);
			expect(json).toMatchObject({ code: 'metrics_token_invalid' });
		}
		expect((await getFrom(closed, '/metrics', { authorization: 'Bearer a-token-of-sixteen', 'x-forwarded-for': '8.8.8.8' })).status).toBe(200);
	});

	it.each([
		['127.0.0.1', true], ['::1', true], ['::ffff:127.0.0.1', true], ['10.1.2.3', true], ['172.31.0.1', true], ['192.168.1.1', true], ['fd00::1', true], ['fe80::1', true], ['::ffff:10.0.0.1', true],
		['8.8.8.8', false], ['172.32.0.1', false], ['::ffff:8.8.8.8', false], ['2001:db8::1', false], [undefined, false],
	])('knows whether %s is near: %s', (address, near) => {
		expect(isNear(address)).toBe(near);
	});
});
