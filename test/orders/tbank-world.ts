import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiAnswer, Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

export const TERMINAL = { terminal_key: 'Lamps', password: 'lamps-password' };
/** What the bank must be answered. */
export const OK = { status: 200, text: 'OK' };

const bankPayments = z.object({ data: z.array(z.object({ id: z.string(), orderId: z.string(), status: z.string(), dueAt: z.number() })) });
export type BankPayment = z.output<typeof bankPayments>['data'][number];

export interface Placed {
	readonly customer: string;
	readonly orderId: string;
	readonly link: string;
	readonly answer: Json;
	readonly paymentId: string;
}

/** A business that is paid on a terminal of the T-Bank stand-in, and what its customers, the bank and a forger do. */
export interface TbankWorld {
	readonly world: World;
	readonly shop: Business;
	/** Of `shop`. */
	readonly notificationUrl: string;
	newShop(currency?: string): Promise<Business>;
	account(method: string, business: Business, body?: unknown): Promise<ApiAnswer>;
	/** What the bank has of an order, oldest first. */
	paymentsOf(orderId: string): Promise<BankPayment[]>;
	/** A customer commits and is sent a link, if there is one. */
	order(business?: Business): Promise<Omit<Placed, 'paymentId'>>;
	/** The same, with the payment that the bank made. */
	place(business?: Business): Promise<Placed>;
	/** What happens to a payment at the bank. */
	act(paymentId: string, what: string): Promise<Json>;
	open(link: string): Promise<Response>;
	statusOf(orderId: string): Promise<string | undefined>;
	sessionsOf(orderId: string): Promise<{ id: string; status: string; attempt: number }[]>;
	confirmations(customer: string): Promise<number>;
	deliver(body: unknown, url?: string): Promise<{ status: number; text: string }>;
}

export async function openTbankWorld(firstPhone: number): Promise<TbankWorld> {
	const world = await createWorld();
	let phone = firstPhone;
	await world.control('POST', '/tbank/terminals', TERMINAL);
	const newShop = (currency = 'rub') => world.addBusiness({ type: 'product', csv: CATALOG_CSV, currency, provider: { provider: 'tbank', ...TERMINAL } });
	const account: TbankWorld['account'] = (method, business, body) => world.call(method, `/v1/companies/${business.companyId}/payment_account`, body, business.key);
	const shop = await newShop();
	const notificationUrl = String((await account('GET', shop)).body['notification_url']);

	const paymentsOf: TbankWorld['paymentsOf'] = async (orderId) => bankPayments.parse(await world.control('GET', '/tbank/payments')).data.filter((one) => one.orderId.startsWith(orderId));
	const order: TbankWorld['order'] = async (business = shop) => {
		const customer = String((phone += 1));
		const { turnId, decisionId } = await commit(world, business, customer, ORDER_TEXT);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
		return { customer, orderId: String((body['order'] as Json | null)?.id), link: String(body['payment_url']).replace('http://pay.example', world.api.url), answer: body };
	};
	return {
		world, shop, notificationUrl, newShop, account, paymentsOf, order,
		async place(business) {
			const placed = await order(business);
			const [payment] = await paymentsOf(placed.orderId);
			if (!payment) throw new Error(JSON.stringify(placed.answer));
			return { ...placed, paymentId: payment.id };
		},
		act: (paymentId, what) => world.control('POST', `/tbank/payments/${paymentId}/${what}`, {}),
		open: (link) => fetch(link, { redirect: 'manual' }),
		statusOf: async (orderId) => (await world.db.asOwner<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]))[0]?.status,
		sessionsOf: (orderId) => world.db.asOwner('SELECT id, status, attempt FROM checkout_sessions WHERE order_id = $1 ORDER BY attempt', [orderId]),
		confirmations: async (customer) => (await world.outboxOf(customer)).filter(({ text }) => text.startsWith('Your order is paid')).length,
		async deliver(body, url = notificationUrl) {
			const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) });
			return { status: response.status, text: await response.text() };
		},
	};
}

/** The bank's signature, written anew here. */
export function signed(body: Record<string, unknown>, password = TERMINAL.password): Record<string, unknown> {
	const values = Object.entries({ ...body, Password: password }).filter(([, value]) => typeof value !== 'object').toSorted(([a], [b]) => (a < b ? -1 : 1));
	return { ...body, Token: createHash('sha256').update(values.map(([, value]) => String(value)).join('')).digest('hex') };
}

/** What the bank tells of a payment of `place`, unsigned. */
export function notification(placed: Pick<Placed, 'orderId' | 'paymentId'>, Status: string, change: Record<string, unknown> = {}): Record<string, unknown> {
	return {
		TerminalKey: TERMINAL.terminal_key, OrderId: `${placed.orderId}-1`, Success: true, Status, PaymentId: Number(placed.paymentId), ErrorCode: '0', Amount: 2_500, Pan: '430000******0777',
		Data: { Route: 'ACQ' }, ...change,
	};
}
