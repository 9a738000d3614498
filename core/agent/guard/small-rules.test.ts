import { describe, expect, it } from 'vitest';
import { emptyItem, type Item } from '../../catalog/item.ts';
import type { OrderFacts } from '../facts.ts';
import { checkAnswerLanguage } from './answer-language.ts';
import { readAsks } from './asks.ts';
import { changesOrder } from './change-order.ts';
import { citiesOf, generalDelivery, nameIndexOf, readAnswer, servedCityIn } from './draft.ts';
import { orderSummary, plainAnswer, withSafeOrder } from './fallback.ts';
import { checkHandover } from './handover.ts';
import { itemFacts, publicText, statedBy, toldText } from './item-facts.ts';
import { itemsLeftOut } from './left-out.ts';
import { mediaFor } from './media.ts';
import { readOrder } from './order-part.ts';
import { quotedIn } from './quotes.ts';
import { keepsReminding } from './remind.ts';
import { paymentReminderHours } from './reminder.ts';
import { review } from './review.ts';
import { phrasesFor } from '../phrases/index.ts';
import { FREE_WORD } from './text/lexicon.ts';
import { catalogOf, detect, factsOf, item, order, proposal, TEA, type Scene } from './test-support/shops.ts';

describe('delivery in general', () => {
	const of = (...items: readonly Partial<Item>[]) => generalDelivery(catalogOf(items.map((fields, at) => item('product', `i${at}`, `Thing ${at}`, fields))));
	const SAME = { deliveryCents: 300, freeDeliveryFromCents: 4000, deliveryTimeHours: 3 };
	it.each([
		['what all have', of(SAME, SAME), { cents: 300, freeFromCents: 4000, minutes: 180 }], ['of one item', of(SAME), { cents: 300, freeFromCents: 4000, minutes: 180 }], ['of those that are charged for', of({ deliveryTimeHours: 3 }, SAME), { cents: 300, freeFromCents: 4000, minutes: 180 }],
		['no time where it differs', of(SAME, { ...SAME, deliveryTimeHours: 4 }), { cents: 300, freeFromCents: 4000, minutes: null }], ['no time where one has none', of({}, SAME), { cents: 300, freeFromCents: 4000, minutes: null }], ['no time where there is none', of({ deliveryCents: 300 }), { cents: 300, freeFromCents: null, minutes: null }],
		['none where the fee differs', of(SAME, { ...SAME, deliveryCents: 301 }), null], ['none where the threshold differs', of(SAME, SAME, { ...SAME, freeDeliveryFromCents: null }), null], ['none where nothing is charged for', of({ deliveryTimeHours: 3 }), null], ['none of nothing', of(), null],
	])('is %s', (_, general, expected) => expect(general).toEqual(expected));
	it('and what else is read of a catalog is read once', () => {
		const catalog = catalogOf(TEA);
		expect([nameIndexOf(catalog) === nameIndexOf(catalog), citiesOf(catalog) === citiesOf(catalog), citiesOf(catalog), servedCityIn('to paris', catalog)]).toEqual([true, true, ['Lyon', 'Paris'], 'Paris']);
	});
});

describe('what an answer is about', () => {
	const about = (response: string, scene: Scene = {}, focus = '') => {
		const facts = factsOf(TEA, scene);
		const proposed = proposal({ response, focus_sku: focus });
		return readAnswer(facts, proposed, readOrder(facts, proposed, readAsks(scene.text ?? ''))).subjects.map(({ sku }) => sku).join(' ');
	};
	it.each<[string, string, Scene, string?]>([
		['t1', 'Morning Mist Green Tea!', {}], ['t3', 'The candles!', {}], ['t2', 'Hello!', { text: 'Smoky Pine Black Tea?' }], ['t5', 'Hello!', {}, 't5'], ['t5', 'Hello!', { session: { focusSku: 't5' } }], ['t4', 'Hello!', { session: { cart: [{ sku: 't4', quantity: 1 }] } }], ['t1', 'Hello!', { order: order() }],
		['t1 t2', 'Morning Mist Green Tea!', { text: 'Smoky Pine Black Tea?' }], ['t1', 'Morning Mist Green Tea, Morning Mist Green Tea', {}, 't1'], ['t1', 'Hello!', { order: order(), text: 'black' }], ['t3', 'Hello!', { text: 'beeswax' }],
	])('%s: “%s”', (skus, response, scene, focus) => expect(about(response, scene, focus)).toBe(skus));
	it('are three items at most that a search finds', () => expect(about('Hello!', { text: 'teas' }).split(' ')).toHaveLength(3));

	it('reads links and addresses apart from the rest', () => {
		const read = (response: string) => {
			const { urls, emails, sentences } = readAnswer(factsOf(TEA), proposal({ response }), readOrder(factsOf(TEA), proposal(), readAsks('')));
			return [urls, emails, sentences.map(({ prose }) => prose)];
		};
		expect(read('See https://a.example/x?y=1, http://b.example. Or www.c.example/z!!')).toEqual([['https://a.example/x?y=1', 'http://b.example', 'www.c.example/z'], [], [expect.stringMatching(/^see +or$/u)]]);
		expect(read('Mail a.b-c_1%+@d-e.f1.example now')).toEqual([[], ['a.b-c_1%+@d-e.f1.example'], [expect.stringMatching(/^mail +now$/u)]]);
		expect(read('See a-1.b.example/p”, x.com) or <https://y.example> and z.notatld or .com or a@b')[0]).toEqual(['a-1.b.example/p', 'x.com', 'https://y.example']);
		expect(read('Morning Mist Green Tea is nice')[2]).toEqual([expect.stringMatching(/^ *is nice$/u)]);
	});
});

describe('what an item’s texts state', () => {
	const MUG = item('product', 'm', 'Clay Mug', { description: 'Free parking. 5 euros, 10%, 3 hours', category: 'Cups', subcategory: 'Clay', tags: ['blue'], unit: 'piece', duration: '2 days', format: 'box', specialistInitials: 'A.B.', specialistArea: 'Kiln', providerName: 'Studio', officeAddress: 'Rue 1', instructions: 'Wash', attributes: { glaze: 'matt' }, detailFields: { ...emptyItem('', 'product', '').detailFields, included: 'lid of 7 €' }, contactFields: { ...emptyItem('', 'product', '').contactFields, supplier_contact: '+33 611 222 333' } });
	const [none, details, contacts, refund] = ['hm', 'what is included?', 'who is the supplier?', 'I want a refund'].map(readAsks);
	it('are open, or told to who asks', () => {
		expect(publicText(MUG)).toBe('Clay Mug\nFree parking. 5 euros, 10%, 3 hours\nCups\nClay\nblue\npiece\n2 days\nbox\nA.B.\nKiln\nStudio\nRue 1\nWash\nglaze\nmatt');
		expect([none, details, contacts, refund].map((asks) => [toldText(MUG, asks!).includes('lid'), toldText(MUG, asks!).includes('611')])).toEqual([[false, false], [true, false], [false, true], [false, true]]);
	});
	it('are read as claims, by what is told', () => {
		const facts = itemFacts(MUG, none!);
		expect([[...facts.cents], [...facts.percents], [...facts.minutes], facts.phones, facts.numbers.has(2)]).toEqual([[500], [10], [180, 2880], [], true]);
		expect([[...itemFacts(MUG, details!).cents], itemFacts(MUG, contacts!).phones, itemFacts(MUG, refund!).phones, itemFacts(MUG, none!) === facts]).toEqual([[500, 700], ['33611222333'], ['33611222333'], true]);
	});
	it.each([['parking is free', true], ['free mugs', false], ['it is free', false], ['parking', true], ['the clay mug is free', false], ['free hour', false]])('“%s” stands in a sentence with the claim: %s', (statement, stands) => {
		expect(statedBy(MUG, none!, FREE_WORD, statement)).toBe(stands);
	});
});

describe('handing over', () => {
	const of = (fields: Parameters<typeof proposal>[0], text = 'hm', scene: Scene = {}, isOffline = false) => checkHandover(factsOf(TEA, { ...scene, text }), proposal(fields), isOffline);
	const asked = { handover: { reason: 'asked' } };
	it.each([
		['quoted', of({ ...asked, quotes: { a: 'nothing', b: 'a human' } }, 'give me A human!'), { reason: 'asked' }], ['complaining', of(asked, 'this is terrible'), { reason: 'asked' }], ['without a model', of(asked, 'hm', {}, true), { reason: 'asked' }], ['without a reason', of({ handover: { reason: '' } }, 'this is terrible'), { reason: 'complaint' }],
		['with a long reason', of({ handover: { reason: 'a'.repeat(201) } }, 'this is terrible'), { reason: 'a'.repeat(200) }], ['a complaint', of({}, 'this is terrible'), { reason: 'complaint' }], ['what is only called one', of({ intent: 'complaint' }), null], ['unclear twice', of({ intent: 'unclear' }, 'hm', { session: { unclearTurns: 1 } }), { reason: 'two unclear turns in a row' }], ['unclear once', of({ intent: 'unclear' }), null], ['an order that is called unclear', of({ intent: 'unclear' }, 'my name is Maria Costa, +351 600 111 222', { session: { unclearTurns: 1 } }), null], ['clear', of({}, 'hm', { session: { unclearTurns: 3 } }), null],
		['a keyword', of({}, 'the BOSS, please', { company: { handoverKeywords: ['', '!', 'boss'] } }), { reason: 'keyword: boss' }], ['two words', of({}, 'real-person now', { company: { handoverKeywords: ['real person'] } }), { reason: 'keyword: real person' }], ['a part of a word', of({}, 'bossy', { company: { handoverKeywords: ['boss', '…'] } }), null], ['at the end', of({}, 'the boss', { company: { handoverKeywords: ['boss'] } }), { reason: 'keyword: boss' }],
	])('%s', (_, check, handover) => expect(check).toEqual({ handover, violations: [] }));
	it('needs a quote', () => expect(of({ ...asked, quotes: { a: 'someone' } })).toMatchObject({ handover: null, violations: [{ code: 'handover_without_quote', message: 'Hand over only when the customer asks for a person: quote their words in quotes.handover, or answer yourself.' }] }));
});

describe('pictures and videos', () => {
	const SHOP = [item('product', 'a', 'Mug', { imageUrl: 'i-a', videoUrl: 'v' }), item('service', 'b', 'Class', { imageUrl: 'i-b', videoUrl: 'v' })];
	const sent = (items: readonly Item[], focus: string, scene: Scene = {}, text = 'hm') => Object.values(mediaFor(factsOf(items, scene), focus, readAsks(text)));
	const LATER: Scene = { session: { greeted: true } };
	it.each([
		['a first answer has the only video', sent(SHOP, 'a'), ['', 'v']], ['and the picture of an only item', sent(SHOP.slice(0, 1), ''), ['i-a', 'v']], ['once', sent(SHOP.slice(0, 1), '', { session: { mediaSent: ['i-a', 'v'] } }), ['', '']], ['none of several videos', sent([SHOP[0]!, { ...SHOP[1]!, videoUrl: 'w' }], ''), ['', '']], ['none where there is none', sent(TEA, 't1'), ['', '']],
		['the company’s before the item’s', sent(SHOP, '', { company: { welcomeVideos: { product: 'p', service: 's' } } }), ['', 'p']], ['later the picture of the item in focus', sent(SHOP, 'b', LATER), ['i-b', '']], ['once', sent(SHOP, 'b', { session: { greeted: true, mediaSent: ['i-b'] } }), ['', '']], ['and its video to who asks', sent(SHOP, 'b', LATER, 'do you have a video?'), ['i-b', 'v']], ['nothing of nothing', sent(SHOP, 'none', LATER, 'do you have a video?'), ['', '']],
		['no service’s for a shop of products', sent([], '', { company: { type: 'product', welcomeVideos: { product: '', service: 's' } } }), ['', '']], ['no product’s for one of services', sent([], '', { company: { type: 'service', welcomeVideos: { product: 'p', service: '' } } }), ['', '']],
	])('%s', (_, media, expected) => expect(media).toEqual(expected));
});

describe('another order', () => {
	const changes = (text: string, fields: Parameters<typeof proposal>[0], scene: Scene = { order: order() }) => {
		const facts = factsOf(TEA, { ...scene, text });
		return changesOrder(facts, review(facts, proposal(fields), { language: null, isOffline: true, detect }).draft);
	};
	const pine = { items: [{ SKU: 't2', quantity: 1 }], intent: 'order' as const };
	const status = (of: OrderFacts['status']): Scene => ({ order: order({ status: of }) });
	it.each([
		['of other items', changes('I want smoky pine', pine), true], ['of what is only named', changes('smoky pine', pine), false], ['of the same', changes('morning mist', { ...pine, items: [{ SKU: 't1', quantity: 1 }] }), false], ['of both', changes('smoky pine and morning mist', { ...pine, items: [{ SKU: 't1', quantity: 1 }, { SKU: 't2', quantity: 1 }] }), false], ['in a question', changes('smoky pine?', { ...pine, intent: 'question' }), false], ['in a question for a change', changes('can I change it to smoky pine?', { ...pine, intent: 'question' }), true],
		['of a paid order', changes('smoky pine', pine, status('paid')), false], ['of none', changes('smoky pine', pine, {}), false], ['again', changes('smoky pine', pine, { order: order(), session: { extra: { changedOrder: 'ord_1' } } }), false], ['of one before', changes('I want smoky pine', pine, { order: order(), session: { extra: { changedOrder: 'ord_0' } } }), true],
		['in a quote', changes('I want to change it', { quotes: { change_order: 'change it' } }), true], ['without one', changes('I want to change it', {}), false], ['in a wrong one', changes('I want to change it', { quotes: { change_order: 'swap' } }), false], ['in no wish', changes('thank you', { quotes: { change_order: 'thank you' } }), false], ['of a cart', changes('thank you', { items: null }, { order: order(), session: { cart: [{ sku: 't2', quantity: 1 }] } }), false],
	])('%s', (_, is, expected) => expect(is).toBe(expected));
});

describe('reminders', () => {
	const line = (fields: Partial<Item>) => ({ item: item('product', 'x', 'X', fields), quantity: 1 });
	it.each([
		['the smallest of the paid items', [line({ priceCents: 1, paymentReminderHours: 6 }), line({ priceCents: 1, paymentReminderHours: 3 })], 3], ['none of a free one', [line({ priceCents: 1, paymentReminderHours: 6 }), line({ paymentReminderHours: 3 })], 6], ['of a free one with a fee, where nothing has a price', [line({ deliveryCents: 1, paymentReminderHours: 6 }), line({ paymentReminderHours: 3 })], 6], ['not beside one with a price', [line({ priceCents: 1 }), line({ deliveryCents: 1, paymentReminderHours: 3 })], null], ['none', [line({ priceCents: 1 })], null], ['none of nothing', [], null], ['none of what costs nothing', [line({ paymentReminderHours: 3 })], null],
	])('after %s', (_, lines, hours) => expect(paymentReminderHours(lines)).toBe(hours));
	it('stop when a link is out and the customer wants none', () => {
		const [tired, calm] = [readAsks('please stop reminding me'), readAsks('hello')];
		const scenes: readonly Scene[] = [{ order: order() }, { session: { paymentStatus: 'payment_link_sent' } }, { order: order({ status: 'paid' }) }, {}];
		expect(scenes.map((scene) => [keepsReminding(factsOf(TEA, scene), tired), keepsReminding(factsOf(TEA, scene), calm)])).toEqual([[false, true], [false, true], [true, true], [true, true]]);
	});
});

describe('what a turn asks for', () => {
	it.each<[string, Partial<ReturnType<typeof readAsks>>]>([
		['tell me more details', { details: 'tell me more' }], ['what is included?', { details: 'what is included' }], ['who is it suitable for?', { details: 'suitable' }], ['is there a guarantee?', { details: 'guarantee' }], ['who is the supplier?', { contacts: 'supplier' }], ['where is the warehouse?', { contacts: 'warehouse' }], ['how many are in the warehouse?', { contacts: '' }], ['what is left in the warehouse?', { contacts: '' }], ['¿cuántas quedan en el almacén?', { contacts: '' }], ['сколько на складе?', { contacts: '' }], ['скільки на складі?', { contacts: '' }], ['wie viele im Lager?', { contacts: '' }],
		['I want a refund', { refund: 'refund' }], ['cancel it', { noReminders: 'cancel it' }], ['hello', { details: '', contacts: '', refund: '', video: '', currentNumber: '', noReminders: '', change: '' }],
	])('“%s”', (text, asks) => expect(readAsks(text)).toMatchObject(asks));
});

describe('the summary that code writes', () => {
	const read = (scene: Scene, fields: Parameters<typeof proposal>[0]) => {
		const facts = factsOf(TEA, scene);
		return { facts, order: readOrder(facts, proposal(fields), readAsks(scene.text ?? '')) };
	};
	const ALL = { send_payment_link: true, city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222' };
	it('has the lines, the fee, the sum and what follows', () => {
		const of = (text: string, scene: Scene, ...lines: readonly (readonly [string, number])[]) => {
			const { facts, order: made } = read({ ...scene, text: `${text}, Lyon, Anna, +33600111222` }, { ...ALL, items: lines.map(([SKU, quantity]) => ({ SKU, quantity })) });
			return orderSummary(facts, made, 'English').split('\n').slice(1);
		};
		expect(of('4 green teas', {}, ['t1', 4])).toEqual(['• 4 × Morning Mist Green Tea — €51.60', 'Delivery: free', 'Total: €51.60', '', 'Here is the payment link.']);
		expect(of('a card', {}, ['t4', 1])).toEqual(['• Greeting Card — free', '', phrasesFor('English').nothingToPay]);
		expect(of('tasting', {}, ['t5', 1]).slice(0, 2)).toEqual(['• Tea Tasting Evening — €35.00', 'Total: €35.00']);
		expect(of('green tea', { company: { paymentReady: false } }, ['t1', 1]).at(-1)).toBe(phrasesFor('English').teamArrangesPayment);
	});
	it('stands in a proposal without what didn’t hold', () => {
		const { order: made } = read({ text: 'green tea to Lyon, Anna, +33600111222' }, { ...ALL, items: [{ SKU: 't1', quantity: 1 }] });
		expect(withSafeOrder(proposal({ handover: { reason: 'x' }, order_description: 'x', city: 'x', client_name: 'x' }), made, 'Safe.')).toMatchObject({ response: 'Safe.', send_payment_link: true, items: [{ SKU: 't1', quantity: 1 }], city: 'Lyon', recipient_phone_number: '+33600111222', client_name: 'Anna', order_description: '', handover: null });
		expect(withSafeOrder(proposal(), { ...made, commits: false }, 'Safe.').send_payment_link).toBe(false);
		expect(withSafeOrder(proposal(), { ...made, commits: false, withheld: true }, 'Safe.').send_payment_link).toBe(true);
		expect(plainAnswer(factsOf(TEA), 'English')).not.toBe('');
	});
});

describe('quotes', () => {
	it.each([['Give me, please: “a human”!', 'me please a human', true], ['ab', 'ab', true], ['a', 'a', false], ['a  b', 'a b', true], ['a b', ' a b. ', true], ['ab', 'a b', false], ['x', '!', false]])('“%s” holds “%s”: %s', (text, quote, is) => expect(quotedIn(text, quote)).toBe(is));
});

describe('an item that is left out', () => {
	const left = (text: string) => itemsLeftOut(factsOf(TEA, { text }), []).map(({ message }) => message);
	it('is named', () => expect(left('Morning Mist Green Tea and Smoky Pine Black Tea')).toEqual(['The customer also named "Morning Mist Green Tea", which is not in the order. Put it in, or set send_payment_link false and ask whether they want it.']));
	it.each(['remove the Greeting Card', 'change it to Greeting Card', 'anything but no Greeting Card', 'without the Greeting Card', 'sin Greeting Card', 'не Greeting Card', 'ohne Greeting Card', 'keine Greeting Card', 'is the Greeting Card nice?'])('isn’t where it is not wanted: “%s”', (text) => expect(left(text)).toEqual([]));
	it.each(['not now. Greeting Card', `not ${'so '.repeat(11)}Greeting Card`, 'Greeting Card. Is it nice?', 'nothing, Greeting Card', 'Greeting Card\nok?'])('is where it is: “%s”', (text) => expect(left(text)).toHaveLength(1));
});

describe('the language of the answer', () => {
	const LONG = 'This tea is lovely and people really like how it tastes in the morning';
	const check = (prose: string, expected: { language?: string; detected?: boolean; maybe?: string }, found: { language: string; confidence: number }, isRemembered = true) => {
		const facts = factsOf([]);
		const proposed = proposal({ response: prose });
		const { draft } = review(facts, proposed, { language: null, isOffline: true, detect });
		return checkAnswerLanguage(draft, { language: 'English', detected: true, maybe: '', ...expected }, isRemembered, () => found).map(({ message }) => message).join();
	};
	const FRENCH = { language: 'French', confidence: 1 };
	const WRONG = 'The customer writes English; the answer is in French. Answer in English.';
	it.each([
		['another one', check(LONG, {}, FRENCH), WRONG], ['the same', check(LONG, {}, { language: 'English', confidence: 1 }), ''], ['none that is expected', check(LONG, { language: '' }, FRENCH), ''], ['none that is found', check(LONG, {}, { language: '', confidence: 1 }), ''],
		['39 letters', check('a'.repeat(39), {}, FRENCH), ''], ['40 letters', check('a'.repeat(40), {}, FRENCH), WRONG], ['40 letters and less than sure', check('a'.repeat(40), {}, { ...FRENCH, confidence: 0.89 }), ''], ['40 letters and sure', check('a'.repeat(40), {}, { ...FRENCH, confidence: 0.9 }), WRONG], ['59 letters', check('a'.repeat(59), {}, { ...FRENCH, confidence: 0.7 }), ''], ['60 letters', check('a'.repeat(60), {}, { ...FRENCH, confidence: 0.6 }), WRONG], ['60 letters and unsure', check('a'.repeat(60), {}, { ...FRENCH, confidence: 0.59 }), ''],
		['what the turn may be in', check(LONG, { detected: false, maybe: 'French' }, FRENCH), ''], ['what is near to it', check(LONG, { detected: false, maybe: 'Spanish' }, { language: 'Italian', confidence: 1 }), ''], ['neither', check(LONG, { detected: false, maybe: 'Spanish' }, FRENCH), WRONG], ['anything, at first', check(LONG, { detected: false, maybe: 'Spanish' }, FRENCH, false), ''], ['not where the first turn is in the expected one', check(LONG, { detected: false, maybe: 'English' }, FRENCH, false), WRONG], ['nor near to it', check(LONG, { language: 'Spanish', detected: false, maybe: 'Italian' }, FRENCH, false), WRONG.replaceAll('English', 'Spanish')],
		['Ukrainian for Russian', check('Цей чай дуже смачний, його купують усі наші друзі', { language: 'Russian' }, { language: 'Russian', confidence: 1 }), 'The customer writes Russian; the answer is in Ukrainian. Answer in Russian.'], ['Russian for Ukrainian', check('Этот чай очень вкусный, его покупают все наши друзья', { language: 'Ukrainian' }, { language: 'Ukrainian', confidence: 1 }), 'The customer writes Ukrainian; the answer is in Russian. Answer in Ukrainian.'], ['Russian for Russian', check('Этот чай очень вкусный, его покупают все наши друзья', { language: 'Russian' }, { language: 'Ukrainian', confidence: 1 }), ''], ['Russian where nothing was clear', check('Этот чай очень вкусный, его покупают все наши друзья', { language: 'Ukrainian', detected: false }, { language: 'Russian', confidence: 1 }), ''], ['Cyrillic for English', check('Этот чай очень вкусный, его покупают все наши друзья', {}, { language: 'English', confidence: 1 }), ''],
	])('%s', (_, told, expected) => expect(told).toBe(expected));
	it.each([['Spanish', 'Catalan', 'Galician', 'Portuguese', 'Italian'], ['Russian', 'Ukrainian', 'Belarusian', 'Bulgarian', 'Macedonian', 'Serbian', 'Kazakh'], ['Danish', 'Norwegian', 'Swedish'], ['Czech', 'Slovak', 'Polish'], ['Croatian', 'Serbian', 'Slovenian', 'Bosnian'], ['German', 'Dutch', 'Afrikaans'], ['Indonesian', 'Malay']])('%s and its relatives are taken for each other', (...family) => {
		for (const other of family.slice(1)) expect(check(LONG, { language: family[0]! }, { language: other, confidence: 1 }), other).toBe('');
	});
});
