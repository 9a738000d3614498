import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MASTER_KEY, PLATFORM_KEY, startTestApi } from '../../testing/api.ts';
import type { TestApi } from '../../testing/api.ts';
import { createBusiness } from '../../testing/business.ts';
import { useOutbox, vendorError } from '../../testing/outbox.ts';
import { until } from '../../testing/until.ts';
import { storedForm } from '../keys/signing-secret.ts';
import { createOutboxEndpoints } from './endpoints.ts';

const t = useOutbox();
const { answer, customerWrites, failNext, start, states, texts } = t;
const OWN = `ck_tenant_${'1'.repeat(32)}`;
const OTHER = `ck_tenant_${'2'.repeat(32)}`;
let api: TestApi;

beforeAll(async () => {
	api = await startTestApi({ database: t.db.database, endpoints: createOutboxEndpoints({ database: t.db.database, wake: () => undefined }) });
	const other = await createBusiness(t.db, 'b');
	const add = async (id: string, scope: string, tenant: string | null, key: string) => {
		const stored = storedForm(MASTER_KEY, id, key);
		await t.db.asOwner('INSERT INTO api_keys (id, scope, tenant_id, label, key_hash, signing_secret) VALUES ($1, $2, $3, $1, $4, $5)', [id, scope, tenant, stored.hash, stored.signingSecret]);
	};
	await add('key_p', 'platform', null, PLATFORM_KEY);
	await add('key_own', 'tenant', t.business.tenantId, OWN);
	await add('key_other', 'tenant', other.tenantId, OTHER);
});
afterAll(() => api.close());

const get = (path: string, key = PLATFORM_KEY) => api.call('GET', path, { key });
const resend = (id: string | undefined, key = PLATFORM_KEY) => api.call('POST', `/v1/outbox/${id ?? ''}/resend`, { key });
const listed = async (query: string, key = PLATFORM_KEY) => (await get(`/v1/outbox?${query}`, key)).body.data?.map((part) => part['text']);

async function twoParts(): Promise<{ ids: string[]; conversationId: string }> {
	failNext(vendorError('ambiguous'), vendorError('refused', { vendorStatus: 403 }));
	start();
	const turn = await customerWrites('I1');
	const ids = await answer(turn, ['maybe', 'refused']);
	await until('both have ended', async () => (await states()).join() === 'unknown,failed');
	return { ids, conversationId: turn.conversationId };
}

describe('the outbox over the API', () => {
	test('lists by state, connection, conversation and tenant, newest first, in pages', async () => {
		const { ids, conversationId } = await twoParts();
		expect(await listed('state=unknown')).toEqual(['maybe']);
		expect(await listed('state=failed', OWN)).toEqual(['refused']);
		expect(await listed('state=sent')).toEqual([]);
		expect((await listed(`conversation_id=${conversationId}`))?.toSorted()).toEqual(['maybe', 'refused']);
		expect(await listed(`connection_id=${t.business.telegram.id}`)).toEqual([]);
		expect(await listed(`connection_id=${t.business.whatsapp.id}&state=failed&tenant_id=${t.business.tenantId}`)).toEqual(['refused']);
		const first = await get('/v1/outbox?limit=1');
		expect(first.body['has_more']).toBe(true);
		const second = await get(`/v1/outbox?limit=1&starting_after=${first.body.data?.[0]?.id ?? ''}`);
		expect(second.body['has_more']).toBe(false);
		expect([first.body.data?.[0]?.id, second.body.data?.[0]?.id].toSorted()).toEqual(ids.toSorted());
		expect((await get(`/v1/outbox/${ids[0] ?? ''}`)).body).toMatchObject({ object: 'outbox_part', state: 'unknown', text: 'maybe', attempts: 1, next_attempt_at: null, vendor_message_id: null, author: 'assistant' });
	});

	test('another tenant sees and resends nothing of it', async () => {
		const { ids } = await twoParts();
		expect(await listed('', OTHER)).toEqual([]);
		expect(await get(`/v1/outbox?tenant_id=${t.business.tenantId}`, OTHER)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
		expect(await listed(`connection_id=${t.business.whatsapp.id}`, OTHER)).toEqual([]);
		for (const id of [ids[0] ?? '', 'out_missing']) {
			expect(await get(`/v1/outbox/${id}`, OTHER)).toMatchObject({ status: 404, body: { code: 'outbox_part_not_found' } });
			expect(await resend(id, OTHER)).toMatchObject({ status: 404, body: { code: 'outbox_part_not_found' } });
		}
		expect(await resend('out_missing')).toMatchObject({ status: 404, body: { code: 'outbox_part_not_found' } });
		expect(await states()).toEqual(['unknown', 'failed']);
	});

	test('what failed, or may have arrived, is sent again, although the customer wrote and a person took over', async () => {
		const { ids } = await twoParts();
		await customerWrites('I2');
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		expect(await resend(ids[1], OWN)).toMatchObject({ status: 200, body: { state: 'queued', attempts: 0, last_error: null } });
		expect((await resend(ids[0])).status).toBe(200);
		await until('both are sent', async () => (await states()).join() === 'sent,sent');
		expect(texts().toSorted()).toEqual(['maybe', 'refused']);
	});

	test('anything else is refused, and says why', async () => {
		start();
		const [sent] = await answer(await customerWrites('I3'), ['fine']);
		await until('it is sent', async () => (await states())[0] === 'sent');
		expect(await resend(sent)).toMatchObject({ status: 409, body: { code: 'outbox_part_not_resendable', state: 'sent' } });
		await t.db.asOwner(`UPDATE outbox SET state = 'superseded'`);
		const refused = await resend(sent);
		expect(refused.body.detail).toContain('was superseded');
	});
});
