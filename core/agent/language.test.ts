import { describe, expect, it } from 'vitest';
import { detect, factsOf, TEA } from './guard/test-support/shops.ts';
import { FLORIST, HOTEL } from './offline/test-support/shops.ts';
import { letterCount, stripeLanguage, turnLanguage, withoutNames } from './language.ts';

describe('the language of a turn (rule 7)', () => {
	it.each([
		['what do you have', 'English'],
		['hola, cuánto cuesta el té', 'Spanish'],
		['сколько стоит букет', 'Russian'],
	])('is that of its words: %s', (text, language) => {
		expect(turnLanguage(factsOf(TEA, { text }), detect)).toMatchObject({ language, detected: true });
	});

	it.each(['ok', '👍', '+34 600 111 222', 'https://el-los-una.example/que', '12'])('is that of the last clear turn when there is too little to tell: %s', (text) => {
		expect(turnLanguage(factsOf(TEA, { text, session: { language: 'Spanish' } }), detect)).toMatchObject({ language: 'Spanish', detected: false });
	});

	it('is the company’s default in a first turn that doesn’t tell', () => {
		expect(turnLanguage(factsOf(TEA, { text: 'ok', company: { defaultLanguage: 'Russian' } }), detect)).toMatchObject({ language: 'Russian', detected: false });
	});

	it('is not read from names of people and cities', () => {
		expect(turnLanguage(factsOf(HOTEL, { text: 'how about whales in Los Gigantes' }), detect).language).toBe('English');
		expect(turnLanguage(factsOf(TEA, { text: 'El Los', session: { clientName: 'El Los', language: 'English' } }), detect)).toMatchObject({ language: 'English', detected: false });
	});

	it('is not read from item names where something else is said, and is where nothing else is', () => {
		expect(turnLanguage(factsOf(FLORIST, { text: 'quiero el Букет из 20 роз' }), detect).language).toBe('Spanish');
		expect(turnLanguage(factsOf(FLORIST, { text: 'Букет из 20 роз' }), detect).language).toBe('Russian');
	});

	it('is not changed by an item’s name beside a word of many languages', () => {
		const spanish = () => ({ language: 'Spanish', confidence: 0.7 });
		expect(turnLanguage(factsOf(TEA, { text: 'no, 3 Morning Mist Green Tea', session: { language: 'English' } }), spanish)).toMatchObject({ language: 'English', detected: false });
	});

	it('is the company’s where a first turn could be Russian or Ukrainian', () => {
		const russian = () => ({ language: 'Russian', confidence: 0.8 });
		expect(turnLanguage(factsOf(TEA, { text: 'хочу 6 мисок', company: { defaultLanguage: 'Ukrainian' } }), russian)).toMatchObject({ language: 'Ukrainian', detected: false });
	});

	it('leaves a doubtful detection aside', () => {
		const unsure = () => ({ language: 'Dutch', confidence: 0.2 });
		expect(turnLanguage(factsOf(TEA, { text: 'something unclear here' }), unsure)).toMatchObject({ language: 'English', detected: false });
	});
});

describe('what is taken out before a language is looked for', () => {
	it('is links, addresses, handles, numbers and names', () => {
		expect(withoutNames('Write to a@b.example or https://x.example/y, Anna, at 12:30 @me', ['Anna'])).toBe('Write to or , at');
		expect(letterCount('añb 12')).toBe(3);
	});
});

describe('stripe_lang', () => {
	it.each([['Spanish', 'es'], ['Norwegian', 'nb'], ['Ukrainian', 'en'], ['', 'en']])('%s → %s', (language, locale) => {
		expect(stripeLanguage(language)).toBe(locale);
	});
});
