import type { Catalog } from '../../catalog/catalog.ts';
import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { findSignal, WORDS } from '../reading/lexicon.ts';
import { itemKey, plainForm, wordsOf, type Word } from '../reading/turn-text.ts';
import type { Draft } from './draft.ts';
import { publicText } from './item-facts.ts';
import { AGREES, OUTSIDE } from './places.ts';
import { readable } from './sentences.ts';
import { isNegated, words, wordsSource } from './text/lexicon.ts';
import { plain } from './text/normalise.ts';
import { statementsOf } from './text/segments.ts';
import { rememberedFor } from '../../remembered.ts';
import { violation } from './violation.ts';

const HAVE = new RegExp(
	wordsSource(
		'we have', 'we do have', 'we\'ve got', 'we also have', 'we sell', 'we offer', 'we stock', 'we carry', 'there are', 'there is', 'tenemos', 'sí tenemos', 'vendemos', 'ofrecemos', 'hay', 'contamos con',
		'у нас есть', 'есть', 'имеются', 'продаем', 'предлагаем', 'у нас є', 'є', 'маємо', 'продаємо', 'пропонуємо', 'wir haben', 'haben wir', 'wir führen', 'führen wir', 'wir verkaufen', 'wir bieten', 'gibt es', 'es gibt',
	),
	'u',
);
const SHORTEST = 4;

/**
 * Rule 1: "Yes, we have tulips" where the customer asked for tulips and nothing in the catalog is of that name. Only what the customer
 * named is looked at: an answer has many other words.
 */
export function unknownGoods(facts: AgentFacts, draft: Draft): Violation[] {
	const { answer } = draft;
	if (!HAVE.test(draft.answer.text.toLowerCase()) && !AGREES.test(plainForm(answer.text))) return [];
	const asked = askedUnknown(facts);
	if (asked.length === 0) return [];
	const keys = new Set(asked.map(({ key }) => key));
	const told = answer.sentences.find((sentence) =>
		!sentence.question && sentence.mentions.length === 0 && statementsOf(sentence.claims.text).some((statement) => HAVE.test(statement) && !isNegated(statement) && wordsOf(statement).some(({ key }) => keys.has(key))),
	);
	if (told !== undefined) return [refused(readable(told), asked)];
	// "Do you have tulips?" — "Yes, of course!"
	const agrees = answer.named.length === 0 && AGREES.test(plainForm(answer.text)) && !isNegated(plainForm(answer.text)) && !OUTSIDE.test(plainForm(answer.text));
	return agrees ? [refused(answer.text.slice(0, 60), asked)] : [];
}

function refused(said: string, asked: readonly Word[]): Violation {
	return violation('availability_not_in_facts', `"${said}": nothing in the catalog is called "${asked.map(({ text }) => text).join(' ')}". Say that you can't find it, and offer what there is.`);
}

/** The words right after "do you have" that no text of the catalog has in any form. [] when one of them is known, or nothing was asked for. */
function askedUnknown({ turn, catalog }: AgentFacts): readonly Word[] {
	const text = turn.text.normalize('NFC');
	const [ask] = findSignal('availability', plainForm(text), text);
	if (ask === undefined) return [];
	const said = wordsOf(text);
	const after = said.filter(({ start }) => start >= ask.end);
	const end = after.findIndex(({ gap }, index) => index > 0 && gap !== 'space');
	// "Sie … verkaufen": what is asked for stands within.
	const within = said.filter(({ start, end: wordEnd }) => start > ask.start && wordEnd < ask.end);
	const named = (after[0] === undefined || after[0].gap === 'line' ? within : end === -1 ? after : after.slice(0, end)).filter(isTelling);
	const vocabulary = vocabularyOf(catalog);
	const isUnknown = ({ key, text: written }: Word): boolean => vocabulary.scripts.has(scriptOf(written)) && !vocabulary.keys.has(key) && catalog.search(written, { limit: 1 }).length === 0;
	return named.length > 0 && named.length <= 3 && named.every(isUnknown) ? named : [];
}

function isTelling({ text, plain: folded, digits }: Word): boolean {
	return digits === null && folded.length >= SHORTEST && !WORDS.stop.has(folded) && !IS_ABOUT_US.test(plain(text));
}

/** What any business has, whatever its catalog says: not goods. */
const IS_ABOUT_US = words(
	'deliver*', 'discount*', 'offer*', 'question*', 'option*', 'catalog*', 'website', 'contact*', 'else', 'anything', 'everything', 'product*', 'service*', 'item*', 'stock', 'sale', 'available',
	'entrega*', 'descuento*', 'oferta*', 'envio*', 'opcion*', 'producto*', 'servicio*', 'pregunta*', 'disponib*',
	'достав*', 'скид*', 'акци*', 'вопрос*', 'вариант*', 'товар*', 'услуг*', 'каталог*', 'сайт*', 'наличи*', 'знижк*', 'знижок', 'питан*', 'варіант*', 'послуг*', 'наявност*',
	'liefer*', 'rabatt*', 'angebot*', 'frage*', 'produkt*', 'leistung*', 'dienstleistung*', 'katalog*', 'lager', 'verfügbar', 'geöffnet', 'offen', 'öffnung*',
);

interface Vocabulary {
	readonly keys: ReadonlySet<string>;
	/** Scripts of the names: a word in another one may well be a translation. */
	readonly scripts: ReadonlySet<string>;
}

const vocabularyOf = rememberedFor(({ items }: Catalog): Vocabulary => ({
	keys: new Set(items.flatMap((item) => [...publicText(item).matchAll(/[\p{L}\p{M}]{3,}/gu)].map(([word]) => itemKey(word)))),
	scripts: new Set(items.map(({ name }) => scriptOf(name))),
}));

function scriptOf(text: string): string {
	return /\p{Script=Cyrillic}/u.test(text) ? 'cyrillic' : /\p{Script=Latin}/u.test(text) ? 'latin' : 'other';
}
