import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signUpDemo } from '../../scripts/stack/demo.ts';
import type { Stack } from '../../scripts/stack/stack.ts';
import { eventually, stackClients } from './clients.ts';
import { startTestStack } from './test-stack.ts';

// A stack of its own: these tests stop parts of it.
let stateDir: string;
let stack: Stack;
let clients: ReturnType<typeof stackClients>;
let session: string;
let answerId: string;

beforeAll(async () => {
	stateDir = await mkdtemp(join(tmpdir(), 'concierge-recovery-'));
	const started = await startTestStack(stateDir);
	stack = started.stack;
	await signUpDemo(stack, () => undefined);
	clients = stackClients(started.access);
	const key = stack.settingsFile.settings.demo['Flores']?.apiKey ?? '';
	session = (await clients.api(key).get<{ data: { external_id: string }[] }>('/v1/connections')).body.data[0]?.external_id ?? '';
	answerId = await clients.workflowId('Concierge: answer');
});
afterAll(async () => {
	await stack?.stopAll();
	await rm(stateDir, { recursive: true, force: true });
});

const write = (from: string, body: string) => clients.sandbox.post<{ deliveries: { status: number }[] }>(`/control/waha/sessions/${session}/messages`, { from, body });
const answers = (from: string) => clients.textsTo('whatsapp', from);
const answerWorkflow = async () =>
	(await clients.platform.get<{ data: { n8n_id: string; name: string; subscribed: boolean; repair_attempts: number }[] }>('/v1/workflows')).body.data.find(({ n8n_id }) => n8n_id === answerId);

test('a customer who writes while n8n is stopped is answered once when it is back', async () => {
	await stack.stop('n8n');
	const written = await write('34699400001', 'Сколько стоит букет из 20 роз?');
	expect(written.body.deliveries.map(({ status }) => status)).toEqual([200]);
	// The turn is due and n8n is away: the platform has tried and keeps it.
	await eventually('a failed delivery on the turn', async () => {
		const { body } = await clients.platform.get<{ data: { last_error: string | null }[] }>('/v1/turns?limit=5');
		return body.data.some((turn) => turn.last_error);
	});
	expect(await answers('34699400001')).toEqual([]);
	await stack.start('n8n');
	const [answer] = await eventually('the answer', async () => {
		const sent = await answers('34699400001');
		return sent.length > 0 ? sent : undefined;
	}, 40_000);
	expect(answer?.text).toContain('59,90');
	expect(await clients.executions(answerId)).toHaveLength(1);
	expect(await answers('34699400001')).toHaveLength(1);
});

test('a workflow activated while the platform is unreachable is reported as not subscribed, and repaired', async () => {
	expect((await clients.n8n.post(`/workflows/${answerId}/deactivate`)).status).toBe(200);
	await eventually('unsubscribed', async () => (await answerWorkflow())?.subscribed === false);
	await stack.stop('provisioner');
	expect((await clients.n8n.post(`/workflows/${answerId}/activate`)).status).toBe(200);
	// n8n says "active" all the while; it tries to subscribe for some 15 s and then gives up for good.
	await eventually('n8n has given up', async () => stack.services.n8n.tail(3).includes('some triggers failed to activate'), 60_000);
	await stack.start('provisioner');
	const repaired = await eventually('repaired by the reconciler', async () => {
		const workflow = await answerWorkflow();
		return workflow?.subscribed === true ? workflow : undefined;
	}, 60_000);
	expect(repaired.repair_attempts).toBeGreaterThan(0);
	expect(stack.services.provisioner.tail(50)).toContain('is not subscribed');
	await write('34699400002', 'Сколько стоит букет из 10 роз?');
	const answer = await eventually('the answer', async () => (await answers('34699400002'))[0], 30_000);
	expect(answer.text).toContain('34,50');
});

test('a provisioner killed with a burst in its window answers it once when it is back', async () => {
	await write('34699400003', 'Сколько стоит');
	await write('34699400003', 'букет из 20 роз?');
	await stack.services.provisioner.kill();
	await stack.start('provisioner');
	const answer = await eventually('the answer', async () => (await answers('34699400003'))[0], 30_000);
	expect(answer.text).toContain('59,90');
	expect(await answers('34699400003')).toHaveLength(1);
});
