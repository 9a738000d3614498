import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import type { Proposal } from './decision.ts';
import { factsOf, order, PORTS, proposal, TEA, type Scene } from './guard/test-support/shops.ts';

function decided(scene: Scene, fields: Partial<Proposal>) {
	const result = decide(factsOf(TEA, scene), { proposal: proposal(fields), model: 'test-model', attempt: 2 }, PORTS);
	if (!result.accepted) throw new Error('A second attempt is always answered.');
	return result;
}

describe('a guard that fails on a proposal', () => {
	it.each([1, 2])('lets the built-in responder answer at attempt %i; the defect is told', (attempt) => {
		const defect = new TypeError('a defect');
		const told: unknown[] = [];
		const response = 'This is an answer of a model, long enough for its language to be told.';
		const detectLanguage = (text: string) => {
			if (text.includes('answer of a model')) throw defect;
			return PORTS.detectLanguage(text);
		};
		const result = decide(factsOf(TEA, { text: 'how much is the morning mist green tea?' }), { proposal: proposal({ response }), model: 'test-model', attempt }, { ...PORTS, detectLanguage, onDefect: (error) => void told.push(error) });
		expect(result).toMatchObject({ accepted: true, next: 'reply', decision: { origin: 'offline', model: 'offline' } });
		expect(result.accepted && result.decision.response).toContain('€12.90');
		expect(told).toEqual([defect]);
	});
});

describe('what a model calls a turn', () => {
	const open: Scene = { order: order() };
	it('gives up no order that waits for its payment', () => {
		const asked = decided({ ...open, text: 'how much is the smoky pine black tea?' }, { response: 'Smoky Pine Black Tea — €14.75.', intent: 'order', items: [{ SKU: 't2', quantity: 1 }] });
		const ordered = decided({ ...open, text: 'I want the smoky pine black tea instead' }, { response: 'Smoky Pine Black Tea — €14.75.', intent: 'question', items: [{ SKU: 't2', quantity: 1 }] });
		expect([asked.decision.change_payment_status, ordered.decision.change_payment_status]).toEqual([false, true]);
	});

	it('calls no person, and keeps nobody from one', () => {
		const asked = decided({ text: 'how much is the smoky pine black tea?' }, { response: 'Smoky Pine Black Tea — €14.75.', intent: 'complaint' });
		const complained = decided({ text: 'this is awful, the tin arrived broken' }, { response: 'I am sorry.', intent: 'question' });
		const disputed = decided({ text: 'you refuse to refund me, I demand my money back' }, { response: 'I am sorry.', intent: 'question' });
		expect([asked, complained, disputed].map(({ next, decision }) => [next, decision.handover?.reason])).toEqual([['reply', undefined], ['handover', 'complaint'], ['handover', 'refund dispute']]);
	});

	it.each(['nothing is broken, thank you', 'no complaints at all', 'ничего не сломано', 'nichts ist kaputt', 'do you refund?'])('“%s” is no complaint', (text) => {
		expect(decided({ text }, { response: 'Good.' }).decision.handover).toBeNull();
	});
});
