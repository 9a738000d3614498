import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConversations } from '../../provisioner/src/features/conversations/conversations.ts';
import { createHistory } from '../../provisioner/src/features/history/history.ts';
import type { History, HistoryDeps } from '../../provisioner/src/features/history/history.ts';
import { DAY_MS } from '../../provisioner/src/store/history/history.ts';
import type { HistoryArchive } from '../../provisioner/src/store/history/history.ts';
import { createMongoHistory, HISTORY_COLLECTION } from '../../provisioner/src/store/history/mongo-history.ts';
import { readQueues } from '../../provisioner/src/telemetry/queues.ts';
import { startTestApi } from '../../provisioner/src/testing/api.ts';
import type { Json, TestApi } from '../../provisioner/src/testing/api.ts';
import { createBusiness, wahaDelivery, wahaSignature } from '../../provisioner/src/testing/business.ts';
import type { Business } from '../../provisioner/src/testing/business.ts';
import { startGateway } from '../../provisioner/src/testing/gateway.ts';
import type { TestGateway } from '../../provisioner/src/testing/gateway.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { MASTER_KEY } from '../../provisioner/src/testing/api.ts';
import { createMongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import type { Mongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import { startMongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import type { MongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';

// On the stand-in, because it can be told to fail. Not verified against mongod; what is stored and read there is (chat-history.integration.test.ts).
const TTL_DAYS = 365;
const PASSWORD = 'hunter2-of-the-test';
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
	standIn.refuse(false);
	standIn.reset();
	await until('the stand-in answers', () => mongo.answers());
	await db.database.system.query('SELECT set_history_copying(false)');
	await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, history_outgoing, history_erasures CASCADE');
	await db.asOwner(`UPDATE history_walks SET next_at = '-infinity'`);
	archive = createMongoHistory({ messages: mongo.collection(HISTORY_COLLECTION), ttlDays: TTL_DAYS, now: () => new Date() });
	history = historyWith({});
});
afterEach(async () => {
	await Promise.all(started.splice(0).map((one) => one.stop()));
});

/** One process; its walk only when it is asked for. */
function historyWith(change: Partial<HistoryDeps>): History {
	const test = createTestLog();
	lines = test.lines;
	return createHistory({ database: db.database, archive, ttlDays: TTL_DAYS, now: () => new Date(), log: test.log, walkEveryMs: DAY_MS, firstRetryMs: 20, eraseAgainMs: 20, ...change });
}
async function start(one = history): Promise<History> {
	await db.asOwner(`UPDATE history_walks SET next_at = 'infinity'`);
	one.start();
	started.push(one);
	await until('messages are copied', copying);
	return one;
}

const copying = async () => (await db.asOwner(`SELECT 1 FROM pg_trigger WHERE tgname = 'history_added'`)).length === 1;
const ANA = '34699111222@c.us';
const write = async (id: string, body: string, from = ANA) => expect(await gateway.write(business, { id, body, from })).toBe(200);
const conversationOf = async (from = ANA) => {
	const [row] = await db.asOwner<{ id: string }>('SELECT id FROM conversations WHERE chat_id = $1', [from]);
	return { tenantId: business.tenantId, conversationId: row?.id ?? '' };
};
const textsIn = async (reader: Pick<HistoryArchive, 'before'>, from = ANA) => (await reader.before(await conversationOf(from), null, 200)).map(({ text }) => text).toReversed();
const copied = async (...texts: string[]) => await until(`MongoDB has ${texts.join(', ')}`, async () => JSON.stringify(await textsIn(archive)) === JSON.stringify(texts));
const queues = async () => Object.fromEntries((await readQueues(db.database)).filter(({ queue }) => queue === 'history').map(({ state, depth }) => [state, depth]));
const stored = async () => (await db.asOwner<{ text: string }>('SELECT text FROM messages ORDER BY sent_at, id')).map(({ text }) => text);

/** Messages of so many days ago, a millisecond apart. They are queued like any other when messages are. */
async function old(days: number, texts: readonly string[], from = ANA): Promise<void> {
	const { conversationId } = await conversationOf(from);
	await db.asOwner(
		`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, author, sent_at)
		 SELECT 'msg_' || x.text, $1, $2, $3, 'out', x.text, x.text, 'assistant', now() - make_interval(days => $4) + make_interval(secs => (x.n - cardinality($5::text[])) / 1000.0) FROM unnest($5::text[]) WITH ORDINALITY AS x (text, n)`,
		[business.tenantId, conversationId, business.whatsapp.id, days, texts],
	);
}
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${String(n).padStart(3, '0')}`);
async function list(query = ''): Promise<{ status: number; texts: unknown[]; body: Json }> {
	const { status, body } = await api.call('GET', `/v1/conversations/${(await conversationOf()).conversationId}/messages${query}`, { key });
	return { status, texts: (body.data ?? []).map(({ text }) => text), body };
}

describe('copying to MongoDB', () => {
	test('without it nothing is queued, and no trigger stands at the tables', async () => {
		await write('M1', 'one');
		expect(await queues()).toEqual({ waiting: 0, retrying: 0, erasing: 0 });
		expect(await copying()).toBe(false);
		expect(await db.asOwner(`SELECT tgname FROM pg_trigger WHERE tgrelid = 'messages'::regclass AND NOT tgisinternal AND tgname LIKE 'history%'`)).toEqual([]);
	});

	test('messages, edits and deletions arrive as they come, answers too', async () => {
		await start();
		await write('M1', 'one');
		await write('M2', 'two');
		await copied('one', 'two');
		const edit = wahaDelivery({ id: 'E1', event: 'message.edited', change: { id: `false_${ANA}_E1`, body: 'two, better', editedMessageId: 'M2' } });
		expect((await gateway.post(business.whatsapp.path, edit, wahaSignature(edit))).status).toBe(200);
		await copied('one', 'two, better');
		const { conversationId, tenantId } = await conversationOf();
		await db.asOwner(
			`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, kind, text, idempotency_key, state) VALUES ('out_1', $1, $2, $3, 'text', 'an answer', 'k', 'sending')`,
			[tenantId, business.whatsapp.id, conversationId],
		);
		await db.database.system.query(`SELECT outbox_sent_many('[{"id":"out_1","message_id":"msg_out","vendor_message_id":"V1"}]')`);
		await copied('one', 'two, better', 'an answer');
		expect(await archive.before(await conversationOf(), null, 1)).toMatchObject([{ id: 'msg_out', direction: 'out', author: 'assistant', companyId: business.companyId }]);
		await until('the queue is empty', async () => (await queues())['waiting'] === 0);
	});

	test('what changes nothing that history shows is not copied again', async () => {
		await start();
		await write('M1', 'one');
		await copied('one');
		await until('the queue is empty', async () => (await queues())['waiting'] === 0);
		await history.stop();
		await db.asOwner('UPDATE messages SET transcript_attempts = transcript_attempts + 1');
		expect(await queues()).toMatchObject({ waiting: 0 });
		await db.asOwner(`UPDATE messages SET text = 'changed'`);
		expect(await queues()).toMatchObject({ waiting: 1 });
	});

	test('while it is away messages are acknowledged and wait, which shows; with it back all of them arrive, once', async () => {
		await start();
		await write('M1', 'one');
		await copied('one');
		standIn.refuse(true);
		await write('M2', 'two');
		await write('M3', 'three');
		await until('it is tried again', async () => (await queues())['retrying'] === 2);
		expect(await stored()).toEqual(['one', 'two', 'three']);
		standIn.refuse(false);
		await copied('one', 'two', 'three');
		await until('the queue is empty', async () => (await queues())['retrying'] === 0);
		expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['chat history: not copied; it waits in the queue', 'chat history: MongoDB answers again']));
	});

	test('a write whose answer was lost is repeated and changes nothing', async () => {
		standIn.fail({ command: 'update', mode: 'drop_answer', count: 1 });
		await start();
		await write('M1', 'one');
		await until('the queue is empty', async () => (await queues())['retrying'] === 0 && (await queues())['waiting'] === 0 && (await textsIn(archive)).length > 0);
		expect(await textsIn(archive)).toEqual(['one']);
		expect(standIn.commands.filter(({ name }) => name === 'update').length).toBeGreaterThan(1);
	});

	test('one process that ends with a claim leaves it to another', async () => {
		await start();
		await history.stop();
		await write('M1', 'one');
		// Claimed and never settled: the process was killed.
		expect((await db.database.system.query('SELECT * FROM claim_history(10, 50)')).rowCount).toBe(1);
		await start(historyWith({}));
		await copied('one');
	});

	test('two processes copy a flood between them, none twice at a time', async () => {
		await start();
		await start(historyWith({}));
		await write('M0', 'start');
		const texts = numbered('f', 1_500);
		await old(1, texts);
		await until('all are there', async () => (await queues())['waiting'] === 0, 20_000);
		expect(new Set((await archive.before(await conversationOf(), null, 2_000)).map(({ text }) => text))).toEqual(new Set([...texts, 'start']));
	});
});

describe('old messages', () => {
	test('move once MongoDB holds them, the last 20 with words and what is young stay, and the API reads both as one', async () => {
		await start();
		await write('M1', 'today');
		const [ancient, kept] = [numbered('a', 30), numbered('k', 20)];
		await old(100, ancient);
		await old(40, kept);
		await until('all are copied', async () => (await queues())['waiting'] === 0);
		expect(await history.walk()).toEqual({ expired: 0, moved: 30, queued: 0 });
		expect(await stored()).toEqual([...kept, 'today']);
		expect(await history.walk()).toEqual({ expired: 0, moved: 0, queued: 0 });
		const newestFirst = [...ancient, ...kept, 'today'].toReversed();
		expect((await list('?limit=100')).texts).toEqual(newestFirst);
		for (const limit of [7, 21]) {
			const found: unknown[] = [];
			for (let after = ''; ; ) {
				const { texts, body } = await list(`?limit=${limit}${after}`);
				found.push(...texts);
				if (body['has_more'] !== true) break;
				after = `&starting_after=${body.data?.at(-1)?.id ?? ''}`;
			}
			expect(found).toEqual(newestFirst);
		}
	});

	test('that MongoDB lacks, or has otherwise, stay: they are queued, and move with a later walk', async () => {
		await write('M1', 'today');
		const [ancient, kept] = [numbered('a', 5), numbered('k', 20)];
		// Before MongoDB was there.
		await old(100, ancient);
		await old(40, kept);
		await start();
		expect(await history.walk()).toEqual({ expired: 0, moved: 0, queued: 5 });
		await until('they are copied', async () => (await queues())['waiting'] === 0);
		await history.stop();
		await db.asOwner(`UPDATE messages SET text = 'changed unseen' WHERE id = 'msg_a003'`);
		await db.asOwner('DELETE FROM history_outgoing');
		const again = await start(historyWith({}));
		expect(await again.walk()).toEqual({ expired: 0, moved: 4, queued: 1 });
		expect(await stored()).toEqual(['changed unseen', ...kept, 'today']);
	});

	test('of a turn that may still be delivered stay', async () => {
		await start();
		await write('M1', 'today');
		await old(100, ['a1', 'a2']);
		await old(40, numbered('k', 20));
		await db.asOwner(`UPDATE messages SET turn_id = t.id FROM turns t WHERE messages.id = 'msg_a1'`);
		await until('all are copied', async () => (await queues())['waiting'] === 0);
		for (const state of ['collecting', 'dead']) {
			await db.asOwner('UPDATE turns SET state = $1', [state]);
			await history.walk();
			expect((await stored())[0]).toBe('a1');
		}
		expect(await stored()).not.toContain('a2');
		await db.asOwner(`UPDATE turns SET state = 'done'`);
		await history.walk();
		expect(await stored()).not.toContain('a1');
	});

	test('with MongoDB away the latest are listed all the same, the walk moves nothing, and what is only there is a 502 that says so', async () => {
		await start();
		await write('M1', 'today');
		await old(100, numbered('a', 5));
		await old(40, numbered('k', 20));
		await until('all are copied', async () => (await queues())['waiting'] === 0);
		await history.walk();
		await old(90, ['late']);
		standIn.refuse(true);
		expect((await list('?limit=15')).texts).toHaveLength(15);
		const failed = await list('?limit=50');
		expect(failed).toMatchObject({ status: 502, body: { code: expect.stringMatching(/^mongodb_/) } });
		expect((await list('?starting_after=msg_a003')).status).toBe(502);
		await old(95, ['later']);
		expect(await history.walk()).toEqual({ expired: 0, moved: 0, queued: 0 });
		expect(await stored()).toContain('late');
	});
});

describe('what has expired', () => {
	test('is deleted by the walk, in PostgreSQL alone too, and listed by nobody before', async () => {
		history = historyWith({ archive: null });
		await write('M1', 'today');
		await old(TTL_DAYS, ['x1', 'x2']);
		await old(TTL_DAYS - 1, ['almost']);
		expect((await list()).texts).toEqual(['today', 'almost']);
		expect((await list('?starting_after=msg_x2')).texts).toEqual([]);
		expect(await stored()).toContain('x1');
		expect(await history.walk()).toEqual({ expired: 2, moved: 0, queued: 0 });
		expect(await stored()).toEqual(['almost', 'today']);
	});

	test('many of one conversation, over many conversations', async () => {
		history = historyWith({ archive: null });
		await write('M1', 'today');
		await old(TTL_DAYS + 1, numbered('x', 2_500));
		await db.asOwner(
			`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) SELECT 'cnv_' || lpad(n::text, 5, '0'), $1, $2, $3, n::text FROM generate_series(1, 2500) n`,
			[business.tenantId, business.companyId, business.whatsapp.id],
		);
		await db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, sent_at)
			 SELECT 'msg_of_' || id, tenant_id, id, connection_id, 'in', id, 'old', now() - interval '400 days' FROM conversations WHERE id LIKE 'cnv_02%'`,
		);
		expect(await history.walk()).toEqual({ expired: 2_500 + 501, moved: 0, queued: 0 });
		expect(await stored()).toEqual(['today']);
	});

	test('one process at a time walks, when it is due', async () => {
		await write('M1', 'today');
		await old(TTL_DAYS + 1, ['x1']);
		const both = [historyWith({ archive: null }), historyWith({ archive: null })];
		for (const one of both) one.start();
		started.push(...both);
		await until('it is gone', async () => (await stored()).length === 1);
		await old(TTL_DAYS + 1, ['x2']);
		expect(await db.asOwner(`SELECT next_at > now() + interval '23 hours' AS later FROM history_walks`)).toEqual([{ later: true }]);
	});
});

describe('what is deleted', () => {
	test('a conversation leaves MongoDB too, also what was on its way there, and while it is away the wish is kept', async () => {
		await start();
		await write('M1', 'one');
		await write('B1', 'of another', '34600000001@c.us');
		await copied('one');
		const gone = await conversationOf();
		standIn.refuse(true);
		await db.asOwner('DELETE FROM conversations WHERE id = $1', [gone.conversationId]);
		await until('it is tried', async () => (await db.asOwner('SELECT 1 FROM history_erasures WHERE failures > 0')).length > 0);
		expect(await queues()).toMatchObject({ erasing: 1 });
		standIn.refuse(false);
		await until('it is forgotten', async () => (await archive.before(gone, null, 5)).length === 0);
		// A copy that was claimed before the deletion and arrives after the first erasure.
		await archive.append([{ id: 'msg_late', ...gone, companyId: business.companyId, direction: 'in', author: 'customer', type: 'text', text: 'late', turnId: null, sentAt: new Date(), revision: 1 }]);
		await until('that, too', async () => (await archive.before(gone, null, 5)).length === 0 && (await db.asOwner('SELECT 1 FROM history_erasures')).length === 0);
		expect(await textsIn(archive, '34600000001@c.us')).toEqual(['of another']);
	});

	test('a tenant: told in the report, and not before MongoDB has forgotten it', async () => {
		await start();
		await write('M1', 'one');
		await copied('one');
		const gone = await conversationOf();
		standIn.refuse(true);
		await expect(history.removeOfTenant(business.tenantId)).rejects.toMatchObject({ code: expect.stringMatching(/^mongodb_/) });
		standIn.refuse(false);
		expect(await until('it answers', () => history.removeOfTenant(business.tenantId).catch(() => undefined))).toEqual([{ type: 'chat_history', id: business.tenantId, name: '', outcome: 'removed' }]);
		expect(await archive.before(gone, null, 5)).toEqual([]);
		expect(await historyWith({ archive: null }).removeOfTenant(business.tenantId)).toEqual([]);
	});

	test('another tenant can neither see nor touch what waits', async () => {
		await start();
		await history.stop();
		await write('M1', 'one');
		await db.asOwner(`INSERT INTO history_erasures (tenant_id) VALUES ($1)`, [business.tenantId]);
		for (const [tenant, count] of [['ten_other', 0], [business.tenantId, 1]] as const) {
			for (const table of ['history_outgoing', 'history_erasures']) {
				expect((await db.database.withTenant(tenant, (sql) => sql.query(`SELECT 1 FROM ${table}`))).rowCount).toBe(count);
			}
		}
		await expect(db.database.withTenant('ten_other', (sql) => sql.query(`INSERT INTO history_erasures (tenant_id) VALUES ($1)`, [business.tenantId]))).rejects.toThrow(/row-level security/);
	});
});

describe('switching', () => {
	test('off, the queue ends and messages stay in PostgreSQL; on again, nothing is lost', async () => {
		await start();
		standIn.refuse(true);
		await write('M1', 'one');
		await history.stop();
		const without = historyWith({ archive: null });
		without.start();
		started.push(without);
		await until('nothing is copied', async () => !(await copying()));
		await write('M2', 'two');
		expect(await queues()).toMatchObject({ waiting: 0, retrying: 0 });
		expect(await textsIn(without.messages)).toEqual(['one', 'two']);
	});

	test('neither the address nor the password of MongoDB is in a log or an error', async () => {
		const port = new URL(standIn.url).port;
		for (const uri of [`mongodb://ana:${PASSWORD}@127.0.0.1:${port}/x`, `mongodb://ana:${PASSWORD}@127.0.0.1:1/x`]) {
			const secret = createMongo(uri, { selectTimeoutMs: 300 });
			archive = createMongoHistory({ messages: secret.collection(HISTORY_COLLECTION), ttlDays: TTL_DAYS, now: () => new Date() });
			history = historyWith({});
			await start();
			await write(`M${uri.length}`, 'one');
			await until('it failed', async () => (await queues())['retrying'] !== 0);
			const error: unknown = await archive.before(await conversationOf(), null, 1).catch((reason: unknown) => reason);
			expect(error).toMatchObject({ code: expect.stringMatching(/^mongodb_(refused|unreachable)$/) });
			await history.stop();
			expect(await secret.answers()).toBe(false);
			await secret.close();
			expect(lines.length).toBeGreaterThan(0);
			expect(JSON.stringify([lines, error, String(error), error instanceof Error ? error.stack : ''])).not.toContain(PASSWORD);
		}
		expect(() => createMongo(`mongodb://ana:${PASSWORD}@[not-a-host`)).toThrow(/MONGODB_URI/);
		expect(() => createMongo(`mongodb://ana:${PASSWORD}@[not-a-host`)).not.toThrow(new RegExp(PASSWORD));
	});
});
