import type { Catalog } from '../../catalog/catalog.ts';
import type { Item } from '../../catalog/item.ts';
import { priceCart, type CartLine, type CartPrice } from '../../orders/price.ts';
import type { AgentFacts } from '../facts.ts';
import { generalDelivery, nameIndexOf, type Draft, type Rule, type Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable } from './sentences.ts';
import { CONDITION, DELIVERY, FREE_WORD, TOTAL_WORD, words, wordsSource } from './text/lexicon.ts';
import { hintsIn } from './text/mentions.ts';
import type { MoneyAmount } from './text/money.ts';
import { numbersIn } from './text/numbers.ts';
import { moneyIn } from './text/money.ts';
import { rememberedFor } from '../../remembered.ts';
import { violation } from './violation.ts';

/**
 * Rule 1 and 2 for money: every amount of an answer is a price, a fee, a threshold or a computed sum **of what it is said
 * of**: of the item named beside it, else of the items that the answer can be about. Rule 3: never an amount of zero.
 */
export const priceRule: Rule = (facts, draft) => {
	const known = knownSums(facts, draft);
	return draft.answer.sentences.flatMap((sentence) => {
		const wrong = wrongAmounts(facts, draft, sentence, known);
		return wrong.map(({ amount, role }) => {
			if (amount.cents.includes(0)) return violation('zero_price_told', `"${amount.written}": what costs nothing is called free, never an amount of zero.`);
			const hint = role === 'total' ? 'the sum of the order is computed by code; leave it out or repeat the computed one' : 'take the amount from the catalog and name the item beside it';
			return violation(role === 'total' ? 'sum_mismatch' : 'price_not_in_facts', `"${amount.written}" in "${readable(sentence)}" doesn't match what it is said of: ${hint}.`);
		});
	});
};

type Role = 'total' | 'delivery' | 'item' | 'any';
interface Wrong {
	readonly amount: MoneyAmount;
	readonly role: Role;
}

/** Sums that hold for the whole answer. */
interface KnownSums {
	readonly products: ReadonlySet<number>;
	readonly delivery: ReadonlySet<number>;
	readonly totals: ReadonlySet<number>;
	readonly turnNumbers: ReadonlySet<number>;
	readonly budget: ReadonlySet<number>;
	readonly extremes: () => ReadonlySet<number>;
	/** Everything that the answer names, bought together. */
	readonly together: CartPrice;
}

const FROM = words('from', 'starting', 'starts', 'start', 'as low as', 'up to', 'between', 'range', 'ranges', 'desde', 'hasta', 'entre', 'a partir', 'от', 'до', 'начиная', 'ab', 'bis', 'zwischen', 'від', 'de', 'a partir de', 'до', 'починаючи', 'між', 'beginnt', 'beginnen', 'von', 'zwischen');
const LIMIT = new RegExp(`${wordsSource('up to', 'under', 'below', 'within', 'budget', 'less than', 'cheaper than', 'no more than', 'hasta', 'menos de', 'presupuesto', 'por debajo', 'до', 'бюджет*', 'в пределах', 'дешевле', 'не дороже', 'bis', 'unter', 'até', 'orçamento', 'бюджет*', 'у межах', 'в межах', 'дешевше', 'не дорожче', 'до', 'weniger als', 'höchstens', 'budget', 'günstiger als', 'bis zu')}[^\\p{L}]*(?:(?:of|de|в|a)\\s+)?$`, 'u');
const SUM_OF_GOODS = words('product*', 'item*', 'goods', 'subtotal', 'productos', 'artículos', 'товар*', 'позици*', 'без доставки', 'without delivery', 'excluding delivery', 'before delivery', 'plus delivery', 'sin envío', 'waren', 'ohne lieferung', 'produtos', 'services', 'servicios', 'услуг*', 'позиці*', 'послуг*', 'без доставки', 'produkte', 'artikel', 'leistungen', 'zwischensumme', 'ohne versand', 'zuzüglich lieferung');
const WITH_DELIVERY = words('with delivery', 'including delivery', 'incl delivery', 'delivered', 'con envío', 'con entrega', 'envío incluido', 'с доставкой', 'включая доставку', 'mit lieferung', 'inklusive lieferung', 'com entrega', 'in total', 'total', 'итого', 'всего', 'en total', 'з доставкою', 'із доставкою', 'разом із доставкою', 'включно з доставкою', 'разом', 'всього', 'mit versand', 'inkl lieferung', 'inklusive versand', 'gesamt', 'insgesamt', 'zusammen');

function wrongAmounts(facts: AgentFacts, draft: Draft, sentence: Sentence, known: KnownSums): Wrong[] {
	const { claims, mentions } = sentence;
	const amounts = claims.money.map((amount) => ({ amount, role: roleOf(sentence, amount) }));
	const byMention = ownerReadings(sentence);
	const readings = [...byMention, hintedOwners(facts, sentence, byMention[0] ?? [])].map((owners) =>
		amounts.flatMap(({ amount, role }, index): Wrong[] => {
			// "Under 10 € we have …": the customer's limit stands before what fits it.
			const isLimit = !mentions.some(({ at }) => at < amount.at) && LIMIT.test(claims.text.slice(0, amount.at));
			if (isLimit && matches(facts, amount, known.budget)) return [];
			const allowed = allowedCents(facts, draft, sentence, owners[index] ?? null, role, known);
			return matches(facts, amount, allowed) ? [] : [{ amount, role }];
		}),
	);
	return readings.reduce((best, reading) => (reading.length < best.length ? reading : best), readings[0] ?? []);
}

/** "A — 5, B — 7", "5 for A and 7 for B", "A and B cost 5 and 7": which item an amount belongs to, in each reading. */
function ownerReadings({ claims, mentions }: Sentence): (readonly Item[] | null)[][] {
	const before = claims.money.map(({ at }) => (mentions.findLast((mention) => mention.at < at) ?? mentions[0])?.items ?? null);
	const after = claims.money.map(({ at }) => (mentions.find((mention) => mention.at > at) ?? mentions.at(-1))?.items ?? null);
	const inOrder = claims.money.map((_, index) => mentions[index]?.items ?? null);
	return claims.money.length === mentions.length ? [before, after, inOrder] : [before, after];
}

/** A place in the clause may be a hint too. */
const MOST_HINTED = 2;

/** "Yoga at 35 €, then whale watching at 65 €": a part of a name that only one item has, right before the amount. */
function hintedOwners({ catalog }: AgentFacts, { claims }: Sentence, otherwise: readonly (readonly Item[] | null)[]): (readonly Item[] | null)[] {
	return claims.money.map(({ at }, index) => {
		const before = labelBefore(claims.text, at);
		const hinted = /[\ue000-\uf8ff]/u.test(before) ? [] : hintsIn(before, nameIndexOf(catalog));
		return hinted.length > 0 && hinted.length <= MOST_HINTED ? hinted : (otherwise[index] ?? null);
	});
}

function roleOf({ claims: { text } }: Sentence, { at, end }: MoneyAmount): Role {
	// "7,50 € for delivery"
	if (DELIVERY_AFTER.test(text.slice(end, end + 40))) return 'delivery';
	const prefix = labelBefore(text, at);
	const marks: readonly (readonly [Role, number])[] = [
		['delivery', lastMatch(EVERY_DELIVERY, prefix)],
		['total', lastMatch(EVERY_TOTAL, prefix)],
		['item', lastMatch(/[\ue000-\uf8ff]/gu, prefix)],
	];
	const [role, position] = marks.reduce((best, mark) => (mark[1] > best[1] ? mark : best));
	return position === -1 ? 'any' : role;
}

const EVERY_DELIVERY = new RegExp(DELIVERY.source, 'gu');
const EVERY_TOTAL = new RegExp(TOTAL_WORD.source, 'gu');
const DELIVERY_AFTER = new RegExp(`^\\s*(?:for|of|de|del|por|para|за|для|für|die|der|the|la|el|extra)?\\s*(?:the|la|el)?\\s*${DELIVERY.source}`, 'u');
const BREAK = /,(?!\d)|;|[()]|(?<![\p{L}\p{N}])(?:and|but|plus|y|pero|и|но|а|і|й|та|але|und|aber|e|mas|et|mais)(?![\p{L}\p{N}])/gu;

/** What is said right before an amount: its clause, or the clause before when its own has no words ("Delivery, 7 €"). */
function labelBefore(text: string, at: number): string {
	let start = 0;
	let previous = 0;
	for (const { index, 0: written } of text.slice(0, at).matchAll(BREAK)) {
		previous = start;
		start = index + written.length;
	}
	const own = text.slice(start, at);
	return /[\p{L}\ue000-\uf8ff]/u.test(own) ? own : text.slice(previous, at);
}

function lastMatch(pattern: RegExp, text: string): number {
	return [...text.matchAll(pattern)].at(-1)?.index ?? -1;
}

function allowedCents({ catalog }: AgentFacts, draft: Draft, sentence: Sentence, owners: readonly Item[] | null, role: Role, known: KnownSums): ReadonlySet<number> {
	const scope = owners ?? draft.answer.subjects;
	const quantities = quantitiesOf(draft, sentence, known);
	const allowed = new Set<number>();
	const add = (values: Iterable<number>): void => {
		for (const value of values) allowed.add(value);
	};
	// "2 × A and B": what the sentence names, bought together, and what the answer does.
	const together = [priceCart(linesNamed(sentence)), known.together];
	const supposed = [...scope.slice(0, 8).flatMap((item) => quantities.map((quantity) => priceCart([{ item, quantity }]))), ...together];
	const saysFree = FREE_WORD.test(sentence.claims.text);
	const ofItems = role === 'item' || role === 'any';
	if (ofItems) {
		for (const item of scope) {
			add(quantities.map((quantity) => item.priceCents * quantity));
			add(itemFacts(item, draft.asks).cents);
		}
		add(known.products);
		add(together.map(({ productsCents }) => productsCents));
	}
	if (role === 'any' || role === 'delivery') {
		add(scope.map(({ deliveryCents }) => deliveryCents));
		add(known.delivery);
		add(supposed.map(({ deliveryCents }) => deliveryCents));
	}
	if (role !== 'item' || saysFree || CONDITION.test(sentence.claims.text)) {
		const thresholds = scope.flatMap(({ freeDeliveryFromCents }) => freeDeliveryFromCents ?? []);
		if (role !== 'total') add(thresholds);
		if (role !== 'total') add(thresholds.flatMap((threshold) => [...known.products].map((sum) => threshold - sum)));
	}
	if (role !== 'item' || WITH_DELIVERY.test(sentence.claims.text)) {
		add(known.totals);
		if (draft.order.lines.length === 0 || role !== 'total') add(supposed.map(({ totalCents }) => totalCents));
	}
	if (role === 'total' && SUM_OF_GOODS.test(sentence.claims.text)) add([...known.products, ...supposed.map(({ productsCents }) => productsCents)]);
	if (owners === null && role !== 'total') {
		if (FROM.test(sentence.claims.text)) add(known.extremes());
	}
	const general = owners === null && role !== 'total' && DELIVERY.test(sentence.claims.text) ? generalDelivery(catalog) : null;
	if (general !== null) add([general.cents, general.freeFromCents ?? 0]);
	allowed.delete(0);
	return allowed;
}

function quantitiesOf({ order }: Draft, { claims }: Sentence, known: KnownSums): number[] {
	const said = [...numbersIn(claims.text), ...known.turnNumbers, ...order.lines.map(({ quantity }) => quantity)];
	return [...new Set([1, ...said.filter((value) => Number.isInteger(value) && value > 0 && value <= 1000)])].slice(0, 24);
}

function matches({ company }: AgentFacts, amount: MoneyAmount, allowed: ReadonlySet<number>): boolean {
	const ours = amount.currencies === null || amount.currencies.includes(company.currency.toLowerCase());
	return ours && amount.cents.some((cents) => allowed.has(cents));
}

function knownSums(facts: AgentFacts, { order, turn, answer }: Draft): KnownSums {
	const sessionLines = facts.session.cart.flatMap(({ sku, quantity }): CartLine[] => {
		const item = facts.catalog.get(sku);
		return item === undefined ? [] : [{ item, quantity }];
	});
	const carts = [order.price, ...(order.lines.length === 0 ? [priceCart(sessionLines)] : [])];
	const lines = [...order.lines, ...sessionLines].map(({ item, quantity }) => item.priceCents * quantity);
	const orderTotal = facts.order === null ? [] : [facts.order.totalCents];
	return {
		products: new Set([...carts.map(({ productsCents }) => productsCents), ...lines, ...orderTotal]),
		delivery: new Set(carts.map(({ deliveryCents }) => deliveryCents)),
		totals: new Set([...carts.map(({ totalCents }) => totalCents), ...orderTotal]),
		turnNumbers: numbersIn(turn),
		budget: new Set([...moneyIn(turn).flatMap(({ cents }) => cents), ...[...numbersIn(turn)].map((value) => value * 100)]),
		extremes: () => priceRange(facts.catalog),
		together: priceCart(answer.sentences.flatMap(linesNamed)),
	};
}

function linesNamed({ claims: { text, numbers }, mentions }: Sentence): CartLine[] {
	return mentions.flatMap(({ items: [item, ...others], at }) => {
		if (item === undefined || others.length > 0) return [];
		const before = numbers.findLast((number) => number.at < at && /^[\d\s×x*]*$/u.test(text.slice(number.at, at)));
		const quantity = before?.values[0] ?? 1;
		return [{ item, quantity: Number.isInteger(quantity) && quantity > 0 ? quantity : 1 }];
	});
}

/** The lowest and highest price of the catalog and of every category: "from 4 € to 60 €". */
const priceRange = rememberedFor(({ items }: Catalog): ReadonlySet<number> => {
	const ranges = new Map<string, { low: number; high: number }>();
	for (const { category, priceCents } of items.filter((item) => item.priceCents > 0)) {
		for (const group of ['', category]) {
			const range = ranges.get(group) ?? { low: priceCents, high: priceCents };
			ranges.set(group, { low: Math.min(range.low, priceCents), high: Math.max(range.high, priceCents) });
		}
	}
	return new Set([...ranges.values()].flatMap(({ low, high }) => [low, high]));
});
