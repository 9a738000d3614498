import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { BAKERY, BIKES, HONEY, item, order, TEA, type Scene } from './test-support/shops.ts';

type Row = readonly [codes: string, response: string, turn?: string, shop?: readonly Item[], proposed?: Partial<Proposal>, scene?: Scene];
const rows = (table: readonly Row[]) => table.map((row) => [row[0], row[1], row] as const);
const check = (_codes: string, _response: string, [codes, ...said]: Row): void => expect(codesOf(...said)).toBe(codes);
const A = 'Morning Mist Green Tea';
const buy = (...lines: readonly (readonly [string, number])[]): Partial<Proposal> => ({ items: lines.map(([SKU, quantity]) => ({ SKU, quantity })), intent: 'order' });

describe('durations', () => {
	const CODE = 'duration_not_in_facts';
	const SHOP: readonly Item[] = [
		item('product', 'a', 'Clay Mug', { description: 'For 16 and older. Dries in 3 hours', deliveryTimeHours: 24, paymentReminderHours: 5, cities: ['Lyon'], priceCents: 900, deliveryCents: 300 }), item('service', 'b', 'Clay Class', { durationMinutes: 90, deliveryTimeHours: null, deliveryCents: 300, cities: ['Lyon'] }),
		item('product', 'c', 'Clay Bowl', { deliveryTimeHours: 1, cities: ['Lyon'] }), item('product', 'd', 'Clay Vase', { deliveryTimeHours: 168, cities: ['Lyon'] }),
	];
	it.each(rows([
		['', 'Clay Mug is delivered in 24 hours.', 'hello', SHOP], ['', 'Clay Mug is delivered in 1 day.', 'hello', SHOP], ['', 'Clay Mug dries in 3 hours.', 'hello', SHOP], ['', 'Clay Class lasts 90 minutes.', 'hello', SHOP], ['', 'Clay Mug is for people over 16 years.', 'hello', SHOP], ['', 'We remind you of Clay Mug after 5 hours.', 'hello', SHOP],
		[CODE, 'Clay Mug is delivered in 2 hours.', 'hello', SHOP], [CODE, 'Clay Class is delivered in 90 minutes.', 'hello', SHOP], [CODE, 'Clay Mug lasts 90 minutes.', 'hello', SHOP], [CODE, 'Clay Mug is for people over 17 years.', 'hello', SHOP], [CODE, 'Clay Mug comes after 5 hours.', 'hello', SHOP], [CODE, 'It takes 16 days, Clay Mug.', 'hello', SHOP], [CODE, 'Clay Class takes 1 hour.', 'hello', SHOP], [CODE, 'We remind you of Clay Class after 5 hours.', 'hello', SHOP],
		['', 'Do you need Clay Mug in 2 hours?', 'in 2 hours please', SHOP], [CODE, 'Do you need Clay Mug in 3 days?', 'in 2 hours please', SHOP], [CODE, 'You get Clay Mug in 2 hours.', 'in 2 hours please', SHOP], ['', 'Clay Mug can’t come in 1 hour.', 'hello', SHOP], [CODE, 'Clay Mug can’t come in 2 hours.', 'hello', SHOP],
		// Where nothing is named: what holds of all.
		['', 'Delivery takes 3 hours.', 'hello', [BAKERY[0]!, BAKERY[1]!]], [CODE, 'Delivery takes 3 hours.', 'hello', BAKERY], [CODE, 'Delivery takes 3 hours.', 'hello', SHOP], [CODE, 'It lasts 3 hours.', 'hello', [BAKERY[0]!, BAKERY[1]!]], ['', 'Delivery takes 3 to 3 hours.', 'hello', [BAKERY[0]!, BAKERY[1]!]], [CODE, 'Delivery takes 2 to 3 hours.', 'hello', [BAKERY[0]!, BAKERY[1]!]],
		// In words.
		[CODE, 'Clay Mug is delivered within an hour.', 'hello', SHOP], ['', 'Clay Bowl is delivered within an hour.', 'hello', SHOP], ['', 'Clay Mug is delivered within a day.', 'hello', SHOP], ['', 'Clay Vase is delivered within a week.', 'hello', SHOP], [CODE, 'Clay Bowl is delivered within a week.', 'hello', SHOP], [CODE, 'Clay Bowl is delivered in einer halben Stunde.', 'hello', SHOP], [CODE, 'Clay Class is delivered within an hour.', 'hello', SHOP], ['', 'Clay Mug dries within an hour.', 'hello', SHOP], ['', 'Clay Mug is not delivered within an hour.', 'hello', SHOP],
		// Vaguely.
		[`${CODE} date_not_in_facts`, 'Clay Mug is delivered immediately.', 'hello', SHOP], [CODE, 'Clay Mug is delivered in a few hours.', 'hello', SHOP], ['', 'Clay Mug dries in a few hours.', 'hello', SHOP], ['', 'Clay Mug is not delivered immediately.', 'hello', SHOP], [`${CODE} date_not_in_facts`, 'Lieferung von Clay Mug sofort.', 'hello', SHOP], [CODE, 'La entrega de Clay Mug es en pocas horas.', 'hello', SHOP],
		[CODE, 'Clay Mug comes in 4 hours, or in 5 days.', 'hello', SHOP],
	]))('%s: “%s”', check);
	it('that is wrong is named', () => expect(violationsOf('Clay Mug lasts  90 minutes .', 'hello', SHOP).map(({ message }) => message)).toEqual(['"90 minutes" in "Clay Mug lasts 90 minutes ." is no duration or delivery time of the catalog.']));
});

describe('dates and times', () => {
	const CODE = 'date_not_in_facts';
	const SHOP: readonly Item[] = [item('service', 'a', 'Clay Class', { description: 'Every Friday at 18:30, from 14 February on', cities: ['Lyon'] }), item('service', 'b', 'Clay Tour', { cities: ['Lyon'] })];
	it.each(rows([
		['', 'Clay Class is on Friday at 18:30.', 'hello', SHOP], ['', 'Clay Class starts on 14 February.', 'hello', SHOP], [CODE, 'Clay Tour starts on Friday.', 'hello', SHOP], [CODE, 'Clay Tour is at 18:30.', 'hello', SHOP], [CODE, 'Clay Tour is on 14 February.', 'hello', SHOP], [CODE, 'Clay Class starts on Monday.', 'hello', SHOP],
		['', 'You asked about 15 March.', 'on 15 March?', SHOP], ['', 'You wrote 17:45, is that right?', 'at 17:45', SHOP], [CODE, 'We deliver on 15 March.', 'on 15 March?', SHOP], ['', 'Shall it be delivered on 15 March?', 'on 15 March?', SHOP], ['', 'We can’t deliver on 15 March.', 'on 15 March?', SHOP], [CODE, 'You asked about 16 March.', 'on 15 March?', SHOP],
		['', 'How can I help you today?', 'hello', SHOP], ['', 'Today we talk about clay.', 'hello', SHOP], [CODE, 'It is delivered today.', 'hello', SHOP], [CODE, 'It arrives tomorrow.', 'hello', SHOP], ['', 'It arrives, and tomorrow we talk.', 'hello', SHOP], ['', 'We never deliver on Sunday.', 'hello', SHOP], ['', 'Is it delivered tomorrow?', 'hello', SHOP], [CODE, 'Hello, it is delivered tomorrow.', 'hello', SHOP], [CODE, 'tomorrow, hello, it is delivered tomorrow.', 'hello', SHOP],
		[CODE, 'It is delivered tomorrow and at 17:45.', 'hello', SHOP], ['', 'Get ready for tomorrow.', 'hello', SHOP],
	]))('%s: “%s”', check);
	it('that is wrong is named', () => expect(violationsOf('Clay Tour is  at 18:30 .', 'hello', SHOP).map(({ message }) => message)).toEqual(['"18:30" in "Clay Tour is at 18:30 .": no such date or time is in the catalog. Promise none.']));
});

describe('numbers and measures', () => {
	const CODE = 'number_not_in_facts';
	const SHOP: readonly Item[] = [item('product', 'a', 'Clay Mug', { description: 'Holds 300 ml, seats 4 people', category: 'Cups', cities: ['Lyon'] }), item('product', 'b', 'Clay Bowl', { category: 'Bowls', cities: ['Lyon'] }), item('product', 'c', 'Clay Vase', { category: 'Bowls', cities: ['Lyon'] }), item('service', 'd', 'Clay Class', { category: 'Bowls', cities: ['Lyon'] }), item('product', 'e', 'Clay Jug', { category: 'Jugs', cities: ['Lyon'] })];
	it.each(rows([
		['', 'Clay Mug holds 300 ml.', 'hello', SHOP], [CODE, 'Clay Bowl holds 300 ml.', 'hello', SHOP], [CODE, 'Clay Mug holds 301 ml.', 'hello', SHOP], ['', 'Should Clay Mug hold 500 ml?', '500 ml', SHOP], [CODE, 'Clay Mug holds 500 ml.', '500 ml', SHOP], ['', 'Clay Mug does not hold 500 ml.', '500 ml', SHOP], [CODE, 'Clay Mug does not hold 500 ml.', '400 ml', SHOP],
		['', 'Clay Mug seats 4 people.', 'hello', SHOP], [CODE, 'Clay Mug seats 5 people.', 'for 5 people', SHOP], ['', 'Does Clay Mug fit 5 people?', 'for 5 people', SHOP], ['', 'You are 5 people.', 'for 5 people', SHOP], [CODE, 'You are 6 people.', 'for 5 people', SHOP], ['', 'You are 7 people.', '5 adults and 2 kids', SHOP], [CODE, 'Clay Mug fits 7 people.', '5 adults and 2 kids', SHOP], [CODE, 'Up to 5 huéspedes: Clay Mug.', 'for 5', SHOP],
		['', 'We have 5 things.', 'hello', SHOP], ['', 'There are 5.', 'hello', SHOP], ['', 'Bowls: 3.', 'hello', SHOP], ['', 'There are 4.', 'hello', SHOP], ['', 'There is 1.', 'hello', SHOP], [CODE, 'There are 2.', 'hello', SHOP], [CODE, 'There are 6.', 'hello', SHOP], ['', 'Clay Mug and Clay Bowl: these 2.', 'hello', SHOP], ['', '- Clay Mug\n- Clay Bowl\nThose 2 are nice.', 'hello', SHOP], ['', '- Good\n- Fine\nThose 2 are nice.', 'hello', SHOP],
		['', 'I have 20 questions.', 'hello', SHOP], [CODE, 'I have 21 questions.', 'hello', SHOP], [CODE, `Of 20 ${'very '.repeat(9)} questions.`, '', SHOP], [CODE, 'Questions: 20 mugs.', 'hello', SHOP],
		['', 'You want 7 of them.', '7 mugs', SHOP, buy(['a', 7])], ['', 'You have 7.', 'hm', SHOP, { items: [] }, { session: { cart: [{ sku: 'a', quantity: 7 }] } }], ['', 'You have 7.', 'hm', SHOP, {}, { order: order({ lines: [{ sku: 'a', name: '', quantity: 7 }] }) }], [CODE, 'You have 7.', 'hm', SHOP],
		['', 'At Studio 54 we make cups.', 'hello', SHOP, {}, { company: { name: 'Studio 54' } }], [CODE, 'At Studio 54 we make cups.', 'hello', SHOP], [`${CODE} ${CODE}`, 'There are 6. And 77.', 'hello', SHOP], [CODE, 'There are 6 and 77.', 'hello', SHOP],
		['', 'Four of 4.', 'hello', HONEY], [CODE, 'There are 88.', 'hello', BIKES],
	]))('%s: “%s”', check);
	it('that is wrong is named', () => expect(violationsOf('There are 66 .', 'hello', SHOP).map(({ message }) => message)).toEqual(['"66" in "there are 66 ." is in no fact of this turn.']));
});

describe('percentages and discounts', () => {
	const SHOP: readonly Item[] = [item('product', 'a', 'Clay Mug', { description: 'Made of 30% sand. Students get a discount on Sundays', cities: ['Lyon'] }), item('product', 'b', 'Clay Bowl', { cities: ['Lyon'] })];
	it.each(rows([
		['', 'Clay Mug has 30% sand.', 'hello', SHOP], ['percent_not_in_facts', 'Clay Bowl has 30% sand.', 'hello', SHOP], ['percent_not_in_facts', 'Clay Mug has 31% sand.', 'hello', SHOP], ['', 'I can’t give 10%.', 'give me 10%', SHOP], ['percent_not_in_facts', 'I can’t give 11%.', 'give me 10%', SHOP], ['percent_not_in_facts', 'I give 10%.', 'give me 10%', SHOP], ['percent_not_in_facts percent_not_in_facts', 'Clay Mug has 31% sand and 32% clay.', 'hello', SHOP],
		['', 'With Clay Mug students get a discount.', 'hello', SHOP], ['discount_not_in_facts', 'With Clay Mug teachers get a discount.', 'hello', SHOP], ['discount_not_in_facts', 'With Clay Bowl students get a discount.', 'hello', SHOP], ['discount_not_in_facts', 'With Clay Mug students get a discount, but teachers get half price.', 'hello', SHOP], ['', 'There is no discount.', 'hello', SHOP], ['', 'Do you want a discount?', 'hello', SHOP], ['discount_not_in_facts', 'No problem, but you get a discount.', 'hello', SHOP], ['discount_not_in_facts', 'Clay Mug and Clay Bowl: a promo for you.', 'hello', SHOP],
	]))('%s: “%s”', check);
	it('that are wrong are named', () => {
		expect(violationsOf('Clay Bowl has  30 % .', 'hello', SHOP).map(({ message }) => message)).toEqual(['"30 %" in "Clay Bowl has 30 % ." is not in the catalog.']);
		expect(violationsOf('A discount!', 'hello', SHOP).map(({ message }) => message)).toEqual(['"a discount!": the catalog has no such discount or offer.']);
	});
});

describe('details', () => {
	const CODE = 'detail_not_requested';
	const detail = (fields: Partial<Item['detailFields']>, more: Partial<Item> = {}) => [item('product', 'a', 'Clay Mug', { cities: ['Lyon'], ...more, detailFields: { ...BIKES[2]!.detailFields, not_included: '', ...fields } })];
	it.each(rows([
		[CODE, 'Clay Mug comes with a wooden spoon.', 'mug?', detail({ included: 'A wooden spoon' })], ['', 'Clay Mug comes with a wooden spoon.', 'what is included?', detail({ included: 'A wooden spoon' })], ['', 'Clay Mug comes with a wooden spoon.', 'mug?', detail({ included: 'A wooden spoon' }, { description: 'And a wooden spoon' })],
		[CODE, 'Clay Mug comes with\na  wooden spoon.', 'mug?', detail({ included: 'A wooden spoon' })], [CODE, 'Clay Mug includes a lid.', 'mug?', detail({ included: 'Spoon, a lid; box\nbag' })], [CODE, 'Clay Mug includes a spoon.', 'mug?', detail({ included: 'Spoon, a lid; box\nbag' })], ['', 'Clay Mug has a spoon.', 'mug?', detail({ included: 'Spoon, a lid' })], ['', 'Clay Mug includes a bag.', 'mug?', detail({ included: 'bag' })], [CODE, 'Clay Mug includes a lids.', 'mug?', detail({ included: 'lids' })],
		['', 'Clay Mug is of porcelain.', 'mug?', detail({ included: 'Porcelain' })], [CODE, 'Clay Mug is of some clays.', 'mug?', detail({ included: 'some clays' })], ['', 'Clay Mug is of my clays.', 'mug?', detail({ included: 'my clays' })], [CODE, 'Clay Mug is suitable for cats.', 'mug?', detail({ suitable_for: 'cats' })], [CODE, 'Clay Mug is not suitable for cats.', 'mug?', detail({ not_suitable_for: 'cats' })], [CODE, 'Clay Mug is guaranteed against cracks.', 'mug?', detail({ what_guarantee: 'cracks' })],
	]))('%s: “%s”', check);
	it('are refused once, cut where they are long', () => {
		expect(violationsOf(`It has ${'fine '.repeat(20)}clay and a wooden spoon.`, 'clay mug?', detail({ included: `${'fine '.repeat(20)}clay\nA wooden spoon` })).map(({ message }) => message)).toEqual([`"${'fine '.repeat(12)}" is a detail that is told only when the customer asks for details. Take it out.`]);
	});
});

describe('stock', () => {
	it.each(rows([['stock_disclosed', 'Only 5 left.'], ['stock_disclosed', 'We have only 5.'], ['stock_disclosed', 'A few of them are left.'], ['stock_disclosed', 'That is more than we have.'], ['', 'It is available.']]))('%s: “%s”', (codes, response) => expect(codesOf(response, '5 green teas')).toBe(codes));
	it('is named, and once', () => expect(violationsOf(' Few left . Last ones!', 'tea').map(({ message }) => message)).toEqual(['How much is left is internal: take out "few left .". Say only whether the item is available.']));
	const SOLD: readonly Item[] = [item('product', 'a', 'Old Leaf', { stock: 0, cities: ['Lyon'] }), item('product', 'b', 'New Leaf', { stock: 3, cities: ['Lyon'] })];
	it.each(rows([['availability_not_in_facts', 'Old Leaf is available.', 'leaf', SOLD], ['', 'New Leaf is available.', 'leaf', SOLD], ['', 'Old Leaf is not available.', 'leaf', SOLD], ['', 'Is Old Leaf available?', 'leaf', SOLD], ['', 'Old Leaf is gone, but New Leaf is available.', 'leaf', SOLD], ['availability_not_in_facts', 'New Leaf is here, but Old Leaf is available.', 'leaf', SOLD], ['availability_not_in_facts availability_not_in_facts', 'Old Leaf is available. In stock: Old Leaf.', 'leaf', [SOLD[0]!]]]))('%s: “%s”', (codes, ...rest) => expect([...new Set(codesOf(...(rest[1].slice(1) as [string])).split(' '))].join(' ')).toBe([...new Set(codes.split(' '))].join(' ')));
});

describe('what the answer asks', () => {
	const KNOWN: Scene = { session: { phone: '+33600111222', clientName: 'Anna', city: 'Lyon' } };
	const CODE = 'asks_known_detail';
	it.each(rows([
		[CODE, 'What is your phone number?', 'hm', TEA, {}, KNOWN], [CODE, 'What is your name?', 'hm', TEA, {}, KNOWN], [CODE, 'Which city?', 'green tea', TEA, buy(['t1', 1]), KNOWN], [CODE, 'Please send me your phone number.', 'hm', TEA, {}, KNOWN], [`${CODE} ${CODE}`, 'What is your phone number and your name?', 'hm', TEA, {}, KNOWN], [CODE, 'What is your phone number?', 'it is +33 600 111 222'],
		['', 'What is your phone number?', 'hm'], ['', 'What is your name?', 'hm'], ['', 'Which city?', 'hm', TEA, {}, KNOWN], ['', 'Which city?', 'green tea', TEA, buy(['t1', 1])], ['', 'I have your phone number.', 'hm', TEA, {}, KNOWN], ['', 'Is your phone number correct?', 'hm', TEA, {}, KNOWN], ['', 'What is your phone number?', 'hm', TEA, { handover: { reason: 'x' }, quotes: { q: 'hm' } }, KNOWN],
		['', 'Which city?', 'lyon, green tea', TEA, { ...buy(['t1', 1]), city: 'Lyon' }], ['phone_invalid', 'What is your phone number?', 'it is 12', TEA, { recipient_phone_number: '12' }, KNOWN],
		['asks_city_online', 'Which city?', 'lesson', TEA, buy(['t6', 1])], ['asks_city_online', 'For the Online Brewing Lesson, which city?', 'hm'], ['', 'For the Tea Tasting Evening, which city?', 'hm'], ['', 'Which city?', 'lesson and green tea', TEA, buy(['t6', 1], ['t1', 1])], ['', 'Which city?', 'hm'], ['', 'No city is needed.', 'lesson', TEA, buy(['t6', 1])],
	]))('%s: “%s”', check);
	const COMMIT = { ...buy(['t1', 1]), send_payment_link: true, city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222' };
	it.each(rows([
		['other_item_at_checkout', 'Thank you! And Smoky Pine Black Tea?', 'green tea, Lyon, Anna, +33600111222', TEA, COMMIT], ['', 'Thank you for Morning Mist Green Tea!', 'green tea, Lyon, Anna, +33600111222', TEA, COMMIT], ['', 'And Smoky Pine Black Tea?', 'green tea, Lyon, Anna, +33600111222', TEA, { ...COMMIT, send_payment_link: false }],
	]))('%s: “%s”', check);
	it('wrongly is named', () => {
		expect(violationsOf('What is your name?', 'hm', TEA, {}, KNOWN).map(({ message }) => message)).toEqual(['The customer has already given the name: don\'t ask for it again.']);
		expect(violationsOf('Which city?', 'green tea', TEA, buy(['t1', 1]), KNOWN).map(({ message }) => message)).toEqual(['The customer has already given the city: don\'t ask for it again.']);
		expect(violationsOf('Your phone number?', 'hm', TEA, {}, KNOWN).map(({ message }) => message)).toEqual(['The customer has already given the phone: don\'t ask for it again.']);
		expect(violationsOf(`Thank you! And Smoky Pine Black Tea, or ${A}?`, 'green tea, Lyon, Anna, +33600111222', TEA, COMMIT).map(({ message }) => message)).toEqual(['The customer has committed: take "Smoky Pine Black Tea" out of the answer.']);
	});
	it.each(rows([['asks_card_data', 'Send me your card number.'], ['', 'I never ask for your card number.'], ['phone_promise', 'We send you an SMS.'], ['', 'We send you no SMS.'], ['empty_response', '…!'], ['', 'ok'], ['', 'No, but we send tea.']]))('%s: “%s”', check);
	it('of cards and phones is refused once', () => {
		expect(codesOf('Your card number? Your CVV?')).toBe('asks_card_data');
		expect(codesOf('An SMS follows. A verification code follows.')).toBe('phone_promise');
	});
});

describe('places', () => {
	const CODE = 'city_claim_not_in_facts';
	const SHOP: readonly Item[] = [item('product', 'a', 'Clay Mug', { cities: ['Lyon'], description: 'In the style of Madrid' }), item('product', 'b', 'Clay Bowl', { cities: ['Paris', 'Lyon'] })];
	it.each(rows([
		['', 'We deliver to Lyon.', 'hello', SHOP], [CODE, 'We deliver to Madrid.', 'hello', SHOP], [CODE, 'Clay Mug is delivered to Paris.', 'hello', SHOP], ['', 'Clay Bowl is delivered to Paris.', 'hello', SHOP], [CODE, 'Clay Mug and Clay Bowl are delivered to Paris.', 'hello', SHOP], ['', 'We don’t deliver to Madrid.', 'hello', SHOP], ['', 'Unfortunately we deliver outside Madrid.', 'hello', SHOP], [CODE, 'We deliver to Lyon, Paris and Madrid.', 'hello', SHOP], ['', 'Lyon, Paris: we deliver there.', 'hello', SHOP],
		[CODE, 'We deliver everywhere.', 'hello', SHOP], ['', 'Do we deliver everywhere?', 'hello', SHOP], ['', 'Good news is everywhere.', 'hello', SHOP], ['', 'Clay Mug is in the style of Madrid.', 'mug', SHOP], [CODE, 'We deliver to Springfield.', 'hello', SHOP], ['', 'Do we deliver to Springfield?', 'hello', SHOP], ['', 'We deliver to Anna.', 'for Anna', SHOP, { client_name: 'Anna' }], [CODE, 'We deliver to the Springfield Heights.', 'hello', SHOP], ['', 'We never deliver to Springfield.', 'hello', SHOP], [CODE, 'Hello. We deliver to Springfield.', 'hello', SHOP],
		['', 'We deliver to Springfield.', 'hello', [item('product', 'a', 'Clay Mug', { cities: [] })]], [CODE, 'We deliver to Springfield.', 'hello', [...SHOP, item('service', 'o', 'Clay Talk', { cities: [], online: true })]],
		[CODE, 'Yes!', 'do you deliver to Madrid?', SHOP], ['', 'Yes!', 'do you deliver to Lyon?', SHOP], ['', 'Yes, but not there.', 'do you deliver to Madrid?', SHOP], ['', 'Sorry!', 'do you deliver to Madrid?', SHOP], ['', 'Yes, sorry!', 'do you deliver to Madrid?', SHOP], ['', 'Thank you!', 'do you deliver to Madrid?', SHOP], ['', 'Yes!', 'do you deliver to Madrid or Lyon?', SHOP], ['', 'Yes!', 'I am from Madrid', SHOP, { intent: 'order' }], [CODE, 'Yes!', 'I am in Madrid', SHOP], [CODE, 'Yes!', 'are you in Madrid?', SHOP, { intent: 'order' }], ['', 'Yes!', 'do you deliver to Madrid?', [item('product', 'a', 'Clay Mug', { cities: [] })]],
		[CODE, 'It is available in Paris.', 'clay mug', SHOP.slice(0, 1)], ['', 'It is delivered to Paris.', 'bowl', SHOP, buy(['b', 1])], [CODE, 'It is delivered to Paris.', 'mug to Lyon', SHOP, { ...buy(['a', 1]), city: 'Lyon' }], ['', 'Paris Madrid tells of it.', 'hello', SHOP, {}, { company: { name: 'Paris Madrid' } }],
	]))('%s: “%s”', check);
	it('that are wrong are named, and once', () => {
		expect(violationsOf('We deliver to Madrid and Berlin.', 'hello', SHOP).map(({ message }) => message)).toEqual(['"we deliver to madrid and berlin.": the catalog doesn\'t say that for Madrid. Name only cities that the items serve.']);
		expect(violationsOf('We deliver to Springfield.', 'hello', SHOP).map(({ message }) => message)).toEqual(['"Springfield" is not a city that the catalog serves.']);
		expect(violationsOf('Yes!', 'do you deliver to Madrid?', SHOP).map(({ message }) => message)).toEqual(['The customer asks about Madrid, which no item serves: don\'t agree to it, and name the cities that are served.']);
	});
});
