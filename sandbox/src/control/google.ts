import type { Request, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { newCalendar, shownCalendar } from '../google/calendars.ts';
import { deleteEvent, insertEvent, patchEvent, shownEvent, type Write } from '../google/events.ts';
import { accountOf, decide, DEFAULT_EMAIL, readAuthorization, revokeGrant } from '../google/oauth.ts';
import type { AccessRole, GoogleCalendar } from '../google/state.ts';
import { stringOf } from '../json.ts';
import { control, controlBody, ControlError } from './answers.ts';

const ROLES: readonly AccessRole[] = ['owner', 'writer', 'reader', 'freeBusyReader'];

/** Mounted at `/control/google`: what people do in Google's own pages. */
export function createGoogleControl(context: SandboxContext): Router {
	const router = express.Router();
	const state = () => context.store.current.google;
	const named = (id: unknown): GoogleCalendar => {
		const calendar = state().calendars[stringOf(id)];
		if (calendar === undefined) throw new ControlError(404, `There is no calendar ${stringOf(id)}.`);
		return calendar;
	};
	const byHand = (calendar: GoogleCalendar, body: Readonly<Record<string, unknown>>): Write => ({ context, calendar, by: calendar.owner, body, conference: false });

	router.get('/accounts', control(() => ({ data: Object.values(state().accounts) })));
	router.post('/accounts', control((req) => {
		const body = controlBody(req);
		if (!stringOf(body['email']).includes('@')) throw new ControlError(400, 'email must be an e-mail address.');
		return accountOf(context, stringOf(body['email']), { name: stringOf(body['name']), timeZone: stringOf(body['time_zone']) });
	}));
	// Opens the consent page's URL and answers it; the result is where the browser would be sent.
	router.post('/consent', control((req) => {
		const body = controlBody(req);
		const url = stringOf(body['url']);
		const asked = URL.canParse(url) ? readAuthorization(new URL(url).searchParams) : 'url must be the address of the consent page.';
		if (typeof asked === 'string') throw new ControlError(400, asked);
		const email = stringOf(body['email']) || asked.loginHint || DEFAULT_EMAIL;
		return { location: decide(context, asked, { email, allow: body['deny'] !== true, ...(typeof body['scope'] === 'string' ? { scope: body['scope'] } : {}) }) };
	}));
	router.post('/accounts/:email/revoke', control((req) => {
		const grants = Object.values(state().grants).filter((grant) => grant.email === req.params['email'] && !grant.revoked);
		for (const grant of grants) revokeGrant(context, grant);
		return { revoked: grants.length };
	}));
	router.post('/accounts/:email/expire-access', control((req) => {
		const own = Object.values(state().access).filter(({ grant }) => state().grants[grant]?.email === req.params['email']);
		for (const access of own) access.expiresAt = context.now();
		context.store.changed();
		return { expired: own.length };
	}));

	router.get('/calendars', control(() => ({ data: Object.values(state().calendars).map((calendar) => ({ ...shownCalendar(calendar), owner: calendar.owner, access: calendar.access })) })));
	router.post('/calendars', control((req) => {
		const body = controlBody(req);
		const email = stringOf(body['account'], DEFAULT_EMAIL);
		const role = ROLES.find((one) => one === (body['access_role'] ?? 'owner'));
		if (role === undefined) throw new ControlError(400, `access_role must be one of ${ROLES.join(', ')}.`);
		const account = accountOf(context, email);
		const calendar = newCalendar(context, email, { summary: body['summary'], timeZone: stringOf(body['time_zone'], account.timeZone) });
		calendar.access[email] = role;
		return shownCalendar(calendar);
	}, 201));
	router.get('/calendars/:id/events', control((req) => {
		const calendar = named(req.params['id']);
		const events = Object.values(calendar.events).filter(({ object }) => req.query['deleted'] === 'true' || object['status'] !== 'cancelled');
		return { data: events.sort((a, b) => a.start - b.start).map((event) => shownEvent(event, calendar)) };
	}));
	router.post('/calendars/:id/busy', control((req) => {
		const calendar = named(req.params['id']);
		const body = controlBody(req);
		return shownEvent(insertEvent(byHand(calendar, { summary: stringOf(body['summary'], 'Busy'), start: timeIn(body['start'], calendar), end: timeIn(body['end'], calendar) })), calendar);
	}, 201));
	router.post('/calendars/:id/events/:event/move', control((req) => {
		const calendar = named(req.params['id']);
		const body = controlBody(req);
		return shownEvent(patchEvent(byHand(calendar, { start: timeIn(body['start'], calendar), end: timeIn(body['end'], calendar) }), eventId(req)), calendar);
	}));
	router.post('/calendars/:id/events/:event/edit', control((req) => {
		const calendar = named(req.params['id']);
		return shownEvent(patchEvent(byHand(calendar, controlBody(req)), eventId(req)), calendar);
	}));
	router.post('/calendars/:id/events/:event/delete', control(async (req) => ({ deleted: true, deliveries: await deleteEvent(byHand(named(req.params['id']), {}), eventId(req)) })));
	router.post('/calendars/:id/expire-sync', control((req) => {
		const calendar = named(req.params['id']);
		calendar.oldestSync = calendar.version + 1;
		calendar.version += 1;
		context.store.changed();
		return { expired: true };
	}));
	router.get('/channels', control(() => ({ data: Object.values(state().channels) })));
	return router;
}

function eventId(req: Request): string {
	return stringOf(req.params['event']);
}

/** "2026-11-30" is a whole day; a time without an offset is the calendar's. */
export function timeIn(value: unknown, calendar: GoogleCalendar): { date: string | null; dateTime: string | null; timeZone?: string } {
	const text = stringOf(value);
	return /^\d{4}-\d\d-\d\d$/.test(text) ? { date: text, dateTime: null } : { date: null, dateTime: text, timeZone: calendar.timeZone };
}
