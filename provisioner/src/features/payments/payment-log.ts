import { z } from 'zod';
import { decimalAmount } from '../../../../core/agent/phrases/money.ts';
import { PAYMENT_PROVIDERS } from '../../../../core/orders/payment-provider.ts';
import { spreadsheetSafe } from '../../../../core/catalog/cells.ts';
import { AppError } from '../../../../core/errors.ts';
import { csvOf } from '../../http/csv.ts';
import { endpoint, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { tenantOfList } from '../orders/list-tenant.ts';
import { paymentUrl } from '../orders/payment-url.ts';
import type { LoggedPayment, PaymentFilter } from './payment-log-repository.ts';
import { listPayments, PAYMENT_STATUSES } from './payment-log-repository.ts';

/** Of one exported file: more than that is no file to look at, and is asked for by periods. */
const MOST_EXPORTED = 50_000;

const paymentSchema = z
	.object({
		id: z.string().describe('Of the order: each has one link.'),
		object: z.literal('payment'),
		created_at: z.string(),
		company_id: z.string(),
		connection_id: z.string(),
		channel: z.string(),
		conversation_id: z.string(),
		customer_name: z.string(),
		status: z.enum(PAYMENT_STATUSES).describe('processing: the customer has paid in a way that takes days.'),
		amount_cents: z.int(),
		currency: z.string(),
		payment_url: z.string().describe('Empty when there is nothing to pay (any more).'),
		sessions: z.int().describe('How many sessions the provider made for the link: one that ended is reissued.'),
		checkout_session_id: z.string().describe('Of the last session. Empty before there is one.'),
		provider: z.enum(PAYMENT_PROVIDERS),
		account_id: z.string().describe('The payment account that the last session is on.'),
		expires_at: z.string(),
		paid_at: z.string().nullable(),
		refunded_cents: z.int().describe('Given back to the customer, or on its way.'),
		dispute_status: z.string().describe('Of a payment that the customer disputes at the bank, as Stripe words it; else empty.'),
		marked_paid: z
			.object({ key_id: z.string(), key_label: z.string(), note: z.string() })
			.nullable()
			.describe('Who marked the order paid, at `paid_at`; null when a provider said so.'),
	})
	.meta({ id: 'Payment', description: 'A payment link and what came of it. Sums in cents of `currency`.' });

const id = z.string().min(1).max(100).optional();
const time = z.iso.datetime({ offset: true, error: 'must be a time with its zone, e.g. "2026-11-01T00:00:00Z"' }).transform((text) => new Date(text)).optional();
const filters = z.object({
	tenant_id: id,
	company_id: id,
	connection_id: id,
	channel: z.string().min(1).max(40).optional(),
	status: z.enum(PAYMENT_STATUSES).optional(),
	from: time.describe('Links made at that time or later.'),
	to: time.describe('Links made before that time.'),
});

/** The log of payment links and payments, as a list and as a file. */
export function createPaymentLogEndpoints(deps: { database: Database; publicUrl: string; now: () => Date }): readonly Endpoint[] {
	const { database, now } = deps;
	const common = { tag: 'Payments', scopes: ['platform', 'tenant'], method: 'get' } as const;
	const find = (tenantId: string, filter: PaymentFilter) => database.withTenant(tenantId, (sql) => listPayments(sql, filter, now()));
	const toJson = (payment: LoggedPayment): z.input<typeof paymentSchema> => ({
		id: payment.orderId,
		object: 'payment',
		created_at: payment.createdAt.toISOString(),
		company_id: payment.companyId,
		connection_id: payment.connectionId,
		channel: payment.channel,
		conversation_id: payment.conversationId,
		customer_name: payment.customerName,
		status: payment.status,
		amount_cents: payment.amountCents,
		currency: payment.currency,
		payment_url: payment.status === 'open' ? paymentUrl(deps.publicUrl, payment.payToken) : '',
		sessions: payment.sessions,
		checkout_session_id: payment.sessionId,
		provider: payment.provider,
		account_id: payment.accountId,
		expires_at: payment.expiresAt.toISOString(),
		paid_at: payment.paidAt?.toISOString() ?? null,
		refunded_cents: payment.refundedCents,
		dispute_status: payment.disputeStatus,
		marked_paid: payment.markedPaid && { key_id: payment.markedPaid.keyId, key_label: payment.markedPaid.keyLabel, note: payment.markedPaid.note },
	});

	return [
		endpoint({
			...common,
			path: '/v1/payments',
			summary: 'List payment links and payments',
			description: 'One for each order that costs something, the newest first. A platform key names the tenant or a company.',
			query: pageQuery.extend(filters.shape),
			responses: { 200: listOf(paymentSchema) },
			async handle({ caller, query }) {
				const tenantId = await tenantOfList(caller, database, query);
				const found = await find(tenantId, { ...filterOf(query), startingAfter: query.starting_after, limit: query.limit + 1 });
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			...common,
			path: '/v1/payments/export',
			summary: 'Export payment links and payments',
			description: `CSV in UTF-8, the newest first, ${MOST_EXPORTED} at most: name a period with \`from\` and \`to\`. Cells that a spreadsheet would run as a formula begin with an apostrophe.`,
			query: filters,
			responses: { 200: null },
			files: ['text/csv'],
			async handle({ caller, query }) {
				const tenantId = await tenantOfList(caller, database, query);
				const found = await find(tenantId, { ...filterOf(query), limit: MOST_EXPORTED + 1 });
				if (found.length > MOST_EXPORTED) {
					throw new AppError('export_too_long', `These are more than ${MOST_EXPORTED} payments: name a shorter period with from and to.`, { status: 422 });
				}
				const rows = found.map((payment) => COLUMNS.map(([, cell]) => spreadsheetSafe(cell(payment))));
				return { status: 200, file: { contentType: 'text/csv; charset=utf-8', content: csvOf([COLUMNS.map(([name]) => name), ...rows]), name: 'payments.csv' } };
			},
		}),
	];
}

function filterOf(query: z.output<typeof filters>): Omit<PaymentFilter, 'limit'> {
	return { companyId: query.company_id, connectionId: query.connection_id, channel: query.channel, status: query.status, from: query.from, to: query.to };
}

const COLUMNS: readonly (readonly [name: string, cell: (payment: LoggedPayment) => string])[] = [
	['created_at', ({ createdAt }) => createdAt.toISOString()],
	['order_id', ({ orderId }) => orderId],
	['company', ({ companyName }) => companyName],
	['channel', ({ channel }) => channel],
	['connection_id', ({ connectionId }) => connectionId],
	['conversation_id', ({ conversationId }) => conversationId],
	['customer', ({ customerName }) => customerName],
	['status', ({ status }) => status],
	['amount', ({ amountCents, currency }) => decimalAmount(amountCents, currency)],
	['currency', ({ currency }) => currency.toUpperCase()],
	['paid_at', ({ paidAt }) => paidAt?.toISOString() ?? ''],
	['refunded', ({ refundedCents, currency }) => decimalAmount(refundedCents, currency)],
	['dispute', ({ disputeStatus }) => disputeStatus],
	['expires_at', ({ expiresAt }) => expiresAt.toISOString()],
	['checkout_session_id', ({ sessionId }) => sessionId],
	['account_id', ({ accountId }) => accountId],
	['provider', ({ provider }) => provider],
];
