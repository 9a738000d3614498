import { needsAddress, type ChosenSlot } from '../../booking/schedule.ts';
import { servesCity } from '../../catalog/city.ts';
import type { Item } from '../../catalog/item.ts';
import { priceCart } from '../../orders/price.ts';
import type { MissingDetail } from '../phrases/index.ts';
import { citiesForAll } from './answers.ts';
import type { Draft } from './draft.ts';
import { kindOf, lineText, money } from './draft.ts';
import { askForSlot, missingTimeAndPlace, whenText } from './times.ts';

const MOST_CITIES_IN_QUESTION = 5;

/** What the order still needs (rule 10). A city is never asked for when everything is online (rule 8). */
export function missingDetails(draft: Draft): readonly MissingDetail[] {
	const missing: MissingDetail[] = [];
	if (draft.quantityFor !== null) missing.push('quantity');
	if (draft.city === '' && orderedItems(draft).some(({ online }) => !online)) missing.push('city');
	if (draft.name === '') missing.push('name');
	if (draft.phone === '') missing.push('phone');
	return [...missing, ...missingTimeAndPlace(draft)];
}

/** One compact question for everything that is missing. */
export function askFor(draft: Draft, missing: readonly MissingDetail[]): string {
	const items = orderedItems(draft);
	const cities = citiesForAll(draft, items);
	const asked = missing.filter((detail) => detail !== 'slot');
	const question = asked.length === 0 ? '' : draft.phrases.missing(asked, {
		kind: kindOf(draft, items),
		item: draft.quantityFor?.name ?? '',
		cities: cities.length > 0 && cities.length <= MOST_CITIES_IN_QUESTION ? cities.join(', ') : '',
	});
	return [question, missing.includes('slot') ? askForSlot(draft) : ''].filter((part) => part !== '').join('\n\n');
}

function orderedItems(draft: Draft): readonly Item[] {
	const items = draft.cart.map(({ item }) => item);
	return draft.quantityFor === null ? items : [...items, draft.quantityFor];
}

/** Items of the cart that the chosen city doesn't have. */
export function notServedInCart(draft: Draft): readonly Item[] {
	if (draft.city === '') return [];
	return draft.cart.map(({ item }) => item).filter((item) => !servesCity(item, draft.city));
}

/** The lines of the order with delivery and total, each amount 0 said as free. */
export function cartText(draft: Draft): string {
	const { phrases, cart } = draft;
	const price = priceCart(cart);
	const kind = kindOf(draft, cart.map(({ item }) => item));
	const lines = cart.map((line) => `• ${lineText(draft, { ...line })}`);
	const hasDelivery = price.freeDelivery !== null;
	if (hasDelivery && price.productsCents > 0 && cart.length > 1) lines.push(phrases.cartProducts[kind](money(draft, price.productsCents)));
	if (hasDelivery) lines.push(price.deliveryCents === 0 ? phrases.cartDeliveryFree[kind] : phrases.cartDelivery[kind](money(draft, price.deliveryCents)));
	if (price.totalCents > 0) lines.push(phrases.cartTotal(money(draft, price.totalCents)));
	if (draft.city !== '' && cart.some(({ item }) => !item.online)) lines.push(phrases.cartCity(draft.city));
	if (draft.facts.schedule !== null && draft.address !== '' && needsAddress(cart, draft.facts.schedule)) lines.push(phrases.cartAddress(draft.address));
	for (const slot of draft.slots) lines.push(whenLine(draft, slot));
	return lines.join('\n');
}

/** "When: Mon 30 Nov, 10:00", with the service's name where there are several. */
function whenLine(draft: Draft, slot: ChosenSlot): string {
	const when = whenText(draft, slot);
	if (slot.kind === 'delivery') return draft.phrases.cartDelivered(when);
	const several = draft.slots.filter(({ kind }) => kind === 'appointment').length > 1;
	return draft.phrases.cartWhen(several ? `${draft.facts.catalog.get(slot.sku)?.name ?? ''} — ${when}` : when);
}

/** The order in words, for the operator and the courier. */
export function orderDescription(draft: Draft): string {
	return draft.cart.map(({ item, quantity }) => `${quantity} × ${item.name}`).join('; ');
}

export type CommitOutcome =
	/** Something to pay, and a link may follow. */
	| 'payment_link'
	/** Nothing to pay. */
	| 'free'
	/** Something to pay that no link may be sent for (rule 12, or the company can't take charges). */
	| 'team_arranges';

export function commitOutcome(draft: Draft): CommitOutcome {
	if (priceCart(draft.cart).totalCents === 0) return 'free';
	const paid = draft.cart.filter(({ item }) => item.priceCents > 0);
	const reminded = paid.length === 0 || paid.some(({ item }) => item.paymentReminderHours !== null);
	return reminded && draft.facts.company.paymentReady ? 'payment_link' : 'team_arranges';
}

/** The answer that closes the order. The payment link itself is appended by the backend. */
export function commitText(draft: Draft, outcome: CommitOutcome): string {
	const { phrases } = draft;
	const ending = { payment_link: phrases.linkFollows, free: phrases.nothingToPay, team_arranges: phrases.teamArrangesPayment }[outcome];
	return `${phrases.committed(draft.name)}\n${cartText(draft)}\n\n${ending}`;
}
