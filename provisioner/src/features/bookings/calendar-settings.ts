import { z } from 'zod';
import { openingHoursSchema } from '../../../../core/booking/opening-hours.ts';
import { isTimeZone } from '../../../../core/booking/zone.ts';

const minutes = (most: number) => z.int().min(0).max(most);
const cutOff = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, e.g. "14:00"');
const openAt: (from: string, to: string) => z.output<typeof openingHoursSchema> = (from, to) => {
	const day: [string, string][] = [[from, to]];
	return { weekly: { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day }, closed: [], special: {} };
};

const fields = {
	opening_hours: openingHoursSchema.describe('When appointments are taken, as the company’s clocks show it.'),
	step_minutes: z.int().min(5).max(1_440).describe('Between the starts that are offered.'),
	buffer_before_minutes: minutes(1_440),
	buffer_after_minutes: minutes(1_440),
	min_notice_minutes: minutes(43_200).describe('A slot starts no sooner than so many minutes from now.'),
	horizon_days: z.int().min(0).max(365).describe('The last day that is offered: today and so many days.'),
	default_duration_minutes: z.int().min(5).max(1_440).describe('Of services whose duration the catalog does not say.'),
	services_share_time: z.boolean().describe('true: one appointment at a time in the whole company (places of one service still share theirs). false: each service has its own places.'),
	hold_minutes: z.int().min(1).max(10_080).describe('How long a slot is held when whoever holds it does not say.'),
	busy_calendar_ids: z.array(z.string().min(1).max(200)).max(20).nullable().describe('Calendars whose events take time away from appointments, beside the appointments’ own; null: the account’s main calendar.'),
	delivery_windows: openingHoursSchema.describe('When the company delivers: each range is one window.'),
	delivery_cities: z
		.array(z.strictObject({ city: z.string().trim().min(1).max(100), cut_off: cutOff.nullable().default(null), windows: openingHoursSchema.optional() }))
		.max(500)
		.describe('Cities with a cut-off, or with windows of their own.'),
	delivery_capacity: z.int().min(1).max(10_000).nullable().describe('How many deliveries one window takes; null: no limit.'),
	meeting_link: z.boolean().describe('Appointments of online services get a room for a video call.'),
	place: z.string().trim().max(500).describe('Where appointments take place when the catalog does not say.'),
	free_change_hours: z.number().min(0).max(8_760).nullable().describe('Customers move and cancel by themselves until so many hours before; null: never.'),
	refund_on_cancellation: z.boolean().describe('What was paid for a booking that its customer cancels by themselves goes back through the payment provider at once. false: a person decides.'),
	ask_appointment_slot: z.boolean().describe('The conversation asks when a service is to take place before it takes an order.'),
	ask_delivery_slot: z.boolean().describe('… and in which window products are to arrive.'),
	ask_address: z.boolean().describe('… and for the address of deliveries, and of services that take place at the customer’s.'),
} as const;

/** How a company takes bookings. What isn't set has these values. */
export const DEFAULT_CALENDAR_SETTINGS: CalendarSettings = {
	opening_hours: openAt('09:00', '18:00'),
	step_minutes: 30,
	buffer_before_minutes: 0,
	buffer_after_minutes: 0,
	min_notice_minutes: 120,
	horizon_days: 30,
	default_duration_minutes: 60,
	services_share_time: false,
	hold_minutes: 15,
	busy_calendar_ids: null,
	delivery_windows: openAt('10:00', '18:00'),
	delivery_cities: [],
	delivery_capacity: null,
	meeting_link: false,
	place: '',
	free_change_hours: 24,
	// No money moves before the business has decided so.
	refund_on_cancellation: false,
	ask_appointment_slot: true,
	ask_delivery_slot: true,
	ask_address: true,
};

export const calendarSettings = z.object(fields);
export type CalendarSettings = z.output<typeof calendarSettings>;

/** What a PATCH may name; what it doesn't stays. */
export const calendarSettingsChanges = z.strictObject(fields).partial();
export type CalendarSettingsChanges = z.output<typeof calendarSettingsChanges>;

export const ianaZone = z
	.string()
	.trim()
	.refine(isTimeZone, { error: ({ input }) => `${JSON.stringify(String(input).slice(0, 60))} is not an IANA time zone; write for example "Europe/Madrid"` });

/** As stored: what an older version stored and this one doesn't know, or finds wrong, has its default. */
export function readCalendarSettings(stored: unknown): CalendarSettings {
	const values = z.record(z.string(), z.unknown()).safeParse(stored).data ?? {};
	const known = Object.entries(fields).flatMap(([name, schema]) => {
		const read = schema.safeParse(values[name]);
		return read.success ? [[name, read.data] as const] : [];
	});
	return calendarSettings.parse({ ...DEFAULT_CALENDAR_SETTINGS, ...Object.fromEntries(known) });
}
