import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, PLATFORM_KEY } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let a: Business;
let b: Business;
let phone = 32_491_000_000;
const nextCustomer = () => String((phone += 1));
beforeAll(async () => {
	world = await createWorld();
	a = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	b = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(() => world.close());

describe('keys', () => {
	test('a tenant’s key acts on its own turns only, whatever it names', async () => {
		const { turnId, decisionId } = await commit(world, b, nextCustomer(), ORDER_TEXT);
		const calls: readonly [string, string, unknown?][] = [
			['GET', `/v1/turns/${turnId}/context`],
			['POST', `/v1/turns/${turnId}/tools/get_order_status`, {}],
			['POST', `/v1/turns/${turnId}/decision`, { proposal: null }],
			['POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId }],
			['POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId }],
			['POST', `/v1/turns/${turnId}/reply`, { text: 'Hello' }],
			['POST', `/v1/turns/${turnId}/handover`, {}],
			['POST', `/v1/turns/${turnId}/no_reply`],
		];
		for (const [method, path, body] of calls) {
			const answer = await world.call(method, path, body, a.key);
			expect([path, answer.status, answer.body.code]).toEqual([path, 404, 'turn_not_found']);
		}
		expect(await world.db.asOwner('SELECT state FROM turns WHERE id = $1', [turnId])).toEqual([{ state: 'decided' }]);
		expect((await world.call('GET', `/v1/turns/${turnId}/context`, undefined, b.key)).status).toBe(200);
	});

	test('another tenant’s orders and conversations are not found and not listed', async () => {
		const { turnId, decisionId } = await commit(world, b, nextCustomer(), ORDER_TEXT);
		const { body } = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		const orderId = String((body['order'] as Json).id);
		const [turn] = await world.db.asOwner<{ conversation_id: string }>('SELECT conversation_id FROM turns WHERE id = $1', [turnId]);
		const conversationId = String(turn?.conversation_id);
		for (const [method, path, input] of [
			['GET', `/v1/orders/${orderId}`],
			['GET', `/v1/conversations/${conversationId}`],
			['GET', `/v1/conversations/${conversationId}/messages`],
			['POST', `/v1/conversations/${conversationId}/state`, { state: 'human' }],
			['GET', `/v1/orders?tenant_id=${b.tenantId}`],
			['GET', `/v1/conversations?tenant_id=${b.tenantId}`],
		] as const) {
			expect([path, (await world.call(method, path, input, a.key)).status]).toEqual([path, 404]);
		}
		for (const path of [`/v1/orders?company_id=${b.companyId}`, `/v1/orders?conversation_id=${conversationId}`, `/v1/conversations?company_id=${b.companyId}`]) {
			expect((await world.call('GET', path, undefined, a.key)).body.data).toEqual([]);
			expect((await world.call('GET', path, undefined, PLATFORM_KEY)).body.data?.length).toBeGreaterThan(0);
		}
		const unnamed = await world.call('GET', '/v1/orders', undefined, PLATFORM_KEY);
		expect([unnamed.status, unnamed.body.code]).toEqual([400, 'tenant_id_required']);
	});

	test('a worker key reads no lists', async () => {
		for (const path of ['/v1/orders', '/v1/conversations', `/v1/companies/${a.companyId}/payment_account`]) {
			expect([path, (await world.call('GET', path)).status]).toEqual([path, 403]);
		}
	});
});

describe('conversations', () => {
	test('and their messages come by pages, newest first', async () => {
		const customers = [nextCustomer(), nextCustomer(), nextCustomer()];
		for (const customer of customers) await world.customerWrites(b, customer, `from ${customer}`);
		const first = await world.call('GET', '/v1/conversations?limit=2', undefined, b.key);
		expect(first.body).toMatchObject({ object: 'list', has_more: true });
		const ids = (answer: { body: Json }) => (answer.body.data ?? []).map((one) => (one['customer'] as Json).id);
		const second = await world.call('GET', `/v1/conversations?limit=1&starting_after=${first.body.data?.at(-1)?.id}`, undefined, b.key);
		expect([...ids(first), ...ids(second)]).toEqual(customers.toReversed().map((customer) => `${customer}@c.us`));

		const customer = customers[0] ?? '';
		for (const text of ['two', 'three']) await world.customerWrites(b, customer, text);
		const [latest] = (await world.call('GET', '/v1/conversations?limit=1', undefined, b.key)).body.data ?? [];
		expect((latest?.['customer'] as Json).id).toBe(`${customer}@c.us`);
		const messages = await world.call('GET', `/v1/conversations/${latest?.id}/messages?limit=2`, undefined, b.key);
		expect(messages.body.data?.map(({ text }) => text)).toEqual(['three', 'two']);
		expect(messages.body.has_more).toBe(true);
		const rest = await world.call('GET', `/v1/conversations/${latest?.id}/messages?starting_after=${messages.body.data?.at(-1)?.id}`, undefined, b.key);
		expect(rest.body.data?.map(({ text }) => text)).toEqual([`from ${customer}`]);
	});
});
