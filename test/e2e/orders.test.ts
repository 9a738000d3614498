import { beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { openDatabase } from './stored.ts';

const access = inject('stack');
const { sandbox, textsTo, api } = stackClients(access);
const stored = openDatabase(access.databaseOwnerUrl);
const florist = api(access.demo['Flores']?.apiKey ?? '');
const hotel = api(access.demo['Hotel Canarian']?.apiKey ?? '');

interface Order {
	readonly id: string;
	readonly status: string;
	readonly total_cents: number;
	readonly products_cents: number;
	readonly delivery_cents: number;
	readonly lines: { readonly sku: string; readonly quantity: number }[];
	readonly city: string;
	readonly phone: string;
	readonly client_name: string;
}
interface CheckoutSession {
	readonly id: string;
	readonly amount_total: number;
	readonly payment_status: string;
	readonly status: string;
	readonly client_reference_id: string;
}

let session: string;
let stripeAccount: string;
beforeAll(async () => {
	session = (await florist.get<{ data: { external_id: string }[] }>('/v1/connections')).body.data[0]?.external_id ?? '';
	const companyId = access.demo['Flores']?.companyId;
	stripeAccount = (await florist.get<{ id: string }>(`/v1/companies/${companyId}/payment_account`)).body.id;
});

const toFlorist = (from: string, body: string) => sandbox.post(`/control/waha/sessions/${session}/messages`, { from, body });
const toHotel = (id: number, text: string) =>
	sandbox.post('/control/telegram/bots/hotel_canarian_bot/messages', { from: { id, first_name: 'Kim', language_code: 'en' }, text });
const ordersOf = async (client: typeof florist) => (await client.get<{ data: Order[] }>('/v1/orders?limit=100')).body.data;
const sessionsOf = async (account: string) => (await sandbox.get<{ data: CheckoutSession[] }>(`/control/stripe/sessions?account=${account}`)).body.data;
const lastTo = async (channel: 'whatsapp' | 'telegram', to: string, count: number) =>
	eventually(`${count} answers to ${to}`, async () => {
		const sent = await textsTo(channel, to);
		return sent.length >= count ? sent[count - 1] : undefined;
	});

describe('an order of 20 roses and a card to Valencia', () => {
	const customer = '34699200001';

	test('becomes one bouquet and one card, delivery once, and a session of exactly those cents on the business’s account', async () => {
		await toFlorist(customer, 'Хочу 20 роз и открытку в Валенсию');
		const question = await lastTo('whatsapp', customer, 1);
		expect(question.text).toMatch(/телефон/i);
		expect(question.text).toMatch(/(как вас зовут|имя)/i);
		const before = await sessionsOf(stripeAccount);
		await toFlorist(customer, 'Анна, +34 600 111 222');
		const answer = await lastTo('whatsapp', customer, 2);
		expect(answer.text).toContain('67,40');
		const link = /https?:\/\/\S+\/pay\/\S+/.exec(answer.text)?.[0] ?? '';
		expect(link).toContain('/pay/');

		const [order] = await ordersOf(florist);
		expect(order).toMatchObject({ status: 'awaiting_payment', total_cents: 6740, products_cents: 5990, delivery_cents: 750, phone: '+34600111222', client_name: 'Анна' });
		expect(order?.lines.map(({ sku, quantity }) => [sku, quantity]).toSorted()).toEqual([['1001', 1], ['1005', 1]]);
		const created = (await sessionsOf(stripeAccount)).filter(({ id }) => !before.some((old) => old.id === id));
		expect(created).toHaveLength(1);
		expect(created[0]).toMatchObject({ amount_total: 6740, payment_status: 'unpaid', client_reference_id: order?.id });
		const opened = await fetch(link, { redirect: 'manual' });
		expect(opened.status).toBe(303);
		expect(opened.headers.get('location')).toContain(created[0]?.id);
	});

	test('paid: the order is paid and confirmed to the customer; the webhook repeated changes nothing', async () => {
		const [order] = await ordersOf(florist);
		const checkout = (await sessionsOf(stripeAccount)).find(({ client_reference_id }) => client_reference_id === order?.id);
		await sandbox.post(`/control/stripe/sessions/${checkout?.id}/pay`);
		const confirmation = await lastTo('whatsapp', customer, 3);
		expect(confirmation.text).toMatch(/оплачен/i);
		expect((await ordersOf(florist))[0]).toMatchObject({ id: order?.id, status: 'paid' });

		const { body: events } = await sandbox.get<{ data: { id: string; type: string; data: { object: { id: string } } }[] }>('/control/stripe/events');
		const completed = events.data.find((event) => event.type === 'checkout.session.completed' && event.data.object.id === checkout?.id);
		for (let repeat = 0; repeat < 3; repeat++) await sandbox.post(`/control/stripe/events/${completed?.id}/resend`);
		await stored.untilQuiet();
		expect(await textsTo('whatsapp', customer)).toHaveLength(3);
		expect((await ordersOf(florist)).filter(({ id }) => id === order?.id)).toHaveLength(1);
	});
});

describe('services', () => {
	test('a free online one is committed without a Stripe session: name and phone are asked, never a city, never "0 €"', async () => {
		const customer = 7001;
		const { body } = await hotel.get<{ data: { sku: string; name: string; price_cents: number; online: boolean }[] }>(
			`/v1/companies/${access.demo['Hotel Canarian']?.companyId}/items?limit=100`,
		);
		const free = body.data.find((item) => item.online && item.price_cents === 0);
		const account = (await hotel.get<{ id: string }>(`/v1/companies/${access.demo['Hotel Canarian']?.companyId}/payment_account`)).body.id;
		await toHotel(customer, `Hello, I would like to book ${free?.name}`);
		const question = await lastTo('telegram', String(customer), 1);
		expect(question.text).toMatch(/name/i);
		expect(question.text).toMatch(/phone/i);
		// Its calendar is connected: a time is chosen of those that are told.
		expect(question.text).toMatch(/^1\. /m);
		await toHotel(customer, 'Kim Lee, +44 7700 900123, the first');
		await lastTo('telegram', String(customer), 2);
		await stored.untilQuiet();
		const [order] = await ordersOf(hotel);
		expect(order).toMatchObject({ status: 'confirmed', total_cents: 0, client_name: 'Kim Lee', phone: '+447700900123' });
		expect(order?.lines).toMatchObject([{ sku: free?.sku, quantity: 1 }]);
		expect(await sessionsOf(account)).toEqual([]);
		for (const { text } of await textsTo('telegram', String(customer))) {
			expect(text).not.toMatch(/\b(which|what) (city|town)|\bcity\b/i);
			expect(text).not.toMatch(/(^|[^\d.,])0([.,]00)?\s*(€|eur)|€\s*0([.,]00)?(?![\d.,])/i);
		}
	});

	test('the one without a payment reminder gets no link, and the operator sees why', async () => {
		const customer = 7002;
		const { body } = await hotel.get<{ data: { sku: string; name: string; cities: string[] }[] }>(`/v1/companies/${access.demo['Hotel Canarian']?.companyId}/items?limit=100`);
		const item = body.data.find(({ sku }) => sku === '112');
		await toHotel(customer, `I would like to book one ${item?.name}${item?.cities[0] ? ` in ${item.cities[0]}` : ''}. My name is Kim Lee, my phone is +44 7700 900124`);
		const offered = await lastTo('telegram', String(customer), 1);
		expect(offered.text).toMatch(/^1\. /m);
		await toHotel(customer, 'the first');
		const answer = await lastTo('telegram', String(customer), 2);
		await stored.untilQuiet();
		expect(answer.text).not.toMatch(/\/pay\//);
		const decisions = await stored.query<{ decision: { send_payment_link: boolean; violations: { code: string }[] } }>(
			`SELECT d.decision FROM decisions d JOIN conversations c ON c.id = d.conversation_id WHERE c.chat_id = $1 ORDER BY d.created_at`, [String(customer)],
		);
		expect(decisions.map(({ decision }) => decision.send_payment_link)).toEqual([false, false]);
		expect(decisions[1]?.decision.violations.map(({ code }) => code)).toContain('no_payment_reminder');
		// The customer hears that the team arranges the payment: the team has the conversation.
		const states = await stored.query('SELECT state FROM conversations WHERE chat_id = $1', [String(customer)]);
		expect(states).toEqual([{ state: 'human' }]);
	});
});
