import type { ApiAnswer, Json } from '../../provisioner/src/testing/api.ts';
import type { BookingWorld, Salon } from './world.ts';

/** A Monday, 10:00 in Madrid. */
export const MONDAY_10 = '2026-11-23T10:00:00+01:00';
/** Opening hours of Mondays only. */
export const DAY = { weekly: { monday: [['09:00', '12:00']] } };
const CUSTOMER = { name: 'Eva', phone: '+34 600 000 000' };

/** What companies do with bookings over the API. */
export interface BookingCalls {
	slots(salon: Salon, query: string, key?: string): Promise<ApiAnswer>;
	starts(salon: Salon, query: string): Promise<unknown[] | undefined>;
	hold(salon: Salon, more?: object, key?: string): Promise<ApiAnswer>;
	act(salon: Salon, id: unknown, what: string, body?: object, key?: string): Promise<ApiAnswer>;
	read(salon: Salon, id: unknown): Promise<Json>;
	/** Held and confirmed. */
	booked(salon: Salon, more?: object): Promise<Json>;
	/** One look of the loops, so many milliseconds later. */
	later(ms: number): ReturnType<BookingWorld['bookings']['work']>;
}

export function bookingCalls(world: BookingWorld): BookingCalls {
	const calls: BookingCalls = {
		slots: (salon, query, key = salon.key) => world.call('GET', `/v1/companies/${salon.companyId}/slots?${query}`, undefined, key),
		starts: async (salon, query) => (await calls.slots(salon, query)).body.data?.map(({ starts_at: start }) => start),
		hold: (salon, more = {}, key = salon.key) => world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: MONDAY_10, customer: CUSTOMER, ...more }, key),
		act: (salon, id, what, body = {}, key = salon.key) => world.call('POST', `/v1/bookings/${String(id)}/${what}`, body, key),
		read: async (salon, id) => (await world.call('GET', `/v1/bookings/${String(id)}`, undefined, salon.key)).body,
		async booked(salon, more = {}) {
			const held = await calls.hold(salon, more);
			const { status, body } = await calls.act(salon, held.body.id, 'confirm');
			if (status !== 200) throw new Error(JSON.stringify(body));
			return body;
		},
		later(ms) {
			world.clock += ms;
			return world.bookings.work();
		},
	};
	return calls;
}
