import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import { statusAt } from '../../../../core/orders/order.ts';
import type { Database } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import { orderRepository } from '../orders/repository.ts';
import type { Order } from '../orders/repository.ts';
import { renderPage, sendPage } from './page.ts';
import type { PageTexts } from './page-texts.ts';
import { pageTexts, pageTextsFor } from './page-texts.ts';
import { formatMoney } from '../../../../core/agent/phrases/money.ts';
import { phrasesFor } from '../../../../core/agent/phrases/index.ts';
import { orderNumber } from '../orders/order-number.ts';
import type { PaymentLinks } from './payment-links.ts';

/** The customer's side of a payment: `/pay/{token}` leads to the provider's page of the moment, everything else is said in words. */
export function createPayPages(deps: { database: Database; links: PaymentLinks; now: () => Date; log: Logger }): Router {
	const { database, now, log } = deps;
	const router = express.Router();

	async function findOrder(token: string): Promise<Order | undefined> {
		// Tokens are 43 characters; anything much longer is not worth a query.
		if (token.length > 100) return undefined;
		const { rows } = await database.system.query<{ tenant: string | null }>("SELECT tenant_of('pay_token', $1) AS tenant", [token]);
		const tenant = rows[0]?.tenant;
		return tenant ? database.withTenant(tenant, (sql) => orderRepository.findByPayToken(sql, token)) : undefined;
	}

	router.get('/pay/:token', async (request, response) => {
		const order = await findOrder(request.params.token);
		if (!order) {
			const texts = pageTextsFor(request.get('accept-language'));
			sendPage(response, 404, renderPage(texts.lang, texts.unknown));
			return;
		}
		const texts = pageTexts(order.language);
		if (statusAt(order, now()) !== 'awaiting_payment') {
			sendStatus(response, order, texts);
			return;
		}
		const link = await deps.links.open(order.tenantId, order.id).catch((error: unknown) => {
			if (!(error instanceof VendorError)) throw error;
			log.warn({ err: error, orderId: order.id }, 'a payment link could not be opened: the provider gave no answer');
			return { status: 'try_again' as const };
		});
		switch (link.status) {
			case 'open':
				response.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }).redirect(303, link.url);
				return;
			case 'by_hand': {
				const sum = formatMoney(order.totalCents, order.currency, phrasesFor(order.language).language);
				const { title, text } = texts.byHand;
				sendPage(response, 200, renderPage(texts.lang, { title, text: text(sum, orderNumber(order.id)) }, texts.byHand.confirmed, link.instructions));
				return;
			}
			case 'processing':
				sendPage(response, 200, renderPage(texts.lang, texts.processing));
				return;
			case 'try_again':
				response.set('Retry-After', '60');
				sendPage(response, 503, renderPage(texts.lang, texts.tryAgain));
				return;
			case 'refused':
				log.warn({ orderId: order.id, reason: link.reason.code }, 'a payment link could not be opened');
				sendPage(response, 200, renderPage(texts.lang, link.reason.code === 'quantity_not_available' ? texts.soldOut : link.reason.code === 'slot_taken' ? texts.slotTaken : texts.unavailable));
				return;
			case 'not_payable': {
				// It ended between the two looks.
				const current = await findOrder(request.params.token);
				sendStatus(response, current ?? order, texts);
			}
		}
	});

	/** Where the provider sends the customer after paying; its event may come later than the customer. */
	router.get('/pay/:token/done', async (request, response) => {
		const order = await findOrder(request.params.token);
		const texts = order ? pageTexts(order.language) : pageTextsFor(request.get('accept-language'));
		if (!order) sendPage(response, 404, renderPage(texts.lang, texts.unknown));
		else sendPage(response, 200, renderPage(texts.lang, order.status === 'paid' ? texts.paid : texts.thanks));
	});

	function sendStatus(response: express.Response, order: Order, texts: PageTexts): void {
		const status = statusAt(order, now());
		if (order.paymentOnItsWay && (status === 'expired' || status === 'cancelled')) return sendPage(response, 200, renderPage(texts.lang, texts.processing));
		switch (status) {
			case 'paid':
				return sendPage(response, 200, renderPage(texts.lang, texts.paid));
			case 'refunded':
				return sendPage(response, 200, renderPage(texts.lang, texts.refunded));
			case 'confirmed':
				return sendPage(response, 200, renderPage(texts.lang, texts.free));
			case 'expired':
				return sendPage(response, 410, renderPage(texts.lang, texts.expired));
			default:
				return sendPage(response, 410, renderPage(texts.lang, texts.cancelled));
		}
	}
	return router;
}
