import { z } from 'zod';
import { isPaid, isPlanKey, PLAN_KEYS } from '../../../../core/tenancy/plans.ts';
import type { PlanPrices } from '../../vendors/stripe-billing/client.ts';

const paidPlans = PLAN_KEYS.filter(isPaid);

/** `{"single": "price_…"}`: which price of Stripe a plan has. One that is missing can't be chosen. */
export const planPrices = z.string().transform((text, context): PlanPrices => {
	const refuse = (message: string): never => {
		context.addIssue({ code: 'custom', message });
		return z.NEVER;
	};
	let given: unknown;
	try {
		given = JSON.parse(text);
	} catch {
		return refuse('must be JSON, e.g. {"single": "price_…", "double": "price_…"}');
	}
	const prices = z.record(z.string(), z.string()).safeParse(given);
	if (!prices.success) return refuse('must be an object from plan to price id, e.g. {"single": "price_…"}');
	const entries = Object.entries(prices.data);
	for (const [plan, price] of entries) {
		if (!isPlanKey(plan) || !isPaid(plan)) return refuse(`has "${plan.slice(0, 40)}", which is no plan that is paid: ${paidPlans.join(', ')}`);
		if (!/^price_\w+$/.test(price)) return refuse(`has no price id for ${plan}: Stripe's begin with price_`);
	}
	if (new Set(Object.values(prices.data)).size !== entries.length) return refuse('has one price for two plans: what a subscription is for could not be told');
	return prices.data;
});
