import pg from 'pg';
import type { QueryResult, QueryResultRow } from 'pg';

// bigint columns hold counts, versions and cents: all far below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Between attempts to listen again. */
const RETRY_MS = 1_000;
/** Nothing that the service asks takes so long; a statement that waits for a lock or a stuck disk must not hold its connection for ever. */
const STATEMENT_TIMEOUT_MS = 60_000;

/**
 * What repositories get: a client inside a transaction, or the pool for a single statement. SQL is always parameterised. A statement with a
 * `name` is parsed once a connection: for the few of the hot path; one name, one text.
 */
export interface Sql {
	query<Row extends QueryResultRow>(text: string, values?: readonly unknown[], name?: string): Promise<QueryResult<Row>>;
}

/** Connections of the pool, and callers that wait for one. */
export interface PoolUse {
	readonly inUse: number;
	readonly idle: number;
	readonly waiting: number;
}

/**
 * The service's database. It connects as a role to which row-level security applies; rows of tenant tables are visible only
 * inside `withTenant`. What must cross tenants (finding the tenant of a key, claiming due turns) are narrow
 * SECURITY DEFINER functions, called through `system`.
 */
export interface Database {
	/** One transaction that sees one tenant's rows. Rolled back when `work` throws. */
	withTenant<T>(tenantId: string, work: (sql: Sql) => Promise<T>): Promise<T>;
	/** Single statements outside any tenant: calls of the cross-tenant functions, and tables without tenant data. */
	readonly system: Sql;
	/** A transaction outside any tenant. */
	transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
	/** Notifications of a channel (`LISTEN`), for any number of listeners on one connection of their own that (re)connects by itself. Never rejects: failures go to `onError`. */
	listen(channel: string, onNotify: (payload: string) => void): Promise<void>;
	poolUse(): PoolUse;
	close(): Promise<void>;
}

export function createDatabase(url: string, options: { maxConnections?: number; statementTimeoutMs?: number; onError?: (error: Error) => void } = {}): Database {
	const onError = options.onError ?? (() => undefined);
	const pool = new pg.Pool({ connectionString: url, max: options.maxConnections ?? 20, connectionTimeoutMillis: 10_000, statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS });
	// An idle client whose server went away: the pool drops it; without a listener the process would end.
	pool.on('error', onError);
	const listeners = new Map<string, Set<(payload: string) => void>>();
	let listening: Promise<void> | undefined;
	let listenClient: pg.Client | undefined;
	/** A client takes one statement at a time. */
	let asked: Promise<void> = Promise.resolve();
	let retry: NodeJS.Timeout | undefined;
	let closed = false;

	async function transaction<T>(tenantId: string | null, work: (sql: Sql) => Promise<T>): Promise<T> {
		const client = await pool.connect();
		// The server may go away between two statements, with no query there to fail: without a listener the process would end.
		client.on('error', onError);
		const release = (broken?: Error) => {
			client.off('error', onError);
			client.release(broken);
		};
		try {
			// In one round trip, which takes no parameters.
			await client.query(tenantId === null ? 'BEGIN' : `BEGIN; SELECT set_config('concierge.tenant_id', ${pg.escapeLiteral(tenantId)}, true)`);
			const result = await work(asSql(client));
			await client.query('COMMIT');
			release();
			return result;
		} catch (error) {
			// A connection that can't even roll back is broken: destroy it instead of returning it to the pool.
			await client.query('ROLLBACK').then(() => release(), release);
			throw error;
		}
	}

	async function connectListener(): Promise<void> {
		const client = new pg.Client({ connectionString: url });
		client.on('notification', ({ channel, payload }) => listeners.get(channel)?.forEach((onNotify) => onNotify(payload ?? '')));
		client.on('error', onError);
		client.on('end', () => {
			if (listenClient === client) listenClient = undefined;
			retryListening();
		});
		await client.connect();
		if (closed) {
			await client.end();
			return;
		}
		// Also those that are added meanwhile.
		for (const channel of listeners.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
		listenClient = client;
	}

	/** Whether a connection could not be made or was lost: one attempt at a time, a second apart. */
	function retryListening(): void {
		if (closed || retry) return;
		retry = setTimeout(() => {
			retry = undefined;
			void keepListening();
		}, RETRY_MS).unref();
	}

	async function keepListening(): Promise<void> {
		try {
			await connectListener();
		} catch (error) {
			onError(error instanceof Error ? error : new Error(String(error)));
			retryListening();
		}
	}

	return {
		withTenant: (tenantId, work) => transaction(tenantId, work),
		transaction: (work) => transaction(null, work),
		system: asSql(pool),
		async listen(channel, onNotify) {
			const known = listeners.get(channel);
			listeners.set(channel, (known ?? new Set()).add(onNotify));
			// Before the connection is there, it takes the channel up when it comes; a broken one is replaced.
			const client = listenClient;
			if (client) {
				asked = asked.then(() => client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)).then(() => undefined, onError);
				await asked;
			} else {
				await (listening ??= keepListening());
			}
		},
		poolUse: () => ({ inUse: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
		async close() {
			closed = true;
			clearTimeout(retry);
			await listening;
			await listenClient?.end();
			await pool.end();
		},
	};
}

function asSql(target: pg.Pool | pg.PoolClient): Sql {
	return {
		query: <Row extends QueryResultRow>(text: string, values?: readonly unknown[], name?: string) =>
			name === undefined
				? target.query<Row>(text, values === undefined ? undefined : [...values])
				: target.query<Row>({ name, text, values: [...(values ?? [])] }),
	};
}
