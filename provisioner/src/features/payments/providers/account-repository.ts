import type { PaymentProviderName } from '../../../../../core/orders/payment-provider.ts';
import type { Sql } from '../../../store/database.ts';
import { newId, newToken } from '../../../store/ids.ts';

/** A payment account that was given to us: a terminal at T-Bank, or how to pay by hand. */
export interface PaymentAccount {
	readonly id: string;
	readonly companyId: string;
	readonly provider: Exclude<PaymentProviderName, 'stripe'>;
	/** T-Bank's TerminalKey. */
	readonly externalId: string;
	readonly secrets: Buffer | null;
	readonly instructions: string;
	readonly hookToken: string;
	readonly connected: boolean;
}

interface AccountRow {
	id: string;
	company_id: string;
	provider: PaymentAccount['provider'];
	external_id: string;
	secrets: Buffer | null;
	instructions: string;
	hook_token: string;
	connected: boolean;
}
const COLUMNS = 'id, company_id, provider, external_id, secrets, instructions, hook_token, disconnected_at IS NULL AS connected';

/** Every function runs in the tenant's session `sql`. */
export const accountRepository = {
	async find(sql: Sql, accountId: string): Promise<PaymentAccount | undefined> {
		const { rows } = await sql.query<AccountRow>(`SELECT ${COLUMNS} FROM payment_accounts WHERE id = $1`, [accountId]);
		return rows[0] && toAccount(rows[0]);
	},
	/** The one that the company is paid on now. */
	async connectedOf(sql: Sql, companyId: string): Promise<PaymentAccount | undefined> {
		const { rows } = await sql.query<AccountRow>(`SELECT ${COLUMNS} FROM payment_accounts WHERE company_id = $1 AND disconnected_at IS NULL`, [companyId]);
		return rows[0] && toAccount(rows[0]);
	},
	/** The company's account of that name, connected (again); its id and the address of its notifications stay the same. */
	async connect(sql: Sql, account: { tenantId: string; companyId: string; provider: PaymentAccount['provider']; externalId: string; instructions: string }): Promise<PaymentAccount> {
		const { rows } = await sql.query<AccountRow>(
			`INSERT INTO payment_accounts (id, tenant_id, company_id, provider, external_id, instructions, hook_token) VALUES ($1, $2, $3, $4, $5, $6, $7)
			 ON CONFLICT (company_id, provider, external_id) DO UPDATE SET instructions = excluded.instructions, disconnected_at = NULL RETURNING ${COLUMNS}`,
			[newId('pac'), account.tenantId, account.companyId, account.provider, account.externalId, account.instructions, newToken()],
		);
		const [row] = rows;
		if (!row) throw new Error('INSERT … RETURNING returned no payment account');
		return toAccount(row);
	},
	async storeSecrets(sql: Sql, accountId: string, sealed: Buffer): Promise<void> {
		await sql.query('UPDATE payment_accounts SET secrets = $2 WHERE id = $1', [accountId, sealed]);
	},
	/** No account of the company is connected afterwards; they are kept, with what their late notifications are checked with. */
	async disconnect(sql: Sql, companyId: string, now: Date): Promise<void> {
		await sql.query('UPDATE payment_accounts SET disconnected_at = $2 WHERE company_id = $1 AND disconnected_at IS NULL', [companyId, now]);
	},
};

/** What a sealed value belongs to; one that is moved to another account does not open. */
export function secretsContext(accountId: string): string {
	return `payment-account:${accountId}`;
}

function toAccount(row: AccountRow): PaymentAccount {
	return {
		id: row.id,
		companyId: row.company_id,
		provider: row.provider,
		externalId: row.external_id,
		secrets: row.secrets,
		instructions: row.instructions,
		hookToken: row.hook_token,
		connected: row.connected,
	};
}
