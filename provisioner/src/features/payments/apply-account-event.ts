import type { Database, Sql } from '../../store/database.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { AccountEvent } from './stripe-event.ts';

export type PaymentState = 'disconnected' | 'onboarding' | 'ready';

/**
 * Something about a connected account changed. The event is only a hint (thin events carry nothing, and events come in any order):
 * what counts is what Stripe says of the account now.
 * @throws VendorError, so that Stripe delivers the event again
 */
export async function applyAccountEvent(database: Database, stripe: StripeClient, tenantId: string, event: AccountEvent): Promise<void> {
	const seen = await database.withTenant(tenantId, (sql) => sql.query('SELECT 1 FROM payment_events WHERE id = $1', [event.id]));
	if (seen.rowCount !== 0) return;
	let state: PaymentState = 'disconnected';
	if (event.type !== 'account.application.deauthorized') {
		const account = await stripe.getAccountStatus(event.account);
		state = stateOf(account);
	}
	await database.withTenant(tenantId, async (sql) => {
		await sql.query(
			`INSERT INTO payment_events (id, tenant_id, type, account_id, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
			[event.id, tenantId, event.type, event.account, JSON.stringify(event)],
		);
		await storeAccountState(sql, event.account, state);
	});
}

export function stateOf(account: { readonly ready: boolean; readonly closed: boolean }): PaymentState {
	if (account.closed) return 'disconnected';
	return account.ready ? 'ready' : 'onboarding';
}

/** Links stop at once with `disconnected`; the account's id goes with it, so that a new one can be connected. */
export async function storeAccountState(sql: Sql, accountId: string, state: PaymentState): Promise<void> {
	await sql.query(
		`UPDATE companies SET payment_state = $2,
			stripe_account_id = CASE WHEN $2 = 'disconnected' THEN NULL ELSE stripe_account_id END,
			payment_account_round = payment_account_round + CASE WHEN $2 = 'disconnected' THEN 1 ELSE 0 END
		 WHERE stripe_account_id = $1`,
		[accountId, state],
	);
}
