import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { WorkflowJson } from '../test/nodes/engine.ts';
import { runWorkflow } from '../test/nodes/engine.ts';

/** `company-payments/workflow.json` as it stands, run by n8n's own engine. */
const workflow = JSON.parse(readFileSync(new URL('./company-payments/workflow.json', import.meta.url), 'utf8')) as WorkflowJson;
const order = { number: 'A1B2', lines: [{ name: 'Букет 🌷', quantity: 2 }], total_cents: 2_550, currency: 'eur', client_name: 'نور', phone: '', address: 'Calle Mayor 1', city: 'Valencia', description: '' };

describe("a company's own workflow for its payments", () => {
	it.each([
		['order.paid', {}, 'Paid: A1B2'],
		['order.refunded', { refunded_cents: 2_550 }, 'Refunded: A1B2'],
		['order.disputed', { dispute_status: 'needs_response' }, 'Disputed (needs_response): A1B2'],
		['order.booked', { booking_id: 'bkg_1' }, 'order.booked: A1B2'],
	])('puts %s into words for the team', async (type, data, first) => {
		const outcome = await runWorkflow({ workflow, start: 'Order Trigger', items: [{ type, data, eventId: 'evt_1', order }], credential: { baseUrl: 'http://platform.test', apiKey: 'ck_tenant_1' } });
		expect(outcome.json('Note for the Team')).toMatchObject([{ eventId: 'evt_1', note: `${first}\n• Букет 🌷 × 2\n25.50 EUR\nنور\nCalle Mayor 1\nValencia` }]);
	});

	it('is started by the company’s payments alone', () => {
		expect(workflow.nodes.find(({ name }) => name === 'Order Trigger')?.parameters).toEqual({ events: ['order.paid', 'order.refunded', 'order.disputed'], companyId: '__COMPANY_ID__' });
	});
});
