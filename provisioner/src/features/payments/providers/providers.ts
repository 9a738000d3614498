import { z } from 'zod';
import type { PaymentCapabilities, PaymentProvider, PaymentProviderName } from '../../../../../core/orders/payment-provider.ts';
import { currencyProblem } from '../../../../../core/orders/payment-provider.ts';
import { missing } from '../../../http/authenticate.ts';
import type { Database, Sql } from '../../../store/database.ts';
import type { StripeClient } from '../../../vendors/stripe/client.ts';
import type { TbankClient, Terminal } from '../../../vendors/tbank/client.ts';
import type { TenantSecrets } from '../../tenants/tenant-secrets.ts';
import { accountRepository, secretsContext } from './account-repository.ts';
import type { PaymentAccount } from './account-repository.ts';
import { createManualProvider, MANUAL_CAPABILITIES } from './manual.ts';
import { createStripeProvider, STRIPE_CAPABILITIES } from './stripe.ts';
import { createTbankProvider, TBANK_CAPABILITIES } from './tbank.ts';

export const CAPABILITIES: Readonly<Record<PaymentProviderName, PaymentCapabilities>> = { stripe: STRIPE_CAPABILITIES, tbank: TBANK_CAPABILITIES, manual: MANUAL_CAPABILITIES };

const terminalSecrets = z.object({ password: z.string() });

/** How a company is paid now. */
export interface CompanyPayment {
	readonly provider: PaymentProviderName;
	/** Of the account that is paid: acct_… at Stripe, pac_… of ours else; null without one. */
	readonly accountId: string | null;
	/** It can be charged now, as far as we were told. */
	readonly ready: boolean;
	/** Why the company's currency can't be charged; null when it can. */
	readonly currencyProblem: string | null;
	/** The provider is not configured on this platform. */
	readonly off: boolean;
}

/** The providers, on the accounts of companies. Every function runs in the tenant's session `sql`. */
export interface PaymentProviders {
	/** @throws AppError `company_not_found` */
	ofCompany(sql: Sql, companyId: string): Promise<CompanyPayment>;
	/** The provider of an account, a disconnected one too; null: it is off on this platform, or there is no such account. @throws AppError `secret_unreadable` */
	open(sql: Sql, tenantId: string, provider: PaymentProviderName, accountId: string): Promise<PaymentProvider | null>;
	/** What T-Bank signs with. @throws AppError `secret_unreadable` */
	terminalOf(sql: Sql, tenantId: string, account: PaymentAccount): Promise<Terminal>;
	/** Where the provider of an account sends its notifications; '' when it sends none. */
	notificationUrl(account: PaymentAccount): string;
}

/** `stripe` is null while it is not configured; the others need nothing of the platform. */
export function createPaymentProviders(deps: {
	readonly database: Database;
	readonly secrets: TenantSecrets;
	readonly stripe: StripeClient | null;
	readonly tbank: TbankClient;
	readonly publicUrl: string;
	readonly now: () => Date;
}): PaymentProviders {
	const { database, secrets, stripe, tbank, now } = deps;
	const notificationUrl = ({ provider, hookToken }: PaymentAccount) => (provider === 'tbank' ? `${deps.publicUrl}/hooks/tbank/${hookToken}` : '');

	async function terminalOf(sql: Sql, tenantId: string, account: PaymentAccount): Promise<Terminal> {
		const opened = await secrets.unseal(sql, tenantId, account.secrets ?? Buffer.alloc(0), secretsContext(account.id));
		return { terminalKey: account.externalId, password: terminalSecrets.parse(opened).password };
	}

	return {
		notificationUrl,
		terminalOf,
		async ofCompany(sql, companyId) {
			const { rows } = await sql.query<{ provider: PaymentProviderName; account_id: string | null; ready: boolean; currency: string }>(
				`SELECT c.payment_provider AS provider, c.payment_state = 'ready' AS ready, c.currency,
					CASE c.payment_provider WHEN 'stripe' THEN c.stripe_account_id
						ELSE (SELECT a.id FROM payment_accounts a WHERE a.company_id = c.id AND a.provider = c.payment_provider AND a.disconnected_at IS NULL) END AS account_id
				 FROM companies c WHERE c.id = $1`,
				[companyId],
			);
			const row = rows[0];
			if (!row) throw missing('company', companyId);
			return {
				provider: row.provider,
				accountId: row.account_id,
				ready: row.ready && row.account_id !== null,
				currencyProblem: currencyProblem(row.provider, CAPABILITIES[row.provider], row.currency),
				off: row.provider === 'stripe' && stripe === null,
			};
		},
		async open(sql, tenantId, provider, accountId) {
			if (provider === 'stripe') return stripe && createStripeProvider(stripe, accountId);
			if (provider === 'manual') return createManualProvider({ database, tenantId, accountId });
			const account = await accountRepository.find(sql, accountId);
			if (!account) return null;
			return createTbankProvider(tbank, await terminalOf(sql, tenantId, account), { notificationUrl: notificationUrl(account), now });
		},
	};
}
