import { describe, expect, it } from 'vitest';
import { parseProposal } from './proposal-schema.ts';

const EMPTY = { language: '', intent: 'question', send_payment_link: false, city: '', items: null, recipient_phone_number: '', client_name: '', address: '', order_description: '', focus_sku: '', requested: [], slot: null, booking_change: null, handover: null, quotes: {} };

describe('reading what a model proposed', () => {
	it('fills what is missing', () => {
		expect(parseProposal({ response: 'Hi' })).toEqual({ ok: true, proposal: { ...EMPTY, response: 'Hi' } });
	});

	it('takes numbers as text, the nested form of items, and JSON text', () => {
		const nested = { response: 'Hi', items: [{ lineItems: [{ SKU: 1001, price: 'x', quantity: '2' }] }], focus_sku: 1001, send_payment_link: 'true' };
		for (const value of [nested, JSON.stringify(nested)]) {
			expect(parseProposal(value)).toEqual({ ok: true, proposal: { ...EMPTY, response: 'Hi', items: [{ SKU: '1001', quantity: 2 }], focus_sku: '1001', send_payment_link: true } });
		}
	});

	it('drops keys that a proposal can’t have, such as sums and ids', () => {
		const parsed = parseProposal({ response: 'Hi', total_sum: 1, decisionId: 'x', price: 'price_1' });
		expect(parsed).toEqual({ ok: true, proposal: { ...EMPTY, response: 'Hi' } });
	});

	it.each([
		['nothing', null], ['a list', []], ['a number', 7], ['broken JSON', '{"response":'], ['no response', { language: 'English' }], ['a response that is no text', { response: { a: 1 } }],
		['lines without a SKU', { response: 'Hi', items: [{ quantity: 2 }] }], ['a quantity that is no number', { response: 'Hi', items: [{ SKU: 'a', quantity: 'many' }] }],
	])('says what is wrong with %s', (_, value) => {
		const parsed = parseProposal(value);
		expect(parsed.ok ? [] : parsed.violations.map(({ code }) => code)).toEqual(['malformed_proposal']);
	});

	it('bounds every text', () => {
		const parsed = parseProposal({ response: 'x'.repeat(50_000), city: 'y'.repeat(5000) });
		expect(parsed.ok && [parsed.proposal.response.length, parsed.proposal.city.length]).toEqual([20_000, 120]);
	});
});
