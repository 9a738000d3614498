import { describe, expect, it } from 'vitest';
import { decide, type DecideResult } from './decide.ts';
import type { Proposal } from './decision.ts';
import type { AgentFacts } from './facts.ts';
import { BIKES, factsOf, order, PORTS, proposal, TEA, type Scene } from './guard/test-support/shops.ts';
import { FLORIST } from './offline/test-support/shops.ts';
import { NEW_SESSION } from './session.ts';

function answer(scene: Scene, fields: Partial<Proposal> | null, attempt = 1, items = TEA): DecideResult {
	return decide(factsOf(items, scene), { proposal: fields === null ? null : proposal(fields), model: 'test-model', attempt }, PORTS);
}

function accepted(result: DecideResult) {
	if (!result.accepted) throw new Error(result.violations.map(({ message }) => message).join('\n'));
	return result;
}

const COMMIT: Partial<Proposal> = {
	response: 'Thank you, Anna! Here is the payment link.', intent: 'order', send_payment_link: true, items: [{ SKU: 't1', quantity: 2 }, { SKU: 't4', quantity: 1 }],
	city: 'lyon', client_name: 'Anna', recipient_phone_number: '+33 600 111 222',
};
const COMMIT_TEXT = '2 green teas and a card to Lyon, Anna, +33 600 111 222';

describe('a committed order', () => {
	it('gets its sums, lines, city, phone and ids from code', () => {
		const { decision, next, session } = accepted(answer({ text: COMMIT_TEXT }, COMMIT));
		expect(next).toBe('checkout');
		expect(decision).toEqual({
			response: 'Thank you, Anna! Here is the payment link.', language: 'English', intent: 'order', imageurl: '', videourl: '', send_payment_link: true, city: 'Lyon',
			items: [{ lineItems: [{ SKU: 't1', price: '', shippingRate: '', quantity: 2 }, { SKU: 't4', price: '', shippingRate: '', quantity: 1 }] }],
			units_to_buy: 3, products_sum: 2580, delivery_sum: 490, total_sum: 3070, free_delivery: false, recipient_phone_number: '+33600111222', client_name: 'Anna',
			address: '', order_description: '2 × Morning Mist Green Tea; 1 × Greeting Card', payment_reminder_hours: 3, remind: true, stripe_lang: 'en', change_payment_status: false, slot: null, slots: [], booking_change: null, handover: null,
			focus_sku: '', requested: [], decisionId: 'dec_1', conversationId: 'conv_1', turnId: 'turn_1', sender: 'cust_1', model: 'test-model', origin: 'model', violations: [],
		});
		expect(session).toMatchObject({ cart: [], city: 'Lyon', phone: '+33600111222', clientName: 'Anna', awaiting: [], greeted: true });
	});

	it('uses what was given in earlier turns', () => {
		const scene = { text: 'yes please', session: { cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon', phone: '+33600111222', clientName: 'Anna', awaiting: ['confirmation'] as const } };
		const { decision, next } = accepted(answer(scene, { response: 'Wonderful! Here is the payment link.', send_payment_link: true }));
		expect([next, decision.total_sum, decision.recipient_phone_number]).toEqual(['checkout', 3070, '+33600111222']);
	});

	it('that costs nothing goes to checkout too, with a total of 0 and no page language', () => {
		const { decision, next } = accepted(answer({ text: 'online lesson, Anna, +33600111222' }, { ...COMMIT, response: 'It is booked, Anna. It is free.', items: [{ SKU: 't6', quantity: 1 }], city: 'online' }));
		expect([next, decision.total_sum, decision.city, decision.stripe_lang]).toEqual(['checkout', 0, 'online', null]);
	});

	it('without a payment reminder gets no link: the operator is told why, and a person has the conversation', () => {
		const { decision, next } = accepted(answer({ text: 'workshop in Lyon, Anna, +33600111222' }, { ...COMMIT, response: 'Thank you, Anna! Our team will arrange the payment with you.', items: [{ SKU: 't7', quantity: 1 }] }));
		expect([next, decision.send_payment_link, decision.stripe_lang]).toEqual(['handover', false, null]);
		expect(decision.handover).toEqual({ reason: 'payment to be arranged: no_payment_reminder' });
		expect(decision.violations).toMatchObject([{ code: 'no_payment_reminder', rule: 12 }]);
	});

	it('gets no link either while the payment account can’t take charges', () => {
		const { decision, next } = accepted(answer({ text: COMMIT_TEXT, company: { paymentReady: false } }, { ...COMMIT, response: 'Thank you, Anna! Our team will arrange the payment.' }));
		expect([next, decision.send_payment_link]).toEqual(['handover', false]);
		expect(decision.violations.map(({ code }) => code)).toEqual(['payment_account_not_ready']);
	});

	it('for 20 things that come in boxes of 10 is two boxes', () => {
		const { decision } = accepted(answer({ text: '20 роз в Мадрид' }, { response: 'Записала: 2 × Букет из 10 роз.', language: 'Russian', items: [{ SKU: '1002', quantity: 2 }], city: 'Мадрид', requested: [{ count: 20, noun: 'роз', quote: '20 роз' }] }, 1, FLORIST));
		expect([decision.units_to_buy, decision.products_sum, decision.delivery_sum]).toEqual([2, 6900, 750]);
	});
});

describe('what is still missing', () => {
	it('is remembered as awaited, and the rest is kept', () => {
		const { session, next } = accepted(answer({ text: 'I want two green teas' }, { response: 'Which city, and what is your name and phone number?', items: [{ SKU: 't1', quantity: 2 }], focus_sku: 't1' }));
		expect(next).toBe('reply');
		expect(session).toEqual({ ...NEW_SESSION, language: 'English', greeted: true, cart: [{ sku: 't1', quantity: 2 }], focusSku: 't1', awaiting: ['city', 'phone', 'name'] });
	});

	it('is asked by the guard’s own answer when a model commits twice without it', () => {
		const { decision, next } = accepted(answer({ text: 'two morning mist green teas to Lyon' }, { response: 'Done!', send_payment_link: true, items: [{ SKU: 't1', quantity: 2 }], city: 'Lyon' }, 2));
		expect([next, decision.origin, decision.send_payment_link]).toEqual(['reply', 'fallback', false]);
		expect(decision.response).toMatch(/name.*phone/u);
		expect(decision.violations.map(({ code }) => code)).toEqual(['missing_details']);
	});

	it('a city that only the model read has to be confirmed, and counts once it is proposed again', () => {
		const first = answer({ text: 'to the city of lights' }, { response: 'Do you mean Paris?', items: [{ SKU: 't1', quantity: 1 }], city: 'Paris' });
		expect(accepted(first).decision.city).toBe('');
		expect(accepted(first).session.extra['cityToConfirm']).toBe('Paris');
		const second = answer({ text: 'yes', session: accepted(first).session }, { response: 'Great, to Paris it is.', items: [{ SKU: 't1', quantity: 1 }], city: 'Paris' });
		expect(accepted(second).decision.city).toBe('Paris');
	});
});

describe('a second attempt that still breaks a rule', () => {
	it('keeps a valid order and replaces the words by the computed order', () => {
		const { decision, next } = accepted(answer({ text: COMMIT_TEXT }, { ...COMMIT, response: 'That is only €5, Anna!' }, 2));
		expect([next, decision.origin, decision.model, decision.total_sum]).toEqual(['checkout', 'fallback', 'test-model', 3070]);
		expect(decision.response).toBe('Thank you, Anna! Your order:\n• 2 × Morning Mist Green Tea — €25.80\n• Greeting Card — free\nDelivery: €4.90\nTotal: €30.70\n\nHere is the payment link.');
		expect(decision.violations.map(({ code }) => code)).toEqual(['price_not_in_facts']);
	});

	it('is answered from facts in the customer’s language', () => {
		const { decision } = accepted(answer({ text: 'сколько стоит букет из 20 роз?' }, { response: 'Букет из 20 роз стоит 10 €', language: 'Russian' }, 2, FLORIST));
		expect(decision.origin).toBe('fallback');
		expect(decision.language).toBe('Russian');
		expect(decision.response).toContain('59,90 €');
	});

	it('keeps details that hold', () => {
		const { session } = accepted(answer({ text: 'ich heiße Anna, +33600111222' }, { response: 'It costs €1', client_name: 'Anna', recipient_phone_number: '+33600111222' }, 2));
		expect([session.clientName, session.phone]).toEqual(['Anna', '+33600111222']);
	});

	it('that is only too long is cut at a sentence with an offer to go on', () => {
		const { decision } = accepted(answer({ text: 'tell me about tea' }, { response: 'Tea is a lovely thing. '.repeat(300) }, 2));
		expect(decision.response.length).toBeLessThanOrEqual(3800);
		expect(decision.response).toMatch(/thing\.\n\nShall I send more\?$/u);
		expect([decision.origin, decision.violations.map(({ code }) => code)]).toEqual(['model', ['shortened']]);
	});
});

describe('a built-in responder that fails', () => {
	it('costs no customer an answer: a sentence in their language, and a person; the defect is told', () => {
		const plain = factsOf(TEA, { text: 'Сколько стоит зелёный чай?' });
		const facts = { ...plain, session: { ...plain.session, cart: [{ sku: 't1', quantity: 2 }] } };
		const defect = new TypeError('a defect');
		const broken = { ...facts, catalog: { ...facts.catalog, search: () => { throw defect; } } };
		const told: unknown[] = [];
		const ports = { ...PORTS, detectLanguage: () => ({ language: 'Russian', confidence: 1 }), onDefect: (error: unknown) => void told.push(error) };
		const { decision, next, session } = accepted(decide(broken, { proposal: null, model: 'offline', attempt: 1 }, ports));
		expect([next, decision.handover, decision.response, decision.send_payment_link]).toEqual(['handover', { reason: 'the built-in responder failed' }, 'Конечно, передаю вас коллеге, он ответит вам здесь.', false]);
		expect(decision.violations.map(({ code }) => code)).toEqual(['offline_failed']);
		expect(told).toEqual([defect]);
		expect(session.cart).toEqual([{ sku: 't1', quantity: 2 }]);
	});
});

describe('handing over', () => {
	it('follows the company’s keywords in any language, whatever the model says', () => {
		const { decision, next } = accepted(answer({ text: 'Quiero hablar con un encargado!', company: { handoverKeywords: ['encargado'] } }, { response: 'Claro, te paso con un compañero.', language: 'Spanish' }));
		expect([next, decision.handover]).toEqual(['handover', { reason: 'keyword: encargado' }]);
	});

	it('needs a quote from the turn when a model asks for it', () => {
		const asked = answer({ text: 'give me a human' }, { response: 'Of course.', handover: { reason: 'asked' }, quotes: { handover: 'give me a human' } });
		expect(accepted(asked).next).toBe('handover');
	});

	it('follows a complaint and two unclear turns in a row', () => {
		expect(accepted(answer({ text: 'this is awful' }, { response: 'I am very sorry.', intent: 'complaint' })).next).toBe('handover');
		expect(accepted(answer({ text: 'asdf' }, { response: 'Sorry, could you say that again?', intent: 'unclear' })).session.unclearTurns).toBe(1);
		expect(accepted(answer({ text: 'asdf', session: { unclearTurns: 1 } }, { response: 'Sorry, could you say that again?', intent: 'unclear' })).next).toBe('handover');
	});

	it('never opens a checkout', () => {
		const { decision, next } = accepted(answer({ text: `${COMMIT_TEXT}. manager!`, company: { handoverKeywords: ['manager'] } }, { ...COMMIT, response: 'Thank you, Anna! A colleague will answer you here.' }));
		expect([next, decision.send_payment_link]).toEqual(['handover', false]);
	});
});

describe('an open order', () => {
	it('is changed once, when the turn wants other items', () => {
		const scene = { text: 'smoky pine to Lyon instead', order: order() };
		const wants = { response: 'Smoky Pine Black Tea it is: €14.75.', items: [{ SKU: 't2', quantity: 1 }], city: 'Lyon' };
		const first = accepted(answer(scene, wants));
		expect(first.decision.change_payment_status).toBe(true);
		expect(accepted(answer({ ...scene, session: first.session }, wants)).decision.change_payment_status).toBe(false);
	});

	it('is amended, not changed, when something is added', () => {
		const { decision } = accepted(answer({ text: 'a card as well', order: order() }, { response: 'Added.', items: [{ SKU: 't1', quantity: 1 }, { SKU: 't4', quantity: 1 }] }));
		expect(decision.change_payment_status).toBe(false);
	});

	it('isn’t reminded of once the customer asks for that', () => {
		expect(accepted(answer({ text: 'please stop reminding me', order: order() }, { response: 'All right.' })).decision.remind).toBe(false);
		expect(accepted(answer({ text: 'please stop reminding me' }, { response: 'All right.' })).decision.remind).toBe(true);
	});
});

describe('media and prices that were told', () => {
	it('sends the picture of the item in focus once, from the second answer on', () => {
		const scene = { text: 'green tea?', session: { greeted: true } };
		const first = accepted(answer(scene, { response: 'Morning Mist Green Tea is €12.90.', focus_sku: 't1' }));
		expect(first.decision.imageurl).toBe('https://tea.example/img/mist.jpg');
		expect(accepted(answer({ ...scene, session: first.session }, { response: 'Morning Mist Green Tea is €12.90.', focus_sku: 't1' })).decision.imageurl).toBe('');
	});

	it('sends no picture with a first answer of a catalog with several items', () => {
		expect(accepted(answer({ text: 'green tea?' }, { response: 'It is €12.90.', focus_sku: 't1' })).decision.imageurl).toBe('');
	});

	it('announces a price that changed since it was quoted, once', () => {
		const scene = { text: 'and the price again?', session: { greeted: true, quotedCents: { t1: 1190 } } };
		const first = accepted(answer(scene, { response: 'Morning Mist Green Tea is €12.90.', focus_sku: 't1' }));
		expect(first.decision.response).toBe('Morning Mist Green Tea is €12.90.\n\nPlease note that the price of “Morning Mist Green Tea” has changed: it is now €12.90.');
		expect(accepted(answer({ ...scene, session: first.session }, { response: 'Morning Mist Green Tea is €12.90.', focus_sku: 't1' })).decision.response).toBe('Morning Mist Green Tea is €12.90.');
	});

	it('keeps the model’s note for the order when it states only what the customer said', () => {
		expect(accepted(answer({ text: COMMIT_TEXT }, { ...COMMIT, order_description: 'Card text: With love, Anna' })).decision.order_description).toBe('Card text: With love, Anna');
		expect(accepted(answer({ text: COMMIT_TEXT }, { ...COMMIT, order_description: 'Agreed on €1 at https://evil.example' })).decision.order_description).toBe('2 × Morning Mist Green Tea; 1 × Greeting Card');
	});
});

describe('a customer whose language the offline responder doesn’t know', () => {
	it('is remembered by it, and gets a payment page in it', () => {
		const { decision, session } = accepted(answer({ text: 'quero 2 Capacete leve, Porto, João, +351 912 345 678, obrigado' }, null, 1, BIKES));
		expect([decision.language, decision.stripe_lang, session.language]).toEqual(['English', 'pt', 'Portuguese']);
	});
});

describe('phones', () => {
	it('“use my current number” is taken on WhatsApp', () => {
		const scene = { text: 'use my current number', customerPhone: '+351912345678' };
		expect(accepted(answer(scene, { response: 'Noted, thank you.', recipient_phone_number: '+351912345678' }, 1, BIKES)).session.phone).toBe('+351912345678');
	});
});

describe('every answer', () => {
	it('has the same keys', () => {
		const keys = [
			accepted(answer({ text: 'hi' }, null)), accepted(answer({ text: 'hi' }, { response: 'Hello!' })), accepted(answer({ text: COMMIT_TEXT }, COMMIT)), accepted(answer({ text: 'hi' }, { response: 'It is €1' }, 2)),
		].map(({ decision }) => Object.keys(decision).sort());
		expect(new Set(keys.map((list) => list.join())).size).toBe(1);
	});
});

describe('a voice message whose words nobody has', () => {
	const voice = (scene: Scene, texts: readonly string[] = ['']): AgentFacts => {
		const facts = factsOf(TEA, scene);
		return { ...facts, turn: { ...facts.turn, messages: texts.map((text, at) => ({ id: `m${at}`, type: 'voice' as const, text, sentAt: '' })) } };
	};
	const decided = (facts: AgentFacts) => accepted(decide(facts, { proposal: proposal({ response: 'Thank you for your order!' }), model: 'test-model', attempt: 1 }, PORTS));

	it.each([['English', 'please write it in words'], ['German', 'schreiben Sie es in Worten'], ['Spanish', 'escríbelo con palabras'], ['Russian', 'словами'], ['Ukrainian', 'словами']])('is answered by asking to write, whatever a model says, in %s', (language, asks) => {
		const { decision, next } = decided(voice({ session: { greeted: true, language } }));
		expect([decision.response.includes(asks), decision.intent, decision.origin, next]).toEqual([true, 'question', 'offline', 'reply']);
	});

	it('leaves an order in progress as it was', () => {
		const session = { greeted: true, language: 'English', cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon', awaiting: ['phone', 'name', 'confirmation'] as const };
		const told = decided(voice({ session }));
		expect(told.decision.response).toContain('please write it in words');
		expect(told.session).toMatchObject(session);
	});

	it('is no such turn when there is a transcript, or something is written beside it', () => {
		expect(decided(voice({ text: 'hello', session: { greeted: true } }, ['hello'])).decision.origin).toBe('model');
		expect(decided(voice({ text: 'hello', session: { greeted: true } }, ['', 'hello'])).decision.origin).toBe('model');
	});
});
