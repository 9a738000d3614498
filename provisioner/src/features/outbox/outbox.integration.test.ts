import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../store/database.ts';
import type { Database } from '../../store/database.ts';
import { BOT_TOKEN } from '../../testing/business.ts';
import { useOutbox, vendorError } from '../../testing/outbox.ts';
import { until } from '../../testing/until.ts';
import { enqueue } from './enqueue.ts';

const t = useOutbox();
const { answer, customerWrites, inTenant, parts, reply, running, sent, start, states, texts, failNext } = t;

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
		await t.db.asOwner(`UPDATE turns SET state = 'delivered'`);
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
		const messages = await t.db.asOwner('SELECT direction, vendor_message_id, text, author, turn_id FROM messages WHERE direction = $1', ['out']);
		expect(messages).toEqual([{ direction: 'out', vendor_message_id: 'OUT1', text: '¡Hola!', author: 'assistant', turn_id: turn.turnId }]);
		expect(await parts()).toMatchObject([{ id, state: 'sent', attempts: 1, vendor_message_id: 'OUT1' }]);
	});

	test('in order within a conversation, although another one is stuck', async () => {
		const stuck = await customerWrites('B2');
		const fluent = await customerWrites('B3', '34600000001@c.us');
		t.vendor = ({ text }) => {
			if (text === 's1') throw vendorError('rate_limited', { retryAfterMs: 400 });
		};
		await answer(stuck, ['s1', 's2']);
		await answer(fluent, ['f1', 'f2', 'f3']);
		start();
		await until('the other one is through', () => sent.length === 3);
		expect(texts()).toEqual(['f1', 'f2', 'f3']);
		t.vendor = () => undefined;
		await until('all are sent', () => sent.length === 5);
		expect(texts().slice(3)).toEqual(['s1', 's2']);
	});

	test('two senders on one database: each part once', async () => {
		const other = createDatabase(t.db.appUrl);
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
		failNext(vendorError('refused', { vendorStatus: 404 }));
		start();
		await answer(await customerWrites('C1'), ['again']);
		await until('the failure is visible', async () => (await parts())[0]?.last_error === 'waha refused');
		const errors = () => t.db.asOwner<{ error_count: number; last_error: string | null }>('SELECT error_count, last_error FROM connections WHERE id = $1', [t.business.whatsapp.id]);
		expect(await errors()).toEqual([{ error_count: 1, last_error: 'waha refused' }]);
		await until('it is sent', async () => (await states())[0] === 'sent');
		expect(texts()).toEqual(['again']);
		expect(await parts()).toMatchObject([{ attempts: 2, last_error: null }]);
		expect(await errors()).toEqual([{ error_count: 0, last_error: null }]);
	});

	test('rate limited: not before retry_after is over', async () => {
		failNext(vendorError('rate_limited', { retryAfterMs: 600 }));
		start();
		await answer(await customerWrites('C2'), ['patience']);
		await until('it is limited', async () => (await parts())[0]?.last_error === 'waha rate_limited');
		const limited = performance.now();
		await until('it is sent', () => sent.length === 1);
		expect(performance.now() - limited).toBeGreaterThan(500);
		expect(await until('it is recorded', async () => (await parts()).find(({ state }) => state === 'sent'))).toMatchObject({ attempts: 1 });
	});

	test('nobody there: again and again, uncounted', async () => {
		failNext(...Array.from({ length: 3 }, () => vendorError('unreachable')));
		start();
		await answer(await customerWrites('C3'), ['still here']);
		await until('it is sent', async () => (await states())[0] === 'sent', 15_000);
		expect(await parts()).toMatchObject([{ attempts: 1 }]);
	});

	test('no answer after the request left: unknown, not sent again, and what follows goes on', async () => {
		failNext(vendorError('ambiguous'));
		start();
		await answer(await customerWrites('C4'), ['maybe', 'next']);
		await until('the next is sent', async () => (await states())[1] === 'sent');
		expect(await parts()).toMatchObject([{ state: 'unknown', last_error: "waha ambiguous This vendor can't tell: it is not sent again." }, { state: 'sent' }]);
		expect(texts()).toEqual(['next']);
	});

	test('refused for good: failed at once', async () => {
		failNext(vendorError('refused', { vendorStatus: 403 }));
		start();
		await answer(await customerWrites('C5'), ['blocked']);
		await until('it has failed', async () => (await states())[0] === 'failed');
		expect(texts()).toEqual([]);
	});

	test('refused too often: failed', async () => {
		t.vendor = () => {
			throw vendorError('refused', { vendorStatus: 404 });
		};
		await answer(await customerWrites('C6'), ['no']);
		await t.db.asOwner('UPDATE outbox SET attempts = 7');
		start();
		await until('it has failed', async () => (await states())[0] === 'failed');
	});

	test('the process ends while sending: unknown, not sent again', async () => {
		await answer(await customerWrites('C7'), ['lost']);
		await t.db.asOwner(`UPDATE outbox SET state = 'sending', next_attempt_at = now(), lease_until = now()`);
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

describe('while the database is away', () => {
	/** The database of a process that it can't reach while `away`. */
	function unreachable() {
		const link = { away: false, failures: 0 };
		const { system } = t.db.database;
		const database: Database = {
			...t.db.database,
			system: {
				query(text, values, name) {
					if (!link.away) return system.query(text, values, name);
					link.failures += 1;
					return Promise.reject(new Error('Connection terminated unexpectedly'));
				},
			},
		};
		return { link, database };
	}

	test('rate limited: recorded when it is back, also after the lease, and sent once the wait is over', async () => {
		const { link, database } = unreachable();
		t.vendor = () => {
			link.away = true;
			throw vendorError('rate_limited', { retryAfterMs: 700 });
		};
		start({ database, leaseMs: 400 });
		await answer(await customerWrites('F1'), ['patience']);
		await until('it can not be recorded', () => link.failures > 1);
		start();
		await until('another process gives it up', async () => (await states())[0] === 'unknown');
		t.vendor = () => undefined;
		link.away = false;
		await until('it is recorded', async () => (await parts())[0]?.last_error === 'waha rate_limited');
		expect(await states()).toEqual(['queued']);
		const [held] = await until('the account waits', async () => t.db.asOwner<{ held: boolean }>('SELECT held_until > now() AS held FROM send_pace WHERE key = $1 AND held_until > now()', [t.business.whatsapp.id]).then((rows) => (rows.length > 0 ? rows : undefined)));
		expect(held).toEqual({ held: true });
		await until('it is sent', async () => (await states())[0] === 'sent');
		expect(texts()).toEqual(['patience']);
		expect(await parts()).toMatchObject([{ attempts: 1 }]);
	});

	test('what is recorded late changes no later try', async () => {
		let release = (): void => undefined;
		t.vendor = () => new Promise<void>((resolve) => (release = resolve));
		start();
		const [id] = await answer(await customerWrites('F2'), ['again']);
		await until('it begins to leave', async () => (await states())[0] === 'sending');
		await t.db.database.system.query(`SELECT outbox_not_sent($1, 'queued', 'of an earlier try', 0, true, now() - interval '1 minute')`, [id]);
		expect(await parts()).toMatchObject([{ state: 'sending', last_error: null, attempts: 0 }]);
		release();
		await until('it is sent', async () => (await states())[0] === 'sent');
	});
});

test('stop hands back: a send under way is finished, what is queued stays queued', async () => {
	let release = (): void => undefined;
	const held = new Promise<void>((resolve) => (release = resolve));
	t.vendor = () => held;
	const outbox = start();
	await answer(await customerWrites('E1'), ['first', 'second']);
	await until('it begins to leave', async () => (await states())[0] === 'sending');
	const stopped = outbox.stop();
	release();
	await stopped;
	expect(await states()).toEqual(['sent', 'queued']);
});
