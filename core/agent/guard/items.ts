import type { Item } from '../../catalog/item.ts';
import type { CartLine } from '../../orders/price.ts';
import type { ProposedLine, RequestedUnits, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { packOf } from '../reading/packs.ts';
import type { LeftOut } from './checks.ts';
import { checkPacks, countsBefore, verifiedRequests } from './packs.ts';
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

/** "2 clay mugs": a number right before the item's own words, and none of them is one. */
function saysOtherCount(turnText: string, item: Item): boolean {
	const counts = countsBefore(turnText, item);
	return counts.length > 0 && !counts.includes(1) && packOf(item) === null;
}

/** One of something needs no number; more must come from the turn or from what was agreed before. */
function isGrounded(facts: AgentFacts, { item, quantity }: CartLine, requests: readonly RequestedUnits[], lines: readonly CartLine[]): boolean {
	const numbers = numbersIn(plain(normaliseText(facts.turn.text)));
	const before = [...facts.session.cart, ...(facts.order?.lines ?? [])].filter(({ sku }) => sku === item.sku).map((line) => line.quantity);
	if (before.some((had) => had === quantity || had + 1 === quantity || had - 1 === quantity || [...numbers].some((n) => had + n === quantity || had - n === quantity))) return true;
	if (quantity === 1) return !saysOtherCount(facts.turn.text, item);
	const size = packOf(item)?.size ?? 1;
	const said = [...numbers, ...requests.map(({ count }) => count)];
	const allUnits = lines.reduce((sum, line) => sum + line.quantity, 0);
	const allContents = lines.reduce((sum, line) => sum + line.quantity * (packOf(line.item)?.size ?? 1), 0);
	return said.some((n) => n === quantity || n === quantity * size || n === allUnits || n === allContents);
}

/** Everything that a cart's lines need a place for; online services need none. */
export function needsPlace(item: Item): boolean {
	return !item.online;
}
