import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { demandsInWords } from '../../vendors/stripe/requirements-in-words.ts';
import type { PaymentProviderName } from '../../../../core/orders/payment-provider.ts';
import { PAYMENT_PROVIDERS, PROVIDER_NAMES } from '../../../../core/orders/payment-provider.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import type { TbankClient } from '../../vendors/tbank/client.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import type { PaymentState } from './apply-account-event.ts';
import { stateOf, storeAccountState, takeAccountTicket } from './apply-account-event.ts';
import { createGivenAccounts } from './given-account.ts';
import type { PaymentProviders } from './providers/providers.ts';

const paymentAccount = z
	.object({
		id: z.string().describe('Of the account that is paid, acct_… at Stripe, pac_… else; empty when none is connected.'),
		object: z.literal('payment_account'),
		company_id: z.string(),
		provider: z.enum(PAYMENT_PROVIDERS),
		state: z.enum(['disconnected', 'onboarding', 'ready']),
		requirements: z.array(z.string()).describe('What the provider wants of the business, in plain words, the most urgent first: with when it is due, what is off until then or after that, and what was wrong with what was given. Empty when nothing is asked for.'),
		onboarding_url: z.string().describe('Where the business enters its details; works once, for a few minutes. Only in the answer to POST.'),
		terminal_key: z.string().describe('Of T-Bank; its password is never shown.'),
		notification_url: z.string().describe('Where T-Bank tells of payments; it is sent with each one.'),
		instructions: z.string().describe('What customers see who pay by hand.'),
	})
	.meta({ id: 'PaymentAccount', description: 'The account that a company is paid on.' });
export type PaymentAccountJson = z.input<typeof paymentAccount>;

interface CompanyAccount {
	readonly name: string;
	readonly provider: PaymentProviderName;
	readonly accountId: string | null;
	readonly state: PaymentState;
	readonly round: number;
}

/** A company's payment account: connect, look, disconnect. */
export function createPaymentAccountEndpoints(deps: {
	database: Database;
	stripe: StripeClient | null;
	tbank: TbankClient;
	secrets: TenantSecrets;
	providers: PaymentProviders;
	now: () => Date;
	links: PaymentLinks;
	publicUrl: string;
}): readonly Endpoint[] {
	const { database, links, publicUrl } = deps;
	const given = createGivenAccounts(deps);

	async function find(tenantId: string, companyId: string): Promise<CompanyAccount> {
		const { rows } = await database.withTenant(tenantId, (sql) =>
			sql.query<{ name: string; payment_provider: PaymentProviderName; stripe_account_id: string | null; payment_state: PaymentState; payment_account_round: number }>(
				'SELECT name, payment_provider, stripe_account_id, payment_state, payment_account_round FROM companies WHERE id = $1',
				[companyId],
			),
		);
		const row = rows[0];
		if (!row) throw missing('company', companyId);
		return { name: row.name, provider: row.payment_provider, accountId: row.stripe_account_id, state: row.payment_state, round: row.payment_account_round };
	}

	function configured(): StripeClient {
		if (!deps.stripe) throw new AppError('payments_off', 'Payments are off: set STRIPE_SECRET_KEY.', { status: 503 });
		return deps.stripe;
	}

	/** Asks Stripe how far the account is and remembers it: an event may have been missed. */
	async function refresh(stripe: StripeClient, tenantId: string, companyId: string, accountId: string): Promise<PaymentAccountJson> {
		const ticket = await database.withTenant(tenantId, (sql) => takeAccountTicket(sql, accountId));
		const status = await stripe.getAccountStatus(accountId);
		const state = stateOf(status);
		await database.withTenant(tenantId, (sql) => storeAccountState(sql, accountId, state, ticket, deps.now()));
		return toJson(companyId, state === 'disconnected' ? null : accountId, state, state === 'disconnected' ? [] : demandsInWords(status.demands));
	}

	async function connect(tenantId: string, companyId: string, wanted: { country: string; email: string }): Promise<PaymentAccountJson> {
		const stripe = configured();
		const company = await find(tenantId, companyId);
		if (company.provider !== 'stripe') {
			if (company.state !== 'disconnected') throw connectedElsewhere(company.provider);
			await given.chooseStripe(tenantId, companyId);
		}
		let { accountId } = company;
		if (accountId === null) {
			const created = await stripe.createConnectedAccount({
				email: wanted.email,
				displayName: company.name,
				country: wanted.country,
				companyId,
				// A repeat after a crash finds the same account; other details, or a disconnection, make another.
				idempotencyKey: `account:${companyId}:${company.round}:${fingerprint(wanted, company.name)}`,
			});
			const stored = await database.withTenant(tenantId, (sql) =>
				sql.query<{ stripe_account_id: string }>(
					`UPDATE companies SET stripe_account_id = coalesce(stripe_account_id, $2),
						payment_state = CASE WHEN stripe_account_id IS NULL THEN 'onboarding' ELSE payment_state END
					 WHERE id = $1 RETURNING stripe_account_id`,
					[companyId, created.accountId],
				),
			);
			accountId = stored.rows[0]?.stripe_account_id ?? created.accountId;
		}
		const account = await refresh(stripe, tenantId, companyId, accountId);
		if (account.state === 'ready') return account;
		const link = await stripe.createOnboardingLink({
			accountId,
			refreshUrl: `${publicUrl}/payment-account/refresh`,
			returnUrl: `${publicUrl}/payment-account/return`,
		});
		return { ...account, onboarding_url: link.url };
	}

	async function disconnect(tenantId: string, companyId: string): Promise<void> {
		const { accountId, provider } = await find(tenantId, companyId);
		if (provider !== 'stripe') return given.disconnect(tenantId, companyId);
		if (accountId === null) return;
		const stripe = configured();
		// New links stop first; then what is open is ended, and the account closed. Every step may be repeated.
		await database.withTenant(tenantId, (sql) => sql.query(`UPDATE companies SET payment_state = 'disconnected' WHERE id = $1`, [companyId]));
		await links.closeOfCompany(tenantId, companyId);
		await stripe.closeAccount(accountId);
		await database.withTenant(tenantId, async (sql) => storeAccountState(sql, accountId, 'disconnected', await takeAccountTicket(sql, accountId), deps.now()));
	}

	const path = '/v1/companies/{id}/payment_account';
	const common = { path, tag: 'Payments', scopes: ['platform', 'tenant'], params: idParams } as const;
	return [
		endpoint({
			...common,
			method: 'post',
			summary: 'Connect a Stripe account',
			description: 'Makes a Stripe account for the company, or takes the one that it has, and a link where the business completes it.',
			idempotent: true,
			body: z.strictObject({
				country: z.string().trim().toUpperCase().regex(/^[A-Z]{2}$/, 'must be a country code of two letters, e.g. "ES"'),
				email: z.email(),
			}),
			responses: { 201: paymentAccount },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				return { status: 201, body: await connect(tenantId, params.id, body) };
			},
		}),
		endpoint({
			...common,
			method: 'put',
			summary: 'Give a payment account',
			description:
				'T-Bank: a terminal of the company’s own, tried at the bank before it is stored. By hand: what customers are told who pay by bank transfer or Kaspi; a person then marks ' +
				'the order paid. The account of another provider is disconnected first; of the same one, this replaces it.',
			body: z.discriminatedUnion('provider', [
				z.strictObject({
					provider: z.literal('tbank'),
					terminal_key: z.string().trim().min(1).max(20).describe('TerminalKey, from the terminal’s settings in the bank’s account.'),
					password: z.string().trim().min(1).max(100).describe('Password of the terminal, from the same place. It is stored encrypted, and never shown.'),
				}),
				z.strictObject({ provider: z.literal('manual'), instructions: z.string().trim().min(1).max(2_000) }),
			]),
			responses: { 200: paymentAccount },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const { provider, accountId, state } = await find(tenantId, params.id);
				if (provider !== body.provider && (accountId !== null || state !== 'disconnected')) throw connectedElsewhere(provider);
				if (body.provider === 'manual') await given.storeInstructions(tenantId, params.id, body.instructions);
				else await given.storeTerminal(tenantId, params.id, { terminalKey: body.terminal_key, password: body.password });
				return { status: 200, body: await given.look(tenantId, params.id) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			summary: 'Get the payment account',
			description: 'Asks the provider how far it is.',
			responses: { 200: paymentAccount },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const company = await find(tenantId, params.id);
				if (company.provider !== 'stripe') return { status: 200, body: await given.look(tenantId, params.id) };
				if (company.accountId === null) return { status: 200, body: toJson(params.id, null, 'disconnected', []) };
				return { status: 200, body: await refresh(configured(), tenantId, params.id, company.accountId) };
			},
		}),
		endpoint({
			...common,
			method: 'delete',
			summary: 'Disconnect the payment account',
			description: 'Ends open payment links; an account at Stripe is closed. Orders, payments and their log stay, and what was under way still counts.',
			responses: { 204: null },
			async handle({ caller, params }) {
				await disconnect(await tenantFor(caller, database, 'company', params.id), params.id);
				return { status: 204 };
			},
		}),
	];
}

function toJson(companyId: string, accountId: string | null, state: PaymentState, requirements: readonly string[]): PaymentAccountJson {
	return {
		id: accountId ?? '', object: 'payment_account', company_id: companyId, provider: 'stripe', state, requirements: [...requirements], onboarding_url: '', terminal_key: '',
		notification_url: '', instructions: '',
	};
}

function connectedElsewhere(provider: PaymentProviderName): AppError {
	const message = `The company is paid through another provider (${PROVIDER_NAMES[provider]}): disconnect it with DELETE /v1/companies/{id}/payment_account first.`;
	return new AppError('payment_account_connected', message, { status: 409 });
}

function fingerprint(wanted: { country: string; email: string }, name: string): string {
	return createHash('sha256').update(JSON.stringify([wanted.country, wanted.email, name])).digest('hex').slice(0, 16);
}
