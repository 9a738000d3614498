import { createHash } from 'node:crypto';
import type { SandboxContext } from '../context.ts';
import { StripeApiError } from './errors.ts';
import type { StoredAnswer } from './state.ts';

/** Stripe may forget a key after 24 hours. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const KEY_LIMIT = 255;

export interface KeyedRequest {
	readonly key: string;
	/** Account or platform whose key it is; keys of different accounts don't meet. */
	readonly scope: string;
	readonly method: string;
	readonly path: string;
	readonly body: string;
}

/**
 * The remembered answer of this key, if any. Throws 400 `idempotency_error` when the key came with other parameters
 * or at another endpoint, or is too long. https://docs.stripe.com/api/idempotent_requests
 */
export function rememberedAnswer(context: SandboxContext, request: KeyedRequest): StoredAnswer | undefined {
	if (request.key.length > KEY_LIMIT) {
		throw idempotencyError(`Idempotency keys can be at most ${KEY_LIMIT} characters; this one has ${request.key.length}.`);
	}
	const stored = context.store.current.stripe.answers[slot(request)];
	if (stored === undefined || context.now() - stored.at > KEPT_MS) return undefined;
	if (stored.endpoint !== endpoint(request)) {
		throw idempotencyError(
			`Keys for idempotent requests can only be used for the same endpoint they were first used for ('${endpoint(request)}' vs '${stored.endpoint}'). Try using a key other than '${request.key}' if you meant to execute a different request.`,
		);
	}
	if (stored.fingerprint !== fingerprint(request)) {
		throw idempotencyError(
			`Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${request.key}' if you meant to execute a different request.`,
		);
	}
	return stored;
}

export function rememberAnswer(
	context: SandboxContext,
	request: KeyedRequest,
	answer: Pick<StoredAnswer, 'status' | 'body'>,
): void {
	context.store.current.stripe.answers[slot(request)] = {
		...answer,
		// A copy: the answer must not follow later changes of the object.
		body: structuredClone(answer.body),
		fingerprint: fingerprint(request),
		endpoint: endpoint(request),
		at: context.now(),
	};
}

function idempotencyError(message: string): StripeApiError {
	return new StripeApiError(400, { type: 'idempotency_error', message });
}

function slot(request: KeyedRequest): string {
	return `${request.scope} ${request.key}`;
}

function endpoint(request: KeyedRequest): string {
	return `${request.method} ${request.path}`;
}

function fingerprint(request: KeyedRequest): string {
	return createHash('sha256').update(request.body).digest('hex');
}
