import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { createWorld } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let florist: Business;
let hotel: Business;
beforeAll(async () => {
	world = await createWorld();
	florist = await world.addBusiness({ type: 'product', sample: 'florist-products.ru.cp1251.csv' });
	hotel = await world.addBusiness({ type: 'service', sample: 'hotel-services.en.csv' });
});
afterAll(() => world.close());

/** Decision of the offline responder and everything that the answering workflow does with it. */
async function answer(turnId: string): Promise<{ next: string; decision: Json; checkout: Json | null; reply: Json }> {
	const { status, body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null, model: 'offline', attempt: 1 });
	expect(status, JSON.stringify(body)).toBe(200);
	const decision = body['decision'] as Json;
	const next = String(body['next']);
	const decisionId = String(decision['decisionId']);
	const checkout = next === 'checkout' ? (await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId })).body : null;
	const reply = await world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId });
	expect(reply.status, JSON.stringify(reply.body)).toBe(200);
	return { next, decision, checkout, reply: reply.body };
}

async function say(business: Business, customer: string, text: string) {
	return answer(await world.customerWrites(business, customer, text));
}

describe('an order of 20 roses and a card', () => {
	const customer = '34699111222';
	let session: Json;
	let paymentUrl: string;

	test('is checked out on the business’s account for exactly 6740 cents, delivery counted once', async () => {
		const { checkout, decision, reply } = await say(
			florist,
			customer,
			'Хочу букет из 20 роз и открытку, доставка в Валенсию, меня зовут Анна, телефон +34 600 111 222, подтверждаю',
		);
		expect(decision).toMatchObject({ send_payment_link: true, language: 'Russian', products_sum: 5_990, delivery_sum: 750, total_sum: 6_740, stripe_lang: 'ru' });
		expect(checkout).toMatchObject({ status: 'payment_link_sent', order: { total_cents: 6_740, currency: 'eur', status: 'awaiting_payment' } });
		paymentUrl = String(checkout?.['payment_url']);
		expect(paymentUrl).toMatch(/^http:\/\/pay\.example\/pay\/[\w-]{43}$/);
		const sessions = await world.sessionsOf(florist.accountId);
		expect(sessions).toHaveLength(1);
		session = sessions[0] ?? {};
		expect(session).toMatchObject({ amount_total: 6_740, currency: 'eur', account: florist.accountId, status: 'open', locale: 'ru' });
		const lines = session['line_items'] as Json[];
		expect(lines.map(({ description, quantity, amount_total: amount }) => [description, quantity, amount])).toEqual([
			['Букет из 20 роз', 1, 5_990], ['Открытка', 1, 0], ['Доставка', 1, 750],
		]);
		expect(reply['status']).toBe('queued');
		const sent = (await world.outboxOf(customer)).filter(({ kind }) => kind === 'text');
		expect(sent).toHaveLength(1);
		expect(sent[0]?.text.endsWith(`\n\n${paymentUrl}`)).toBe(true);
		expect(sent[0]?.text).toContain('67,40');
	});

	test('its link leads to the provider’s page; nobody else’s account is charged', async () => {
		const page = await fetch(`${world.api.url}/pay/${paymentUrl.split('/').at(-1)}`, { redirect: 'manual' });
		expect(page.status).toBe(303);
		expect(page.headers.get('location')).toBe(session['url']);
		expect(await world.sessionsOf(hotel.accountId)).toEqual([]);
	});

	test('paid: the order is paid and one confirmation is queued', async () => {
		const paid = await world.control('POST', `/stripe/sessions/${session.id}/pay`, {});
		const deliveries = paid['deliveries'] as Json[];
		expect(deliveries.every(({ status }) => status === 200)).toBe(true);
		const orders = await world.call('GET', `/v1/orders?company_id=${florist.companyId}`, undefined, florist.key);
		expect(orders.body.data).toHaveLength(1);
		expect(orders.body.data?.[0]).toMatchObject({ status: 'paid', payment_url: '', city: 'Валенсия', client_name: 'Анна', phone: '+34600111222' });
		const [, confirmation, ...more] = (await world.outboxOf(customer)).filter(({ kind }) => kind === 'text');
		expect(more).toEqual([]);
		expect(confirmation?.text).toContain('Букет из 20 роз × 1');
		expect(confirmation?.text).toContain('67,40');
		expect(confirmation?.generation).toBeNull();
		const conversations = await world.call('GET', '/v1/conversations', undefined, florist.key);
		expect(conversations.body.data?.[0]).toMatchObject({ payment_status: 'paid', customer: { phone: '+34699111222' } });
		const page = await fetch(`${world.api.url}/pay/${paymentUrl.split('/').at(-1)}`);
		expect(await page.text()).toContain('Заказ оплачен');
	});

	test('the webhook repeated changes nothing more', async () => {
		const { data: events = [] } = await world.control('GET', '/stripe/events');
		const ours = events.filter((event) => String(event['type']).startsWith('checkout.session'));
		expect(ours.length).toBeGreaterThan(0);
		const before = await world.db.asOwner('SELECT * FROM payment_events ORDER BY id');
		for (const event of ours) await world.control('POST', `/stripe/events/${event.id}/resend`);
		expect(await world.db.asOwner('SELECT * FROM payment_events ORDER BY id')).toEqual(before);
		expect((await world.outboxOf(customer)).filter(({ kind }) => kind === 'text')).toHaveLength(2);
	});
});

describe('a service', () => {
	test('that is free and online is committed without a session, and confirmed once', async () => {
		const customer = '34699111333';
		const { checkout, decision } = await say(hotel, customer, 'I want the Holiday planning call, my name is Anna, phone +34 600 111 333, yes I confirm');
		expect(decision).toMatchObject({ send_payment_link: true, total_sum: 0, city: 'online' });
		expect(checkout).toMatchObject({ status: 'free', payment_url: '', order: { total_cents: 0, status: 'confirmed' } });
		expect(await world.sessionsOf(hotel.accountId)).toEqual([]);
		const sent = (await world.outboxOf(customer)).filter(({ kind }) => kind === 'text');
		expect(sent).toHaveLength(1);
		expect(sent[0]?.text).not.toMatch(/\b0\s?€|€\s?0|pay\.example/);
	});

	test('without a payment reminder gets no link, and the operator sees why', async () => {
		const customer = '34699111444';
		const { next, decision } = await say(
			hotel,
			customer,
			'I want Introductory diving “Discover Scuba” in Tenerife, my name is Anna, phone +34 600 111 444, yes I confirm',
		);
		// The customer hears that the team arranges the payment, so the team gets the conversation.
		expect(next).toBe('handover');
		expect(decision).toMatchObject({ send_payment_link: false, violations: [{ code: 'no_payment_reminder', rule: 12 }] });
		expect(await world.sessionsOf(hotel.accountId)).toEqual([]);
		expect((await world.outboxOf(customer)).map(({ text }) => text).join('\n')).not.toContain('pay.example');
		expect(await world.db.asOwner(`SELECT 1 FROM orders o JOIN conversations c ON c.id = o.conversation_id WHERE c.chat_id = $1`, [`${customer}@c.us`])).toEqual([]);
	});

	test('checked out all the same, such a decision is refused with the reason', async () => {
		const turnId = await world.customerWrites(hotel, '34699111455', 'I want Introductory diving “Discover Scuba” in Tenerife, my name is Anna, phone +34 600 111 444, yes I confirm');
		const { body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null });
		const decisionId = String((body['decision'] as Json)['decisionId']);
		const checkout = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		expect(checkout).toMatchObject({ status: 200, body: { status: 'refused', order: null, payment_url: '', reason: { code: 'no_payment_reminder' } } });
	});
});
