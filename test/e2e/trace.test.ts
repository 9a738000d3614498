import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';

const access = inject('stack');
const { api } = stackClients(access);

interface Webhook {
	readonly url: string;
	readonly hmac: { readonly key: string };
}

/** WhatsApp's webhook of the florist, as the vendor knows it. */
async function webhookOf(): Promise<Webhook> {
	const { body } = await api(access.demo['Flores']?.apiKey ?? '').get<{ data: { external_id: string }[] }>('/v1/connections');
	const waha = await fetch(`${access.urls.sandbox}/waha/api/sessions/${body.data[0]?.external_id ?? ''}`, { headers: { 'x-api-key': 'sandbox-waha-key' } });
	const { config } = (await waha.json()) as { config: { webhooks: Webhook[] } };
	return config.webhooks[0] as Webhook;
}

async function linesOf(traceId: string): Promise<{ stage: string; turn: string }[]> {
	const log = await readFile(access.provisionerLog, 'utf8');
	return log.split('\n').filter((line) => line.includes(traceId)).map((line) => JSON.parse(line) as { stage: string; turn: string });
}

test('the trace of a webhook goes through n8n and comes back with what its nodes ask, up to the send', async () => {
	const webhook = await webhookOf();
	const traceId = randomBytes(16).toString('hex');
	const from = '34699100077@c.us';
	const recorded = JSON.parse(await readFile(new URL('../fixtures/data/webhooks/waha-message.json', import.meta.url), 'utf8')) as { payload: object };
	const raw = JSON.stringify({ ...recorded, id: `evt_${traceId}`, timestamp: Date.now(), payload: { ...recorded.payload, id: `false_${from}_${traceId}`, from, body: 'Hola', timestamp: Math.floor(Date.now() / 1000) } });
	const answer = await fetch(webhook.url, {
		method: 'POST',
		body: raw,
		headers: {
			'content-type': 'application/json',
			traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
			'x-webhook-hmac': createHmac('sha512', webhook.hmac.key).update(raw).digest('hex'),
			'x-webhook-hmac-algorithm': 'sha512',
		},
	});
	expect(answer.status).toBe(200);
	const lines = await eventually('the send', async () => {
		const found = await linesOf(traceId);
		return found.some(({ stage }) => stage === 'sent') ? found : undefined;
	});
	// A welcome may be several parts.
	expect([...new Set(lines.map(({ stage }) => stage))]).toEqual(['received', 'delivered', 'decided', 'replied', 'sent']);
	expect(new Set(lines.map(({ turn }) => turn)).size).toBe(1);
});
