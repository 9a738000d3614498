import { describe, expect, test } from 'vitest';
import { PLATFORM_KEY } from '../../testing/api.ts';
import { subscribe } from '../../testing/business.ts';
import { seedDueTurns } from '../../testing/due-turns.ts';
import { startFakeTrigger } from '../../testing/fake-trigger.ts';
import { SIGNING_SECRET } from '../../testing/gateway.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';

const t = useTurns();
const { start, turns, turnIn, running } = t;

describe('n8n away', () => {
	test('refused, "starting up", 404, another turn\'s echo, then ready: delivered once, and visible meanwhile', async () => {
		const { port } = t.n8n;
		await t.n8n.close();
		const gateway = await start();
		await gateway.write(t.business, { id: 'A1', body: 'anyone?' });
		const waiting = await until('a failure is recorded', async () => (await turns()).find(({ delivery_failures: failures }) => failures > 0));
		expect(waiting).toMatchObject({ state: 'delivering', attempts: 1, last_error: "n8n can't be reached for delivery of a turn (ECONNREFUSED). Check its URL and that it runs." });
		t.n8n = await startFakeTrigger({ signingSecret: SIGNING_SECRET, port });
		for (const [mood, reason] of [['starting_up', 'it is starting up'], ['not_found', 'the workflow is not active'], ['wrong_turn', "without the trigger's confirmation"]] as const) {
			t.n8n.mood = mood;
			await t.retryNow(gateway);
			await until(mood, async () => (await turns())[0]?.last_error?.includes(reason));
		}
		t.n8n.mood = 'ready';
		await t.retryNow(gateway);
		expect(await turnIn('delivered')).toMatchObject({ attempts: 1, delivery_failures: 0, last_error: null });
		expect(t.n8n.taken.map(({ event }) => [event.text, event.attempt])).toEqual([['anyone?', 1]]);
	});

	test('without any help it comes back by itself', async () => {
		t.n8n.mood = 'starting_up';
		const gateway = await start();
		await gateway.write(t.business, { id: 'B1' });
		await until('two failures', async () => (await turns())[0]?.delivery_failures === 2);
		t.n8n.mood = 'ready';
		await turnIn('delivered');
		expect(t.n8n.calls).toBe(3);
	});

	test('silence: not taken, the next try has the same attempt', async () => {
		t.n8n.mood = 'silent';
		const gateway = await start({ deliveryTimeoutMs: 150 });
		await gateway.write(t.business, { id: 'C1' });
		await until('it is noticed', async () => (await turns())[0]?.last_error?.includes('no answer within 150 ms'));
		t.n8n.mood = 'ready';
		expect(await turnIn('delivered')).toMatchObject({ attempts: 1 });
	});

	test('no subscription: it waits, says so, and goes when a trigger subscribes', async () => {
		await t.db.asOwner('DELETE FROM subscriptions');
		const gateway = await start();
		await gateway.write(t.business, { id: 'D1' });
		await until('it says so', async () => (await turns())[0]?.last_error?.startsWith('No workflow is subscribed'));
		await until('a few tries', async () => ((await turns())[0]?.delivery_failures ?? 0) >= 3);
		const subscribed = performance.now();
		await subscribe(t.db, t.n8n.url);
		await until('it is delivered', () => t.n8n.taken.length === 1);
		expect(performance.now() - subscribed).toBeLessThan(400);
	});
});

describe('what n8n does not take for 24 hours', () => {
	const aDayPasses = () => t.db.asOwner(`UPDATE turns SET flush_at = flush_at - interval '24 hours'`);
	const failed = (gateway: Awaited<ReturnType<typeof start>>, failures: number) =>
		until(`failure ${failures}`, async () => {
			const [turn] = await turns();
			if ((turn?.delivery_failures ?? 0) >= failures) return turn;
			await t.retryNow(gateway);
			return undefined;
		});

	test('without a subscription: dead, with the reason; delivered when it is redelivered', async () => {
		await t.db.asOwner('DELETE FROM subscriptions');
		const gateway = await start();
		await gateway.write(t.business, { id: 'D1' });
		expect(await failed(gateway, 3)).toMatchObject({ state: 'delivering' });
		await aDayPasses();
		await t.retryNow(gateway);
		const dead = await turnIn('dead');
		expect(dead.last_error).toBe('n8n has not taken the turn for 24 hours. Put right why, then redeliver it: No workflow is subscribed for this connection. Activate the answering workflow.');
		await subscribe(t.db, t.n8n.url);
		expect((await gateway.api.call('POST', `/v1/turns/${dead.id}/redeliver`, { key: PLATFORM_KEY })).status).toBe(200);
		expect(await turnIn('delivered')).toMatchObject({ attempts: 1, last_error: null });
	});

	test('refused by n8n: dead; what has waited as long and was not tried yet is delivered', async () => {
		t.n8n.refuses = () => 'poison';
		const gateway = await start();
		await gateway.write(t.business, { id: 'D2' });
		await failed(gateway, 1);
		await aDayPasses();
		await t.retryNow(gateway);
		expect((await turnIn('dead')).last_error).toContain('n8n answered 500');
		t.n8n.refuses = () => false;
		await seedDueTurns(t.db, t.business, 1, { agoMs: 25 * 3_600_000 });
		gateway.turns.wake(0);
		await turnIn('delivered');
	});
});

describe('which subscription', () => {
	const path = (suffix: string) => `${t.n8n.url}/${suffix}`;
	const deliveredTo = async (id: string) => {
		const gateway = await start();
		await gateway.write(t.business, { id });
		await turnIn('delivered');
		return t.n8n.taken.map((taken) => taken.path.replace('/webhook/turns/', ''));
	};

	test('of the connection before the shared ones, whichever is newer', async () => {
		await t.db.asOwner('DELETE FROM subscriptions');
		await subscribe(t.db, path('own'), { id: 'sub_own', connectionId: t.business.whatsapp.id });
		await subscribe(t.db, path('shared'), { id: 'sub_shared' });
		expect(await deliveredTo('E1')).toEqual(['own']);
	});

	test('of this channel, the newest', async () => {
		await t.db.asOwner('DELETE FROM subscriptions');
		await subscribe(t.db, path('old'), { id: 'sub_1', channels: ['whatsapp'] });
		await subscribe(t.db, path('new'), { id: 'sub_2', channels: ['whatsapp', 'telegram'] });
		await subscribe(t.db, path('telegram'), { id: 'sub_3', channels: ['telegram'] });
		await subscribe(t.db, path('telegram-own'), { id: 'sub_4', connectionId: t.business.telegram.id });
		expect(await deliveredTo('E2')).toEqual(['new']);
	});

	test('when the newest does not take it, the one before', async () => {
		await t.db.asOwner('DELETE FROM subscriptions');
		await subscribe(t.db, path('alive'), { id: 'sub_1' });
		await subscribe(t.db, 'http://127.0.0.1:1/gone', { id: 'sub_2' });
		expect(await deliveredTo('E3')).toEqual(['alive']);
	});

	test('one whose key can not be opened, and a turn whose event can not be made, hold up no others', async () => {
		await t.db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ('key_broken', 'worker', 'broken', '\\x00', '\\x00') ON CONFLICT DO NOTHING`);
		await t.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, url, mode, events) VALUES ('sub_broken', 'key_broken', $1, 'production', '{turn.ready}')`, [path('broken')]);
		const [odd] = await seedDueTurns(t.db, t.business, 3);
		await t.db.asOwner(`UPDATE messages SET sent_at = '20000-01-01' WHERE turn_id = $1`, [odd]);
		await start();
		await until('the others are delivered', () => t.n8n.taken.length === 2);
		await until('the odd one says why', async () => (await turns()).find(({ id }) => id === odd)?.last_error === 'Its event could not be made; the log has the error.');
	});

	test("the editor's test gets a copy, until it expires", async () => {
		await subscribe(t.db, path('editor'), { id: 'sub_test', mode: 'test' });
		await deliveredTo('E4');
		await until('both have it', () => t.n8n.taken.length === 2);
		expect(t.n8n.taken.map((taken) => taken.path).sort()).toEqual(['/webhook/turns', '/webhook/turns/editor']);
		await t.db.asOwner(`UPDATE subscriptions SET expires_at = now() - interval '1 s' WHERE id = 'sub_test'`);
		await running[0]?.write(t.business, { id: 'E5', from: '34600000001@c.us' });
		await until('the second turn is delivered', async () => (await turns()).every(({ state }) => state === 'delivered'));
		expect(t.n8n.taken).toHaveLength(3);
	});
});
