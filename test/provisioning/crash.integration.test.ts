import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/stack/ports.ts';
import { eventually, realN8n, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => {
	h = await startHarness();
	await h.workflows.answerWorkflowId();
});
afterAll(() => h.close());

async function startChild(account: { tenantId: string; companyId: string }, token: string): Promise<ChildProcess> {
	const task = { databaseUrl: h.db.appUrl, n8n: h.options.n8n, sandboxUrl: h.sandbox.url, port: await freePort(), platformUrl: h.api.url, ...account, token };
	return spawn(process.execPath, [fileURLToPath(new URL('./crash-child.ts', import.meta.url)), JSON.stringify(task)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** As the next start does, once the dead process's claim has run out. */
async function resume(): Promise<void> {
	await h.db.asOwner(`UPDATE connections SET provisioning_until = now() - interval '1 second'`);
	h.connections.start();
	await h.connections.stop();
}

// Kill -9 at every request of the saga, before and after it had its effect in n8n.
describe.skipIf(realN8n)('a provisioner killed while it connects a bot', () => {
	test.each([
		['POST /credentials', 'before'],
		['POST /credentials', 'after'],
		['POST /workflows', 'before'],
		['POST /workflows', 'after'],
		['POST /workflows/{id}/activate', 'before'],
		['POST /workflows/{id}/activate', 'after'],
	] as const)('at %s, %s it was done: the next start completes it, once', async (request, when) => {
		const { tenantId, companyId, key } = await h.signUp();
		const { token, username } = await h.newBot();
		const reached = h.fake?.holdNext(request, when);
		const child = await startChild({ tenantId, companyId }, token);
		await reached;
		child.kill('SIGKILL');
		await once(child, 'exit');

		await resume();
		const [connection] = (await h.call('GET', '/v1/connections', undefined, key)).body.data ?? [];
		await eventually('subscribed', async () => (await h.call('GET', `/v1/connections/${connection?.id}`, undefined, key)).body['subscribed'] === true);
		await h.workflows.reconcile();
		expect((await h.call('GET', `/v1/connections/${connection?.id}`, undefined, key)).body).toMatchObject({ state: 'connected', last_error: null });
		expect(await h.inN8n()).toEqual({
			workflows: ['Concierge: after a payment on', 'Concierge: answer on', 'Telegram: Flores on'],
			credentials: [`Concierge key: Flores (${connection?.id})`, 'Concierge worker', `Telegram bot: Flores (${connection?.id})`],
		});
		expect(await h.webhookOf(username)).not.toBeNull();
		expect(await h.db.asOwner('SELECT 1 FROM api_keys WHERE connection_id = $1', [connection?.id])).toHaveLength(1);
		expect(await h.db.asOwner('SELECT step FROM provisioning_steps WHERE connection_id = $1 AND state <> $2', [connection?.id, 'done'])).toEqual([]);

		await h.call('DELETE', `/v1/connections/${connection?.id}`, undefined, key);
		expect(await h.inN8n()).toEqual({ workflows: ['Concierge: after a payment on', 'Concierge: answer on'], credentials: ['Concierge worker'] });
	});

	test('what can’t be completed at the next start is undone', async () => {
		const { tenantId, companyId, key } = await h.signUp();
		const { token, username } = await h.newBot();
		const reached = h.fake?.holdNext('POST /workflows', 'after');
		const child = await startChild({ tenantId, companyId }, token);
		await reached;
		child.kill('SIGKILL');
		await once(child, 'exit');
		await h.control('POST', '/faults', { vendor: 'telegram', operation: 'setWebhook', mode: 'status', status: 400, count: 1 });
		await resume();
		expect((await h.call('GET', '/v1/connections', undefined, key)).body.data).toEqual([]);
		expect(await h.inN8n()).toEqual({ workflows: ['Concierge: after a payment on', 'Concierge: answer on'], credentials: ['Concierge worker'] });
		expect(await h.webhookOf(username)).toBeNull();
	});

	test('a connection that is being worked on is left alone', async () => {
		const { tenantId, companyId, key } = await h.signUp();
		const { token } = await h.newBot();
		const reached = h.fake?.holdNext('POST /workflows', 'after');
		const child = await startChild({ tenantId, companyId }, token);
		await reached;
		h.connections.start();
		await h.connections.stop();
		const [connection] = (await h.call('GET', '/v1/connections', undefined, key)).body.data ?? [];
		expect(await h.call('DELETE', `/v1/connections/${connection?.id}`, undefined, key)).toMatchObject({ status: 409, body: { code: 'connection_busy' } });
		child.kill('SIGKILL');
		await once(child, 'exit');
		await h.db.asOwner(`UPDATE connections SET provisioning_until = NULL`);
		expect((await h.call('DELETE', `/v1/connections/${connection?.id}`, undefined, key)).status).toBe(200);
		expect(await h.inN8n()).toEqual({ workflows: ['Concierge: after a payment on', 'Concierge: answer on'], credentials: ['Concierge worker'] });
	});
});
