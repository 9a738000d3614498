import type { Request, Response } from 'express';
import { WebhookContext } from 'n8n-core';
import type { IWebhookResponseData } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';
import { SIGNATURE_TOLERANCE_SECONDS, deriveSigningSecret, signBody } from '../../core/signature.ts';
import { TestCredentials, chain, runWorkflow } from '../../test/nodes/engine.ts';
import { API_KEY, trigger, triggerSurroundings } from '../../test/nodes/trigger.ts';
import type { TriggerSetup } from '../../test/nodes/trigger.ts';

const TURN = {
	type: 'turn.ready',
	turnId: 'trn_1',
	conversationId: 'cnv_1',
	companyId: 'com_1',
	connectionId: 'con_1',
	generation: 3,
	attempt: 1,
	traceparent: '',
	channel: 'whatsapp',
	customer: { id: '34600000000@c.us', name: 'Аня' },
	company: { name: 'Florist', type: 'product' },
	text: 'Hola\n¿precio?',
	messages: [],
};

interface Delivery {
	readonly result: IWebhookResponseData;
	/** What was written on the response object; null when n8n answers itself. */
	readonly answered: { status: number; body: unknown } | null;
}

function responseInto(answered: { status: number; body: unknown }): Response {
	const response: Partial<Response> = {};
	response.status = (status) => {
		answered.status = status;
		return response as Response;
	};
	response.type = () => response as Response;
	response.send = (body) => {
		answered.body = JSON.parse(String(body)) as unknown;
		return response as Response;
	};
	return response as Response;
}

async function deliver(body: string, signature: string | undefined, setup: TriggerSetup & { traceparent?: string } = {}): Promise<Delivery> {
	const { workflow, node, additionalData, webhookData } = triggerSurroundings(setup, 'webhook');
	const answered: { status: number; body: unknown } = { status: 0, body: null };
	additionalData.httpResponse = responseInto(answered);
	additionalData.httpRequest = {
		headers: {
			...(signature === undefined ? {} : { 'concierge-signature': signature }),
			...(setup.traceparent === undefined ? {} : { traceparent: setup.traceparent }),
		},
		rawBody: Buffer.from(body),
		body: {},
		query: {},
		params: {},
	} as Partial<Request> as Request;
	const context = new WebhookContext(workflow, node, additionalData, 'webhook', webhookData, [], null);
	const result = await trigger.webhook.call(context);
	return { result, answered: answered.status === 0 ? null : answered };
}

const now = () => Math.floor(Date.now() / 1000);
const sign = (body: string, at = now(), key = API_KEY) => signBody(deriveSigningSecret(key), body, at);

describe('a delivery', () => {
	const body = JSON.stringify(TURN);

	it('is acknowledged with the id of its turn and becomes one item', async () => {
		const { result, answered } = await deliver(body, sign(body));
		expect(answered).toBeNull();
		expect(result).toEqual({ webhookResponse: { turnId: 'trn_1', accepted: true }, workflowData: [[{ json: TURN }]] });
	});

	it('runs through n8n as the item of the next node', async () => {
		const { result } = await deliver(body, sign(body));
		const outcome = await runWorkflow({
			workflow: chain(
				{ name: 'Conversation Trigger', type: 'n8n-nodes-concierge.conversationTrigger', typeVersion: 2 },
				{ name: 'End', type: 'n8n-nodes-base.noOp' },
			),
			items: (result.workflowData?.[0] ?? []).map(({ json }) => json),
			credential: { baseUrl: 'http://platform.test', apiKey: API_KEY },
		});
		expect(outcome.json('End')).toEqual([TURN]);
	});

	it.each([
		['no signature', undefined, 'missing'],
		['nonsense', 'hello', 'malformed'],
		['the signature of another body', sign(`${body} `), 'mismatch'],
		["another key's signature", sign(body, now(), 'ck_worker_other'), 'mismatch'],
		['an old signature', sign(body, now() - SIGNATURE_TOLERANCE_SECONDS - 5), 'too_old'],
		['a signature from the future', sign(body, now() + SIGNATURE_TOLERANCE_SECONDS + 5), 'from_the_future'],
	])('with %s is refused with 401 and starts no execution', async (_name, signature, reason) => {
		const { result, answered } = await deliver(body, signature);
		expect(result).toEqual({ noWebhookResponse: true });
		expect(answered?.status).toBe(401);
		expect(answered?.body).toMatchObject({ status: 401, code: 'invalid_signature' });
		expect(JSON.stringify(answered?.body)).toContain(reason);
	});

	it.each([
		'{"type":"turn.ready"}', '{"type":"order.paid","turnId":"trn_1"}', '[]', 'not json', '',
		'{"type":"turns.ready"}', '{"type":"turns.ready","turns":[]}', '{"type":"turns.ready","turns":{"0":1}}', '{"type":"turns.ready","turns":[1,null,{"type":"turn.ready"}]}',
	])(
		'that is signed and no turn (%s) is refused with 422',
		async (odd) => {
			const { result, answered } = await deliver(odd, sign(odd));
			expect(result).toEqual({ noWebhookResponse: true });
			expect(answered?.status).toBe(422);
		},
	);

	it('is refused with 503, and no execution, when the credential is gone', async () => {
		const credentials = new TestCredentials({});
		vi.spyOn(credentials, 'getDecrypted').mockRejectedValue(new Error('Credential not found'));
		const { result, answered } = await deliver(body, sign(body), { credentials });
		expect(result).toEqual({ noWebhookResponse: true });
		expect(answered?.status).toBe(503);
	});

	it('reads the credential once in ten seconds, and anew when a signature does not fit', async () => {
		vi.useFakeTimers({ now: Date.now(), toFake: ['Date'] });
		try {
			const credentials = new TestCredentials({ baseUrl: 'http://platform.test', apiKey: API_KEY });
			const accepted = async (key = API_KEY) => (await deliver(body, sign(body, now(), key), { credentials })).answered === null;
			expect([await accepted(), await accepted(), credentials.reads]).toEqual([true, true, 1]);
			credentials.data = { baseUrl: 'http://platform.test', apiKey: 'ck_worker_rotated' };
			expect([await accepted('ck_worker_rotated'), await accepted(API_KEY), credentials.reads]).toEqual([true, false, 3]);
			vi.setSystemTime(Date.now() + 11_000);
			credentials.data = { baseUrl: 'http://platform.test', apiKey: '' };
			expect([await accepted('ck_worker_rotated'), credentials.reads]).toEqual([false, 4]);
		} finally {
			vi.useRealTimers();
		}
	});

	it('is refused when the key is empty, however it is signed', async () => {
		const credentials = new TestCredentials({ baseUrl: 'http://platform.test', apiKey: '' });
		const { answered } = await deliver(body, sign(body, now(), ''), { credentials });
		expect(answered?.status).toBe(503);
	});

	it("passes on the trace of the turn, or else of the call, and nothing that is none", async () => {
		const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
		const item = async (turn: object, traceparent?: string) => {
			const text = JSON.stringify(turn);
			return (await deliver(text, sign(text), traceparent === undefined ? {} : { traceparent })).result.workflowData?.[0]?.[0]?.json;
		};
		expect(await item(TURN, trace)).toEqual({ ...TURN, traceparent: trace });
		expect(await item({ ...TURN, traceparent: 'its-own' }, trace)).toEqual({ ...TURN, traceparent: 'its-own' });
		expect(await item(TURN, 'x'.repeat(5_000))).toEqual(TURN);
	});
});

describe('a delivery of several turns', () => {
	const turns = ['trn_1', 'trn_2', 'trn_3'].map((turnId) => ({ ...TURN, turnId }));
	const batchOf = (list: readonly unknown[]) => JSON.stringify({ type: 'turns.ready', turns: list });

	it('is acknowledged with their ids and becomes one execution with one item each', async () => {
		const body = batchOf(turns);
		const { result, answered } = await deliver(body, sign(body));
		expect(answered).toBeNull();
		expect(result).toEqual({ webhookResponse: { accepted: ['trn_1', 'trn_2', 'trn_3'] }, workflowData: [turns.map((json) => ({ json }))] });
	});

	it('echoes neither what is no turn nor a turn twice', async () => {
		const body = batchOf([turns[0], { type: 'turn.ready' }, null, turns[0], turns[2]]);
		const { result } = await deliver(body, sign(body));
		expect(result).toEqual({ webhookResponse: { accepted: ['trn_1', 'trn_3'] }, workflowData: [[{ json: turns[0] }, { json: turns[2] }]] });
	});

	it('with a wrong signature is refused with 401 and starts no execution', async () => {
		const { result, answered } = await deliver(batchOf(turns), sign(batchOf(turns.slice(1))));
		expect(result).toEqual({ noWebhookResponse: true });
		expect(answered?.status).toBe(401);
	});
});
