import { createHash } from 'node:crypto';
import type { SandboxContext } from '../../context.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { noSuch } from '../errors.ts';
import { emitEvent } from '../events.ts';
import type { Attempt } from '../../deliveries.ts';
import type { BillingAccount } from './state.ts';

/** Where a billing call or a bank's decision takes place. */
export interface Billing {
	readonly context: SandboxContext;
	/** Of the secret key. */
	readonly owner: string;
	readonly account: BillingAccount;
}

/** The Stripe account of a secret key. */
export function ownerOf(apiKey: string): string {
	return `acct_${createHash('sha256').update(apiKey).digest('hex').slice(0, 16)}`;
}

export function billingOf(context: SandboxContext, owner: string): Billing {
	const { accounts } = context.store.current.stripeBilling;
	const account = (accounts[owner] ??= { prices: {}, customers: {}, subscriptions: {}, invoices: {}, checkouts: {}, portals: {} });
	return { context, owner, account };
}

export function billingOfCall(call: StripeCall): Billing {
	return billingOf(call.context, call.owner);
}

/** Stripe's own clock, in whole seconds: as test clocks do, it can be moved ahead. */
export function billingSeconds(context: SandboxContext): number {
	return Math.floor((context.now() + context.store.current.stripeBilling.ahead_ms) / 1000);
}

/** What has an id, in the account of the key. Throws Stripe's 404. */
export function ownObject<T>(kind: string, objects: Readonly<Record<string, T>>, id: string, param = 'id'): T {
	const found = objects[id];
	if (found === undefined) throw noSuch(kind, id, param);
	return found;
}

/** Of the platform's own account: it goes to the endpoints that the same key made. */
export function emitBilling(billing: Billing, type: string, object: JsonObject, at = billingSeconds(billing.context)): Promise<readonly Attempt[]> {
	return emitEvent(billing.context, { type, object, account: null, owner: billing.owner, created: at });
}
