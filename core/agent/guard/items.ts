import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { ProposedLine, RequestedUnits, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { hasSignal, type Signal } from '../reading/lexicon.ts';
import { packOf } from '../reading/packs.ts';
import { takeTimesAndPlace } from '../reading/times-and-place.ts';
import { wordsOf, type Word } from '../reading/turn-text.ts';
import type { LeftOut } from './checks.ts';
import { readAsks } from './asks.ts';
import { checkPacks, countsBefore, countsOfName, verifiedRequests } from './packs.ts';
import { checkStock } from './stock.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { numbersIn } from './text/numbers.ts';
import { violation } from './violation.ts';

/** More of one thing than this is a mistake, not an order. */
const MOST_UNITS = 10_000;

export interface ItemsCheck {
	/** Lines that may stay: known items in an available quantity, one line a sku. */
	readonly lines: readonly CartLine[];
	readonly violations: readonly Violation[];
}

/**
 * The items part of rule 10: skus exist, quantities are positive integers that the customer gave (digits or words of the
 * turn, the cart as it was, or a `requested` entry with a verbatim quote), within stock (rule 4) and true to packs (rule 11).
 * `proposed` null leaves the cart as it is.
 */
export function checkItems(facts: AgentFacts, proposed: readonly ProposedLine[] | null, requested: readonly RequestedUnits[], without?: LeftOut): ItemsCheck {
	const wanted = mergeLines(proposed ?? facts.session.cart.map(({ sku, quantity }) => ({ SKU: sku, quantity })));
	const violations: Violation[] = [];
	const lines: CartLine[] = [];
	for (const { SKU, quantity } of wanted) {
		const item = facts.catalog.get(SKU);
		if (item === undefined) {
			if (without !== 'unknown_sku') violations.push(violation('unknown_sku', `There is no item with SKU "${SKU}". Use a SKU of the catalog.`));
		} else if (without !== 'quantity_not_from_customer' && (!Number.isInteger(quantity) || quantity < 1 || quantity > MOST_UNITS)) {
			violations.push(violation('quantity_not_from_customer', `The quantity of SKU "${SKU}" must be a whole number from 1 to ${MOST_UNITS}. Ask the customer how many.`));
		} else lines.push({ item, quantity });
	}
	const stock = without === 'quantity_not_available' ? NOTHING_REFUSED : checkStock(lines);
	const available = lines.filter(({ item }) => !stock.refused.has(item.sku));
	if (proposed === null) return { lines: available, violations: [...violations, ...stock.violations] };
	const requests = verifiedRequests(facts.turn.text, requested, without);
	const packs = without === 'pack_mismatch' ? [] : checkPacks(facts, available, requests.verified);
	const ungrounded = without === 'quantity_not_from_customer' ? [] : available.filter((line) => !isGrounded(facts, line, requests.verified, available));
	violations.push(...stock.violations, ...requests.violations, ...packs);
	if (packs.length === 0) {
		violations.push(...ungrounded.map(({ item, quantity }) => violation('quantity_not_from_customer', `The customer didn't say ${quantity} of SKU "${item.sku}". Ask how many, or name what they said in "requested" with a verbatim quote.`)));
	}
	const kept = packs.length > 0 ? [] : available.filter((line) => !ungrounded.includes(line));
	return { lines: kept, violations };
}

const NOTHING_REFUSED: ReturnType<typeof checkStock> = { refused: new Set(), violations: [] };

function mergeLines(lines: readonly ProposedLine[]): ProposedLine[] {
	const bySku = new Map<string, number>();
	for (const { SKU, quantity } of lines) bySku.set(SKU, (bySku.get(SKU) ?? 0) + quantity);
	return [...bySku].filter(([, quantity]) => quantity !== 0).map(([SKU, quantity]) => ({ SKU, quantity }));
}

/** "One more", "without the other one". */
const CHANGES = ['add', 'remove', 'change'] as const;

/**
 * An item comes into an order because the customer named it, or agrees to what the last answer named, or a quote backs it. Where there is no
 * order yet and the turn names nothing of the catalog, the model may have understood other words for it.
 */
function isKnown(facts: AgentFacts, item: Item, requests: readonly RequestedUnits[]): boolean {
	const { catalog, turn, session, order, history } = facts;
	// "Instead of the old one": what was ordered or talked about before has to be named again.
	const startsAnew = says(facts, 'insteadOf');
	const before = [...session.cart, ...(order !== null && !startsAnew ? order.lines : [])];
	if (requests.length > 0 || (session.focusSku === item.sku && !startsAnew) || before.some(({ sku }) => sku === item.sku)) return true;
	const words = namingWords(turn.text);
	const names = (other: Item): boolean => isNamed(words, other);
	if (names(item)) return true;
	// In other letters or with a slip of the pen: what a search for the word finds.
	if (words.some(({ text }) => catalog.search(text, { limit: NAMED_AT_MOST }).some((hit) => hit.item.sku === item.sku && hit.score >= NAMED_SURELY))) return true;
	if (catalog.items.some(names)) return false;
	const last = history.findLast(({ role }) => role !== 'customer')?.text ?? '';
	const agreed = plain(normaliseText(last)).includes(plain(normaliseText(item.name)));
	return agreed || before.length === 0;
}
const namingWords = (text: string): readonly Word[] => wordsOf(normaliseText(text)).filter(({ text: written, digits }) => digits === null && written.length >= 3).slice(0, MOST_WORDS);

function isNamed(words: readonly Word[], { name }: Item): boolean {
	const own = new Set(wordsOf(name).map(({ key }) => key));
	return words.some(({ key }) => own.has(key));
}

const says = ({ turn: { text } }: AgentFacts, signal: Signal): boolean => hasSignal(signal, text);
const NAMED_AT_MOST = 30;
/** "llamo" is no slip of the pen for "lámpara"; a model that reads one right has to quote it. */
const NAMED_SURELY = 0.65;
const MOST_WORDS = 60;

/** "2 clay mugs": a number right before the item's own words, and none of them is one. */
function saysOtherCount(turnText: string, item: Item): boolean {
	const counts = countsBefore(turnText, item);
	return counts.length > 0 && !counts.includes(1) && packOf(item) === null;
}

/** Nobody counts in code: "{"total_sum": 1}", "<script>alert(1)</script>". */
function withoutMarkup(text: string): string {
	return text.replace(/\{[^{}]*\}/gu, ' ').replace(/<(\w+)[^<>]*>[^<]*<\/\1>|<[^<>]+>/gu, ' ');
}

/** One of something needs no number; more must come from the turn or from what was agreed before. */
function isGrounded(facts: AgentFacts, { item, quantity }: CartLine, requests: readonly RequestedUnits[], lines: readonly CartLine[]): boolean {
	// Neither an hour nor a house counts anything.
	const numbers = numbersIn(plain(normaliseText(withoutMarkup(takeTimesAndPlace(facts).rest))));
	const before = [...facts.session.cart, ...(facts.order?.lines ?? [])].filter(({ sku }) => sku === item.sku).map((line) => line.quantity);
	// "Two more", "one less": counted from what was there, when the customer speaks of a change.
	// "No reminders any more" changes no quantity of what it doesn't name.
	if (readAsks(facts.turn.text).noReminders !== '' && !before.includes(quantity) && !isNamed(namingWords(facts.turn.text), item)) return false;
	const steps = CHANGES.some((signal) => says(facts, signal)) ? [1, ...numbers] : says(facts, 'more') ? [...numbers] : [];
	const isStep = before.some((had) => steps.some((n) => Math.abs(had - quantity) === n));
	// "35 of it" is not the one that was ordered before, and the 6 in "35 Set of 6 bowls" counts nothing.
	if (!isStep && (before.includes(quantity) || packOf(item) !== null) && saysAnotherCount(facts.turn.text, item, quantity, lines)) return false;
	if (isStep || before.includes(quantity)) return isKnown(facts, item, requests);
	if (!isKnown(facts, item, requests)) return false;
	if (quantity === 1 && before.length === 0) return !saysOtherCount(facts.turn.text, item);
	const size = packOf(item)?.size ?? 1;
	const said = [...numbers, ...requests.map(({ count }) => count)];
	return said.some((n) => n === quantity || n === quantity * size || countsAll(n, lines));
}

/** A number right before the item's own words, or before the whole name of a pack, and it counts neither this line nor all lines together. */
function saysAnotherCount(turnText: string, item: Item, quantity: number, lines: readonly CartLine[]): boolean {
	const pack = packOf(item);
	const counts = pack === null ? countsBefore(turnText, item) : countsOfName(turnText, item);
	return counts.length > 0 && !counts.some((n) => n === quantity || n === quantity * (pack?.size ?? 1) || countsAll(n, lines));
}

function countsAll(count: number, lines: readonly CartLine[]): boolean {
	const units = lines.reduce((sum, line) => sum + line.quantity, 0);
	const contents = lines.reduce((sum, line) => sum + line.quantity * (packOf(line.item)?.size ?? 1), 0);
	return count === units || count === contents;
}

/** Everything that a cart's lines need a place for; online services need none. */
export function needsPlace(item: Item): boolean {
	return !item.online;
}
