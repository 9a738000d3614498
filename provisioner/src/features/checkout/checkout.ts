import type { Router } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Decision } from '../../../../core/agent/decision.ts';
import { isPayable, newOrderStatus, statusAt } from '../../../../core/orders/order.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams } from '../../http/endpoint.ts';
import { only, settleEach } from '../../http/batch.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { traceparentOf, unwatched } from '../../telemetry/turn-calls.ts';
import type { TurnResult, WatchTurns } from '../../telemetry/turn-calls.ts';
import { VendorError } from '../../vendors/http.ts';
import { storedDecision } from '../agent/decisions.ts';
import type { LoadCatalog } from '../agent/facts.ts';
import { lockConversationOfTurn } from '../agent/turn-port.ts';
import type { OpenTurn, TurnPort } from '../agent/turn-port.ts';
import type { Bookings } from '../bookings/bookings.ts';
import { askingIfNeeded, type Busy } from '../bookings/busy-times.ts';
import { readCompanySettings } from '../companies/settings.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import type { Order } from '../orders/repository.ts';
import { orderRepository } from '../orders/repository.ts';
import { availableIn, stockReservations } from '../orders/stock.ts';
import type { PaymentProviders } from '../payments/providers/providers.ts';
import { draftOrder, notEnough } from './draft-order.ts';
import type { Refusal } from './draft-order.ts';
import { expiryOf, holdSlots } from './hold-slots.ts';
import { createPayPages } from './pay-pages.ts';
import { createPaymentLinks } from './payment-links.ts';
import type { PaymentLinks } from './payment-links.ts';

const checkoutSchema = z
	.object({
		object: z.literal('checkout'),
		status: z.enum(['payment_link_sent', 'free', 'refused']),
		reason: z.object({ code: z.string(), message: z.string() }).optional().describe('Why there is no link, for the operator.'),
		order: z.object({ id: z.string(), total_cents: z.int(), currency: z.string(), status: z.string() }).nullable(),
		payment_url: z.string().describe('Our own link; it opens the payment provider’s page. Empty without one.'),
		decision_id: z.string(),
	})
	.meta({ id: 'Checkout' });

export interface Checkout {
	readonly endpoints: readonly Endpoint[];
	/** `/pay/{token}` and the page after the payment. */
	readonly router: Router;
	readonly links: PaymentLinks;
}

type Placed = { readonly order: Order; readonly reason?: undefined } | { readonly order: null; readonly reason: Refusal };

/** Orders and payment links of committed decisions. */
export function createCheckout(deps: {
	database: Database;
	turns: TurnPort;
	loadCatalog: LoadCatalog;
	providers: PaymentProviders;
	bookings: Pick<Bookings, 'orders' | 'busyTime'>;
	publicUrl: string;
	now: () => Date;
	log: Logger;
	watch?: WatchTurns;
}): Checkout {
	const { database, bookings, now, log, publicUrl, watch = unwatched } = deps;
	const links = createPaymentLinks({ ...deps, bookings: deps.bookings.orders });

	/** The order of the decision, made once, or the reason why there is none, kept once. @throws CalendarNeeded */
	async function place(sql: Sql, tenantId: string, turnId: string, decisionId: string, busy: Busy | undefined): Promise<Placed> {
		await lockConversationOfTurn(sql, turnId);
		const opened = await deps.turns.loadOpenTurn(sql, turnId);
		const { rows } = await sql.query<{ decision: Decision; checkout_refusal: Refusal | null }>(
			'SELECT decision, checkout_refusal FROM decisions WHERE id = $1 AND turn_id = $2',
			[decisionId, turnId],
		);
		const row = rows[0];
		if (!row) throw missing('decision', decisionId);
		const decision = storedDecision(row.decision);
		if (row.checkout_refusal) return { order: null, reason: row.checkout_refusal };
		const existing = await orderRepository.findByDecision(sql, decisionId);
		if (existing) return { order: existing };

		const company = await readCompany(sql, opened.event.companyId);
		const payment = await deps.providers.ofCompany(sql, opened.event.companyId);
		const drafted = draftOrder(decision, {
			catalog: await availableIn(sql, await deps.loadCatalog(sql, opened.event.companyId), opened.event.companyId, opened.conversation.id),
			currency: company.currency,
			paymentReady: payment.ready,
			paymentsOn: !payment.off,
			currencyProblem: payment.currencyProblem,
		});
		if (!drafted.ok) {
			await refuse(sql, decisionId, drafted.reason);
			return { order: null, reason: drafted.reason };
		}
		const isFree = drafted.draft.totalCents === 0;
		// What costs something is held with the session that it is paid in.
		const stock = isFree ? await stockReservations.check(sql, opened.event.companyId, drafted.draft.lines, () => deps.loadCatalog(sql, opened.event.companyId), { conversationId: opened.conversation.id }) : null;
		if (stock?.shortage) {
			const reason = notEnough(stock.shortage, company.currency);
			await refuse(sql, decisionId, reason);
			return { order: null, reason };
		}
		if (decision.slots.length > 0) await sql.query('SAVEPOINT before_order');
		await cancelUnpaid(sql, opened);
		const order = await orderRepository.insert(sql, {
			...drafted.draft,
			tenantId,
			companyId: opened.event.companyId,
			conversationId: opened.conversation.id,
			decisionId,
			status: newOrderStatus(drafted.draft.totalCents),
			createdAt: now(),
			expiresAt: expiryOf(decision, now().getTime() + company.orderHours * 3_600_000),
		});
		const lost = await holdSlots(sql, order, decision, busy, { bookings: bookings.orders, now });
		if (lost) {
			await sql.query('ROLLBACK TO SAVEPOINT before_order');
			await refuse(sql, decisionId, lost);
			return { order: null, reason: lost };
		}
		if (stock) await stockReservations.put(sql, order, stock, 'sold', null);
		return { order };
	}

	/** One order of a conversation waits for payment at a time: the newer one takes the place of the older. */
	async function cancelUnpaid(sql: Sql, opened: OpenTurn): Promise<void> {
		for (const order of await orderRepository.unpaidOf(sql, opened.conversation.id)) {
			await orderRepository.apply(sql, order, { type: 'cancelled' }, now());
			await bookings.orders.onReleased(sql, order);
		}
	}

	async function checkout(tenantId: string, turnId: string, decisionId: string): Promise<z.input<typeof checkoutSchema>> {
		const placed = await askingIfNeeded(bookings.busyTime, tenantId, (busy) => database.withTenant(tenantId, (sql) => place(sql, tenantId, turnId, decisionId, busy)));
		if (!placed.order) return refusedAnswer(decisionId, placed.reason, null);
		const { order } = placed;
		await links.closeLeftOpen(tenantId, order.conversationId);
		if (order.totalCents === 0) return answer(order, 'free', '');
		if (!isPayable(order, now())) return answer(order, 'payment_link_sent', '');
		try {
			const link = await links.open(tenantId, order.id);
			if (link.status === 'refused') {
				await database.withTenant(tenantId, async (sql) => {
					await refuse(sql, decisionId, link.reason);
					const current = await orderRepository.findForUpdate(sql, order.id);
					if (!current) return;
					await orderRepository.apply(sql, current, { type: 'cancelled' }, now());
					await bookings.orders.onReleased(sql, current);
				});
				return refusedAnswer(decisionId, link.reason, { ...order, status: 'cancelled' });
			}
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			// The link is ours and makes the session when it is opened: the customer need not wait for the provider.
			log.warn({ err: error, orderId: order.id }, 'no checkout session yet; it is made when the customer opens the link');
		}
		return answer(order, 'payment_link_sent', paymentUrl(publicUrl, order.payToken));
	}

	function answer(order: Order, status: 'payment_link_sent' | 'free', url: string): z.input<typeof checkoutSchema> {
		return { object: 'checkout', status, order: brief({ ...order, status: statusAt(order, now()) }), payment_url: url, decision_id: order.decisionId };
	}

	return {
		endpoints: [
			endpoint({
				method: 'post',
				path: '/v1/turns/{id}/checkout',
				summary: 'Check a decision out',
				description:
					'Makes the order of a committed decision and its payment link; a total of 0 is confirmed without one. Idempotent by decision. ' +
					'The sum is computed again from the catalog: `refused` says why there is no link.',
				tag: 'Turns',
				scopes: ['worker', 'tenant', 'platform'],
				params: idParams,
				body: z.strictObject({ decision_id: z.string().min(1).max(100) }),
				responses: { 200: checkoutSchema },
				async handle({ caller, params, body, request }) {
					const work = async () => checkout(await tenantFor(caller, database, 'turn', params.id), params.id, body.decision_id);
					const turn = { turnId: params.id, traceparent: traceparentOf(request.headers['traceparent']) };
					return { status: 200, body: only(await watch('turn.checkout', [turn], () => settleEach([turn], 1, work), resultOf)) };
				},
			}),
		],
		router: createPayPages({ database, links, now, log }),
		links,
	};
}

async function readCompany(sql: Sql, companyId: string): Promise<{ currency: string; orderHours: number }> {
	const { rows } = await sql.query<{ currency: string; settings: unknown }>('SELECT currency, settings FROM companies WHERE id = $1', [companyId]);
	const company = rows[0];
	if (!company) throw missing('company', companyId);
	return {
		currency: company.currency,
		orderHours: readCompanySettings(company.settings).order_expires_after_hours,
	};
}

async function refuse(sql: Sql, decisionId: string, reason: Refusal): Promise<void> {
	await sql.query('UPDATE decisions SET checkout_refusal = $2 WHERE id = $1', [decisionId, JSON.stringify(reason)]);
}

function resultOf({ status, reason, order }: z.input<typeof checkoutSchema>): TurnResult {
	return { stage: 'checked_out', fields: { status, order: order?.id, reason: reason?.code } };
}

function refusedAnswer(decisionId: string, reason: Refusal, order: Order | null): z.input<typeof checkoutSchema> {
	const { code, message } = reason;
	return { object: 'checkout', status: 'refused', reason: { code, message }, order: order && brief(order), payment_url: '', decision_id: decisionId };
}

function brief(order: Order): { id: string; total_cents: number; currency: string; status: string } {
	return { id: order.id, total_cents: order.totalCents, currency: order.currency, status: order.status };
}
