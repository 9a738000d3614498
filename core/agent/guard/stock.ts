import type { CartLine } from '../../orders/price.ts';
import type { Violation } from '../decision.ts';
import type { Rule } from './draft.ts';
import { isNegated, words } from './text/lexicon.ts';
import { withDigits } from './text/numbers.ts';
import { statementsOf } from './text/segments.ts';
import { unknownGoods } from './unknown-goods.ts';
import { violation } from './violation.ts';

/** Rule 4: a quantity above what there is is refused without saying how many there are. */
export function checkStock(lines: readonly CartLine[]): { readonly refused: ReadonlySet<string>; readonly violations: readonly Violation[] } {
	const refused = lines.filter(({ item, quantity }) => item.stock !== null && quantity > item.stock);
	return {
		refused: new Set(refused.map(({ item }) => item.sku)),
		violations: refused.map(({ item }) =>
			violation('quantity_not_available', `"${item.name}" (SKU ${item.sku}) is not available in that quantity. Say so without naming how many there are, and ask how many instead.`),
		),
	};
}

const STOCK_TALK = words(
	'# left', '# remaining', '# in stock', '# units available', '# places available', '# spots available', '# seats available', '# slots available', '# pieces available', '# places left', '# slots left', '# spots left', '# seats left', '# units left', '# pieces left', '# more in stock', '# in our warehouse',
	'few left', 'few remaining', 'few places left', 'few spots left', 'few slots left', 'couple left', 'last one*', 'last few', 'last piece*', 'last unit*', 'last place*', 'last spot*', 'running out', 'running low', 'selling out', 'almost sold out', 'nearly sold out', 'almost gone', 'low stock', 'low in stock', 'low on stock', 'limited stock', 'plenty in stock', 'plenty of stock', 'plenty left', 'lots in stock', 'enough in stock', 'many in stock', 'stock is limited', 'stock of #', 'we have more than #', 'we have less than #', 'we have fewer than #', 'maximum of # available', 'at most # available',
	'quedan #', 'quedan solo', 'solo quedan', 'sólo quedan', 'queda #', 'solo queda', 'quedan poc*', 'quedan muy poc*', 'últim* unidad*', 'últim* plaza*', 'últim* hueco*', '# en stock', '# unidades disponibles', '# plazas disponibles', '# plazas libres', '# disponibles', 'poc* unidades', 'pocas plazas', 'casi agotad*', 'se está* agotando', 'muchas unidades', 'suficiente stock', 'stock limitado',
	'осталось #', 'осталось всего', 'осталось только #', 'остался #', 'остался всего', 'осталась #', 'осталось мало', 'осталось немного', 'осталось совсем', 'остались последн*', 'последн* шт*', 'последн* экземпляр*', 'последн* мест*', '# в наличии', 'в наличии #', 'в наличии ещё #', 'в наличии всего', 'в наличии только #', 'в наличии много', 'в наличии достаточно', 'на складе #', '# на складе', '# свободн* мест*', 'свободн* мест* #', 'мало мест', 'заканчива*', 'почти закончил*', 'залишилось #',
	'noch # verfügbar', 'noch # übrig', '# auf lager', 'nur noch #', 'nur noch wenige*', 'nur noch ein paar', 'nur noch eins', 'nur noch ein stück', 'letzten stücke', 'letzte plätze', 'restam #', 'só restam', 'últimas unidades', '# em estoque', '# em stock', 'plus que #', 'il reste #', 'rimangono #', 'ultimi pezzi', 'ne restano #',
	'залишилося #', 'залишилось #', 'лишилося #', 'залишилося всього', 'залишилось всього', 'залишилося лише', 'залишилося тільки', 'залишилося мало', 'залишилося кілька', 'залишився #', 'залишилася #', 'залишилися останн*', 'останн* шт*', 'останн* екземпляр*', 'останн* місц*', '# в наявності', '# у наявності', 'в наявності #', 'у наявності #', 'в наявності ще #', 'в наявності багато', 'у наявності багато', 'в наявності достатньо', 'на складі #', '# на складі', '# вільн* місц*', 'вільн* місц* #', 'мало місць', 'закінчу*', 'майже закінчил*', 'майже розпродан*', '# шт* в наявності', '# verfügbar', '# vorrätig', '# übrig', '# im lager', '# in unserem lager', 'noch # stück', 'noch # plätze', 'noch # da', '# freie plätze', '# plätze frei', 'wenige übrig', 'wenige stück', 'wenige plätze', 'letzte stück*', 'letzten stück*', 'letztes stück', 'letzten plätze*', 'fast ausverkauft', 'fast vergriffen', 'geht zur neige', 'gehen zur neige', 'begrenzter vorrat', 'begrenzte stückzahl', 'genug auf lager', 'viele auf lager', 'ausreichend auf lager', 'reichlich auf lager', 'nur # da', 'haben noch #',
);
/** The same with the goods' own words between: "a few pieces of the rug are left". */
const LEFT_OF_IT = new RegExp(
	[
		String.raw`(?<!\p{L})(?:few|couple|handful|plenty|lots|loads|hardly any|dozens|hundreds)(?!\p{L})[^.!?\n]{0,60}(?<!\p{L})(?:left|remaining|remain|in stock|in the warehouse)(?!\p{L})`,
		String.raw`(?<!\p{L})quedan?(?!\p{L})[^.!?\n]{0,40}(?<!\p{L})(?:poc[oa]s|much[oa]s|algun[oa]s|varios|varias|unidades|existencias|de sobra)(?!\p{L})`,
		String.raw`(?<!\p{L})остал(?:ось|ся|ась|ись)(?!\p{L})[^.!?\n]{0,40}(?<!\p{L})(?:мало|немного|несколько|пара|много|полно|штук|единиц)(?!\p{L})`,
		String.raw`(?<!\p{L})залиши(?:лося|лось|вся|лася|лися)(?!\p{L})[^.!?\n]{0,40}(?<!\p{L})(?:мало|небагато|кілька|декілька|пара|багато|повно|штук|одиниць)(?!\p{L})`,
		String.raw`(?<!\p{L})(?:wenige|ein paar|einige|viele|genug|reichlich|jede menge)(?!\p{L})[^.!?\n]{0,60}(?<!\p{L})(?:übrig|ubrig|auf lager|im lager|vorrätig|vorratig)(?!\p{L})`,
	].join('|'),
	'u',
);
/** "We have only 5" tells stock; "we have only two teas" counts the list. */
const ONLY_COUNT = words(
	'we have only #', 'only have #', 'have only #', 'we only have #', 'solo tenemos #', 'tenemos solo #', 'есть только #', 'у нас только #', 'у нас всего #', 'є тільки #', 'є лише #', 'у нас тільки #', 'у нас лише #', 'у нас всього #', 'haben nur #', 'wir haben nur #',
);
const MORE_THAN_STOCK = words('more than we have', 'exceeds our stock', 'exceeds the stock', 'exceeds what we have', 'más de lo que tenemos', 'больше, чем есть', 'больше чем есть', 'столько нет', 'у нас меньше', 'we have less', 'we have fewer', 'tenemos menos', 'більше, ніж є', 'більше ніж є', 'більше, ніж у нас', 'стільки немає', 'у нас менше', 'mehr als wir haben', 'mehr, als wir haben', 'übersteigt unseren vorrat', 'wir haben weniger', 'so viele haben wir nicht');

/** Rule 4: stock and free slots are never told, not even as more or less. */
export const stockRule: Rule = (_facts, { answer }) =>
	answer.sentences
		.filter(({ claims: { text } }) => STOCK_TALK.test(withDigits(text)) || LEFT_OF_IT.test(text) || ONLY_COUNT.test(text) || MORE_THAN_STOCK.test(text))
		.slice(0, 1)
		.map(({ prose }) => violation('stock_disclosed', `How much is left is internal: take out "${prose.trim()}". Say only whether the item is available.`));

const AVAILABLE = words('available', 'in stock', 'disponible*', 'en stock', 'hay existencias', 'в наличии', 'доступен', 'доступна', 'доступно', 'доступны', 'есть в продаже', 'verfügbar', 'auf lager', 'disponível', 'disponíveis', 'em estoque', 'є в наявності', 'в наявності', 'у наявності', 'доступний', 'доступна', 'доступне', 'доступні', 'є у продажу', 'vorrätig', 'lieferbar', 'erhältlich', 'zu haben');

/** Rule 1: an item that is sold out is not called available, nor is what the catalog doesn't have. */
export const availabilityRule: Rule = (facts, draft) => [
	...draft.answer.sentences.flatMap((sentence) =>
		statementsOf(sentence.claims.text).flatMap((statement) => {
			if (sentence.question || !AVAILABLE.test(statement) || isNegated(statement)) return [];
			const soldOut = sentence.mentions.filter(({ items, mark }) => statement.includes(mark) && items.every(({ stock }) => stock === 0));
			return soldOut.map(({ written }) => violation('availability_not_in_facts', `"${written}" is not available at the moment: don't say that it is.`));
		}),
	),
	...unknownGoods(facts, draft),
];
