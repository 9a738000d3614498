import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RevisedMessage } from '../../provisioner/src/store/history/history.ts';
import { createMongoHistory, HISTORY_INDEXES } from '../../provisioner/src/store/history/mongo-history.ts';
import { createPostgresHistory } from '../../provisioner/src/store/history/postgres-history.ts';
import { chatHistoryContract } from '../contracts/chat-history.ts';
import { createTestDatabase } from '../database.ts';
import type { TestDatabase } from '../database.ts';
import { MONGODB, startTestMongo } from './mongodb.ts';
import type { TestMongo } from './mongodb.ts';

const TTL_DAYS = 30;
let db: TestDatabase;
let mongo: TestMongo;

beforeAll(async () => {
	[db, mongo] = await Promise.all([createTestDatabase(), startTestMongo()]);
});
afterAll(async () => {
	await db.close();
	await mongo.close();
});

/** By the statements that the gateway stores and revises messages with. */
const postgresClock = { now: new Date() };
chatHistoryContract({
	name: 'PostgreSQL',
	ttlDays: TTL_DAYS,
	clock: postgresClock,
	history: () => createPostgresHistory({ database: db.database, ttlDays: TTL_DAYS, now: () => postgresClock.now }),
	async append(messages) {
		for (const message of messages) {
			const { revision } = message;
			if (revision === 1) await storing(() => db.database.system.query('SELECT * FROM ingest_messages($1)', [JSON.stringify([inbound(message)])]));
			else await db.database.system.query('SELECT * FROM revise_message($1)', [JSON.stringify({ ...inbound(message), kind: 'edited', at: new Date(message.sentAt.getTime() + revision) })]);
		}
	},
	async erase({ tenantId, companyId, conversationId }) {
		if (conversationId !== undefined) await db.asOwner('DELETE FROM conversations WHERE tenant_id = $1 AND id = $2', [tenantId, conversationId]);
		else if (companyId !== undefined) await db.asOwner('DELETE FROM companies WHERE tenant_id = $1 AND id = $2', [tenantId, companyId]);
		else await db.asOwner('DELETE FROM tenants WHERE id = $1', [tenantId]);
	},
	async reset() {
		await db.asOwner('DELETE FROM tenants');
		for (const t of ['a', 'b']) {
			await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ($1, 'T', 't@t.example', '')`, [`ten_${t}`]);
			await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($2, $1, 'C', 'product')`, [`ten_${t}`, `com_${t}`]);
			await db.asOwner(`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, hook_token_hash, secrets) VALUES ($3, $1, $2, 'whatsapp', 'n', $3, $3, '')`, [`ten_${t}`, `com_${t}`, `con_${t}`]);
		}
	},
});

/** A message as the gateway gives it to the database. */
function inbound(message: RevisedMessage): object {
	return {
		connection_id: message.tenantId.replace('ten', 'con'), id: message.id, conversation_id: message.conversationId, turn_id: `trn_${message.id}_${message.revision}`, vendor_id: message.id,
		address: message.conversationId, address_kind: 'chat', phone: '', name: '', type: message.type, text: message.text, media: null, sent_at: message.sentAt, vendor_order: 0,
		quiet_ms: 60_000, max_wait_ms: 60_000, max_messages: 500, policy: 'supersede', flush: false, voice_wait_ms: 0, traceparent: '',
	};
}

/** Two at the same moment: the gateway stores the second one again, too. */
async function storing(work: () => Promise<unknown>): Promise<void> {
	for (;;) {
		try {
			await work();
			return;
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && (error.code === '40001' || error.code === '40P01'))) throw error;
		}
	}
}

const mongoClock = { now: new Date() };
const mongoHistory = () => createMongoHistory({ messages: mongo.mongo.collection('messages'), ttlDays: TTL_DAYS, now: () => mongoClock.now });
chatHistoryContract({
	name: MONGODB,
	ttlDays: TTL_DAYS,
	clock: mongoClock,
	history: mongoHistory,
	async append(messages) {
		expect(await mongoHistory().append(messages)).toEqual([]);
	},
	erase: (scope) => mongoHistory().erase(scope),
	reset: () => mongo.mongo.collection('messages').deleteMany({}),
});

describe('what MongoDB is asked', () => {
	const sentAt = new Date();
	beforeEach(() => mongo.mongo.collection('messages').deleteMany({}));
	const answer: RevisedMessage = {
		id: 'msg_1', tenantId: 'ten_a', companyId: 'com_a', conversationId: 'cnv_1', direction: 'out', author: 'assistant', type: 'image', text: 'Here', turnId: 'trn_1', sentAt, revision: 7,
	};

	test('an answer comes back as it was, and is held only as it is', async () => {
		mongoClock.now = sentAt;
		const history = mongoHistory();
		await history.append([answer]);
		const { revision: _revision, ...message } = answer;
		expect(await history.before({ tenantId: 'ten_a', conversationId: 'cnv_1' }, null, 5)).toEqual([message]);
		expect(await history.holds('ten_a', [message, { ...message, id: 'msg_2' }])).toEqual(new Set(['msg_1']));
		for (const change of [{ text: 'There' }, { turnId: null }, { conversationId: 'cnv_2' }, { sentAt: new Date(sentAt.getTime() + 1) }]) {
			expect(await history.holds('ten_a', [{ ...message, ...change }])).toEqual(new Set());
		}
		expect(await history.holds('ten_b', [message])).toEqual(new Set());
	});

	test('a shorter time to live counts at once, whatever a message was stored under', async () => {
		mongoClock.now = sentAt;
		await mongoHistory().append([answer]);
		mongoClock.now = new Date(sentAt.getTime() + 8 * 24 * 60 * 60_000);
		const shorter = createMongoHistory({ messages: mongo.mongo.collection('messages'), ttlDays: 7, now: () => mongoClock.now });
		expect(await shorter.before({ tenantId: 'ten_a', conversationId: 'cnv_1' }, null, 5)).toEqual([]);
	});

	test('indexes begin with the tenant, but for the one by which documents expire; making them again is nothing', async () => {
		const messages = mongo.mongo.collection('messages');
		await messages.createIndexes(HISTORY_INDEXES);
		await mongoHistory().prepare();
		expect(HISTORY_INDEXES.map(({ key }) => Object.keys(key)[0])).toEqual(['tenantId', 'expiresAt']);
	});

	test('every filter names the tenant, and every key begins with it', async ({ skip }) => {
		const { standIn } = mongo;
		if (standIn === null) return skip('the commands are seen at the stand-in only');
		mongoClock.now = sentAt;
		const history = mongoHistory();
		const before = standIn.commands.length;
		await history.append([answer]);
		await history.before({ tenantId: 'ten_a', conversationId: 'cnv_1' }, { sentAt, id: 'msg_9' }, 5);
		await history.placeOf({ tenantId: 'ten_a', conversationId: 'cnv_1' }, 'msg_1');
		await history.holds('ten_a', [answer]);
		await history.erase({ tenantId: 'ten_a', companyId: 'com_a', conversationId: 'cnv_1' });
		const asked = standIn.commands.slice(before).filter(({ name }) => name !== 'createIndexes');
		expect(asked.map(({ name }) => name)).toEqual(['update', 'find', 'find', 'find', 'delete']);
		for (const { command } of asked) {
			const filters = [command['filter'], ...((command['updates'] ?? command['deletes'] ?? []) as { q: unknown }[]).map(({ q }) => q)].filter((filter) => filter !== undefined);
			expect(filters.length).toBeGreaterThan(0);
			for (const filter of filters) expect(filter).toMatchObject({ tenantId: 'ten_a' });
		}
		const ids = [...JSON.stringify(asked).matchAll(/"_id":"([^"]+)"/g)].map(([, id]) => id);
		expect(ids.length).toBeGreaterThan(1);
		for (const id of ids) expect(id).toMatch(/^ten_a\//);
	});

	test('what has expired leaves with the server’s sweep', async ({ skip }) => {
		const { standIn } = mongo;
		if (standIn === null) return skip('a real server sweeps when it likes');
		mongoClock.now = sentAt;
		await mongoHistory().append([answer]);
		expect(standIn.sweep(new Date(sentAt.getTime() + TTL_DAYS * 24 * 60 * 60_000 - 1))).toBe(0);
		expect(standIn.sweep(new Date(sentAt.getTime() + TTL_DAYS * 24 * 60 * 60_000))).toBe(1);
	});
});
