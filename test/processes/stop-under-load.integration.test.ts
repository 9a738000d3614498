import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => void (world = await startWorld()), 60_000);
afterAll(() => world.close());

/** Of each of eight customers: some 600 messages a second, all of other people. */
const BETWEEN_MS = 10;
const STOP_WITHIN_MS = 10_000;
const SETTINGS = { LOG_LEVEL: 'warn', QUIET_WINDOW_MS: '300', HOOK_MESSAGES_PER_CONNECTION: '0', WHATSAPP_SENDS_PER_SECOND: '1000' };

it('a process that stops while customers write and n8n is silent ends within 10 s; another one answers what it had taken, once each', async () => {
	const first = await world.start('all', SETTINGS);
	// n8n takes calls and never acknowledges: what is under way can't end by itself.
	world.n8n.mood = 'silent';
	const acknowledged = new Set<string>();
	let next = 0;
	const customer = async () => {
		for (let status = 200; status !== 0; ) {
			const number = `3469${String((next += 1)).padStart(7, '0')}`;
			status = await world.write(first.url, { id: `STOP${number}`, from: `${number}@c.us`, body: 'Hola' }).catch(() => 0);
			if (status === 200) acknowledged.add(`${number}@c.us`);
			await delay(BETWEEN_MS);
		}
	};
	const customers = Array.from({ length: 8 }, customer);
	await until('turns are on their way and many wait', () => (world.n8n.calls >= 4 && acknowledged.size > 200) || undefined, 30_000);

	const began = performance.now();
	await first.service.stop(2 * STOP_WITHIN_MS);
	const tookMs = performance.now() - began;
	// Whoever could not connect any more has given up.
	await Promise.all(customers);
	expect(tookMs).toBeLessThan(STOP_WITHIN_MS);

	world.n8n.mood = 'starting_up';
	const second = await world.start('all', SETTINGS);
	world.answerThrough(second.url);
	world.n8n.mood = 'ready';
	await until('everyone is answered', () => new Set(world.sent.map(({ chatId }) => chatId)).size >= acknowledged.size || undefined, 60_000);
	const answers = Map.groupBy(world.sent, ({ chatId }) => chatId);
	expect([...acknowledged].filter((chatId) => answers.get(chatId)?.length !== 1)).toEqual([]);
	expect(world.problems).toEqual([]);
}, 120_000);
