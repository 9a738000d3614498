import { createServer } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import type { NewPayment, PaymentProvider, PaymentProviderName } from '../../core/orders/payment-provider.ts';
import { createStripeProvider } from '../../provisioner/src/features/payments/providers/stripe.ts';
import { createTbankProvider } from '../../provisioner/src/features/payments/providers/tbank.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { createStripeClient } from '../../provisioner/src/vendors/stripe/client.ts';
import { createTbankClient } from '../../provisioner/src/vendors/tbank/client.ts';
import { paymentProviderContract } from '../contracts/payment-provider.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT } from './world.ts';
import type { Business, World } from './world.ts';

/** Where nobody listens (any more). */
let nowhere: string;
const TERMINAL = { terminalKey: 'ContractShop', password: 'contract-password' };
let world: World;
const shops = new Map<PaymentProviderName, { business: Business; provider: PaymentProvider }>();
let phone = 32_470_000_000;

beforeAll(async () => {
	world = await createWorld();
	nowhere = await freeAddress();
	await world.control('POST', '/tbank/terminals', { terminal_key: TERMINAL.terminalKey, password: TERMINAL.password });
	await shop('stripe', true);
	await shop('tbank', false, { provider: 'tbank', terminal_key: TERMINAL.terminalKey, password: TERMINAL.password });
	await shop('manual', false, { provider: 'manual', instructions: 'Kaspi +7 700 000 00 00' });
}, 60_000);
afterAll(() => world.close());

async function freeAddress(): Promise<string> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

async function shop(name: PaymentProviderName, onboarded: boolean, account?: Json): Promise<void> {
	const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, onboarded, currency: name === 'tbank' ? 'rub' : 'eur', ...(account ? { provider: account } : {}) });
	const provider = await world.db.database.withTenant(business.tenantId, async (sql) => {
		const { accountId } = await world.providers.ofCompany(sql, business.companyId);
		return accountId === null ? null : world.providers.open(sql, business.tenantId, name, accountId);
	});
	if (!provider) throw new Error(`no provider ${name}`);
	shops.set(name, { business, provider });
}
function of(name: PaymentProviderName): { business: Business; provider: PaymentProvider } {
	const found = shops.get(name);
	if (!found) throw new Error(`no shop ${name}`);
	return found;
}

/** Of a stored order that is for us to pay: what it costs here is the order's own sum. */
function newPayment(name: PaymentProviderName) {
	return async (change: Partial<NewPayment> = {}): Promise<NewPayment> => {
		const { business } = of(name);
		const customer = String((phone += 1));
		const { turnId, decisionId } = await commit(world, business, customer, ORDER_TEXT);
		await world.db.asOwner(`UPDATE companies SET payment_state = 'ready' WHERE id = $1`, [business.companyId]);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		const orderId = String((body['order'] as Json).id);
		// The link that checkout made is another payment: this one begins from nothing.
		await world.db.asOwner('DELETE FROM checkout_sessions WHERE order_id = $1', [orderId]);
		return {
			idempotencyKey: `${orderId}:7`, orderId, attempt: 7, amountCents: 2_500, currency: name === 'tbank' ? 'rub' : 'eur', lines: [{ name: 'Blue lamp', quantity: 1, unitCents: 2_500 }],
			locale: 'es', successUrl: 'http://pay.example/pay/x/done', expiresAt: new Date(Math.floor(Date.now() / 1_000) * 1_000 + 2 * 3_600_000),
			metadata: { order_id: orderId, conversation_id: 'cnv_1', company_id: business.companyId }, ...change,
		};
	};
}

paymentProviderContract({
	name: 'Stripe',
	provider: () => of('stripe').provider,
	newPayment: newPayment('stripe'),
	pay: async (id) => void (await world.control('POST', `/stripe/sessions/${id}/pay`, {})),
	unreachable: () => createStripeProvider(createStripeClient({ url: nowhere, secretKey: 'sk_test_nobody' }), 'acct_1'),
	// Stripe's SDK repeats a call once by itself.
	loseNextAnswer: async () => void (await world.control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'drop', count: 2 })),
	openOf: async (orderId) => (await world.sessionsOf(of('stripe').business.accountId)).filter((one) => one['client_reference_id'] === orderId && one['status'] === 'open' && String((one['metadata'] as Json)['conversation_id']) === 'cnv_1').length,
});

paymentProviderContract({
	name: 'T-Bank',
	provider: () => of('tbank').provider,
	newPayment: newPayment('tbank'),
	pay: async (id) => void (await world.control('POST', `/tbank/payments/${id}/pay`, {})),
	unreachable: () => createTbankProvider(createTbankClient({ url: nowhere }), TERMINAL, { notificationUrl: nowhere, now: () => new Date() }),
	loseNextAnswer: async () => void (await world.control('POST', '/faults', { vendor: 'tbank', operation: 'Init', mode: 'hang_after_accept', count: 1 })),
	openOf: () => Promise.reject(new Error('T-Bank knows no keys')),
});

paymentProviderContract({
	name: 'hand',
	provider: () => of('manual').provider,
	newPayment: newPayment('manual'),
	async pay(id) {
		const [session] = await world.db.asOwner<{ order_id: string }>('SELECT order_id FROM checkout_sessions WHERE id = $1', [id]);
		const { status, body } = await world.call('POST', `/v1/orders/${session?.order_id}/mark-paid`, { amount_cents: 2_500 }, of('manual').business.key);
		if (status !== 200) throw new Error(JSON.stringify(body));
	},
	unreachable: null,
	loseNextAnswer: null,
	openOf: async (orderId) => (await world.db.asOwner(`SELECT 1 FROM checkout_sessions WHERE order_id = $1 AND status = 'open'`, [orderId])).length,
});
