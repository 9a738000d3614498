import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { channelAdapters } from '../../../../core/channels/channels.ts';
import type { ChannelAdapter, ChannelEvent } from '../../../../core/channels/channel.ts';
import { AppError } from '../../../../core/errors.ts';
import type { DirectHandler } from '../../http/app.ts';
import { sendProblem } from '../../http/problem.ts';
import { ackOutcomeOf } from '../../telemetry/metrics.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { codeOf } from '../../telemetry/tracing.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { Account, Accounts } from './accounts.ts';
import { storeUnavailable } from './group-commit.ts';
import { failureKindOf } from './inbox.ts';
import type { RateLimits } from './rate-limits.ts';
import { createByteBudget, discard, readRawBody } from './read-body.ts';
import type { BodyLimits } from './read-body.ts';

export interface HookLimits extends BodyLimits {
	/** Of all bodies that are being read or wait to be stored. */
	readonly maxBytesInAll: number;
}

/** Vendors' webhooks are a few kilobytes. */
export const HOOK_LIMITS: HookLimits = { maxBytes: 1024 * 1024, timeoutMs: 15_000, maxBytesInAll: 64 * 1024 * 1024 };

/** A verified delivery. */
export interface Delivery {
	readonly account: Account;
	readonly adapter: ChannelAdapter;
	readonly events: readonly ChannelEvent[];
	/** Of its body. */
	readonly bytes: number;
	/** Of the span in which it is received. */
	readonly traceparent: string;
}

export interface HooksDeps {
	readonly accounts: Accounts;
	readonly limits: RateLimits;
	/** Resolves once it is durable. false: the connection has gone meanwhile. */
	readonly take: (delivery: Delivery) => Promise<boolean>;
	readonly tracing: Tracing;
	readonly metrics: Metrics;
	readonly log: Logger;
	readonly bodies?: HookLimits;
}

const PREFIX = '/hooks/';
/** Tokens are 43 characters of base64url. */
const TOKEN = /^[A-Za-z0-9_-]{20,128}$/;
const RECEIVED = '{"received":true}';
const RECEIVED_HEADERS = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': RECEIVED.length };
const adapters: ReadonlyMap<string, ChannelAdapter> = new Map(Object.entries(channelAdapters));

/**
 * `POST /hooks/<channel>/<hook token>` for every channel: 404 for an unknown token, 413 above 1 MB, 401 for a bad signature (before the
 * body is parsed), 400 when it isn't JSON, 429 and 503 when it is too much, and 200 once its messages are stored. The vendor sends again
 * for anything but 200.
 */
export function createHooks(deps: HooksDeps): DirectHandler {
	const { accounts, limits, take, tracing, metrics, log } = deps;
	const bodies = deps.bodies ?? HOOK_LIMITS;
	const budget = createByteBudget(bodies.maxBytesInAll);

	async function accountOf(request: IncomingMessage, adapter: ChannelAdapter, token: string): Promise<Account> {
		try {
			const account = TOKEN.test(token) ? await accounts.byHookToken(adapter.name, token) : null;
			if (account) return account;
			throw unknownHook();
		} catch (error) {
			discard(request, bodies.timeoutMs);
			throw error instanceof AppError || failureKindOf(error) === 'refused' ? error : storeUnavailable(error);
		}
	}

	async function receive(request: IncomingMessage, adapter: ChannelAdapter, token: string): Promise<void> {
		const account = await accountOf(request, adapter, token);
		const rawBody = await readRawBody(request, bodies, budget);
		try {
			if (!adapter.verify(rawBody, (name) => singleHeader(request, name), account.hookSecret)) {
				throw new AppError('signature_invalid', 'The signature is missing or does not fit this body. Check the secret of the webhook.', { status: 401 });
			}
			await limits.connection(account.connectionId);
			const events = adapter.parse(parseJson(rawBody), new Date());
			for (const address of addressesOf(events)) await limits.customer(account.connectionId, address);
			await takeTraced(request, { account, adapter, events, bytes: rawBody.length });
		} finally {
			budget.giveBack(rawBody.length);
		}
	}

	async function takeTraced(request: IncomingMessage, delivery: Omit<Delivery, 'traceparent'>): Promise<void> {
		const span = tracing.start('webhook.receive', singleHeader(request, 'traceparent') ?? '');
		try {
			if (tracing.active) span.set({ channel: delivery.adapter.name, connection: delivery.account.connectionId, bytes: delivery.bytes });
			if (!(await take({ ...delivery, traceparent: span.traceparent }))) throw unknownHook();
			span.end();
		} catch (error) {
			span.end(codeOf(error));
			throw error;
		}
	}

	async function answer(request: IncomingMessage, response: ServerResponse, adapter: ChannelAdapter, token: string): Promise<void> {
		const began = performance.now();
		try {
			await receive(request, adapter, token);
			response.writeHead(200, RECEIVED_HEADERS).end(RECEIVED);
			metrics.acknowledged(adapter.name, 'accepted', (performance.now() - began) / 1000);
		} catch (error) {
			metrics.acknowledged(adapter.name, ackOutcomeOf(codeOf(error)), (performance.now() - began) / 1000);
			// Never the path: its token is a secret.
			sendProblem(log, error, `POST ${PREFIX}${adapter.name}/…`, response);
		}
	}

	return (request, response) => {
		const url = request.url ?? '';
		if (request.method !== 'POST' || !url.startsWith(PREFIX)) return false;
		const end = url.indexOf('/', PREFIX.length);
		const adapter = end === -1 ? undefined : adapters.get(url.slice(PREFIX.length, end));
		if (!adapter) return false;
		const query = url.indexOf('?', end);
		void answer(request, response, adapter, query === -1 ? url.slice(end + 1) : url.slice(end + 1, query));
		return true;
	};
}

function addressesOf(events: readonly ChannelEvent[]): readonly string[] {
	return events.flatMap((event) => {
		if (event.type === 'message' || event.type === 'edited') return [event.message.customer.chatId];
		return event.type === 'deleted' ? [event.customer.chatId] : [];
	});
}

/** Never shows the token: it is a secret. */
function unknownHook(): AppError {
	return new AppError('hook_not_found', 'There is no connection behind this webhook address.', { status: 404 });
}

/** Node joins the values of a header that came several times: then it fits no signature. */
function singleHeader(request: IncomingMessage, name: string): string | undefined {
	const value = request.headers[name];
	return typeof value === 'string' ? value : undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(rawBody: Buffer): unknown {
	try {
		return JSON.parse(utf8.decode(rawBody)) as unknown;
	} catch {
		throw new AppError('body_not_json', 'The body is not valid JSON.', { status: 400 });
	}
}
