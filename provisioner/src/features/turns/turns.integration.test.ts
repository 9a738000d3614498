import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { createDatabase } from '../../store/database.ts';
import { MASTER_KEY, PLATFORM_KEY } from '../../testing/api.ts';
import { createBusiness, fixture, HOOK_SECRET, subscribe } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { startFakeTrigger } from '../../testing/fake-trigger.ts';
import type { FakeTrigger } from '../../testing/fake-trigger.ts';
import { SIGNING_SECRET, startGateway } from '../../testing/gateway.ts';
import type { TestGateway } from '../../testing/gateway.ts';
import { until } from '../../testing/until.ts';
import { storedForm } from '../keys/signing-secret.ts';

let db: TestDatabase;
let business: Business;
let n8n: FakeTrigger;
let running: TestGateway[] = [];

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db);
	const key = storedForm(MASTER_KEY, 'key_platform', PLATFORM_KEY);
	await db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ('key_platform', 'platform', 'p', $1, $2)`, [key.hash, key.signingSecret]);
});
afterAll(() => db.close());
beforeEach(async () => {
	await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, subscriptions, decisions CASCADE');
	n8n = await startFakeTrigger({ signingSecret: SIGNING_SECRET });
	await subscribe(db, n8n.url);
});
afterEach(async () => {
	for (const gateway of running.splice(0)) await gateway.stop();
	await n8n.close();
});

type Options = Parameters<typeof startGateway>[2];
async function start(options: Options = {}): Promise<TestGateway> {
	const gateway = await startGateway(db, business, options);
	running.push(gateway);
	return gateway;
}

interface TurnState {
	id: string;
	state: string;
	attempts: number;
	delivery_failures: number;
	last_error: string | null;
	generation: number;
	execution_id: string | null;
}
const turns = () => db.asOwner<TurnState>('SELECT id, state, attempts, delivery_failures, last_error, generation, execution_id FROM turns ORDER BY opened_at');
const turnIn = (state: string) => until(`a turn that is ${state}`, async () => (await turns()).find((turn) => turn.state === state));
const inTenant = <T>(work: Parameters<typeof db.database.withTenant<T>>[1]) => db.database.withTenant(business.tenantId, work);

describe('from the window to n8n', () => {
	test('three messages within a window, repeated, shuffled and as twins: one signed delivery with all of them in order', async () => {
		const gateway = await start();
		const at = Date.now();
		const messages = ['Hola', '¿tienen rosas?', 'quiero 20'].map((body, index) => ({ id: `M${index}`, body, at: at + index }));
		const twins = messages.map((message) => ({ ...message, from: '120000@lid' }));
		for (const message of [messages[2], messages[0], messages[1]]) if (message) await gateway.write(business, message);
		await Promise.all([...messages, ...twins, ...messages.toReversed()].map((message) => gateway.write(business, message)));
		await turnIn('delivered');
		expect(n8n.taken).toHaveLength(1);
		const { event, signatureOk } = n8n.taken[0] ?? {};
		expect(signatureOk).toBe(true);
		expect(event).toMatchObject({
			type: 'turn.ready', attempt: 1, generation: 3, channel: 'whatsapp', text: 'Hola\n¿tienen rosas?\nquiero 20',
			customer: { id: '34699111222@c.us', name: '' }, company: { name: 'Flores', type: 'product' },
			companyId: business.companyId, connectionId: business.whatsapp.id,
		});
		expect(event?.messages.map(({ text, type }) => [text, type])).toEqual([['Hola', 'text'], ['¿tienen rosas?', 'text'], ['quiero 20', 'text']]);
		expect(JSON.stringify(event)).not.toContain(HOOK_SECRET);
		expect(await turns()).toMatchObject([{ state: 'delivered', attempts: 1, last_error: null }]);
	});

	test('a customer who goes on writing is answered after the longest wait', async () => {
		await db.asOwner('UPDATE connections SET max_wait_ms = 400');
		const gateway = await start();
		const started = performance.now();
		for (let index = 0; n8n.taken.length === 0; index += 1) {
			expect(performance.now() - started).toBeLessThan(3_000);
			await gateway.write(business, { id: `W${index}` });
		}
		await db.asOwner('UPDATE connections SET max_wait_ms = 1000');
		expect(n8n.taken[0]!.at - started).toBeGreaterThanOrEqual(390);
		expect(n8n.taken[0]!.at - started).toBeLessThan(800);
	});

	test('two schedulers on one database: every turn once', async () => {
		const other = createDatabase(db.appUrl);
		const first = await start();
		await start({ database: other });
		const ids = Array.from({ length: 40 }, (_, index) => `3460000${String(index).padStart(4, '0')}@c.us`);
		await Promise.all(ids.map((from, index) => first.write(business, { id: `S${index}`, from })));
		await until('all are delivered', async () => (await turns()).every(({ state }) => state === 'delivered'));
		expect(n8n.taken.map(({ event }) => event.customer.id).sort()).toEqual(ids);
		await running.pop()?.stop();
		await other.close();
	});

	test('a process that only receives wakes the scheduler of another', async () => {
		const other = createDatabase(db.appUrl);
		await start({ database: other });
		const receiver = await start({ schedule: false });
		await receiver.write(business, { id: 'R1' });
		await until('it is delivered', () => n8n.taken.length === 1, 1_500);
		await running.shift()?.stop();
		await other.close();
	});

	test('the process ends in the window: the next one goes on', async () => {
		const first = await start();
		await first.write(business, { id: 'K1' });
		await first.stop();
		running = [];
		expect(n8n.taken).toEqual([]);
		const second = await start();
		await second.write(business, { id: 'K2' });
		await turnIn('delivered');
		expect(n8n.taken.map(({ event }) => event.messages.length)).toEqual([2]);
	});
});

describe('n8n away', () => {
	test('refused, "starting up", 404, another turn\'s echo, then ready: delivered once, and visible meanwhile', async () => {
		const { port } = n8n;
		await n8n.close();
		const gateway = await start();
		await gateway.write(business, { id: 'A1', body: 'anyone?' });
		const waiting = await until('a failure is recorded', async () => (await turns()).find(({ delivery_failures: failures }) => failures > 0));
		expect(waiting).toMatchObject({ state: 'delivering', attempts: 1, last_error: "n8n can't be reached for delivery of a turn (ECONNREFUSED). Check its URL and that it runs." });
		n8n = await startFakeTrigger({ signingSecret: SIGNING_SECRET, port });
		for (const [mood, reason] of [['starting_up', 'it is starting up'], ['not_found', 'the workflow is not active'], ['wrong_turn', "without the trigger's confirmation"]] as const) {
			n8n.mood = mood;
			// What waits its turn in the backoff is made due: the test need not wait for it.
			await db.asOwner('UPDATE turns SET lease_until = now(), next_attempt_at = now()');
			gateway.turns.wake(0);
			await until(mood, async () => (await turns())[0]?.last_error?.includes(reason));
		}
		n8n.mood = 'ready';
		await db.asOwner('UPDATE turns SET lease_until = now(), next_attempt_at = now()');
		gateway.turns.wake(0);
		expect(await turnIn('delivered')).toMatchObject({ attempts: 1, delivery_failures: 0, last_error: null });
		expect(n8n.taken.map(({ event }) => [event.text, event.attempt])).toEqual([['anyone?', 1]]);
	});

	test('without any help it comes back by itself', async () => {
		n8n.mood = 'starting_up';
		const gateway = await start();
		await gateway.write(business, { id: 'B1' });
		await until('two failures', async () => (await turns())[0]?.delivery_failures === 2);
		n8n.mood = 'ready';
		await turnIn('delivered');
		expect(n8n.calls).toBe(3);
	});

	test('silence: not taken, the next try has the same attempt', async () => {
		n8n.mood = 'silent';
		const gateway = await start({ deliveryTimeoutMs: 150 });
		await gateway.write(business, { id: 'C1' });
		await until('it is noticed', async () => (await turns())[0]?.last_error?.includes('no answer within 150 ms'));
		n8n.mood = 'ready';
		expect(await turnIn('delivered')).toMatchObject({ attempts: 1 });
	});

	test('no subscription: it waits, says so, and goes when a trigger subscribes', async () => {
		await db.asOwner('DELETE FROM subscriptions');
		const gateway = await start();
		await gateway.write(business, { id: 'D1' });
		await until('it says so', async () => (await turns())[0]?.last_error?.startsWith('No workflow is subscribed'));
		await until('a few tries', async () => ((await turns())[0]?.delivery_failures ?? 0) >= 3);
		const subscribed = performance.now();
		await subscribe(db, n8n.url);
		await until('it is delivered', () => n8n.taken.length === 1);
		expect(performance.now() - subscribed).toBeLessThan(400);
	});
});

describe('which subscription', () => {
	const path = (suffix: string) => `${n8n.url}/${suffix}`;
	const deliveredTo = async (id: string) => {
		const gateway = await start();
		await gateway.write(business, { id });
		await turnIn('delivered');
		return n8n.taken.map((taken) => taken.path.replace('/webhook/turns/', ''));
	};

	test('of the connection before the shared ones, whichever is newer', async () => {
		await db.asOwner('DELETE FROM subscriptions');
		await subscribe(db, path('own'), { id: 'sub_own', connectionId: business.whatsapp.id });
		await subscribe(db, path('shared'), { id: 'sub_shared' });
		expect(await deliveredTo('E1')).toEqual(['own']);
	});

	test('of this channel, the newest', async () => {
		await db.asOwner('DELETE FROM subscriptions');
		await subscribe(db, path('old'), { id: 'sub_1', channels: ['whatsapp'] });
		await subscribe(db, path('new'), { id: 'sub_2', channels: ['whatsapp', 'telegram'] });
		await subscribe(db, path('telegram'), { id: 'sub_3', channels: ['telegram'] });
		await subscribe(db, path('telegram-own'), { id: 'sub_4', connectionId: business.telegram.id });
		expect(await deliveredTo('E2')).toEqual(['new']);
	});

	test('when the newest does not take it, the one before', async () => {
		await db.asOwner('DELETE FROM subscriptions');
		await subscribe(db, path('alive'), { id: 'sub_1' });
		await subscribe(db, 'http://127.0.0.1:1/gone', { id: 'sub_2' });
		expect(await deliveredTo('E3')).toEqual(['alive']);
	});

	test("the editor's test gets a copy, until it expires", async () => {
		await subscribe(db, path('editor'), { id: 'sub_test', mode: 'test' });
		await deliveredTo('E4');
		await until('both have it', () => n8n.taken.length === 2);
		expect(n8n.taken.map((taken) => taken.path).sort()).toEqual(['/webhook/turns', '/webhook/turns/editor']);
		await db.asOwner(`UPDATE subscriptions SET expires_at = now() - interval '1 s' WHERE id = 'sub_test'`);
		await running[0]?.write(business, { id: 'E5', from: '34600000001@c.us' });
		await until('the second turn is delivered', async () => (await turns()).every(({ state }) => state === 'delivered'));
		expect(n8n.taken).toHaveLength(3);
	});
});

describe('while n8n works on it', () => {
	test('a lease that ends is a new attempt; five, then it is dead, and can be delivered again by hand', async () => {
		const gateway = await start({ leaseMs: 60 });
		await gateway.write(business, { id: 'F1', body: 'hello?' });
		const dead = await turnIn('dead');
		expect(n8n.taken.map(({ event }) => event.attempt)).toEqual([1, 2, 3, 4, 5]);
		expect(new Set(n8n.taken.map(({ event }) => event.turnId))).toEqual(new Set([dead.id]));
		const list = await gateway.api.call('GET', '/v1/turns?state=dead', { key: PLATFORM_KEY });
		expect(list.body.data).toMatchObject([{ id: dead.id, object: 'turn', state: 'dead', attempts: 5, last_error: 'n8n took the turn 5 times and never answered it. See its executions, then redeliver it.' }]);
		n8n.onTurn = ({ turnId }) => inTenant((sql) => gateway.turns.finish(sql, turnId));
		expect((await gateway.api.call('POST', `/v1/turns/${dead.id}/redeliver`, { key: PLATFORM_KEY })).status).toBe(200);
		await turnIn('done');
		expect(n8n.taken.at(-1)?.event).toMatchObject({ attempt: 1, text: 'hello?' });
		expect((await gateway.api.call('POST', `/v1/turns/${dead.id}/redeliver`, { key: PLATFORM_KEY })).body).toMatchObject({ status: 409, code: 'turn_not_dead' });
	});

	test('a message supersedes it: the new turn has every unanswered message, the old one can do nothing', async () => {
		const gateway = await start();
		await gateway.write(business, { id: 'G1', body: 'one', at: Date.now() - 2_000 });
		const first = await turnIn('delivered');
		await inTenant((sql) => gateway.turns.markDecided(sql, first.id, 'exec-1'));
		await gateway.write(business, { id: 'G2', body: 'two' });
		await until('the second is delivered', () => n8n.taken.length === 2);
		expect(n8n.taken[1]?.event).toMatchObject({ text: 'one\ntwo', generation: 2, attempt: 1 });
		await turnIn('delivered');
		expect((await turns()).map(({ state, execution_id: execution }) => [state, execution])).toEqual([['superseded', 'exec-1'], ['delivered', null]]);
		const superseded = { code: 'turn_superseded', status: 409 };
		await expect(inTenant((sql) => gateway.turns.loadOpenTurn(sql, first.id))).rejects.toMatchObject(superseded);
		await expect(inTenant((sql) => gateway.turns.markDecided(sql, first.id, null))).rejects.toMatchObject(superseded);
		await expect(inTenant((sql) => gateway.turns.finish(sql, first.id))).rejects.toMatchObject(superseded);
	});

	test('open, decided, done: what the turn API sees', async () => {
		const gateway = await start();
		await gateway.post(business.telegram.path, fixture('telegram-text.json'), { 'x-telegram-bot-api-secret-token': HOOK_SECRET });
		const { id } = await turnIn('delivered');
		const loaded = await inTenant((sql) => gateway.turns.loadOpenTurn(sql, id));
		expect(loaded.event).toEqual(n8n.taken[0]?.event);
		expect(loaded.conversation).toEqual({ id: loaded.event.conversationId, chatId: '1111', customerPhone: '', state: 'bot', generation: 1, session: {} });
		await inTenant((sql) => gateway.turns.markDecided(sql, id, 'exec-9'));
		await inTenant((sql) => gateway.turns.finish(sql, id));
		await inTenant((sql) => gateway.turns.finish(sql, id));
		expect(await turns()).toMatchObject([{ state: 'done', execution_id: 'exec-9' }]);
		await expect(inTenant((sql) => gateway.turns.loadOpenTurn(sql, id))).rejects.toMatchObject({ code: 'turn_closed', status: 409, details: { state: 'done' } });
		await expect(db.database.withTenant('ten_other', (sql) => gateway.turns.loadOpenTurn(sql, id))).rejects.toMatchObject({ code: 'turn_not_found', status: 404 });
	});

	test('an answer that is faster than the acknowledgement stays', async () => {
		const gateway = await start({ leaseMs: 300 });
		n8n.onTurn = async ({ turnId }) => {
			await inTenant((sql) => gateway.turns.markDecided(sql, turnId, 'e'));
			await inTenant((sql) => gateway.turns.finish(sql, turnId));
		};
		await gateway.write(business, { id: 'H1' });
		await turnIn('done');
		await gateway.write(business, { id: 'H2', from: '34600000002@c.us' });
		await until('both are done', async () => (await turns()).every(({ state }) => state === 'done'));
		expect(n8n.taken).toHaveLength(2);
	});

	test('a person in charge: the turn is closed, not delivered', async () => {
		const gateway = await start();
		await gateway.write(business, { id: 'I1' });
		await db.asOwner(`UPDATE conversations SET state = 'human'`);
		await turnIn('human');
		expect(n8n.calls).toBe(0);
	});

	test('stop waits for a delivery that is under way', async () => {
		const gateway = await start();
		let release = (): void => undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		n8n.onTurn = () => held;
		await gateway.write(business, { id: 'J1' });
		await until('n8n has it', () => n8n.taken.length === 1);
		const stopped = gateway.turns.stop();
		release();
		await stopped;
		expect(await turns()).toMatchObject([{ state: 'delivered' }]);
	});
});
