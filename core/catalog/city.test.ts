import { describe, expect, it } from 'vitest';
import { CITIES } from './cities.ts';
import { cityKeys, findAnyCity, findCities, findCity, sameCity, servedCities, servesCity } from './city.ts';
import { emptyItem } from './item.ts';

const SERVED = ['Барселона', 'Валенсия', 'Мадрид', 'Жирона'];

describe('sameCity', () => {
	it.each(['Валенсия', 'ВАЛЕНСИЮ', 'в Валенсии', 'València', 'valencia', 'Валенсією', 'Валенція', 'г. Валенсия', 'Валенсияда'])('%s is Valencia', (name) => {
		expect(sameCity(name, 'Valencia')).toBe(true);
		expect(sameCity('Валенсия', name)).toBe(true);
	});

	it.each([
		['Girona', 'Жирона'],
		['Gerona', 'Жироне'],
		['Munich', 'München'],
		['Мюнхене', 'Muenchen'],
		['Kyiv', 'у Києві'],
		['St. Petersburg', 'в Санкт-Петербурге'],
		['Nizhny Novgorod', 'в Нижнем Новгороде'],
		['New York', 'Нью-Йорка'],
		['Torrevieja', 'Торревьехе'],
		['Astana', 'Астанада'],
		['A Coruña', 'Ла-Корунья'],
	])('%s is %s', (a, b) => expect(sameCity(a, b)).toBe(true));

	it.each([
		['Valencia', 'Валенсуэла'],
		['Bari', 'Bar'],
		['Nice', 'Niš'],
		['Lyon', 'León'],
		['Roma', 'Рома-ла-Нова'],
		['Madrid', ''],
		['', ''],
		['1', '2'],
	])('%j is not %j', (a, b) => expect(sameCity(a, b)).toBe(false));
});

describe('the alias list', () => {
	it('has every name once: no name means two cities', () => {
		const wrong = CITIES.flatMap((row, number) => row.filter((name) => name !== '').map((name) => [name, cityKeys(name), `#${number}`] as const)).filter(
			([, keys, place]) => keys.length !== 1 || keys[0] !== place,
		);
		expect(wrong).toEqual([]);
	});

	it('makes one city of the names of a row', () => {
		for (const [english, ...others] of CITIES) {
			for (const name of others.filter((other) => other !== '')) expect(sameCity(english, name), `${english} ${name}`).toBe(true);
		}
	});
});

describe('findCity', () => {
	it.each([
		['20 roses and a card to Valencia please', 'Валенсия'],
		['deliver to Gerona', 'Жирона'],
		['в Жирону доставите?', 'Жирона'],
		['Мадрид', 'Мадрид'],
		['по Мадриду', 'Мадрид'],
		['у Валенсії', 'Валенсия'],
		['a barcelona, Ana, +34 600', 'Барселона'],
		['entrega en BARCELONA', 'Барселона'],
		['Barselona', 'Барселона'],
		['Calle Valencia 5, Madrid', 'Мадрид'],
		['20 Barcelona street, Girona', 'Жирона'],
	])('finds in %j %s, as the company wrote it', (text, city) => expect(findCity(text, SERVED)).toBe(city));

	it.each(['rosas rojas', '', '???', 'в Париж', 'валенсийские апельсины', 'Calle Valencia 5'])('finds none in %j', (text) => expect(findCity(text, SERVED)).toBeNull());

	it('finds a served place that no list knows, by its sound', () => {
		expect(findCity('en Los Gigantes', ['Los Gigantes', 'La Gomera'])).toBe('Los Gigantes');
		expect(findCity('на Ла-Гомере', ['Los Gigantes', 'La Gomera'])).toBe('La Gomera');
		expect(findCity('в Торревьехе', ['Torrevieja'])).toBe('Torrevieja');
	});

	it('prefers the longer name', () => expect(findCities('en Santiago de Compostela', ['Santiago', 'Santiago de Compostela'])).toEqual(['Santiago de Compostela']));
	it('finds all of them in the order of the text', () => expect(findCities('из Мадрида в Барселону, не в Мадрид', SERVED)).toEqual(['Мадрид', 'Барселона']));

	it('takes an ordinary word for a city after a preposition or alone, not elsewhere', () => {
		expect(findCity('in Nice', ['Nice'])).toBe('Nice');
		expect(findCity('Anna, Nice, +33 6', ['Nice'])).toBe('Nice');
		expect(findCity("that's nice of you", ['Nice'])).toBeNull();
		expect(findCity('меня зовут София', ['София'])).toBeNull();
		expect(findCity('в Софию', ['София'])).toBe('София');
	});
});

describe('findAnyCity', () => {
	it.each([
		['в Париж', 'Paris'],
		['nach Köln', 'Cologne'],
		['Алматыға жеткізу', 'Almaty'],
		['кімната у Львові', 'Lviv'],
		['envío a La Coruña', 'A Coruña'],
	])('finds in %j %s', (text, city) => expect(findAnyCity(text)).toBe(city));

	it.each(['Nice! I want it', 'a nice bouquet', 'Меня зовут Милана', 'как дела', 'ich möchte essen', 'Торревьеха', 'agua de colonia', 'para Sofía'])('finds none in %j', (text) =>
		expect(findAnyCity(text)).toBeNull(),
	);
});

describe('served cities', () => {
	const item = (cities: string[], online = false) => ({ ...emptyItem('1', 'service', 'x'), cities, online });

	it('are listed once, as first written', () => expect(servedCities([item(['Барселона', 'Madrid']), item(['Barcelona', 'Girona']), item([], true)])).toEqual(['Барселона', 'Madrid', 'Girona']));

	it('decide with online and unlimited items', () => {
		expect(servesCity(item(['Барселона']), 'Barcelona')).toBe(true);
		expect(servesCity(item(['Барселона']), 'Valencia')).toBe(false);
		expect(servesCity(item([], true), 'Valencia')).toBe(true);
		expect(servesCity(item([]), 'Valencia')).toBe(true);
	});
});
