import type { Item } from '../../catalog/item.ts';
import type { AgentFacts } from '../facts.ts';
import type { Draft, Rule, Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable } from './prices.ts';
import type { Duration } from './text/claims.ts';
import { DELIVERY, isNegated, words } from './text/lexicon.ts';
import { plain } from './text/normalise.ts';
import { numbersIn } from './text/numbers.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

const REMIND = words('remind*', 'reminder*', 'recordat*', 'recordar*', 'напомн*', 'напомин*', 'erinner*', 'lembr*', 'нагада*');
/** Things that an assistant counts about its own answer, not about the goods. */
const TALK_NOUN = words('option*', 'detail*', 'thing*', 'step*', 'question*', 'way*', 'choice*', 'variant*', 'opcion*', 'dato*', 'cosa*', 'paso*', 'pregunta*', 'variante*', 'forma*', 'вариант*', 'вещ*', 'шаг*', 'вопрос*', 'пункт*', 'способ*', 'optionen', 'dinge', 'schritte', 'fragen', 'opções', 'passos');
const MOST_TALKED = 20;

/** Rule 1: percentages are in the item's texts; nobody else grants a discount. */
export const percentRule: Rule = (_facts, { answer, asks }) =>
	answer.sentences.flatMap((sentence) =>
		sentence.claims.percents
			.filter(({ values }) => !scopeOf(sentence, answer.subjects).some((item) => values.some((value) => itemFacts(item, asks).percents.has(value))))
			.map(({ written }) => violation('percent_not_in_facts', `"${written.trim()}" in "${readable(sentence)}" is not in the catalog.`)),
	);

/** Rule 1: durations and delivery times are those of the item. */
export const durationRule: Rule = (_facts, draft) =>
	draft.answer.sentences.flatMap((sentence) => {
		const impossible = VAGUE_DELIVERY.test(sentence.claims.text) && DELIVERY.test(sentence.claims.text) && !isNegated(sentence.claims.text) ? [sentence.claims.text] : [];
		const wrong = sentence.claims.durations.filter((duration) => !durationHolds(draft, sentence, duration)).map(({ written }) => written);
		return [...wrong, ...impossible, ...wordedDurations(draft, sentence)].slice(0, 1).map((written) =>
			violation('duration_not_in_facts', `"${written.trim().slice(0, 60)}" in "${readable(sentence)}" is no duration or delivery time of the catalog.`),
		);
	});

const VAGUE_DELIVERY = words(
	'a few hours', 'few hours', 'several hours', 'a few days', 'few days', 'several days', 'some days', 'a few minutes', 'express', 'instantly', 'overnight', 'unas horas', 'pocas horas', 'varias horas', 'unos días', 'pocos días', 'varios días', 'unos minutos', 'urgente',
	'нескольк* часов', 'пару часов', 'пара часов', 'нескольк* дней', 'пару дней', 'нескольк* минут', 'экспресс*', 'einige stunden', 'wenige stunden', 'einige tage', 'algumas horas', 'alguns dias',
);
const ONE_UNIT: ReadonlyArray<readonly [number, RegExp]> = [
	[60, words('within an hour', 'within the hour', 'in an hour', 'in one hour', 'en una hora', 'dentro de una hora', 'за час', 'через час', 'в течение часа', 'in einer stunde', 'innerhalb einer stunde', 'em uma hora')],
	[30, words('half an hour', 'half hour', 'media hora', 'полчаса', 'halbe stunde', 'halben stunde', 'meia hora')],
	[1440, words('within a day', 'in a day', 'en un día', 'за день', 'за сутки', 'в течение дня', 'в течение суток', 'через день', 'in einem tag', 'innerhalb eines tages', 'em um dia')],
	[10080, words('within a week', 'in a week', 'en una semana', 'за неделю', 'через неделю', 'в течение недели', 'in einer woche', 'em uma semana')],
];

function wordedDurations(draft: Draft, sentence: Sentence): string[] {
	const { text } = sentence.claims;
	if (!DELIVERY.test(text) || isNegated(text)) return [];
	const known = new Set(scopeOf(sentence, draft.answer.subjects).flatMap((item) => [(item.deliveryTimeHours ?? -1) * 60, ...itemFacts(item, draft.asks).minutes]));
	return ONE_UNIT.filter(([minutes, pattern]) => pattern.test(text) && !known.has(minutes)).map(() => text);
}

function durationHolds(draft: Draft, sentence: Sentence, duration: Duration): boolean {
	const { text } = sentence.claims;
	const asked = sentence.question && duration.values.some((value) => numbersIn(draft.turn).has(value));
	if (asked) return true;
	const isDelivery = DELIVERY.test(text);
	const isReminder = REMIND.test(text);
	return scopeOf(sentence, draft.answer.subjects).some((item) => {
		const told = itemFacts(item, draft.asks);
		const fields = [item.deliveryTimeHours === null ? null : item.deliveryTimeHours * 60, isDelivery ? null : item.durationMinutes, isReminder && item.paymentReminderHours !== null ? item.paymentReminderHours * 60 : null];
		const minutes = new Set([...fields.filter((value) => value !== null), ...told.minutes]);
		// "over 16 years" in a text that says "over 16".
		return duration.minutes.some((value) => minutes.has(value)) || (duration.unit === 'year' && duration.values.some((value) => told.numbers.has(value)));
	});
}

const PROMISE = words(
	'deliver*', 'arriv*', 'ship*', 'bring*', 'come', 'comes', 'book*', 'reserv*', 'available', 'confirm*', 'open', 'opens', 'start*', 'begin*', 'take place', 'takes place', 'held', 'schedul*', 'ready', 'valid',
	'entrega*', 'llega*', 'envia*', 'lleva*', 'disponible*', 'confirm*', 'abr*', 'empieza*', 'listo', 'válid*', 'reserv*',
	'достав*', 'привез*', 'приед*', 'прибуд*', 'доступн*', 'подтвержд*', 'забронир*', 'записал*', 'открыт*', 'начал*', 'начина*', 'работа*', 'готов*', 'действу*', 'жд*',
	'liefer*', 'verfügbar', 'geöffnet', 'beginn*', 'entreg*', 'cheg*', 'disponív*', 'livr*', 'bereit', 'until', 'hasta', 'до', 'bis',
);

/** Rule 1: dates, days and times of day are in the item's texts; the customer's own may be repeated, not promised. */
export const dateRule: Rule = (_facts, draft) =>
	draft.answer.sentences.flatMap((sentence) => {
		const { claims } = sentence;
		const wrong = [...claims.dates, ...claims.times].filter(({ written, at }) => {
			const word = written.trim();
			if (scopeOf(sentence, draft.answer.subjects).some((item) => itemFacts(item, draft.asks).text.includes(word))) return false;
			const statement = statementAt(claims.text, at);
			const promised = PROMISE.test(statement) && !isNegated(statement) && !sentence.question;
			// "How can I help you today?" names no date.
			if (!/\d/u.test(word)) return promised && DELIVERY_OR_STATE.test(statement);
			return !draft.turn.includes(word) || promised;
		});
		return wrong.slice(0, 1).map(({ written }) => violation('date_not_in_facts', `"${written.trim()}" in "${readable(sentence)}": no such date or time is in the catalog. Promise none.`));
	});

const DELIVERY_OR_STATE = words(
	'deliver*', 'arriv*', 'ship*', 'bring', 'available', 'book*', 'open', 'opens', 'entrega*', 'llega*', 'enviamos', 'enviaremos', 'llevamos', 'disponible*', 'abrimos', 'reserv*', 'достав*', 'привез*', 'приед*', 'прибуд*', 'доступн*', 'забронир*', 'записал*', 'открыт*', 'работаем',
	'liefer*', 'verfügbar', 'geöffnet', 'entreg*', 'cheg*', 'disponív*', 'livr*', 'confirmed', 'confirmad*', 'подтвержд*',
);

function statementAt(text: string, at: number): string {
	let start = 0;
	for (const statement of statementsOf(text)) {
		const found = text.indexOf(statement, start);
		start = found + statement.length;
		if (found <= at && at <= start) return statement;
	}
	return text;
}

/** Rule 1: other numbers and measures: of the item, of the order, of the customer, or of the answer itself. */
export const numberRule: Rule = (facts, draft) => {
	const known = new Set([
		1, ...numbersIn(draft.turn), draft.order.price.units, ...draft.order.lines.map(({ quantity }) => quantity),
		...facts.session.cart.map(({ quantity }) => quantity), ...(facts.order?.lines ?? []).map(({ quantity }) => quantity),
		draft.answer.named.length, draft.answer.sentences.filter(({ listed }) => listed).length,
		...numbersIn(plain(`${draft.order.clientName} ${facts.turn.customer.name} ${facts.company.name}`)),
	]);
	const ofTexts = draft.answer.subjects.map((item) => itemFacts(item, draft.asks).numbers);
	const isKnown = (value: number): boolean => known.has(value) || ofTexts.some((numbers) => numbers.has(value));
	return draft.answer.sentences.flatMap((sentence) => {
		const measures = sentence.claims.measures.filter(({ values }) => !values.some((value) => measureHolds(sentence, draft, value)));
		const numbers = sentence.claims.numbers.filter(
			({ values, at }) => !values.some((value) => isKnown(value) || isCountOfCatalog(facts, value) || (value <= MOST_TALKED && TALK_NOUN.test(sentence.claims.text.slice(at, at + 40)))),
		);
		return [...measures, ...numbers].slice(0, 1).map(({ written }) => violation('number_not_in_facts', `"${written.trim()}" in "${readable(sentence)}" is in no fact of this turn.`));
	});
};

/** A measure is a property of the goods: the customer's own figure may be asked about, not confirmed. */
function measureHolds(sentence: Sentence, { answer, asks, turn }: Draft, value: number): boolean {
	if (scopeOf(sentence, answer.subjects).some((item) => itemFacts(item, asks).numbers.has(value))) return true;
	return (sentence.question || isNegated(sentence.claims.text)) && numbersIn(turn).has(value);
}

/** "We have 12 bouquets" is a count that anyone can make from the catalog. */
function isCountOfCatalog({ catalog }: AgentFacts, value: number): boolean {
	if (catalog.items.length === value) return true;
	const sizes = new Map<string, number>();
	for (const { category, kind } of catalog.items) for (const group of [category, `kind ${kind}`]) sizes.set(group, (sizes.get(group) ?? 0) + 1);
	return new Set(sizes.values()).has(value) || sizes.size === value;
}

/** The items that a sentence names, else all that the answer can be about. */
export function scopeOf({ mentions }: Sentence, subjects: readonly Item[]): readonly Item[] {
	return mentions.length > 0 ? mentions.flatMap(({ items }) => items) : subjects;
}

const DISCOUNT = words(
	'discount*', 'half price', 'half-price', 'half off', 'off the price', 'special offer*', 'special price*', 'promo*', 'sale price', 'on sale now', 'coupon*', 'voucher*', 'buy one get one', 'two for one', '2 for 1', '3 for 2', 'cheaper for you', 'price drop',
	'descuento*', 'rebaja*', 'rebajado*', 'mitad de precio', 'oferta especial', 'precio especial', 'promoción', 'promociones', 'cupón', '2x1', '3x2', 'dos por uno',
	'скидк*', 'скидок', 'акци*', 'распродаж*', 'полцены', 'купон*', 'промокод*', 'спецпредложени*', 'специальн* цен*', 'два по цене одного',
	'rabatt*', 'nachlass', 'sonderangebot*', 'halber preis', 'gutschein*', 'desconto*', 'promoção', 'remise', 'réduction', 'sconto', 'знижк*', 'cashback', 'кэшбэк',
);

/** Rule 1: a discount or offer that the catalog doesn't know. Saying that there is none is fine. */
export const discountRule: Rule = (_facts, { answer, asks }) =>
	answer.sentences.flatMap((sentence) => {
		const granted = statementsOf(sentence.claims.text).filter((statement) => DISCOUNT.test(statement) && !isNegated(statement) && !sentence.question);
		const inTexts = scopeOf(sentence, answer.subjects).some((item) => DISCOUNT.test(itemFacts(item, asks).text));
		return granted.length === 0 || inTexts ? [] : [violation('discount_not_in_facts', `"${readable(sentence)}": the catalog has no such discount or offer.`)];
	});
