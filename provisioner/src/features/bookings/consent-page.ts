import express from 'express';
import type { Router } from 'express';
import { renderPage, sendPage } from '../checkout/page.ts';
import type { CalendarConnections, ConsentOutcome } from './connect-calendar.ts';

/** `GET /calendar/callback`: where Google's consent page leads back to. */
export function createConsentPage(connections: Pick<CalendarConnections, 'finish'>): Router {
	const router = express.Router();
	const text = (value: unknown): string => (typeof value === 'string' ? value : '');
	router.get('/calendar/callback', async ({ query }, response) => {
		const outcome = await connections.finish({ state: text(query['state']), code: text(query['code']), error: text(query['error']) });
		const { status, title, words } = page(outcome);
		sendPage(response, status, renderPage('en', { title, text: words }));
	});
	return router;
}

function page(outcome: ConsentOutcome): { status: number; title: string; words: string } {
	switch (outcome.outcome) {
		case 'connected':
			return { status: 200, title: 'The calendar is connected', words: `Bookings of ${outcome.companyName} are now kept in the calendars of ${outcome.email}. You can close this window.` };
		case 'denied':
			return { status: 200, title: 'The calendar is not connected', words: 'You did not allow it, so nothing has changed. Ask for a new link if you change your mind.' };
		case 'expired':
			return { status: 410, title: 'This link has expired', words: 'It works once, for half an hour. Please ask for a new link to connect the calendar.' };
		case 'wrong_account':
			return { status: 409, title: 'This is another account', words: `You signed in as ${outcome.email}, and the calendar has to be that of ${outcome.wanted}. Nothing was connected. Ask for a new link and choose the other account.` };
		case 'permission_missing':
			return { status: 422, title: 'A permission is missing', words: 'Bookings need every permission on Google’s page. Ask for a new link and leave all boxes ticked.' };
		case 'code_invalid':
			return { status: 400, title: 'Google did not accept this', words: 'The answer was used before, or took too long. Please ask for a new link.' };
		case 'unknown':
			return { status: 400, title: 'This link is not complete', words: 'Please open the link that you were given, or ask for a new one.' };
		case 'failed':
			return { status: 502, title: 'That did not work', words: 'Google could not be asked just now. Please ask for a new link and try again.' };
	}
}
