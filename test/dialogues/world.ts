import type { OpeningHours } from '../../core/booking/opening-hours.ts';
import type { Schedule } from '../../core/booking/schedule.ts';
import { scheduleOf } from '../../core/booking/test-support.ts';
import type { AcceptedAnswer } from '../../core/agent/loop.ts';
import type { AgentFacts, HistoryMessage, OrderFacts } from '../../core/agent/facts.ts';
import { NEW_SESSION, type AgentSession } from '../../core/agent/session.ts';
import type { Catalog } from '../../core/catalog/catalog.ts';
import { createCatalog } from '../../core/catalog/search.ts';
import { applyOrderEvent, newOrderStatus, paymentStatusOf, type OrderEvent, type OrderStatus } from '../../core/orders/order.ts';
import { HORIZON_DAYS, instantOf, NOW, type Booking, type Span, type Times } from './calendar.ts';
import type { Dialogue, DialogueTurn } from './dialogue.ts';
import { shopOf, toItem, type Shop } from './shop.ts';

const EVENTS: Readonly<Record<'paid' | 'expired' | 'cancelled', OrderEvent>> = { paid: { type: 'payment_received' }, expired: { type: 'payment_time_over' }, cancelled: { type: 'cancelled' } };
const CATALOGS = new Map<string, Catalog>();

/** What the platform keeps of one conversation: the session, its latest order and what was said. Nothing but memory. */
export class World {
	readonly shop: Shop;
	readonly #dialogue: Dialogue;
	#session: AgentSession;
	#order: (OrderFacts & { readonly status: OrderStatus }) | null = null;
	#history: HistoryMessage[] = [];
	#orders = 0;
	#turns = 0;
	#pricesUp = false;
	/** By others, since the dialogue began. */
	#takenSince: readonly Span[] = [];
	/** For the order that waits for its payment. */
	#held: readonly Omit<Booking, 'changeable'>[] = [];
	#bookings: readonly Booking[];
	/** A person has the conversation. */
	withPerson = false;

	constructor(dialogue: Dialogue) {
		this.#dialogue = dialogue;
		this.shop = shopOf(dialogue.shop);
		this.#session = { ...NEW_SESSION, greeted: dialogue.greeted };
		const zone = dialogue.calendar?.zone ?? 'UTC';
		this.#bookings = dialogue.bookings.map(({ start, end, ...rest }) => ({ ...rest, start: instantOf(start, zone), end: instantOf(end, zone) }));
	}

	/** What the calendar says now; null without one. */
	get times(): Times | null {
		const { calendar } = this.#dialogue;
		if (calendar === null) return null;
		const busy = calendar.busy.map(([start, end]) => ({ start: instantOf(start, calendar.zone), end: instantOf(end, calendar.zone) }));
		return { calendar, taken: [...busy, ...this.#takenSince, ...this.#held, ...this.#bookings], bookings: this.#bookings };
	}

	/** The rows as they stand now, after changes of price. */
	get items(): Shop['items'] {
		return this.#pricesUp ? this.shop.items.map((row) => ({ ...row, price: raised(row.price) })) : this.shop.items;
	}

	get order(): OrderFacts | null {
		return this.#order;
	}

	happen(event: DialogueTurn['before'][number]): void {
		if (event === 'handed_back') this.withPerson = false;
		else if (event === 'price_up') this.#pricesUp = true;
		else if (event === 'slot_taken') this.#takenSince = this.#session.slots.map(({ start, end }) => ({ start: Date.parse(start), end: Date.parse(end) }));
		else this.#move(EVENTS[event]);
	}

	/** What the guard and the tools may know in this turn: as the backend reads it, but from memory. */
	factsFor({ say, media }: DialogueTurn): AgentFacts {
		const { company: settings, channel, phone } = this.#dialogue;
		const { company } = this.shop;
		this.#turns += 1;
		return {
			now: NOW,
			turn: {
				type: 'turn.ready', turnId: `turn_${this.#turns}`, conversationId: 'conv_1', companyId: 'comp_1', connectionId: 'conn_1', generation: this.#turns,
				attempt: 1, traceparent: '', channel, customer: { id: 'cust_1', name: '' }, company: { name: settings.name ?? company.name, type: company.type },
				text: say, messages: [{ id: `msg_${this.#turns}`, type: media ?? 'text', text: say, sentAt: NOW }],
			},
			company: {
				name: settings.name ?? company.name, type: company.type, currency: company.currency, defaultLanguage: settings.default_language ?? company.default_language,
				instructions: settings.instructions ?? '', firstAnswerItems: settings.first_answer_items ?? 12, handoverKeywords: settings.handover_keywords ?? [], privacyPolicyUrl: settings.privacy_policy_url ?? '', welcomeVideos: { product: '', service: '' },
				paymentReady: settings.payment_ready ?? true,
			},
			session: this.#session,
			catalog: this.#catalog(),
			order: this.#order,
			schedule: this.#schedule(),
			bookings: this.#booked(),
			history: this.#history.slice(-20),
			customerPhone: phone,
		};
	}

	/** The answer goes out: checkout makes its order, the session is kept, what was said becomes history. Returns the text with its link. */
	send(turn: DialogueTurn, { decision, next }: AcceptedAnswer, session: AgentSession): string {
		let link = '';
		const commits = next === 'checkout';
		if (decision.change_payment_status || commits) this.#move(EVENTS.cancelled, ['awaiting_payment']);
		this.#change(decision);
		if (commits) {
			this.#orders += 1;
			const status = newOrderStatus(decision.total_sum);
			link = status === 'awaiting_payment' ? `https://pay.example/pay/tok_${this.#orders}` : '';
			const lines = (decision.items ?? []).flatMap(({ lineItems }) => lineItems).map(({ SKU, quantity }) => ({ sku: SKU, name: this.shop.items.find(({ sku }) => sku === SKU)?.name ?? '', quantity }));
			this.#order = { id: `ord_${this.#orders}`, status, paymentStatus: paymentStatusOf(status), totalCents: decision.total_sum, lines, paymentUrl: link };
			this.#held = decision.slots.map(({ SKU, start, end }, index) => ({ id: `booked_${this.#orders}_${index + 1}`, sku: SKU, start: Date.parse(start), end: Date.parse(end) }));
			if (status !== 'awaiting_payment') this.#book();
		}
		const begins = commits || decision.change_payment_status;
		const stored: unknown = JSON.parse(JSON.stringify(session));
		this.#session = { ...session, ...(typeof stored === 'object' ? stored : {}), ...(link !== '' ? { paymentStatus: 'payment_link_sent' } : begins ? { paymentStatus: 'no_payment_link' } : {}) };
		const sent = link === '' ? decision.response : `${decision.response}\n\n${link}`;
		this.#history.push({ role: 'customer', text: turn.say, at: NOW }, { role: 'assistant', text: sent, at: NOW });
		this.withPerson = next === 'handover';
		return sent;
	}

	#book(): void {
		this.#bookings = [...this.#bookings, ...this.#held.map((held) => ({ ...held, changeable: true }))].sort((a, b) => a.start - b.start);
		this.#held = [];
	}

	#change({ booking_change: change, slot }: AcceptedAnswer['decision']): void {
		if (change?.action === 'cancel') this.#bookings = this.#bookings.filter(({ id }) => id !== change.id);
		if (change?.action === 'move' && slot !== null) this.#bookings = this.#bookings.map((booking) => (booking.id === change.id ? { ...booking, start: Date.parse(slot.start), end: Date.parse(slot.end) } : booking));
	}

	#schedule(): AgentFacts['schedule'] {
		const { times } = this;
		if (times === null) return null;
		const { zone, hours, windows, asks, place, unknown } = times.calendar;
		return remembering(scheduleOf({
			now: NOW, zone, hours: onWorkdays([hours]), windows: onWorkdays(windows), place, unknown, horizonDays: HORIZON_DAYS,
			asks: { appointmentSlot: asks.appointment, deliverySlot: asks.delivery, address: asks.address }, busy: times.taken.map(isoOf),
		}));
	}

	#booked(): AgentFacts['bookings'] {
		const zone = this.#dialogue.calendar?.zone ?? 'UTC';
		return this.#bookings.flatMap((booking) => {
			const item = this.shop.items.find(({ sku }) => sku === booking.sku);
			if (item === undefined) return [];
			return [{ id: booking.id, kind: item.kind === 'service' ? 'appointment' : 'delivery', sku: item.sku, name: item.name, places: 1, city: item.cities[0] ?? '', zone, changeable: booking.changeable, ...isoOf(booking) } as const];
		});
	}

	#catalog(): Catalog {
		const key = `${this.#dialogue.shop} ${this.#pricesUp}`;
		const catalog = CATALOGS.get(key) ?? createCatalog(this.items.map(toItem));
		CATALOGS.set(key, catalog);
		return catalog;
	}

	#move(event: OrderEvent, only?: readonly OrderStatus[]): void {
		if (this.#order === null || (only !== undefined && !only.includes(this.#order.status))) return;
		const { status } = applyOrderEvent(this.#order.status, event);
		this.#order = { ...this.#order, status, paymentStatus: paymentStatusOf(status), paymentUrl: status === 'awaiting_payment' ? this.#order.paymentUrl : '' };
		if (status === 'paid') this.#book();
		else this.#held = [];
		if (status === 'paid') this.#session = { ...this.#session, paymentStatus: 'paid' };
		else if (this.#session.paymentStatus === 'payment_link_sent') this.#session = { ...this.#session, paymentStatus: 'no_payment_link' };
	}
}

/** What `price_up` makes of a price: 10 % more. */
function raised(price: number): number {
	return Math.round(price * 110) / 100;
}

/** The same question has the same answer; an answer's sentences are checked one by one. */
function remembering(schedule: Schedule): Schedule {
	const answers = new Map<string, ReturnType<Schedule['free']>>();
	return {
		...schedule,
		free(need, period, limit) {
			const key = JSON.stringify([need.kind, need.item.sku, need.places, need.city, period, limit]);
			const answer = answers.has(key) ? (answers.get(key) ?? null) : schedule.free(need, period, limit);
			answers.set(key, answer);
			return answer;
		},
	};
}

const isoOf = ({ start, end }: Span): { readonly start: string; readonly end: string } => ({ start: new Date(start).toISOString(), end: new Date(end).toISOString() });

function onWorkdays(day: [string, string][]): OpeningHours {
	return { weekly: { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day }, closed: [], special: {} };
}
