import { z } from 'zod';
import { WAHA_EVENTS } from '../../../../core/channels/whatsapp-waha.ts';
import { downloadFromVendor } from '../download.ts';
import type { Download } from '../download.ts';
import { callVendor, failureOf, outcomeOfSend, VendorError } from '../http.ts';
import type { VendorAnswer } from '../http.ts';

/** Session statuses of WAHA: https://waha.devlike.pro/docs/how-to/sessions/ */
export const WAHA_STATUSES = [
	'STOPPED', 'STARTING', 'SCAN_QR_CODE', 'PASSKEY_REQUIRED', 'PASSKEY_CONFIRMATION_REQUIRED', 'WORKING', 'FAILED',
] as const;
export type WahaStatus = (typeof WAHA_STATUSES)[number];

export interface WahaSession {
	readonly name: string;
	readonly status: WahaStatus;
	/** The paired account, null before the QR is scanned. */
	readonly me: { readonly id: string; readonly pushName: string } | null;
}

/** `hmacKey` signs the webhooks. */
export interface SessionOptions {
	readonly name: string;
	readonly webhookUrl: string;
	readonly hmacKey: string;
	readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * How WAHA repeats a webhook that was not taken: after 2 s, 4 s, 8 s … The twelve waits are two hours and a quarter together, and none of them is longer than
 * the outage has lasted by then, so whatever came in an outage of an hour arrives when that is over, within another hour. WAHA keeps them in its memory.
 */
export const WAHA_RETRIES = { policy: 'exponential', delaySeconds: 2, attempts: 12 } as const;

export interface WahaClient {
	/** Creates and starts a session whose webhooks are signed with `hmacKey`. @throws VendorError `refused` (422) when the name is taken. */
	createSession(options: SessionOptions): Promise<WahaSession>;
	/** Gives a session these settings; WAHA restarts it when it runs. */
	updateSession(options: SessionOptions): Promise<void>;
	/** null: there is no such session. */
	getSession(name: string): Promise<WahaSession | null>;
	/** Starting a started session is success. */
	startSession(name: string): Promise<void>;
	stopSession(name: string): Promise<void>;
	/** Deleting a session that isn't there is success. */
	deleteSession(name: string): Promise<void>;
	/** The QR to scan, base64. @throws VendorError `unreachable` (422) while the session is not in SCAN_QR_CODE. */
	getQr(name: string): Promise<{ mimetype: string; data: string }>;
	/** The phone chat id (`…@c.us`) behind a hidden one (`…@lid`); null when WhatsApp doesn't tell. */
	lidToPhone(session: string, lid: string): Promise<string | null>;
	/**
	 * The bytes of media that WAHA downloaded, at most `maxBytes`. Of `mediaUrl` only the path counts: the file is fetched from this WAHA and
	 * nowhere else, whatever host a message names (WAHA often names one that only itself knows).
	 */
	download(mediaUrl: string, options: { maxBytes: number; signal?: AbortSignal }): Promise<Download>;
	/** The hidden chat id (`…@lid`) of a phone in digits; null when WhatsApp doesn't tell. */
	phoneToLid(session: string, phone: string): Promise<string | null>;
	/** `id`: of the message, chosen by us; engines that can't take one give their own. */
	sendText(message: { session: string; chatId: string; text: string; id?: string }): Promise<SentMessage>;
	/** By URL; `caption` may be ''. */
	sendImage(message: { session: string; chatId: string; url: string; caption: string }): Promise<SentMessage>;
	sendVideo(message: { session: string; chatId: string; url: string; caption: string }): Promise<SentMessage>;
	/** Our own messages in a chat since a time (Unix milliseconds), newest first, the latest hundred. Needs the engine's store (NOWEB: `config.noweb.store.enabled`). */
	listMessages(options: { session: string; chatId: string; since: number }): Promise<readonly ChatMessage[]>;
}

export interface ChatMessage {
	readonly id: string;
	readonly fromMe: boolean;
	/** Text or caption; '' when there is none. */
	readonly text: string;
	readonly hasMedia: boolean;
	/** Unix milliseconds, to the second. */
	readonly sentAt: number;
}

/** `messageId` as WAHA gives it (`true_<chat>_<id>`); '' when the answer has none. */
export interface SentMessage {
	readonly messageId: string;
}

const CALL_TIMEOUT_MS = 10_000;
/** Media is fetched by WAHA before it answers. */
const SEND_TIMEOUT_MS = 20_000;
const DOWNLOAD_TIMEOUT_MS = 30_000;

const sessionSchema = z.object({
	name: z.string(),
	status: z.enum(WAHA_STATUSES),
	me: z
		.object({ id: z.string(), pushName: z.string().nullish() })
		.nullish()
		.transform((me) => (me ? { id: me.id, pushName: me.pushName ?? '' } : null)),
});
const qrSchema = z.object({ mimetype: z.string(), data: z.string() });
const lidSchema = z.object({ pn: z.string().nullish() });
const pnSchema = z.object({ lid: z.string().nullish() });
/** WEBJS puts the id into an object, the other engines into a string. */
const messageId = z.union([z.string(), z.object({ _serialized: z.string() }).transform((id) => id._serialized)]);
const sentSchema = z.object({ id: messageId });
const chatMessageSchema = z.object({
	id: messageId,
	timestamp: z.number(),
	fromMe: z.boolean(),
	body: z.string().nullish(),
	hasMedia: z.boolean().nullish(),
});
const failureSchema = z.looseObject({
	error: z.string().optional(),
	message: z.union([z.string(), z.array(z.string())]).optional(),
	status: z.string().optional(),
	expected: z.array(z.string()).optional(),
});

/**
 * Client of WAHA, https://waha.devlike.pro/docs/. `url` is its base without a trailing slash.
 * A 422 "session status is not as expected" counts as `unreachable`: nothing was sent, and it works once the session does.
 */
export function createWahaClient({ url, apiKey }: { url: string; apiKey: string }): WahaClient {
	async function call(operation: string, method: string, path: string, json?: unknown, { timeoutMs = CALL_TIMEOUT_MS, outcomeOf }: { timeoutMs?: number; outcomeOf?: typeof outcomeOfSend } = {}): Promise<VendorAnswer> {
		const request = { vendor: 'waha', operation, method, url: `${url}${path}`, headers: { 'x-api-key': apiKey }, json, timeoutMs, secrets: [apiKey] };
		const answer = await callVendor(request);
		if (answer.status >= 200 && answer.status < 300) return answer;
		const failure = failureSchema.safeParse(answer.json).data ?? {};
		const description = [failure.message, failure.error].flat().filter(Boolean).join('; ');
		const notWorking = answer.status === 422 && failure.expected !== undefined;
		throw failureOf(
			request,
			answer,
			notWorking ? `the session is ${failure.status ?? 'in another state'}, it must be ${failure.expected?.join(' or ') ?? ''}` : description,
			notWorking ? 'unreachable' : outcomeOf?.(answer),
		);
	}

	async function send(operation: string, body: Readonly<Record<string, unknown>>): Promise<SentMessage> {
		const { json } = await call(operation, 'POST', `/api/${operation}`, body, { timeoutMs: SEND_TIMEOUT_MS, outcomeOf: outcomeOfSend });
		const sent = sentSchema.safeParse(json);
		if (!sent.success) return { messageId: '' };
		return { messageId: sent.data.id };
	}

	return {
		async createSession(options) {
			const { json } = await call('createSession', 'POST', '/api/sessions', { name: options.name, start: true, config: configOf(options) });
			return understood('createSession', sessionSchema, json);
		},
		async updateSession(options) {
			await call('updateSession', 'PUT', `/api/sessions/${encodeURIComponent(options.name)}`, { config: configOf(options) });
		},
		async getSession(name) {
			const answer = await unlessMissing(call('getSession', 'GET', `/api/sessions/${encodeURIComponent(name)}`));
			return answer && understood('getSession', sessionSchema, answer.json);
		},
		async startSession(name) {
			await call('startSession', 'POST', `/api/sessions/${encodeURIComponent(name)}/start`);
		},
		async stopSession(name) {
			await call('stopSession', 'POST', `/api/sessions/${encodeURIComponent(name)}/stop`);
		},
		async deleteSession(name) {
			await unlessMissing(call('deleteSession', 'DELETE', `/api/sessions/${encodeURIComponent(name)}`));
		},
		async getQr(name) {
			const { json } = await call('getQr', 'GET', `/api/${encodeURIComponent(name)}/auth/qr?format=image`);
			return understood('getQr', qrSchema, json);
		},
		async lidToPhone(session, lid) {
			const path = `/api/${encodeURIComponent(session)}/lids/${encodeURIComponent(lid)}`;
			const answer = await unlessMissing(call('lidToPhone', 'GET', path));
			return (answer && lidSchema.safeParse(answer.json).data?.pn) ?? null;
		},
		download(mediaUrl, { maxBytes, signal }) {
			const path = /\/api\/files\/.+$/.exec(URL.parse(mediaUrl)?.pathname ?? '')?.[0] ?? '';
			const address = URL.parse(`${url}${path}`)?.href ?? '';
			if (path === '' || !address.startsWith(`${url}/api/files/`)) {
				return Promise.reject(new VendorError('waha', 'refused', 'waha: this media is not among the files that WAHA keeps itself.'));
			}
			const headers = { 'x-api-key': apiKey };
			return downloadFromVendor({ vendor: 'waha', operation: 'download', url: address, headers, timeoutMs: DOWNLOAD_TIMEOUT_MS, secrets: [apiKey], maxBytes, ...(signal ? { signal } : {}) });
		},
		async phoneToLid(session, phone) {
			const path = `/api/${encodeURIComponent(session)}/lids/pn/${encodeURIComponent(phone)}`;
			const answer = await unlessMissing(call('phoneToLid', 'GET', path));
			return (answer && pnSchema.safeParse(answer.json).data?.lid) ?? null;
		},
		sendText: ({ session, chatId, text, id }) => send('sendText', { session, chatId, text, ...(id === undefined ? {} : { id }) }),
		sendImage: ({ session, chatId, url: mediaUrl, caption }) =>
			send('sendImage', { session, chatId, file: { mimetype: mimetypeOf(mediaUrl, 'image/jpeg'), filename: filenameOf(mediaUrl, 'image.jpg'), url: mediaUrl }, caption }),
		sendVideo: ({ session, chatId, url: mediaUrl, caption }) =>
			send('sendVideo', { session, chatId, file: { mimetype: 'video/mp4', filename: filenameOf(mediaUrl, 'video.mp4'), url: mediaUrl }, caption, convert: false }),
		async listMessages({ session, chatId, since }) {
			const query = new URLSearchParams({
				limit: '100', sortBy: 'timestamp', sortOrder: 'desc', downloadMedia: 'false',
				'filter.fromMe': 'true', 'filter.timestamp.gte': String(Math.floor(since / 1000)),
			});
			const { json } = await call('listMessages', 'GET', `/api/${encodeURIComponent(session)}/chats/${encodeURIComponent(chatId)}/messages?${query.toString()}`);
			return understood('listMessages', z.array(z.unknown()), json).flatMap((item) => {
				const { data: message } = chatMessageSchema.safeParse(item);
				if (!message) return [];
				return [{ id: message.id, fromMe: message.fromMe, text: message.body ?? '', hasMedia: message.hasMedia ?? false, sentAt: message.timestamp * 1000 }];
			});
		},
	};
}

function configOf({ webhookUrl, hmacKey, metadata = {} }: SessionOptions) {
	const webhook = { url: webhookUrl, events: WAHA_EVENTS, hmac: { key: hmacKey }, retries: WAHA_RETRIES };
	// The engine's store: an uncertain send is looked up in it. Other engines have it always.
	return { metadata, webhooks: [webhook], noweb: { markOnline: true, store: { enabled: true, fullSync: false } } };
}

async function unlessMissing(call: Promise<VendorAnswer>): Promise<VendorAnswer | null> {
	try {
		return await call;
	} catch (error) {
		if (error instanceof VendorError && error.vendorStatus === 404) return null;
		throw error;
	}
}

function understood<S extends z.ZodType>(operation: string, schema: S, json: unknown): z.output<S> {
	const result = schema.safeParse(json);
	if (result.success) return result.data;
	throw new VendorError('waha', 'ambiguous', `waha's answer to ${operation} has another shape than documented: ${result.error.issues[0]?.path.join('.') ?? ''}.`);
}

const IMAGE_TYPES: Readonly<Record<string, string>> = { png: 'image/png', webp: 'image/webp', gif: 'image/gif' };

function mimetypeOf(url: string, otherwise: string): string {
	const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? '';
	return IMAGE_TYPES[extension] ?? otherwise;
}

function filenameOf(url: string, otherwise: string): string {
	return /\/([\w.-]{1,80}\.\w{2,4})(?:[?#]|$)/.exec(url)?.[1] ?? otherwise;
}
