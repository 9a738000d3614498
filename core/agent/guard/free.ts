import type { Catalog } from '../../catalog/catalog.ts';
import type { Item } from '../../catalog/item.ts';
import { priceCart } from '../../orders/price.ts';
import { generalDelivery, nameIndexOf, type Draft, type Rule, type Sentence } from './draft.ts';
import { statedBy } from './item-facts.ts';
import { readable } from './sentences.ts';
import { DELIVERY, FREE_IDIOM, FREE_WORD, isNegated, words } from './text/lexicon.ts';
import { hintsIn } from './text/mentions.ts';
import { numbersIn } from './text/numbers.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

const THRESHOLD = words('from', 'over', 'above', 'starting', 'orders of', 'reach*', 'more than', 'at least', 'if', 'when', 'once', 'minimum', 'desde', 'a partir', 'superior*', 'más de', 'cuando', 'si', 'от', 'свыше', 'выше', 'более', 'если', 'при', 'когда', 'ab', 'über', 'wenn', 'bei', 'від', 'acima', 'quando', 'dès', 'понад', 'більше', 'вище', 'якщо', 'коли', 'при', 'за умови', 'mehr als', 'sobald', 'mindestens', 'erreich*', 'mit');
/** Delivery called free without that word. */
const NO_FEE = words(
	'delivery is on us', 'delivery on us', 'shipping is on us', 'no delivery fee*', 'no delivery charge*', 'no delivery cost*', 'no shipping fee*', 'no shipping cost*', 'no travel fee*', 'without delivery fee*', 'without a delivery fee', 'don\'t pay for delivery', 'won\'t pay for delivery', 'no charge for delivery', 'delivery costs nothing', 'not charge you for delivery', 'not charge for delivery', 'won\'t charge you for delivery', 'won\'t charge for delivery', 'don\'t charge for delivery', 'not charge you for shipping', 'delivery is my treat', 'delivery is included', 'delivery included',
	'envío corre por nuestra cuenta', 'entrega corre por nuestra cuenta', 'envío por nuestra cuenta', 'sin gastos de envío', 'no te cobraremos el envío', 'no te cobramos el envío', 'no te cobro el envío', 'no le cobraremos el envío', 'no cobramos el envío', 'no cobramos envío', 'el envío te lo regal*', 'envío de regalo', 'sin coste de envío', 'no pagas el envío', 'no pagas envío', 'no paga el envío', 'envío incluido', 'entrega incluida',
	'доставка за наш счет', 'доставка за мой счет', 'доставка с нас', 'доставку дарим', 'не возьмем за доставку', 'не берем за доставку', 'за доставку не возьмем', 'за доставку платить не нужно', 'доставку берем на себя', 'доставка в подарок', 'доставка включена', 'не платите за доставку', 'без платы за доставку', 'доставка ничего не стоит', 'lieferung ist inklusive', 'keine liefergebühr', 'keine versandkosten', 'sem custo de entrega', 'sem taxa de entrega',
	'доставка за наш рахунок', 'доставка за мій рахунок', 'доставка з нас', 'доставку даруємо', 'не візьмемо за доставку', 'не беремо за доставку', 'за доставку не візьмемо', 'за доставку платити не потрібно', 'доставку беремо на себе', 'доставка в подарунок', 'доставка у подарунок', 'доставка включена', 'не платите за доставку', 'без плати за доставку', 'доставка нічого не коштує', 'lieferung geht auf uns', 'lieferung geht aufs haus', 'lieferung übernehmen wir', 'versand geht auf uns', 'lieferung inklusive', 'lieferung ist inbegriffen', 'versand inklusive', 'ohne lieferkosten', 'ohne versandkosten', 'ohne liefergebühr', 'keine lieferkosten', 'keine lieferkosten', 'für die lieferung nichts', 'lieferung kostet nichts', 'lieferung schenken wir', 'versandkostenfrei*',
);

/** Rules 1 and 3: only what costs nothing is called free: an item with price 0, delivery that the formula makes free. */
export const freeRule: Rule = ({ catalog }, draft) =>
	draft.answer.sentences.flatMap((sentence) => {
		if (!FREE_WORD.test(sentence.claims.text.replace(FREE_IDIOM, ' ')) && !NO_FEE.test(sentence.claims.text)) return [];
		// "A — 60 €, a card — free": what the words before name is what they are said of.
		let said: readonly Item[] = [];
		const wrong = statementsOf(sentence.claims.text).filter((statement) => {
			const here = [...sentence.mentions.filter(({ mark }) => statement.includes(mark)).flatMap(({ items }) => items), ...hintsIn(statement, nameIndexOf(catalog))];
			said = here.length > 0 ? here : said;
			return !holds(statement, sentence, draft, said, catalog);
		});
		return wrong.slice(0, 1).map(() => violation('free_not_in_facts', `"${readable(sentence)}": nothing that this is said of is free. Say the price or fee of the catalog instead.`));
	});

function holds(statement: string, sentence: Sentence, draft: Draft, said: readonly Item[], catalog: Catalog): boolean {
	const told = statement.replace(FREE_IDIOM, ' ');
	const noFee = NO_FEE.test(told);
	if (!noFee && (!FREE_WORD.test(told) || isNegated(told))) return true;
	const inSentence = sentence.mentions.flatMap(({ items }) => items);
	const scope = [said, inSentence].find((items) => items.length > 0) ?? draft.answer.subjects;
	const freeFrom = inSentence.length === 0 && DELIVERY.test(sentence.claims.text) && THRESHOLD.test(sentence.claims.text) ? (generalDelivery(catalog)?.freeFromCents ?? null) : null;
	if (freeFrom !== null && sentence.claims.money.some(({ cents }) => cents.includes(freeFrom))) return true;
	if (noFee) return deliveryIsFree(statement, sentence, draft, scope);
	if (scope.some((item) => statedBy(item, draft.asks, FREE_WORD, told))) return true;
	if (!DELIVERY.test(told)) return isFree(scope, scope === draft.answer.subjects, draft) || deliveryNamed(sentence, statement, draft, scope);
	return deliveryIsFree(statement, sentence, draft, scope);
}

/** `unnamed`: nothing is named, so that an order which costs nothing may be meant. */
function isFree(scope: readonly Item[], unnamed: boolean, { order }: Draft): boolean {
	return scope.some(({ priceCents }) => priceCents === 0) || (unnamed && order.lines.length > 0 && order.price.totalCents === 0);
}

/** "Delivery costs 7 €, free from 100 €": the second half still speaks of delivery. */
function deliveryNamed(sentence: Sentence, statement: string, draft: Draft, scope: readonly Item[]): boolean {
	return DELIVERY.test(sentence.claims.text) && deliveryIsFree(statement, sentence, draft, scope);
}

function deliveryIsFree(statement: string, sentence: Sentence, { order, answer }: Draft, scope: readonly Item[]): boolean {
	const amounts = new Set(sentence.claims.money.flatMap(({ cents }) => cents));
	const remaining = answer.subjects.map(({ freeDeliveryFromCents }) => (freeDeliveryFromCents ?? 0) - order.price.productsCents);
	if (remaining.some((cents) => cents > 0 && amounts.has(cents))) return true;
	const conditional = THRESHOLD.test(statement) || THRESHOLD.test(sentence.claims.text);
	if (conditional && [...scope, ...answer.subjects].some(({ freeDeliveryFromCents }) => freeDeliveryFromCents !== null && amounts.has(freeDeliveryFromCents))) return true;
	if (order.lines.length > 0 && order.price.deliveryCents === 0) return true;
	// "With two of them delivery is free"
	const quantities = [...numbersIn(sentence.claims.text)].filter((value) => Number.isInteger(value) && value > 0 && value <= 1000);
	if (scope.some((item) => quantities.some((quantity) => priceCart([{ item, quantity }]).freeDelivery === true))) return true;
	const owners = scope.filter(({ kind }) => kind === 'product').length > 0 ? scope.filter(({ kind }) => kind === 'product') : scope;
	return owners.length > 0 && owners.every(({ deliveryCents }) => deliveryCents === 0);
}
