import { AppError } from '../../../../core/errors.ts';
import type { Database, Sql } from '../../store/database.ts';
import type { TbankClient, Terminal } from '../../vendors/tbank/client.ts';
import { TbankError } from '../../vendors/tbank/errors.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import { sessionRepository } from '../checkout/session-repository.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import type { PaymentState } from './apply-account-event.ts';
import type { PaymentAccountJson } from './payment-account.ts';
import { accountRepository, secretsContext } from './providers/account-repository.ts';
import type { PaymentAccount } from './providers/account-repository.ts';
import type { PaymentProviders } from './providers/providers.ts';

/** Accounts that the company gives us: a terminal at T-Bank, instructions for paying by hand. Stripe's are made, not given. */
export interface GivenAccounts {
	/** @throws AppError `payment_credentials_invalid` when the bank does not take them; VendorError when it gives no answer */
	storeTerminal(tenantId: string, companyId: string, terminal: Terminal): Promise<void>;
	storeInstructions(tenantId: string, companyId: string, instructions: string): Promise<void>;
	/** Asks the provider how far it is, and remembers it. @throws VendorError */
	look(tenantId: string, companyId: string): Promise<PaymentAccountJson>;
	/** New links stop first, then what is open is ended. May be repeated. @throws VendorError */
	disconnect(tenantId: string, companyId: string): Promise<void>;
	chooseStripe(tenantId: string, companyId: string): Promise<void>;
}

export function createGivenAccounts(deps: {
	database: Database;
	secrets: TenantSecrets;
	providers: PaymentProviders;
	tbank: TbankClient;
	links: PaymentLinks;
	now: () => Date;
}): GivenAccounts {
	const { database, secrets, providers, tbank, links, now } = deps;

	async function connect(sql: Sql, account: Parameters<typeof accountRepository.connect>[1]): Promise<PaymentAccount> {
		await sql.query('SELECT 1 FROM companies WHERE id = $1 FOR UPDATE', [account.companyId]);
		await accountRepository.disconnect(sql, account.companyId, now());
		const connected = await accountRepository.connect(sql, account);
		// New words or a new password of the same provider interrupt nobody.
		await sql.query(
			`UPDATE companies SET payment_state = CASE WHEN payment_provider = $2 AND payment_state = 'ready' THEN 'ready' ELSE 'onboarding' END, payment_provider = $2 WHERE id = $1`,
			[account.companyId, account.provider],
		);
		return connected;
	}

	async function requirementsOf(tenantId: string, account: PaymentAccount, currencyProblem: string | null): Promise<string[]> {
		const missing = currencyProblem === null ? [] : [currencyProblem];
		if (account.provider === 'manual') return missing;
		const terminal = await database.withTenant(tenantId, (sql) => providers.terminalOf(sql, tenantId, account));
		if (await tbank.accepts(terminal)) return missing;
		return ['T-Bank does not take this TerminalKey with its password (any more): give them again.', ...missing];
	}

	return {
		async storeTerminal(tenantId, companyId, terminal) {
			if (!(await tbank.accepts(terminal))) {
				const message = `T-Bank does not take the TerminalKey ${JSON.stringify(terminal.terminalKey)} with that password. Copy both from the terminal's settings in the bank's account; nothing was stored.`;
				throw new AppError('payment_credentials_invalid', message, { status: 422 });
			}
			await database.withTenant(tenantId, async (sql) => {
				const account = await connect(sql, { tenantId, companyId, provider: 'tbank', externalId: terminal.terminalKey, instructions: '' });
				await accountRepository.storeSecrets(sql, account.id, await secrets.seal(sql, tenantId, { password: terminal.password }, secretsContext(account.id)));
			});
		},
		async storeInstructions(tenantId, companyId, instructions) {
			await database.withTenant(tenantId, (sql) => connect(sql, { tenantId, companyId, provider: 'manual', externalId: '', instructions }));
		},
		async look(tenantId, companyId) {
			const { account, payment } = await database.withTenant(tenantId, async (sql) => ({
				account: await accountRepository.connectedOf(sql, companyId),
				payment: await providers.ofCompany(sql, companyId),
			}));
			const none = { object: 'payment_account', company_id: companyId, provider: payment.provider, onboarding_url: '', terminal_key: '', notification_url: '', instructions: '' } as const;
			if (!account) return { ...none, id: '', state: 'disconnected', requirements: [] };
			const requirements = await requirementsOf(tenantId, account, payment.currencyProblem);
			const state: PaymentState = requirements.length === 0 ? 'ready' : 'onboarding';
			await database.withTenant(tenantId, (sql) =>
				sql.query('UPDATE companies SET payment_state = $2 WHERE id = $1 AND EXISTS (SELECT 1 FROM payment_accounts WHERE id = $3 AND disconnected_at IS NULL)', [
					companyId, state, account.id,
				]),
			);
			return { ...none, id: account.id, state, requirements, terminal_key: account.externalId, notification_url: providers.notificationUrl(account), instructions: account.instructions };
		},
		async disconnect(tenantId, companyId) {
			await database.withTenant(tenantId, (sql) => sql.query(`UPDATE companies SET payment_state = 'disconnected' WHERE id = $1`, [companyId]));
			await links.closeOfCompany(tenantId, companyId).catch(async (error: unknown) => {
				// The bank doesn't know us any more: nothing can be ended there, and the pages end with their time.
				if (!(error instanceof TbankError && error.wrongTerminal)) throw error;
				await database.withTenant(tenantId, async (sql) => {
					for (const { id } of await sessionRepository.openOfCompany(sql, companyId)) await sessionRepository.end(sql, id, 'expired');
				});
			});
			await database.withTenant(tenantId, (sql) => accountRepository.disconnect(sql, companyId, now()));
		},
		async chooseStripe(tenantId, companyId) {
			await database.withTenant(tenantId, (sql) => sql.query(`UPDATE companies SET payment_provider = 'stripe' WHERE id = $1`, [companyId]));
		},
	};
}
