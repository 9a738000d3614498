import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import type { SilentReason } from '../../../../core/tenancy/entitlements.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { PlanPrices } from '../../vendors/stripe-billing/client.ts';
import type { BillingActions } from './actions.ts';
import { agreedLimits, billingRepository } from './repository.ts';
import type { UsageMonth } from './repository.ts';
import { noticeSchema, planKey, plansJson, planSchema, subscriptionSchema, toNoticeJson, toSubscriptionJson, toUsageJson, usageSchema } from './schema.ts';

const pageUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(2_000);
const removeConnections = z.array(z.string().min(1).max(100)).max(1_000).optional().describe('Which connections go when a smaller plan begins. An empty list leaves it open: the newest are suspended then.');
const linkSchema = z.object({ object: z.literal('billing_link'), url: z.string() }).meta({ id: 'BillingLink', description: 'A page of Stripe’s, for the person who pays.' });

/** @param deps.actions null: billing is off */
export function createBillingEndpoints(deps: { database: Database; actions: BillingActions | null; prices: PlanPrices | null; now: () => Date }): readonly Endpoint[] {
	const { database, now } = deps;
	const common = { tag: 'Billing', scopes: ['platform', 'tenant'] } as const;

	function actions(): BillingActions {
		if (!deps.actions) throw new AppError('billing_off', 'Subscriptions are off on this platform, and nobody is limited: set BILLING_STRIPE_SECRET_KEY.', { status: 503 });
		return deps.actions;
	}
	async function tenantOf(caller: Caller, id: string): Promise<string> {
		const tenantId = await tenantFor(caller, database, 'tenant', id);
		if (tenantId !== id) throw missing('tenant', id);
		return tenantId;
	}
	async function view(tenantId: string): Promise<z.input<typeof subscriptionSchema>> {
		return database.withTenant(tenantId, async (sql) => {
			const stored = await billingRepository.find(sql, tenantId);
			if (!stored) throw missing('tenant', tenantId);
			const [month] = await billingRepository.usage(sql, 1, now());
			const { rows } = await sql.query<{ silent_reason: SilentReason | null }>('SELECT silent_reason FROM tenants WHERE id = $1', [tenantId]);
			const none: UsageMonth = { month: now().toISOString().slice(0, 7), answers: 0, received: 0, sent: 0 };
			return toSubscriptionJson({ tenantId, stored, usage: month ?? none, enforced: deps.actions !== null, silentReason: rows[0]?.silent_reason ?? null, connections: await billingRepository.connections(sql) });
		});
	}

	return [
		endpoint({
			method: 'get', path: '/v1/plans', public: true, tag: 'Billing', scopes: [],
			summary: 'List plans',
			description: 'From the smallest to the largest. Needs no key.',
			responses: { 200: listOf(planSchema) },
			handle: () => Promise.resolve({ status: 200, body: { object: 'list', data: plansJson(deps.prices), has_more: false } }),
		}),
		endpoint({
			...common, method: 'get', path: '/v1/tenants/{id}/subscription',
			summary: 'Retrieve a tenant’s subscription',
			description: 'The plan, its limits, what is used of them, and what follows.',
			params: idParams,
			responses: { 200: subscriptionSchema },
			handle: async ({ caller, params }) => ({ status: 200, body: await view(await tenantOf(caller, params.id)) }),
		}),
		endpoint({
			...common, method: 'post', path: '/v1/tenants/{id}/subscription/checkout', idempotent: true,
			summary: 'Pay for a plan',
			description: 'Gives a page of Stripe’s. The plan begins when it is paid, a trial ends with it. 409 `connections_surplus` asks which connections go when the plan has no room for all.',
			params: idParams,
			body: z.strictObject({ plan: planKey, success_url: pageUrl, cancel_url: pageUrl, remove_connections: removeConnections }),
			responses: { 201: linkSchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantOf(caller, params.id);
				const { url } = await actions().checkout(tenantId, { plan: body.plan, successUrl: body.success_url, cancelUrl: body.cancel_url, remove: body.remove_connections });
				return { status: 201, body: { object: 'billing_link', url } };
			},
		}),
		endpoint({
			...common, method: 'post', path: '/v1/tenants/{id}/subscription/change',
			summary: 'Change the plan',
			description: 'Upwards at once, for the difference; downwards at the end of the period, where 409 `connections_surplus` asks which connections go; the present plan takes back what was planned. `free` needs no payment.',
			params: idParams,
			body: z.strictObject({ plan: planKey, remove_connections: removeConnections }),
			responses: { 200: subscriptionSchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantOf(caller, params.id);
				await actions().change(tenantId, { plan: body.plan, remove: body.remove_connections });
				return { status: 200, body: await view(tenantId) };
			},
		}),
		endpoint({
			...common, method: 'post', path: '/v1/tenants/{id}/subscription/cancel',
			summary: 'End the subscription with its period',
			description: 'The tenant is restricted then, until it chooses a plan. Choosing the present plan again takes it back.',
			params: idParams,
			responses: { 200: subscriptionSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantOf(caller, params.id);
				await actions().cancel(tenantId);
				return { status: 200, body: await view(tenantId) };
			},
		}),
		endpoint({
			...common, method: 'post', path: '/v1/tenants/{id}/subscription/portal',
			summary: 'Open the customer portal',
			description: 'A page of Stripe’s where open payments are made, the card is changed and invoices are read. It works for some minutes.',
			params: idParams,
			body: z.strictObject({ return_url: pageUrl }),
			responses: { 201: linkSchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantOf(caller, params.id);
				const { url } = await actions().portal(tenantId, body.return_url);
				return { status: 201, body: { object: 'billing_link', url } };
			},
		}),
		endpoint({
			...common, scopes: ['platform'], method: 'post', path: '/v1/tenants/{id}/subscription/assign',
			summary: 'Assign a plan',
			description: 'Any plan, at once and without Stripe: what the operator has agreed with the tenant. Limits that are named take the place of the plan’s.',
			params: idParams,
			body: agreedLimits.extend({ plan: planKey }).strict(),
			responses: { 200: subscriptionSchema },
			async handle({ caller, params, body: { plan, connections, answers } }) {
				const tenantId = await tenantOf(caller, params.id);
				await actions().assign(tenantId, plan, { ...(connections === undefined ? {} : { connections }), ...(answers === undefined ? {} : { answers }) });
				return { status: 200, body: await view(tenantId) };
			},
		}),
		endpoint({
			...common, method: 'get', path: '/v1/tenants/{id}/usage',
			summary: 'List usage by month',
			description: 'Newest month first; a month without any message is left out. Two to three minutes late.',
			params: idParams,
			query: z.object({ months: z.coerce.number().int().min(1).max(36).default(12) }),
			responses: { 200: listOf(usageSchema) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantOf(caller, params.id);
				const months = await database.withTenant(tenantId, (sql) => billingRepository.usage(sql, query.months, now()));
				return { status: 200, body: { object: 'list', data: months.map(toUsageJson), has_more: false } };
			},
		}),
		endpoint({
			...common, method: 'get', path: '/v1/tenants/{id}/notices',
			summary: 'List notices',
			description: 'Reminders and changes that the tenant has to know, for the site to show and send on. Newest first.',
			params: idParams,
			query: pageQuery,
			responses: { 200: listOf(noticeSchema) },
			async handle({ caller, params, query }) {
				const tenantId = await tenantOf(caller, params.id);
				const found = await database.withTenant(tenantId, (sql) => billingRepository.notices(sql, { limit: query.limit + 1, startingAfter: query.starting_after }));
				return { status: 200, body: page(found.map(toNoticeJson), query.limit) };
			},
		}),
	];
}
