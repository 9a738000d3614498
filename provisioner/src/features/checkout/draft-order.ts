import type { Decision } from '../../../../core/agent/decision.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { priceCart } from '../../../../core/orders/price.ts';
import type { CartLine } from '../../../../core/orders/price.ts';
import type { OrderDraft } from '../orders/repository.ts';

/** Why a committed decision gets no payment link. `message` is for the operator, never for the customer. */
export interface Refusal {
	readonly code:
		| 'not_committed'
		| 'item_not_available'
		| 'quantity_not_available'
		| 'price_changed'
		| 'no_payment_reminder'
		| 'payment_account_not_ready'
		| 'payments_off'
		| 'payment_provider_refused';
	readonly message: string;
}

export type DraftedOrder = { readonly ok: true; readonly draft: OrderDraft } | { readonly ok: false; readonly reason: Refusal };

/** What the guard withheld a link for: it accepts such a decision and notes the reason in it. */
const WITHHELD = ['no_payment_reminder', 'payment_account_not_ready'] as const;

/**
 * The order of an accepted decision, priced anew from the catalog of this moment: what the customer was told, what the order says and
 * what is charged are the same sum, or there is no order.
 */
export function draftOrder(
	decision: Decision,
	facts: { readonly catalog: Catalog; readonly currency: string; readonly paymentReady: boolean; readonly paymentsOn: boolean },
): DraftedOrder {
	const withheld = decision.violations.find(({ code }) => WITHHELD.some((known) => known === code));
	const withheldCode = WITHHELD.find((known) => known === withheld?.code);
	if (withheld && withheldCode) return refused(withheldCode, withheld.message);
	const wanted = decision.items?.flatMap(({ lineItems }) => lineItems) ?? [];
	if (!decision.send_payment_link || wanted.length === 0) {
		return refused('not_committed', 'The customer has not committed to an order in this decision. Lead only the Sales Agent’s Checkout output here.');
	}

	const cart: CartLine[] = [];
	for (const { SKU, quantity } of wanted) {
		const item = facts.catalog.get(SKU);
		if (!item) return refused('item_not_available', `Item ${JSON.stringify(SKU)} is not in the catalog any more.`);
		if (item.stock !== null && quantity > item.stock) {
			return refused('quantity_not_available', `Item ${JSON.stringify(SKU)} is not available in a quantity of ${quantity}.`);
		}
		cart.push({ item, quantity });
	}
	const price = priceCart(cart);
	if (price.totalCents !== decision.total_sum || price.productsCents !== decision.products_sum || price.deliveryCents !== decision.delivery_sum) {
		return refused(
			'price_changed',
			`The catalog changed after the decision: the customer was told ${decision.total_sum} cents, it is now ${price.totalCents}. The next answer tells the new price.`,
		);
	}
	const reminder = smallestReminder(cart);
	if (price.totalCents > 0) {
		if (reminder === null) {
			return refused('no_payment_reminder', 'None of the paid items has payment_reminder hours. Fill that column in and import the catalog again.');
		}
		if (!facts.paymentsOn) return refused('payments_off', 'Payments are off: set STRIPE_SECRET_KEY.');
		if (!facts.paymentReady) {
			return refused('payment_account_not_ready', 'The company has no payment account that can take charges. Connect one, or finish its onboarding.');
		}
	}
	return {
		ok: true,
		draft: {
			currency: facts.currency,
			lines: cart.map(({ item, quantity }) => ({ sku: item.sku, name: item.name, kind: item.kind, quantity, unit_cents: item.priceCents })),
			productsCents: price.productsCents,
			deliveryCents: price.deliveryCents,
			totalCents: price.totalCents,
			language: decision.language,
			city: decision.city,
			phone: decision.recipient_phone_number,
			clientName: decision.client_name,
			description: decision.order_description,
			paymentReminderHours: reminder ?? 0,
		},
	};
}

/** Rule 12: the smallest among the paid rows; null when none of them has one. */
function smallestReminder(cart: readonly CartLine[]): number | null {
	const hours = cart.flatMap(({ item }) => (item.priceCents > 0 || item.deliveryCents > 0) && item.paymentReminderHours !== null ? [item.paymentReminderHours] : []);
	return hours.length === 0 ? null : Math.min(...hours);
}

function refused(code: Refusal['code'], message: string): DraftedOrder {
	return { ok: false, reason: { code, message } };
}
