import { describe, expect, test } from 'vitest';
import type { CalendarAccount } from '../../vendors/google-calendar/client.ts';
import { createTestLog } from '../../testing/log.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import type { CompanyCalendar } from './calendar-repository.ts';
import { DEFAULT_CALENDAR_SETTINGS } from './calendar-settings.ts';
import { createBusyTimes } from './busy-times.ts';

const SALON = { tenantId: 'ten_1', companyId: 'com_1' };
const CALENDAR = { appointmentCalendarId: 'appointments', accountEmail: 'salon@gmail.example', settings: DEFAULT_CALENDAR_SETTINGS };
const BUSY = { calendarId: 'appointments', start: '2026-11-23T09:00:00.000Z', end: '2026-11-23T10:00:00.000Z' };

/** Google, as often as it is asked; every question waits for its answer. */
function world(options: { waitMs?: number } = {}) {
	const asked: { answer: (busy: readonly (typeof BUSY)[]) => void; fail: (error: Error) => void; calendars: readonly string[] }[] = [];
	const clock = { ms: 0 };
	const { log, lines } = createTestLog();
	const freeBusy = (calendars: readonly string[]) =>
		new Promise<{ busy: readonly (typeof BUSY)[]; errors: [] }>((resolve, reject) => {
			asked.push({ calendars, answer: (busy) => resolve({ busy, errors: [] }), fail: reject });
		});
	const accounts: Pick<CalendarAccounts, 'use'> = { use: (_tenantId, companyId, work) => work({ freeBusy } as Partial<CalendarAccount> as CalendarAccount, { ...CALENDAR, companyId } as Partial<CompanyCalendar> as CompanyCalendar) };
	const busyTime = createBusyTimes({ accounts: accounts as CalendarAccounts, database: { withTenant: () => Promise.reject(new Error('not read')) } as never, now: () => new Date(clock.ms), log, ...options });
	return { asked, clock, lines, busyTime };
}
const told = [{ start: BUSY.start, end: BUSY.end }];

describe('what is taken in a company’s calendars', () => {
	test('is asked once for all who ask at once, and once a minute', async () => {
		const { asked, clock, busyTime } = world();
		const [first, second] = [busyTime(SALON, CALENDAR), busyTime(SALON, CALENDAR)];
		expect(asked.map(({ calendars }) => calendars)).toEqual([['appointments', 'salon@gmail.example']]);
		asked[0]?.answer([BUSY]);
		expect([await first, await second]).toEqual([told, told]);
		clock.ms = 59_999;
		expect(await busyTime(SALON, CALENDAR)).toEqual(told);
		expect(asked).toHaveLength(1);
		clock.ms = 60_000;
		void busyTime(SALON, CALENDAR);
		expect(asked).toHaveLength(2);
	});

	test('is asked anew of other calendars, of more days, and of each company', () => {
		const { asked, busyTime } = world();
		void busyTime(SALON, CALENDAR);
		void busyTime({ ...SALON, companyId: 'com_2' }, CALENDAR);
		void busyTime(SALON, { ...CALENDAR, settings: { ...DEFAULT_CALENDAR_SETTINGS, busy_calendar_ids: ['holidays'] } });
		void busyTime(SALON, { ...CALENDAR, settings: { ...DEFAULT_CALENDAR_SETTINGS, horizon_days: 60 } });
		expect(asked).toHaveLength(4);
	});

	test('is not known when Google fails, and is asked again a while later', async () => {
		const { asked, clock, lines, busyTime } = world();
		const failing = busyTime(SALON, CALENDAR);
		asked[0]?.fail(new Error('503'));
		expect(await failing).toBeNull();
		expect(lines).toMatchObject([{ level: 40, companyId: 'com_1', msg: expect.stringContaining('does not say what is taken') }]);
		clock.ms = 19_999;
		expect(await busyTime(SALON, CALENDAR)).toBeNull();
		expect(asked).toHaveLength(1);
		clock.ms = 20_000;
		const again = busyTime(SALON, CALENDAR);
		asked[1]?.answer([]);
		expect(await again).toEqual([]);
	});

	test('keeps nobody waiting: what is answered late is for those who come later', async () => {
		const { asked, lines, busyTime } = world({ waitMs: 1 });
		expect(await busyTime(SALON, CALENDAR)).toBeNull();
		expect(lines).toMatchObject([{ msg: expect.stringContaining('takes long') }]);
		expect(await busyTime(SALON, CALENDAR)).toBeNull();
		expect(asked).toHaveLength(1);
		asked[0]?.answer([BUSY]);
		await expect.poll(() => busyTime(SALON, CALENDAR)).toEqual(told);
		expect(asked).toHaveLength(1);
	});
});
