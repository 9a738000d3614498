import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { page, unixSeconds } from './call.ts';
import { announceCheckout } from './checkout-create.ts';
import { noSuch, refused } from './errors.ts';
import { emitEvent } from './events.ts';
import { text, texts } from './params.ts';
import { keepObject } from './products.ts';
import type { StoredCheckout } from './state.ts';

/** What a payment at the hosted page led to. */
export interface PaymentOutcome {
	readonly checkout: StoredCheckout;
	readonly deliveries: readonly Attempt[];
}

export function retrieveCheckoutSession(call: StripeCall): JsonObject {
	return expanded(call, findOwn(call));
}

export function listCheckoutSessions(call: StripeCall): JsonObject {
	const status = text(call.params, 'status');
	const intent = text(call.params, 'payment_intent');
	const sessions = Object.values(call.context.store.current.stripe.sessions)
		.filter((stored) => stored.account === call.account)
		.map((stored) => stored.object)
		.filter((session) => status === null || session.status === status)
		.filter((session) => intent === null || session.payment_intent === intent);
	return page(call, '/v1/checkout/sessions', sessions.toReversed());
}

export function listLineItems(call: StripeCall): JsonObject {
	const stored = findOwn(call);
	return {
		object: 'list',
		data: stored.line_items,
		has_more: false,
		url: `/v1/checkout/sessions/${stored.object.id}/line_items`,
	};
}

/** `POST …/expire`: only from `open`. */
export function expireCheckoutSession(call: StripeCall): JsonObject {
	const stored = findOwn(call);
	void expireCheckout(call.context, stored, { id: call.requestId, idempotencyKey: call.idempotencyKey });
	return stored.object;
}

/** Ends an open session. Throws Stripe's 400 in another status. */
export function expireCheckout(
	context: SandboxContext,
	stored: StoredCheckout,
	request?: { id: string; idempotencyKey: string | null },
): Promise<readonly Attempt[]> {
	if (stored.object.status !== 'open') {
		throw refused(
			`Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of \`${stored.object.status}\`.`,
		);
	}
	stored.object.status = 'expired';
	stored.object.url = null;
	announceCheckout(context, stored);
	return emitEvent(context, {
		type: 'checkout.session.expired',
		object: stored.object,
		account: stored.account,
		...(request === undefined ? {} : { request }),
	});
}

/** Ends the sessions whose time has come. */
export function expireDue(context: SandboxContext): void {
	const now = unixSeconds(context);
	for (const stored of Object.values(context.store.current.stripe.sessions)) {
		if (stored.object.status === 'open' && stored.object.expires_at <= now) void expireCheckout(context, stored);
	}
}

/**
 * The customer pays. `delayed` leaves the payment processing (a bank debit): completed but unpaid until `settle`.
 * Throws Stripe's 400 when the session is not open.
 */
export async function payCheckout(
	context: SandboxContext,
	stored: StoredCheckout,
	customer: { readonly email: string; readonly name: string },
	delayed = false,
): Promise<PaymentOutcome> {
	const session = stored.object;
	if (session.status !== 'open') throw refused(`This Checkout Session is ${session.status}; it can no longer be paid.`);
	session.status = 'complete';
	session.url = null;
	session['customer_details'] = {
		address: null,
		business_name: null,
		email: session.customer_email ?? customer.email,
		individual_name: null,
		name: customer.name,
		phone: null,
		tax_exempt: 'none',
		tax_ids: [],
	};
	const deliveries: Attempt[] = [];
	if (session.payment_status === 'unpaid') {
		if (!delayed) session.payment_status = 'paid';
		const intent = makePaymentIntent(context, stored, delayed ? 'processing' : 'succeeded');
		session.payment_intent = intent.id;
		const type = delayed ? 'payment_intent.processing' : 'payment_intent.succeeded';
		deliveries.push(...(await emitEvent(context, { type, object: intent, account: stored.account })));
	}
	announceCheckout(context, stored);
	deliveries.push(
		...(await emitEvent(context, { type: 'checkout.session.completed', object: session, account: stored.account })),
	);
	return { checkout: stored, deliveries };
}

/** A delayed payment arrives or fails. */
export async function settleCheckout(
	context: SandboxContext,
	stored: StoredCheckout,
	succeeded: boolean,
): Promise<PaymentOutcome> {
	const session = stored.object;
	if (session.status !== 'complete' || session.payment_status !== 'unpaid') {
		throw refused('Only a completed session with a payment in processing can be settled.');
	}
	const intent = context.store.current.stripe.objects[session.payment_intent ?? '']?.object;
	if (intent !== undefined) intent['status'] = succeeded ? 'succeeded' : 'requires_payment_method';
	if (succeeded) session.payment_status = 'paid';
	announceCheckout(context, stored);
	const type = succeeded ? 'checkout.session.async_payment_succeeded' : 'checkout.session.async_payment_failed';
	const deliveries = await emitEvent(context, { type, object: session, account: stored.account });
	return { checkout: stored, deliveries };
}

export function findCheckout(context: SandboxContext, id: string): StoredCheckout {
	const stored = context.store.current.stripe.sessions[id];
	if (stored === undefined) throw noSuch('checkout.session', id, 'session');
	return stored;
}

function findOwn(call: StripeCall): StoredCheckout {
	const stored = findCheckout(call.context, call.id);
	if (stored.account !== call.account) throw noSuch('checkout.session', call.id, 'session');
	return stored;
}

function expanded(call: StripeCall, stored: StoredCheckout): JsonObject {
	const expand = texts(call.params, 'expand');
	const intent = call.context.store.current.stripe.objects[stored.object.payment_intent ?? '']?.object;
	return {
		...stored.object,
		...(expand.some((path) => path.startsWith('line_items')) ? { line_items: listLineItems(call) } : {}),
		...(expand.includes('payment_intent') && intent !== undefined ? { payment_intent: intent } : {}),
	};
}

function makePaymentIntent(
	context: SandboxContext,
	stored: StoredCheckout,
	status: 'succeeded' | 'processing',
): JsonObject & { id: string } {
	const id = `pi_3${alphanumeric(23)}`;
	const amount = stored.object.amount_total;
	return keepObject(context, stored.account, {
		id,
		object: 'payment_intent',
		allowed_payment_method_types: null,
		amount,
		amount_capturable: 0,
		amount_details: { tip: {} },
		amount_received: status === 'succeeded' ? amount : 0,
		application: stored.account === null ? null : 'ca_sandbox',
		application_fee_amount: stored.intent.application_fee_amount,
		automatic_payment_methods: null,
		canceled_at: null,
		cancellation_reason: null,
		capture_method: 'automatic',
		client_secret: `${id}_secret_${alphanumeric(25)}`,
		confirmation_method: 'automatic',
		created: unixSeconds(context),
		currency: stored.object.currency,
		customer: null,
		customer_account: null,
		description: stored.intent.description,
		excluded_payment_method_types: null,
		last_payment_error: null,
		latest_charge: status === 'succeeded' ? `ch_3${alphanumeric(23)}` : null,
		livemode: false,
		managed_payments: { enabled: false },
		metadata: stored.intent.metadata,
		next_action: null,
		on_behalf_of: null,
		payment_method: `pm_1${alphanumeric(23)}`,
		payment_method_configuration_details: null,
		payment_method_options: {},
		payment_method_types: ['card'],
		payment_record: null,
		processing: null,
		receipt_email: null,
		review: null,
		setup_future_usage: null,
		shipping: null,
		source: null,
		statement_descriptor: null,
		statement_descriptor_suffix: null,
		status,
		transfer_data: null,
		transfer_group: null,
	});
}
