import type { AuthorizationRequest } from '../google/oauth.ts';
import type { GoogleCalendar, StoredEvent } from '../google/state.ts';
import { dateIn, rfc3339 } from '../google/time.ts';
import { asJsonObject, stringOf } from '../json.ts';
import { hostedPage, html, type SafeHtml } from './html.ts';

const SCOPES: Readonly<Record<string, string>> = {
	'https://www.googleapis.com/auth/calendar': 'See, edit, share and permanently delete all the calendars you can access',
	'https://www.googleapis.com/auth/calendar.events': 'View and edit events on all your calendars',
	'https://www.googleapis.com/auth/calendar.events.owned': 'See, create, change and delete events on calendars you own',
	'https://www.googleapis.com/auth/calendar.freebusy': 'View your availability in your calendars',
	'https://www.googleapis.com/auth/calendar.calendarlist.readonly': 'See the list of calendars you are subscribed to',
	'https://www.googleapis.com/auth/calendar.app.created': 'Make secondary calendars, and see, create, change and delete events on them',
};

/** Where a person lets an application use their calendar. */
export function consentPage({ request, action, email, accounts }: { request: AuthorizationRequest; action: string; email: string; accounts: readonly string[] }): string {
	const app = new URL(request.redirectUri).host;
	return hostedPage({
		lang: 'en',
		title: 'Sign in · Google (sandbox)',
		body: html`
<section class="summary">
<h1>${app} wants access to your Google Account</h1>
<p class="lead">This will allow it to:</p>
<ul class="lines">${request.scope.split(' ').map((scope) => html`<li><span class="item">${SCOPES[scope] ?? scope}</span></li>`)}</ul>
</section>
<form class="payment" method="post" action="${action}">
<label>Google account<input name="email" type="email" value="${email}" list="accounts" required maxlength="200"></label>
<datalist id="accounts">${accounts.map((account) => html`<option value="${account}"></option>`)}</datalist>
<button class="pay" type="submit" name="answer" value="allow">Allow</button>
<button class="cancel plain" type="submit" name="answer" value="deny" formnovalidate>Cancel</button>
</form>`,
	});
}

export function consentErrorPage(message: string): string {
	return hostedPage({ lang: 'en', title: 'Access blocked', body: html`<section class="notice expired"><h1>Access blocked</h1><p>${message}</p></section>` });
}

export function noCalendarPage(calendars: readonly GoogleCalendar[]): string {
	return hostedPage({
		lang: 'en',
		title: 'Calendars',
		body: html`<h1>Calendars</h1>${
			calendars.length === 0
				? html`<p class="lead">There is no calendar yet: connect a Google account first.</p>`
				: html`<ul class="lines">${calendars.map(({ id, summary }) => html`<li><a href="/calendar/page/${encodeURIComponent(id)}">${summary}</a></li>`)}</ul>`
		}`,
	});
}

/** One calendar, by days, with what a person can do to it. */
export function calendarPage(calendar: GoogleCalendar, now: number, problem = ''): string {
	const events = Object.values(calendar.events).sort((a, b) => a.start - b.start);
	const days = Map.groupBy(events, (event) => dateIn(event.start, calendar.timeZone));
	const soon = Math.ceil(now / 3_600_000) * 3_600_000;
	return hostedPage({
		lang: 'en',
		title: `${calendar.summary} · Calendar`,
		body: html`
<h1 dir="auto">${calendar.summary}</h1>
<p class="lead">${calendar.timeZone}</p>
${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
${events.length === 0 && html`<p class="lead">Nothing in this calendar.</p>`}
${[...days].map(([date, ofDay]) => html`<h2 class="day">${dayName(date)}</h2><ul class="agenda">${ofDay.map((event) => shownEvent(calendar, event))}</ul>`)}
<form class="payment" method="post" action="${actOf(calendar, 'busy')}">
<label>Busy with<input name="summary" value="Private" maxlength="200"></label>
<label>From<input name="start" type="datetime-local" value="${local(soon, calendar)}" required></label>
<label>Until<input name="end" type="datetime-local" value="${local(soon + 3_600_000, calendar)}" required></label>
<button class="pay" type="submit">Add</button>
</form>`,
	});
}

function shownEvent(calendar: GoogleCalendar, event: StoredEvent): SafeHtml {
	const { object } = event;
	const id = stringOf(object['id']);
	const gone = object['status'] === 'cancelled';
	const meeting = stringOf(object['hangoutLink']);
	const booking = stringOf(asJsonObject(asJsonObject(object['extendedProperties'])['private'])['concierge_booking']);
	const allDay = asJsonObject(object['start'])['allDay'] === true;
	const time = allDay ? 'All day' : `${local(event.start, calendar).slice(11)} – ${local(event.end, calendar).slice(11)}`;
	return html`<li id="${id}" class="${gone ? 'gone' : ''}">
<p class="when">${time}${gone && ' · deleted'}</p>
<p class="what" dir="auto">${stringOf(object['summary']) || '(No title)'}</p>
${stringOf(object['location']) !== '' && html`<p class="where" dir="auto">${stringOf(object['location'])}</p>`}
${meeting !== '' && html`<p class="where"><a href="${meeting}">${meeting.slice('https://'.length)}</a></p>`}
${stringOf(object['description']) !== '' && html`<p class="about" dir="auto">${stringOf(object['description'])}</p>`}
${booking !== '' && html`<p class="where">Booking <span translate="no">${booking}</span></p>`}
${!gone && html`<details><summary>Change by hand</summary>
<form method="post" action="${actOf(calendar, 'move')}"><input type="hidden" name="event" value="${id}">
<label>From<input name="start" type="datetime-local" value="${local(event.start, calendar)}" required></label>
<label>Until<input name="end" type="datetime-local" value="${local(event.end, calendar)}" required></label>
<button class="small" type="submit">Move</button></form>
<form method="post" action="${actOf(calendar, 'delete')}"><input type="hidden" name="event" value="${id}"><button class="small danger" type="submit">Delete</button></form>
</details>`}
</li>`;
}

function actOf(calendar: GoogleCalendar, act: 'busy' | 'move' | 'delete'): string {
	return `/calendar/page/${encodeURIComponent(calendar.id)}/${act}`;
}

/** As `datetime-local` has it, in the calendar's zone. */
function local(instant: number, calendar: GoogleCalendar): string {
	return rfc3339(instant, calendar.timeZone).slice(0, 16);
}

function dayName(date: string): string {
	return new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(Date.parse(`${date}T00:00:00Z`));
}
