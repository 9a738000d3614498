import { describe, expect, it } from 'vitest';
import { decide } from '../decide.ts';
import { factsOf, item, PORTS, TEA, type Scene } from '../guard/test-support/shops.ts';
import { phrasesFor } from '../phrases/index.ts';

/** What the built-in responder decides. */
function answered(text: string, scene: Omit<Scene, 'text'> & { readonly language?: string } = {}, items = TEA) {
	const { language = 'English', session, ...rest } = scene;
	const result = decide(factsOf(items, { ...rest, text, session: { greeted: true, language, ...session } }), { proposal: null, model: '', attempt: 1 }, PORTS);
	if (!result.accepted) throw new Error('not accepted');
	return result;
}

describe('a request for a picture', () => {
	it.each([
		['English', 'can you send me a photo of the morning mist green tea?'],
		['English', 'I want a picture of the green tea'],
		['Spanish', '¡mándame una foto del Morning Mist Green Tea, por favor!'],
		['Russian', 'пришлите мне фото Morning Mist Green Tea, пожалуйста'],
		['Ukrainian', 'надішліть мені фото Morning Mist Green Tea, будь ласка'],
		['German', 'schicken Sie mir bitte ein Foto vom Morning Mist Green Tea'],
	])('is no order: the item goes out with its picture (%s: %s)', (language, text) => {
		const { decision, session } = answered(text, { language });
		expect([decision.imageurl, decision.intent, session.cart, session.focusSku]).toEqual(['https://tea.example/img/mist.jpg', 'question', [], 't1']);
		expect(decision.response).toContain('Morning Mist Green Tea');
	});

	it('of an item without one says that there is none', () => {
		const { decision, session } = answered('can you send me a photo of the smoky pine black tea?');
		expect([decision.response, session.cart]).toEqual([phrasesFor('English').noneForItem, []]);
	});

	it('does not take an order away that stands beside it, nor one of something called so', () => {
		expect(answered('I want 2 green teas, and send me a photo please').session.cart).toEqual([{ sku: 't1', quantity: 2 }]);
		expect(answered('I want a photo session please', {}, [item('service', 'p', 'Photo Session', { description: 'An hour', priceCents: 5000, stock: 3, cities: ['Lyon'] })]).session.cart).toEqual([{ sku: 'p', quantity: 1 }]);
	});
});

describe('"I am ready to buy"', () => {
	it.each([['English', 'I am ready to buy'], ['Spanish', 'estoy listo para comprar'], ['Russian', 'я готов купить'], ['Ukrainian', 'я готова купувати'], ['German', 'ich bin bereit zu kaufen']])('asks what, in %s', (language, text) => {
		const { decision } = answered(text, { language });
		expect([decision.intent, decision.response.includes(phrasesFor(language).notFound.hybrid)]).toEqual(['order', false]);
		expect(decision.response).toContain('Morning Mist Green Tea');
	});

	it('goes on with the order that there is', () => {
		const { decision } = answered('I am ready to buy', { session: { cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon', awaiting: ['name', 'phone'] } });
		expect([decision.intent, decision.response]).toEqual(['order', 'To place the order, please tell me the recipient’s name and a phone number with + and the country code.']);
	});
});

describe('what is no phone number, while one is awaited', () => {
	const session = { cart: [{ sku: 't1', quantity: 2 }], city: 'Lyon', awaiting: ['phone', 'name'], unclearTurns: 1 } as const;

	it.each([
		['English', 'my phone is 12345'], ['English', 'my phone is abc'], ['English', 'phone: abc'], ['English', '123'], ['English', '12345'],
		['Spanish', 'mi teléfono es 12345'], ['Spanish', 'mi teléfono es abc'], ['Russian', 'мой телефон 12345'], ['Russian', 'мой телефон абв'],
		['Ukrainian', 'мій телефон 12345'], ['Ukrainian', 'мій телефон абв'], ['German', 'mein Handy ist 12345'], ['German', 'mein Telefon ist abc'],
	])('is said to be none, and asked for again (%s: %s)', (language, text) => {
		const { decision, session: after } = answered(text, { language, session });
		expect(decision.response).toContain(phrasesFor(language).phoneInvalid);
		expect([decision.handover, after.phone, after.clientName, after.awaiting.includes('phone'), after.cart]).toEqual([null, '', '', true, session.cart]);
	});

	it('takes the name that stands beside it', () => {
		const { decision, session: after } = answered('my phone is 12345, my name is Anna', { session });
		expect([decision.response.includes(phrasesFor('English').phoneInvalid), after.clientName]).toEqual([true, 'Anna']);
	});

	it('is not a number that answers another question, nor a thing that is sold', () => {
		expect(answered('3', { session: { ...session, unclearTurns: 0 } }).decision.response).not.toContain(phrasesFor('English').phoneInvalid);
		const shop = [item('product', 'c', 'Phone Case', { description: 'Leather', priceCents: 1500, stock: 9, cities: ['Lyon'], paymentReminderHours: 3 }), ...TEA];
		const { decision } = answered('and a phone case', { session: { ...session, unclearTurns: 0 } }, shop);
		expect(decision.response).not.toContain(phrasesFor('English').phoneInvalid);
	});
});

it.each([
	['English', 'who won the world cup in 2018?'], ['Spanish', '¿quién ganó el mundial de 2018?'], ['Russian', 'кто выиграл чемпионат мира в 2018?'],
	['Ukrainian', 'хто виграв чемпіонат світу 2018?'], ['German', 'wer hat 2018 die Weltmeisterschaft gewonnen?'],
])('a question about the world is off-topic (%s: %s)', (language, text) => {
	expect(answered(text, { language }).decision).toMatchObject({ intent: 'off_topic', response: phrasesFor(language).offTopic.hybrid, handover: null });
});

describe('a count of what several items are', () => {
	it('offers all of them, not only the pack that has the word in its name', () => {
		for (const text of ['one tea please', 'two teas please', 'I want 6 teas']) {
			const { response } = answered(text).decision;
			expect([text, response.includes('Morning Mist Green Tea'), response.includes('Smoky Pine Black Tea')]).toEqual([text, true, true]);
		}
	});

	it('still counts what a pack holds', () => {
		expect(answered('6 tea candles please').session.cart).toEqual([{ sku: 't3', quantity: 1 }]);
	});
});
