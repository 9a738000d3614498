import { HookContext } from 'n8n-core';
import type { WorkflowActivateMode, WorkflowExecuteMode } from 'n8n-workflow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';
import { API_KEY, trigger, triggerSurroundings } from '../../test/nodes/trigger.ts';
import type { TriggerSetup } from '../../test/nodes/trigger.ts';

const URL_PRODUCTION = 'http://n8n.test/webhook/5b1f4f0e-0000-4000-8000-000000000000/turns';
const URL_TEST = URL_PRODUCTION.replace('/webhook/', '/webhook-test/');
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

function hook(setup: TriggerSetup = {}): HookContext {
	const mode: WorkflowExecuteMode = setup.test === true ? 'manual' : 'trigger';
	const activation: WorkflowActivateMode = setup.test === true ? 'manual' : 'activate';
	const { workflow, node, additionalData, webhookData } = triggerSurroundings({ baseUrl: platform.url, ...setup }, mode);
	return new HookContext(workflow, node, additionalData, mode, activation, webhookData);
}

const hooks = trigger.webhookMethods.default;

const SUBSCRIPTION = {
	id: 'sub_1',
	object: 'subscription',
	url: URL_PRODUCTION,
	events: ['turn.ready'],
	channels: [],
	connection_id: '',
	mode: 'production',
	workflow_id: 'wf-test',
	node_id: 'node-trigger',
};

describe('subscribing', () => {
	it('tells the platform the webhook URL, the filters and where it comes from', async () => {
		platform.on('POST /v1/subscriptions', { status: 201, json: SUBSCRIPTION });
		const parameters = { channels: ['whatsapp'], connectionId: ' con_1 ' };
		expect(await hooks.create.call(hook({ parameters }))).toBe(true);
		expect(platform.calls[0]?.body).toEqual({
			url: URL_PRODUCTION,
			events: ['turn.ready'],
			channels: ['whatsapp'],
			connection_id: 'con_1',
			mode: 'production',
			workflow_id: 'wf-test',
			node_id: 'node-trigger',
		});
		expect(platform.calls[0]?.headers.authorization).toBe(`Bearer ${API_KEY}`);
	});

	it('subscribes the test URL as a test when the editor listens', async () => {
		platform.on('POST /v1/subscriptions', { status: 201, json: SUBSCRIPTION });
		await hooks.create.call(hook({ test: true }));
		expect(platform.calls[0]?.body).toMatchObject({ url: URL_TEST, mode: 'test', channels: [], connection_id: '' });
	});

	it('says that the platform is away, so that activation fails visibly', async () => {
		const gone = await PlatformDouble.start();
		const { url } = gone;
		await gone.stop();
		await expect(hooks.create.call(hook({ baseUrl: url }))).rejects.toMatchObject({
			name: 'NodeApiError',
			message: `The Concierge platform can't be reached at ${url}.`,
		});
	});

	it('says that the key is wrong', async () => {
		platform.on('POST /v1/subscriptions', problem(401, 'invalid_api_key', 'No such key.'));
		await expect(hooks.create.call(hook())).rejects.toMatchObject({
			name: 'NodeApiError',
			message: 'The Concierge platform refused the API key.',
		});
	});
});

describe('activating again', () => {
	it('subscribes again, so that a changed credential or filter counts; no look-up can fail before it', async () => {
		expect(await hooks.checkExists.call(hook({ baseUrl: 'http://127.0.0.1:1' }))).toBe(false);
		expect(platform.calls).toHaveLength(0);
	});
});

describe('unsubscribing', () => {
	it('deletes every subscription of the URL, and nothing else', async () => {
		platform.on('GET /v1/subscriptions', {
			json: { object: 'list', data: [SUBSCRIPTION, { ...SUBSCRIPTION, id: 'sub_2', url: URL_TEST }], has_more: false },
		});
		platform.on('DELETE /v1/subscriptions/sub_1', { status: 204 });
		expect(await hooks.delete.call(hook())).toBe(true);
		expect(platform.calls.map(({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`)).toEqual([
			'GET /v1/subscriptions',
			'DELETE /v1/subscriptions/sub_1',
		]);
	});

	it('is content when there is none', async () => {
		platform.on('GET /v1/subscriptions', { json: { object: 'list', data: [], has_more: false } });
		expect(await hooks.delete.call(hook())).toBe(true);
	});

	it('throws for an active workflow, so that n8n tries again, and lets a test go', async () => {
		const baseUrl = 'http://127.0.0.1:1';
		await expect(hooks.delete.call(hook({ baseUrl }))).rejects.toMatchObject({ name: 'NodeApiError' });
		expect(await hooks.delete.call(hook({ baseUrl, test: true }))).toBe(false);
	});
});
