/**
 * What is known of the money of an order after it was asked for. Providers tell it late, twice and in any order, so nothing here depends on
 * the order of telling: each refund and each dispute is merged by itself (commutative, associative, idempotent), and what they make of
 * the order is computed from all of them together.
 */

/** https://docs.stripe.com/api/refunds/object#refund_object-status */
export const REFUND_STATUSES = ['pending', 'requires_action', 'succeeded', 'canceled', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** https://docs.stripe.com/api/disputes/object#dispute_object-status */
export const DISPUTE_STATUSES = [
	'warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review', 'won', 'prevented', 'lost',
] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];

/** How far a refund has come; one that succeeded can still fail later, when the customer's bank gives it back. */
const REFUND_RANK: Readonly<Record<RefundStatus, number>> = { pending: 0, requires_action: 1, succeeded: 2, canceled: 3, failed: 4 };

/** The later one of two statuses of the same refund. */
export function laterRefundStatus(a: RefundStatus, b: RefundStatus): RefundStatus {
	return REFUND_RANK[a] >= REFUND_RANK[b] ? a : b;
}

export interface DisputeTold {
	readonly status: DisputeStatus;
	/** When the provider said so, in seconds since 1970. */
	readonly toldAt: number;
}

const ENDED: ReadonlySet<DisputeStatus> = new Set<DisputeStatus>(['warning_closed', 'won', 'prevented', 'lost']);

/** Of two statuses of the same dispute the one that holds: an end over no end, then the later told, then the further one in the list above. */
export function laterDispute(a: DisputeTold, b: DisputeTold): DisputeTold {
	const order = (told: DisputeTold) => [ENDED.has(told.status) ? 1 : 0, told.toldAt, DISPUTE_STATUSES.indexOf(told.status)] as const;
	const [left, right] = [order(a), order(b)];
	for (const [at, value] of left.entries()) {
		const other = right[at] ?? 0;
		if (value !== other) return value > other ? a : b;
	}
	return a;
}

export interface PaymentFacts {
	/** What was paid, over all sessions of the order, in minor units: twice its total when the customer paid two of its sessions. */
	readonly paidCents: number;
	readonly refunds: readonly { readonly amountCents: number; readonly status: RefundStatus }[];
	readonly disputes: readonly DisputeTold[];
}

export interface MoneyState {
	/** On its way back or there, in minor units; what failed or was called off is not in it. */
	readonly refundedCents: number;
	/** Everything that was paid goes back. */
	readonly refunded: boolean;
	/** Of the dispute that asks most for attention; null: there is none. */
	readonly disputeStatus: DisputeStatus | null;
}

/** The worst first. */
const ATTENTION: readonly DisputeStatus[] = ['lost', 'needs_response', 'under_review', 'warning_needs_response', 'warning_under_review', 'won', 'prevented', 'warning_closed'];

/** What the facts together make of an order's money, whatever the order in which they became known. */
export function moneyState({ paidCents, refunds, disputes }: PaymentFacts): MoneyState {
	const refundedCents = refunds.reduce((sum, { amountCents, status }) => sum + (status === 'failed' || status === 'canceled' ? 0 : amountCents), 0);
	return {
		refundedCents,
		refunded: paidCents > 0 && refundedCents >= paidCents,
		disputeStatus: ATTENTION.find((status) => disputes.some((dispute) => dispute.status === status)) ?? null,
	};
}
