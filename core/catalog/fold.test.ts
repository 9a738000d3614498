import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, tokenize } from './fold.ts';
import { wordKey } from './word-key.ts';

const key = (word: string) => tokenize(word).map(wordKey).join(' ');

describe('fold', () => {
	it.each([
		['ВАЛЕНСИЯ', 'valensiya'],
		['València', 'valencia'],
		['Йогурт с ёжевикой', 'iogurt s ezhevikoi'],
		["М'ята та їжа", "m'yata ta izha"],
		['Торревьеха', 'torrevyekha'],
		['Straße', 'strasse'],
		['Қазақстан', 'kazakstan'],
		['Αθήνα', 'athina'],
		['İstanbul', 'istanbul'],
		['東京', '東京'],
	])('writes %s as %s', (text, folded) => expect(fold(text)).toBe(folded));

	it('is idempotent on any text', () => {
		fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => fold(fold(text)) === fold(text)), { numRuns: 2000 });
	});

	it('forgets case and composition', () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom(...'абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґñáéíóúüäößabcxyz'), { maxLength: 12 }), (letters) => {
				const word = letters.join('');
				// One upper-case ß is two letters.
				return fold(word.toUpperCase()) === fold(word) && fold(word.normalize('NFD')) === fold(word.normalize('NFC'));
			}),
		);
	});
});

describe('tokenize', () => {
	it('parts words, numbers and letters that touch numbers', () => expect(tokenize('20шт. «Роза» 5xl, o’brien')).toEqual(['20', 'sht', 'roza', '5', 'xl', 'obrien']));
	it('finds nothing in punctuation', () => expect(tokenize(' —?! ')).toEqual([]));
});

describe('wordKey', () => {
	it.each([
		['rosas', 'Роза'],
		['roses', 'роз'],
		['Rosen', 'розами'],
		['bouquet', 'букеты'],
		['massage', 'массажи'],
		['yoga', 'йогу'],
		['hotel', 'отели'],
		['flowers', 'flower'],
		['gardens', 'garden'],
		['Sträuße', 'Strauße'],
		['Valencia', 'Валенсию'],
	])('%s meets %s', (a, b) => expect(key(a)).toBe(key(b)));

	it.each([
		['rose', 'rice'],
		['лето', 'лента'],
		['boat', 'book'],
	])('%s does not meet %s', (a, b) => expect(key(a)).not.toBe(key(b)));
});
