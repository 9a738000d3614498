import type { Logger } from 'pino';
import { isPayable } from '../../../../core/orders/order.ts';
import type { Payment, PaymentProvider, PaymentStatus } from '../../../../core/orders/payment-provider.ts';
import { paymentEnd } from '../../../../core/orders/payment-provider.ts';
import { missing } from '../../http/authenticate.ts';
import type { Database, Sql } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import type { LoadCatalog } from '../agent/facts.ts';
import { lockConversation } from '../agent/turn-port.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import { releaseUnlessPayable } from '../orders/release-holds.ts';
import { stockReservations } from '../orders/stock.ts';
import { accountRepository } from '../payments/providers/account-repository.ts';
import type { PaymentProviders } from '../payments/providers/providers.ts';
import { notEnough } from './draft-order.ts';
import type { Refusal } from './draft-order.ts';
import { slotLost } from './hold-slots.ts';
import { pageTexts } from './page-texts.ts';
import type { Attempt, StoredSession } from './session-repository.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { sessionOf, sessionRepository } from './session-repository.ts';

/** A payment of the last moment is told of so much later, at most; the provider's word that there is none frees what is held at once. */
const EVENT_DELAY_MS = 15 * 60_000;

export type OpenedLink =
	| { readonly status: 'open'; readonly url: string; readonly sessionId: string }
	/** There is no page of a provider: the customer is told how to pay by hand. */
	| { readonly status: 'by_hand'; readonly instructions: string; readonly sessionId: string }
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
	/** Ends, at the provider, what a newer order or a cancellation left open. Failures are logged; reconciliation tries again. */
	closeLeftOpen(tenantId: string, conversationId: string): Promise<void>;
	/** Ends a session at its provider, unless it was paid; what it says of the session, null when it didn't ask. @throws VendorError */
	close(tenantId: string, session: Pick<StoredSession, 'id' | 'orderId' | 'provider' | 'accountId'>): Promise<PaymentStatus | null>;
	/** Ends every open session of a company; for disconnecting its account. @throws VendorError */
	closeOfCompany(tenantId: string, companyId: string): Promise<void>;
	/** Ends every open page of a tenant that is being deleted. One that its provider does not end is told in the result, and keeps nobody from being deleted. */
	endOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
}

export function createPaymentLinks(deps: { database: Database; loadCatalog: LoadCatalog; bookings: OrderBookings; providers: PaymentProviders; publicUrl: string; now: () => Date; log: Logger }): PaymentLinks {
	const { database, providers, now, log } = deps;

	type Begun =
		| { readonly status: 'ready'; readonly link: OpenedLink }
		| { readonly status: 'begun'; readonly order: Order; readonly attempt: Attempt; readonly provider: PaymentProvider; readonly accountId: string; readonly locale: string };

	async function begin(sql: Sql, orderId: string): Promise<Begun> {
		const found = await orderRepository.find(sql, orderId);
		if (!found) throw missing('order', orderId);
		await lockConversation(sql, found.conversationId);
		const order = await orderRepository.findForUpdate(sql, orderId);
		if (order?.paymentOnItsWay === true && order.status === 'awaiting_payment') return { status: 'ready', link: { status: 'processing' } };
		if (!order || !isPayable(order, now())) return { status: 'ready', link: { status: 'not_payable' } };
		const [latest] = await sessionRepository.ofOrder(sql, orderId);
		const account = await providers.ofCompany(sql, order.companyId);
		if (latest?.status === 'open' && latest.expiresAt.getTime() > now().getTime() && latest.accountId === account.accountId) {
			return { status: 'ready', link: await linkTo(sql, latest) };
		}
		if (account.accountId === null || !account.ready) {
			return { status: 'ready', link: refused('payment_account_not_ready', 'The company has no payment account that can take charges.') };
		}
		if (account.currencyProblem !== null) return { status: 'ready', link: refused('currency_not_supported', account.currencyProblem) };
		const provider = await providers.open(sql, order.tenantId, account.provider, account.accountId);
		if (!provider) return { status: 'ready', link: refused('payments_off', 'Payments are off: set STRIPE_SECRET_KEY.') };
		// A page that can be paid after the first of the times has begun would book the past.
		const begins = (await sql.query<{ item_name: string; starts_at: Date }>(
			`SELECT item_name, starts_at FROM bookings WHERE order_id = $1 AND (status = 'held' OR (status = 'released' AND ended_by = 'time')) ORDER BY starts_at LIMIT 1`, [orderId],
		)).rows[0];
		if (begins && begins.starts_at.getTime() < now().getTime() + provider.capabilities.shortestLifeMs) {
			const message = `The time of ${JSON.stringify(begins.item_name)} at ${begins.starts_at.toISOString()} begins before a payment page could end.`;
			return { status: 'ready', link: { status: 'refused', reason: { code: 'slot_taken', message, subject: { name: begins.item_name, totalCents: 0, currency: order.currency } } } };
		}
		const { rows } = await sql.query<{ locale: string | null }>(`SELECT decision->>'stripe_lang' AS locale FROM decisions WHERE id = $1`, [order.decisionId]);
		const { last, unsettled } = await sessionRepository.unsettledAttempt(sql, orderId);
		const usable = unsettled !== null && unsettled.expiresAt.getTime() >= now().getTime() + provider.capabilities.shortestLifeMs;
		const attempt = usable ? unsettled : { number: last + 1, expiresAt: paymentEnd(provider.capabilities, order.expiresAt, now()) };
		const stock = await stockReservations.check(sql, order.companyId, order.lines, () => deps.loadCatalog(sql, order.companyId), { orderId });
		if (stock.shortage) return { status: 'ready', link: { status: 'refused', reason: notEnough(stock.shortage, order.currency) } };
		const times = await deps.bookings.holdAgain(sql, order, new Date(attempt.expiresAt.getTime() + EVENT_DELAY_MS));
		if (!times.ok) return { status: 'ready', link: { status: 'refused', reason: slotLost(times.lost, order.currency) } };
		await stockReservations.put(sql, order, stock, 'held', attempt.expiresAt);
		if (!usable) await sessionRepository.beginAttempt(sql, orderId, attempt);
		return { status: 'begun', order, attempt, provider, accountId: account.accountId, locale: rows[0]?.locale ?? 'auto' };
	}

	async function linkTo(sql: Sql, session: StoredSession): Promise<OpenedLink> {
		if (session.provider !== 'manual') return { status: 'open', url: session.url, sessionId: session.id };
		return { status: 'by_hand', instructions: (await accountRepository.find(sql, session.accountId))?.instructions ?? '', sessionId: session.id };
	}

	/** The state in which it ended; null: its provider is not configured any more. */
	async function close(tenantId: string, session: Pick<StoredSession, 'id' | 'orderId' | 'provider' | 'accountId'>): Promise<PaymentStatus | null> {
		const provider = await database.withTenant(tenantId, (sql) => providers.open(sql, tenantId, session.provider, session.accountId));
		if (!provider) return null;
		const status = await provider.end(session.id);
		// Paid: the customer was faster. The provider's event says what that means for the order.
		if (status === 'refunded') log.warn({ sessionId: session.id }, 'a payment was made while it was being ended, and went back to the customer');
		if (status !== 'expired') return status;
		await database.withTenant(tenantId, async (sql) => {
			await sessionRepository.end(sql, session.id, 'expired');
			await releaseUnlessPayable(sql, session.orderId, now());
		});
		return status;
	}

	return {
		close,
		async open(tenantId, orderId) {
			const begun = await database.withTenant(tenantId, (sql) => begin(sql, orderId));
			if (begun.status === 'ready') return begun.link;
			const { order, attempt, provider, accountId, locale } = begun;
			const giveUp = () =>
				database.withTenant(tenantId, async (sql) => {
					await sessionRepository.giveUpAttempt(sql, orderId, attempt.number);
					await releaseUnlessPayable(sql, orderId, now());
				});
			let session: Payment;
			try {
				session = await provider.create({
					idempotencyKey: `${order.id}:${attempt.number}`,
					orderId: order.id,
					attempt: attempt.number,
					amountCents: order.totalCents,
					currency: order.currency,
					lines: chargeLines(order),
					locale,
					successUrl: `${paymentUrl(deps.publicUrl, order.payToken)}/done`,
					expiresAt: attempt.expiresAt,
					metadata: { order_id: order.id, conversation_id: order.conversationId, company_id: order.companyId },
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
				await provider.end(session.id);
				return refused('payment_provider_refused', `The provider counts ${session.amountCents} ${session.currency} instead of ${order.totalCents} ${order.currency}.`);
			}
			const { stillPayable, link, kept } = await database.withTenant(tenantId, async (sql) => {
				await sessionRepository.insert(sql, order, attempt.number, accountId, sessionOf(provider.name, session));
				const current = await orderRepository.find(sql, orderId);
				const ours = { ...sessionOf(provider.name, session), orderId, accountId, attempt: attempt.number };
				const first = (await sessionRepository.ofOrder(sql, orderId)).find((one) => one.attempt === attempt.number) ?? ours;
				return { stillPayable: current !== undefined && isPayable(current, now()), link: await linkTo(sql, first), kept: first.id };
			});
			// Somebody opened the same link in the same moment, at a provider that does not know the key: theirs is the one.
			if (kept !== session.id) await close(tenantId, { id: session.id, orderId, provider: provider.name, accountId });
			if (stillPayable) return link;
			await close(tenantId, { id: kept, orderId, provider: provider.name, accountId });
			return { status: 'not_payable' };
		},
		async closeLeftOpen(tenantId, conversationId) {
			const sessions = await database.withTenant(tenantId, (sql) => sessionRepository.leftOpen(sql, conversationId));
			for (const session of sessions) {
				await close(tenantId, session).catch((error: unknown) => {
					log.warn({ err: error, sessionId: session.id }, 'a session that is not needed any more could not be ended; it is tried again');
				});
			}
		},
		async closeOfCompany(tenantId, companyId) {
			const sessions = await database.withTenant(tenantId, (sql) => sessionRepository.openOfCompany(sql, companyId));
			for (const session of sessions) await close(tenantId, session);
		},
		async endOfTenant(tenantId) {
			const ended: RemovedResource[] = [];
			for (const session of await database.withTenant(tenantId, (sql) => sessionRepository.openPages(sql))) {
				let outcome: RemovedResource['outcome'] = 'failed';
				try {
					const status = await close(tenantId, session);
					if (status !== null) outcome = status === 'expired' ? 'removed' : 'already_gone';
					else log.warn({ tenantId, sessionId: session.id }, 'a payment page of a deleted tenant stays open: its provider is not configured here any more');
				} catch (error) {
					log.warn({ err: error, tenantId, sessionId: session.id }, 'a payment page of a deleted tenant could not be ended: its owner can end it at the provider');
				}
				ended.push({ type: 'payment_page', id: session.id, name: session.provider, outcome });
			}
			return ended;
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

function refused(code: Refusal['code'], message: string): { status: 'refused'; reason: Refusal } {
	return { status: 'refused', reason: { code, message } };
}
