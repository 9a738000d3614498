import type { SandboxContext } from '../context.ts';
import type { Attempt } from '../deliveries.ts';
import { alphanumeric, lowerBase32 } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { asJsonObject, isObject, stringOf } from '../json.ts';
import { badRequest, sessionNotFound, unprocessable, wrongStatus } from './errors.ts';
import type { WahaSession, WahaStatus } from './state.ts';
import { deliverWahaEvent, WAHA_ENGINE } from './webhooks.ts';

/** Long enough for a client to see STARTING, short enough not to be waited for. */
const START_MS = 25;
const KEPT_STATUSES = 5;

export function findSession(context: SandboxContext, name: string): WahaSession {
	const session = context.store.current.waha.sessions[name];
	if (session === undefined) throw sessionNotFound(name);
	return session;
}

/** The session, when it can send and receive. Throws WAHA's 422 otherwise. */
export function workingSession(context: SandboxContext, name: string): WahaSession {
	const session = findSession(context, name);
	if (session.status !== 'WORKING') throw wrongStatus(session, ['WORKING']);
	return session;
}

/** What `POST /api/sessions` and the other session calls answer. */
export function sessionAnswer(session: WahaSession): JsonObject {
	return {
		name: session.name,
		status: session.status,
		config: session.config,
		me: session.me,
		engine: { engine: WAHA_ENGINE },
	};
}

/** What the list and `GET /api/sessions/{session}` answer. */
export function sessionInfo(session: WahaSession): JsonObject {
	const { me, ...rest } = sessionAnswer(session);
	return {
		...rest,
		...(session.me === null ? {} : { me: me ?? null }),
		presence: {},
		timestamps: { activity: session.statuses.at(-1)?.timestamp ?? null },
		assignedWorker: 'sandbox',
	};
}

export function createSession(context: SandboxContext, request: unknown): WahaSession {
	const body = isObject(request) ? request : {};
	const name = stringOf(body['name']) || `session_${lowerBase32(12)}`;
	if (!/^[\w-]{1,54}$/.test(name)) throw badRequest('name must be up to 54 letters, digits, "_" or "-"');
	const { sessions } = context.store.current.waha;
	if (sessions[name] !== undefined) {
		throw unprocessable(`Session '${name}' already exists. Use PUT to update it.`);
	}
	checkWebhooks(body['config']);
	const session: WahaSession = {
		name,
		status: 'STOPPED',
		config: asJsonObject(body['config']),
		me: null,
		statuses: [],
		qr: '',
	};
	sessions[name] = session;
	if (body['start'] !== false) startSession(context, session);
	context.store.changed();
	return session;
}

export function updateSession(context: SandboxContext, name: string, request: unknown): WahaSession {
	const session = findSession(context, name);
	const config = isObject(request) ? request['config'] : undefined;
	checkWebhooks(config);
	session.config = asJsonObject(config);
	if (session.status !== 'STOPPED') restartSession(context, session);
	context.store.changed();
	return session;
}

/** Starts a stopped or failed session; does nothing to a running one. */
export function startSession(context: SandboxContext, session: WahaSession): void {
	if (session.status !== 'STOPPED' && session.status !== 'FAILED') return;
	void setStatus(context, session, 'STARTING');
	context.timers.after(START_MS, () => finishStart(context, session));
}

/** STARTING leads to WORKING when the account is still linked, else to a QR code. */
export function finishStart(context: SandboxContext, session: WahaSession): void {
	if (session.status === 'STARTING') {
		void setStatus(context, session, session.me === null ? 'SCAN_QR_CODE' : 'WORKING');
	}
}

export function stopSession(context: SandboxContext, session: WahaSession): void {
	if (session.status !== 'STOPPED') void setStatus(context, session, 'STOPPED');
}

export function restartSession(context: SandboxContext, session: WahaSession): void {
	stopSession(context, session);
	startSession(context, session);
}

/** Unlinks the account; a running session starts again and asks for a scan. */
export function logoutSession(context: SandboxContext, session: WahaSession): void {
	session.me = null;
	if (session.status !== 'STOPPED') restartSession(context, session);
	context.store.changed();
}

/** Idempotent. */
export function deleteSession(context: SandboxContext, name: string): void {
	const session = context.store.current.waha.sessions[name];
	if (session === undefined) return;
	stopSession(context, session);
	delete context.store.current.waha.sessions[name];
	context.announce('session', { account: name, status: 'DELETED' });
}

/** A phone scanned the QR code. */
export function scanQr(
	context: SandboxContext,
	session: WahaSession,
	phone: string,
	pushName: string,
): Promise<readonly Attempt[]> {
	session.me = { id: `${phone}@c.us`, pushName };
	return setStatus(context, session, 'WORKING');
}

/** Sets the status and tells the session's webhooks. SCAN_QR_CODE makes a new QR code each time. */
export function setStatus(
	context: SandboxContext,
	session: WahaSession,
	status: WahaStatus,
): Promise<readonly Attempt[]> {
	session.status = status;
	if (status === 'SCAN_QR_CODE') session.qr = `2@${alphanumeric(64)},${alphanumeric(44)},${alphanumeric(44)},${alphanumeric(32)}`;
	session.statuses = [...session.statuses, { status, timestamp: context.now() }].slice(-KEPT_STATUSES);
	context.announce('session', { account: session.name, status });
	return deliverWahaEvent(context, session, {
		event: 'session.status',
		payload: { name: session.name, status, statuses: session.statuses.map((point) => ({ ...point })) },
	});
}

function checkWebhooks(config: unknown): void {
	const webhooks = isObject(config) ? config['webhooks'] : undefined;
	if (webhooks === undefined) return;
	if (!Array.isArray(webhooks)) throw badRequest('config.webhooks must be an array');
	for (const [index, webhook] of webhooks.entries()) {
		if (!isObject(webhook) || !URL.canParse(stringOf(webhook['url']))) {
			throw badRequest(`config.webhooks.${index}.url must be a URL address`);
		}
		if (!Array.isArray(webhook['events'])) throw badRequest(`config.webhooks.${index}.events must be an array`);
	}
}
