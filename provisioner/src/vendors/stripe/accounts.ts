import type Stripe from 'stripe';
import type { AccountDemands } from './requirements-in-words.ts';
import { asVendorError, stripeErrorOf } from './errors.ts';

/** How far a connected account is, in our words. https://docs.stripe.com/connect/accounts-v2 */
export interface ConnectedAccountStatus {
	readonly accountId: string;
	/** Card payments are active: it can take charges. */
	readonly ready: boolean;
	readonly closed: boolean;
	/** What Stripe still wants, and why payments are off. */
	readonly demands: AccountDemands;
}

export interface ConnectedAccounts {
	/**
	 * A connected account that pays Stripe's fees itself and gets the full dashboard (accounts v2): the business is the merchant.
	 * `country` is ISO 3166 alpha-2, `idempotencyKey` derived from our own ids.
	 * @throws VendorError
	 */
	createConnectedAccount(account: {
		readonly email: string;
		readonly displayName: string;
		readonly country: string;
		readonly companyId: string;
		readonly idempotencyKey: string;
	}): Promise<{ readonly accountId: string }>;
	/** A page of Stripe's where the business enters its details. It works once and for a few minutes only. @throws VendorError */
	createOnboardingLink(link: {
		readonly accountId: string;
		readonly refreshUrl: string;
		readonly returnUrl: string;
	}): Promise<{ readonly url: string; readonly expiresAt: Date }>;
	/** @throws VendorError */
	getAccountStatus(accountId: string): Promise<ConnectedAccountStatus>;
	/** Closes the account; one that is closed or gone already is success. @throws VendorError */
	closeAccount(accountId: string): Promise<void>;
}

export function createConnectedAccounts(stripe: Stripe): ConnectedAccounts {
	async function getAccountStatus(accountId: string): Promise<ConnectedAccountStatus> {
		const account = await asVendorError('accounts.retrieve', () =>
			stripe.v2.core.accounts.retrieve(accountId, { include: ['configuration.merchant', 'requirements'] }),
		);
		const cards = account.configuration?.merchant?.capabilities?.card_payments;
		const deadline = account.requirements?.summary?.minimum_deadline?.time;
		return {
			accountId: account.id,
			ready: cards?.status === 'active' && account.closed !== true,
			closed: account.closed === true,
			demands: {
				requirements: (account.requirements?.entries ?? []).map(({ description, awaiting_action_from: awaited, minimum_deadline: minimum, impact, errors }) => ({
					code: description,
					awaits: awaited === 'stripe' ? 'provider' : 'business',
					due: minimum.status,
					restricts: (impact.restricts_capabilities ?? []).map(({ capability }) => capability),
					problems: errors.map((error) => error.description),
				})),
				deadline: deadline === undefined ? null : new Date(deadline),
				blocks: cards === undefined || cards.status === 'active' ? [] : cards.status_details.map(({ code }) => code),
			},
		};
	}

	return {
		async createConnectedAccount({ email, displayName, country, companyId, idempotencyKey }) {
			const account = await asVendorError('accounts.create', () =>
				stripe.v2.core.accounts.create(
					{
						contact_email: email,
						display_name: displayName,
						dashboard: 'full',
						identity: { country: country.toLowerCase() },
						defaults: { responsibilities: { fees_collector: 'stripe', losses_collector: 'stripe' } },
						configuration: { merchant: { capabilities: { card_payments: { requested: true } } } },
						metadata: { company_id: companyId },
					},
					{ idempotencyKey },
				),
			);
			return { accountId: account.id };
		},
		async createOnboardingLink({ accountId, refreshUrl, returnUrl }) {
			const link = await asVendorError('account_links.create', () =>
				stripe.v2.core.accountLinks.create({
					account: accountId,
					use_case: {
						type: 'account_onboarding',
						account_onboarding: { refresh_url: refreshUrl, return_url: returnUrl },
					},
				}),
			);
			return { url: link.url, expiresAt: new Date(link.expires_at) };
		},
		getAccountStatus,
		async closeAccount(accountId) {
			try {
				await stripe.v2.core.accounts.close(accountId, { applied_configurations: ['merchant'] });
			} catch (error) {
				if (stripeErrorOf(error)?.statusCode === 404) return;
				const closed = await getAccountStatus(accountId).then(
					(status) => status.closed,
					() => false,
				);
				if (!closed) await asVendorError('accounts.close', () => Promise.reject(error));
			}
		},
	};
}
