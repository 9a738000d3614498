import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VendorError } from '../provisioner/src/vendors/http.ts';
import type { NewCheckoutSession } from '../provisioner/src/vendors/stripe/checkout-sessions.ts';
import { createStripeClient } from '../provisioner/src/vendors/stripe/client.ts';
import type { StripeClient } from '../provisioner/src/vendors/stripe/client.ts';
import { createSandbox } from '../sandbox/src/server.ts';
import type { Sandbox } from '../sandbox/src/server.ts';

let sandbox: Sandbox;
let stripe: StripeClient;
let accountId: string;
const control = async (method: string, path: string, body?: unknown): Promise<Record<string, unknown>> => {
	const init = body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	return (await (await fetch(`${sandbox.url}/control${path}`, init)).json()) as Record<string, unknown>;
};
const failure = async (call: Promise<unknown>): Promise<VendorError> => {
	const error: unknown = await call.then(() => undefined, (reason: unknown) => reason);
	if (!(error instanceof VendorError)) throw new Error(`expected a VendorError, got ${String(error)}`);
	return error;
};

beforeAll(async () => {
	sandbox = await createSandbox({ port: 0 });
	stripe = createStripeClient({ url: sandbox.url, secretKey: 'sk_test_client' });
	({ accountId } = await newAccount('account:com_1:0'));
	await control('POST', `/stripe/accounts/${accountId}/complete-onboarding`);
});
afterAll(() => sandbox.close());
beforeEach(() => control('DELETE', '/faults'));

const newAccount = (idempotencyKey: string) =>
	stripe.createConnectedAccount({ email: 'owner@example.com', displayName: 'Company', country: 'ES', companyId: 'com_1', idempotencyKey });

function wanted(changes: Partial<NewCheckoutSession> = {}): NewCheckoutSession {
	return {
		accountId,
		idempotencyKey: `ord_1:${Math.random()}`,
		orderId: 'ord_1',
		conversationId: 'cnv_1',
		companyId: 'com_1',
		currency: 'eur',
		lines: [
			{ name: 'First', quantity: 2, unitCents: 1_250 },
			{ name: 'Free', quantity: 1, unitCents: 0 },
			{ name: 'Delivery', quantity: 1, unitCents: 750 },
		],
		locale: 'es',
		successUrl: 'http://127.0.0.1/pay/token/done',
		expiresAt: new Date(Date.now() + 2 * 3_600_000),
		applicationFeeCents: 0,
		...changes,
	};
}

describe('connected accounts', () => {
	test('an account is made once for a key, is not ready before onboarding and ready after', async () => {
		const first = await newAccount('account:com_2:0');
		expect(await newAccount('account:com_2:0')).toEqual(first);
		const before = await stripe.getAccountStatus(first.accountId);
		expect(before).toMatchObject({ accountId: first.accountId, ready: false, closed: false });
		expect(before.demands).toEqual({
			requirements: expect.arrayContaining([{ code: 'external_account', awaits: 'business', due: 'past_due', restricts: ['card_payments'], problems: [] }]),
			deadline: null, blocks: ['requirements_past_due'],
		});

		const link = await stripe.createOnboardingLink({
			accountId: first.accountId,
			refreshUrl: 'http://127.0.0.1/refresh',
			returnUrl: 'http://127.0.0.1/return',
		});
		expect(link.url).toMatch(/^http/);
		expect(link.expiresAt.getTime()).toBeGreaterThan(Date.now());

		await control('POST', `/stripe/accounts/${first.accountId}/complete-onboarding`);
		expect(await stripe.getAccountStatus(first.accountId)).toEqual({ accountId: first.accountId, ready: true, closed: false, demands: { requirements: [], deadline: null, blocks: [] } });
	});

	test('closing twice is closing once', async () => {
		const account = await newAccount('account:com_3:0');
		await stripe.closeAccount(account.accountId);
		await stripe.closeAccount(account.accountId);
		expect(await stripe.getAccountStatus(account.accountId)).toMatchObject({ closed: true, ready: false });
		await stripe.closeAccount('acct_unknown');
	});
});

describe('checkout sessions', () => {
	test('a session charges our sum on the business’s account and leads back to the order from session and payment', async () => {
		const expiresAt = new Date(Math.floor(Date.now() / 1_000) * 1_000 + 3_600_000);
		const session = await stripe.createCheckoutSession(wanted({ expiresAt }));
		expect(session).toMatchObject({ status: 'open', paid: false, amountCents: 3_250, currency: 'eur', expiresAt });
		const { data } = (await control('GET', `/stripe/sessions?account=${accountId}`)) as { data: Record<string, unknown>[] };
		expect(data.find(({ id }) => id === session.id)).toMatchObject({
			account: accountId,
			client_reference_id: 'ord_1',
			locale: 'es',
			success_url: 'http://127.0.0.1/pay/token/done',
			metadata: { order_id: 'ord_1', conversation_id: 'cnv_1', company_id: 'com_1' },
			payment_intent_data: {
				metadata: { order_id: 'ord_1', conversation_id: 'cnv_1', company_id: 'com_1' },
				// 0 is left out, not sent.
				application_fee_amount: null,
			},
		});
	});

	test('the same key gives the same session', async () => {
		const request = wanted({ idempotencyKey: 'ord_same:1' });
		const first = await stripe.createCheckoutSession(request);
		expect((await stripe.createCheckoutSession(request)).id).toBe(first.id);
	});

	test('expiring is done once; a paid session says complete', async () => {
		const session = await stripe.createCheckoutSession(wanted());
		expect(await stripe.expireCheckoutSession(accountId, session.id)).toBe('expired');
		expect(await stripe.expireCheckoutSession(accountId, session.id)).toBe('expired');
		const paid = await stripe.createCheckoutSession(wanted());
		await control('POST', `/stripe/sessions/${paid.id}/pay`, {});
		expect(await stripe.expireCheckoutSession(accountId, paid.id)).toBe('complete');
		expect(await stripe.retrieveCheckoutSession(accountId, paid.id)).toMatchObject({ status: 'complete', paid: true, url: '' });
	});
});

describe('failures', () => {
	test('what Stripe refuses is refused, with its reason and status', async () => {
		const error = await failure(stripe.createCheckoutSession(wanted({ lines: [{ name: 'Cheap', quantity: 1, unitCents: 10 }] })));
		expect(error).toMatchObject({ vendor: 'stripe', outcome: 'refused', vendorStatus: 400, status: 502 });
		expect(error.message).toContain('amount_too_small');
	});

	test('a server error is ambiguous: Stripe may have done it', async () => {
		await control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'status', status: 500, count: 3 });
		expect(await failure(stripe.createCheckoutSession(wanted()))).toMatchObject({ outcome: 'ambiguous', vendorStatus: 500 });
	});

	test('a session whose answer was lost is found again by its key, not made twice', async () => {
		await control('POST', '/faults', { vendor: 'stripe', operation: 'checkout.sessions.create', mode: 'hang_after_accept', count: 1 });
		const patient = createStripeClient({ url: sandbox.url, secretKey: 'sk_test_client', timeoutMs: 500 });
		const session = await patient.createCheckoutSession(wanted({ orderId: 'ord_lost', idempotencyKey: 'ord_lost:1' }));
		const { data } = (await control('GET', `/stripe/sessions?account=${accountId}`)) as { data: Record<string, unknown>[] };
		expect(data.filter((one) => one['client_reference_id'] === 'ord_lost').map((one) => one['id'])).toEqual([session.id]);
	});

	test('nobody at home is unreachable, silence is ambiguous', async () => {
		const silent = createServer(() => undefined);
		await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
		const { port } = silent.address() as AddressInfo;
		const impatient = createStripeClient({ url: `http://127.0.0.1:${port}`, secretKey: 'sk_test_client', timeoutMs: 100 });
		expect(await failure(impatient.getAccountStatus('acct_1'))).toMatchObject({ outcome: 'ambiguous', vendorStatus: null });
		await new Promise((resolve) => {
			silent.close(resolve);
			silent.closeAllConnections();
		});
		expect(await failure(impatient.getAccountStatus('acct_1'))).toMatchObject({ outcome: 'unreachable', vendorStatus: null });
	}, 20_000);

	test('a wrong key is told without the key', async () => {
		const stranger = createStripeClient({ url: sandbox.url, secretKey: 'rk_wrong_0123456789' });
		const error = await failure(stranger.getAccountStatus(accountId));
		expect(error.message).toContain('STRIPE_SECRET_KEY');
		expect(JSON.stringify([error.message, error.details, error.stack])).not.toContain('0123456789');
	});
});
