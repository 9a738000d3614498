import type { Catalog } from '../../catalog/catalog.ts';
import type { AgentFacts } from '../facts.ts';
import { wordsOf } from '../reading/turn-text.ts';
import { citiesOf, type Draft, type Rule, type Sentence } from './draft.ts';
import { toldText } from './item-facts.ts';
import { DELIVERY, isNegated, TOTAL_WORD, words, wordsSource } from './text/lexicon.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { rememberedFor } from '../../remembered.ts';
import { violation } from './violation.ts';

/** Labels of a line with an amount that isn't an item: "Total: …", "Delivery: …", "Price: …". */
const LABEL = new RegExp(
	`${TOTAL_WORD.source}|${DELIVERY.source}|${wordsSource(
		'price', 'prices', 'cost', 'costs', 'sum', 'travel', 'fee', 'order', 'your order', 'payment', 'pay', 'it', 'this', 'that', 'they', 'one', 'each', 'quantity', 'subtotal', 'product*', 'item*', 'service*', 'free from', 'from', 'budget', 'unit', 'per',
		'precio*', 'coste', 'costo', 'cuesta*', 'pedido', 'pago', 'pagar', 'unidad*', 'cada', 'producto*', 'servicio*', 'subtotal', 'desde', 'esto', 'sale', 'son', 'es', 'desplazamiento',
		'цена', 'цены', 'стоит', 'стоят', 'стоимость*', 'заказ*', 'оплат*', 'платеж*', 'товар*', 'услуг*', 'каждый', 'каждая', 'штука', 'штуку', 'за', 'от', 'до', 'он', 'она', 'это', 'всё', 'все', 'ціна', 'ціни', 'ціною', 'коштує', 'коштують', 'вартість', 'замовлен*', 'оплат*', 'платіж*', 'послуг*', 'кожен', 'кожна', 'від', 'він', 'вона', 'це', 'виїзд', 'разом',
		'preis*', 'kostet', 'kosten', 'bestellung', 'betrag', 'stück', 'produkte', 'leistungen', 'anfahrt', 'pro', 'je', 'ab', 'zahlung', 'das', 'er', 'sie', 'es', 'preço*', 'custa*', 'encomenda', 'prix', 'coûte', 'prezzo', 'costa',
	)}`,
	'u',
);
const OFFER = words('we have', 'we also have', 'we offer', 'we also offer', 'we sell', 'we also sell', 'we stock', 'we also stock', 'we carry', 'also available', 'you could try', 'how about', 'there is', 'there are', 'i recommend', 'i suggest', 'try our', 'tenemos', 'ofrecemos', 'vendemos', 'hay', 'recomiendo', 'contamos con', 'у нас есть', 'есть', 'предлагаем', 'рекомендую', 'предлагаю', 'продаем', 'wir haben', 'wir bieten', 'temos', 'oferecemos', 'у нас є', 'також є', 'пропонуємо', 'раджу', 'рекомендую', 'продаємо', 'маємо');
/** Not in German, where every noun is written like a name. */
const NOUNS_IN_CAPITALS: ReadonlySet<string> = new Set(['German', 'Luxembourgish']);
const QUOTED = /«([^«»\n]{3,80})»|“([^“”\n]{3,80})”|„([^„“”\n]{3,80})[“”]|"([^"\n]{3,80})"/gu;
const PROPER = /(?<![.!?:\n]\s*|^)(?<=\p{Ll}[ ,]\s?)\p{Lu}[\p{L}'’-]+(?: (?:(?:of|de|del|la|and|y|the|en) )?\p{Lu}[\p{L}'’-]+)+/gmu;
const LISTED_NAME = /^[ \t]*(?:[-*•·▪◦–—✅✔☑]|\d{1,3}[.)])[ \t]*[*_~]*(\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+){1,4})[*_~]*[ \t]*$/gmu;
/** Payment and chat words that are written like names. */
const KNOWN_NAMES = words('whatsapp', 'telegram', 'stripe', 'visa', 'mastercard', 'apple pay', 'google pay', 'happy birthday', 'feliz cumpleaños', 'с днем рождения', 'new year', 'christmas', 'navidad');

/**
 * Rule 1, item names: what is listed with a price, put in quotation marks or offered as a proper name is an item of the
 * catalog by its own name. Names stay as the catalog writes them; a translation may follow in brackets.
 */
export const itemNameRule: Rule = (facts, draft) => {
	const listed = draft.answer.sentences.filter(isUnknownListing).map(({ prose }) => prose.trim());
	const vocabulary = listed.length > 0 ? null : vocabularyOf(facts, draft);
	const named = vocabulary === null ? [] : [...quotedNames(facts, draft), ...offeredNames(draft), ...listedNames(draft)].filter((name) => !isKnown(name, vocabulary));
	return [...listed, ...named].slice(0, 1).map((name) =>
		violation('item_not_in_catalog', `"${name.slice(0, 80)}" is not an item of the catalog. Use the catalog's own names, as they are written there, or say that you can't find it.`),
	);
};

/** "- Tulip Dream — 12 €": an amount, and before it words that name neither an item nor a sum. */
function isUnknownListing({ claims, mentions, listed }: Sentence): boolean {
	const [first] = claims.money;
	if (first === undefined || mentions.some(({ at }) => at < first.at)) return false;
	const head = claims.text.slice(0, first.at);
	const isLine = listed || /[-–—:]\s*[*_~]*$/u.test(head);
	return isLine && /\p{L}{3}/u.test(head) && head.length <= 90 && !LABEL.test(head) && !isNegated(head);
}

/** What the customer wrote is not a name of goods: the text of a card may be repeated. */
function quotedNames({ turn, history }: AgentFacts, { answer: { text } }: Draft): string[] {
	const said = plain(normaliseText([turn.text, ...history.filter(({ role }) => role === 'customer').map((message) => message.text)].join('\n')));
	// A line break inside the marks hides no name.
	return [...`${text}\n\n${text.replace(/(?<!\n)\n(?!\n)/gu, ' ')}`.matchAll(QUOTED)].map((match) => match.slice(1).find((part) => part !== undefined) ?? '').filter((name) => !said.includes(plain(name)));
}

function offeredNames({ answer: { text }, proposal }: Draft): string[] {
	if (NOUNS_IN_CAPITALS.has(proposal.language)) return [];
	return text.split(/(?<=[.!?\n])/u).filter((sentence) => OFFER.test(sentence.toLowerCase())).flatMap((sentence) => sentence.match(PROPER) ?? []);
}

/** A line of a list of items that is nothing but a name: "• Moonlight Teapot". */
function listedNames({ answer: { sentences, text }, proposal }: Draft): string[] {
	if (NOUNS_IN_CAPITALS.has(proposal.language) || !sentences.some(({ listed, mentions }) => listed && mentions.length > 0)) return [];
	return [...text.matchAll(LISTED_NAME)].map(([, name = '']) => name);
}

/** Words that a quoted or capitalised name may consist of: the customer's, the company's, the cities', the items' own texts. */
function vocabularyOf({ catalog, turn, company, session }: AgentFacts, { answer, asks, order }: Draft): (key: string) => boolean {
	const texts = [turn.text, company.name, turn.customer.name, session.clientName, order.clientName, session.city, ...answer.subjects.map((item) => toldText(item, asks)), ...citiesOf(catalog)];
	const near = new Set(texts.flatMap((text) => wordsOf(text).map(({ key }) => key)));
	return (key) => near.has(key) || nameWordsOf(catalog).has(key);
}

/** Of names and categories. */
const nameWordsOf = rememberedFor(({ items }: Catalog): ReadonlySet<string> => new Set(items.flatMap(({ name, category, subcategory }) => wordsOf(`${name} ${category} ${subcategory}`).map(({ key }) => key))));

/** More than half of a name's longer words are known: it is a name in another order or form, not an invented one. */
function isKnown(name: string, knows: (key: string) => boolean): boolean {
	if (KNOWN_NAMES.test(name.toLowerCase())) return true;
	const telling = wordsOf(name).filter(({ text, digits }) => digits !== null || text.length >= 4);
	const known = telling.filter(({ key }) => knows(key)).length;
	return telling.length === 0 || known * 2 > telling.length || isInstruction(name);
}

/** “more”, «да»: what the customer is asked to write, not what is sold. */
function isInstruction(name: string): boolean {
	return wordsOf(name).length === 1 && name === name.toLowerCase();
}
