import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import type { Decision, Proposal } from '../decision.ts';
import { RULE_NAMES, type RuleName } from './rules.ts';
import { factsOf, order, PORTS, proposal, TEA, type Scene } from './test-support/shops.ts';
import { VIOLATION_CODES } from './violation.ts';

describe('the names of the checks', () => {
	it('hold every code that the guard finds by itself, once', () => {
		const names: readonly string[] = RULE_NAMES;
		// A proposal that can't be read and a scenario that isn't there never reach the guard, nor does a responder that fails; an answer that is cut is too_long's. That the calendars don't answer is no check.
		expect(Object.keys(VIOLATION_CODES).filter((code) => !['malformed_proposal', 'shortened', 'scenario_unknown', 'offline_failed', 'slots_not_known'].includes(code) && !names.includes(code))).toEqual([]);
		expect(new Set(names).size).toBe(names.length);
	});
});

describe('a check that is left out', () => {
	it('finds nothing, and the others still do', () => {
		const facts = factsOf(TEA, { text: 'How much is Morning Mist Green Tea?' });
		const proposed = proposal({ response: 'Morning Mist Green Tea costs 3 €, see www.evil.example.' });
		const codes = (without?: 'price_not_in_facts' | 'url_not_in_facts') => {
			const result = decide(facts, { proposal: proposed, model: 'm', attempt: 1 }, { ...PORTS, ...(without === undefined ? {} : { without }) });
			return result.accepted ? [] : result.violations.map(({ code }) => code);
		};
		expect(codes()).toEqual(['price_not_in_facts', 'url_not_in_facts']);
		expect(codes('price_not_in_facts')).toEqual(['url_not_in_facts']);
		expect(codes('url_not_in_facts')).toEqual(['price_not_in_facts']);
	});

	const TEXT = '2 green teas to Lyon, Anna, +33 600 111 222';
	const COMMIT: Partial<Proposal> = { response: 'Thank you, Anna! Here is the payment link.', language: 'German', intent: 'order', send_payment_link: true, items: [{ SKU: 't1', quantity: 2 }], city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222', order_description: 'Agreed on €1' };
	const POLICY = 'https://tea.example/privacy';
	const CHANGED: Partial<Proposal> = { response: 'Smoky Pine Black Tea it is: €14.75.', items: [{ SKU: 't2', quantity: 1 }], city: 'Lyon' };
	const LATER: Partial<Proposal> = { response: 'Morning Mist Green Tea is €12.90.', focus_sku: 't1' };
	it.each<readonly [rule: RuleName, of: string, scene: Scene, proposed: Partial<Proposal>, told: (decision: Decision) => unknown, made: unknown, leftOut: unknown]>([
		['sums', 'an order', { text: TEXT }, COMMIT, (d) => [d.products_sum, d.delivery_sum, d.total_sum, d.units_to_buy], [2580, 490, 3070, 2], [0, 0, 0, 0]],
		['payment_reminder_hours', 'an order', { text: TEXT }, COMMIT, (d) => d.payment_reminder_hours, 3, 0],
		['order_description', 'an order', { text: TEXT }, COMMIT, (d) => d.order_description, '2 × Morning Mist Green Tea', 'Agreed on €1'],
		['stripe_lang', 'an order', { text: TEXT }, COMMIT, (d) => d.stripe_lang, 'en', 'de'],
		['remind', 'a customer who wants no reminders', { text: 'please stop reminding me', order: order() }, { response: 'All right.' }, (d) => d.remind, false, true],
		['change_payment_status', 'another order', { text: 'smoky pine to Lyon instead', order: order() }, CHANGED, (d) => d.change_payment_status, true, false],
		['media', 'a first answer', { text: 'green tea?' }, LATER, (d) => d.imageurl, '', 'https://tea.example/img/mist.jpg'],
		['price_change_told', 'a price that changed', { text: 'the price again?', session: { quotedCents: { t1: 1190 } } }, LATER, (d) => d.response.includes('has changed'), true, false],
		['privacy_policy', 'a first answer', { text: 'green tea?', company: { privacyPolicyUrl: POLICY } }, LATER, (d) => d.response.includes(POLICY), true, false],
		['handover', 'a keyword', { text: 'the manager please', company: { handoverKeywords: ['manager'] } }, { response: 'Gladly.' }, (d) => d.handover, { reason: 'keyword: manager' }, null],
		['handover', 'a complaint', { text: 'awful' }, { response: 'I am sorry.', intent: 'complaint' }, (d) => d.handover, { reason: 'complaint' }, null],
		['handover', 'two unclear turns', { text: 'asdf', session: { unclearTurns: 1 } }, { response: 'Sorry?', intent: 'unclear' }, (d) => d.handover, { reason: 'two unclear turns in a row' }, null],
		['handover', 'an order that waits for the team', { text: TEXT, company: { paymentReady: false } }, { ...COMMIT, response: 'Thank you, Anna! Our team will arrange the payment.' }, (d) => d.handover, { reason: 'payment to be arranged: payment_account_not_ready' }, null],
		['payment_account_not_ready', 'an order', { text: TEXT, company: { paymentReady: false } }, { ...COMMIT, response: 'Thank you, Anna!' }, (d) => [d.send_payment_link, d.violations.map(({ code }) => code)], [false, ['payment_account_not_ready']], [true, []]],
		['online_city', 'an online lesson', { text: 'online lesson, Anna, +33600111222, Lyon' }, { ...COMMIT, response: 'Thank you!', items: [{ SKU: 't6', quantity: 1 }] }, (d) => d.city, 'online', 'Lyon'],
		['language', 'an answer', { text: 'how much is the tea for you?' }, { ...LATER, language: 'German' }, (d) => d.language, 'English', 'German'],
	])('%s: of %s it is seen', (without, _, scene, proposed, told, made, leftOut) => {
		const seen = (ports: { without?: RuleName }) => {
			const result = decide(factsOf(TEA, scene), { proposal: proposal(proposed), model: 'm', attempt: 1 }, { ...PORTS, ...ports });
			return result.accepted ? told(result.decision) : result.violations;
		};
		expect(seen({})).toEqual(made);
		expect(seen({ without })).toEqual(leftOut);
	});
});
