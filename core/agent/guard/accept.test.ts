import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import type { Proposal } from '../decision.ts';
import { factsOf, item, order, PORTS, proposal, TEA, type Scene } from './test-support/shops.ts';

function accepted(scene: Scene, fields: Partial<Proposal> | null) {
	const result = decide(factsOf(TEA, scene), { proposal: fields === null ? null : proposal(fields), model: 'm', attempt: 1 }, PORTS);
	if (!result.accepted) throw new Error(result.violations.map(({ message }) => message).join('\n'));
	return result;
}

const TEXT = '2 green teas to Lyon, Anna, +33 600 111 222';
const COMMIT: Partial<Proposal> = { response: 'Thank you, Anna! Here is the payment link.', intent: 'order', send_payment_link: true, items: [{ SKU: 't1', quantity: 2 }], city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222' };
const PRICE = 'Morning Mist Green Tea is €12.90.';

describe('what the conversation remembers', () => {
	it('keeps the responder’s scratch data', () => {
		expect(accepted({ text: 'hello', session: { extra: { topic: 'tea' } } }, { response: 'Hello!' }).session.extra).toEqual({ topic: 'tea' });
	});

	it('is the city that the turn’s own words name, if only in a question, and not one inside an item’s name', () => {
		expect(accepted({ text: 'do you come to Paris?' }, { response: 'Yes, with some items.' }).session.extra).toEqual({ namedCity: 'Paris' });
		expect(accepted({ text: 'hello there' }, { response: 'Hello!' }).session.extra).toEqual({});
	});

	it('is the city to confirm only where the answer asks about it, and only until the next answer', () => {
		const lines = { items: [{ SKU: 't1', quantity: 1 }], city: 'Paris' };
		const asked = accepted({ text: 'to the city of lights' }, { ...lines, response: 'Do you mean Paris?' });
		expect(asked.session.extra).toEqual({ cityToConfirm: 'Paris' });
		expect(accepted({ text: 'to the city of lights' }, { ...lines, response: 'Which city is that?' }).session.extra).toEqual({});
		expect(accepted({ text: 'hm', session: asked.session }, { response: 'Which one would you like?' }).session.extra).toEqual({});
	});

	it('is the order that was given up, and no order that wasn’t', () => {
		const open = { text: 'smoky pine to Lyon instead', order: order() };
		expect(accepted(open, { response: 'Smoky Pine Black Tea it is.', items: [{ SKU: 't2', quantity: 1 }], city: 'Lyon' }).session.extra).toMatchObject({ changedOrder: 'ord_1' });
		expect(accepted({ ...open, text: 'hello' }, { response: 'Hello!' }).session.extra).toEqual({});
	});

	it('is a cart of what the catalog still has', () => {
		expect(accepted({ text: 'hello', session: { cart: [{ sku: 'gone', quantity: 1 }, { sku: 't1', quantity: 2 }] } }, null).session.cart).toEqual([{ sku: 't1', quantity: 2 }]);
	});

	it('is the customer’s city through an online order', () => {
		const { decision, session } = accepted({ text: 'the online lesson please', session: { city: 'Lyon' } }, { response: 'Gladly! May I have your name and phone number?', items: [{ SKU: 't6', quantity: 1 }] });
		expect([decision.city, session.city]).toEqual(['online', 'Lyon']);
	});

	it('are the prices that were told, those of earlier answers among them, and only what was said of the item', () => {
		expect(accepted({ text: 'tea?', session: { quotedCents: { t2: 1475 } } }, { response: PRICE }).session.quotedCents).toEqual({ t1: 1290, t2: 1475 });
		expect(accepted({ text: 'how much?', session: { focusSku: 't1' } }, { response: 'It is €12.90.' }).session.quotedCents).toEqual({ t1: 1290 });
		expect(accepted({ text: 'tea?', session: { focusSku: 't1' } }, { response: 'Smoky Pine Black Tea is strong.' }).session.quotedCents).toEqual({});
	});

	it('is the item in focus: the proposed one, else the only one named, else the one before', () => {
		const focus = (response: string, focusSku: string) => accepted({ text: 'tea?', session: { focusSku: 't3' } }, { response, focus_sku: focusSku }).session.focusSku;
		expect(focus(PRICE, 't2')).toBe('t2');
		expect(focus(PRICE, 'none')).toBe('t1');
		expect(focus('We have Morning Mist Green Tea and Smoky Pine Black Tea.', '')).toBe('t3');
		expect(focus('Gladly!', '')).toBe('t3');
	});

	it('is how many turns were unclear in a row, none once a person has the conversation', () => {
		const unclear = { response: 'Sorry, could you say that again?', intent: 'unclear' as const };
		expect(accepted({ text: 'asdf' }, unclear).session.unclearTurns).toBe(1);
		expect(accepted({ text: 'hello', session: { unclearTurns: 1 } }, { response: 'Hello!' }).session.unclearTurns).toBe(0);
		expect(accepted({ text: 'asdf', session: { unclearTurns: 1 } }, unclear).session.unclearTurns).toBe(0);
	});

	it('is what the answer waits for: what is missing, else a confirmation, nothing where a person answers', () => {
		const lines = { items: [{ SKU: 't1', quantity: 2 }], city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222' };
		expect(accepted({ text: TEXT }, { ...lines, response: 'Shall I order that?' }).session.awaiting).toEqual(['confirmation']);
		expect(accepted({ text: TEXT }, { ...lines, client_name: '', response: 'What is your name?' }).session.awaiting).toEqual(['name']);
		expect(accepted({ text: TEXT }, { ...lines, response: 'A colleague will answer.', handover: { reason: 'asked' }, quotes: { handover: TEXT } }).session.awaiting).toEqual([]);
		expect(accepted({ text: 'hello' }, { response: 'Hello!' }).session.awaiting).toEqual([]);
	});
});

describe('an order', () => {
	it('without lines is none', () => expect(accepted({ text: 'hello' }, { response: 'Hello!', items: [] }).decision.items).toBeNull());

	it.each([
		['has the model’s note, without the spaces around it', ' With love, Anna ', 'With love, Anna'],
		['has its lines where the note is empty', '  ', '2 × Morning Mist Green Tea'],
		['has a note of a thousand characters', 'a'.repeat(1000), 'a'.repeat(1000)],
		['has its lines where the note is longer', 'a'.repeat(1001), '2 × Morning Mist Green Tea'],
	])('%s', (_, told, kept) => expect(accepted({ text: TEXT }, { ...COMMIT, order_description: told }).decision.order_description).toBe(kept));

	it('that can’t be paid says every reason to the person who takes it over', () => {
		const { decision } = accepted({ text: 'private blend workshop in Lyon, Anna, +33600111222', company: { paymentReady: false } }, { ...COMMIT, items: [{ SKU: 't7', quantity: 1 }], response: 'Thank you, Anna! Our team will arrange the payment.' });
		expect(decision.handover).toEqual({ reason: 'payment to be arranged: no_payment_reminder, payment_account_not_ready' });
	});
});

describe('the privacy policy', () => {
	const url = 'https://tea.example/privacy';
	const told = (session: Scene['session'], response = 'Hello! ', policy = url) => accepted({ text: 'hello', session, company: { privacyPolicyUrl: policy } }, { response });

	it('goes under the first answer, and is remembered', () => {
		expect(told({}).decision.response).toBe(`Hello!\n\nHow we handle your data: ${url}`);
		expect(told({}).session.privacyPolicySent).toBe(url);
	});
	it('isn’t sent again, until its address changes', () => {
		expect(told({ privacyPolicySent: url }).decision.response).toBe('Hello! ');
		expect(told({ privacyPolicySent: url }).session.privacyPolicySent).toBe(url);
		expect(told({ privacyPolicySent: 'https://old.example' }).session.privacyPolicySent).toBe(url);
	});
	it('is no second time in an answer that has it', () => {
		expect(told({}, `See ${url}`).decision.response).toBe(`See ${url}`);
		expect(told({}, `See ${url}`).session.privacyPolicySent).toBe(url);
	});
	it('is none where there is none, and what was sent stays known', () => {
		expect(told({ privacyPolicySent: url }, 'Hello!', '').decision.response).toBe('Hello!');
		expect(told({ privacyPolicySent: url }, 'Hello!', '').session.privacyPolicySent).toBe(url);
	});
	it('waits for the next answer where this one is full', () => {
		const full = 'Tea is nice. '.repeat(292);
		expect(told({}, full).decision.response).toBe(full);
		expect(told({}, full).session.privacyPolicySent).toBe('');
	});
});

describe('a price that changed since it was told', () => {
	const note = 'Please note that the price of “Morning Mist Green Tea” has changed: it is now €12.90.';
	it('is announced, unless the answer does, is full, or tells the old one', () => {
		const told = (response: string, cents: number) => accepted({ text: 'and the price?', session: { quotedCents: { t1: cents } } }, { response }).decision.response;
		expect(told(`${PRICE} `, 1190)).toBe(`${PRICE}\n\n${note}`);
		expect(told(PRICE, 1290)).toBe(PRICE);
		expect(told(`${PRICE} ${note}`, 1190)).toBe(`${PRICE} ${note}`);
		const full = `${PRICE} ${'Tea is nice. '.repeat(288)}`;
		expect(told(full, 1190)).toBe(full);
	});

	it('is none where none was told', () => expect(accepted({ text: 'tea?' }, { response: PRICE }).decision.response).toBe(PRICE));

	it('is of the item that was named, not of another one of that price', () => {
		const twins = [item('product', 'a', 'Blue Linen Scarf', { priceCents: 900 }), item('product', 'b', 'Green Silk Gloves', { priceCents: 900 })];
		const result = decide(factsOf(twins, { text: 'hm', session: { focusSku: 'b' } }), { proposal: proposal({ response: 'Blue Linen Scarf is €9.' }), model: 'm', attempt: 1 }, PORTS);
		expect(result.accepted && result.session.quotedCents).toEqual({ a: 900 });
	});

	it('is announced of two items at most', () => {
		const session = { quotedCents: { t1: 1, t2: 2, t3: 3 } };
		const { decision } = accepted({ text: 'prices?', session }, { response: 'Morning Mist Green Tea — €12.90\nSmoky Pine Black Tea — €14.75\nBox of 6 Tea Candles — €8.70' });
		expect(decision.response.match(/has changed/gu)).toHaveLength(2);
		expect(decision.response).toContain('€12.90.\nPlease note');
	});
});
