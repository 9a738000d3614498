import { expect, test } from 'vitest';
import { PLATFORM_KEY } from '../../testing/api.ts';
import { createBusiness } from '../../testing/business.ts';
import { seedDueTurns } from '../../testing/due-turns.ts';
import { useTurns } from '../../testing/turns.ts';
import { until } from '../../testing/until.ts';

const t = useTurns();
const { start, turns } = t;
const bury = () => t.db.asOwner(`UPDATE turns SET state = 'dead', attempts = 5, done_at = now(), delivered_at = now(), execution_id = '77', last_error = 'never answered'`);

test('the list of dead turns has what an operator needs, page by page', async () => {
	const ids = await seedDueTurns(t.db, t.business, 5, { agoMs: 90_000 });
	await bury();
	const gateway = await start();
	const first = await gateway.api.call('GET', '/v1/turns?state=dead&limit=3', { key: PLATFORM_KEY });
	expect(first.body).toMatchObject({ object: 'list', has_more: true });
	const [newest] = first.body.data as readonly Record<string, unknown>[];
	expect(newest).toMatchObject({ attempts: 5, execution_id: '77', last_error: 'never answered', delivered_at: expect.any(String) as unknown, lease_until: null });
	expect(newest?.['age_seconds']).toBeGreaterThanOrEqual(90);
	expect(newest?.['age_seconds']).toBeLessThan(120);
	const last = (first.body.data as readonly { id: string }[]).at(-1)?.id ?? '';
	const second = await gateway.api.call('GET', `/v1/turns?state=dead&limit=3&starting_after=${last}`, { key: PLATFORM_KEY });
	expect(second.body).toMatchObject({ has_more: false });
	const seen = [...(first.body.data as readonly { id: string }[]), ...(second.body.data as readonly { id: string }[])].map(({ id }) => id);
	expect(seen).toEqual(ids.toSorted().toReversed());
});

test('turns are listed by tenant, company, connection and conversation, and each is retrieved', async () => {
	const other = await createBusiness(t.db, 'another');
	const [first, second] = await seedDueTurns(t.db, t.business, 2);
	const [theirs] = await seedDueTurns(t.db, other, 1);
	await bury();
	const gateway = await start();
	const get = (path: string, key = PLATFORM_KEY) => gateway.api.call('GET', path, { key });
	const listed = async (query: string) => ((await get(`/v1/turns?${query}`)).body.data as readonly { id: string }[]).map(({ id }) => id).toSorted();
	const mine = [first, second].toSorted();
	expect(await listed(`tenant_id=${t.business.tenantId}`)).toEqual(mine);
	expect(await listed(`company_id=${other.companyId}`)).toEqual([theirs]);
	expect(await listed(`connection_id=${t.business.whatsapp.id}&state=dead`)).toEqual(mine);
	expect(await listed(`connection_id=${t.business.telegram.id}`)).toEqual([]);
	const { body } = await get(`/v1/turns/${first}`);
	expect(body).toMatchObject({ object: 'turn', id: first, state: 'dead', company_id: t.business.companyId, last_error: 'never answered' });
	expect(await listed(`conversation_id=${String(body['conversation_id'])}`)).toEqual([first]);
	expect((await get('/v1/turns/trn_none')).body).toMatchObject({ code: 'turn_not_found' });
});

test('many dead turns are redelivered at once: of a tenant, a company, a connection, or all', async () => {
	const other = await createBusiness(t.db, 'other');
	const mine = await seedDueTurns(t.db, t.business, 30);
	const theirs = await seedDueTurns(t.db, other, 3);
	await bury();
	const gateway = await start();
	const redeliver = async (body: Record<string, string>) => (await gateway.api.call('POST', '/v1/turns/redeliver', { key: PLATFORM_KEY, body })).body;
	expect(await redeliver({ state: 'dead', connection_id: t.business.telegram.id })).toEqual({ object: 'redelivery', redelivered: 0, has_more: false });
	expect(await redeliver({ state: 'dead', tenant_id: other.tenantId })).toEqual({ object: 'redelivery', redelivered: 3, has_more: false });
	await until('theirs are delivered', () => t.n8n.taken.length === 3);
	expect(t.n8n.taken.map(({ event }) => [event.turnId, event.attempt])).toEqual(expect.arrayContaining(theirs.map((id) => [id, 1])));
	expect(await redeliver({ state: 'dead', company_id: t.business.companyId })).toMatchObject({ redelivered: 30 });
	await until('all are delivered', async () => (await turns()).every(({ state, attempts }) => state === 'delivered' && attempts === 1));
	expect(new Set(t.n8n.taken.map(({ event }) => event.turnId))).toEqual(new Set([...mine, ...theirs]));
	expect(await redeliver({ state: 'dead' })).toMatchObject({ redelivered: 0 });
	expect((await gateway.api.call('POST', '/v1/turns/redeliver', { key: PLATFORM_KEY, body: { state: 'done' } })).status).toBe(400);
});

test('an execution that never answers is seen: delivered under a lease, then dead, with the execution when it is known', async () => {
	const [id] = await seedDueTurns(t.db, t.business, 1);
	const gateway = await start({ leaseMs: 150 });
	await until('n8n has it', () => t.n8n.taken.length === 1);
	await t.db.asOwner(`UPDATE turns SET execution_id = '4711' WHERE id = $1`, [id]);
	const seen = (await gateway.api.call('GET', '/v1/turns?state=delivered', { key: PLATFORM_KEY })).body.data as readonly Record<string, unknown>[];
	if (seen[0]) expect(Date.parse(String(seen[0]['lease_until']))).toBeGreaterThan(Date.parse(String(seen[0]['delivered_at'])));
	await t.turnIn('dead');
	expect(await turns()).toMatchObject([{ attempts: 5, last_error: 'n8n took the turn 5 times and never answered it (execution 4711). See its executions, then redeliver it.' }]);
});
