import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../provisioner/src/testing/until.ts';
import { startMongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import type { MongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import { startWorld } from '../processes/world.ts';
import type { World } from '../processes/world.ts';

const PASSWORD = 'hunter2-of-the-test';
let world: World;
let standIn: MongoStandIn;

beforeAll(async () => {
	[world, standIn] = await Promise.all([startWorld(), startMongoStandIn()]);
});
afterAll(async () => {
	await world.close();
	await standIn.close();
});

const checksOf = async (url: string) => ((await (await fetch(`${url}/health/ready`)).json()) as { checks: Record<string, string> }).checks;

test('a process starts and answers customers with MongoDB away, says so, and nowhere shows its password', async () => {
	const service = await world.start('all', { MONGODB_URI: `mongodb://ana:${PASSWORD}@127.0.0.1:1/x` });
	expect(await checksOf(service.url)).toMatchObject({ database: 'ok', mongodb: 'no answer' });
	world.answerThrough(service.url);
	expect(await world.write(service.url, { id: 'M1', body: 'Hola' })).toBe(200);
	await until('the customer is answered', () => world.sent.length > 0, 20_000);
	await until('it is logged', () => service.lines().some(({ code }) => code === 'mongodb_unreachable'), 20_000);
	const metrics = await (await fetch(`${service.url}/metrics`)).text();
	expect(metrics).toMatch(/concierge_queue_depth\{queue="history",state="(waiting|retrying)"\} [1-9]/);
	await service.service.stop();
	expect(JSON.stringify(service.lines())).not.toContain(PASSWORD);
}, 60_000);

test('with it there, what was waiting arrives', async () => {
	const service = await world.start('worker', { MONGODB_URI: standIn.url });
	expect(await checksOf(service.url)).toMatchObject({ mongodb: 'ok' });
	await until('all are copied', async () => (await world.db.asOwner('SELECT 1 FROM history_outgoing')).length === 0, 70_000);
	expect(standIn.commands.map(({ name }) => name)).toEqual(expect.arrayContaining(['createIndexes', 'update']));
	await service.service.stop();
}, 90_000);

test('an address that the driver can’t read ends the process with a message that names the variable, and shows none of it', async () => {
	const failure: unknown = await world.start('all', { MONGODB_URI: `mongodb://ana:${PASSWORD}@[not-a-host` }).catch((reason: unknown) => reason);
	expect(String(failure)).toContain('MONGODB_URI');
	expect(String(failure)).not.toContain(PASSWORD);
}, 60_000);
