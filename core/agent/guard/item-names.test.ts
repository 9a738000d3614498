import { describe, expect, it } from 'vitest';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { factsOf, item, PORTS, proposal, TEA } from './test-support/shops.ts';

const CODE = 'item_not_in_catalog';
const own = (response: string, turn = 'hello', proposed: Partial<Proposal> = {}) => codesOf(response, turn, TEA, proposed).split(' ').filter((code) => code === CODE).join(' ');

describe('a line with an amount', () => {
	it.each([
		'- Tulip Dream — €12.90', 'Tulip Dream: €12.90', 'Tulip Dream — *€12.90*', 'Tulip Dream -€12.90', '1. Tulip Dream €12.90', 'Tulip Dream — €12.90, Morning Mist Green Tea — €12.90', `${'Tulip Dream '.repeat(7)}: €12.90`, '- Oak €12.90',
	])('names what the catalog doesn’t have: “%s”', (response) => expect(own(response)).toBe(CODE));
	it.each([
		'- Morning Mist Green Tea — €12.90', 'Total: €12.90', 'Delivery: €4.90', 'Price: €12.90', 'Preis: €12.90', 'Цена: €12.90', 'Ціна: €12.90', 'Precio: €12.90', 'Tulip Dream is about €12.90', '- No tulips: €12.90', '- x: €12.90', '- Tulip Dream', `${'tulip dream '.repeat(8)}: €12.90`,
	])('names none: “%s”', (response) => expect(own(response)).toBe(''));
});

describe('a name in quotation marks', () => {
	it.each(['Try «Tulip Dream».', 'Try “Tulip Dream”.', 'Try „Tulip Dream“.', 'Try „Tulip Dream”.', 'Try "Tulip Dream".', 'Try "Tulip\nDream".', 'Try “Mist 2000”.', 'Try “Tulip Morning Dream”.', 'Try “ROSE”.'])('is no item: %j', (response) => expect(own(response)).toBe(CODE));
	it.each([
		'Try “Green Morning Mist”.', 'Try “Morning Gifts”.', 'Try “Corner House”.', 'Try “Lyon Paris”.', 'Say “more”.', 'By “Apple Pay”.', 'The card says “Happy Birthday Anna”.', 'Try “Ox”.', 'Try “Oak”.', 'Try “Tu\n\nlip Dream”.', 'Try “Tulip Dream.', `Try “${'Tulip Dream '.repeat(8)}”.`, 'Try “Mist Dream Tea Events”.',
	])('is known or none: %j', (response) => expect(own(response)).toBe(''));

	it('of the customer may be repeated, and of their earlier messages', () => {
		expect(own('I write “Tulip Dream”.', 'write tulip dream')).toBe('');
		const facts = factsOf(TEA, { text: 'hello' });
		const codes = (role: 'customer' | 'assistant') => {
			const result = decide({ ...facts, history: [{ role: 'customer', text: 'hi', at: '' }, { role, text: 'Write Tulip Dream!', at: '' }] }, { proposal: proposal({ response: 'I write “Tulip Dream”.' }), model: 'm', attempt: 1 }, PORTS);
			return result.accepted ? [] : result.violations.map(({ code }) => code);
		};
		expect(codes('customer')).toEqual([]);
		expect(codes('assistant')).toEqual([CODE]);
	});

	it('is known from what the customer and their order are called', () => {
		for (const scene of [{ session: { clientName: 'Tulip Dream' } }, { session: { city: 'Tulip Dream' } }, { company: { name: 'Tulip Dream' } }]) expect(codesOf('Dear “Dream Tulip”.', 'hello', TEA, {}, scene)).toBe('');
	});
});

describe('a proper name that is offered', () => {
	it.each(['We have lovely Tulip Dream.', 'Hello! We offer our Tulip of Dream.', 'We sell the best, Tulip Dream.', 'У нас есть красивый Тюльпан Мечта.', 'У нас є гарний Тюльпан Мрія.', 'We have the Tulip Dream and more.'])('is no item: “%s”', (response) => expect(own(response)).toBe(CODE));
	it.each(['We have tulips.', 'Tulip Dream is what we have.', 'We have: Tulip Dream.', 'We love the Tulip Dream.', 'We have the Tulip.', 'We have the Morning Tea.', 'Hello. Tulip Dream. We have tea.'])('is none: “%s”', (response) => expect(own(response)).toBe(''));
	it('is no sign in German, where every noun is written so', () => expect(own('We have lovely Tulip Dream.', 'hello', { language: 'German' })).toBe(''));
	it('is none in Luxembourgish either', () => expect(own('We have lovely Tulip Dream.', 'hello', { language: 'Luxembourgish' })).toBe(''));
});

describe('a line of a list that is a name', () => {
	const LIST = '• Morning Mist Green Tea\n';
	it.each(['• Moonlight Teapot', ' - Moonlight Teapot', '12. *Moonlight Teapot* ', '3) Moonlight Teapot Of Old Gold', '–\tMoonlight Teapot'])('is no item: %j', (line) => expect(own(LIST + line)).toBe(CODE));
	it.each(['• moonlight teapot', '• Moonlight', '• Moonlight Teapot is new', 'Moonlight Teapot', '1234. Moonlight Teapot', '• Smoky Morning', '• A Very Long Name Of Old Gold Things'])('is none: %j', (line) => expect(own(LIST + line)).toBe(''));
	it('is no sign where nothing of the list is an item, or in German', () => {
		expect(own('• Something\n• Moonlight Teapot')).toBe('');
		expect(own('Morning Mist Green Tea\n• Moonlight Teapot')).toBe('');
		expect(own(`${LIST}• Moonlight Teapot`, 'hello', { language: 'German' })).toBe('');
	});
});

it('is named once, cut where it is long', () => {
	expect(violationsOf(' - Tulip Dream — €12.90\n - Oak Dream — €12.90').filter(({ code }) => code === CODE).map(({ message }) => message)).toEqual(['"tulip dream — €12.90" is not an item of the catalog. Use the catalog\'s own names, as they are written there, or say that you can\'t find it.']);
	expect(violationsOf('Try “Tulip Dream” and “Oak Dream”.').filter(({ code }) => code === CODE)).toHaveLength(1);
	expect(violationsOf(`- ${'Dream '.repeat(13)}x: €12.90`)[1]?.message ?? '').not.toContain('x: €');
	expect(codesOf('Try “Category Of Cups”.', 'hello', [item('product', 'c', 'Mug', { category: 'Category', subcategory: 'Cups', cities: ['Lyon'] })])).toBe('');
});
