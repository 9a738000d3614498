import { expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';

/** What the platform publishes for after a payment: one for all, and each company's own while its payment account is connected. */

const access = inject('stack');
const clients = stackClients(access);

test('the workflow is published and subscribed to paid and free orders', async () => {
	const id = await clients.workflowId('Concierge: after a payment');
	const { body } = await clients.n8n.get<{ active: boolean; nodes: { type: string }[] }>(`/workflows/${id}`);
	expect(body.active).toBe(true);
	expect(body.nodes.map(({ type }) => type)).toContain('n8n-nodes-concierge.orderTrigger');
	const subscription = await eventually('its subscription', async () =>
		(await clients.platform.get<{ data: { workflow_id: string; events: string[] }[] }>('/v1/subscriptions')).body.data.find((one) => one.workflow_id === id),
	);
	expect([...subscription.events].sort()).toEqual(['order.confirmed', 'order.paid']);
});

/** Executions of a workflow that went to their end and have this in them. */
async function notesOf(workflow: string, ...texts: string[]): Promise<readonly { id: string }[]> {
	const id = await clients.workflowId(workflow);
	const { body } = await clients.n8n.get<{ data: { id: string; status: string; data?: unknown }[] }>(`/executions?workflowId=${id}&includeData=true&limit=50`);
	return body.data.filter((execution) => execution.status === 'success' && texts.every((text) => JSON.stringify(execution.data).includes(text)));
}

test('a paid order starts one execution of its company’s own workflow, with a note for the team, and once more when somebody asks', async () => {
	const florist = clients.api(access.demo['Flores']?.apiKey ?? '');
	const session = (await florist.get<{ data: { external_id: string }[] }>('/v1/connections')).body.data[0]?.external_id ?? '';
	const customer = '34699300001';
	// No other test's: by it the order is found.
	const phone = '34600111377';
	await clients.sandbox.post(`/control/waha/sessions/${session}/messages`, { from: customer, body: `Хочу 20 роз в Валенсию, Анна, +${phone}, подтверждаю` });
	const order = await eventually('the order', async () =>
		(await florist.get<{ data: { id: string; phone: string }[] }>('/v1/orders?status=awaiting_payment&limit=100')).body.data.find((one) => one.phone.replace(/\D/g, '') === phone),
	);
	const account = (await florist.get<{ id: string }>(`/v1/companies/${access.demo['Flores']?.companyId}/payment_account`)).body.id;
	// Made at the provider after the order.
	const payment = await eventually('its payment page', async () =>
		(await clients.sandbox.get<{ data: { id: string; client_reference_id: string }[] }>(`/control/stripe/sessions?account=${account}`)).body.data.find((one) => one.client_reference_id === order.id),
	);
	expect((await clients.sandbox.post(`/control/stripe/sessions/${payment.id}/pay`, {})).status).toBe(200);

	const noted = await eventually('an execution with the note', async () => {
		const found = await notesOf('Payments: Flores', order.id, 'Paid: ');
		return found.length > 0 && found;
	});
	expect(noted).toHaveLength(1);
	expect(await notesOf('Concierge: after a payment', order.id)).toEqual([]);
	const { body: events } = await florist.get<{ data: { id: string; type: string; deliveries: { status: string }[] }[] }>(`/v1/order-events?order_id=${order.id}`);
	// That it was made starts nothing here: only what is paid, or free, costs an execution.
	expect(events.data.map(({ type, deliveries }) => [type, deliveries.map(({ status }) => status)])).toEqual([['order.paid', ['delivered']], ['order.created', []]]);
	expect((await florist.post(`/v1/order-events/${events.data[0]?.id}/redeliver`)).status).toBe(200);
	await eventually('another execution', async () => (await notesOf('Payments: Flores', order.id, 'Paid: ')).length === 2);
});

test('a company’s own workflow comes with its payment account, and is switched off when that is disconnected', async () => {
	const { body: tenant } = await clients.platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Bakery', email: 'bakery@shop.example' });
	const own = clients.api(tenant.api_key.secret);
	const { body: company } = await own.post<{ id: string }>('/v1/companies', { name: 'Bakery', type: 'product' });
	const path = `/v1/companies/${company.id}/payment_account`;
	const live = async () => (await clients.n8n.get<{ data: { id: string; name: string; active: boolean }[] }>('/workflows?limit=250')).body.data.filter(({ name }) => name === 'Payments: Bakery');
	const subscribed = async () => (await own.get<{ data: { company_id: string; events: string[] }[] }>('/v1/subscriptions')).body.data.find((one) => one.company_id === company.id);
	expect(await live()).toEqual([]);
	expect((await own.put(path, { provider: 'manual', instructions: 'By transfer' })).status).toBe(200);
	expect((await eventually('its workflow has subscribed', subscribed)).events).toEqual(['order.paid', 'order.refunded', 'order.disputed']);
	const [made] = await live();
	expect(made?.active).toBe(true);

	expect((await own.delete(path)).status).toBe(204);
	await eventually('it is unsubscribed', async () => (await subscribed()) === undefined);
	expect(await live()).toMatchObject([{ id: made?.id, active: false }]);

	// Another provider, and the same workflow.
	await own.post(path, { country: 'ES', email: 'bakery@shop.example' });
	expect(await subscribed()).toBeUndefined();
	const { body: account } = await own.get<{ id: string }>(path);
	await clients.sandbox.post(`/control/stripe/accounts/${account.id}/complete-onboarding`, {});
	await eventually('it has subscribed again', subscribed);
	expect(await live()).toMatchObject([{ id: made?.id, active: true }]);

	expect((await clients.platform.delete(`/v1/tenants/${tenant.id}`)).status).toBe(200);
	expect(await live()).toEqual([]);
});
