import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../store/database.ts';
import { useOutbox, vendorError } from '../../testing/outbox.ts';
import { until } from '../../testing/until.ts';
import { enqueue } from './enqueue.ts';
import type { Paces } from './pace.ts';
import { pacesOf } from './pace.ts';

const t = useOutbox();
const { answer, customerWrites, inTenant, reply, sent, start, states, texts } = t;

const free = { everyMs: 0.01, burst: 1_000 };
const paces = (chat: Paces['whatsapp']['chat'], account: Paces['whatsapp']['account']): Paces => ({ whatsapp: { chat, account, documentation: '' }, telegram: { chat, account, documentation: '' } });

/** Times of the sends, in milliseconds after the first. */
function recordTimes(): number[] {
	const times: number[] = [];
	t.vendor = () => void times.push(performance.now());
	return times;
}

describe('a vendor’s rate limits', () => {
	test('of a chat: a burst, then one at a time, while another chat goes on', async () => {
		const times: number[] = [];
		t.vendor = ({ text }) => void (text.startsWith('a') && times.push(performance.now()));
		await answer(await customerWrites('P1'), ['a1', 'a2', 'a3', 'a4', 'a5']);
		await answer(await customerWrites('P2', '34600000002@c.us'), ['b1']);
		const begun = performance.now();
		start({ paces: paces({ everyMs: 300, burst: 2 }, free) });
		await until('all are sent', () => sent.length === 6);
		expect(texts().indexOf('b1')).toBeLessThan(3);
		// From the beginning, not from one to the next: one that a busy machine held up comes closer to the one after it.
		expect(times.slice(2).every((time, at) => time - begun > (at + 1) * 300 - 50)).toBe(true);
		expect(times[1]! - times[0]!).toBeLessThan(250);
	});

	test('of an account, over two processes: no more than its pace, each part once, nobody forgotten', async () => {
		const times = recordTimes();
		const other = createDatabase(t.db.appUrl);
		const turns = await Promise.all(Array.from({ length: 24 }, (_, index) => customerWrites(`P3${index}`, `3461112${1000 + index}@c.us`)));
		await Promise.all(turns.map((turn, index) => answer(turn, [`x${index}`])));
		const options = { paces: paces(free, { everyMs: 50, burst: 4 }) };
		const begun = performance.now();
		start(options);
		start({ ...options, database: other });
		await until('all are sent', async () => (await states()).every((state) => state === 'sent'), 15_000);
		expect(new Set(texts()).size).toBe(24);
		// 4 at once, 20 more at 50 ms, from the beginning: a busy machine may hold the first ones up. In no second more than what the pace allows.
		expect(times.at(-1)! - begun).toBeGreaterThan(950);
		for (const from of times) expect(times.filter((time) => time >= from && time < from + 500).length).toBeLessThanOrEqual(4 + 10 + 2);
		await t.running.pop()?.stop();
		await other.close();
	});

	test('retry_after holds back the whole account, also for a process that starts later; others go on', async () => {
		let limited = 0;
		t.vendor = ({ text }) => {
			if (text === 'first' && limited === 0) {
				limited = performance.now();
				throw vendorError('rate_limited', { retryAfterMs: 1_200 });
			}
		};
		const outbox = start();
		await answer(await customerWrites('P4'), ['first']);
		await until('it is limited', async () => (await t.parts())[0]?.last_error === 'waha rate_limited');
		await until('the account is held', async () => (await t.db.asOwner('SELECT 1 FROM send_pace WHERE held_until > now()')).length === 1);
		await outbox.stop();
		const times = recordTimes();
		start();
		await answer(await customerWrites('P5', '34600000003@c.us'), ['second']);
		const telegram = await customerWrites('P6', '34600000004@c.us');
		await inTenant((sql) => enqueue(sql, reply(telegram, ['elsewhere'], { connectionId: t.business.telegram.id })));
		await until('the other account sends', () => sent.length === 1);
		expect(texts()).toEqual(['elsewhere']);
		await until('all are sent', () => sent.length === 3);
		expect(times[1]! - limited).toBeGreaterThan(1_150);
	});

	test('one connection’s long queue does not hold up another’s', async () => {
		const turn = await customerWrites('P7');
		const telegram = await customerWrites('P8', '34600000005@c.us');
		// 3,000 conversations of one connection wait, at 20 ms each.
		await t.db.asOwner(
			`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) SELECT 'cnv_flood' || n, tenant_id, company_id, connection_id, n || '@c.us'
			 FROM conversations, generate_series(1, 3000) n WHERE id = $1`,
			[turn.conversationId],
		);
		await t.db.asOwner(
			`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, idempotency_key, kind, text)
			 SELECT 'out_flood' || c.id, c.tenant_id, c.connection_id, c.id, c.id, 'text', 'flood' FROM conversations c WHERE c.id LIKE 'cnv_flood%'`,
		);
		start({ paces: paces(free, { everyMs: 20, burst: 5 }) });
		await until('the flood leaves', () => sent.length > 0);
		const began = performance.now();
		await inTenant((sql) => enqueue(sql, reply(telegram, ['quick'], { connectionId: t.business.telegram.id })));
		await until('the other one is through', () => texts().includes('quick'));
		expect(performance.now() - began).toBeLessThan(1_000);
		await until('the rest has its time', async () => (await t.db.asOwner(`SELECT 1 FROM outbox WHERE state = 'queued' AND slot_at IS NULL LIMIT 1`)).length === 0, 20_000);
		const slots = await t.db.asOwner<{ n: number; different: number }>(`SELECT count(*)::int AS n, count(DISTINCT slot_at)::int AS different FROM outbox WHERE state = 'queued'`);
		expect(slots[0]?.different).toBe(slots[0]?.n);
	}, 30_000);

	test('old rows are removed, those that still limit stay', async () => {
		await t.db.asOwner(`INSERT INTO send_pace (key, tat, held_until) VALUES ('old', now() - interval '2 minutes', '-infinity'), ('new', now(), '-infinity'), ('held', '-infinity', now() + interval '1 hour')`);
		await t.db.database.system.query('SELECT forget_send_pace()');
		expect(await t.db.asOwner('SELECT key FROM send_pace ORDER BY key')).toEqual([{ key: 'held' }, { key: 'new' }]);
	});
});

test('an operator’s own rate replaces the account’s, and not the chat’s', () => {
	const standard = pacesOf();
	expect(pacesOf({ whatsapp: 100, telegram: undefined })).toEqual({
		whatsapp: { ...standard.whatsapp, account: { everyMs: 10, burst: 34 } },
		telegram: standard.telegram,
	});
});
