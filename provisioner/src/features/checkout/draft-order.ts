import type { Decision } from '../../../../core/agent/decision.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import { paymentReminderHours } from '../../../../core/agent/guard/reminder.ts';
import type { ChosenSlot } from '../../../../core/booking/schedule.ts';
import { priceCart } from '../../../../core/orders/price.ts';
import type { CartLine } from '../../../../core/orders/price.ts';
import type { OrderDraft } from '../orders/repository.ts';

/** Why a committed decision gets no payment link. `message` is for the operator, never for the customer. */
export interface Refusal {
	readonly code:
		| 'not_committed'
		| 'item_not_available'
		| 'quantity_not_available'
		| 'slot_taken'
		| 'slot_not_offered'
		| 'price_changed'
		| 'no_payment_reminder'
		| 'payment_account_not_ready'
		| 'payments_off'
		| 'currency_not_supported'
		| 'payment_provider_refused';
	readonly message: string;
	/** What the customer has to hear instead of the decision's words: an item's name, and the sum that now holds. */
	readonly subject?: { readonly name: string; readonly totalCents: number; readonly currency: string };
	/** Of a time that can't be had: the customer's other ones, and the next that are free, as the company's clocks (`zone`) show them. */
	readonly times?: { readonly zone: string; readonly kept: readonly ChosenSlot[]; readonly next: readonly ChosenSlot[] };
}

export type DraftedOrder = { readonly ok: true; readonly draft: OrderDraft } | { readonly ok: false; readonly reason: Refusal };

/** What the guard withheld a link for: it accepts such a decision and notes the reason in it. */
const WITHHELD = ['no_payment_reminder', 'payment_account_not_ready'] as const;

/** The guard knew already that no link can follow: the decision's words fit. */
export function withheldByGuard(decision: Decision): { readonly code: (typeof WITHHELD)[number]; readonly message: string } | null {
	for (const code of WITHHELD) {
		const note = decision.violations.find((violation) => violation.code === code);
		if (note) return { code, message: note.message };
	}
	return null;
}

/**
 * The order of an accepted decision, priced anew from the catalog of this moment: what the customer was told, what the order says and
 * what is charged are the same sum, or there is no order.
 */
export function draftOrder(
	decision: Decision,
	facts: { readonly catalog: Catalog; readonly currency: string; readonly paymentReady: boolean; readonly paymentsOn: boolean; readonly currencyProblem: string | null },
): DraftedOrder {
	const withheld = withheldByGuard(decision);
	if (withheld) return { ok: false, reason: withheld };
	const wanted = decision.items?.flatMap(({ lineItems }) => lineItems) ?? [];
	if (!decision.send_payment_link || wanted.length === 0) {
		return refused('not_committed', 'The customer has not committed to an order in this decision. Lead only the Sales Agent’s Checkout output here.');
	}

	const cart: CartLine[] = [];
	for (const { SKU, quantity } of wanted) {
		const item = facts.catalog.get(SKU);
		if (!item) return refused('item_not_available', `Item ${JSON.stringify(SKU)} is not in the catalog any more.`);
		if (item.stock !== null && quantity > item.stock) {
			return { ok: false, reason: notEnough({ sku: SKU, name: item.name, quantity }, facts.currency) };
		}
		cart.push({ item, quantity });
	}
	const price = priceCart(cart);
	if (price.totalCents !== decision.total_sum || price.productsCents !== decision.products_sum || price.deliveryCents !== decision.delivery_sum) {
		const message = `The catalog changed after the decision: the customer was told ${decision.total_sum} cents, it is now ${price.totalCents}.`;
		const name = cart.map(({ item, quantity }) => `${item.name} × ${quantity}`).join(', ');
		return { ok: false, reason: { code: 'price_changed', message, subject: { name, totalCents: price.totalCents, currency: facts.currency } } };
	}
	const reminder = paymentReminderHours(cart);
	if (price.totalCents > 0) {
		if (reminder === null) {
			return refused('no_payment_reminder', 'None of the paid items has payment_reminder hours. Fill that column in and import the catalog again.');
		}
		if (!facts.paymentsOn) return refused('payments_off', 'Payments are off: set STRIPE_SECRET_KEY.');
		if (!facts.paymentReady) {
			return refused('payment_account_not_ready', 'The company has no payment account that can take charges. Connect one, or finish its onboarding.');
		}
		if (facts.currencyProblem !== null) return refused('currency_not_supported', facts.currencyProblem);
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
			address: decision.address,
			clientName: decision.client_name,
			description: decision.order_description,
			paymentReminderHours: reminder ?? 0,
		},
	};
}

/** Others have bought or hold it, or there never was so much of it. */
export function notEnough({ sku, name, quantity }: { readonly sku: string; readonly name: string; readonly quantity: number }, currency: string): Refusal {
	const message = `${JSON.stringify(name)} (SKU ${sku}) is not available in a quantity of ${quantity}: what there is was sold, or is held for somebody who is paying.`;
	return { code: 'quantity_not_available', message, subject: { name, totalCents: 0, currency } };
}

function refused(code: Refusal['code'], message: string): DraftedOrder {
	return { ok: false, reason: { code, message } };
}
