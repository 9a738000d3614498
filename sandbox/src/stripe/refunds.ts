import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { numberOf, stringOf } from '../json.ts';
import type { StripeCall } from './call.ts';
import { page, unixSeconds } from './call.ts';
import { noSuch, refused } from './errors.ts';
import { emitEvent } from './events.ts';
import { integer, metadata, onlyKnown, requiredText, text } from './params.ts';
import { findObject, keepObject } from './products.ts';

/** `POST /v1/refunds`: of a payment intent, whole or in part. Without `amount`: what is left. */
export function createRefund(call: StripeCall): JsonObject {
	const { context, params, account } = call;
	onlyKnown(params, ['payment_intent', 'amount', 'reason', 'metadata', 'expand', 'refund_application_fee', 'reverse_transfer']);
	const intent = findObject(context, account, 'payment_intent', requiredText(params, 'payment_intent'), 'payment_intent');
	if (intent['status'] !== 'succeeded') throw refused('This PaymentIntent does not have a successful charge to refund.');
	const left = numberOf(intent['amount_received'], 0) - refundsOf(call, stringOf(intent['id']))
		.filter(({ status }) => status !== 'failed' && status !== 'canceled')
		.reduce((sum, refund) => sum + numberOf(refund['amount'], 0), 0);
	if (left === 0) throw refused(`Charge ${stringOf(intent['latest_charge'])} has already been refunded.`, 'charge_already_refunded');
	const amount = integer(params, 'amount') ?? left;
	if (amount < 1) throw refused('Invalid positive integer');
	if (amount > left) throw refused(`Refund amount (${amount}) is greater than unrefunded amount on charge (${left})`);
	const made = keepObject(context, account, {
		id: `re_3${alphanumeric(23)}`,
		object: 'refund',
		amount,
		balance_transaction: null,
		charge: intent['latest_charge'] ?? null,
		created: unixSeconds(context),
		currency: stringOf(intent['currency']),
		customer: null,
		customer_account: null,
		destination_details: { card: { type: 'refund' }, type: 'card' },
		metadata: metadata(params),
		payment_intent: stringOf(intent['id']),
		payment_method: intent['payment_method'] ?? null,
		reason: text(params, 'reason'),
		receipt_number: null,
		source_transfer_reversal: null,
		status: 'succeeded',
		transfer_reversal: null,
	});
	// Told after the answer, and again until it is taken.
	void emitEvent(context, { type: 'refund.created', object: made, account });
	return made;
}

/** The customer's bank sends a refund back. */
export async function failRefund(context: SandboxContext, id: string): Promise<{ refund: JsonObject; deliveries: readonly Attempt[] }> {
	const stored = Object.values(context.store.current.stripe.objects).find(({ object }) => object['object'] === 'refund' && object['id'] === id);
	if (stored === undefined) throw noSuch('refund', id);
	const refund = keepObject(context, stored.account, { ...stored.object, id, status: 'failed', failure_reason: 'expired_or_canceled_card' });
	return { refund, deliveries: await emitEvent(context, { type: 'refund.failed', object: refund, account: stored.account }) };
}

export function listRefunds(call: StripeCall): JsonObject {
	return page(call, '/v1/refunds', refundsOf(call, text(call.params, 'payment_intent')).toReversed());
}

function refundsOf(call: StripeCall, intent: string | null): (JsonObject & { id: string })[] {
	return Object.values(call.context.store.current.stripe.objects)
		.filter(({ account, object }) => account === call.account && object['object'] === 'refund' && (intent === null || object['payment_intent'] === intent))
		.map(({ object }) => ({ ...object, id: stringOf(object['id']) }));
}
