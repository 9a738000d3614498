import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';

/** From the customer's words to the event in the business's calendar, on the real n8n: times are offered, chosen, paid for, booked, moved, cancelled and refunded. */

const access = inject('stack');
const { platform, api, sandbox, textsTo } = stackClients(access);

type Row = Record<string, unknown>;
interface Booking extends Row {
	readonly id: string;
	readonly status: string;
	readonly order_id: string;
	readonly starts_at: string;
	readonly calendar: { readonly state: string };
}
const BOT = 'chat_salon_bot';
let tenantId: string;
let companyId: string;
let account: string;
let own: ReturnType<typeof api>;
let calendars: { readonly appointments: string; readonly deliveries: string };

beforeAll(async () => {
	const { body: tenant } = await platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Chat salon', email: 'chat-salon@shop.example' });
	tenantId = tenant.id;
	own = api(tenant.api_key.secret);
	companyId = (await own.post<{ id: string }>('/v1/companies', { name: 'Chat salon', type: 'hybrid', default_language: 'English', currency: 'eur', country: 'ES', time_zone: 'Europe/Madrid' })).body.id;
	const item = { description: 'For a quiet hour', payment_reminder_hours: 2, cities: ['Madrid'] };
	const items = await own.post(`/v1/companies/${companyId}/items`, {
		data: [
			{ ...item, sku: 'M1', kind: 'service', name: 'Massage', price_cents: 4000, duration: '60 min', stock: 1 },
			{ ...item, sku: 'T1', kind: 'service', name: 'Trial lesson', price_cents: 0, duration: '30 min', online: true, cities: [] },
			{ ...item, sku: 'C1', kind: 'product', name: 'Candle', price_cents: 1500, stock: 50 },
		],
	});
	expect(items.status, JSON.stringify(items.body)).toBe(200);
	account = (await own.post<{ id: string }>(`/v1/companies/${companyId}/payment_account`, { country: 'ES', email: 'chat-salon@shop.example' })).body.id;
	await sandbox.post(`/control/stripe/accounts/${account}/complete-onboarding`, {});
	expect((await own.get<{ state: string }>(`/v1/companies/${companyId}/payment_account`)).body.state).toBe('ready');

	const path = `/v1/companies/${companyId}/calendar`;
	const every = (...day: string[][]) => ({ weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [name, day])) });
	await own.call('PATCH', path, { time_zone: 'Europe/Madrid', step_minutes: 60, min_notice_minutes: 0, free_change_hours: 0, place: 'Calle Mayor 1', opening_hours: every(['09:00', '18:00']), delivery_windows: every(['10:00', '14:00'], ['14:00', '18:00']) });
	const { body: consent } = await own.post<{ url: string }>(`${path}/connect`, {});
	const { body: granted } = await sandbox.post<{ location: string }>('/control/google/consent', { url: consent.url, email: `chat-salon-${tenantId}@gmail.example` });
	expect((await fetch(granted.location)).status).toBe(200);
	const { body: calendar } = await own.get<Row>(path);
	calendars = { appointments: String(calendar['appointment_calendar_id']), deliveries: String(calendar['delivery_calendar_id']) };

	const botToken = '7000000091:AAChatSalonBotTokenForTheSandboxOnly';
	await sandbox.post('/control/telegram/bots', { token: botToken, username: BOT, name: 'Chat salon' });
	const { body: connection } = await own.post<{ id: string }>(`/v1/companies/${companyId}/connections`, { channel: 'telegram', name: 'Chat salon', telegram: { bot_token: botToken } });
	await eventually('the connection', async () => (await own.get<{ state: string }>(`/v1/connections/${connection.id}`)).body.state === 'connected');
});
afterAll(async () => {
	if (tenantId) await platform.delete(`/v1/tenants/${tenantId}`);
});

/** Says something and waits for the answer to it. */
async function say(customer: number, text: string): Promise<string> {
	const before = (await textsTo('telegram', String(customer))).length;
	await sandbox.post(`/control/telegram/bots/${BOT}/messages`, { from: { id: customer, first_name: 'Noor', language_code: 'en' }, text });
	return eventually(`an answer to ${JSON.stringify(text)}`, async () => (await textsTo('telegram', String(customer)))[before]?.text);
}
/** The customer follows the link and pays; the words of the confirmation. */
async function pay(customer: number, orderId: string): Promise<string> {
	const before = (await textsTo('telegram', String(customer))).length;
	const session = await eventually('the payment page', async () =>
		(await sandbox.get<{ data: { id: string; client_reference_id: string }[] }>(`/control/stripe/sessions?account=${account}`)).body.data.find((one) => one.client_reference_id === orderId),
	);
	expect((await sandbox.post(`/control/stripe/sessions/${session.id}/pay`, {})).status).toBe(200);
	return eventually('the confirmation', async () => (await textsTo('telegram', String(customer)))[before]?.text);
}
const bookings = async (): Promise<readonly Booking[]> => (await own.get<{ data: Booking[] }>(`/v1/bookings?company_id=${companyId}&limit=100`)).body.data;
const newest = async (sku: string) => (await bookings()).find((one) => one['sku'] === sku);
const eventsIn = async (calendar: string) => (await sandbox.get<{ data: Row[] }>(`/control/google/calendars/${encodeURIComponent(calendar)}/events`)).body.data;
const eventOf = async (calendar: string, start: string) => (await eventsIn(calendar)).find((event) => Date.parse((event['start'] as { dateTime: string }).dateTime) === Date.parse(start));

test('a service: times are offered, one is chosen, and when it is paid for the appointment is in the calendar; a refund takes it out again', async () => {
	const customer = 7301;
	const offered = await say(customer, 'I would like a massage');
	expect(offered).toContain('When would suit you (“Massage”)?');
	const second = /^2\. (.+)$/mu.exec(offered)?.[1] ?? '';
	expect(second).not.toBe('');
	expect(await say(customer, 'Madrid, Noor Haddad, +34600111301')).toContain('1. ');
	const answer = await say(customer, 'the second');
	expect(answer).toContain(`When: ${second}`);
	expect(answer).toMatch(/\/pay\//u);

	const held = await eventually('the hold', async () => newest('M1'));
	expect(held).toMatchObject({ status: 'held' });
	expect(await eventsIn(calendars.appointments)).toEqual([]);
	expect(await pay(customer, held.order_id)).toContain(`When: ${second}`);
	const event = await eventually('the event', () => eventOf(calendars.appointments, held.starts_at));
	expect(event).toMatchObject({ summary: expect.stringContaining('Massage') });
	expect(await newest('M1')).toMatchObject({ id: held.id, status: 'confirmed' });

	expect((await own.post(`/v1/orders/${held.order_id}/refunds`, {})).status).toBe(200);
	await eventually('the event is gone', async () => (await eventOf(calendars.appointments, held.starts_at)) === undefined);
	expect(await newest('M1')).toMatchObject({ status: 'cancelled' });
});

test('a free one is booked at once; the customer moves and cancels it in words, and the calendar follows', async () => {
	const customer = 7302;
	const offered = await say(customer, 'Trial lesson please, Noor Haddad, +34600111302');
	const [, third = ''] = /^3\. (.+)$/mu.exec(offered) ?? [];
	const confirmed = await say(customer, 'the third one');
	expect(confirmed).toContain(`When: ${third}`);
	expect(confirmed).toContain('nothing to pay');
	const booked = await eventually('the booking', async () => newest('T1'));
	expect(booked).toMatchObject({ status: 'confirmed' });
	await eventually('the event', () => eventOf(calendars.appointments, booked.starts_at));

	expect(await say(customer, 'When is my appointment?')).toContain(`Trial lesson — ${third}`);
	const others = await say(customer, 'Can I reschedule it?');
	const [, last = ''] = /^6\. (.+)$/mu.exec(others) ?? [];
	expect(await say(customer, 'number 6')).toBe(`Done: “Trial lesson” is now on ${last}.`);
	const moved = await eventually('the move', async () => (await newest('T1'))?.starts_at !== booked.starts_at && newest('T1'));
	await eventually('the event there', () => eventOf(calendars.appointments, moved.starts_at));
	expect(await eventOf(calendars.appointments, booked.starts_at)).toBeUndefined();

	expect(await say(customer, 'Please cancel my appointment')).toMatch(/Trial lesson.*\?/u);
	expect(await say(customer, 'yes')).toBe(`Done: “Trial lesson” (${last}) is cancelled.`);
	await eventually('the event is gone', async () => (await eventOf(calendars.appointments, moved.starts_at)) === undefined);
	expect(await newest('T1')).toMatchObject({ status: 'cancelled', ended_by: 'customer' });
});

test('a product: address and window before the link, and the paid delivery in the calendar', async () => {
	const customer = 7303;
	const asked = await say(customer, '2 candles to Madrid, Noor Haddad, +34600111303');
	expect(asked).toContain('the street and house number');
	expect(asked).toContain('When shall we deliver?');
	const [, first = ''] = /^1\. (.+)$/mu.exec(asked) ?? [];
	const answer = await say(customer, 'Calle de la Paz 12, 3º B\nthe first');
	expect(answer).toContain('Address: Calle de la Paz 12, 3º B');
	expect(answer).toContain(`Delivery time: ${first}`);
	expect(answer).toMatch(/\/pay\//u);
	const held = await eventually('the hold', async () => newest('C1'));
	await pay(customer, held.order_id);
	const event = await eventually('the event', () => eventOf(calendars.deliveries, held.starts_at));
	expect(event).toMatchObject({ location: 'Calle de la Paz 12, 3º B, Madrid' });
	expect((await own.get<Row>(`/v1/orders/${held.order_id}`)).body).toMatchObject({ status: 'paid', address: 'Calle de la Paz 12, 3º B', lines: [{ sku: 'C1', quantity: 2 }] });
});

test('of several who choose the last place of a time one gets the link, the others the next times, and they go on from there', async () => {
	const customers = [7311, 7312, 7313, 7314];
	const offers = await Promise.all(customers.map((customer) => say(customer, `a massage please, Madrid, Noor Haddad, +3460011${customer}`)));
	expect(new Set(offers.map((text) => /^4\. (.+)$/mu.exec(text)?.[1])).size).toBe(1);
	const answers = await Promise.all(customers.map((customer) => say(customer, 'the fourth')));
	const won = answers.filter((text) => /\/pay\//u.test(text));
	expect(won, answers.join('\n---\n')).toHaveLength(1);
	for (const [at, text] of answers.entries()) {
		if (text === won[0]) continue;
		expect(text).toMatch(/^1\. /mu);
		expect(await say(customers[at] ?? 0, '1')).toMatch(/\/pay\/|^1\. /mu);
	}
});
