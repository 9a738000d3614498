import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY } from '../../provisioner/src/testing/api.ts';
import { BOT_TOKEN, HOOK_SECRET } from '../../provisioner/src/testing/business.ts';
import { SIGNING_SECRET } from '../../provisioner/src/testing/gateway.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { startWorld, WAHA_API_KEY } from './world.ts';
import type { Process, World } from './world.ts';

const WAIT_MS = 20_000;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

let world: World;
let service: Process;

beforeAll(async () => {
	world = await startWorld();
	// Everything that a process can be brought to say.
	service = await world.start('all', { LOG_LEVEL: 'debug' });
	world.answerThrough(service.url);
}, 60_000);
afterAll(() => world.close());

describe('the log of a run', () => {
	it('has one line a stage for each turn, from the webhook to the send', async () => {
		await world.write(service.url, { id: 'LOGGED1', body: 'Muéstrame girasoles, por favor' }, { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` });
		await world.write(service.url, { id: 'LOGGED1', body: 'Muéstrame girasoles, por favor' });
		await until('the answer is at the vendor', () => world.sent.length > 0, WAIT_MS);
		const lines = await until('the send is logged', () => {
			const found = service.lines();
			return found.some(({ stage }) => stage === 'sent') ? found : undefined;
		}, WAIT_MS);
		const turn = lines.find(({ stage }) => stage === 'received')?.['turn'];
		const stages = lines.filter((line) => line['turn'] === turn && typeof line['stage'] === 'string' && line['level'] === 30);
		const names = stages.filter(({ outcome }) => outcome !== 'duplicate').map(({ stage }) => stage);
		expect(names).toEqual(['received', 'delivered', 'decided', 'replied', 'sent']);
		expect(new Set(stages.filter(({ outcome }) => outcome !== 'duplicate').map((line) => line['trace_id']))).toEqual(new Set([TRACE]));
		const about = { conversation: stages[0]?.['conversation'], connection: world.business.whatsapp.id };
		for (const stage of ['received', 'delivered', 'sent']) expect(stages.find((line) => line['stage'] === stage)).toMatchObject(about);
	});

	it('shows no customer’s text or phone and no secret, whatever happens', async () => {
		const before = world.sent.length;
		// A forged webhook, an unknown one, one that isn't JSON, n8n away, a person in charge, a wrong key.
		const post = (path: string, init: RequestInit = {}) => fetch(`${service.url}${path}`, { method: 'POST', body: '{"text":"girasoles"}', ...init }).then((response) => response.text());
		await post(world.business.whatsapp.path);
		await post(`${world.business.whatsapp.path}x`);
		await post('/v1/turns/trn_none/decision', { headers: { authorization: `Bearer ${WORKER_KEY}`, 'content-type': 'application/json' } });
		await post('/v1/turns/trn_none/decision', { headers: { authorization: `Bearer ck_worker_${'z'.repeat(32)}` } });
		world.n8n.mood = 'starting_up';
		await world.write(service.url, { id: 'LOGGED2', body: 'Busco girasoles amarillos', from: '34699222333@c.us' });
		await until('n8n did not take it', () => service.lines().some(({ stage }) => stage === 'not_delivered'), WAIT_MS);
		world.n8n.mood = 'ready';
		await until('it is answered', () => world.sent.length > before, WAIT_MS);
		await service.service.stop();

		const log = service.lines().map((line) => JSON.stringify(line)).join('\n');
		expect(log).toContain('"stage":"sent"');
		const told = world.sent.map(({ text }) => text.slice(0, 30));
		const hookToken = world.business.whatsapp.path.split('/').at(-1);
		for (const secret of ['girasoles', '34699111222', '34699222333', ...told, hookToken, HOOK_SECRET, BOT_TOKEN, WAHA_API_KEY, PLATFORM_KEY, WORKER_KEY, SIGNING_SECRET, MASTER_KEY.toString('base64'), 'app-password']) {
			expect(secret).toBeTruthy();
			expect(log).not.toContain(secret);
		}
	});
});
