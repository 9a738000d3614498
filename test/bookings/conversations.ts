import { expect } from 'vitest';
import type { ApiAnswer, Json } from '../../provisioner/src/testing/api.ts';
import { commit, createWorld, type Business, type World } from '../orders/world.ts';

const ALWAYS = { weekly: Object.fromEntries(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, [['00:00', '24:00']]])) };
/** What the conversation asks for is the guard's; here the customer's choice is put into the decision. */
const ASKS_NOTHING = { ask_appointment_slot: false, ask_delivery_slot: false, ask_address: false };
const SERVICES = `sku,name,description,unit,price_eur,travel_fee_eur,slots_available,duration,payment_reminder,city,office_address
M1,Massage,A massage,session,50,,1,60 minutes,4,Madrid,Calle Mayor 1
Y1,Yoga class,A class,place,15,,10,60 minutes,4,Madrid,
T1,Trial lesson,A lesson,lesson,0,,1,60 minutes,,Madrid,
`;
export const orderText = (item: string) => `I want 1 ${item} in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm`;

export interface Salon extends Business {
	readonly email: string;
	readonly calendars: { readonly appointment: string; readonly delivery: string };
}

/** A customer's turn that is decided. */
export interface Wish {
	readonly customer: string;
	readonly turnId: string;
	readonly decisionId: string;
}

interface ChosenTime {
	readonly SKU: string;
	readonly start: string;
	readonly end: string;
}

const TODAY = Math.floor(Date.now() / 86_400_000) * 86_400_000;
/** In UTC, so many days from now. */
export const day = (days: number, hour = 0): string => new Date(TODAY + days * 86_400_000 + hour * 3_600_000).toISOString();
export const slot = (SKU: string, start: string, hours = 1): ChosenTime => ({ SKU, start, end: new Date(Date.parse(start) + hours * 3_600_000).toISOString() });
/** As a customer is told it. */
export const told = (iso: string): string =>
	new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso));

/** Conversations, orders and payments of companies that have a calendar. Everything is UTC and open all day. */
export interface Conversations {
	readonly world: World;
	addSalon(options?: { csv?: string; type?: 'service' | 'product'; settings?: object; connected?: boolean }): Promise<Salon>;
	patch(business: Business, settings: object): Promise<void>;
	newCustomer(): string;
	/** The customer commits to an order, and has chosen these times for it. */
	wishes(salon: Salon, slots: readonly ChosenTime[], more?: { text?: string; customer?: string; address?: string }): Promise<Wish>;
	/** The next turn of a customer, with these fields in its decision. */
	changes(salon: Salon, customer: string, fields: object): Promise<Wish>;
	checkout(wish: Wish): Promise<Json>;
	reply(wish: Wish): Promise<ApiAnswer>;
	/** A massage that is paid, of a customer whose conversation goes on. */
	booked(salon: Salon, start: string): Promise<{ customer: string; orderId: string; id: string }>;
	sessionOf(salon: Salon, answer: Json): Promise<Json>;
	pay(salon: Salon, answer: Json, how?: object): Promise<Json>;
	/** The payment page ends unpaid. */
	expire(salon: Salon, answer: Json): Promise<Json>;
	/** The customer opens the payment link. */
	open(answer: Json): Promise<Response>;
	orderOf(salon: Salon, answer: Json): Promise<Json>;
	bookingsOf(salon: Salon, orderId: string): Promise<Json[]>;
	events(salon: Salon, kind?: 'appointment' | 'delivery'): Promise<Json[]>;
	lastTold(customer: string): Promise<Record<string, unknown> | undefined>;
	/** What the conversation remembers. */
	sessionStored(customer: string): Promise<Json>;
}

export const orderIdOf = (answer: Json): string => String((answer['order'] as Json | null)?.id);
export const reasonOf = (answer: Json): unknown => (answer['reason'] as Json | undefined)?.code;

export async function createConversations(): Promise<Conversations> {
	const world = await createWorld();
	let phone = 34_600_000_000;
	let accounts = 0;

	async function decided(wish: Wish, fields: object): Promise<Wish> {
		await world.db.asOwner('UPDATE decisions SET decision = decision || $2 WHERE id = $1', [wish.decisionId, JSON.stringify(fields)]);
		return wish;
	}

	const its: Conversations = {
		world,
		async addSalon({ csv = SERVICES, type = 'service', settings = {}, connected = true } = {}) {
			const business = await world.addBusiness({ type, csv });
			accounts += 1;
			const email = `salon-${accounts}@gmail.example`;
			await its.patch(business, { time_zone: 'UTC', opening_hours: ALWAYS, delivery_windows: ALWAYS, step_minutes: 60, ...ASKS_NOTHING, ...settings });
			if (!connected) return { ...business, email, calendars: { appointment: '', delivery: '' } };
			const path = `/v1/companies/${business.companyId}/calendar`;
			const { body } = await world.call('POST', `${path}/connect`, {}, business.key);
			const { location } = await world.control('POST', '/google/consent', { url: body['url'], email });
			expect((await fetch(`${world.api.url}/calendar/callback${new URL(String(location)).search}`)).status).toBe(200);
			const { appointment_calendar_id: appointment, delivery_calendar_id: delivery } = (await world.call('GET', path, undefined, business.key)).body;
			return { ...business, email, calendars: { appointment: String(appointment), delivery: String(delivery) } };
		},
		async patch(business, settings) {
			const { status, body } = await world.call('PATCH', `/v1/companies/${business.companyId}/calendar`, settings, business.key);
			if (status !== 200) throw new Error(JSON.stringify(body));
		},
		newCustomer() {
			phone += 1;
			return String(phone);
		},
		async wishes(salon, slots, { text = orderText('Massage'), customer = its.newCustomer(), address = '' } = {}) {
			const { turnId, decisionId } = await commit(world, salon, customer, text);
			return decided({ customer, turnId, decisionId }, { slots, slot: slots[0] ?? null, address });
		},
		async changes(salon, customer, fields) {
			const turnId = await world.customerWrites(salon, customer, 'Thank you!');
			const { body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null });
			return decided({ customer, turnId, decisionId: String((body['decision'] as Json)['decisionId']) }, { response: 'It is done.', ...fields });
		},
		checkout: async ({ turnId, decisionId }) => (await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId })).body,
		reply: ({ turnId, decisionId }) => world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId }),
		async booked(salon, start) {
			const wish = await its.wishes(salon, [slot('M1', start)]);
			const answer = await its.checkout(wish);
			await its.reply(wish);
			await its.pay(salon, answer);
			// What is not sent yet would be taken back when the customer writes again.
			await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [wish.turnId]);
			const orderId = orderIdOf(answer);
			const [booking] = await its.bookingsOf(salon, orderId);
			expect(booking).toMatchObject({ status: 'confirmed', starts_at: start });
			return { customer: wish.customer, orderId, id: String(booking?.id) };
		},
		async sessionOf({ accountId }, answer) {
			const session = (await world.sessionsOf(accountId)).findLast((one) => one['client_reference_id'] === orderIdOf(answer));
			if (!session) throw new Error('no session');
			return session;
		},
		pay: async (salon, answer, how = {}) => world.control('POST', `/stripe/sessions/${String((await its.sessionOf(salon, answer)).id)}/pay`, how),
		expire: async (salon, answer) => world.control('POST', `/stripe/sessions/${String((await its.sessionOf(salon, answer)).id)}/expire`),
		open: (answer) => fetch(`${world.api.url}${new URL(String(answer['payment_url'])).pathname}`, { redirect: 'manual' }),
		orderOf: async ({ key }, answer) => (await world.call('GET', `/v1/orders/${orderIdOf(answer)}`, undefined, key)).body,
		bookingsOf: async ({ key }, orderId) => [...((await world.call('GET', `/v1/bookings?order_id=${orderId}`, undefined, key)).body.data ?? [])],
		events: async ({ calendars }, kind = 'appointment') => [...((await world.control('GET', `/google/calendars/${calendars[kind]}/events`)).data ?? [])],
		lastTold: async (customer) => (await world.outboxOf(customer)).at(-1),
		async sessionStored(customer) {
			const [conversation] = await world.db.asOwner<{ session: Json }>('SELECT session FROM conversations WHERE chat_id = $1', [`${customer}@c.us`]);
			if (!conversation) throw new Error('no conversation');
			return conversation.session;
		},
	};
	return its;
}
