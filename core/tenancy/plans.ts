/** The platform's own plans, and what each allows. Prices and limits stand here and nowhere else; which price of Stripe a plan has is configuration (BILLING_PRICES). */
export const PLAN_KEYS = ['free', 'single', 'double', 'growth', 'special', 'enterprise'] as const;
export type PlanKey = (typeof PLAN_KEYS)[number];

/** What a tenant may use; null: as much as it likes. */
export interface Limits {
	/** Channel accounts that are connected at a time. */
	readonly connections: number | null;
	/** Answers of the bot in a calendar month (UTC): a turn counts once, however many messages it has on either side. */
	readonly answers: number | null;
}

export interface Plan extends Limits {
	readonly key: PlanKey;
	readonly name: string;
	/** Minor units of `currency`, a month; null: agreed with the operator. */
	readonly priceCents: number | null;
	readonly currency: 'eur';
	/** A tenant chooses it by itself; the others are assigned by the operator. */
	readonly selfServe: boolean;
	/** Of two plans the higher one has more: going up is an upgrade. */
	readonly rank: number;
}

const plan = (key: PlanKey, name: string, priceCents: number | null, connections: number | null, answers: number | null, rank: number, selfServe = true): Plan => ({
	key, name, priceCents, currency: 'eur', connections, answers, selfServe, rank,
});

export const PLANS: Readonly<Record<PlanKey, Plan>> = {
	free: plan('free', 'Free', 0, 1, 100, 0),
	single: plan('single', 'Single', 999, 1, 1_000, 1),
	double: plan('double', 'Double', 1_999, 2, 3_000, 2),
	growth: plan('growth', 'Growth', 4_999, 4, 10_000, 4),
	// An offer of the operator's, between double and growth unless other limits are agreed.
	special: plan('special', 'Special', 2_999, 2, 5_000, 3, false),
	enterprise: plan('enterprise', 'Enterprise', null, null, null, 5, false),
};

export const TRIAL_DAYS = 7;
/** Of a tenant that has signed up and not chosen yet. */
export const TRIAL_LIMITS: Limits = { connections: 1, answers: 500 };
/** Of a tenant without a plan. */
export const NO_LIMITS_LEFT: Limits = { connections: 0, answers: 0 };

export function isPlanKey(text: string): text is PlanKey {
	return (PLAN_KEYS as readonly string[]).includes(text);
}

/** Plans that a customer pays Stripe for: only they can have a price there. */
export function isPaid(key: PlanKey): boolean {
	return PLANS[key].priceCents !== 0;
}

export function isUpgrade(from: PlanKey, to: PlanKey): boolean {
	return PLANS[to].rank > PLANS[from].rank;
}

/** The cheapest plan that a tenant can choose by itself and that has room for so many connections; null: only an agreed one has. */
export function planFor(connections: number): Plan | null {
	const fits = PLAN_KEYS.map((key) => PLANS[key]).filter((one) => one.selfServe && (one.connections === null || one.connections >= connections));
	return fits.toSorted((a, b) => a.rank - b.rank)[0] ?? null;
}
