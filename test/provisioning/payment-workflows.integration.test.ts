import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { eventually, realN8n, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

/** What n8n holds for a company follows its payment account. */

let h: Harness;
beforeAll(async () => {
	h = await startHarness();
	await h.workflows.reconcile();
});
afterAll(() => h.close());

interface Shop {
	readonly tenantId: string;
	readonly key: string;
	readonly companyId: string;
}
/** As webhooks of the provider, a look at the account or its disconnection set it. */
async function account({ companyId }: Shop, state: 'ready' | 'onboarding' | 'disconnected'): Promise<void> {
	await h.db.asOwner('UPDATE companies SET payment_state = $2 WHERE id = $1', [companyId, state]);
	await h.paymentWorkflows.settle();
}
const managed = async ({ companyId }: Shop) => ((await h.call('GET', '/v1/workflows')).body.data ?? []).find((workflow) => workflow['company_id'] === companyId);
const subscriptionsOf = ({ companyId }: Shop) => h.db.asOwner<{ tenant_id: string; events: string[] }>('SELECT tenant_id, events FROM subscriptions WHERE company_id = $1', [companyId]);
const subscribed = (shop: Shop) => eventually('subscribed', async () => (await subscriptionsOf(shop)).length === 1);
const unsubscribed = (shop: Shop) => eventually('unsubscribed', async () => (await subscriptionsOf(shop)).length === 0);
/** Ids of workflows and credentials whose JSON or name has the company's id. */
async function inN8n({ companyId }: Shop): Promise<{ workflows: Json[]; credentials: Json[] }> {
	const of = async (kind: string) => ((await h.n8n('GET', `/${kind}?limit=250`)).body.data ?? []).filter((one) => JSON.stringify(one).includes(companyId));
	return { workflows: await of('workflows'), credentials: await of('credentials') };
}
const due = async ({ companyId }: Shop) => (await h.db.asOwner<{ wanted: boolean; published: boolean; due: boolean; last_error: string | null }>('SELECT wanted, published, next_attempt_at IS NOT NULL AS due, last_error FROM payment_workflows WHERE company_id = $1', [companyId]))[0];

test('a company whose account is ready has a workflow of its own, that hears of its payments with its tenant’s key', async () => {
	const shop = await h.signUp();
	await account(shop, 'onboarding');
	expect((await inN8n(shop)).workflows).toEqual([]);
	await account(shop, 'ready');
	await subscribed(shop);
	const { workflows, credentials } = await inN8n(shop);
	expect(workflows.map(({ name, active }) => [name, active])).toEqual([['Payments: Flores', true]]);
	expect(credentials.map(({ name }) => name)).toEqual([`Concierge payments: Flores (${shop.companyId})`]);
	expect(await subscriptionsOf(shop)).toEqual([{ tenant_id: shop.tenantId, events: ['order.paid', 'order.refunded', 'order.disputed'] }]);
	expect(await managed(shop)).toMatchObject({ name: 'Payments: Flores', template: 'company-payments', template_version: 1, connection_id: null, tenant_id: shop.tenantId, subscribed: true });
	// Said again, or while something is missing at the provider: nothing changes.
	for (const state of ['ready', 'onboarding', 'ready'] as const) await account(shop, state);
	expect((await inN8n(shop)).workflows.map(({ id, active }) => [id, active])).toEqual([[workflows[0]?.id, true]]);
});

test('disconnected, it is switched off and keeps what an operator made of it; the next account switches it on again', async () => {
	const shop = await h.signUp();
	await account(shop, 'ready');
	await subscribed(shop);
	const [{ id = '' } = {}] = (await inN8n(shop)).workflows;
	const { name, nodes, connections, settings } = (await h.n8n('GET', `/workflows/${id}`)).body as Json & { nodes: Json[] };
	const edited = nodes.map((node) => (node['name'] === 'Note for the Team' ? { ...node, name: 'Tell Ana' } : node));
	expect((await h.n8n('PUT', `/workflows/${id}`, { name, nodes: edited, connections: JSON.parse(JSON.stringify(connections).replaceAll('Note for the Team', 'Tell Ana')) as object, settings })).status).toBe(200);
	await account(shop, 'disconnected');
	await unsubscribed(shop);
	expect((await h.n8n('GET', `/workflows/${id}`)).body['active']).toBe(false);
	// Off is what is wanted: nobody repairs it.
	await h.workflows.reconcile();
	expect(await managed(shop)).toBeUndefined();
	await account(shop, 'ready');
	await subscribed(shop);
	expect((await inN8n(shop)).workflows.map((workflow) => [workflow.id, workflow['active'], JSON.stringify(workflow).includes('Tell Ana')])).toEqual([[id, true, true]]);
});

test('while it is published, the shared workflow leaves that company’s payments to it; switched off, it hears of them', async () => {
	const [own, shared] = [await h.signUp(), await h.signUp()];
	await account(own, 'ready');
	await subscribed(own);
	await eventually('the shared one', async () => (await h.db.asOwner(`SELECT 1 FROM subscriptions WHERE without_own`)).length === 1);
	const hear = async ({ companyId, tenantId }: Shop, type: string) =>
		(await h.db.asOwner<{ owner: string }>('SELECT owner FROM order_event_subscribers($1, $2, $3, now())', [tenantId, companyId, type])).map(({ owner }) => owner);
	expect(await hear(own, 'order.paid')).toEqual([own.tenantId]);
	expect(await hear(own, 'order.confirmed')).toEqual(['']);
	expect(await hear(own, 'order.refunded')).toEqual([own.tenantId]);
	expect(await hear(shared, 'order.paid')).toEqual(['']);
	// Nobody takes another tenant's payments away by naming its company.
	await h.db.asOwner(`UPDATE subscriptions SET tenant_id = $2 WHERE company_id = $1`, [own.companyId, shared.tenantId]);
	expect(await hear(own, 'order.paid')).toEqual(['']);
	await h.db.asOwner(`UPDATE subscriptions SET tenant_id = $2 WHERE company_id = $1`, [own.companyId, own.tenantId]);
	await account(own, 'disconnected');
	await unsubscribed(own);
	expect(await hear(own, 'order.paid')).toEqual(['']);
});

test.skipIf(realN8n)('while n8n refuses, it is tried again, and what an attempt left is not doubled', async () => {
	const shop = await h.signUp();
	h.fake?.failNext('POST /workflows', 500);
	await account(shop, 'ready');
	expect(await due(shop)).toMatchObject({ wanted: true, published: false, due: true, last_error: expect.stringContaining('500') });
	expect(await h.paymentWorkflows.settle()).toBe(0);
	h.advance(6_000);
	h.fake?.failNext('POST /workflows/{id}/activate', 503);
	await h.paymentWorkflows.settle();
	h.advance(20_000);
	await h.paymentWorkflows.settle();
	await subscribed(shop);
	expect(await due(shop)).toMatchObject({ published: true, due: false, last_error: null });
	const { workflows, credentials } = await inN8n(shop);
	expect([workflows.length, credentials.length]).toEqual([1, 1]);
	expect(await h.db.asOwner('SELECT id FROM api_keys WHERE company_id = $1', [shop.companyId])).toHaveLength(1);
	// Its disconnection is not lost either.
	h.fake?.failNext('POST /workflows/{id}/deactivate', 500);
	await account(shop, 'disconnected');
	expect((await inN8n(shop)).workflows.map(({ active }) => active)).toEqual([true]);
	h.advance(6_000);
	await h.paymentWorkflows.settle();
	expect((await inN8n(shop)).workflows.map(({ active }) => active)).toEqual([false]);
	await unsubscribed(shop);
});

test('a lost subscription is repaired, and one that somebody deleted in n8n is made again', async () => {
	const shop = await h.signUp();
	await account(shop, 'ready');
	await subscribed(shop);
	await h.db.asOwner('DELETE FROM subscriptions WHERE company_id = $1', [shop.companyId]);
	await h.workflows.reconcile();
	h.advance(6_000);
	await h.workflows.reconcile();
	await subscribed(shop);
	const [{ id = '' } = {}] = (await inN8n(shop)).workflows;
	await h.n8n('POST', `/workflows/${id}/deactivate`);
	await eventually('deleted', async () => (await h.n8n('DELETE', `/workflows/${id}`)).status === 200);
	for (const wait of [0, 6_000, 30_000]) {
		h.advance(wait);
		await h.workflows.reconcile();
	}
	await h.paymentWorkflows.settle();
	await subscribed(shop);
	expect((await inN8n(shop)).workflows.map((workflow) => workflow.id === id)).toEqual([false]);
});

test('its key is not revoked by hand; with the company, or its tenant, all of it goes', async () => {
	const [company, tenant] = [await h.signUp(), await h.signUp()];
	for (const shop of [company, tenant]) {
		await account(shop, 'ready');
		await subscribed(shop);
	}
	const [key] = ((await h.call('GET', '/v1/api_keys', undefined, company.key)).body.data ?? []).filter((one) => one['company_id'] === company.companyId);
	expect((await h.call('DELETE', `/v1/api_keys/${String(key?.id)}`, undefined, company.key)).body).toMatchObject({ code: 'api_key_in_use' });
	await account(company, 'disconnected');
	expect((await h.call('DELETE', `/v1/companies/${company.companyId}`, undefined, company.key)).status).toBe(204);
	const report = await h.call('DELETE', `/v1/tenants/${tenant.tenantId}`);
	expect((report.body['removed'] as Json[]).map(({ type }) => type)).toEqual(expect.arrayContaining(['n8n_workflow', 'n8n_credential', 'api_key', 'tenant']));
	for (const shop of [company, tenant]) {
		expect(await inN8n(shop)).toEqual({ workflows: [], credentials: [] });
		await unsubscribed(shop);
	}
});

test('a deletion that is refused leaves it as it is', async () => {
	const shop = await h.signUp();
	await account(shop, 'ready');
	await subscribed(shop);
	await h.db.asOwner(`UPDATE companies SET stripe_account_id = 'acct_1' WHERE id = $1`, [shop.companyId]);
	expect((await h.call('DELETE', `/v1/companies/${shop.companyId}`, undefined, shop.key)).body).toMatchObject({ code: 'company_in_use' });
	expect((await inN8n(shop)).workflows.map(({ active }) => active)).toEqual([true]);
	expect(await due(shop)).toMatchObject({ wanted: true, published: true });
});
