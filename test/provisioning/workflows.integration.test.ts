import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { startProvisioning } from '../../provisioner/src/testing/provisioning.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { eventually, realN8n, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => {
	h = await startHarness();
});
afterAll(() => h.close());

const managed = async (): Promise<readonly Json[]> => (await h.call('GET', '/v1/workflows')).body.data ?? [];
const ofTemplate = (template: string) => async (): Promise<Json> => (await managed()).find((workflow) => workflow['template'] === template) ?? {};
const answer = ofTemplate('answer');
const afterPayment = ofTemplate('after-payment');
const subscribed = (which: () => Promise<Json | undefined>) => eventually('subscribed', async () => (await which())?.['subscribed'] === true);

test('the answering workflow and its credential are made once, however many processes start', async () => {
	const ids = await Promise.all([h.workflows.answerWorkflowId(), h.workflows.answerWorkflowId()]);
	expect(ids[0]).toBe(ids[1]);
	await h.workflows.reconcile();
	await subscribed(answer);
	expect(await answer()).toMatchObject({ object: 'workflow', n8n_id: ids[0], name: 'Concierge: answer', template: 'answer', connection_id: null, subscribed: true, last_error: null });
	expect(await h.inN8n()).toEqual({ workflows: ['Concierge: after a payment on', 'Concierge: answer on'], credentials: ['Concierge worker'] });
	const [subscription] = await h.db.asOwner<{ api_key_id: string; tenant_id: string | null }>('SELECT api_key_id, tenant_id FROM subscriptions');
	expect(subscription).toEqual({ api_key_id: expect.stringMatching(/^key_worker_/), tenant_id: null });
	expect((await h.call('GET', '/v1/workflows', undefined, (await h.signUp()).key)).status).toBe(403);
});

test('a lost subscription is reported, then repaired by switching the workflow off and on', async () => {
	await h.db.asOwner('DELETE FROM subscriptions');
	expect((await answer())['subscribed']).toBe(false);
	await h.workflows.reconcile();
	expect(await answer()).toMatchObject({ subscribed: false, last_error: 'the trigger of its workflow in n8n has not subscribed', repair_attempts: 0 });
	h.advance(6_000);
	await h.workflows.reconcile();
	await subscribed(answer);
	await subscribed(afterPayment);
	await h.workflows.reconcile();
	expect(await answer()).toMatchObject({ subscribed: true, last_error: null, repair_attempts: 0 });
	expect(await h.db.asOwner('SELECT 1 FROM workflow_repairs')).toEqual([]);
});

test.skipIf(realN8n)('between repairs the time doubles, and a subscription that comes late ends it', async () => {
	if (h.fake) h.fake.triggersCutOff = true;
	await h.db.asOwner('DELETE FROM subscriptions');
	const attemptsAfter = async (ms: number) => {
		h.advance(ms);
		await h.workflows.reconcile();
		await h.fake?.settled();
		return (await answer())['repair_attempts'];
	};
	expect(await attemptsAfter(0)).toBe(0);
	expect(await attemptsAfter(6_000)).toBe(1);
	expect(await attemptsAfter(15_000)).toBe(1);
	expect(await attemptsAfter(6_000)).toBe(2);
	expect(await attemptsAfter(30_000)).toBe(2);
	expect(await attemptsAfter(11_000)).toBe(3);
	if (h.fake) h.fake.triggersCutOff = false;
	expect(await attemptsAfter(300_000)).toBe(4);
	await subscribed(answer);
	await h.workflows.reconcile();
	expect(await answer()).toMatchObject({ subscribed: true, repair_attempts: 0 });
});

test('a subscription whose webhook n8n does not have any more is dropped, and the workflow subscribes again', async () => {
	const [row] = await h.db.asOwner<{ url: string }>("UPDATE subscriptions SET url = replace(url, '/webhook/', '/webhook/gone-') RETURNING url");
	expect((await answer())['subscribed']).toBe(true);
	await h.workflows.reconcile();
	expect((await answer())['subscribed']).toBe(false);
	h.advance(6_000);
	await h.workflows.reconcile();
	await subscribed(answer);
	expect(await h.db.asOwner('SELECT 1 FROM subscriptions WHERE url = $1', [row?.url])).toEqual([]);
});

test('a workflow that an operator switched off stays off, and its connection says so', async () => {
	const { key, companyId } = await h.signUp();
	const { token } = await h.newBot();
	const { body } = await h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'telegram', telegram: { bot_token: token } }, key);
	expect(body['state']).toBe('connected');
	const clone = async () => (await managed()).find((workflow) => workflow['connection_id'] === body.id);
	const connection = async () => (await h.call('GET', `/v1/connections/${body.id}`, undefined, key)).body;
	const n8nId = String((await clone())?.['n8n_id']);
	await h.n8n('POST', `/workflows/${n8nId}/deactivate`);
	await eventually('unsubscribed', async () => (await connection())['subscribed'] === false);
	await h.workflows.reconcile();
	h.advance(6_000);
	await h.workflows.reconcile();
	expect(await connection()).toMatchObject({ state: 'error', last_error: 'not subscribed: the workflow is switched off in n8n', error_count: 1 });
	expect((await h.n8n('GET', `/workflows/${n8nId}`)).body['active']).toBe(false);
	await h.n8n('POST', `/workflows/${n8nId}/activate`);
	await subscribed(clone);
	await h.workflows.reconcile();
	expect(await connection()).toMatchObject({ state: 'connected', last_error: null });
	await h.call('DELETE', `/v1/connections/${body.id}`, undefined, key);
});

test('a workflow that is gone from n8n is made again', async () => {
	const { n8n_id: id } = await answer();
	await h.n8n('POST', `/workflows/${String(id)}/deactivate`);
	await eventually('deleted', async () => (await h.n8n('DELETE', `/workflows/${String(id)}`)).status === 200);
	for (const wait of [0, 6_000, 30_000]) {
		h.advance(wait);
		await h.workflows.reconcile();
	}
	await subscribed(answer);
	expect((await answer())['n8n_id']).not.toBe(id);
	expect((await h.inN8n()).workflows).toEqual(['Concierge: after a payment on', 'Concierge: answer on']);
});

test('a new version of the template is applied at the next start, but never over an operator’s edits', async () => {
	const rootDir = await mkdtemp(join(tmpdir(), 'concierge-workflows-'));
	await cp(fileURLToPath(new URL('../../workflows', import.meta.url)), join(rootDir, 'workflows'), { recursive: true });
	const file = join(rootDir, 'workflows/answer.json');
	const { n8n_id: id } = await answer();
	const path = `/workflows/${String(id)}`;
	const live = async () => (await h.n8n('GET', path)).body as Json & { nodes: { id: string; name: string; parameters: object }[] };
	/** As after a restart with the template files as they are now. */
	const nextStart = async () => {
		const next = await startProvisioning({ ...h.options, port: await freePort(), platformUrl: h.api.url, rootDir });
		expect(await next.workflows.answerWorkflowId()).toBe(id);
		await next.close();
	};
	const editTemplate = async (from: string, to: string) => writeFile(file, (await readFile(file, 'utf8')).replaceAll(from, to));
	const nodeNames = async () => (await live()).nodes.map((node) => node.name);
	const webhookIds = async () => (await live()).nodes.map((node) => ('webhookId' in node ? node.webhookId : undefined));

	const before = await live();
	const paths = await webhookIds();
	await nextStart();
	expect((await live())['updatedAt']).toBe(before['updatedAt']);

	await editTemplate('"Sales Agent"', '"The Agent"');
	await nextStart();
	expect(await nodeNames()).toContain('The Agent');
	expect(await webhookIds()).toEqual(paths);

	const { name, nodes, connections, settings } = await live();
	const edited = nodes.map((node) => (node.name === 'The Agent' ? { ...node, parameters: { ...node.parameters, notes: 'by the operator' } } : node));
	expect((await h.n8n('PUT', path, { name, nodes: edited, connections, settings })).status).toBe(200);
	await editTemplate('"The Agent"', '"Newer Agent"');
	await nextStart();
	expect(await nodeNames()).toContain('The Agent');
	expect(JSON.stringify((await live()).nodes)).toContain('by the operator');
	await subscribed(answer);
	await rm(rootDir, { recursive: true });
});

test('a new worker key reaches n8n at the next start, and the workflow subscribes with it', async () => {
	const next = await startProvisioning({ ...h.options, port: await freePort(), platformUrl: h.api.url, workerKey: `ck_worker_${'x'.repeat(32)}` });
	await next.workflows.answerWorkflowId();
	// The trigger refuses what is signed for the old key: round by round that is found, and repaired.
	await next.workflows.reconcile();
	expect((await answer())['subscribed']).toBe(false);
	h.advance(6_000);
	await next.workflows.reconcile();
	await subscribed(answer);
	await next.workflows.reconcile();
	expect((await answer())['subscribed']).toBe(true);
	const [row] = await h.db.asOwner<{ same: boolean }>(
		`SELECT s.api_key_id = k.id AS same FROM subscriptions s, api_keys k WHERE k.scope = 'worker' ORDER BY k.created_at DESC LIMIT 1`,
	);
	expect(row?.same).toBe(true);
	expect((await h.inN8n()).credentials).toEqual(['Concierge worker']);
	await next.close();
});
