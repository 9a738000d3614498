import { RateLimiterMemory } from 'rate-limiter-flexible';
import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { resolveTurnSettings } from '../../../../core/conversation/turn-settings.ts';
import type { TurnSettings } from '../../../../core/conversation/turn-settings.ts';
import type { ChannelName } from '../../../../core/channels/channel.ts';
import type { Database, Sql } from '../../store/database.ts';
import { readCompanySettings } from '../companies/settings.ts';
import { readTurnSettings } from '../turns/turn-settings.ts';
import { sha256 } from '../../store/secrets.ts';

/** A channel account with its secrets opened: what the gateway verifies with and the outbox sends with. */
export interface Account {
	readonly connectionId: string;
	readonly tenantId: string;
	/** WAHA session, bot username. */
	readonly externalId: string;
	/** Signs (WhatsApp) or accompanies (Telegram) the vendor's webhooks. */
	readonly hookSecret: string;
	/** Telegram only, else ''. */
	readonly botToken: string;
	/** Of the connection, its company's and the platform's. */
	readonly turnSettings: TurnSettings;
}

/** Accounts, cached: looked up for every webhook and every send. A change in the database empties the entry. */
export interface Accounts {
	/**
	 * null: no connection of this channel has this hook token.
	 * @throws AppError `overloaded` (503) for a token that is not cached, while so many unknown ones are tried that looking them up would cost the others
	 */
	byHookToken(channel: ChannelName, token: string): Promise<Account | null>;
	/** @throws AppError `connection_not_found` */
	byConnection(tenantId: string, connectionId: string): Promise<Account>;
	forget(connectionId: string): void;
	/** Listens for changes. */
	start(): void;
}

/** What it needs of features/tenants. */
export interface SecretsReader {
	unseal(sql: Sql, tenantId: string, sealed: Buffer, context: string): Promise<unknown>;
	open(tenantId: string, wrappedDataKey: Buffer, sealed: Buffer, context: string): unknown;
}

/** A lost notification leaves an entry wrong for no longer than this. */
const TTL_MS = 60_000;
const MOST_ENTRIES = 20_000;
/** Of a second. Whoever tries tokens can't have more looked up; a real one that is refused meanwhile comes again. */
const UNKNOWN_HOOKS = 200;
const ANYBODY = 'anybody';

interface AccountRow {
	external_id: string;
	channel: ChannelName;
	secrets: Buffer;
	turn_settings: unknown;
	settings: unknown;
}

interface HookRow extends AccountRow {
	connection_id: string;
	tenant_id: string;
	data_key: Buffer;
}

const secretsSchema = z.object({ hookSecret: z.string().min(1), botToken: z.string().optional() });

export function createAccounts(deps: { database: Database; secrets: SecretsReader; turnDefaults: TurnSettings }): Accounts {
	const { database, secrets } = deps;
	const cache = new Map<string, { account: Account; until: number }>();
	/** Look-ups under way: many webhooks that miss the same entry ask once. */
	const loading = new Map<string, Promise<Account | null>>();
	const unknownHooks = new RateLimiterMemory({ points: UNKNOWN_HOOKS, duration: 1, keyPrefix: '' });
	let changes = 0;

	async function refuseGuessing(): Promise<void> {
		const tried = await unknownHooks.get(ANYBODY);
		if (!tried || tried.consumedPoints < UNKNOWN_HOOKS) return;
		throw new AppError('overloaded', 'Too many unknown webhook addresses are tried. Send it again.', { status: 503, details: { retry_after: 1 } });
	}

	function cached(key: string): Account | undefined {
		const entry = cache.get(key);
		if (entry && entry.until > performance.now()) return entry.account;
		cache.delete(key);
		return undefined;
	}

	function remember(key: string, account: Account): Account {
		const [oldest] = cache.keys();
		if (cache.size >= MOST_ENTRIES && oldest !== undefined) cache.delete(oldest);
		cache.set(key, { account, until: performance.now() + TTL_MS });
		return account;
	}

	function load(key: string, find: () => Promise<Account | null>): Promise<Account | null> {
		const running = loading.get(key);
		if (running) return running;
		const begun = changes;
		const found = find()
			.then((account) => (account && changes === begun ? remember(key, account) : account))
			.finally(() => {
				if (loading.get(key) === found) loading.delete(key);
			});
		loading.set(key, found);
		return found;
	}

	function open(tenantId: string, connectionId: string): Promise<Account> {
		return database.withTenant(tenantId, async (sql) => {
			const { rows } = await sql.query<AccountRow>(
				'SELECT c.external_id, c.channel, c.secrets, c.turn_settings, k.settings FROM connections c JOIN companies k ON k.id = c.company_id WHERE c.id = $1',
				[connectionId],
			);
			const row = rows[0];
			if (!row) throw new AppError('connection_not_found', `There is no connection ${connectionId}.`, { status: 404 });
			return accountOf(tenantId, connectionId, row, await secrets.unseal(sql, tenantId, row.secrets, `connection:${connectionId}`));
		});
	}

	function accountOf(tenantId: string, connectionId: string, row: AccountRow, unsealed: unknown): Account {
		const opened = secretsSchema.parse(unsealed);
		const company = readCompanySettings(row.settings);
		const turnSettings = resolveTurnSettings(
			deps.turnDefaults, readTurnSettings(company.turns), readTurnSettings(company.channels[row.channel]?.turns), readTurnSettings(row.turn_settings),
		);
		return { connectionId, tenantId, externalId: row.external_id, hookSecret: opened.hookSecret, botToken: opened.botToken ?? '', turnSettings };
	}

	return {
		async byHookToken(channel, token) {
			const key = `${channel}:${token}`;
			return cached(key) ?? load(key, async () => {
				await refuseGuessing();
				const { rows } = await database.system.query<HookRow>('SELECT * FROM account_of_hook($1, $2)', [sha256(token), channel], 'account_of_hook');
				const [row] = rows;
				if (!row) {
					await unknownHooks.penalty(ANYBODY);
					return null;
				}
				const { tenant_id: tenantId, connection_id: connectionId } = row;
				return accountOf(tenantId, connectionId, row, secrets.open(tenantId, row.data_key, row.secrets, `connection:${connectionId}`));
			});
		},
		async byConnection(tenantId, connectionId) {
			const known = cached(connectionId);
			if (known) return known;
			const begun = changes;
			const account = await open(tenantId, connectionId);
			return changes === begun ? remember(connectionId, account) : account;
		},
		forget(connectionId) {
			// What is being looked up may be from before the change.
			changes += 1;
			loading.clear();
			for (const [key, { account }] of cache) if (account.connectionId === connectionId) cache.delete(key);
		},
		start() {
			// While the database can't be listened to, the entries still end after TTL_MS.
			void database.listen('concierge_connections', (connectionId) => this.forget(connectionId));
		},
	};
}
