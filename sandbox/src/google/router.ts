import type { Request, Response, Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { suffer } from '../faults.ts';
import { isObject, parseJson } from '../json.ts';
import { expressPath, GOOGLE_CALENDAR_ROUTES } from '../routes.ts';
import { calendarOf, freeBusy, listCalendars, newCalendar, shownCalendar, writableCalendarOf } from './calendars.ts';
import { stopChannel, watchEvents } from './channels.ts';
import { answerGoogleError, faultOf, invalid } from './errors.ts';
import { deleteEvent, getEvent, insertEvent, patchEvent, shownEvent, updateEvent, type Write } from './events.ts';
import { listEvents } from './list-events.ts';
import { callerOf, issueToken, OAuthError, revokeToken } from './oauth.ts';
import type { GoogleAccount } from './state.ts';

type Operation = (typeof GOOGLE_CALENDAR_ROUTES)[number]['operation'];

interface Call {
	readonly context: SandboxContext;
	readonly caller: GoogleAccount;
	readonly query: URLSearchParams;
	readonly body: Readonly<Record<string, unknown>>;
	readonly calendarId: string;
	readonly eventId: string;
	readonly ifMatch: string | undefined;
}

/** `undefined`: 204 without a body. */
type Handler = (call: Call) => object | undefined;

/** Google's OAuth token endpoint and Calendar API v3, at the root: the SDK's `rootUrl` takes no path. The consent page is in `pages/`. */
export function createGoogleRouter(context: SandboxContext): Router {
	const router = express.Router();
	for (const route of GOOGLE_CALENDAR_ROUTES) {
		const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
		router[method](expressPath(route.path), async (req, res) => {
			const fault = context.faults.take('google-calendar', route.operation);
			if (fault?.mode === 'status') {
				if (fault.retry_after !== null) res.set('retry-after', String(fault.retry_after));
				return answerGoogleError(faultOf(fault.status), res);
			}
			if (fault !== undefined && !(await suffer(fault, res))) return;
			try {
				if (isTokenOperation(route.operation)) answerToken(context, route.operation, req, res);
				else {
					const result = HANDLERS[route.operation](callOf(context, req));
					if (result === undefined) res.status(204).end();
					else res.json(result);
				}
			} catch (error) {
				answerGoogleError(error, res);
			}
		});
	}
	return router;
}

type TokenOperation = 'oauth.token' | 'oauth.revoke';

function isTokenOperation(operation: Operation): operation is TokenOperation {
	return operation === 'oauth.token' || operation === 'oauth.revoke';
}

const HANDLERS: Readonly<Record<Exclude<Operation, TokenOperation>, Handler>> = {
	'calendarList.list': ({ context, caller, query }) => listCalendars(context, caller, query),
	'calendars.get': ({ context, caller, calendarId }) => shownCalendar(calendarOf(context, caller, calendarId)),
	'calendars.insert': ({ context, caller, body }) => shownCalendar(newCalendar(context, caller.email, body)),
	'freebusy.query': ({ context, caller, body }) => freeBusy(context, caller, body),
	'events.list': ({ context, caller, calendarId, query }) => listEvents(calendarOf(context, caller, calendarId), query, context.now()),
	'events.insert': (call) => {
		const write = writeOf(call);
		return shownEvent(insertEvent(write), write.calendar);
	},
	'events.get': ({ context, caller, calendarId, eventId, query }) => {
		const calendar = calendarOf(context, caller, calendarId);
		return shownEvent(getEvent(calendar, eventId), calendar, query.get('timeZone'));
	},
	'events.patch': (call) => {
		const write = writeOf(call);
		return shownEvent(patchEvent(write, call.eventId), write.calendar);
	},
	'events.update': (call) => {
		const write = writeOf(call);
		return shownEvent(updateEvent(write, call.eventId), write.calendar);
	},
	'events.delete': (call) => {
		void deleteEvent(writeOf(call), call.eventId);
		return undefined;
	},
	'events.watch': ({ context, caller, calendarId, body }) => watchEvents(context, calendarOf(context, caller, calendarId), body),
	'channels.stop': ({ context, body }) => {
		stopChannel(context, body);
		return undefined;
	},
};

function writeOf({ context, caller, calendarId, body, query, ifMatch }: Call): Write {
	return { context, calendar: writableCalendarOf(context, caller, calendarId), by: caller.email, body, conference: query.get('conferenceDataVersion') === '1', ifMatch };
}

function callOf(context: SandboxContext, req: Request): Call {
	const caller = callerOf(context, req.get('authorization'));
	const text = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
	const body = text === '' ? {} : parseJson(text);
	if (!isObject(body)) throw invalid('Parse Error');
	const param = (name: string) => String(req.params[name] ?? '');
	return { context, caller, body, query: new URL(req.originalUrl, 'http://localhost').searchParams, calendarId: param('calendarId'), eventId: param('eventId'), ifMatch: req.get('if-match') };
}

function answerToken(context: SandboxContext, operation: TokenOperation, req: Request, res: Response): void {
	const form = new URLSearchParams(Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '');
	try {
		if (operation === 'oauth.token') res.set('cache-control', 'no-store').json(issueToken(context, form));
		else {
			revokeToken(context, form.get('token') ?? String(req.query['token'] ?? ''));
			res.json({});
		}
	} catch (error) {
		if (!(error instanceof OAuthError)) throw error;
		res.status(error.status).json({ error: error.code, error_description: error.message });
	}
}
