import { describe, expect, it } from 'vitest';
import { emptyItem } from '../../catalog/item.ts';
import { createCatalog } from '../../catalog/search.ts';
import type { AwaitedDetail } from '../session.ts';
import { readPhone } from './phone.ts';
import { readTurn } from './read-turn.ts';

const NAMES = ['Rose', 'Rose bouquet', 'Whale and dolphin watching', 'Wine tour', 'Bouquet of 20 roses', 'Massage 60 minutes', 'Massage 90 minutes'];
const catalog = createCatalog(NAMES.map((name, n) => ({ ...emptyItem(String(n), 'product', name), cities: ['Валенсия', 'Madrid'] })));
const cities = ['Валенсия', 'Madrid'];
const read = (text: string, ...awaiting: AwaitedDetail[]) => readTurn(text, { catalog, cities, awaiting });
const named = (text: string) => read(text).mentions.map(({ count, candidates }) => [count, candidates.map(({ item }) => item.name)]);

describe('readPhone', () => {
	it.each([
		['+34 600 111 222', '+34600111222'],
		['my number: +34 (600) 111-222.', '+34600111222'],
		['0034600111222', '+34600111222'],
		['+1234567', '+1234567'],
		['Anna,+79991112233\n2 roses', '+79991112233'],
	])('%s', (text, phone) => {
		expect(readPhone(text, false)).toMatchObject({ kind: 'number', phone });
	});

	it.each([['+34 600', true], ['600111222', true], [`+${'1'.repeat(21)}`, false]])('%s is not one', (text, expected) => {
		expect(readPhone(text, expected).kind).toBe('invalid');
	});

	it('takes no count or code for a phone number unless one was asked for', () => {
		expect(readPhone('order 600111222', false).kind).toBe('none');
	});
});

describe('names', () => {
	it.each([
		['my name is Anna Petrova and I live in Madrid', 'Anna Petrova'],
		['My name is anna, thanks', 'anna'],
		['Меня зовут Анна', 'Анна'],
		['me llamo María de la Cruz', 'María de la Cruz'],
		['Nombre: Ana', 'Ana'],
		['I\'m Will', 'Will'],
		['soy Juan', 'Juan'],
		['получатель Иван Петров, +79991112233', 'Иван Петров'],
		['I\'m interested in wine', ''],
		['это для мамы', ''],
	])('%s', (text, name) => {
		expect(read(text).name).toBe(name);
	});

	it.each([
		['Anna', 'Anna'],
		['anna', 'anna'],
		['Anna, +34600111222', 'Anna'],
		['Madrid, Anna', 'Anna'],
		['+34600111222 Anna', 'Anna'],
		['ok thanks', ''],
		['why?', ''],
		['Rose', 'Rose'],
	])('reads "%s" as an answer to the question for a name', (text, name) => {
		expect(read(text, 'name', 'phone', 'city').name).toBe(name);
	});
});

describe('places', () => {
	it.each([['в Валенсию', 'Валенсия'], ['to Valencia', 'Валенсия'], ['a València por favor', 'Валенсия'], ['MADRID', 'Madrid']])('%s', (text, city) => {
		expect(read(text).place).toMatchObject({ kind: 'served', city });
	});

	it('knows a city that is not served', () => {
		expect(read('can you send it to Paris?').place.kind).toBe('elsewhere');
	});

	it('takes the name of a person for no city', () => {
		expect(read('my name is Madrid').place.kind).toBe('none');
	});
});

describe('what is named', () => {
	it.each([
		['2 Wine tour', [[2, ['Wine tour']]]],
		['wine tours for 2', [[2, ['Wine tour']]]],
		['wine tour x 3', [[3, ['Wine tour']]]],
		['a dozen roses', [[12, ['Rose', 'Rose bouquet', 'Bouquet of 20 roses']]]],
		['whale watching', [[null, ['Whale and dolphin watching']]]],
		['whale and dolphin', [[null, ['Whale and dolphin watching']]]],
		['3 rose bouquets and 2 wine tours', [[3, ['Rose bouquet']], [2, ['Wine tour']]]],
		['two bouquets of 20 roses', [[2, ['Bouquet of 20 roses']]]],
		['massage', [[null, ['Massage 60 minutes', 'Massage 90 minutes']]]],
		['a 90 minutes massage', [[null, ['Massage 90 minutes']]]],
		['massage 90 minutes at 18:00', [[null, ['Massage 90 minutes']]]],
		['3 unicorns', [[3, []]]],
		['good morning', []],
	])('%s', (text, expected) => {
		expect(named(text)).toEqual(expected);
	});
});

describe('signals', () => {
	it.each([
		['what is not included?', 'notIncluded', 'included'],
		['I don\'t want it', 'remove', 'order'],
		['не хочу', 'remove', 'order'],
		['quiero saber el precio', 'ask', 'order'],
		['кому не подходит?', 'notSuitable', 'suitable'],
		['сколько длится?', 'duration', 'price'],
		['я оплатил', 'paidClaim', 'payHow'],
	] as const)('"%s" is %s and not %s', (text, meant, other) => {
		const { signals } = read(text);
		expect(signals.has(meant)).toBe(true);
		expect(signals.has(other)).toBe(false);
	});

	it('quotes the customer word for word', () => {
		expect(read('Подскажите, ЧТО ВХОДИТ?').signals.get('included')?.[0]?.quote).toBe('ЧТО ВХОДИТ');
	});
});

describe('numbers that count nothing', () => {
	it.each(["just tell me if it's more than 30", 'dime solo si son más de 30', 'скажите только, больше 30 или нет', 'скажіть лише, більше 30 чи ні', 'Sagen Sie mir nur, ob es mehr als 30 sind', 'please, just this once'])('%s', (text) => {
		expect(read(text).bareCount).toBeNull();
	});

	it('"once" alone is Spanish for eleven', () => {
		expect(read('once', 'quantity').bareCount).toBe(11);
	});
});

describe('a surname that looks like another word', () => {
	it('asks for no price', () => {
		const { name, signals } = read('2 roses to Madrid please, Maria Costa, +351 600 111 222');
		expect(name).toBe('Maria Costa');
		expect(signals.has('price')).toBe(false);
	});
});
