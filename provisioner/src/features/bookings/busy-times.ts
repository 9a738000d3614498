import type { Logger } from 'pino';
import type { TakenTime } from '../../../../core/booking/slots.ts';
import type { Database } from '../../store/database.ts';
import type { CalendarAccounts } from './calendar-accounts.ts';
import { calendarRepository, type CompanyCalendar } from './calendar-repository.ts';
import { busyCalendars, busyTime } from './free-slots.ts';

/** What people put into a company's calendars; null: they don't say now, and nothing is offered on a guess. */
export type Busy = readonly TakenTime[] | null;

/**
 * Until the last day that is offered, remembered for a minute: a conversation asks with every turn. A calendar that can't be had is no error, and keeps
 * nobody waiting for long; all the same not to be called in a transaction. `calendar`: the company's, where it has been read.
 */
export type BusyTimeOf = (company: { readonly tenantId: string; readonly companyId: string }, calendar?: BusyCalendars) => Promise<Busy>;

type BusyCalendars = Pick<CompanyCalendar, 'appointmentCalendarId' | 'accountEmail' | 'settings'>;

const REMEMBERED_MS = 60_000;
/** A calendar that didn't say is asked again after so long. */
const ASK_AGAIN_MS = 20_000;
/** A customer waits for the answer. Whoever comes later has what was answered after it. */
const WAIT_MS = 2_000;
const COMPANIES = 500;
const DAY_MS = 86_400_000;

interface Remembered {
	/** Other calendars, or other days, are another question: settings that change need not be told here. */
	readonly question: string;
	answer: Promise<Busy>;
	until: number;
}

/**
 * Our own events are shown as free time: what is booked or moved here changes nothing in these answers. A time that somebody has taken by hand within
 * the minute is seen when the event is stored.
 */
export function createBusyTimes(deps: { database: Database; accounts: CalendarAccounts; now: () => Date; log: Logger; waitMs?: number }): BusyTimeOf {
	const { accounts, now, log, waitMs = WAIT_MS } = deps;
	const remembered = new Map<string, Remembered>();

	function ask({ tenantId, companyId }: Parameters<BusyTimeOf>[0], entry: Remembered): Promise<Busy> {
		const settle = (answer: Busy, forMs: number): Busy => {
			entry.answer = Promise.resolve(answer);
			entry.until = now().getTime() + forMs;
			return answer;
		};
		const asked = accounts
			.use(tenantId, companyId, async (account, calendar) => {
				const from = now().getTime();
				return await busyTime(account, calendar, { from: new Date(from - DAY_MS), to: new Date(from + (calendar.settings.horizon_days + 2) * DAY_MS) });
			})
			.then(
				(busy) => settle(busy, REMEMBERED_MS),
				(error: unknown) => {
					log.warn({ tenantId, companyId, err: error }, 'a calendar does not say what is taken: no appointment is offered for now');
					return settle(null, ASK_AGAIN_MS);
				},
			);
		let timer: NodeJS.Timeout | undefined;
		const tooLong = new Promise<null>((resolve) => {
			timer = setTimeout(() => {
				log.warn({ tenantId, companyId }, 'a calendar takes long to say what is taken: no appointment is offered for now');
				resolve(null);
			}, waitMs).unref();
		});
		return Promise.race([asked, tooLong]).finally(() => clearTimeout(timer));
	}

	return async (company, read) => {
		const calendar = read ?? (await deps.database.withTenant(company.tenantId, (sql) => calendarRepository.get(sql, company.companyId)));
		const question = JSON.stringify([calendar.accountEmail, calendar.settings.horizon_days, ...busyCalendars(calendar)]);
		const known = remembered.get(company.companyId);
		if (known?.question === question && now().getTime() < known.until) return await known.answer;
		const entry: Remembered = { question, answer: Promise.resolve(null), until: Infinity };
		remembered.delete(company.companyId);
		remembered.set(company.companyId, entry);
		for (const [oldest] of remembered) {
			if (remembered.size <= COMPANIES) break;
			remembered.delete(oldest);
		}
		const answer = ask(company, entry);
		// Turns that come together ask once.
		entry.answer = answer;
		return await answer;
	};
}

/** Thrown in a transaction that can't go on without knowing what a calendar says. */
export class CalendarNeeded extends Error {
	override readonly name = 'CalendarNeeded';
	readonly companyId: string;
	constructor(companyId: string) {
		super(`What is taken in the calendar of company ${companyId} has to be asked first.`);
		this.companyId = companyId;
	}
}

/** Does `work` without asking a calendar, as long as it needs none; else again, with the answer. Each time in a transaction of its own. */
export async function askingIfNeeded<T>(busyTime: BusyTimeOf, tenantId: string, work: (busy: Busy | undefined) => Promise<T>): Promise<T> {
	try {
		return await work(undefined);
	} catch (error) {
		if (!(error instanceof CalendarNeeded)) throw error;
		return await work(await busyTime({ tenantId, companyId: error.companyId }));
	}
}
