import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import type { Sql } from '../../store/database.ts';
import { createDatabase } from '../../store/database.ts';
import { BOT_TOKEN, createBusiness } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { startGateway } from '../../testing/gateway.ts';
import type { TestGateway } from '../../testing/gateway.ts';
import { until } from '../../testing/until.ts';
import { VendorError } from '../../vendors/http.ts';
import type { VendorOutcome } from '../../vendors/http.ts';
import type { Account } from '../gateway/accounts.ts';
import { enqueue } from './enqueue.ts';
import type { OutboxMessage } from './enqueue.ts';
import { createOutbox } from './outbox.ts';
import type { Outbox, OutboxDeps } from './outbox.ts';
import type { OutgoingPart } from './senders.ts';

let db: TestDatabase;
let business: Business;
let gateway: TestGateway;
let running: Outbox[] = [];
let sent: (OutgoingPart & { account: Account })[] = [];
/** What the vendor does with the next send; default: takes it. */
let vendor: (part: OutgoingPart) => Promise<void> | void = () => undefined;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db, 'a', { quietMs: 60_000, maxWaitMs: 60_000 });
	gateway = await startGateway(db, business, { schedule: false });
});
afterAll(async () => {
	await gateway.stop();
	await db.close();
});
beforeEach(async () => {
	await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, decisions CASCADE');
	sent = [];
	vendor = () => undefined;
});
afterEach(async () => {
	for (const outbox of running.splice(0)) await outbox.stop();
	await db.asOwner('UPDATE connections SET error_count = 0, last_error = NULL');
});

function start(options: Partial<OutboxDeps> = {}): Outbox {
	const send = async (account: Account, part: OutgoingPart): Promise<string> => {
		await vendor(part);
		sent.push({ ...part, account });
		return `true_${part.chatId}_OUT${sent.length}`;
	};
	const outbox = createOutbox({ database: db.database, accounts: gateway.accounts, senders: { whatsapp: send, telegram: send }, log: pino({ level: 'silent' }), ...options });
	outbox.start();
	running.push(outbox);
	return outbox;
}

interface OutboxState {
	id: string;
	text: string;
	state: string;
	attempts: number;
	last_error: string | null;
	vendor_message_id: string | null;
}
const parts = () => db.asOwner<OutboxState>('SELECT id, text, state, attempts, last_error, vendor_message_id FROM outbox ORDER BY position');
const states = async () => (await parts()).map(({ state }) => state);
const inTenant = <T>(work: (sql: Sql) => Promise<T>) => db.database.withTenant(business.tenantId, work);
const texts = () => sent.map(({ text }) => text);
const failing = (outcome: VendorOutcome, options: { retryAfterMs?: number; vendorStatus?: number } = {}) => new VendorError('waha', outcome, `waha ${outcome}`, options);

/** Fails the next sends, one error each. */
function failNext(...errors: VendorError[]): void {
	vendor = () => {
		const error = errors.shift();
		if (error) throw error;
	};
}

/** A customer writes; resolves with the open turn. */
async function customerWrites(id: string, from = '34699111222@c.us'): Promise<{ turnId: string; conversationId: string; generation: number }> {
	expect(await gateway.write(business, { id, from, body: id })).toBe(200);
	const [turn] = await db.asOwner<{ turnId: string; conversationId: string; generation: number }>(
		`SELECT t.id AS "turnId", t.conversation_id AS "conversationId", t.generation FROM turns t JOIN messages m ON m.turn_id = t.id WHERE m.vendor_message_id = $1`, [id]);
	if (!turn) throw new Error('no turn');
	return turn;
}

function reply(turn: { turnId: string; conversationId: string; generation: number }, texts: string[], change: Partial<OutboxMessage> = {}): OutboxMessage {
	return {
		tenantId: business.tenantId,
		connectionId: business.whatsapp.id,
		conversationId: turn.conversationId,
		turnId: turn.turnId,
		generation: turn.generation,
		keyPrefix: `decision-of-${turn.turnId}`,
		author: 'assistant',
		parts: texts.map((text) => ({ kind: 'text' as const, text, mediaUrl: '' })),
		...change,
	};
}

/** As the turn API answers: decision, then reply and end of the turn in one transaction. */
async function answer(turn: { turnId: string; conversationId: string; generation: number }, texts: string[], change: Partial<OutboxMessage> = {}): Promise<string[]> {
	await db.asOwner(`UPDATE turns SET state = 'delivered' WHERE id = $1`, [turn.turnId]);
	return inTenant(async (sql) => {
		await gateway.turns.markDecided(sql, turn.turnId, null);
		const ids = await enqueue(sql, reply(turn, texts, change));
		await gateway.turns.finish(sql, turn.turnId);
		return ids;
	});
}

describe('entering', () => {
	test('the same key prefix again, also at the same moment: the same ids, and nothing more', async () => {
		const turn = await customerWrites('A1');
		const message = reply(turn, ['one', 'two']);
		const [first, ...others] = await Promise.all([1, 2, 3].map(() => inTenant((sql) => enqueue(sql, message))));
		expect(first).toHaveLength(2);
		for (const other of others) expect(other).toEqual(first);
		expect(await inTenant((sql) => enqueue(sql, { ...message, parts: [{ kind: 'text', text: 'other words', mediaUrl: '' }] }))).toEqual(first);
		start();
		await until('both are sent', async () => (await states()).every((state) => state === 'sent'));
		expect(texts()).toEqual(['one', 'two']);
	});

	test('a long text is cut at words, a long caption follows its picture', async () => {
		const turn = await customerWrites('A2');
		const words = Array.from({ length: 1_500 }, (_, index) => `word${index}`).join(' ');
		await inTenant((sql) => enqueue(sql, { ...reply(turn, []), parts: [{ kind: 'image', text: words.slice(0, 2_000), mediaUrl: 'https://x.example/a.jpg' }, { kind: 'text', text: words, mediaUrl: '' }] }));
		start();
		await until('all are sent', async () => sent.length === 6);
		expect(sent.map(({ kind }) => kind)).toEqual(['image', 'text', 'text', 'text', 'text', 'text']);
		expect(sent.every(({ text }) => text.length <= 4_096)).toBe(true);
		expect(sent[0]).toMatchObject({ text: '', mediaUrl: 'https://x.example/a.jpg' });
		expect(texts().slice(2).join(' ')).toBe(words);
	});

	test('an answer to an older message does not enter', async () => {
		const turn = await customerWrites('A3');
		await customerWrites('A4');
		await expect(inTenant((sql) => enqueue(sql, reply(turn, ['late'])))).rejects.toMatchObject({ code: 'turn_superseded', status: 409 });
		expect(await parts()).toEqual([]);
	});

	test('a rolled back transaction leaves nothing', async () => {
		const turn = await customerWrites('A5');
		await expect(inTenant(async (sql) => {
			await enqueue(sql, reply(turn, ['never']));
			throw new Error('no');
		})).rejects.toThrow('no');
		expect(await parts()).toEqual([]);
	});
});

describe('leaving', () => {
	test('sent at once, with the account of the connection, and stored as a message', async () => {
		start();
		const turn = await customerWrites('B1');
		const started = performance.now();
		const [id] = await answer(turn, ['¡Hola!']);
		await until('it is sent', async () => (await states())[0] === 'sent');
		expect(performance.now() - started).toBeLessThan(500);
		expect(sent).toMatchObject([{ chatId: '34699111222@c.us', kind: 'text', text: '¡Hola!', account: { externalId: 'whatsapp-a', botToken: BOT_TOKEN } }]);
		const messages = await db.asOwner('SELECT direction, vendor_message_id, text, author, turn_id FROM messages WHERE direction = $1', ['out']);
		expect(messages).toEqual([{ direction: 'out', vendor_message_id: 'OUT1', text: '¡Hola!', author: 'assistant', turn_id: turn.turnId }]);
		expect(await parts()).toMatchObject([{ id, state: 'sent', attempts: 1, vendor_message_id: 'OUT1' }]);
	});

	test('in order within a conversation, although another one is stuck', async () => {
		const stuck = await customerWrites('B2');
		const fluent = await customerWrites('B3', '34600000001@c.us');
		vendor = ({ text }) => {
			if (text === 's1') throw failing('rate_limited', { retryAfterMs: 400 });
		};
		await answer(stuck, ['s1', 's2']);
		await answer(fluent, ['f1', 'f2', 'f3']);
		start();
		await until('the other one is through', () => sent.length === 3);
		expect(texts()).toEqual(['f1', 'f2', 'f3']);
		vendor = () => undefined;
		await until('all are sent', () => sent.length === 5);
		expect(texts().slice(3)).toEqual(['s1', 's2']);
	});

	test('two senders on one database: each part once', async () => {
		const other = createDatabase(db.appUrl);
		const turns = await Promise.all(Array.from({ length: 25 }, (_, index) => customerWrites(`B4${index}`, `3461111${1000 + index}@c.us`)));
		await Promise.all(turns.map((turn) => answer(turn, ['x1', 'x2'])));
		start();
		start({ database: other });
		await until('all are sent', async () => (await states()).every((state) => state === 'sent'));
		expect(sent).toHaveLength(50);
		await running.pop()?.stop();
		await other.close();
	});
});

describe('what fails', () => {
	test('refused for now: again, and it leaves once', async () => {
		failNext(failing('refused', { vendorStatus: 500 }));
		start();
		await answer(await customerWrites('C1'), ['again']);
		await until('the failure is visible', async () => (await parts())[0]?.last_error === 'waha refused');
		const errors = () => db.asOwner<{ error_count: number; last_error: string | null }>('SELECT error_count, last_error FROM connections WHERE id = $1', [business.whatsapp.id]);
		expect(await errors()).toEqual([{ error_count: 1, last_error: 'waha refused' }]);
		await until('it is sent', async () => (await states())[0] === 'sent');
		expect(texts()).toEqual(['again']);
		expect(await parts()).toMatchObject([{ attempts: 2, last_error: null }]);
		expect(await errors()).toEqual([{ error_count: 0, last_error: null }]);
	});

	test('rate limited: not before retry_after is over', async () => {
		failNext(failing('rate_limited', { retryAfterMs: 600 }));
		start();
		await answer(await customerWrites('C2'), ['patience']);
		await until('it is limited', async () => (await parts())[0]?.last_error === 'waha rate_limited');
		const limited = performance.now();
		await until('it is sent', () => sent.length === 1);
		expect(performance.now() - limited).toBeGreaterThan(500);
		expect(await until('it is recorded', async () => (await parts()).find(({ state }) => state === 'sent'))).toMatchObject({ attempts: 1 });
	});

	test('nobody there: again and again, uncounted', async () => {
		failNext(...Array.from({ length: 3 }, () => failing('unreachable')));
		start();
		await answer(await customerWrites('C3'), ['still here']);
		await until('it is sent', async () => (await states())[0] === 'sent', 15_000);
		expect(await parts()).toMatchObject([{ attempts: 1 }]);
	});

	test('no answer after the request left: unknown, not sent again, and what follows goes on', async () => {
		failNext(failing('ambiguous'));
		start();
		await answer(await customerWrites('C4'), ['maybe', 'next']);
		await until('the next is sent', async () => (await states())[1] === 'sent');
		expect(await parts()).toMatchObject([{ state: 'unknown', last_error: 'waha ambiguous' }, { state: 'sent' }]);
		expect(texts()).toEqual(['next']);
	});

	test('refused for good: failed at once', async () => {
		failNext(failing('refused', { vendorStatus: 403 }));
		start();
		await answer(await customerWrites('C5'), ['blocked']);
		await until('it has failed', async () => (await states())[0] === 'failed');
		expect(texts()).toEqual([]);
	});

	test('refused too often: failed', async () => {
		vendor = () => {
			throw failing('refused', { vendorStatus: 500 });
		};
		await answer(await customerWrites('C6'), ['no']);
		await db.asOwner('UPDATE outbox SET attempts = 7');
		start();
		await until('it has failed', async () => (await states())[0] === 'failed');
	});

	test('the process ends while sending: unknown, not sent again', async () => {
		await answer(await customerWrites('C7'), ['lost']);
		await db.asOwner(`UPDATE outbox SET state = 'sending', next_attempt_at = now(), lease_until = now()`);
		start();
		await until('it is given up', async () => (await states())[0] === 'unknown');
		expect(texts()).toEqual([]);
	});

	test('a connection without a sender: visible', async () => {
		start({ senders: {} });
		await answer(await customerWrites('C8'), ['off']);
		await until('it says so', async () => (await parts())[0]?.last_error === 'The channel whatsapp is not configured: nothing can be sent.');
	});
});

describe('a newer message, and a person', () => {
	test('an answer that has not begun to leave is superseded; the new turn gets both messages and the old session', async () => {
		const first = await customerWrites('D1');
		await db.asOwner(`UPDATE conversations SET session = '{"city":""}'`);
		const [id] = await answer(first, ['for the first'], {});
		await db.asOwner(`INSERT INTO decisions (id, tenant_id, turn_id, conversation_id, decision, session, next) VALUES ('dec_1', $1, $2, $3, '{}', '{"city":"Valencia"}', 'reply')`, [business.tenantId, first.turnId, first.conversationId]);
		await db.asOwner(`UPDATE conversations SET session = '{"city":"Valencia"}'`);
		const second = await customerWrites('D2');
		expect(second.turnId).not.toBe(first.turnId);
		expect(await parts()).toMatchObject([{ id, state: 'superseded', last_error: 'A newer message came before it was sent.' }]);
		const messages = await db.asOwner<{ turn_id: string }>(`SELECT turn_id FROM messages WHERE direction = 'in'`);
		expect(messages.map(({ turn_id: turn }) => turn)).toEqual([second.turnId, second.turnId]);
		expect(await db.asOwner('SELECT state FROM turns WHERE id = $1', [first.turnId])).toEqual([{ state: 'superseded' }]);
		expect(await db.asOwner('SELECT session FROM conversations')).toEqual([{ session: { city: '' } }]);
		start();
		await answer(second, ['for both']);
		await until('it is sent', async () => (await states())[1] === 'sent');
		expect(texts()).toEqual(['for both']);
	});

	test('an answer that has begun to leave goes on to its end, and is not answered again', async () => {
		const first = await customerWrites('D3');
		let release = (): void => undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		vendor = ({ text }) => (text === 'part 1' ? held : undefined);
		start();
		await answer(first, ['part 1', 'part 2']);
		await until('it begins to leave', async () => (await states())[0] === 'sending');
		const second = await customerWrites('D4');
		release();
		await until('both are sent', () => sent.length === 2);
		expect(texts()).toEqual(['part 1', 'part 2']);
		expect(await db.asOwner(`SELECT count(*)::int AS n FROM messages WHERE turn_id = $1 AND direction = 'in'`, [second.turnId])).toEqual([{ n: 1 }]);
	});

	test('what is not an answer to a turn is sent in any case', async () => {
		const turn = await customerWrites('D5');
		await inTenant((sql) => enqueue(sql, reply(turn, ['paid'], { turnId: null, generation: null, keyPrefix: 'order-1:paid' })));
		await customerWrites('D6');
		await db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('it is sent', () => sent.length === 1);
	});

	test('with a person in charge the bot says nothing, the operator does', async () => {
		const turn = await customerWrites('D7');
		await inTenant((sql) => enqueue(sql, reply(turn, ['bot'])));
		await inTenant((sql) => enqueue(sql, reply(turn, ['person'], { author: 'operator', keyPrefix: 'operator-1' })));
		await db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('the operator is heard', () => sent.length === 1);
		expect(texts()).toEqual(['person']);
		expect((await parts())[0]).toMatchObject({ state: 'superseded', last_error: 'A person took over the conversation before it was sent.' });
	});

	test('writing while answers leave, many times over: every message is in one answer that left, or in an open turn', async () => {
		start();
		const customers = Array.from({ length: 12 }, (_, index) => `3462222${1000 + index}@c.us`);
		await Promise.all(customers.map(async (from, customer) => {
			for (let round = 0; round < 4; round += 1) {
				const turn = await customerWrites(`R${customer}-${round}`, from);
				const interruption = gateway.write(business, { id: `R${customer}-${round}b`, from });
				await answer(turn, [`${turn.turnId}`]).catch(() => undefined);
				await interruption;
			}
		}));
		await until('nothing is on its way', async () => (await states()).every((state) => state === 'sent' || state === 'superseded'));
		const lost = await db.asOwner(
			`SELECT m.vendor_message_id, t.state FROM messages m JOIN turns t ON t.id = m.turn_id
			 WHERE m.direction = 'in' AND t.state <> 'collecting' AND t.state <> 'delivered'
				AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.turn_id = t.id AND o.state = 'sent')`,
		);
		expect(lost).toEqual([]);
		expect(new Set(texts()).size).toBe(sent.length);
	});
});

test('stop hands back: a send under way is finished, what is queued stays queued', async () => {
	let release = (): void => undefined;
	const held = new Promise<void>((resolve) => (release = resolve));
	vendor = () => held;
	const outbox = start();
	await answer(await customerWrites('E1'), ['first', 'second']);
	await until('it begins to leave', async () => (await states())[0] === 'sending');
	const stopped = outbox.stop();
	release();
	await stopped;
	expect(await states()).toEqual(['sent', 'queued']);
});
