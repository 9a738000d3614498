import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { createOperator, node, to, type Operator } from './operator.ts';

/** The Booking node on the real n8n, with a company whose calendar is the sandbox's Google: from free slots to the event and away again. */

const access = inject('stack');
const { platform, api, sandbox } = stackClients(access);

type Row = Record<string, unknown>;
let tenantId: string;
let companyId: string;
let calendarId: string;
let own: ReturnType<typeof api>;
let operator: Operator;

beforeAll(async () => {
	const { body: tenant } = await platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Salon', email: 'salon@shop.example' });
	tenantId = tenant.id;
	own = api(tenant.api_key.secret);
	operator = await createOperator(access, { apiKey: tenant.api_key.secret, connectionId: '' });
	companyId = (await own.post<{ id: string }>('/v1/companies', { name: 'Salon', type: 'service', default_language: 'English', currency: 'eur', country: 'ES' })).body.id;
	await own.post(`/v1/companies/${companyId}/items`, { data: [{ sku: 'M1', name: 'Massage', description: 'An hour of rest', price_cents: 0, duration: '60 min', stock: 1 }] });
	const path = `/v1/companies/${companyId}/calendar`;
	const day = [['00:00', '24:00']];
	await own.call('PATCH', path, {
		time_zone: 'Europe/Madrid', step_minutes: 60, min_notice_minutes: 0,
		opening_hours: { weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((name) => [name, day])) },
	});
	const { body: consent } = await own.post<{ url: string }>(`${path}/connect`, {});
	const { body: granted } = await sandbox.post<{ location: string }>('/control/google/consent', { url: consent.url, email: `salon-${tenantId}@gmail.example` });
	expect((await fetch(granted.location)).status).toBe(200);
	const { body: calendar } = await own.get<Row>(path);
	expect(calendar).toMatchObject({ state: 'connected' });
	calendarId = String(calendar['appointment_calendar_id']);
});
afterAll(async () => {
	await operator?.removeAll();
	await operator?.close();
	if (tenantId) await platform.delete(`/v1/tenants/${tenantId}`);
});

/** A workflow of Booking nodes in a row behind a webhook that answers with the last one's items. */
async function publish(...steps: object[]): Promise<(body: object) => Promise<{ status: number; json: Row[] }>> {
	const path = randomUUID();
	const webhook = node('Webhook', 'n8n-nodes-base.webhook', 2, { httpMethod: 'POST', path, responseMode: 'lastNode', responseData: 'allEntries' }, { webhookId: path });
	const nodes = steps.map((parameters, at) => operator.concierge(`Booking ${at}`, 'booking', parameters));
	const names = ['Webhook', ...nodes.map(({ name }) => name)];
	await operator.publish(`Booking ${path}`, [webhook, ...nodes], Object.fromEntries(names.slice(1).map((name, at) => [names[at] ?? '', { main: [to(name)] }])));
	return (body) =>
		eventually('an answer of the webhook', async () => {
			const response = await fetch(`${access.urls.n8n}/webhook/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
			return response.status !== 404 && { status: response.status, json: (await response.json()) as Row[] };
		});
}

const eventsAtGoogle = async () => (await sandbox.get<{ data: Row[] }>(`/control/google/calendars/${encodeURIComponent(calendarId)}/events`)).body.data;

test('an operator’s workflow finds slots, books one, moves it and cancels it; the calendar follows', async () => {
	const company = { source: 'custom', companyId };
	const find = await publish({ operation: 'findSlots', slotSku: 'M1', limit: 3, ...company });
	const slots = (await find({})).json;
	expect(slots).toHaveLength(3);
	expect(slots[0]).toMatchObject({ sku: 'M1', text: expect.stringMatching(/\d{1,2}:00/) });

	const book = await publish({ operation: 'hold', sku: 'M1', startsAt: '={{ $json.body.start }}', customerName: 'نور 🌷', customerPhone: '+34600111222', ...company }, { operation: 'confirm' });
	const { json: [booked] } = await book({ start: slots[0]?.['starts_at'] });
	const booking = booked?.['booking'] as Row;
	expect(booking).toMatchObject({ object: 'booking', status: 'confirmed', starts_at: slots[0]?.['starts_at'] });
	await eventually('the event', async () => (await eventsAtGoogle()).length === 1);
	expect((await eventsAtGoogle())[0]).toMatchObject({ summary: expect.stringContaining('نور 🌷') });

	const move = await publish({ operation: 'move', bookingId: '={{ $json.body.id }}', newStart: '={{ $json.body.start }}', by: 'company' });
	const { json: [moved] } = await move({ id: booking['id'], start: slots[2]?.['starts_at'] });
	expect(moved?.['booking']).toMatchObject({ status: 'confirmed', starts_at: slots[2]?.['starts_at'] });

	const cancel = await publish({ operation: 'cancel', bookingId: '={{ $json.body.id }}', by: 'company' });
	expect((await cancel({ id: booking['id'] })).json).toMatchObject([{ booking: { status: 'cancelled' } }]);
	await eventually('the event is gone', async () => (await eventsAtGoogle()).length === 0);
});

test('of 20 who want the last slot one has it, and the others are told the next ones', async () => {
	const { body: { data: [slot] } } = await own.get<{ data: Row[] }>(`/v1/companies/${companyId}/slots?sku=M1&limit=1`);
	const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => own.post<Row>('/v1/bookings', { company_id: companyId, sku: 'M1', starts_at: slot?.['starts_at'], customer: { name: `Customer ${at}`, phone: '' } })));
		expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
	const lost = answers.filter(({ status }) => status === 409);
	expect(lost).toHaveLength(19);
	for (const { body } of lost) {
		const next = (body['slots'] ?? []) as Row[];
		expect(next.length).toBeGreaterThan(0);
		expect(next.map((one) => one['starts_at'] ?? one['start'])).not.toContain(slot?.['starts_at']);
	}
});
