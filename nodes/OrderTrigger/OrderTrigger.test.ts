import { describe, expect, it } from 'vitest';
import { ORDER_EVENTS } from '../../core/orders/order-event.ts';
import { deriveSigningSecret, SIGNATURE_HEADER, signBody } from '../../core/signature.ts';
import { OrderTrigger } from './OrderTrigger.node.ts';

const API_KEY = 'ck_worker_0123456789abcdef';
const EVENT = { type: 'order.paid', eventId: 'evt_1', createdAt: '2026-11-27T12:00:00.000Z', tenantId: 'ten_1', data: {}, order: { id: 'ord_1', total_cents: 2_500 } };
const now = () => Math.floor(Date.now() / 1_000);
let made = 0;

/** A call of the trigger's webhook, as far as the node looks at it. */
async function deliver(body: string, signature: string | undefined, apiKey: string | null = API_KEY) {
	const answered = { status: 0, code: '' };
	const response = {
		status: (status: number) => ((answered.status = status), response),
		type: () => response,
		send: (text: string) => ((answered.code = (JSON.parse(text) as { code: string }).code), response),
	};
	made += 1;
	const context = {
		getRequestObject: () => ({ rawBody: Buffer.from(body) }),
		getHeaderData: () => (signature === undefined ? {} : { [SIGNATURE_HEADER]: signature }),
		getResponseObject: () => response,
		getNode: () => ({ name: 'Order Trigger', credentials: { conciergeApi: { id: `cred-orders-${made}`, name: 'c' } } }),
		getCredentials: () => (apiKey === null ? Promise.reject(new Error('gone')) : Promise.resolve({ apiKey })),
		logger: { warn: () => undefined, error: () => undefined },
	};
	const result: unknown = await Reflect.apply(new OrderTrigger().webhook, context, []);
	return { result, answered };
}
const sign = (body: string, at = now(), key = API_KEY) => signBody(deriveSigningSecret(key), body, at);

describe('the events of the Order Trigger', () => {
	it('are all that there are', () => {
		const { options = [] } = new OrderTrigger().description.properties.find(({ name }) => name === 'events') ?? {};
		expect(options.map((option) => ('value' in option ? option.value : '')).toSorted()).toEqual(ORDER_EVENTS.toSorted());
	});
});

describe('a delivery to the Order Trigger', () => {
	const body = JSON.stringify(EVENT);

	it('that the platform has signed is echoed and put out as one item', async () => {
		const { result, answered } = await deliver(body, sign(body));
		expect(result).toEqual({ webhookResponse: { eventId: 'evt_1', accepted: true }, workflowData: [[{ json: EVENT }]] });
		expect(answered.status).toBe(0);
	});

	it.each([
		['without a signature', undefined],
		['signed with another key', sign(body, now(), 'ck_other')],
		['of an hour ago', sign(body, now() - 3_600)],
		['of other bytes', sign(`${body} `)],
	])('%s is refused and starts no execution', async (_what, signature) => {
		const { result, answered } = await deliver(body, signature);
		expect(result).toEqual({ noWebhookResponse: true });
		expect(answered).toEqual({ status: 401, code: 'invalid_signature' });
	});

	it('is refused when the credential is gone, or when it is no event of an order', async () => {
		expect((await deliver(body, sign(body), null)).answered).toEqual({ status: 503, code: 'credential_missing' });
		for (const other of ['null', '{"type":"turn.ready","turnId":"t"}', JSON.stringify({ ...EVENT, eventId: '' }), 'not json']) {
			expect((await deliver(other, sign(other))).answered).toEqual({ status: 422, code: 'unknown_event' });
		}
	});
});
