import type { Database, Sql } from '../../store/database.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import { releaseUnlessPayable } from '../orders/release-holds.ts';
import type { AccountEvent } from './stripe-event.ts';

export type PaymentState = 'disconnected' | 'onboarding' | 'ready';

/**
 * Something about a connected account changed. The event is only a hint (thin events carry nothing, and events come in any order):
 * what counts is what Stripe says of the account now.
 * @throws VendorError, so that Stripe delivers the event again
 */
export async function applyAccountEvent(database: Database, stripe: StripeClient, tenantId: string, event: AccountEvent, now: Date): Promise<void> {
	const seen = await database.withTenant(tenantId, (sql) => sql.query('SELECT 1 FROM payment_events WHERE id = $1', [event.id]));
	if (seen.rowCount !== 0) return;
	let state: PaymentState = 'disconnected';
	const ticket = await database.withTenant(tenantId, (sql) => takeAccountTicket(sql, event.account));
	if (event.type !== 'account.application.deauthorized') {
		const account = await stripe.getAccountStatus(event.account);
		state = stateOf(account);
	}
	await database.withTenant(tenantId, async (sql) => {
		await sql.query(
			`INSERT INTO payment_events (id, tenant_id, type, account_id, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
			[event.id, tenantId, event.type, event.account, JSON.stringify(event)],
		);
		await storeAccountState(sql, event.account, state, ticket, now);
	});
}

export function stateOf(account: { readonly ready: boolean; readonly closed: boolean }): PaymentState {
	if (account.closed) return 'disconnected';
	return account.ready ? 'ready' : 'onboarding';
}

/** Taken before Stripe is asked about an account: of two looks that overlap, the later one is stored, whichever answer comes last. */
export async function takeAccountTicket(sql: Sql, accountId: string): Promise<number> {
	const { rows } = await sql.query<{ ticket: number }>('UPDATE companies SET payment_last_ticket = payment_last_ticket + 1 WHERE stripe_account_id = $1 RETURNING payment_last_ticket AS ticket', [accountId]);
	return rows[0]?.ticket ?? 0;
}

/**
 * Links stop at once with `disconnected`; the account's id goes with it, so that a new one can be connected. Its open sessions can't be ended at Stripe
 * any more: they end here, and what was held for them is free.
 */
export async function storeAccountState(sql: Sql, accountId: string, state: PaymentState, ticket: number, now: Date): Promise<void> {
	if (state === 'disconnected') {
		const { rows } = await sql.query<{ order_id: string }>(`UPDATE checkout_sessions SET status = 'expired' WHERE account_id = $1 AND status = 'open' RETURNING order_id`, [accountId]);
		for (const orderId of rows.map((row) => row.order_id).sort()) await releaseUnlessPayable(sql, orderId, now);
	}
	await sql.query(
		`UPDATE companies SET payment_state = $2, payment_stored_ticket = $3,
			stripe_account_id = CASE WHEN $2 = 'disconnected' THEN NULL ELSE stripe_account_id END,
			payment_account_round = payment_account_round + CASE WHEN $2 = 'disconnected' THEN 1 ELSE 0 END
		 WHERE stripe_account_id = $1 AND payment_stored_ticket < $3`,
		[accountId, state, ticket],
	);
}
