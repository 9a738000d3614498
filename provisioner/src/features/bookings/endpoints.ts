import { z } from 'zod';
import { slotTexts } from '../../../../core/booking/slot-texts.ts';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor, type Caller } from '../../http/authenticate.ts';
import { endpoint, flag, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { TurnPort } from '../agent/turn-port.ts';
import { languageName } from '../companies/locale.ts';
import { tenantOfList } from '../orders/list-tenant.ts';
import type { BookingActions } from './booking-actions.ts';
import { bookingSchema, toJson } from './booking-json.ts';
import { BOOKING_KINDS, BOOKING_STATUSES } from './booking.ts';
import { ianaZone } from './calendar-settings.ts';
import { bookingRepository } from './repository.ts';

const slotsSchema = z.object({
	object: z.literal('list'),
	data: z.array(z.object({ starts_at: z.string(), ends_at: z.string(), text: z.string().describe('As a customer is told it.') })),
	has_more: z.boolean(),
	kind: z.enum(BOOKING_KINDS),
	time_zone: z.string(),
});

const id = z.string().min(1).max(100).optional();
const turnId = id.describe('Of a worker key: the open turn that it is for.');
const time = z.iso.datetime({ offset: true, error: 'must be a time with its zone, e.g. "2026-11-30T10:00:00+01:00"' }).transform((text) => new Date(text));
const places = z.coerce.number().int().min(1).max(1_000).default(1);
const words = (most: number) => z.string().trim().max(most).default('');
const by = z.enum(['customer', 'company']).default('company').describe('customer: the company’s rule says until when.');

/** Free slots and bookings. */
export function createBookingEndpoints(deps: { database: Database; actions: BookingActions; turns: Pick<TurnPort, 'loadOpenTurn'>; now: () => Date }): readonly Endpoint[] {
	const { database, actions, turns, now } = deps;
	type Reached = { readonly tenantId: string; readonly conversationId: string | null };

	/**
	 * A tenant key reaches what is its tenant's. A worker key reaches what the customer of an open turn may: the turn's company, and bookings of its
	 * conversation. @throws AppError `turn_id_required` (400), what `loadOpenTurn` throws, `company_not_found`, `booking_not_found` (404)
	 */
	async function reach(caller: Caller, kind: 'company' | 'booking', objectId: string, turn: string | undefined): Promise<Reached> {
		if (caller.scope !== 'worker') return { tenantId: await tenantFor(caller, database, kind, objectId), conversationId: null };
		if (turn === undefined) throw new AppError('turn_id_required', 'A worker key acts for an open turn: name it as turn_id.', { status: 400 });
		const tenantId = await tenantFor(caller, database, 'turn', turn);
		return await database.withTenant(tenantId, async (sql) => {
			const { event, conversation } = await turns.loadOpenTurn(sql, turn);
			const own = kind === 'company' ? event.companyId === objectId : (await bookingRepository.get(sql, objectId)).conversationId === conversation.id;
			if (!own) throw missing(kind, objectId);
			return { tenantId, conversationId: conversation.id };
		});
	}
	const common = { tag: 'Bookings', scopes: ['platform', 'tenant', 'worker'] } as const;

	return [
		endpoint({
			...common,
			method: 'get',
			path: '/v1/companies/{id}/slots',
			summary: 'Find free slots',
			description: 'Of a service: appointments, from opening hours without what is taken. Of a product: delivery windows. The earliest first.',
			params: idParams,
			query: z.object({
				turn_id: turnId,
				sku: z.string().min(1).max(200),
				from: time.optional(),
				to: time.optional(),
				places,
				city: words(100).describe('Of a delivery.'),
				limit: z.coerce.number().int().min(1).max(500).default(50),
				language: languageName.optional().describe('Of `text`.'),
				time_zone: ianaZone.optional().describe('Of `text`: the customer’s. Default: the company’s.'),
			}),
			responses: { 200: slotsSchema },
			async handle({ caller, params, query }) {
				const { tenantId } = await reach(caller, 'company', params.id, query.turn_id);
				const { slots, calendar, kind } = await actions.findSlots(tenantId, params.id, { sku: query.sku, places: query.places, city: query.city, period: { from: query.from, to: query.to }, limit: query.limit + 1 });
				const shown = slots.slice(0, query.limit);
				const texts = slotTexts(shown, { language: query.language ?? 'English', zone: query.time_zone ?? calendar.timeZone, companyZone: calendar.timeZone, now: now(), withEnd: kind === 'delivery' });
				return {
					status: 200,
					body: {
						object: 'list', data: shown.map(({ start, end }, index) => ({ starts_at: start, ends_at: end, text: texts[index] ?? '' })),
						has_more: slots.length > query.limit, kind, time_zone: calendar.timeZone,
					},
				};
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings',
			summary: 'Hold a slot',
			description: 'For one customer until `held_until`. A slot that is taken is refused with the next free ones (`slots`).',
			idempotent: true,
			body: z.strictObject({
				turn_id: turnId,
				company_id: z.string().min(1).max(100),
				sku: z.string().min(1).max(200),
				starts_at: time,
				places: places.describe('Of a service with several places at once.'),
				order_id: id.describe('It is booked when this order is paid.'),
				conversation_id: id.describe('Where the customer is told of changes.'),
				hold_minutes: z.int().min(1).max(10_080).optional(),
				customer: z.strictObject({ name: words(200), phone: words(40) }).default({ name: '', phone: '' }),
				city: words(100),
				address: words(500),
				note: words(1_000),
				language: languageName.optional(),
			}),
			responses: { 201: bookingSchema },
			async handle({ caller, body }) {
				const { tenantId, conversationId } = await reach(caller, 'company', body.company_id, body.turn_id);
				const booking = await actions.hold(tenantId, {
					companyId: body.company_id, sku: body.sku, startsAt: body.starts_at, places: body.places, orderId: body.order_id ?? null, conversationId: conversationId ?? body.conversation_id ?? null,
					holdMinutes: body.hold_minutes, customerName: body.customer.name, customerPhone: body.customer.phone, city: body.city, address: body.address, note: body.note, language: body.language,
				});
				return { status: 201, body: toJson(booking) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path: '/v1/bookings',
			summary: 'List bookings',
			description: 'Newest first. A platform key names the tenant, a company or a conversation.',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({
				tenant_id: id, company_id: id, order_id: id, conversation_id: id, status: z.enum(BOOKING_STATUSES).optional(), kind: z.enum(BOOKING_KINDS).optional(),
				from: time.optional().describe('Those that end after it.'), to: time.optional().describe('Those that start before it.'), attention: flag.describe('Those that a person has to look at.'),
			}),
			responses: { 200: listOf(bookingSchema) },
			async handle({ caller, query }) {
				const tenantId = await tenantOfList(caller, database, query);
				const found = await database.withTenant(tenantId, (sql) =>
					bookingRepository.list(sql, {
						companyId: query.company_id, orderId: query.order_id, conversationId: query.conversation_id, status: query.status, kind: query.kind,
						from: query.from, to: query.to, attention: query.attention, startingAfter: query.starting_after, limit: query.limit + 1,
					}),
				);
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path: '/v1/bookings/{id}',
			summary: 'Get a booking',
			params: idParams,
			query: z.object({ turn_id: turnId }),
			responses: { 200: bookingSchema },
			async handle({ caller, params, query }) {
				const { tenantId } = await reach(caller, 'booking', params.id, query.turn_id);
				return { status: 200, body: toJson(await database.withTenant(tenantId, (sql) => bookingRepository.get(sql, params.id))) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings/{id}/extend',
			summary: 'Hold a slot for longer',
			params: idParams,
			body: z.strictObject({ turn_id: turnId, minutes: z.int().min(1).max(10_080) }),
			responses: { 200: bookingSchema },
			async handle({ caller, params, body }) {
				const { tenantId } = await reach(caller, 'booking', params.id, body.turn_id);
				return { status: 200, body: toJson(await actions.extend(tenantId, params.id, body.minutes)) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings/{id}/confirm',
			summary: 'Book a held slot',
			description: 'Its event goes into the calendar at once, or as soon as that can be reached. A repeat changes nothing. One of an order is booked when the order is paid, not before.',
			params: idParams,
			body: z.strictObject({ turn_id: turnId, force: z.boolean().default(false).describe('Although something else takes this time in the calendar. Not with a worker key.') }).default({ force: false }),
			responses: { 200: bookingSchema },
			async handle({ caller, params, body }) {
				const { tenantId } = await reach(caller, 'booking', params.id, body.turn_id);
				return { status: 200, body: toJson(await actions.confirm(tenantId, params.id, body.force && caller.scope !== 'worker')) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings/{id}/move',
			summary: 'Move a booking',
			params: idParams,
			body: z.strictObject({ turn_id: turnId, starts_at: time, by }),
			responses: { 200: bookingSchema },
			async handle({ caller, params, body }) {
				const { tenantId } = await reach(caller, 'booking', params.id, body.turn_id);
				// A turn is the customer's.
				return { status: 200, body: toJson(await actions.move(tenantId, params.id, body.starts_at, caller.scope === 'worker' ? 'customer' : body.by)) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings/{id}/cancel',
			summary: 'Cancel a booking',
			description: 'A hold is given back, a booking leaves the calendar. A repeat changes nothing.',
			params: idParams,
			body: z.strictObject({ turn_id: turnId, by }).default({ by: 'company' }),
			responses: { 200: bookingSchema },
			async handle({ caller, params, body }) {
				const { tenantId } = await reach(caller, 'booking', params.id, body.turn_id);
				return { status: 200, body: toJson(await actions.cancel(tenantId, params.id, caller.scope === 'worker' ? 'customer' : body.by)) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/bookings/{id}/refund-settled',
			summary: 'Say that a cancelled booking’s money is seen to',
			description: '`attention: refund_due` ends, whether money was given back (`POST /v1/orders/{id}/refunds`) or not. Of an order that is refunded whole it ends by itself.',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: bookingSchema },
			async handle({ caller, params }) {
				return { status: 200, body: toJson(await actions.refundSettled(await tenantFor(caller, database, 'booking', params.id), params.id)) };
			},
		}),
	];
}
