import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { timeIn } from '../control/google.ts';
import { GoogleError } from '../google/errors.ts';
import { deleteEvent, insertEvent, patchEvent, type Write } from '../google/events.ts';
import { decide, DEFAULT_EMAIL, readAuthorization } from '../google/oauth.ts';
import type { GoogleCalendar } from '../google/state.ts';
import { stringOf } from '../json.ts';
import { calendarPage, consentErrorPage, consentPage, noCalendarPage } from './google-pages.ts';
import { sendPage } from './router.ts';

/** Google's pages for people: consent, and a calendar in which events are moved and deleted by hand. */
export function createGooglePagesRouter(context: SandboxContext): Router {
	const router = express.Router();
	const asked = (req: Request) => readAuthorization(new URL(req.originalUrl, 'http://localhost').searchParams);
	router.get('/o/oauth2/v2/auth', (req, res) => {
		const request = asked(req);
		if (typeof request === 'string') return sendPage(res, 400, consentErrorPage(request));
		const accounts = Object.keys(context.store.current.google.accounts);
		sendPage(res, 200, consentPage({ request, action: req.originalUrl, email: request.loginHint || accounts[0] || DEFAULT_EMAIL, accounts }));
	});
	router.post('/o/oauth2/v2/auth', (req, res) => {
		const request = asked(req);
		if (typeof request === 'string') return sendPage(res, 400, consentErrorPage(request));
		const form = formOf(req);
		res.redirect(303, decide(context, request, { email: form.get('email') || DEFAULT_EMAIL, allow: form.get('answer') === 'allow' }));
	});
	router.get('/calendar/page', (_req, res) => sendPage(res, 200, noCalendarPage(Object.values(context.store.current.google.calendars))));
	router.get('/calendar/page/:id', (req, res) => withCalendar(context, req, res, (calendar) => sendPage(res, 200, calendarPage(calendar, context.now()))));
	router.post('/calendar/page/:id/:act', (req, res) =>
		withCalendar(context, req, res, (calendar) => {
			const form = formOf(req);
			const write = (body: Readonly<Record<string, unknown>>): Write => ({ context, calendar, by: calendar.owner, body, conference: false });
			const times = { start: timeIn(form.get('start'), calendar), end: timeIn(form.get('end'), calendar) };
			try {
				if (req.params['act'] === 'busy') insertEvent(write({ summary: form.get('summary') || 'Busy', ...times }));
				else if (req.params['act'] === 'move') patchEvent(write(times), form.get('event') ?? '');
				else void deleteEvent(write({}), form.get('event') ?? '');
			} catch (error) {
				if (!(error instanceof GoogleError)) throw error;
				return sendPage(res, error.status, calendarPage(calendar, context.now(), error.message));
			}
			res.redirect(303, `/calendar/page/${encodeURIComponent(calendar.id)}`);
		}),
	);
	return router;
}

function withCalendar(context: SandboxContext, req: Request, res: Response, use: (calendar: GoogleCalendar) => void): void {
	const calendars = context.store.current.google.calendars;
	const calendar = calendars[stringOf(req.params['id'])];
	if (calendar === undefined) sendPage(res, 404, noCalendarPage(Object.values(calendars)));
	else use(calendar);
}

function formOf(req: Request): URLSearchParams {
	return new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '');
}
