import { describe, expect, it } from 'vitest';
import { PHRASE_LANGUAGES, phrasesFor } from './index.ts';

describe.each(PHRASE_LANGUAGES)('phrases in %s', (language) => {
	const phrases = phrasesFor(language);

	it('has words for everything', () => {
		const empty = (value: unknown): boolean =>
			typeof value === 'string' ? value.trim() === '' : typeof value === 'object' && value !== null && Object.values(value).some(empty);
		expect(Object.entries(phrases).filter(([, value]) => empty(value)).map(([key]) => key)).toEqual([]);
	});

	it('asks for everything that is missing in one question', () => {
		const asked = phrases.missing(['quantity', 'city', 'name', 'phone'], { kind: 'product', item: 'Vase', cities: 'Porto, Faro' });
		expect(asked).toContain('Vase');
		expect(asked).toContain('Porto, Faro');
		expect(asked).toContain('+');
		expect(asked.match(/[.?!]/g)).toHaveLength(1);
	});

	it('never calls a shop of services a shop of products', () => {
		const productWords = /product|produkt|товар/i;
		for (const said of [phrases.unclear.service, phrases.offTopic.service, phrases.notFound.service]) expect(said).not.toMatch(productWords);
	});
});

it('uses the plural that the number asks for', () => {
	expect([1, 2, 4, 5, 21, 24].map((hours) => phrasesFor('Russian').deliveryTime(hours))).toEqual([
		'Срок доставки — до 1 часа.', 'Срок доставки — до 2 часов.', 'Срок доставки — до 4 часов.', 'Срок доставки — до 5 часов.', 'Срок доставки — до 21 часа.', 'Срок доставки — до 24 часов.',
	]);
	expect([1, 4].map((hours) => phrasesFor('English').deliveryTime(hours))).toEqual(['Delivery takes up to 1 hour.', 'Delivery takes up to 4 hours.']);
	expect([1, 2, 5, 21].map((hours) => phrasesFor('Ukrainian').deliveryTime(hours))).toEqual([
		'Термін доставки — до 1 години.', 'Термін доставки — до 2 годин.', 'Термін доставки — до 5 годин.', 'Термін доставки — до 21 години.',
	]);
	expect([1, 4].map((hours) => phrasesFor('German').deliveryTime(hours))).toEqual(['Die Lieferung dauert bis zu 1 Stunde.', 'Die Lieferung dauert bis zu 4 Stunden.']);
	expect([1, 4].map((hours) => phrasesFor('Spanish').deliveryTime(hours))).toEqual(['La entrega tarda como máximo 1 hora.', 'La entrega tarda como máximo 4 horas.']);
});

it('speaks English to customers whose language it has no phrases for', () => {
	expect(phrasesFor('Finnish')).toBe(phrasesFor('English'));
	expect(phrasesFor('')).toBe(phrasesFor('English'));
});
