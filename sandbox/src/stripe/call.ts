import type { SandboxContext } from '../context.ts';
import type { StripeParams } from './params.ts';
import { integer, text } from './params.ts';
import { noSuch } from './errors.ts';
import type { JsonObject } from '../json.ts';

export const STRIPE_API_VERSION = '2026-10-28.endive';

/** One authenticated request, parameters decoded. */
export interface StripeCall {
	readonly context: SandboxContext;
	/** From the path. */
	readonly id: string;
	/** Query and body together. */
	readonly params: StripeParams;
	/** `Stripe-Account`: the connected account on whose behalf the call is made. */
	readonly account: string | null;
	/** The account of the secret key: what is billed under one key does not show under another. */
	readonly owner: string;
	readonly requestId: string;
	readonly idempotencyKey: string | null;
}

/** Whole seconds since 1970. */
export function unixSeconds(context: SandboxContext): number {
	return Math.floor(context.now() / 1000);
}

/** A page of a v1 list, newest first: https://docs.stripe.com/api/pagination */
export function page(call: StripeCall, url: string, items: readonly (JsonObject & { id: string })[]): JsonObject {
	const limit = Math.min(100, Math.max(1, integer(call.params, 'limit') ?? 10));
	const after = text(call.params, 'starting_after');
	const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
	if (after !== null && start === 0) throw noSuch('object', after, 'starting_after');
	return { object: 'list', url, has_more: items.length > start + limit, data: items.slice(start, start + limit) };
}
