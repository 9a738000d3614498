import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../decision.ts';
import { phrasesFor } from '../phrases/index.ts';
import { formatMoney } from '../phrases/money.ts';
import { FIVE_SHOPS, type LocalTurn } from './test-support/five-shops.ts';
import { guardedTalk } from './test-support/guarded-talk.ts';

const order = { id: 'o', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 1840, paymentUrl: 'https://pay.example/p/abc', lines: [{ sku: 'mug', name: 'x', quantity: 1 }] } as const;
const linesOf = ({ items }: Decision): string => (items?.[0]?.lineItems ?? []).map(({ SKU, quantity }) => `${quantity}×${SKU}`).join(' ');

describe.each(FIVE_SHOPS.map((shop) => [shop.language, shop] as const))('in %s', (language, { items, turns, name }) => {
	const phrases = phrasesFor(language);
	const money = (cents: number): string => formatMoney(cents, 'eur', language);
	const company = { defaultLanguage: language };
	const open = (options = {}) => guardedTalk(items, language, { session: { greeted: true }, company, ...options });

	it('greets with the list, sells a pack, changes the cart and goes to checkout', () => {
		const say = guardedTalk(items, language, { company });
		const first = say(turns.greeting);
		for (const item of items) expect(first.response).toContain(item.name);
		expect(first.response.startsWith(phrases.helloFrom('Test Shop'))).toBe(true);
		expect(say(turns.price).response).toContain(money(1250));
		expect(linesOf(say(turns.pack))).toBe('1×bowls');
		expect(linesOf(say(turns.add))).toBe('1×bowls 2×mug');
		expect(linesOf(say(turns.more))).toBe('1×bowls 3×mug');
		expect(linesOf(say(turns.remove))).toBe('3×mug');
		const asked = say(turns.city);
		expect(asked.response).toContain(phrases.missing(['name', 'phone'], { kind: 'product', item: '', cities: '' }));
		const commit = say(turns.details);
		expect(commit).toMatchObject({ send_payment_link: true, client_name: name, recipient_phone_number: '+351600111222', products_sum: 3750, delivery_sum: 590, total_sum: 4340, language, violations: [] });
		expect(commit.response).toContain(phrases.cartTotal(money(4340)));
	});

	it('puts one thing in the place of another', () => {
		const say = open();
		say(turns.add);
		expect(linesOf(say(turns.instead))).toBe('1×leaflet');
	});

	it.each<[LocalTurn, string]>([
		['cities', phrases.cities.product(items[0]?.cities.join('|') ?? '').split(':')[0] ?? ''],
		['delivery', phrases.deliveryFee.product(money(590))],
		['served', phrases.servedThere.product],
		['elsewhere', phrases.notServed.product],
		['offTopic', phrases.offTopic.product],
		['discount', phrases.noDiscount],
		['hours', phrases.noHours],
		['identity', phrases.identity('Test Shop')],
		['video', phrases.noneForItem],
		['cheapest', money(1250)],
	])('answers "%s"', (turn, said) => {
		const decision = open()(turns[turn]);
		expect(decision.response).toContain(said);
		expect(decision.violations).toEqual([]);
	});

	it('gives contacts only to who asks for them', () => {
		const say = open();
		expect(say(turns.price).response).not.toContain('611');
		expect(say(turns.contact).response).toContain('+34 611 000 222');
		expect(guardedTalk(items, language, { company, session: { greeted: true }, order: { ...order, status: 'paid', paymentStatus: 'paid' } })(turns.refund)).toMatchObject({ intent: 'refund', response: expect.stringContaining('returns@clay.example') });
	});

	it('knows of payment only what the order events say', () => {
		expect(open({ order })(turns.paid).response).toContain(phrases.notPaidYet(money(1840)));
		expect(open({ order: { ...order, status: 'paid', paymentStatus: 'paid' } })(turns.paid).response).toContain(phrases.paid);
	});

	it('stops reminders without taking it for a complaint, and cancels', () => {
		expect(open({ order })(turns.reminders)).toMatchObject({ remind: false, handover: null });
		expect(open({ order })(turns.cancel).response).toContain(phrases.cancelledUnpaid);
	});

	it('hands over to a person on a request, a complaint, and after two unclear turns', () => {
		expect(open()(turns.human).response).toBe(phrases.handover);
		expect(open()(turns.complaint)).toMatchObject({ intent: 'complaint', response: phrases.complaint });
		const say = open();
		expect(say(turns.unclear)).toMatchObject({ intent: 'unclear', handover: null });
		expect(say(turns.unclear).handover).toEqual({ reason: 'two unclear turns in a row' });
	});

	it('says nothing that the guard would withhold, whatever the order of the turns', () => {
		const all = Object.keys(turns) as LocalTurn[];
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 7 }), fc.constantFrom(undefined, order), (sequence, openOrder) => {
				const say = guardedTalk(items, language, openOrder === undefined ? { company } : { company, order: openOrder });
				for (const turn of sequence) {
					const { violations, response } = say(turns[turn]);
					expect(violations, `${turns[turn]} → ${response}`).toEqual([]);
				}
			}),
			// What something free costs to deliver, beside an order that waits for payment.
			{ numRuns: 60, examples: [[['details', 'served', 'instead', 'delivery'], order]] },
		);
	});
});
