import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { useOutbox } from '../../testing/outbox.ts';
import type { WrittenTurn } from '../../testing/outbox.ts';
import { until } from '../../testing/until.ts';
import { enqueue } from './enqueue.ts';

const t = useOutbox();
const { answer, customerWrites, inTenant, parts, reply, sent, start, states, texts } = t;

describe('a newer message, and a person', () => {
	test('an answer that has not begun to leave is superseded; the new turn gets both messages and the old session', async () => {
		const first = await customerWrites('D1');
		await t.db.asOwner(`UPDATE conversations SET session = '{"city":""}'`);
		const [id] = await answer(first, ['for the first']);
		await t.db.asOwner(`INSERT INTO decisions (id, tenant_id, turn_id, conversation_id, decision, session, next) VALUES ('dec_1', $1, $2, $3, '{}', '{"city":"Valencia"}', 'reply')`, [t.business.tenantId, first.turnId, first.conversationId]);
		await t.db.asOwner(`UPDATE conversations SET session = '{"city":"Valencia"}'`);
		const second = await customerWrites('D2');
		expect(second.turnId).not.toBe(first.turnId);
		expect(await parts()).toMatchObject([{ id, state: 'superseded', last_error: 'A newer message came before it was sent.' }]);
		const messages = await t.db.asOwner<{ turn_id: string }>(`SELECT turn_id FROM messages WHERE direction = 'in'`);
		expect(messages.map(({ turn_id: turn }) => turn)).toEqual([second.turnId, second.turnId]);
		expect(await t.db.asOwner('SELECT state FROM turns WHERE id = $1', [first.turnId])).toEqual([{ state: 'superseded' }]);
		expect(await t.db.asOwner('SELECT session FROM conversations')).toEqual([{ session: { city: '' } }]);
		start();
		await answer(second, ['for both']);
		await until('it is sent', async () => (await states())[1] === 'sent');
		expect(texts()).toEqual(['for both']);
	});

	test('an answer that has begun to leave goes on to its end, and is not answered again', async () => {
		const first = await customerWrites('D3');
		let release = (): void => undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		t.vendor = ({ text }) => (text === 'part 1' ? held : undefined);
		start();
		await answer(first, ['part 1', 'part 2']);
		await until('it begins to leave', async () => (await states())[0] === 'sending');
		const second = await customerWrites('D4');
		release();
		await until('both are sent', () => sent.length === 2);
		expect(texts()).toEqual(['part 1', 'part 2']);
		expect(await t.db.asOwner(`SELECT count(*)::int AS n FROM messages WHERE turn_id = $1 AND direction = 'in'`, [second.turnId])).toEqual([{ n: 1 }]);
	});

	test('what is not an answer to a turn is sent in any case', async () => {
		const turn = await customerWrites('D5');
		await inTenant((sql) => enqueue(sql, reply(turn, ['paid'], { turnId: null, generation: null, keyPrefix: 'order-1:paid' })));
		await customerWrites('D6');
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('it is sent', () => sent.length === 1);
	});

	test('a reminder of a payment leaves only while its order waits for that, and no person has taken over', async () => {
		const turn = await customerWrites('D8');
		const remind = async (orderId: string, status: string, expires = '1 hour') => {
			await t.db.asOwner(
				`INSERT INTO orders (id, tenant_id, company_id, conversation_id, decision_id, status, currency, lines, products_cents, delivery_cents, total_cents, pay_token, expires_at)
				 VALUES ($1, $2, $3, $4, $1, $5, 'eur', '[]', 100, 0, 100, $1, now() + $6::interval)`,
				[orderId, t.business.tenantId, t.business.companyId, turn.conversationId, status, expires],
			);
			await inTenant((sql) => enqueue(sql, reply(turn, [orderId], { turnId: null, generation: null, keyPrefix: `payment-reminder:${orderId}:1` })));
		};
		await remind('ord_waits', 'awaiting_payment');
		await remind('ord_paid', 'paid');
		await remind('ord_over', 'awaiting_payment', '-1 second');
		start();
		await until('all are judged', async () => (await states()).every((state) => state !== 'queued' && state !== 'sending'));
		expect(texts()).toEqual(['ord_waits']);
		expect((await parts()).map(({ state }) => state)).toEqual(['sent', 'superseded', 'superseded']);
		expect((await parts())[1]?.last_error).toBe('The order waits for its payment no more, or a person took over: it was not reminded of.');
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		await remind('ord_human', 'awaiting_payment');
		await until('it is judged', async () => (await states())[3] === 'superseded');
		await t.db.asOwner('DELETE FROM orders');
	});

	test('with a person in charge the bot says nothing, the operator does', async () => {
		const turn = await customerWrites('D7');
		await inTenant((sql) => enqueue(sql, reply(turn, ['bot'])));
		await inTenant((sql) => enqueue(sql, reply(turn, ['person'], { author: 'operator', keyPrefix: 'operator-1' })));
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('the operator is heard', () => sent.length === 1);
		expect(texts()).toEqual(['person']);
		expect((await parts())[0]).toMatchObject({ state: 'superseded', last_error: 'A person took over the conversation before it was sent.' });
	});

	/** A turn whose answer changes the session, as decisions do. */
	async function decides(turn: WrittenTurn, texts: string[], session: object): Promise<void> {
		await answer(turn, texts);
		await t.db.asOwner(`INSERT INTO decisions (id, tenant_id, turn_id, conversation_id, decision, session, next) VALUES ($1, $2, $3, $4, '{}', $5, 'reply')`, [
			`dec_${turn.turnId}`, t.business.tenantId, turn.turnId, turn.conversationId, JSON.stringify(session),
		]);
		await t.db.asOwner('UPDATE conversations SET session = $1', [JSON.stringify(session)]);
	}
	const sessions = () => t.db.asOwner('SELECT session FROM conversations');

	test('a person takes over before anything was sent: the session says so, and back with the bot it is told anew', async () => {
		const first = await customerWrites('D9');
		await t.db.asOwner(`UPDATE conversations SET session = '{"privacyPolicySent":false}'`);
		await decides(first, ['policy', 'more'], { privacyPolicySent: true });
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('all is withheld', async () => (await states()).join() === 'superseded,superseded');
		await t.db.asOwner(`UPDATE conversations SET state = 'bot'`);
		expect(await sessions()).toEqual([{ session: { privacyPolicySent: false } }]);
		await decides(await customerWrites('D10'), ['policy again'], { privacyPolicySent: true });
		await until('it is sent', async () => (await states())[2] === 'sent');
		expect(texts()).toEqual(['policy again']);
		expect(await sessions()).toEqual([{ session: { privacyPolicySent: true } }]);
	});

	test('a person takes over when a part was sent, or the session has changed since: it stays as it is', async () => {
		const first = await customerWrites('D11');
		await t.db.asOwner(`UPDATE conversations SET session = '{"n":0}'`);
		await decides(first, ['one', 'two'], { n: 1 });
		let release = (): void => undefined;
		t.vendor = () => new Promise<void>((resolve) => (release = resolve));
		const outbox = start();
		await until('it begins to leave', async () => (await states())[0] === 'sending');
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		release();
		await until('the rest is withheld', async () => (await states()).join() === 'sent,superseded');
		expect(await sessions()).toEqual([{ session: { n: 1 } }]);
		await outbox.stop();

		await t.db.asOwner(`UPDATE conversations SET state = 'bot'`);
		await decides(await customerWrites('D12'), ['three'], { n: 2 });
		await t.db.asOwner(`UPDATE conversations SET state = 'human', session = '{"n":2,"paid":true}'`);
		start();
		await until('it is withheld', async () => (await states())[2] === 'superseded');
		expect(await sessions()).toEqual([{ session: { n: 2, paid: true } }]);
	});

	test('several answers of which nothing was sent: back to what was before the first', async () => {
		const first = await customerWrites('D13');
		await t.db.asOwner(`UPDATE conversations SET session = '{"n":0}'`);
		await decides(first, ['one', 'more'], { n: 1 });
		const [other] = await t.db.asOwner<WrittenTurn & Record<string, unknown>>(
			`INSERT INTO turns SELECT (jsonb_populate_record(t, '{"id": "trn_other", "state": "delivered", "session_before": null}')).* FROM turns t
			 RETURNING id AS "turnId", conversation_id AS "conversationId", generation`,
		);
		if (!other) throw new Error('no turn');
		await t.db.asOwner(`UPDATE turns SET opened_at = opened_at + interval '1 second' WHERE id = 'trn_other'`);
		await decides(other, ['two'], { n: 2 });
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		start();
		await until('all is withheld', async () => (await states()).join() === 'superseded,superseded,superseded');
		expect(await sessions()).toEqual([{ session: { n: 0 } }]);
	});

	test('a conversation that someone holds just now is looked at again', async () => {
		const turn = await customerWrites('D14');
		await t.db.asOwner(`UPDATE conversations SET session = '{"n":0}'`);
		await decides(turn, ['one'], { n: 1 });
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		const holder = new pg.Client({ connectionString: t.db.ownerUrl });
		await holder.connect();
		await holder.query('BEGIN; SELECT 1 FROM conversations FOR NO KEY UPDATE');
		const [before] = await t.db.asOwner<{ at: Date }>('SELECT next_attempt_at AS at FROM outbox');
		start();
		await until('it is put off', async () => (await t.db.asOwner('SELECT 1 FROM outbox WHERE next_attempt_at > $1', [before?.at])).length > 0);
		expect(await states()).toEqual(['queued']);
		await holder.query('COMMIT');
		await holder.end();
		await until('it is withheld', async () => (await states())[0] === 'superseded');
		expect(await sessions()).toEqual([{ session: { n: 0 } }]);
	});

	test('writing while answers leave, many times over: every message is in one answer that left, or in an open turn', async () => {
		start();
		const customers = Array.from({ length: 12 }, (_, index) => `3462222${1000 + index}@c.us`);
		await Promise.all(customers.map(async (from, customer) => {
			for (let round = 0; round < 4; round += 1) {
				const turn = await customerWrites(`R${customer}-${round}`, from);
				const interruption = t.gateway.write(t.business, { id: `R${customer}-${round}b`, from });
				await answer(turn, [`${turn.turnId}`]).catch(() => undefined);
				await interruption;
			}
		}));
		await until('nothing is on its way', async () => (await states()).every((state) => state === 'sent' || state === 'superseded'));
		const lost = await t.db.asOwner(
			`SELECT m.vendor_message_id, t.state FROM messages m JOIN turns t ON t.id = m.turn_id
			 WHERE m.direction = 'in' AND t.state <> 'collecting' AND t.state <> 'delivered'
				AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.turn_id = t.id AND o.state = 'sent')`,
		);
		expect(lost).toEqual([]);
		expect(new Set(texts()).size).toBe(sent.length);
	});
});
