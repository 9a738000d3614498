import type { Logger } from 'pino';
import { isPayable } from '../../../../core/orders/order.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { LoadCatalog } from '../agent/facts.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import { stockReservations } from '../orders/stock.ts';
import type { Refusal } from './draft-order.ts';
import { pageTexts } from './page-texts.ts';
import type { Attempt, StoredSession } from './session-repository.ts';
import { sessionRepository } from './session-repository.ts';

/** Stripe's bounds are 30 minutes and 24 hours; a minute of each is left for the clocks and the way. */
const SHORTEST_MS = 31 * 60_000;
const LONGEST_MS = 24 * 3_600_000 - 60_000;

export type OpenedLink =
	| { readonly status: 'open'; readonly url: string; readonly sessionId: string }
	/** The customer has paid in a way that takes days (a bank debit). */
	| { readonly status: 'processing' }
	| { readonly status: 'not_payable' }
	| { readonly status: 'refused'; readonly reason: Refusal };

export interface PaymentLinks {
	/**
	 * The provider's open session of an order, made (again) when there is none. A crash at any point leaves nothing that the next call
	 * does not finish: the attempt is stored first and is the idempotency key.
	 * @throws VendorError when the provider gives no answer; AppError `order_not_found`
	 */
	open(tenantId: string, orderId: string): Promise<OpenedLink>;
	/** Ends, at the provider, what a newer order or a cancellation left open. Failures are logged; the next call tries again. */
	closeLeftOpen(tenantId: string, conversationId: string): Promise<void>;
	/** Ends every open session of a company; for disconnecting its account. @throws VendorError */
	closeOfCompany(tenantId: string, companyId: string): Promise<void>;
}

export function createPaymentLinks(deps: { database: Database; loadCatalog: LoadCatalog; stripe: StripeClient | null; publicUrl: string; now: () => Date; log: Logger }): PaymentLinks {
	const { database, stripe, now, log } = deps;

	type Begun =
		| { readonly status: 'ready'; readonly link: OpenedLink }
		| { readonly status: 'begun'; readonly order: Order; readonly attempt: Attempt; readonly accountId: string; readonly locale: string };

	async function begin(sql: Sql, orderId: string): Promise<Begun> {
		const found = await orderRepository.find(sql, orderId);
		if (!found) throw missing('order', orderId);
		await lockConversation(sql, found.conversationId);
		const order = await orderRepository.findForUpdate(sql, orderId);
		if (!order || !isPayable(order, now())) return { status: 'ready', link: { status: 'not_payable' } };
		const [latest] = await sessionRepository.ofOrder(sql, orderId);
		if (latest?.status === 'complete') return { status: 'ready', link: { status: 'processing' } };
		if (latest?.status === 'open' && latest.expiresAt.getTime() > now().getTime()) {
			return { status: 'ready', link: { status: 'open', url: latest.url, sessionId: latest.id } };
		}
		const { rows } = await sql.query<{ account: string | null; payment_state: string; locale: string | null }>(
			`SELECT c.stripe_account_id AS account, c.payment_state, (SELECT decision->>'stripe_lang' FROM decisions WHERE id = $2) AS locale
			 FROM companies c WHERE c.id = $1`,
			[order.companyId, order.decisionId],
		);
		const company = rows[0];
		if (!company?.account || company.payment_state !== 'ready') {
			return { status: 'ready', link: refused('payment_account_not_ready', 'The company has no payment account that can take charges.') };
		}
		const { last, unsettled } = await sessionRepository.unsettledAttempt(sql, orderId);
		const usable = unsettled !== null && unsettled.expiresAt.getTime() >= now().getTime() + SHORTEST_MS;
		const attempt = usable ? unsettled : { number: last + 1, expiresAt: sessionEnd(order, now()) };
		const short = await stockReservations.shortage(sql, order.companyId, order.lines, () => deps.loadCatalog(sql, order.companyId), { orderId });
		if (short !== null) {
			const message = `${JSON.stringify(short.name)} (SKU ${short.sku}) is not there in a quantity of ${short.quantity} any more: others hold or have bought it.`;
			const subject = { name: short.name, totalCents: 0, currency: order.currency };
			return { status: 'ready', link: { status: 'refused', reason: { code: 'quantity_not_available', message, subject } } };
		}
		await stockReservations.put(sql, order, 'held', attempt.expiresAt);
		if (!usable) await sessionRepository.beginAttempt(sql, orderId, attempt);
		return { status: 'begun', order, attempt, accountId: company.account, locale: company.locale ?? 'auto' };
	}

	async function close(tenantId: string, session: StoredSession): Promise<void> {
		if (!stripe) return;
		const status = await stripe.expireCheckoutSession(session.accountId, session.id);
		// Complete: the customer was faster. The provider's event says what that means for the order.
		if (status !== 'expired') return;
		await database.withTenant(tenantId, async (sql) => {
			await sessionRepository.end(sql, session.id, 'expired');
			await stockReservations.releaseUnlessPayable(sql, session.orderId, now());
		});
	}

	return {
		async open(tenantId, orderId) {
			const begun = await database.withTenant(tenantId, (sql) => begin(sql, orderId));
			if (begun.status === 'ready') return begun.link;
			if (!stripe) return refused('payments_off', 'Payments are off: set STRIPE_SECRET_KEY.');
			const { order, attempt, accountId, locale } = begun;
			const giveUp = () =>
				database.withTenant(tenantId, async (sql) => {
					await sessionRepository.giveUpAttempt(sql, orderId, attempt.number);
					await stockReservations.releaseUnlessPayable(sql, orderId, now());
				});
			let session;
			try {
				session = await stripe.createCheckoutSession({
					accountId,
					idempotencyKey: `${order.id}:${attempt.number}`,
					orderId: order.id,
					conversationId: order.conversationId,
					companyId: order.companyId,
					currency: order.currency,
					lines: chargeLines(order),
					locale,
					successUrl: `${paymentUrl(deps.publicUrl, order.payToken)}/done`,
					expiresAt: attempt.expiresAt,
					applicationFeeCents: 0,
				});
			} catch (error) {
				// An answer is replayed for its key, a server error too; without one (no status) the same key finds what was made.
				if (error instanceof VendorError && error.vendorStatus !== null && error.vendorStatus !== 409) await giveUp();
				if (error instanceof VendorError && error.outcome === 'refused') return refused('payment_provider_refused', error.message);
				throw error;
			}
			if (session.amountCents !== order.totalCents || session.currency !== order.currency) {
				log.error({ orderId, sessionId: session.id, amount: session.amountCents, expected: order.totalCents }, 'the provider counts another sum: link withheld');
				await giveUp();
				await stripe.expireCheckoutSession(accountId, session.id);
				return refused('payment_provider_refused', `The provider counts ${session.amountCents} ${session.currency} instead of ${order.totalCents} ${order.currency}.`);
			}
			const stillPayable = await database.withTenant(tenantId, async (sql) => {
				await sessionRepository.insert(sql, order, attempt.number, accountId, session);
				const current = await orderRepository.find(sql, orderId);
				return current !== undefined && isPayable(current, now());
			});
			if (!stillPayable) {
				await close(tenantId, { id: session.id, orderId, accountId, url: session.url, status: session.status, attempt: attempt.number, expiresAt: session.expiresAt });
				return { status: 'not_payable' };
			}
			return { status: 'open', url: session.url, sessionId: session.id };
		},
		async closeLeftOpen(tenantId, conversationId) {
			const sessions = await database.withTenant(tenantId, (sql) => sessionRepository.leftOpen(sql, conversationId));
			for (const session of sessions) {
				await close(tenantId, session).catch((error: unknown) => {
					log.warn({ err: error, sessionId: session.id }, 'a session that is not needed any more could not be ended; it is tried again with the next order');
				});
			}
		},
		async closeOfCompany(tenantId, companyId) {
			const sessions = await database.withTenant(tenantId, (sql) => sessionRepository.openOfCompany(sql, companyId));
			for (const session of sessions) await close(tenantId, session);
		},
	};
}

/** What is charged: every item, and delivery as a line of its own, so that the provider's sum is ours to the cent. */
function chargeLines(order: Order): { name: string; quantity: number; unitCents: number }[] {
	const lines = order.lines.map(({ name, quantity, unit_cents: unitCents }) => ({ name, quantity, unitCents }));
	if (order.deliveryCents === 0) return lines;
	const kind = order.lines.every((line) => line.kind === 'service') ? 'service' : 'product';
	return [...lines, { name: pageTexts(order.language).delivery[kind], quantity: 1, unitCents: order.deliveryCents }];
}

/** As long as the order waits, within the provider's bounds. */
function sessionEnd(order: Order, now: Date): Date {
	const left = order.expiresAt.getTime() - now.getTime();
	return new Date(now.getTime() + Math.min(LONGEST_MS, Math.max(SHORTEST_MS, left)));
}

function refused(code: Refusal['code'], message: string): { status: 'refused'; reason: Refusal } {
	return { status: 'refused', reason: { code, message } };
}
