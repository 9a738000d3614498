import { mayChange } from '../../../../core/booking/policy.ts';
import type { Slot, TakenTime } from '../../../../core/booking/slots.ts';
import type { Catalog } from '../../../../core/catalog/catalog.ts';
import type { Item } from '../../../../core/catalog/item.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database, Sql } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import { lockForEvent } from '../orders/record-order-event.ts';
import type { Booking, BookingKind } from './booking.ts';
import { cancelByCustomer } from './cancel-by-customer.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import { calendarRepository, type CompanyCalendar } from './calendar-repository.ts';
import { busyTime, kindOf, periodAround, slotAt, slotsOf, takenTime, type Period, type SlotAnswer, type Wanted } from './free-slots.ts';
import { bookingRepository } from './repository.ts';
import { tellWorkflows } from './tell-workflows.ts';

export type LoadCatalog = (sql: Sql, companyId: string) => Promise<Catalog>;

/** Who asks for a change: what customers may is the company's rule. */
export type ChangedBy = 'customer' | 'company';

export interface HoldRequest {
	readonly companyId: string;
	readonly sku: string;
	readonly startsAt: Date;
	readonly places: number;
	readonly orderId: string | null;
	readonly conversationId: string | null;
	readonly holdMinutes: number | undefined;
	readonly customerName: string;
	readonly customerPhone: string;
	readonly city: string;
	readonly address: string;
	readonly note: string;
	readonly language: string | undefined;
}

/** What companies and customers do with bookings. Each throws AppError `booking_not_found` (404) beside what it says. */
export interface BookingActions {
	/** @throws AppError `company_not_found`, `item_not_found` (404), `calendar_not_connected` (409), `calendar_busy_unknown` (502), and what Google's client throws */
	findSlots(tenantId: string, companyId: string, wanted: { sku: string; places: number; city: string; period: { from: Date | undefined; to: Date | undefined }; limit: number }): Promise<{ readonly slots: readonly Slot[]; readonly calendar: CompanyCalendar; readonly kind: BookingKind }>;
	/** @throws AppError also `slot_taken`, `slot_not_offered` (409; `slots`: the next that are free), `order_not_found`, `conversation_not_found` (404) */
	hold(tenantId: string, request: HoldRequest): Promise<Booking>;
	/** @throws AppError `booking_ended` (409) */
	extend(tenantId: string, id: string, minutes: number): Promise<Booking>;
	/** Once; a repeat changes nothing. `force`: whatever else is in the calendar. @throws AppError `booking_ended`, `booking_not_paid`, `slot_taken` (409) */
	confirm(tenantId: string, id: string, force: boolean): Promise<Booking>;
	/** @throws AppError `booking_ended`, `slot_taken`, `slot_not_offered`, `booking_change_refused` (409) */
	move(tenantId: string, id: string, startsAt: Date, by: ChangedBy): Promise<Booking>;
	/** Once; a repeat changes nothing. @throws AppError `booking_change_refused` (409) */
	cancel(tenantId: string, id: string, by: ChangedBy): Promise<Booking>;
	/** A person has seen to the money of one that its customer has cancelled: `refund_due` ends. */
	refundSettled(tenantId: string, id: string): Promise<Booking>;
}

export function createBookingActions(deps: {
	database: Database;
	accounts: CalendarAccounts;
	loadCatalog: LoadCatalog;
	now: () => Date;
	/** Makes the calendar agree with a booking at once, as far as it can be reached. Never throws. */
	settle: (tenantId: string, bookingId: string) => Promise<void>;
}): BookingActions {
	const { database, accounts, loadCatalog, now, settle } = deps;

	/** What is in the calendars now; deliveries are counted by our rows alone. */
	async function busyOf(tenantId: string, calendar: CompanyCalendar, item: Item, period: Period): Promise<readonly TakenTime[]> {
		if (kindOf(item) === 'delivery') return [];
		return await accounts.use(tenantId, calendar.companyId, async (account, current) => await busyTime(account, current, period));
	}

	/** For what is booked already: a calendar that can't be asked now doesn't stand in its way, the time is looked at again when the event is stored. */
	async function busyIfKnown(tenantId: string, calendar: CompanyCalendar, item: Item, period: Period): Promise<readonly TakenTime[]> {
		try {
			return await busyOf(tenantId, calendar, item, period);
		} catch (error) {
			if (error instanceof VendorError || (error instanceof AppError && UNREACHED.has(error.code))) return [];
			throw error;
		}
	}

	async function known(tenantId: string, companyId: string, sku: string): Promise<{ calendar: CompanyCalendar; item: Item }> {
		return await database.withTenant(tenantId, async (sql) => {
			const calendar = await calendarRepository.get(sql, companyId);
			return { calendar, item: await itemOf(loadCatalog, sql, companyId, sku) };
		});
	}

	/** The booking with what its slot is judged by. Its item may have left the catalog since: then it keeps its length. */
	async function booked(tenantId: string, id: string): Promise<{ booking: Booking; calendar: CompanyCalendar; item: Item | undefined }> {
		return await database.withTenant(tenantId, async (sql) => {
			const booking = await bookingRepository.get(sql, id);
			const calendar = await calendarRepository.get(sql, booking.companyId);
			return { booking, calendar, item: (await loadCatalog(sql, booking.companyId)).get(booking.sku) };
		});
	}

	async function settled(tenantId: string, id: string): Promise<Booking> {
		await settle(tenantId, id);
		return await database.withTenant(tenantId, (sql) => bookingRepository.get(sql, id));
	}

	function allow(calendar: CompanyCalendar, booking: Booking, by: ChangedBy): void {
		if (by === 'company' || booking.status === 'held') return;
		const answer = mayChange({ freeUntilHours: calendar.settings.free_change_hours }, booking.startsAt.toISOString(), now());
		if (answer.ok) return;
		const why = answer.reason === 'too_late' ? `customers may do so until ${answer.freeUntil}` : 'customers may not do so by themselves';
		throw new AppError('booking_change_refused', `Booking ${booking.id} can’t be moved or cancelled by the customer: ${why}. Ask a person of the company.`, {
			status: 409, details: { reason: answer.reason, free_until: answer.freeUntil },
		});
	}

	return {
		async findSlots(tenantId, companyId, { sku, places, city, period, limit }) {
			const { calendar, item } = await known(tenantId, companyId, sku);
			const from = new Date(Math.max(now().getTime(), period.from?.getTime() ?? 0));
			const horizon = new Date(now().getTime() + (calendar.settings.horizon_days + 2) * DAY_MS);
			const to = period.to === undefined || period.to > horizon ? horizon : period.to;
			if (from >= to) return { slots: [], calendar, kind: kindOf(item) };
			const busy = await busyOf(tenantId, calendar, item, { from: new Date(from.getTime() - DAY_MS), to: new Date(to.getTime() + DAY_MS) });
			const taken = await database.withTenant(tenantId, (sql) => takenTime(sql, calendar, item, { from, to }, now()));
			return { slots: slotsOf(calendar, { item, places, city }, { from, to }, { taken, busy, now: now() }, limit), calendar, kind: kindOf(item) };
		},
		async hold(tenantId, request) {
			const { companyId, startsAt, places, city } = request;
			const { calendar, item } = await known(tenantId, companyId, request.sku);
			const period = periodAround(startsAt);
			const busy = await busyOf(tenantId, calendar, item, period);
			return await database.withTenant(tenantId, async (sql) => {
				await checkOwners(sql, request);
				await bookingRepository.lockCompany(sql, companyId);
				const taken = await takenTime(sql, calendar, item, period, now());
				const answer = slotAt(calendar, { item, places, city }, startsAt, { taken, busy, now: now() });
				if (!answer.ok) throw refusal(answer, startsAt);
				const { rows } = await sql.query<{ default_language: string }>('SELECT default_language FROM companies WHERE id = $1', [companyId]);
				const minutes = request.holdMinutes ?? calendar.settings.hold_minutes;
				return await bookingRepository.insertHold(
					sql,
					{
						...request, ...placeOf(calendar, item, request.address, city), tenantId, kind: kindOf(item), itemName: item.name, timeZone: calendar.timeZone,
						startsAt: new Date(answer.slot.start), endsAt: new Date(answer.slot.end), language: request.language ?? rows[0]?.default_language ?? 'English',
						heldUntil: new Date(now().getTime() + minutes * 60_000),
					},
					now(),
				);
			});
		},
		async extend(tenantId, id, minutes) {
			return await database.withTenant(tenantId, async (sql) => {
				const { companyId } = await bookingRepository.get(sql, id);
				await bookingRepository.lockCompany(sql, companyId);
				const booking = await bookingRepository.getForUpdate(sql, id);
				if (booking.status !== 'held' || isOver(booking, now())) throw ended(booking, 'Hold the slot again.');
				return await bookingRepository.extend(sql, id, new Date(now().getTime() + minutes * 60_000), now());
			});
		},
		async confirm(tenantId, id, force) {
			const { booking: before, calendar, item } = await booked(tenantId, id);
			if (before.status === 'confirmed') {
				if (!force || before.calendarState !== 'conflict') return before;
				await database.withTenant(tenantId, (sql) => bookingRepository.acceptConflict(sql, id, now()));
				return await settled(tenantId, id);
			}
			const busy = item === undefined || force ? [] : await busyIfKnown(tenantId, calendar, item, periodAround(before.startsAt));
			await database.withTenant(tenantId, async (sql) => {
				if (before.orderId !== null) await checkPaid(sql, before.orderId);
				await bookingRepository.lockCompany(sql, before.companyId);
				const booking = await bookingRepository.getForUpdate(sql, id);
				if (booking.status === 'confirmed') return;
				if (booking.status !== 'held') throw ended(booking, 'Hold the slot again.');
				const overlap = busy.some(({ start, end }) => Date.parse(start) < booking.endsAt.getTime() && Date.parse(end) > booking.startsAt.getTime());
				if (item !== undefined && (overlap || isOver(booking, now()))) {
					const taken = await takenTime(sql, calendar, item, periodAround(booking.startsAt), now(), id);
					const answer = slotAt(calendar, wantedOf(booking, item), booking.startsAt, { taken, busy, now: now() });
					if (!answer.ok) throw refusal(answer, booking.startsAt);
				}
				await bookingRepository.confirm(sql, id, now());
				if (force) await bookingRepository.acceptConflict(sql, id, now());
			});
			return await settled(tenantId, id);
		},
		async move(tenantId, id, startsAt, by) {
			const { booking: before, calendar, item } = await booked(tenantId, id);
			allow(calendar, before, by);
			if (item === undefined) throw new AppError('item_not_found', `Booking ${id} is of "${before.sku}", which has left the catalog: its slots are not known. Cancel it, or put the item back.`, { status: 404 });
			const period = periodAround(startsAt);
			const busy = await busyOf(tenantId, calendar, item, period);
			await database.withTenant(tenantId, async (sql) => {
				await lockForEvent(sql, before.orderId);
				await bookingRepository.lockCompany(sql, before.companyId);
				const booking = await bookingRepository.getForUpdate(sql, id);
				// What was paid and lost its slot gets another one this way.
				if (!['held', 'confirmed', 'failed'].includes(booking.status) || (booking.status === 'held' && isOver(booking, now()))) throw ended(booking, 'Hold another slot.');
				if (booking.status !== 'failed' && booking.startsAt.getTime() === startsAt.getTime()) return;
				const taken = await takenTime(sql, calendar, item, period, now(), id);
				const answer = slotAt(calendar, wantedOf(booking, item), startsAt, { taken, busy, now: now() });
				if (!answer.ok) throw refusal(answer, startsAt);
				const moved = await bookingRepository.move(sql, booking, { startsAt: new Date(answer.slot.start), endsAt: new Date(answer.slot.end) }, now());
				await tellWorkflows.moved(sql, booking, moved, by, now());
			});
			return await settled(tenantId, id);
		},
		async cancel(tenantId, id, by) {
			await database.withTenant(tenantId, async (sql) => {
				await bookingRepository.lockOrder(sql, id);
				const booking = await bookingRepository.getForUpdate(sql, id);
				if (booking.status === 'cancelled' || booking.status === 'released') return;
				const calendar = await calendarRepository.get(sql, booking.companyId);
				allow(calendar, booking, by);
				if (by === 'customer') {
					await cancelByCustomer(sql, booking, { settings: calendar.settings, catalog: await loadCatalog(sql, booking.companyId), now: now() });
					return;
				}
				await bookingRepository.end(sql, booking, by, now());
				await tellWorkflows.cancelled(sql, booking, by, now());
			});
			return await settled(tenantId, id);
		},
		refundSettled: (tenantId, id) =>
			database.withTenant(tenantId, async (sql) => {
				await bookingRepository.refundSettled(sql, { bookingId: id });
				return await bookingRepository.get(sql, id);
			}),
	};
}

const DAY_MS = 86_400_000;
const UNREACHED: ReadonlySet<string> = new Set(['calendars_off', 'calendar_not_connected', 'calendar_disconnected', 'calendar_busy_unknown']);

/** @throws AppError `item_not_found` (404) */
export async function itemOf(loadCatalog: LoadCatalog, sql: Sql, companyId: string, sku: string): Promise<Item> {
	const item = (await loadCatalog(sql, companyId)).get(sku);
	if (!item) throw new AppError('item_not_found', `The catalog of company ${companyId} has no item "${sku.slice(0, 80)}". Check the sku.`, { status: 404 });
	return item;
}

/** Where it takes place: the customer's address, else the service's, else the company's. Deliveries go to the address. */
export function placeOf(calendar: CompanyCalendar, item: Item, address: string, city: string): { readonly place: string; readonly meeting: boolean } {
	if (kindOf(item) === 'delivery') return { place: [address, city].filter((part) => part !== '').join(', '), meeting: false };
	if (item.online) return { place: '', meeting: calendar.settings.meeting_link };
	return { place: address || item.officeAddress || calendar.settings.place, meeting: false };
}

const wantedOf = ({ places, city }: Pick<Booking, 'places' | 'city'>, item: Item): Wanted => ({ item, places, city });

/** A hold whose time is over is nobody's, whether or not that was written down. */
export const isOver = ({ status, heldUntil }: Booking, now: Date): boolean => status === 'held' && heldUntil !== null && heldUntil <= now;

function ended(booking: Booking, what: string): AppError {
	const how = booking.status === 'held' ? 'its hold is over' : `it is ${booking.status}`;
	return new AppError('booking_ended', `Booking ${booking.id} can’t be changed any more: ${how}. ${what}`, { status: 409, details: { status: booking.status } });
}

function refusal(answer: SlotAnswer & { readonly ok: false }, startsAt: Date): AppError {
	const details = { slots: answer.slots.map(({ start, end }) => ({ starts_at: start, ends_at: end })) };
	const next = answer.slots.length === 0 ? 'None is free in the two weeks after it.' : '`slots` lists the next that are free.';
	if (answer.reason === 'slot_taken') return new AppError('slot_taken', `The slot at ${startsAt.toISOString()} is taken. ${next}`, { status: 409, details });
	return new AppError('slot_not_offered', `${startsAt.toISOString()} is no slot: it is outside of the hours, too soon or too far ahead, or between two starts. ${next}`, { status: 409, details });
}

/** Of this tenant; locked before the company's bookings are, in the order in which payments do it. */
async function checkOwners(sql: Sql, { orderId, conversationId, companyId }: HoldRequest): Promise<void> {
	if (orderId !== null) {
		const { rowCount } = await sql.query('SELECT 1 FROM orders WHERE id = $1 AND company_id = $2 AND ($3::text IS NULL OR conversation_id = $3) FOR KEY SHARE', [orderId, companyId, conversationId]);
		if (!rowCount) throw new AppError('order_not_found', `Company ${companyId} has no order ${JSON.stringify(orderId.slice(0, 80))}.`, { status: 404 });
	}
	if (conversationId !== null) {
		const { rowCount } = await sql.query('SELECT 1 FROM conversations WHERE id = $1 AND company_id = $2', [conversationId, companyId]);
		if (!rowCount) throw new AppError('conversation_not_found', `Company ${companyId} has no conversation ${JSON.stringify(conversationId.slice(0, 80))}.`, { status: 404 });
	}
}

/** Pay first, then book. */
async function checkPaid(sql: Sql, orderId: string): Promise<void> {
	const { rows } = await sql.query<{ status: string }>('SELECT status FROM orders WHERE id = $1 FOR KEY SHARE', [orderId]);
	const status = rows[0]?.status;
	if (status === 'paid' || status === 'confirmed') return;
	throw new AppError('booking_not_paid', `The booking’s order ${orderId} is ${status ?? 'gone'}: it is booked when it is paid.`, { status: 409, details: { order_status: status ?? null } });
}
