import { createConnection } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { createDatabase } from '../../store/database.ts';
import { createBusiness, fixture, HOOK_SECRET, wahaDelivery, wahaSignature } from '../../testing/business.ts';
import type { Business, WahaMessage } from '../../testing/business.ts';
import { startGateway } from '../../testing/gateway.ts';
import type { TestGateway } from '../../testing/gateway.ts';
import { until } from '../../testing/until.ts';

let db: TestDatabase;
let business: Business;
let other: Business;
let gateway: TestGateway;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db, 'a', { quietMs: 60_000, maxWaitMs: 60_000 });
	other = await createBusiness(db, 'b', { quietMs: 60_000, maxWaitMs: 60_000 });
});
afterAll(() => db.close());
beforeEach(() => db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox CASCADE').then(() => undefined));
afterEach(() => gateway.stop());

const start = async (options: Parameters<typeof startGateway>[2]) => {
	gateway = await startGateway(db, business, { schedule: false, ...options });
};
const storedIds = async () => (await db.asOwner<{ id: string }>('SELECT vendor_message_id AS id FROM messages ORDER BY id')).map(({ id }) => id);

/** A signed delivery; its status, code, and when to come again. */
async function deliver(to: Business, message: WahaMessage, secret = HOOK_SECRET) {
	const raw = wahaDelivery(message);
	const response = await fetch(`${gateway.api.url}${to.whatsapp.path}`, { method: 'POST', body: new Uint8Array(raw), headers: wahaSignature(raw, secret) });
	const { code } = (await response.json()) as { code?: string };
	return { status: response.status, code, retryAfter: Number(response.headers.get('retry-after')) };
}

describe('limits', () => {
	test('of a connection: 429 and when to come again; forged deliveries use up nothing, other connections go on', async () => {
		await start({ rateLimits: { perConnection: 2, perCustomer: 0 } });
		for (const id of ['f1', 'f2', 'f3']) expect((await deliver(business, { id }, 'forged')).status).toBe(401);
		expect((await deliver(business, { id: '1' })).status).toBe(200);
		expect((await deliver(business, { id: '2', from: '34699000002@c.us' })).status).toBe(200);
		const refused = await deliver(business, { id: '3', from: '34699000003@c.us' });
		expect(refused).toMatchObject({ status: 429, code: 'rate_limited' });
		expect(refused.retryAfter).toBeGreaterThanOrEqual(1);
		expect(refused.retryAfter).toBeLessThanOrEqual(10);
		expect((await deliver(other, { id: '4' })).status).toBe(200);
		expect(await storedIds()).toEqual(['1', '2', '4']);
	});

	test('of a customer: others of the connection go on', async () => {
		await start({ rateLimits: { perConnection: 0, perCustomer: 1 } });
		expect((await deliver(business, { id: '1' })).status).toBe(200);
		expect(await deliver(business, { id: '2' })).toMatchObject({ status: 429, code: 'rate_limited' });
		expect((await deliver(business, { id: '3', from: '34699000003@c.us' })).status).toBe(200);
	});
});

describe('under pressure', () => {
	test('more than may wait: 503 and when to come again; what was taken is stored, and another connection is not refused', async () => {
		await start({ commits: { inFlight: 1, waiting: 10, waitingPerConnection: 2 } });
		expect((await deliver(business, { id: 'warm' })).status).toBe(200);
		expect((await deliver(other, { id: 'warm' })).status).toBe(200);
		const blocker = new pg.Client({ connectionString: db.ownerUrl });
		await blocker.connect();
		await blocker.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
		const first = deliver(business, { id: '1' });
		await until('a statement waits for the lock', () => Promise.resolve(gateway.gateway.load.running === 1));
		const more = ['2', '3'].map((id) => deliver(business, { id, from: `3469900000${id}@c.us` }));
		await until('two wait for the statement', () => Promise.resolve(gateway.gateway.load.waiting === 2));
		expect(await deliver(business, { id: '4' })).toEqual({ status: 503, code: 'overloaded', retryAfter: 2 });
		const others = deliver(other, { id: '5' });
		await until('the other connection is taken', () => Promise.resolve(gateway.gateway.load.waiting === 3));
		await blocker.query('COMMIT');
		await blocker.end();
		expect((await Promise.all([first, ...more, others])).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
		expect(await storedIds()).toEqual(['1', '2', '3', '5', 'warm', 'warm']);
	});

	test('more bytes than may be held at once: 503', async () => {
		await start({ bodies: { maxBytes: 1024 * 1024, timeoutMs: 5_000, maxBytesInAll: 100_000 } });
		expect(await deliver(business, { id: '1', body: 'x'.repeat(150_000) })).toEqual({ status: 503, code: 'overloaded', retryAfter: 2 });
		for (const id of ['2', '3', '4']) expect((await deliver(business, { id, body: 'x'.repeat(50_000) })).status).toBe(200);
	});

	test('without a database: 503 and when to come again', async () => {
		const nowhere = createDatabase('postgres://concierge_app@127.0.0.1:1/none');
		await start({ database: nowhere });
		expect(await deliver(business, { id: '1' })).toEqual({ status: 503, code: 'store_unavailable', retryAfter: 2 });
		await nowhere.close();
	});

	test('a status of the account that can not be stored: 503 and when to come again, then it is', async () => {
		const impatient = createDatabase(db.appUrl, { statementTimeoutMs: 1_000 });
		await start({ database: impatient });
		// Its account is known.
		expect((await deliver(business, { id: '1' })).status).toBe(200);
		const raw = fixture('waha-session-status.json');
		const report = async () => {
			const response = await fetch(`${gateway.api.url}${business.whatsapp.path}`, { method: 'POST', body: new Uint8Array(raw), headers: wahaSignature(raw) });
			return { status: response.status, code: ((await response.json()) as { code?: string }).code, retryAfter: response.headers.get('retry-after') };
		};
		const blocker = new pg.Client({ connectionString: db.ownerUrl });
		await blocker.connect();
		await blocker.query('BEGIN; LOCK TABLE connections IN ACCESS EXCLUSIVE MODE');
		expect(await report()).toEqual({ status: 503, code: 'store_unavailable', retryAfter: '2' });
		await blocker.query('COMMIT');
		await blocker.end();
		expect((await report()).status).toBe(200);
		await impatient.close();
	});

	test('a statement that waits too long: 503, its connection is free again, and what comes next is stored', async () => {
		const impatient = createDatabase(db.appUrl, { statementTimeoutMs: 1_000 });
		await start({ database: impatient });
		const blocker = new pg.Client({ connectionString: db.ownerUrl });
		await blocker.connect();
		await blocker.query('BEGIN; LOCK TABLE messages IN ACCESS EXCLUSIVE MODE');
		expect(await deliver(business, { id: '1' })).toEqual({ status: 503, code: 'store_unavailable', retryAfter: 2 });
		await blocker.query('COMMIT');
		await blocker.end();
		expect((await deliver(business, { id: '1' })).status).toBe(200);
		expect(await storedIds()).toEqual(['1']);
		await impatient.close();
	});

	test('whoever tries webhook addresses has few of them looked up; a known account is served meanwhile', async () => {
		await start({});
		expect((await deliver(business, { id: 'known' })).status).toBe(200);
		const guess = async (index: number) => {
			const response = await fetch(`${gateway.api.url}/hooks/whatsapp/${String(index).padStart(43, 'a')}`, { method: 'POST', body: '{}' });
			return { status: response.status, retryAfter: response.headers.get('retry-after') };
		};
		const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => guess(index)));
		expect((await deliver(business, { id: 'served' })).status).toBe(200);
		const refused = answers.filter(({ status }) => status !== 404);
		expect(refused.length).toBeGreaterThan(0);
		expect(new Set(refused.map(({ status, retryAfter }) => `${status} ${retryAfter}`))).toEqual(new Set(['503 1']));
		await until('they are looked up again', async () => (await guess(1_001)).status === 404);
	});

	test('a stop waits for what was taken', async () => {
		await start({});
		const taken = Promise.all(Array.from({ length: 20 }, (_, index) => deliver(business, { id: String(index), from: `346990000${index}@c.us` })));
		await until('some are being stored', () => Promise.resolve(gateway.gateway.load.running > 0));
		await gateway.gateway.stop();
		expect(gateway.gateway.load).toEqual({ waiting: 0, running: 0 });
		expect(new Set((await taken).map(({ status }) => status))).toEqual(new Set([200]));
		expect(await storedIds()).toHaveLength(20);
	});
});

describe('slow clients', () => {
	/** Sends `first`, then a byte now and then; what came back until the connection was closed, and after how long. */
	function dribble(first: string): Promise<{ answer: string; afterMs: number }> {
		const { hostname, port } = new URL(gateway.api.url);
		return new Promise((resolve) => {
			const begun = performance.now();
			let answer = '';
			const socket = createConnection(Number(port), hostname, () => socket.write(first));
			const drip = setInterval(() => socket.writable && socket.write('x'), 20);
			socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
			socket.on('error', () => undefined);
			socket.on('close', () => {
				clearInterval(drip);
				resolve({ answer, afterMs: performance.now() - begun });
			});
		});
	}

	test('who does not finish a body: 408, and cut off', async () => {
		await start({ bodies: { maxBytes: 1024 * 1024, timeoutMs: 300, maxBytesInAll: 1024 * 1024 } });
		const { answer, afterMs } = await dribble(`POST ${business.whatsapp.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{`);
		expect(answer).toMatch(/^HTTP\/1\.1 408[^]*"code":"body_too_slow"/);
		expect(afterMs).toBeLessThan(3_000);
	});

	test('who does not finish the headers: 408, and cut off', async () => {
		await start({ patience: { headersMs: 300, requestMs: 1_000, checkEveryMs: 50 } });
		const { answer, afterMs } = await dribble(`POST ${business.whatsapp.path} HTTP/1.1\r\nHost: x\r\nX-Slow: `);
		expect(answer).toMatch(/^HTTP\/1\.1 408/);
		expect(afterMs).toBeLessThan(3_000);
	});

	test('who does not finish a body anywhere else: 408, and cut off', async () => {
		await start({ patience: { headersMs: 300, requestMs: 300, checkEveryMs: 50 } });
		const { answer, afterMs } = await dribble('POST /v1/unknown HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{');
		expect(answer).toMatch(/^HTTP\/1\.1 (404|408)/);
		expect(afterMs).toBeLessThan(3_000);
	});

	test('who says nothing: cut off', async () => {
		await start({ patience: { headersMs: 300, requestMs: 300, checkEveryMs: 50 } });
		const { hostname, port } = new URL(gateway.api.url);
		const socket = createConnection(Number(port), hostname);
		await new Promise<void>((resolve) => {
			socket.on('error', () => undefined);
			socket.on('close', () => resolve());
			socket.resume();
		});
	});
});
