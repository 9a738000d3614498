import type { AgentFacts } from '../facts.ts';
import type { Draft, Rule, Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable, scopeOf } from './sentences.ts';
import { isNegated, words } from './text/lexicon.ts';
import { plain } from './text/normalise.ts';
import { numbersIn } from './text/numbers.ts';
import { violation } from './violation.ts';

/** Things that an assistant counts about its own answer, not about the goods. */
const TALK_NOUN = words('option*', 'detail*', 'thing*', 'step*', 'question*', 'way*', 'choice*', 'variant*', 'opcion*', 'dato*', 'cosa*', 'paso*', 'pregunta*', 'variante*', 'forma*', 'вариант*', 'вещ*', 'шаг*', 'вопрос*', 'пункт*', 'способ*', 'optionen', 'dinge', 'schritte', 'fragen', 'opções', 'passos', 'варіант*', 'речі', 'речей', 'крок*', 'питан*', 'запитан*', 'спосіб', 'способ*', 'möglichkeiten', 'angaben', 'punkte', 'varianten');
const MOST_TALKED = 20;
const PEOPLE = /^\d+\s+(?:people|persons?|guests?|pax|adults?|kids|children|personas?|huespedes|comensales|adultos|ninos|человек|гост|персон|взросл|дет|осіб|особ|людей|людин|дорослих|діт|personen|gaste|erwachsene|kinder|leute|pessoas|personnes)/u;
const CAPACITY = words('suitable', 'fit*', 'capacity', 'up to', 'maximum', 'max', 'at most', 'minimum', 'at least', 'seats', 'group of', 'groups of', 'apto', 'apta', 'hasta', 'máximo', 'capacidad', 'mínimo', 'grupos de', 'подход*', 'до', 'максимум', 'вмеща*', 'рассчитан*', 'минимум', 'групп*', 'geeignet', 'bis zu', 'maximal', 'підходить', 'максимум', 'вміща*', 'розрахован*', 'мінімум', 'груп*', 'до', 'höchstens', 'mindestens', 'für gruppen', 'gruppen von', 'ausgelegt', 'passt für');

/** Rule 1: other numbers and measures: of the item, of the order, of the customer, or of the answer itself. */
export const numberRule: Rule = (facts, draft) => {
	const known = new Set([
		1, ...numbersIn(draft.turn), sumOf(draft.turn), draft.order.price.units, ...draft.order.lines.map(({ quantity }) => quantity),
		...facts.session.cart.map(({ quantity }) => quantity), ...(facts.order?.lines ?? []).map(({ quantity }) => quantity),
		draft.answer.named.length, draft.answer.sentences.filter(({ listed }) => listed).length,
		...numbersIn(plain(`${draft.order.clientName} ${draft.order.address} ${facts.turn.customer.name} ${facts.company.name}`)),
	]);
	const ofTexts = draft.answer.subjects.map((item) => itemFacts(item, draft.asks).numbers);
	const isKnown = (value: number): boolean => known.has(value) || ofTexts.some((numbers) => numbers.has(value));
	return draft.answer.sentences.flatMap((sentence) => {
		const measures = sentence.claims.measures.filter(({ values }) => !values.some((value) => measureHolds(sentence, draft, value)));
		// How many people something is for is a property of it: the customer's own number proves nothing there.
		const capacity = CAPACITY.test(sentence.claims.text) && !sentence.question;
		const numbers = sentence.claims.numbers.filter(
			({ values, at }) => (capacity && PEOPLE.test(sentence.claims.text.slice(at)) && !values.some((value) => measureHolds(sentence, draft, value))) || !values.some((value) => isKnown(value) || isCountOfCatalog(facts, value) || (value <= MOST_TALKED && TALK_NOUN.test(sentence.claims.text.slice(at, at + 40)))),
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

/** "2 adults and 2 kids" are four. Repeated figures count each time. */
function sumOf(text: string): number {
	return (text.match(/\d+/gu) ?? []).reduce((sum, digits) => sum + Number(digits), 0);
}
