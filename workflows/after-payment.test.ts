import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WorkflowJson } from '../test/nodes/engine.ts';
import { runWorkflow } from '../test/nodes/engine.ts';

/** `after-payment.json` as it stands, run by n8n's own engine. */
const workflow = JSON.parse(readFileSync(new URL('./after-payment.json', import.meta.url), 'utf8')) as WorkflowJson;

const order = (changes: object = {}) => ({
	number: 'A1B2', lines: [{ name: 'Букет 🌷', quantity: 2 }, { name: 'Card', quantity: 1 }], total_cents: 2_550, currency: 'eur', client_name: 'نور', phone: '+34600111222', address: 'Calle Mayor 1', city: 'Valencia', description: '', ...changes,
});
const run = async (items: object[]) => (await runWorkflow({ workflow, start: 'Order Trigger', items: items as never, credential: { baseUrl: 'http://platform.test', apiKey: 'ck_worker_1' } })).json('Note for the Team');

describe('the workflow after a payment', () => {
	it('puts a paid order into words for the team', async () => {
		expect(await run([{ type: 'order.paid', eventId: 'evt_1', company: { name: 'Flores' }, order: order() }])).toMatchObject([
			{ eventId: 'evt_1', note: 'Paid: A1B2 · Flores\n• Букет 🌷 × 2\n• Card × 1\n25.50 EUR\nنور\n+34600111222\nCalle Mayor 1\nValencia' },
		]);
	});

	it('and one that is free', async () => {
		const items = await run([{ type: 'order.confirmed', eventId: 'evt_1', company: { name: 'Flores' }, order: order({ total_cents: 0, number: 'FREE' }) }]);
		expect(items.map((item) => String(item['note']).split('\n')[0])).toEqual(['Free order: FREE · Flores']);
	});

	it('is started by nothing else: an order that waits for its payment costs no execution', () => {
		expect(workflow.nodes.find(({ name }) => name === 'Order Trigger')?.parameters).toEqual({ events: ['order.confirmed', 'order.paid'], withoutOwn: true });
	});
});
