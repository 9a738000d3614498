import { describe, expect, it } from 'vitest';
import { readAddress } from './address.ts';

describe('an address', () => {
	it.each([
		['12 Baker Street, London', '12 Baker Street'],
		['21 Elm Road flat 3\nAnna', '21 Elm Road flat 3'],
		['Anna, +34600111222, Calle Mayor 5, 2º B', 'Calle Mayor 5, 2º B'],
		['calle de la Paz 12, Valencia', 'calle de la Paz 12'],
		['avenida Diagonal, 211, piso 3', 'avenida Diagonal, 211, piso 3'],
		['ул. Ленина 12, кв. 4, Анна', 'ул. Ленина 12, кв. 4'],
		['вул. Шевченка, буд. 7, кв 3', 'вул. Шевченка, буд. 7, кв 3'],
		['Lindenstraße 12a, Berlin', 'Lindenstraße 12a'],
		['Mariahilfer Str. 100, Wien', 'Mariahilfer Str. 100'],
		['My address is Green Hill, house 3', 'Green Hill, house 3'],
		['Адрес: посёлок Лесной, дом 3', 'посёлок Лесной, дом 3'],
	])('is told by its words: “%s”', (text, address) => {
		expect(readAddress(text, false)?.address).toBe(address);
	});

	it.each([['Rosengarten 5', 'Rosengarten 5'], ['Ленина 12, кв. 4', 'Ленина 12, кв. 4'], ['Unter den Linden 5', 'Unter den Linden 5'], ['Plaza Mayor', 'Plaza Mayor']])('is a name with a number where one was asked for: “%s”', (text, address) => {
		expect(readAddress(text, true)?.address).toBe(address);
		expect(readAddress(text, false)).toBeNull();
	});

	it.each(['20 roses to Madrid', 'the second', '10', 'tomorrow', 'Anna'])('is not “%s”', (text) => {
		expect(readAddress(text, true)).toBeNull();
		expect(readAddress(text, false)).toBeNull();
	});

	it('is not read from what is something else', () => {
		const text = 'Anna 600111222';
		expect(readAddress(text, true, [{ start: 5, end: 14 }])).toBeNull();
	});

	it('stands where it says', () => {
		const text = 'Anna, Calle Mayor 5, thanks';
		const found = readAddress(text, false);
		expect(text.slice(found?.start, found?.end)).toBe('Calle Mayor 5');
	});

	it.each([
		['my address is Calle Mayor 5, my name is Anna', 'Calle Mayor 5'],
		['meine Adresse ist Lindenstraße 12', 'Lindenstraße 12'],
		['Lieferadresse: Am Alten Markt 3', 'Am Alten Markt 3'],
		['мой адрес: ул. Мира 12, кв 4', 'ул. Мира 12, кв 4'],
		['моя адреса: вул. Миру 12', 'вул. Миру 12'],
		['it goes to 12 Baker Street please', '12 Baker Street'],
	])('an address is read without the words that introduce it: “%s”', (text, address) => {
		const read = readAddress(text, false);
		expect(read?.address).toBe(address);
		expect(text.slice(read?.start, read?.end)).toBe(address);
	});
});
