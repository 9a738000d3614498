import { connect } from 'node:net';
import type { Collection, Document } from 'mongodb';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startMongoStandIn } from './server.ts';
import type { MongoStandIn } from './server.ts';

interface Note extends Document {
	_id: string;
	n?: number;
}

/** The vendor's own driver. */
let server: MongoStandIn;
let client: MongoClient;
let notes: Collection<Note>;

beforeAll(async () => {
	server = await startMongoStandIn();
	client = new MongoClient(server.url, { serverSelectionTimeoutMS: 2_000, heartbeatFrequencyMS: 500 });
	notes = client.db('test').collection<Note>('notes');
});
afterAll(async () => {
	await client.close();
	await server.close();
});
beforeEach(() => server.reset());

const idsOf = (found: readonly Note[]) => found.map(({ _id: id }) => id).join(' ');
const find = async (filter: Document) => idsOf(await notes.find(filter).sort({ _id: 1 }).toArray());

describe('the MongoDB stand-in, driven by the official driver', () => {
	it('greets, answers a ping, and says what it is', async () => {
		expect(await client.db('admin').command({ ping: 1 })).toEqual({ ok: 1 });
		expect(await client.db('admin').command({ hello: 1 })).toMatchObject({ isWritablePrimary: true, maxBsonObjectSize: 16_777_216, ok: 1 });
	});

	it('keeps documents whole, and an _id once', async () => {
		const note = { _id: 'a', text: '👩‍👩‍👧 שלום \u0000', at: new Date(1_700_000_000_123), big: 2 ** 40, part: 1.5, none: null, deep: { yes: true, list: [1, 'b'] } };
		await notes.insertOne(note);
		expect(await notes.findOne({ _id: 'a' })).toEqual(note);
		await expect(notes.insertOne({ _id: 'a' })).rejects.toMatchObject({ code: 11_000 });
		await expect(notes.insertMany([{ _id: 'b' }, { _id: 'a' }, { _id: 'c' }], { ordered: false })).rejects.toMatchObject({ code: 11_000, result: { insertedCount: 2 } });
		expect(await find({})).toBe('a b c');
	});

	it('filters by what is asked, by type, and over missing fields', async () => {
		await notes.insertMany([{ _id: 'a', n: 1 }, { _id: 'b', n: 2 }, { _id: 'c', n: 3, at: new Date(5) }, { _id: 'd' }]);
		expect(await find({ n: { $gt: 1, $lte: 3 } })).toBe('b c');
		expect(await find({ n: { $gte: 2, $lt: 3 } })).toBe('b');
		expect(await find({ $or: [{ n: 1 }, { at: { $lt: new Date(6) } }] })).toBe('a c');
		expect(await find({ $and: [{ n: { $in: [1, 2] } }, { _id: { $ne: 'a' } }] })).toBe('b');
		expect(await find({ n: null })).toBe('d');
		expect(await find({ n: { $nin: [1, 2] } })).toBe('c d');
		expect(await find({ n: { $exists: false } })).toBe('d');
		expect(await find({ n: { $gt: 'a' } })).toBe('');
		expect(await find({ at: { $gt: 1 } })).toBe('');
	});

	it('sorts by several fields and stops at a limit, also over many batches', async () => {
		await notes.insertMany(Array.from({ length: 250 }, (_, n) => ({ _id: `id${String(n).padStart(3, '0')}`, n: n % 2 })));
		const found = await notes.find({}).sort({ n: -1, _id: 1 }).limit(200).batchSize(30).toArray();
		expect(found).toHaveLength(200);
		expect(idsOf(found.slice(0, 2))).toBe('id001 id003');
		expect(idsOf(found.slice(124, 126))).toBe('id249 id000');
		expect(server.commands.filter(({ name }) => name === 'getMore').length).toBeGreaterThan(4);
	});

	it('ends a cursor that nobody reads on', async () => {
		await notes.insertMany(Array.from({ length: 10 }, (_, n) => ({ _id: String(n) })));
		const cursor = notes.find({}).batchSize(2);
		await cursor.next();
		await cursor.close();
		expect(server.commands.at(-1)).toMatchObject({ name: 'killCursors' });
		await expect(client.db('test').command({ getMore: 1_000, collection: 'notes' })).rejects.toMatchObject({ codeName: 'CursorNotFound' });
	});

	it('takes bulk writes as document sequences, and tells what came of each', async () => {
		await notes.insertOne({ _id: 'new', n: 9 });
		const replace = (id: string, n: number) => ({ replaceOne: { filter: { _id: id, n: { $lt: n } }, replacement: { n }, upsert: true } });
		const error: unknown = await notes.bulkWrite([replace('a', 1), replace('new', 5), replace('b', 2)], { ordered: false }).catch((reason: unknown) => reason);
		// Found by its id and too new for the filter: the upsert meets the id.
		expect(error).toMatchObject({ code: 11_000, writeErrors: [{ index: 1, code: 11_000 }], result: { upsertedCount: 2 } });
		expect(await notes.bulkWrite([replace('a', 7), { updateOne: { filter: { _id: 'b' }, update: { $set: { m: 1 }, $unset: { n: 1 } } } }, { deleteOne: { filter: { _id: 'new' } } }])).toMatchObject({ modifiedCount: 2, deletedCount: 1 });
		expect(await notes.find({}).sort({ _id: 1 }).toArray()).toEqual([{ _id: 'a', n: 7 }, { _id: 'b', m: 1 }]);
	});

	it('updates one or many, and upserts what the filter says', async () => {
		await notes.insertMany([{ _id: 'a', n: 1 }, { _id: 'b', n: 1 }]);
		expect(await notes.updateMany({ n: 1 }, { $set: { n: 2 } })).toMatchObject({ matchedCount: 2, modifiedCount: 2 });
		expect(await notes.updateOne({ n: 2 }, { $set: { n: 2 } })).toMatchObject({ matchedCount: 1, modifiedCount: 0 });
		expect(await notes.updateOne({ _id: 'c' }, { $set: { n: 3 }, $setOnInsert: { made: true } }, { upsert: true })).toMatchObject({ upsertedId: 'c' });
		expect(await notes.findOne({ _id: 'c' })).toEqual({ _id: 'c', n: 3, made: true });
		await expect(notes.updateOne({ _id: 'c' }, { $set: { _id: 'd' } })).rejects.toMatchObject({ code: 66 });
		expect(await notes.deleteMany({ n: 2 })).toMatchObject({ deletedCount: 2 });
	});

	it('makes indexes once, shows them, and refuses another under the same key or name', async () => {
		const make = () => notes.createIndexes([{ key: { tenantId: 1, at: -1 }, name: 'by_time' }, { key: { expiresAt: 1 }, name: 'ttl', expireAfterSeconds: 0 }]);
		await expect(notes.indexes()).rejects.toMatchObject({ codeName: 'NamespaceNotFound' });
		expect(await make()).toEqual(['by_time', 'ttl']);
		await make();
		expect(await notes.indexes()).toEqual([{ v: 2, key: { _id: 1 }, name: '_id_' }, { v: 2, key: { tenantId: 1, at: -1 }, name: 'by_time' }, { v: 2, key: { expiresAt: 1 }, name: 'ttl', expireAfterSeconds: 0 }]);
		await expect(notes.createIndex({ expiresAt: 1 }, { name: 'ttl', expireAfterSeconds: 60 })).rejects.toMatchObject({ codeName: 'IndexOptionsConflict' });
		await expect(notes.createIndex({ other: 1 }, { name: 'ttl' })).rejects.toMatchObject({ codeName: 'IndexKeySpecsConflict' });
		await expect(notes.createIndex({ a: 1, b: 1 }, { expireAfterSeconds: 1 })).rejects.toMatchObject({ codeName: 'CannotCreateIndex' });
	});

	it('sweeps what has expired when it is told to, and not by itself', async () => {
		await notes.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 10 });
		await notes.insertMany([{ _id: 'old', expiresAt: new Date(1_000) }, { _id: 'new', expiresAt: new Date(50_000) }, { _id: 'never' }]);
		expect(server.sweep(new Date(10_999))).toBe(0);
		expect(await find({})).toBe('never new old');
		expect(server.sweep(new Date(11_000))).toBe(1);
		expect(await find({})).toBe('never new');
	});

	it('drops a database, and no other', async () => {
		await notes.insertOne({ _id: 'a' });
		await client.db('test2').collection<Note>('notes').insertOne({ _id: 'b' });
		await client.db('test').dropDatabase();
		expect([await find({}), await client.db('test2').collection('notes').find({}).toArray()]).toEqual(['', [{ _id: 'b' }]]);
	});

	it.each<[what: string, work: () => Promise<unknown>]>([
		['an operator', () => notes.find({ name: { $regex: 'a' } }).toArray()],
		['a top-level operator', () => notes.find({ $nor: [{ n: 1 }] }).toArray()],
		['an operator in a branch of another', () => notes.find({ $or: [{ n: 1 }, { n: { $mod: [2, 0] } }] }).toArray()],
		['an option', () => notes.find({}, { skip: 1 }).toArray()],
		['a projection', () => notes.find({}, { projection: { n: 1 } }).toArray()],
		['a modifier', () => notes.updateOne({ _id: 'a' }, { $inc: { n: 1 } })],
		['a pipeline', () => notes.updateOne({ _id: 'a' }, [{ $set: { n: 1 } }])],
		['an option of an index', () => notes.createIndex({ n: 1 }, { unique: true })],
		['a command', () => client.db('test').command({ aggregate: 'notes', pipeline: [], cursor: {} })],
		['arrays to compare', () => notes.find({ list: { $eq: [1] } }).toArray()],
	])('%s that it does not play is an error, never passed over', async (_what, work) => {
		await notes.insertOne({ _id: 'a', n: 1 });
		await expect(work()).rejects.toMatchObject({ code: expect.any(Number) });
		expect(await notes.findOne({ _id: 'a' })).toEqual({ _id: 'a', n: 1 });
	});

	it('refuses a document above 16 MiB', async () => {
		const raw = 'x'.repeat(9 * 1024 * 1024);
		await notes.insertOne({ _id: 'a', half: raw });
		await expect(notes.updateOne({ _id: 'a' }, { $set: { other: raw } })).rejects.toMatchObject({ code: 10_334 });
	});

	it('refuses whoever brings a password: it has no users', async () => {
		const stranger = new MongoClient(server.url.replace('mongodb://', 'mongodb://ana:hunter2@'), { serverSelectionTimeoutMS: 1_000 });
		await expect(stranger.db('test').command({ ping: 1 })).rejects.toMatchObject({ code: 18 });
		await stranger.close();
	});
});

describe('what goes wrong', () => {
	it('a connection that drops before or after the work', async () => {
		server.fail({ command: 'insert', mode: 'drop', count: 1 });
		await expect(notes.insertOne({ _id: 'a' })).rejects.toThrow(/connection .* closed/);
		server.fail({ command: 'insert', mode: 'drop_answer', count: 1 });
		await expect(notes.insertOne({ _id: 'b' })).rejects.toThrow(/connection .* closed/);
		expect(await find({})).toBe('b');
	});

	it('a server that answers an error, or nothing', async () => {
		server.fail({ command: 'insert', mode: { error: 'BadValue', message: 'not now' }, count: 1 });
		await expect(notes.insertOne({ _id: 'a' })).rejects.toMatchObject({ code: 2, message: 'not now' });
		server.fail({ command: 'insert', mode: 'hang', count: 1 });
		const hasty = new MongoClient(server.url, { socketTimeoutMS: 200 });
		await expect(hasty.db('test').collection<Note>('notes').insertOne({ _id: 'a' })).rejects.toThrow(/timed out/);
		await hasty.close();
		expect(await find({})).toBe('');
	});

	it('a server that is away, and comes back', async () => {
		server.refuse(true);
		await expect(notes.insertOne({ _id: 'a' })).rejects.toThrow();
		server.refuse(false);
		await expect.poll(() => notes.insertOne({ _id: 'a' }).then(() => 'done', () => 'away'), { timeout: 8_000 }).toBe('done');
	});

	it('bytes that are no message end the connection', async () => {
		const port = Number(new URL(server.url).port);
		for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from('15000000010000000000000000000000ff00000000', 'hex'), Buffer.from('1a0000000100000000000000dd0700000000000001ff00000000', 'hex')]) {
			const socket = connect(port, '127.0.0.1');
			const closed = new Promise((resolve) => socket.once('close', resolve));
			socket.end(bytes);
			await closed;
		}
		expect(await client.db('test').command({ ping: 1 })).toEqual({ ok: 1 });
	});
});
