import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PLATFORM_KEY, startTestApi, MASTER_KEY } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';
import { createBusiness } from '../../testing/business.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';
import { storedForm } from '../keys/signing-secret.ts';
import { createPostgresHistory } from '../../store/history/postgres-history.ts';
import { createConversations } from './conversations.ts';
import type { AddressLookup } from './open-conversation.ts';

const t = useTurns();
const OTHER_KEY = `ck_tenant_${'o'.repeat(32)}`;
let api: TestApi;
let lids: Record<string, string> = {};
const waha: AddressLookup = {
	phoneToLid: (_session, phone) => Promise.resolve(lids[phone] ?? null),
	lidToPhone: (_session, lid) => Promise.resolve(Object.entries(lids).find(([, known]) => known === lid)?.[0] ?? null),
};

beforeAll(async () => {
	api = await startTestApi({ database: t.db.database, endpoints: createConversations({ database: t.db.database, history: createPostgresHistory({ database: t.db.database, ttlDays: 365, now: () => new Date() }), waha }).endpoints });
	const other = await createBusiness(t.db, 'b');
	const key = storedForm(MASTER_KEY, 'key_other', OTHER_KEY);
	await t.db.asOwner(`INSERT INTO api_keys (id, tenant_id, scope, label, key_hash, signing_secret) VALUES ('key_other', $1, 'tenant', 'o', $2, $3)`, [other.tenantId, key.hash, key.signingSecret]);
});
afterAll(() => api.close());
beforeEach(() => (lids = {}));

const open = (customer: unknown, change: Record<string, unknown> = {}, key = PLATFORM_KEY) =>
	api.call('POST', '/v1/conversations', { key, body: { connection_id: t.business.whatsapp.id, customer, state: 'human', ...change } });

describe('a customer who never wrote', () => {
	test('is with a person: their first message joins the conversation, and no turn of it reaches n8n', async () => {
		const opened = await open({ phone: '+34 699 111 222' }, { name: 'Ana' });
		expect(opened).toMatchObject({ status: 201, body: { object: 'conversation', state: 'human', customer: { id: '34699111222@c.us', phone: '+34699111222', name: 'Ana' } } });
		const gateway = await t.start();
		expect(await gateway.write(t.business, { id: 'M1', from: '34699111222@c.us' })).toBe(200);
		await t.turnIn('human');
		expect(await t.db.asOwner('SELECT id, state FROM conversations')).toEqual([{ id: opened.body.id, state: 'human' }]);
		expect(t.n8n.taken).toEqual([]);
	});

	test('also under their hidden address, when WhatsApp tells it', async () => {
		lids = { '34699111222': '120000000000001@lid' };
		const opened = await open({ phone: '699 11 12 22' });
		const gateway = await t.start();
		await gateway.write(t.business, { id: 'M2', from: '120000000000001@lid' });
		await t.turnIn('human');
		expect(await t.db.asOwner('SELECT id, chat_id FROM conversations')).toEqual([{ id: opened.body.id, chat_id: '34699111222@c.us' }]);
	});

	test('and also when the hidden address becomes known only after they wrote', async () => {
		await open({ phone: '+34699111222' });
		const gateway = await t.start({ waha: { lidToPhone: () => Promise.resolve('34699111222@c.us') } });
		await gateway.write(t.business, { id: 'M3', from: '120000000000002@lid' });
		await t.turnIn('human');
		expect(await t.db.asOwner('SELECT DISTINCT state FROM conversations')).toEqual([{ state: 'human' }]);
		expect(t.n8n.taken).toEqual([]);
	});

	test('the same again, under any form of the address: the same conversation, and its state', async () => {
		const first = await open({ phone: '+34699111222' });
		for (const customer of [{ id: '34699111222@c.us' }, { id: '34699111222@s.whatsapp.net' }, { id: '+34699111222' }, { phone: '0034 699111222' }]) {
			expect(await open(customer)).toMatchObject({ status: 200, body: { id: first.body.id, state: 'human' } });
		}
		expect((await open({ id: '34699111222@c.us' }, { state: 'bot' })).body['state']).toBe('bot');
		lids = { '34699111222': '120000000000003@lid' };
		expect((await open({ id: '120000000000003@lid' })).body.id).toBe(first.body.id);
		expect(await Promise.all([1, 2, 3, 4].map(() => open({ phone: '+34600000009' })))).toSatisfy((answers: { body: { id?: string } }[]) => new Set(answers.map(({ body }) => body.id)).size === 1);
		expect(await t.db.asOwner('SELECT count(*)::int AS n FROM conversations')).toEqual([{ n: 2 }]);
	});

	test('on Telegram by chat id', async () => {
		const telegram = { connection_id: t.business.telegram.id };
		expect(await open({ id: '7100' }, telegram)).toMatchObject({ status: 201, body: { customer: { id: '7100', phone: '' }, channel: 'telegram' } });
		const refused = await open({ phone: '+34699111222' }, telegram);
		expect(refused).toMatchObject({ status: 400, body: { code: 'customer_address_invalid' } });
		expect(refused.body.detail).toContain('Give the chat id');
	});
});

test.each([
	[{ phone: '12' }, 'no valid phone number'],
	[{ phone: 'call me' }, 'no valid phone number'],
	[{ id: '120363000000000001@g.us' }, "no person's chat id"],
	[{ id: 'x@newsletter' }, "no person's chat id"],
	[{ id: '1', phone: '2' }, 'must be {id} or {phone}'],
	[{}, 'must be {id} or {phone}'],
])('%j is refused: %s', async (customer, words) => {
	const answer = await open(customer);
	expect(answer.status).toBe(400);
	expect(answer.body.detail).toContain(words);
});

test('another tenant’s connection is not there', async () => {
	expect(await open({ phone: '+34699111222' }, {}, OTHER_KEY)).toMatchObject({ status: 404, body: { code: 'connection_not_found' } });
	await until('nothing was stored', async () => (await t.db.asOwner('SELECT 1 FROM conversations')).length === 0);
});
