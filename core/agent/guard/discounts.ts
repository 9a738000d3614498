import type { Rule } from './draft.ts';
import { itemFacts, statedBy } from './item-facts.ts';
import { readable, scopeOf } from './sentences.ts';
import { isNegated, words } from './text/lexicon.ts';
import { numbersIn } from './text/numbers.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

/** Rule 1: percentages are in the item's texts; nobody else grants a discount. */
export const percentRule: Rule = (_facts, { answer, asks, turn }) => {
	// "10 % is more than I can give": refusing the customer's own figure is fine.
	const asked = numbersIn(turn);
	return answer.sentences.flatMap((sentence) =>
		sentence.claims.percents
			.filter(({ values }) => !(isNegated(sentence.claims.text) && values.every((value) => asked.has(value))))
			.filter(({ values }) => !scopeOf(sentence, answer.subjects).some((item) => values.some((value) => itemFacts(item, asks).percents.has(value))))
			.map(({ written }) => violation('percent_not_in_facts', `"${written.trim()}" in "${readable(sentence)}" is not in the catalog.`)),
	);
};

const DISCOUNT = words(
	'discount*', 'half price', 'half-price', 'half the price', 'half of the price', 'half off', 'off the price', 'special offer*', 'special price*', 'promo*', 'sale price', 'on sale now', 'coupon*', 'voucher*', 'buy one get one', 'two for one', 'for the price of one', 'price of one', 'you pay less', '2 for 1', '3 for 2', 'cheaper for you', 'price drop',
	'descuento*', 'rebaja*', 'rebajado*', 'mitad de precio', 'mitad del precio', 'oferta especial', 'precio especial', 'promoción', 'promociones', 'cupón', '2x1', '3x2', 'dos por uno', 'por el precio de uno', 'al precio de uno', 'pagas menos', 'te lo dejo más barato',
	'скидк*', 'скидок', 'акци*', 'распродаж*', 'полцены', 'половину цены', 'половина цены', 'за полтинник', 'сделаю дешевле', 'сделаю вам дешевле', 'отдам дешевле', 'отдам вам дешевле', 'уступлю', 'по цене одного', 'платите меньше', 'заплатите меньше', 'пол цены', 'купон*', 'промокод*', 'спецпредложени*', 'специальн* цен*', 'два по цене одного',
	'rabatt*', 'nachlass', 'sonderangebot*', 'halber preis', 'gutschein*', 'desconto*', 'promoção', 'remise', 'réduction', 'sconto', 'знижк*', 'cashback', 'кэшбэк',
	'знижок', 'акці*', 'розпродаж*', 'пів ціни', 'півціни', 'половину ціни', 'половина ціни', 'зроблю дешевше', 'зроблю вам дешевше', 'віддам дешевше', 'поступлюся', 'за ціною одного', 'за ціною однієї', 'платите менше', 'заплатите менше', 'купон*', 'промокод*', 'спецпропозиці*', 'спеціальн* цін*', 'два за ціною одного', 'дві за ціною однієї', 'кешбек', 'preisnachlass', 'zum halben preis', 'halben preis', 'hälfte des preises', 'aktionspreis*', 'sonderpreis*', 'spezialpreis*', 'zwei zum preis von einem', 'zum preis von einem', 'zum preis von einer', 'preis von einem', 'günstiger für sie', 'zahlen weniger', 'zahlen sie weniger', 'ermäßigung*', 'skonto', 'nachlass*', 'rabattcode*', 'aktionscode*', 'promo*',
);

/** Rule 1: a discount or offer that the catalog doesn't know. Saying that there is none is fine. */
export const discountRule: Rule = (_facts, { answer, asks }) =>
	answer.sentences.flatMap((sentence) => {
		const granted = statementsOf(sentence.claims.text).filter((statement) => DISCOUNT.test(statement) && !isNegated(statement) && !sentence.question);
		if (granted.length === 0) return [];
		const inTexts = granted.every((statement) => scopeOf(sentence, answer.subjects).some((item) => statedBy(item, asks, DISCOUNT, statement)));
		return inTexts ? [] : [violation('discount_not_in_facts', `"${readable(sentence)}": the catalog has no such discount or offer.`)];
	});
