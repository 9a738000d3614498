import { describe, expect, it } from 'vitest';
import { FLORIST } from '../offline/test-support/shops.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { BAKERY, HONEY, item, TEA } from './test-support/shops.ts';

const CODE = 'availability_not_in_facts';
const withoutLanguage = (codes: string) => codes.replace(/ ?wrong_language/u, '');
const SPANISH = [item('product', 'p1', 'Pan de centeno', { priceCents: 320, cities: ['Valencia'] })];

describe('what any business has is no unknown goods', () => {
	it.each([
		[TEA, 'do you have %?', 'Yes, of course!', ['deliveries', 'discounts', 'offers', 'questions', 'options', 'catalogues', 'website', 'contacts', 'anything', 'everything', 'products', 'services', 'items', 'stock', 'sale', 'else']],
		[SPANISH, '¿tienen %?', '¡Sí, claro!', ['entregas', 'descuentos', 'ofertas', 'envíos', 'opciones', 'productos', 'servicios', 'preguntas', 'disponibilidad']],
		[FLORIST, 'есть ли у вас %?', 'Да, конечно!', ['доставка', 'скидки', 'акции', 'вопросы', 'варианты', 'товары', 'услуги', 'каталоги', 'сайты']],
		[HONEY, 'чи є у вас %?', 'Так, звичайно!', ['знижки', 'знижок', 'питання', 'варіанти', 'послуги', 'наявності']],
		[BAKERY, 'Haben Sie %?', 'Ja, natürlich!', ['Lieferung', 'Rabatte', 'Angebote', 'Fragen', 'Produkte', 'Leistungen', 'Dienstleistungen', 'Kataloge', 'Lager', 'Öffnungszeiten']],
	])('%#: “%s”', (shop, question, agreed, topics) => {
		for (const topic of topics) expect(withoutLanguage(codesOf(agreed, question.replace('%', topic), shop)), topic).toBe('');
		expect(withoutLanguage(codesOf(agreed, question.replace('%', { 'do you have %?': 'tulips', '¿tienen %?': 'tulipanes', 'есть ли у вас %?': 'самокаты', 'чи є у вас %?': 'самокати' }[question] ?? 'Fahrräder'), shop))).toBe(CODE);
	});
});

describe('goods that the catalog doesn’t have', () => {
	it.each([
		[CODE, 'do you have tulips?', 'We have tulips.'], [CODE, 'do you have tulips?', 'Sure! WE HAVE TULIPS.'], [CODE, 'do you have tulips?', 'There are tulips, and we have teas.'], [CODE, 'do you have red tulips, please?', 'Yes!'],
		[CODE, 'do you have big red tulips?', 'Yes!'], [CODE, 'do you have rugs?', 'Yes!'], [CODE, 'do you have rug mats?', 'Yes!'],
		['', 'do you have tulips?', 'Do we have tulips?'], ['', 'do you have tulips?', 'We have no tulips.'], ['', 'do you have tulips?', 'We have Morning Mist Green Tea and no tulips.'], ['', 'do you have tulips?', 'We have Morning Mist Green Tea for tulips.'], ['', 'do you have tulips?', 'Yes, unfortunately only tea.'], ['', 'do you have tulips?', 'Yes, but not that.'],
		['', 'do you have tulips?', 'Yes, Morning Mist Green Tea!'], ['', 'do you have tulips?', 'We sell tea leaves.'], ['', 'do you have tulips?', 'Hello!'], ['', 'I like tulips', 'Yes, we have tulips.'], ['', 'do you have any?', 'Yes!'], ['', 'do you have 2030?', 'Yes!'], ['', 'do you have rug?', 'Yes!'],
		['', 'do you have bright crimson dutch tulips?', 'Yes!'], ['', 'do you have smoky tulips?', 'Yes!'], ['', 'do you have beeswax?', 'Yes!'], ['', 'do you have тюльпаны?', 'Yes!'], ['', 'do you have? tulips', 'Yes!'], ['', 'do you have tea, tulips?', 'Yes!'], ['', 'tulips! do you have\ntulips', 'Yes!'],
	])('%s: “%s” – “%s”', (codes, turn, response) => expect(codesOf(response, turn)).toBe(codes));

	it('are named in what the model is told', () => {
		expect(violationsOf('We have red tulips.', 'do you have red tulips?')[0]?.message).toBe('"we have red tulips.": nothing in the catalog is called "tulips". Say that you can\'t find it, and offer what there is.');
		expect(violationsOf(`Yes, ${'sure '.repeat(20)}`, 'do you have dutch tulips?')[0]?.message).toBe(`"Yes, ${'sure '.repeat(11)}": nothing in the catalog is called "dutch tulips". Say that you can't find it, and offer what there is.`);
	});
});
