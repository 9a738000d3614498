import { findAnyCity, findCities, sameCity, servesCity } from '../../catalog/city.ts';
import type { Item } from '../../catalog/item.ts';
import type { AgentFacts } from '../facts.ts';
import { citiesOf, type Draft, type Rule, type Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable } from './sentences.ts';
import { DELIVERY, isNegated, words } from './text/lexicon.ts';
import { plain } from './text/normalise.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

/** Words that say "not there" without a negation. */
export const OUTSIDE = words('outside', 'beyond', 'unfortunately', 'sorry', 'afraid', 'fuera', 'lamentablemente', 'desgraciadamente', 'lo siento', 'lo sentimos', 'к сожалению', 'увы', 'вне', 'за пределами', 'leider', 'außerhalb', 'infelizmente', 'malheureusement', 'instead of', 'en lugar de', 'вместо', 'на жаль', 'поза', 'за межами', 'замість', 'bedauerlicherweise', 'tut mir leid', 'nur nach', 'statt', 'anstatt');
const EVERYWHERE = words(
	'worldwide', 'anywhere', 'everywhere', 'all over', 'nationwide', 'any city', 'every city', 'all cities', 'whole country', 'en todo el mundo', 'a todo el mundo', 'toda españa', 'todo el país', 'cualquier ciudad', 'a cualquier', 'todas las ciudades', 'en todas partes',
	'по всему миру', 'по всей', 'везде', 'куда угодно', 'в любой город', 'в любую точку', 'любой город', 'по всему', 'все города', 'weltweit', 'überall', 'deutschlandweit', 'jede stadt', 'em todo o', 'qualquer cidade', 'partout',
	'по всьому світу', 'по всій', 'всюди', 'скрізь', 'куди завгодно', 'у будь-яке місто', 'в будь-яке місто', 'будь-яке місто', 'у всі міста', 'по всій україні', 'по всьому', 'überallhin', 'bundesweit', 'europaweit', 'in jede stadt', 'in ganz', 'ganz deutschland', 'in alle städte', 'alle städte',
);
const PROMISED_PLACE = /(?:deliver(?:s|ed)?|ship(?:s|ped)?|entregamos|enviamos|repartimos|llevamos|доставляем|доставим|привезем|привезём|доставляємо|доставимо|привеземо|надсилаємо|liefern wir|liefern|versenden|entregamos|livrons|consegniamo)\s+(?:\p{L}+\s+){0,2}?(?:to|in|a|en|hasta|в|во|у|на|до|nach|para|à)\s+(?:(?:the|la|el|los|las|город|місто|м\.|г\.)\s+)*(\p{Lu}[\p{L}'’-]+(?:[ -](?:de |del |la )?\p{Lu}[\p{L}'’-]+)*)/gu;

/** Rules 1 and 8: a city that the answer says something is delivered to or available in is one that the items serve. */
export const placeRule: Rule = (facts, draft) => [...cityClaims(facts, draft), ...unknownPlaces(facts, draft), ...agreedPlace(facts, draft)].slice(0, 1);

/** An answer that begins with a yes. */
export const AGREES = /^[\s¡!]*(?:hi|hello|hola|привет|здравствуйте|привіт|вітаю|hallo|guten tag)?[\s,!.]*(?:yes|yep|yeah|sure|of course|certainly|absolutely|definitely|sí|si|claro|por supuesto|desde luego|да|конечно|разумеется|безусловно|ja|natürlich|klar|selbstverständlich|gerne?|sicher|звичайно|звісно|авжеж|sim|oui|certo|так)(?![\p{L}])/u;

/** "Do you deliver to …?" — "Yes!": what is agreed to stands in the question. */
function agreedPlace(facts: AgentFacts, { answer, turn, proposal }: Draft) {
	const asked = findAnyCity(turn);
	const served = citiesOf(facts.catalog);
	if (asked === null || served.length === 0 || served.some((city) => sameCity(city, asked)) || facts.catalog.items.some((item) => !item.online && item.cities.length === 0)) return [];
	if (findCities(turn, served).length > 0 || !(DELIVERY.test(turn) || turn.includes('?')) && proposal.intent !== 'question') return [];
	const text = plain(answer.text);
	if (!AGREES.test(text) || OUTSIDE.test(text) || isNegated(text)) return [];
	return [violation('city_claim_not_in_facts', `The customer asks about ${asked}, which no item serves: don't agree to it, and name the cities that are served.`)];
}

function cityClaims(facts: AgentFacts, draft: Draft) {
	const served = citiesOf(facts.catalog);
	return draft.answer.sentences.flatMap((sentence) =>
		statementsOf(withoutOwnNames(facts, sentence.prose)).flatMap((prose, index) => {
			const statement = statementsOf(sentence.text)[index] ?? sentence.text;
			if (isNegated(statement) || OUTSIDE.test(sentence.text) || (sentence.question && !DELIVERY.test(statement))) return [];
			if (DELIVERY.test(statement) && EVERYWHERE.test(statement) && !sentence.question) return [claim(sentence, 'everywhere')];
			const here = sentence.mentions.filter(({ mark }) => statement.includes(mark)).flatMap(({ items }) => items);
			const unserved = knownCitiesIn(prose, sentence).filter((foreign) => !served.some((city) => sameCity(city, foreign)) && !isTold(foreign, sentence.prose, draft));
			const wrong = findCities(prose, served).filter((city) => !holdsFor(city, here, facts, draft, statement));
			return [...unserved, ...wrong].map((city) => claim(sentence, city));
		}),
	);
}

const LIST_BREAK = /\s(?:and|or|y|e|o|и|или|і|й|та|або|und|oder|sowie|ou|et)\s/u;

/** "We deliver to Lyon, Paris and Marseille": in such a list a city stands without a preposition of its own. */
function knownCitiesIn(statement: string, { prose }: Sentence): string[] {
	const first = findAnyCity(statement);
	const inList = DELIVERY.test(prose) && findAnyCity(prose) !== null;
	const pieces = inList ? statement.split(LIST_BREAK).map((piece) => piece.replace(/[^\p{L}\s'-]/gu, ' ').trim()).filter((piece) => piece !== '' && piece.split(/\s+/u).length <= 2) : [];
	return [...new Set([...(first === null ? [] : [first]), ...pieces.flatMap((piece) => findAnyCity(`in ${piece}`) ?? [])])];
}

/** For items named beside it every one must serve the city; otherwise some item of the answer or the catalog. */
function holdsFor(city: string, here: readonly Item[], { catalog }: AgentFacts, draft: Draft, statement: string): boolean {
	if (here.length > 0) return here.every((item) => servesCity(item, city) || itemFacts(item, draft.asks).text.includes(plain(city)));
	const ordered = draft.order.lines.map(({ item }) => item);
	if (ordered.length > 0 && DELIVERY.test(statement) && draft.proposal.items !== null) return ordered.every((item) => servesCity(item, city)) || draft.order.city === '';
	return catalog.items.some((item) => servesCity(item, city));
}

/** The name stands in the texts of an item ("Paris brioche") or there is no talk of a place to serve. */
function isTold(city: string, prose: string, { answer, asks }: Draft): boolean {
	return answer.subjects.some((item) => findAnyCity(itemFacts(item, asks).text) === city) || (!DELIVERY.test(prose) && !PLACED.test(prose));
}

const PLACED = words('in', 'to', 'at', 'near', 'available', 'serve*', 'en', 'a', 'atendemos', 'disponible*', 'в', 'во', 'доступн*', 'работаем', 'проход*', 'nach', 'em', 'para', 'à', 'у', 'до', 'працюємо', 'відбува*', 'im', 'gibt es', 'verfügbar');

function unknownPlaces(facts: AgentFacts, { answer, order, asks }: Draft) {
	const served = citiesOf(facts.catalog);
	return answer.text.split(/(?<=[.!?])\s|\n/u).flatMap((sentence) => {
		if (isNegated(plain(sentence)) || OUTSIDE.test(plain(sentence)) || sentence.includes('?')) return [];
		return [...sentence.matchAll(PROMISED_PLACE)].flatMap(([, place = '']) => {
			const isServed = facts.catalog.items.some((item) => item.cities.length > 0 && servesCity(item, place)) || findCities(place, served).length > 0;
			const isOther = [order.clientName, facts.turn.customer.name].some((name) => name !== '' && plain(name).includes(plain(place))) || answer.subjects.some((item) => itemFacts(item, asks).text.includes(plain(place)));
			const anywhere = facts.catalog.items.some((item) => !item.online && item.cities.length === 0);
			return isServed || isOther || anywhere ? [] : [violation('city_claim_not_in_facts', `"${place}" is not a city that the catalog serves.`)];
		});
	});
}

function withoutOwnNames({ company }: AgentFacts, prose: string): string {
	return company.name === '' ? prose : prose.replaceAll(plain(company.name), ' ');
}

function claim(sentence: Sentence, city: string) {
	return violation('city_claim_not_in_facts', `"${readable(sentence)}": the catalog doesn't say that for ${city}. Name only cities that the items serve.`);
}
