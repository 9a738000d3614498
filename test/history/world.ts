import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createConversations } from '../../provisioner/src/features/conversations/conversations.ts';
import { createHistory } from '../../provisioner/src/features/history/history.ts';
import type { History, HistoryDeps } from '../../provisioner/src/features/history/history.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { DAY_MS } from '../../provisioner/src/store/history/history.ts';
import type { HistoryArchive } from '../../provisioner/src/store/history/history.ts';
import { createMongoHistory, HISTORY_COLLECTION } from '../../provisioner/src/store/history/mongo-history.ts';
import { readQueues } from '../../provisioner/src/telemetry/queues.ts';
import { MASTER_KEY, startTestApi } from '../../provisioner/src/testing/api.ts';
import type { Json, TestApi } from '../../provisioner/src/testing/api.ts';
import { createBusiness } from '../../provisioner/src/testing/business.ts';
import type { Business } from '../../provisioner/src/testing/business.ts';
import { startGateway } from '../../provisioner/src/testing/gateway.ts';
import type { TestGateway } from '../../provisioner/src/testing/gateway.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createMongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import type { Mongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import { startMongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import type { MongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

export const TTL_DAYS = 365;
export const ANA = '34699111222@c.us';

/**
 * A gateway, the conversations' API and chat history over PostgreSQL and a MongoDB stand-in, because that can be told to fail. Not verified against
 * mongod; what is stored and read there is (chat-history.integration.test.ts). Empty and switched off before each test of the file.
 */
export function useHistory() {
	let db: TestDatabase;
	let business: Business;
	let standIn: MongoStandIn;
	let mongo: Mongo;
	let gateway: TestGateway;
	let api: TestApi;
	let key: string;
	let archive: HistoryArchive;
	let history: History;
	let lines: Record<string, unknown>[];
	const started: History[] = [];

	beforeAll(async () => {
		[db, standIn] = await Promise.all([createTestDatabase(), startMongoStandIn()]);
		business = await createBusiness(db, 'a', { quietMs: 60_000, maxWaitMs: 60_000 });
		mongo = createMongo(standIn.url, { selectTimeoutMs: 500, socketTimeoutMs: 1_000 });
		gateway = await startGateway(db, business, { schedule: false });
		key = (await db.database.withTenant(business.tenantId, (sql) => createKeys({ database: db.database, masterKey: MASTER_KEY }).createTenantKey(sql, business.tenantId, { label: 'test' }))).secret;
		const messages: History['messages'] = { before: (...given) => history.messages.before(...given), placeOf: (...given) => history.messages.placeOf(...given) };
		api = await startTestApi({ database: db.database, endpoints: createConversations({ database: db.database, history: messages }).endpoints });
	});
	afterAll(async () => {
		await api.close();
		await gateway.stop();
		await mongo.close();
		await standIn.close();
		await db.close();
	});
	beforeEach(async () => {
		standIn.reset();
		await comeBack();
		await db.database.system.query('SELECT set_history_copying(false)');
		await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, history_outgoing, history_erasures CASCADE');
		await db.asOwner(`UPDATE history_walks SET next_at = '-infinity'`);
		archive = archiveOf(mongo);
		history = historyWith({});
	});
	afterEach(async () => {
		await Promise.all(started.splice(0).map((one) => one.stop()));
	});

	const archiveOf = (at: Mongo): HistoryArchive => createMongoHistory({ messages: at.collection(HISTORY_COLLECTION), ttlDays: TTL_DAYS, now: () => new Date() });
	/** One process; the API reads what the last one that was made reads. */
	function historyWith(change: Partial<HistoryDeps>): History {
		const test = createTestLog();
		lines = test.lines;
		history = createHistory({ database: db.database, archive, ttlDays: TTL_DAYS, now: () => new Date(), log: test.log, walkEveryMs: DAY_MS, firstRetryMs: 20, eraseAgainMs: 20, ...change });
		return history;
	}
	/** Ended after the test. */
	function run(one: History): History {
		one.start();
		started.push(one);
		return one;
	}
	/** Once it copies; it walks only when it is asked to. */
	async function start(one = history): Promise<History> {
		await db.asOwner(`UPDATE history_walks SET next_at = 'infinity'`);
		run(one);
		await until('messages are copied', copying);
		return one;
	}

	/** MongoDB answers again, and the driver knows. */
	async function comeBack(): Promise<void> {
		standIn.refuse(false);
		await until('MongoDB answers', () => mongo.answers());
	}

	const copying = async () => (await db.asOwner(`SELECT 1 FROM pg_trigger WHERE tgname = 'history_added'`)).length === 1;
	const write = async (id: string, body: string, from = ANA) => expect(await gateway.write(business, { id, body, from })).toBe(200);
	const conversationOf = async (from = ANA) => {
		const [row] = await db.asOwner<{ id: string }>('SELECT id FROM conversations WHERE chat_id = $1', [from]);
		return { tenantId: business.tenantId, conversationId: row?.id ?? '' };
	};
	const textsIn = async (reader: Pick<HistoryArchive, 'before'>, from = ANA) => (await reader.before(await conversationOf(from), null, 200)).map(({ text }) => text).toReversed();
	const copied = async (...texts: string[]) => await until(`MongoDB has ${texts.join(', ')}`, async () => JSON.stringify(await textsIn(archive)) === JSON.stringify(texts));
	/** Depth by state. */
	const queue = async () => Object.fromEntries((await readQueues(db.database)).filter(({ queue: name }) => name === 'history').map(({ state, depth }) => [state, depth]));
	const allCopied = async () =>
		await until('the queue is empty', async () => {
			const { waiting, retrying } = await queue();
			return waiting === 0 && retrying === 0;
		}, 20_000);
	/** In PostgreSQL, oldest first. */
	const stored = async () => (await db.asOwner<{ text: string }>('SELECT text FROM messages ORDER BY sent_at, id')).map(({ text }) => text);

	/** Messages of so many days ago, a millisecond apart, as msg_<text>. They are queued like any other when messages are. */
	async function old(days: number, texts: readonly string[], from = ANA): Promise<void> {
		const { conversationId } = await conversationOf(from);
		await db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, author, sent_at)
			 SELECT 'msg_' || x.text, $1, $2, $3, 'out', x.text, x.text, 'assistant', now() - make_interval(days => $4) + make_interval(secs => (x.n - cardinality($5::text[])) / 1000.0)
			 FROM unnest($5::text[]) WITH ORDINALITY AS x (text, n)`,
			[business.tenantId, conversationId, business.whatsapp.id, days, texts],
		);
	}
	async function list(query = ''): Promise<{ status: number; texts: unknown[]; body: Json }> {
		const { status, body } = await api.call('GET', `/v1/conversations/${(await conversationOf()).conversationId}/messages${query}`, { key });
		return { status, texts: (body.data ?? []).map(({ text }) => text), body };
	}

	return {
		get db() { return db; },
		get business() { return business; },
		get standIn() { return standIn; },
		get gateway() { return gateway; },
		get archive() { return archive; },
		set archive(other: HistoryArchive) { archive = other; },
		get history() { return history; },
		get lines() { return lines; },
		archiveOf, historyWith, run, start, comeBack, copying, write, conversationOf, textsIn, copied, queue, allCopied, stored, old, list,
	};
}

export const numbered = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(3, '0')}`);
