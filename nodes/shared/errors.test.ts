import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WorkflowNode } from '../../test/nodes/engine.ts';
import { chain, runWorkflow } from '../../test/nodes/engine.ts';
import type { Answer } from '../../test/nodes/platform.ts';
import { PlatformDouble, problem } from '../../test/nodes/platform.ts';

/** How every node fails, shown with Checkout; the nodes share the code (run-items.ts, node-errors.ts, platform-api.ts). */

const API_KEY = 'ck_worker_0123456789abcdef';
const OK: Answer = { json: { object: 'checkout', status: 'payment_link_sent' } };
let platform: PlatformDouble;

beforeAll(async () => {
	platform = await PlatformDouble.start();
});
beforeEach(() => platform.reset());
afterAll(async () => await platform.stop());

const ITEMS = ['trn_0', 'trn_1', 'trn_2'].map((turnId) => ({ turnId, decisionId: `dec_${turnId}` }));

async function run(node: Partial<WorkflowNode> = {}, baseUrl = platform.url, items: ReadonlyArray<Record<string, unknown>> = ITEMS) {
	const workflow = chain(
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
		{ name: 'Checkout', type: 'n8n-nodes-concierge.checkout', ...node },
		{ name: 'End', type: 'n8n-nodes-base.noOp' },
	);
	workflow.connections['Checkout']?.['main']?.push([{ node: 'Failed', type: 'main', index: 0 }]);
	const nodes = [...workflow.nodes, { name: 'Failed', type: 'n8n-nodes-base.noOp' }];
	return await runWorkflow({ workflow: { ...workflow, nodes }, items, credential: { baseUrl, apiKey: API_KEY } });
}

/** The middle one of three items gets `answer`, the others go through. */
function failSecond(answer: Answer): void {
	for (const { turnId } of ITEMS) platform.on(`POST /v1/turns/${turnId}/checkout`, turnId === 'trn_1' ? answer : OK);
}

describe('an error of the platform', () => {
	it.each([
		[problem(401, 'invalid_api_key', 'No such key.'), '401', 'The Concierge platform refused the API key.', 'Check the API Key'],
		[problem(403, 'forbidden', 'Turn of another tenant.'), '403', 'The API key is not allowed to do this.', 'Turn of another tenant.'],
		[problem(429, 'rate_limited', 'Too fast.'), '429', 'The Concierge platform asks to slow down.', 'Retry On Fail'],
		[problem(500, 'internal', 'Look at the log.'), '500', 'The Concierge platform failed to handle this request.', 'internal'],
		[{ status: 502, html: '<h1>Bad gateway</h1>' }, '502', 'The Concierge platform failed to handle this request.', 'http_502'],
		[{ status: 200, html: '<h1>Welcome</h1>' }, '502', 'The Concierge platform failed to handle this request.', 'http_502'],
		[{ status: 302, html: '' }, '302', 'The Concierge platform answered with status 302.', 'http_302'],
	])('%o is told in plain words, with the item', async (answer, httpCode, message, inDescription) => {
		failSecond(answer);
		const outcome = await run({}, platform.url, ITEMS.slice(1, 2));
		expect(outcome.status).toBe('error');
		expect(outcome.error).toMatchObject({ name: 'NodeApiError', httpCode, message, context: { itemIndex: 0 } });
		expect(outcome.error?.description).toContain(inDescription);
		expect(outcome.ran('End')).toBe(false);
	});

	it.each([
		[problem(404, 'turn_not_found', 'There is no turn trn_1.'), '404', 'There is no turn trn_1.', 'turn_not_found'],
		[problem(409, 'decision_not_committed', 'dec_1 sells nothing.'), '409', 'dec_1 sells nothing.', 'decision_not_committed'],
	])('%o of the only turn is told in plain words, too', async (answer, httpCode, message, inDescription) => {
		failSecond(answer);
		const outcome = await run({}, platform.url, ITEMS.slice(1, 2));
		expect(outcome.error).toMatchObject({ name: 'NodeApiError', httpCode, message, context: { itemIndex: 0 } });
		expect(outcome.error?.description).toContain(inDescription);
	});

	it('does not keep the other customers waiting: every item is tried', async () => {
		failSecond(problem(500, 'internal', 'Oops.'));
		await run();
		expect(platform.calls.map(({ path }) => path).toSorted()).toEqual(ITEMS.map(({ turnId }) => `/v1/turns/${turnId}/checkout`));
	});

	it('says where the platform was looked for when there is no answer', async () => {
		const gone = await PlatformDouble.start();
		const { url } = gone;
		await gone.stop();
		const outcome = await run({}, `${url}/`);
		expect(outcome.error?.message).toBe(`The Concierge platform can't be reached at ${url}.`);
		expect(outcome.error?.description).toBe(
			'Check that the platform is running, and the Base URL of the Concierge API credential (ECONNREFUSED).',
		);
	});

	it.each(['concierge.example.com', 'ftp://concierge.example.com', ''])('says that "%s" is no address', async (baseUrl) => {
		const outcome = await run({}, baseUrl);
		expect(outcome.error?.message).toBe('The Base URL of the Concierge API credential is not an http(s) address.');
	});
});

describe('a turn that fails by itself among others', () => {
	it.each([
		[problem(404, 'turn_not_found', 'There is no turn trn_1.'), 'There is no turn trn_1. (Error code: turn_not_found)'],
		[problem(409, 'checkout_missing', 'Not checked out.'), 'Not checked out. (Error code: checkout_missing)'],
		[problem(500, 'internal', 'Look at the log.'), 'The Concierge platform failed to handle this request. (Try again; if it stays, look at the platform\'s log. Look at the log. Error code: internal)'],
		[problem(503, 'busy', 'Busy.'), 'The Concierge platform failed to handle this request. (Try again; if it stays, look at the platform\'s log. Busy. Error code: busy)'],
	])('is left out with its reason; n8n would discard the others with an error (%#)', async (answer, reason) => {
		failSecond(answer);
		const outcome = await run();
		expect(outcome.status).toBe('success');
		expect(outcome.json('End')).toMatchObject([{ turnId: 'trn_0' }, { turnId: 'trn_2' }]);
		expect(outcome.items('Checkout').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		expect(outcome.hints('Checkout')).toMatchObject([
			{ message: `1 item failed and was left out, so that the others are answered: ${reason}`, type: 'warning', location: 'outputPane' },
		]);
	});

	it('an item without the id is left out, too', async () => {
		for (const { turnId } of ITEMS) platform.on(`POST /v1/turns/${turnId}/checkout`, OK);
		const outcome = await run({}, platform.url, [{ turnId: 'trn_0' }, { turnId: 'trn_1', decisionId: 'dec_1' }]);
		expect(outcome.json('End')).toMatchObject([{ turnId: 'trn_1' }]);
		expect(outcome.hints('Checkout')[0]?.message).toContain('The item has no "decisionId"');
	});

	it('is an error when no other turn went well', async () => {
		for (const { turnId } of ITEMS) platform.on(`POST /v1/turns/${turnId}/checkout`, problem(404, 'turn_not_found', `There is no turn ${turnId}.`));
		expect((await run()).error).toMatchObject({ message: 'There is no turn trn_0.', context: { itemIndex: 0 } });
		platform.on('POST /v1/turns/trn_1/checkout', problem(409, 'turn_superseded', 'A newer message came in.'));
		expect((await run()).error).toMatchObject({ message: 'There is no turn trn_0.' });
	});

	it('is one of the platform’s failures when nothing but failures is left', async () => {
		for (const { turnId } of ITEMS) platform.on(`POST /v1/turns/${turnId}/checkout`, problem(404, 'turn_not_found', `There is no turn ${turnId}.`));
		platform.on('POST /v1/turns/trn_2/checkout', problem(503, 'busy', 'Busy.'));
		expect((await run()).error).toMatchObject({ httpCode: '503', context: { itemIndex: 2 } });
	});
});

describe('the API key', () => {
	it.each([
		problem(401, 'invalid_api_key', `The key ${API_KEY} is revoked.`),
		problem(500, 'internal', `authorization: Bearer ${API_KEY}`),
		{ status: 502, html: `<p>${API_KEY}</p>` },
	])('is in nothing that n8n stores of a failed execution (%#)', async (answer) => {
		failSecond(answer);
		const outcome = await run({}, platform.url, ITEMS.slice(1, 2));
		expect(outcome.status).toBe('error');
		expect(inspect(outcome.run, { depth: 30, showHidden: true })).not.toContain(API_KEY);
	});

	it('is not in it when the connection fails, either', async () => {
		const gone = await PlatformDouble.start();
		const { url } = gone;
		await gone.stop();
		const outcome = await run({ onError: 'continueRegularOutput' }, url);
		expect(outcome.json('Checkout')).toHaveLength(3);
		expect(inspect(outcome.run, { depth: 30, showHidden: true })).not.toContain(API_KEY);
	});
});

describe('continuing on fail', () => {
	it('puts the error on the item and lets the others go on', async () => {
		failSecond(problem(404, 'turn_not_found', 'There is no turn trn_1.'));
		const outcome = await run({ onError: 'continueRegularOutput' });
		expect(outcome.status).toBe('success');
		expect(outcome.json('End')).toMatchObject([
			{ turnId: 'trn_0', checkout: { status: 'payment_link_sent' } },
			{ error: 'There is no turn trn_1.', details: 'Error code: turn_not_found' },
			{ turnId: 'trn_2', checkout: { status: 'payment_link_sent' } },
		]);
		expect(outcome.items('Checkout').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	it('puts it on the error output, with what came in', async () => {
		failSecond(problem(404, 'turn_not_found', 'There is no turn trn_1.'));
		const outcome = await run({ onError: 'continueErrorOutput' });
		expect(outcome.json('End')).toHaveLength(2);
		expect(outcome.json('Failed')).toEqual([
			{
				turnId: 'trn_1',
				decisionId: 'dec_trn_1',
				error: 'There is no turn trn_1.',
				details: 'Error code: turn_not_found',
			},
		]);
	});
});

describe('a turn that was superseded or closed', () => {
	it.each(['turn_superseded', 'turn_closed'])('%s: the item is left out, with a hint, and the execution succeeds', async (code) => {
		failSecond(problem(409, code, 'A newer message came in.'));
		const outcome = await run();
		expect(outcome.status).toBe('success');
		expect(outcome.json('End')).toMatchObject([{ turnId: 'trn_0' }, { turnId: 'trn_2' }]);
		expect(outcome.items('End').map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(outcome.hints('Checkout')).toMatchObject([{ location: 'outputPane' }]);
		expect(outcome.hints('Checkout')[0]?.message).toMatch(/^1 item was left out/);
	});

	it('ends the workflow quietly when no item is left', async () => {
		platform.on('POST /v1/turns/trn_1/checkout', problem(409, 'turn_superseded', 'A newer message came in.'));
		const outcome = await run({}, platform.url, [{ turnId: 'trn_1', decisionId: 'dec_1' }]);
		expect(outcome.status).toBe('success');
		expect(outcome.json('Checkout')).toEqual([]);
		expect(outcome.ran('End')).toBe(false);
	});
});
