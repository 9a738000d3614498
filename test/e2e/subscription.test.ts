import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import Stripe from 'stripe';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stack } from '../../scripts/stack/stack.ts';
import { eventually, stackClients, type JsonClient } from './clients.ts';
import { startTestStack } from './test-stack.ts';

/**
 * A business from its trial through silence to a paid plan, on the real n8n with the published workflow: messages come by WhatsApp's webhook, payments by Stripe's. Time
 * passes by moving dates in the database, and Stripe's clock.
 */

const BILLING_KEY = 'sk_test_platform_plans';
type Row = Record<string, unknown>;

// A stack of its own: with billing, everybody's trial would end.
let stateDir: string;
let stack: Stack;
let clients: ReturnType<typeof stackClients>;
let database: pg.Pool;
let answerId: string;
let tenantId: string;
let own: JsonClient;
let session: string;

beforeAll(async () => {
	stateDir = await mkdtemp(join(tmpdir(), 'concierge-subscription-'));
	const env: NodeJS.ProcessEnv = {};
	const started = await startTestStack(stateDir, env);
	stack = started.stack;
	clients = stackClients(started.access);
	database = new pg.Pool({ connectionString: stack.databaseOwnerUrl, max: 2 });

	// What the operator sets up at Stripe (docs/billing.md).
	const { hostname, port } = new URL(stack.urls.sandbox);
	const stripe = new Stripe(BILLING_KEY, { host: hostname, port: Number(port), protocol: 'http', telemetry: false });
	const price = await stripe.prices.create({ currency: 'eur', unit_amount: 999, recurring: { interval: 'month' }, product_data: { name: 'Single' } });
	const hook = await stripe.webhookEndpoints.create({ url: `${stack.urls.concierge}/hooks/billing`, enabled_events: ['*'] });
	Object.assign(env, { BILLING_STRIPE_SECRET_KEY: BILLING_KEY, BILLING_PRICES: JSON.stringify({ single: price.id }), BILLING_STRIPE_WEBHOOK_SECRET: hook.secret });
	await stack.stop('provisioner');
	await stack.start('provisioner');

	const { body: tenant } = await clients.platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Kiosk', email: 'kiosk@shop.example' });
	tenantId = tenant.id;
	own = clients.api(tenant.api_key.secret);
	const { body: company } = await own.post<{ id: string }>('/v1/companies', { name: 'Kiosk', type: 'product', default_language: 'English' });
	await own.post(`/v1/companies/${company.id}/items`, { data: [{ sku: 'T1', name: 'Green tea', description: 'A tin of tea', kind: 'product', price_cents: 790, stock: 50 }] });
	const { body: connection } = await own.post<{ id: string; external_id: string }>(`/v1/companies/${company.id}/connections`, { channel: 'whatsapp', name: 'Kiosk' });
	session = connection.external_id;
	await clients.sandbox.post(`/control/waha/sessions/${session}/scan`, { phone: '34611000000', push_name: 'Kiosk' });
	await eventually('connected', async () => (await own.get<{ state: string }>(`/v1/connections/${connection.id}`)).body.state === 'connected');
	answerId = await clients.workflowId('Concierge: answer');
});
afterAll(async () => {
	await database?.end();
	await stack?.stopAll();
	await rm(stateDir, { recursive: true, force: true });
});

let customers = 34_699_500_000;
const newCustomer = () => String((customers += 1));
const ASKED = 'How much is the green tea?';
const writes = (customer: string, body = ASKED) => clients.sandbox.post<{ deliveries: { status: number }[] }>(`/control/waha/sessions/${session}/messages`, { from: customer, body });
const textsTo = async (customer: string) => (await clients.textsTo('whatsapp', customer)).map(({ text }) => text);
const executions = async () => (await clients.executions(answerId)).length;
const subscription = async () => (await own.get<Row>(`/v1/tenants/${tenantId}/subscription`)).body;
const turnsOf = async (customer: string) =>
	(await database.query<{ state: string }>('SELECT t.state FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.chat_id LIKE $1 ORDER BY t.id', [`${customer}@%`])).rows.map(({ state }) => state);
/** What is due in the subscription now that its dates are others. */
async function datesMove(set: string): Promise<void> {
	await database.query(`UPDATE billing_subscriptions SET ${set}, next_due_at = now() WHERE tenant_id = $1`, [tenantId]);
	await database.query(`SELECT pg_notify('concierge_billing', '0')`);
}

/** The bot answers a customer by one execution of the published workflow. */
async function isAnswered(customer: string): Promise<void> {
	const before = await executions();
	await writes(customer);
	const texts = await eventually('an answer', async () => {
		const found = await textsTo(customer);
		return found.length > 0 && found;
	});
	expect(texts).toHaveLength(1);
	expect(texts[0]).toContain('7.90');
	expect((await executions()) - before).toBe(1);
}

/** What a customer writes is kept and not answered: no turn goes to n8n. */
async function isSilent(customer: string): Promise<void> {
	const before = await executions();
	expect((await writes(customer)).body.deliveries.map(({ status }) => status)).toEqual([200]);
	await eventually('its turn has ended', async () => (await turnsOf(customer)).join() === 'suspended');
	const { rows } = await database.query<{ text: string }>(`SELECT m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.chat_id LIKE $1 AND m.direction = 'in'`, [`${customer}@%`]);
	expect(rows).toEqual([{ text: ASKED }]);
	expect(await textsTo(customer)).toEqual([]);
	expect(await executions()).toBe(before);
	// Nothing of the business is gone, here or at the vendor.
	expect((await own.get<{ data: Row[] }>('/v1/connections')).body.data).toMatchObject([{ state: 'connected', subscribed: true }]);
	const waha = await fetch(`${stack.urls.sandbox}/waha/api/sessions/${session}`, { headers: { 'x-api-key': 'sandbox-waha-key' } });
	expect(await waha.json()).toMatchObject({ status: 'WORKING' });
}

test('from the trial’s end to a paid plan: it answers, is silent with everything kept, and answers again with the payment alone', async () => {
	expect(await subscription()).toMatchObject({ status: 'trialing', silent_reason: null });
	await isAnswered(newCustomer());

	await datesMove(`trial_ends_at = now() - interval '1 minute'`);
	await eventually('the trial has ended', async () => (await subscription())['status'] === 'restricted');
	expect(await subscription()).toMatchObject({ silent_reason: 'restricted', plan: null });
	const waiting = newCustomer();
	await isSilent(waiting);

	const { status, body: page } = await own.post<{ url: string }>(`/v1/tenants/${tenantId}/subscription/checkout`, { plan: 'single', success_url: 'http://127.0.0.1/done', cancel_url: 'http://127.0.0.1/plans' });
	expect(status).toBe(201);
	// The person pays on Stripe's page, whose webhook has been answered when it leads back: nothing else has to happen.
	await fetch(page.url, { method: 'POST', redirect: 'manual' });
	expect(await subscription()).toMatchObject({ status: 'active', plan: 'single', silent_reason: null });
	await isAnswered(newCustomer());
	// Nobody gets an answer to what was asked meanwhile, but to what they ask now.
	expect(await textsTo(waiting)).toEqual([]);
	await isAnswered(waiting);
	expect(await turnsOf(waiting)).toEqual(['suspended', 'done']);
});

test('a payment that fails: seven days of grace, suspended, and back with the payment', async () => {
	const { rows: [customer] } = await database.query<{ id: string }>('SELECT stripe_customer_id AS id FROM billing_subscriptions WHERE tenant_id = $1', [tenantId]);
	const atStripe = (path: string, body: object) => clients.sandbox.post(`/control/stripe/billing${path}`, body);
	await atStripe(`/customers/${customer?.id}/card`, { declines: true });
	expect((await atStripe('/clock', { advance_days: 32 })).status).toBe(200);
	expect(await subscription()).toMatchObject({ status: 'past_due', plan: 'single', silent_reason: null });
	await isAnswered(newCustomer());

	await datesMove(`past_due_since = now() - interval '6 days 23 hours'`);
	await eventually('the clock was looked at', async () => (await database.query(`SELECT 1 FROM billing_subscriptions WHERE tenant_id = $1 AND next_due_at > now()`, [tenantId])).rowCount === 1);
	expect(await subscription()).toMatchObject({ status: 'past_due', silent_reason: null });
	await datesMove(`past_due_since = now() - interval '7 days 1 minute'`);
	await eventually('suspended', async () => (await subscription())['status'] === 'suspended');
	expect(await subscription()).toMatchObject({ silent_reason: 'suspended', plan: 'single' });
	await isSilent(newCustomer());

	await atStripe(`/customers/${customer?.id}/card`, { declines: false });
	await atStripe(`/customers/${customer?.id}/pay`, {});
	expect(await subscription()).toMatchObject({ status: 'active', plan: 'single', silent_reason: null });
	await isAnswered(newCustomer());
	const { body: notices } = await own.get<{ data: { kind: string }[] }>(`/v1/tenants/${tenantId}/notices?limit=100`);
	expect(notices.data.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['trial_ended', 'plan_changed', 'payment_due', 'suspended', 'resumed']));
});
