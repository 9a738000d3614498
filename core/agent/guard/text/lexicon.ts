import { plain } from './normalise.ts';
import { remembered } from '../../../remembered.ts';

/**
 * A pattern of words in several languages, written as their speakers write them and matched against `plain` text.
 * `*` stands for any ending, a space for any space, `#` for a number. A list, not a grammar.
 */
export function words(...phrases: readonly string[]): RegExp {
	return new RegExp(wordsSource(...phrases), 'u');
}

/** The same as a source, to build a larger pattern from. */
export function wordsSource(...phrases: readonly string[]): string {
	const spelled = phrases.map((phrase) =>
		plain(phrase)
			.replace(/[.+?^${}()|[\]\\]/gu, '\\$&')
			.replaceAll('*', '[\\p{L}\\p{M}]*')
			.replaceAll('#', '\\d+')
			.replaceAll(' ', '\\s+'),
	);
	return `(?<![\\p{L}\\p{N}])(?:${[...new Set(spelled)].join('|')})(?![\\p{L}\\p{N}])`;
}

// Idioms that hold a negation without denying what follows are taken out before NEGATION is looked for.
const IDIOMS = new RegExp(
	wordsSource(
		'no problem', 'no worries', 'no doubt', 'not only', 'why not', 'no hay problema', 'sin problema*', 'no solo', 'no te preocupes', 'no se preocupe',
		'cómo no', 'без проблем', 'не только', 'не проблема', 'не волнуйтесь', 'не беспокойтесь', 'нет проблем', 'kein problem', 'nicht nur',
		'sem problema*', 'não só', 'pas de souci', 'pas de problème',
		'без проблем', 'не тільки', 'не лише', 'не хвилюйтеся', 'не турбуйтеся', 'немає проблем', 'не біда', 'keine sorge', 'nicht nur', 'kein thema', 'keine ursache', 'warum nicht',
	),
	'gu',
);
const NEGATION_WORDS = words(
	'no', 'not', 'none', 'never', 'nothing', 'neither', 'nor', 'cannot', 'without', 'unable', 'unavailable', 'isn', 'aren', 'don', 'doesn', 'didn', 'hasn', 'haven', 'won', 'can\'t', 'isn\'t', 'aren\'t',
	'don\'t', 'doesn\'t', 'didn\'t', 'hasn\'t', 'haven\'t', 'won\'t', 'wasn\'t', 'weren\'t', 'yet to',
	'sin', 'tampoco', 'ningún', 'ninguna', 'ninguno', 'nunca', 'nada', 'ni', 'todavía no', 'aún no',
	'не', 'нет', 'без', 'ни', 'никак*', 'нельзя', 'невозможно', 'ещё не', 'немає', 'ні',
	'kein*', 'nicht', 'nie', 'ohne', 'leider', 'não', 'nem', 'sem', 'nenhum*', 'pas', 'aucun*', 'sans', 'jamais', 'non', 'senza', 'nessun*',
	'немає', 'нема', 'нічого', 'жодн*', 'ніколи', 'ніяк*', 'неможливо', 'не можна', 'ще не', 'nichts', 'niemals', 'keinesfalls', 'unmöglich', 'noch nicht', 'weder',
);

/** A clause that denies what it names: "there are no discounts". */
export const isNegated = remembered((clause): boolean => NEGATION_WORDS.test(clause.replace(IDIOMS, ' ')));

/** A clause about what happens after something else: "once the payment is received". */
export const CONDITION = words(
	'if', 'once', 'when', 'after', 'as soon as', 'until', 'till', 'unless', 'before', 'upon', 'whether', 'provided',
	'si', 'cuando', 'una vez', 'después de', 'tras', 'en cuanto', 'hasta que', 'antes de', 'al recibir',
	'если', 'когда', 'как только', 'после', 'до', 'пока', 'при', 'якщо', 'коли', 'після',
	'wenn', 'sobald', 'nachdem', 'nach', 'falls', 'quando', 'assim que', 'depois', 'após', 'quand', 'dès', 'après', 'lorsque',
	'щойно', 'як тільки', 'після того', 'доки', 'поки', 'перш ніж', 'перед', 'у разі', 'bis', 'bevor', 'wenn sie', 'sofern', 'im falle', 'nach der', 'nach dem',
);

/** A clause about what will be. */
export const FUTURE = words(
	'will', 'll', 'shall', 'would', 'going to', 'can be', 'could be', 'you can', 'can then', 'need', 'needs', 'must', 'to be', 'please', 'let me',
	'va a', 'vas a', 'vamos a', 'voy a', 'será', 'serán', 'quedará', 'podrá*', 'puede*', 'podemos', 'falta*', 'recibirá*', 'hay que', 'necesit*',
	'будет', 'будут', 'будете', 'можно', 'можете', 'можем', 'нужно', 'нужна', 'нужен', 'осталось', 'чтобы', 'необходим*', 'ожидае*', 'ждем',
	'wird', 'werden', 'kann', 'können', 'bitte', 'vai', 'vamos', 'pode*', 'va', 'peut', 'peuvent', 'sera',
	'буде', 'будуть', 'будете', 'можна', 'можете', 'можемо', 'потрібно', 'треба', 'потрібен', 'потрібна', 'залишилося', 'щоб', 'необхідн*', 'чекає*', 'очікує*', 'muss', 'müssen', 'brauche', 'brauchen', 'erhalten sie', 'bekommen sie', 'möchten', 'sollen', 'fehlt', 'fehlen', 'können sie', 'wartet', 'warten',
);

export const DELIVERY = words(
	'deliver*', 'ship', 'ships', 'shipping', 'shipment', 'shipped', 'travel fee', 'travel cost*', 'call-out fee', 'logistic*', 'courier',
	'entrega*', 'entregam*', 'envio', 'envíos', 'enviamos', 'reparto', 'repartimos', 'desplazamiento', 'llega*', 'llevamos',
	'достав*', 'привез*', 'привоз*', 'выезд*', 'курьер*', 'довез*', 'liefer*', 'versand*', 'zustell*', 'anfahrt*', 'livraison*', 'livr*', 'frete', 'consegn*', 'arrive', 'arrives',
	'привезе*', 'привезти', 'кур\'єр*', 'виїзд*', 'довез*', 'надсила*', 'відправля*', 'bringen', 'gebracht', 'ankommt', 'kommt an', 'verschick*', 'versend*', 'kurier*', 'bote', 'zugestellt',
);

export const FREE_WORD = words(
	'free', 'free of charge', 'at no cost', 'no charge', 'complimentary', 'on the house', 'gratis', 'gratuit*', 'sin coste*', 'sin costo*', 'sin cargo',
	'бесплатн*', 'безкоштовн*', 'даром', 'в подарок', 'kostenlos*', 'kostenfrei*', 'umsonst', 'gratuit', 'grátis', 'de graça', 'as a gift',
	'задарма', 'у подарунок', 'в подарунок', 'безоплатн*', 'даруємо', 'gratis*', 'geschenkt', 'geht aufs haus', 'unentgeltlich', 'ohne kosten', 'zum nulltarif',
);
/** "free" that isn't a price. */
export const FREE_IDIOM = new RegExp(
	wordsSource('feel free', 'free time', 'free to', 'are free', 'you free', 'free day*', 'free slot*', 'free times', 'free appointment*', 'free places', 'i\'m free', 'umsonst warten') + '|\\p{L}+-free(?!\\p{L})|(?:\\d:\\d{2}|\\d\\s?[ap]\\.?m\\.?)\\s+is\\s+(?:still\\s+)?free',
	'gu',
);

export const TOTAL_WORD = words(
	'total', 'in total', 'altogether', 'grand total', 'sum', 'to pay', 'amount due', 'order amount', 'en total', 'suma', 'importe', 'a pagar',
	'итого', 'итог', 'всего', 'сумма', 'к оплате', 'в сумме', 'общая стоимость', 'разом', 'усього', 'gesamt*', 'summe', 'insgesamt', 'soma', 'totale', 'au total',
	'сума', 'підсумок', 'всього', 'загалом', 'до сплати', 'загальна вартість', 'у сумі', 'endbetrag', 'zu zahlen', 'zusammen', 'alles zusammen', 'endsumme',
);

export const PRICE_WORD = wordsSource(
	'cost', 'costs', 'price', 'prices', 'priced at', 'for just', 'precio', 'precios', 'cuesta', 'cuestan', 'vale', 'valen', 'costaría', 'цена', 'цены', 'ценой', 'стоит', 'стоят', 'стоимость', 'стоимостью',
	'total', 'итого', 'сумма', 'всего', 'preis', 'kostet', 'kosten', 'preço', 'custa', 'custam', 'prix', 'coûte', 'prezzo', 'costa', 'costano', 'ціна', 'коштує',
	'ціни', 'ціною', 'коштують', 'вартість', 'вартістю', 'сума', 'всього', 'preise', 'für nur', 'nur noch', 'zum preis von',
);
