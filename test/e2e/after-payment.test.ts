import { expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';

/** "Concierge: after a payment" as the platform publishes it: one execution for a paid order, with the order in it. */

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

test('a paid order starts one execution that goes to its end, with a note for the team', async () => {
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

	const id = await clients.workflowId('Concierge: after a payment');
	const noted = await eventually('an execution with the note', async () => {
		const { body } = await clients.n8n.get<{ data: { id: string; status: string; data?: unknown }[] }>(`/executions?workflowId=${id}&includeData=true&limit=50`);
		const found = body.data.filter((execution) => execution.status === 'success' && JSON.stringify(execution.data).includes(order.id) && JSON.stringify(execution.data).includes('Paid: '));
		return found.length > 0 && found;
	});
	expect(noted).toHaveLength(1);
	const { body: events } = await florist.get<{ data: { type: string; deliveries: { status: string }[] }[] }>(`/v1/order-events?order_id=${order.id}`);
	// That it was made starts nothing here: only what is paid, or free, costs an execution.
	expect(events.data.map(({ type, deliveries }) => [type, deliveries.map(({ status }) => status)])).toEqual([['order.paid', ['delivered']], ['order.created', []]]);
});
