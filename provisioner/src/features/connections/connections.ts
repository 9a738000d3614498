import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId, newToken } from '../../store/ids.ts';
import { VendorError } from '../../vendors/http.ts';
import type { N8nClient } from '../../vendors/n8n/client.ts';
import type { TelegramBot, TelegramClient } from '../../vendors/telegram/client.ts';
import type { WahaClient } from '../../vendors/waha/client.ts';
import type { Companies } from '../companies/companies.ts';
import type { Keys } from '../keys/keys.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import type { TurnSettingsJson } from '../turns/turn-settings.ts';
import type { TenantSecrets } from '../tenants/tenant-secrets.ts';
import type { LoadedTemplate } from '../workflows/templates.ts';
import { NOT_SUBSCRIBED } from './connection.ts';
import type { Connection } from './connection.ts';
import { createConnectionEndpoints } from './endpoints.ts';
import { createJournal } from './journal.ts';
import { createQr } from './qr.ts';
import { createHookRenewal } from './renew-hooks.ts';
import { createConnectionRepository } from './repository.ts';
import type { PlanGate } from './repository.ts';
import { createSaga } from './saga.ts';
import { telegramSteps } from './steps/telegram.ts';
import { whatsappSteps } from './steps/whatsapp.ts';

export interface ConnectRequest {
	readonly tenantId: string;
	readonly companyId: string;
	/** Default: the company's name. */
	readonly name?: string | undefined;
	readonly account: { readonly channel: 'whatsapp'; readonly session?: string | undefined } | { readonly channel: 'telegram'; readonly botToken: string };
	readonly turns?: TurnSettingsJson | undefined;
	/** API key and Idempotency-Key of the request: repeated after a crash it gets what the first one began. */
	readonly requestKey?: string | undefined;
}

export interface Connections {
	readonly endpoints: readonly Endpoint[];
	/**
	 * Connects an account: at the vendor, and in n8n where the channel has a workflow of its own. What can't be completed is undone.
	 * @throws AppError `company_not_found` (404), `telegram_token_invalid` (422), `connection_exists`, `whatsapp_session_taken` (409), `subscription_required` (402), `plan_limit_reached`, `channel_not_chosen` (403),
	 * `whatsapp_not_configured`, `n8n_not_configured` (503), and what the vendors' clients throw
	 */
	connect(request: ConnectRequest): Promise<Connection>;
	/** @throws AppError `connection_not_found` (404) */
	get(tenantId: string, connectionId: string): Promise<Connection>;
	update(tenantId: string, connectionId: string, changes: { name?: string | undefined; turns?: TurnSettingsJson | undefined }): Promise<Connection>;
	list(filter: { tenantId: string | null; companyId: string | null; limit: number; startingAfter: string | null }): Promise<readonly Connection[]>;
	/** Ids of the session's tenant. */
	idsOfTenant(sql: Sql): Promise<readonly string[]>;
	/** Removes it at the vendor, in n8n and here; after the end answers with the same report. @throws AppError `connection_not_found`, `connection_busy` (409) */
	remove(tenantId: string, connectionId: string): Promise<readonly RemovedResource[]>;
	/** Goes on with what a crash left unfinished, now and then every `intervalMs`. */
	start(): void;
	stop(): Promise<void>;
}

export interface ConnectionDeps {
	readonly database: Database;
	readonly secrets: TenantSecrets;
	readonly keys: Pick<Keys, 'createTenantKey' | 'revokeOfConnection'>;
	readonly companies: Pick<Companies, 'get'>;
	/** null: not configured. */
	readonly waha: WahaClient | null;
	readonly telegram: TelegramClient;
	readonly n8n: N8nClient | null;
	/** Whether the tenant's plan has room for one more. Default: it has. */
	readonly plan?: PlanGate;
	readonly workflows: { answerWorkflowId(): Promise<string>; loadTemplate(name: string): Promise<LoadedTemplate> };
	/** Where vendors reach this service over the internet. */
	readonly publicUrl: string;
	/** Where n8n and WAHA reach it. */
	readonly internalUrl: string;
	readonly telegramApiUrl: string;
	readonly log: Logger;
	/** How often unfinished connections are looked for. Default 10 s. */
	readonly intervalMs?: number;
	/** How long connecting waits for the workflow's subscription. Default 20 s. */
	readonly subscriptionWaitMs?: number;
}

const SUBSCRIPTION_POLL_MS = 100;

export function createConnections(deps: ConnectionDeps): Connections {
	const { database, log, telegram, waha } = deps;
	const repository = createConnectionRepository(database, deps.secrets, deps.plan);
	const journal = createJournal(database);
	const recipes = {
		whatsapp: whatsappSteps({ waha, hookBaseUrl: deps.internalUrl }),
		telegram: telegramSteps({
			database,
			telegram,
			n8n: deps.n8n,
			keys: deps.keys,
			loadTemplate: deps.workflows.loadTemplate,
			answerWorkflowId: deps.workflows.answerWorkflowId,
			platformUrl: deps.internalUrl,
			hookBaseUrl: deps.publicUrl,
			telegramApiUrl: deps.telegramApiUrl,
		}),
	};
	const saga = createSaga({ repository, journal, log, recipes });
	const hooks = createHookRenewal({ repository, journal, log, recipes });
	let timer: NodeJS.Timeout | undefined;
	let resuming: Promise<void> = Promise.resolve();
	let stopping = new AbortController();

	/** Whose account it is, and that it can be had, before anything is made. */
	async function identify(account: ConnectRequest['account'], connectionId: string): Promise<{ externalId: string; botToken?: string }> {
		if (account.channel === 'telegram') {
			if (!deps.n8n) throw new AppError('n8n_not_configured', 'A Telegram bot gets a workflow of its own in n8n: set N8N_URL and N8N_API_KEY first.', { status: 503 });
			return { externalId: (await botOf(telegram, account.botToken)).username, botToken: account.botToken };
		}
		if (!waha) throw new AppError('whatsapp_not_configured', 'WhatsApp is off on this platform: set WAHA_URL and WAHA_API_KEY first.', { status: 503 });
		const session = account.session ?? connectionId;
		if ((await waha.getSession(session)) !== null) {
			throw new AppError('whatsapp_session_taken', `WAHA has a session "${session}" already. Name another one, or leave it out to get a new one.`, { status: 409 });
		}
		return { externalId: session };
	}

	/** The arrival of the subscription is the only sign that n8n has really activated the workflow. */
	async function awaitSubscription(tenantId: string, connectionId: string): Promise<void> {
		const deadline = Date.now() + (deps.subscriptionWaitMs ?? 20_000);
		for (;;) {
			if ((await repository.get(tenantId, connectionId)).subscribed) return repository.setState(tenantId, connectionId, 'connected', null);
			if (Date.now() > deadline) {
				return repository.setState(tenantId, connectionId, 'connecting', `${NOT_SUBSCRIBED} yet: n8n has activated the workflow, but its trigger has not subscribed. It is tried again by itself.`);
			}
			await delay(SUBSCRIPTION_POLL_MS);
		}
	}

	const connections: Omit<Connections, 'endpoints'> = {
		async connect({ tenantId, companyId, name, account, turns, requestKey }) {
			const company = await database.withTenant(tenantId, (sql) => deps.companies.get(sql, companyId));
			if (requestKey !== undefined) {
				const begun = await repository.findByRequestKey(tenantId, requestKey);
				if (begun) return begun;
			}
			const chosen = company.settings.connectable_channels;
			if (chosen !== null && !chosen.includes(account.channel)) {
				throw new AppError('channel_not_chosen', `The company has not chosen ${account.channel}: add it to its settings' connectable_channels first.`, { status: 403, details: { connectable_channels: chosen } });
			}
			const id = newId('con');
			const { externalId, botToken } = await identify(account, id);
			await repository.insert(
				{
					id, tenantId, companyId, externalId,
					channel: account.channel,
					name: name ?? company.name,
					turns: turns ?? {},
					requestKey: requestKey ?? null,
					secrets: { hookToken: newToken(), hookSecret: randomBytes(32).toString('base64url'), ...(botToken === undefined ? {} : { botToken }) },
				},
				saga.stepNames(account.channel),
			);
			await saga.connect(tenantId, id);
			if (account.channel === 'telegram') await awaitSubscription(tenantId, id);
			return repository.get(tenantId, id);
		},
		get: (tenantId, connectionId) => repository.get(tenantId, connectionId),
		list: (filter) => repository.list(filter),
		update: (tenantId, connectionId, changes) => repository.update(tenantId, connectionId, changes),
		idsOfTenant: (sql) => repository.idsOfTenant(sql),
		async remove(tenantId, connectionId) {
			return (await repository.reportOf(tenantId, connectionId)) ?? (await saga.disconnect(tenantId, connectionId));
		},
		start() {
			stopping = new AbortController();
			const pass = () => {
				resuming = resuming.then(() => saga.resumeUnfinished()).then(() => hooks.renewOutdated(stopping.signal));
			};
			pass();
			timer = setInterval(pass, deps.intervalMs ?? 10_000);
		},
		async stop() {
			clearInterval(timer);
			stopping.abort();
			await resuming;
		},
	};
	return { ...connections, endpoints: createConnectionEndpoints({ database, connections, qr: createQr(waha) }) };
}

const TOKEN_SHAPE = /^\d{5,20}:[A-Za-z0-9_-]{20,100}$/;

/** @throws AppError `telegram_token_invalid` (422), without the token */
async function botOf(telegram: TelegramClient, token: string): Promise<TelegramBot> {
	const invalid = (why: string) =>
		new AppError('telegram_token_invalid', `${why} Copy the token that @BotFather shows for the bot; it looks like 123456789:AAE… .`, { status: 422 });
	// A token becomes part of a URL: what isn't one must not get there.
	if (!TOKEN_SHAPE.test(token)) throw invalid('This is not a bot token.');
	try {
		return await telegram.getMe(token);
	} catch (error) {
		if (error instanceof VendorError && (error.vendorStatus === 401 || error.vendorStatus === 404)) throw invalid('Telegram does not know this bot token.');
		throw error;
	}
}
