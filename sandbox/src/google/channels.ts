import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { lowerBase32 } from '../ids.ts';
import { numberOf, stringOf, type JsonObject } from '../json.ts';
import { GoogleError, invalid, required } from './errors.ts';
import type { GoogleCalendar, GoogleChannel } from './state.ts';

const LONGEST_MS = 30 * 86_400_000;
const USUAL_MS = 7 * 86_400_000;
const RETRY_DELAYS_MS = [1, 2, 4, 8, 15, 30].map((seconds) => seconds * 1000);

/** `POST …/events/watch`: a first message (`sync`) goes out at once. https://developers.google.com/workspace/calendar/api/guides/push */
export function watchEvents(context: SandboxContext, calendar: GoogleCalendar, body: Readonly<Record<string, unknown>>): JsonObject {
	const { channels } = context.store.current.google;
	const [id, address] = [stringOf(body['id']), stringOf(body['address'])];
	if (id === '') throw required('Missing required field: id');
	if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid('Invalid channel id');
	if (stringOf(body['type']) !== 'web_hook') throw invalid('Unsupported channel type');
	if (!isLoopback(address)) throw new GoogleError(400, `WebHook callback must be HTTPS: ${address}`, { domain: 'push', reason: 'webhookUrlNotHttps' });
	if (channels[id] !== undefined) throw new GoogleError(400, `Channel id ${id} not unique`, { domain: 'global', reason: 'channelIdNotUnique' });
	const ttl = numberOf((body['params'] as { ttl?: unknown } | undefined)?.ttl, Number.NaN) * 1000;
	const wanted = numberOf(body['expiration'], Number.isNaN(ttl) ? context.now() + USUAL_MS : context.now() + ttl);
	const channel: GoogleChannel = {
		id, resourceId: lowerBase32(27), calendar: calendar.id, address, token: stringOf(body['token']) || null, expiration: Math.min(wanted, context.now() + LONGEST_MS), messages: 0,
	};
	channels[id] = channel;
	context.store.changed();
	void notify(context, channel, 'sync');
	return { kind: 'api#channel', id, resourceId: channel.resourceId, resourceUri: uriOf(context, channel), ...(channel.token === null ? {} : { token: channel.token }), expiration: String(channel.expiration) };
}

/** `POST /channels/stop`. @throws GoogleError 404 */
export function stopChannel(context: SandboxContext, body: Readonly<Record<string, unknown>>): void {
	const { channels } = context.store.current.google;
	const id = stringOf(body['id']);
	if (channels[id] === undefined || channels[id].resourceId !== body['resourceId']) {
		throw new GoogleError(404, `Channel '${id}' not found for project 'sandbox'`, { domain: 'global', reason: 'notFound' });
	}
	delete channels[id];
	context.store.changed();
}

/** Tells every channel of a calendar that something has changed; what has, it doesn't say. */
export function notifyChannels(context: SandboxContext, calendar: GoogleCalendar): Promise<readonly Attempt[]> {
	const channels = Object.values(context.store.current.google.channels).filter((channel) => channel.calendar === calendar.id && channel.expiration > context.now());
	return Promise.all(channels.map((channel) => notify(context, channel, 'exists')));
}

function notify(context: SandboxContext, channel: GoogleChannel, state: 'sync' | 'exists'): Promise<Attempt> {
	channel.messages += 1;
	return context.deliveries.deliver({
		url: channel.address,
		headers: {
			'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
			'x-goog-channel-id': channel.id, 'x-goog-message-number': String(channel.messages), 'x-goog-resource-id': channel.resourceId, 'x-goog-resource-state': state,
			'x-goog-resource-uri': uriOf(context, channel), 'x-goog-channel-expiration': new Date(channel.expiration).toUTCString(), ...(channel.token === null ? {} : { 'x-goog-channel-token': channel.token }),
		},
		body: '',
		retryDelays: RETRY_DELAYS_MS,
	});
}

function uriOf(context: SandboxContext, { calendar }: GoogleChannel): string {
	return `${context.url()}/calendar/v3/calendars/${encodeURIComponent(calendar)}/events?alt=json`;
}

/** Google takes https only; everything here stays on this machine. */
function isLoopback(address: string): boolean {
	return URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname);
}
