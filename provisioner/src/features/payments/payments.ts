import express from 'express';
import type { Router } from 'express';
import type { Logger } from 'pino';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { StripeClient } from '../../vendors/stripe/client.ts';
import type { OrderBookings } from '../bookings/order-port.ts';
import { renderPage, sendPage } from '../checkout/page.ts';
import type { PaymentLinks } from '../checkout/payment-links.ts';
import type { OutboxPort } from '../replies/outbox-port.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import type { TbankClient } from '../../vendors/tbank/client.ts';
import { createCancelledRefunds } from './refund-cancelled.ts';
import { createGiveBack, createRefundEndpoint } from './refund-order.ts';
import { createMarkPaidEndpoint } from './mark-paid.ts';
import { createPaymentAccountEndpoints } from './payment-account.ts';
import { createPaymentLogEndpoints } from './payment-log.ts';
import type { PaymentProviders } from './providers/providers.ts';
import { createReconciliation } from './reconcile.ts';
import { createStripeHook } from './stripe-hook.ts';
import { createTbankHook } from './tbank-hook.ts';

export interface Payments {
	readonly endpoints: readonly Endpoint[];
	/** The providers' webhooks, and the pages that Stripe's onboarding leads back to. */
	readonly router: Router;
	/** Asks the providers about sessions whose event never came. Returns how many were settled. */
	reconcile(): Promise<number>;
	/** Ends sessions of orders that can't be paid any more. Returns how many were looked at. */
	endLeftOpen(): Promise<number>;
	/** Forgets what was told of payments that are none of ours. Returns how much. */
	prune(): Promise<number>;
	/** Gives back what is due of bookings that customers have cancelled. Returns how many were looked at. */
	refundCancelled(): Promise<number>;
	start(): void;
	stop(): Promise<void>;
}

/** Payment accounts of companies, and what providers tell of payments. `stripe` is null while it is not configured. */
export function createPayments(deps: {
	database: Database;
	outbox: OutboxPort;
	/** Books what an order held when it is paid. Left out: nothing was held. */
	bookings?: Pick<OrderBookings, 'extendHold' | 'onPaid' | 'onRefunded'>;
	links: PaymentLinks;
	providers: PaymentProviders;
	secrets: TenantSecrets;
	tbank: TbankClient;
	stripe: StripeClient | null;
	webhookSecrets: readonly string[];
	publicUrl: string;
	now: () => Date;
	log: Logger;
}): Payments {
	const router = express.Router();
	router.use(createStripeHook(deps));
	router.use(createTbankHook(deps));
	router.get('/payment-account/return', (_request, response) => {
		sendPage(response, 200, renderPage('en', { title: 'Thank you!', text: 'Stripe has your details. You can close this window; the payment account shows when it is ready.' }));
	});
	router.get('/payment-account/refresh', (_request, response) => {
		sendPage(response, 200, renderPage('en', { title: 'This link has expired', text: 'Please connect the payment account again to get a new link. What you have entered is kept.' }));
	});
	const reconciliation = createReconciliation(deps);
	const giveBack = createGiveBack(deps);
	const cancelled = createCancelledRefunds({ ...deps, giveBack });
	return {
		endpoints: [...createPaymentAccountEndpoints(deps), ...createPaymentLogEndpoints(deps), createMarkPaidEndpoint(deps), createRefundEndpoint({ database: deps.database, giveBack })],
		router,
		reconcile: () => reconciliation.look(),
		endLeftOpen: () => reconciliation.endLeftOpen(),
		prune: () => reconciliation.prune(),
		refundCancelled: () => cancelled.look(),
		start() {
			reconciliation.start();
			cancelled.start();
		},
		async stop() {
			await Promise.all([reconciliation.stop(), cancelled.stop()]);
		},
	};
}
