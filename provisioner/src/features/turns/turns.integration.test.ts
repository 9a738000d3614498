import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../store/database.ts';
import { PLATFORM_KEY } from '../../testing/api.ts';
import { fixture, HOOK_SECRET } from '../../testing/business.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';

const t = useTurns();
const { start, turns, turnIn, inTenant, running } = t;

describe('from the window to n8n', () => {
	test('three messages within a window, repeated, shuffled and as twins: one signed delivery with all of them in order', async () => {
		const gateway = await start();
		const at = Date.now();
		const messages = ['Hola', '¿tienen rosas?', 'quiero 20'].map((body, index) => ({ id: `M${index}`, body, at: at + index }));
		const twins = messages.map((message) => ({ ...message, from: '120000@lid' }));
		for (const message of [messages[2], messages[0], messages[1]]) if (message) await gateway.write(t.business, message);
		await Promise.all([...messages, ...twins, ...messages.toReversed()].map((message) => gateway.write(t.business, message)));
		await turnIn('delivered');
		expect(t.n8n.taken).toHaveLength(1);
		const { event, signatureOk } = t.n8n.taken[0] ?? {};
		expect(signatureOk).toBe(true);
		expect(event).toMatchObject({
			type: 'turn.ready', attempt: 1, generation: 1, channel: 'whatsapp', text: 'Hola\n¿tienen rosas?\nquiero 20',
			customer: { id: '34699111222@c.us', name: '' }, company: { name: 'Flores', type: 'product' },
			companyId: t.business.companyId, connectionId: t.business.whatsapp.id,
		});
		expect(event?.messages.map(({ text, type }) => [text, type])).toEqual([['Hola', 'text'], ['¿tienen rosas?', 'text'], ['quiero 20', 'text']]);
		expect(JSON.stringify(event)).not.toContain(HOOK_SECRET);
		expect(await turns()).toMatchObject([{ state: 'delivered', attempts: 1, last_error: null }]);
	});

	test('a customer who goes on writing is answered after the longest wait', async () => {
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"max_wait_ms": 400, "max_messages": 500}'`);
		const gateway = await start();
		const started = performance.now();
		for (let index = 0; t.n8n.taken.length === 0; index += 1) {
			expect(performance.now() - started).toBeLessThan(3_000);
			await gateway.write(t.business, { id: `W${index}` });
		}
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"max_wait_ms": 1000}'`);
		expect(t.n8n.taken[0]!.at - started).toBeGreaterThanOrEqual(390);
		expect(t.n8n.taken[0]!.at - started).toBeLessThan(800);
	});

	test('two schedulers on one database: every turn once', async () => {
		const other = createDatabase(t.db.appUrl);
		const first = await start();
		await start({ database: other });
		const ids = Array.from({ length: 40 }, (_, index) => `3460000${String(index).padStart(4, '0')}@c.us`);
		await Promise.all(ids.map((from, index) => first.write(t.business, { id: `S${index}`, from })));
		await until('all are delivered', async () => (await turns()).every(({ state }) => state === 'delivered'));
		expect(t.n8n.taken.map(({ event }) => event.customer.id).sort()).toEqual(ids);
		await running.pop()?.stop();
		await other.close();
	});

	test('a process that only receives wakes the scheduler of another', async () => {
		const other = createDatabase(t.db.appUrl);
		await start({ database: other });
		const receiver = await start({ schedule: false });
		await receiver.write(t.business, { id: 'R1' });
		await until('it is delivered', () => t.n8n.taken.length === 1, 1_500);
		await running.shift()?.stop();
		await other.close();
	});

	test('the process ends in the window: the next one goes on', async () => {
		const first = await start();
		await first.write(t.business, { id: 'K1' });
		await first.stop();
		running.length = 0;
		expect(t.n8n.taken).toEqual([]);
		const second = await start();
		await second.write(t.business, { id: 'K2' });
		await turnIn('delivered');
		expect(t.n8n.taken.map(({ event }) => event.messages.length)).toEqual([2]);
	});
});

describe('while n8n works on it', () => {
	test('a lease that ends is a new attempt; five, then it is dead, and can be delivered again by hand', async () => {
		const gateway = await start({ leaseMs: 60 });
		await gateway.write(t.business, { id: 'F1', body: 'hello?' });
		const dead = await turnIn('dead');
		expect(t.n8n.taken.map(({ event }) => event.attempt)).toEqual([1, 2, 3, 4, 5]);
		expect(new Set(t.n8n.taken.map(({ event }) => event.turnId))).toEqual(new Set([dead.id]));
		const list = await gateway.api.call('GET', '/v1/turns?state=dead', { key: PLATFORM_KEY });
		expect(list.body.data).toMatchObject([{ id: dead.id, object: 'turn', state: 'dead', attempts: 5, last_error: 'n8n took the turn 5 times and never answered it. See its executions, then redeliver it.' }]);
		t.n8n.onTurn = ({ turnId }) => inTenant((sql) => gateway.turns.finish(sql, turnId));
		expect((await gateway.api.call('POST', `/v1/turns/${dead.id}/redeliver`, { key: PLATFORM_KEY })).status).toBe(200);
		await turnIn('done');
		expect(t.n8n.taken.at(-1)?.event).toMatchObject({ attempt: 1, text: 'hello?' });
		expect((await gateway.api.call('POST', `/v1/turns/${dead.id}/redeliver`, { key: PLATFORM_KEY })).body).toMatchObject({ status: 409, code: 'turn_not_dead' });
	});

	test('a message supersedes it: the new turn has every unanswered message, the old one can do nothing', async () => {
		const gateway = await start();
		await gateway.write(t.business, { id: 'G1', body: 'one', at: Date.now() - 2_000 });
		const first = await turnIn('delivered');
		await inTenant((sql) => gateway.turns.markDecided(sql, first.id, 'exec-1'));
		await gateway.write(t.business, { id: 'G2', body: 'two' });
		await until('the second is delivered', () => t.n8n.taken.length === 2);
		expect(t.n8n.taken[1]?.event).toMatchObject({ text: 'one\ntwo', generation: 2, attempt: 1 });
		await turnIn('delivered');
		expect((await turns()).map(({ state, execution_id: execution }) => [state, execution])).toEqual([['superseded', 'exec-1'], ['delivered', null]]);
		const superseded = { code: 'turn_superseded', status: 409 };
		await expect(inTenant((sql) => gateway.turns.loadOpenTurn(sql, first.id))).rejects.toMatchObject(superseded);
		await expect(inTenant((sql) => gateway.turns.markDecided(sql, first.id, null))).rejects.toMatchObject(superseded);
		await expect(inTenant((sql) => gateway.turns.finish(sql, first.id))).rejects.toMatchObject(superseded);
	});

	test('open, decided, done: what the turn API sees', async () => {
		const gateway = await start();
		await gateway.post(t.business.telegram.path, fixture('telegram-text.json'), { 'x-telegram-bot-api-secret-token': HOOK_SECRET });
		const { id } = await turnIn('delivered');
		const loaded = await inTenant((sql) => gateway.turns.loadOpenTurn(sql, id));
		expect(loaded.event).toEqual(t.n8n.taken[0]?.event);
		expect(loaded.conversation).toEqual({ id: loaded.event.conversationId, chatId: '1111', customerPhone: '', state: 'bot', generation: 1, session: {} });
		await inTenant((sql) => gateway.turns.markDecided(sql, id, 'exec-9'));
		await inTenant((sql) => gateway.turns.finish(sql, id));
		await inTenant((sql) => gateway.turns.finish(sql, id));
		expect(await turns()).toMatchObject([{ state: 'done', execution_id: 'exec-9' }]);
		await expect(inTenant((sql) => gateway.turns.loadOpenTurn(sql, id))).rejects.toMatchObject({ code: 'turn_closed', status: 409, details: { state: 'done' } });
		await expect(t.db.database.withTenant('ten_other', (sql) => gateway.turns.loadOpenTurn(sql, id))).rejects.toMatchObject({ code: 'turn_not_found', status: 404 });
	});

	test('an answer that is faster than the acknowledgement stays', async () => {
		const gateway = await start({ leaseMs: 300 });
		t.n8n.onTurn = async ({ turnId }) => {
			await inTenant((sql) => gateway.turns.markDecided(sql, turnId, 'e'));
			await inTenant((sql) => gateway.turns.finish(sql, turnId));
		};
		await gateway.write(t.business, { id: 'H1' });
		await turnIn('done');
		await gateway.write(t.business, { id: 'H2', from: '34600000002@c.us' });
		await until('both are done', async () => (await turns()).every(({ state }) => state === 'done'));
		expect(t.n8n.taken).toHaveLength(2);
	});

	test('a person in charge: the turn is closed, not delivered', async () => {
		const gateway = await start();
		await gateway.write(t.business, { id: 'I1' });
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		await turnIn('human');
		expect(t.n8n.calls).toBe(0);
	});

	test('stop waits for a delivery that is under way', async () => {
		const gateway = await start();
		let release = (): void => undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		t.n8n.onTurn = () => held;
		await gateway.write(t.business, { id: 'J1' });
		await until('n8n has it', () => t.n8n.taken.length === 1);
		const stopped = gateway.turns.stop();
		release();
		await stopped;
		expect(await turns()).toMatchObject([{ state: 'delivered' }]);
	});
});
