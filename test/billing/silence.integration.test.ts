import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdmission } from '../../provisioner/src/features/billing/admission.ts';
import { createMetering } from '../../provisioner/src/features/billing/metering.ts';
import { billingRepository } from '../../provisioner/src/features/billing/repository.ts';
import { transition } from '../../provisioner/src/features/billing/transition.ts';
import { choosePlan, startTrial } from '../../core/tenancy/subscription.ts';
import type { Subscription } from '../../core/tenancy/subscription.ts';
import { silentLog } from '../../provisioner/src/testing/api.ts';
import { createBusiness } from '../../provisioner/src/testing/business.ts';
import type { Business } from '../../provisioner/src/testing/business.ts';
import { useTurns } from '../../provisioner/src/testing/turns.ts';
import { until } from '../../provisioner/src/testing/until.ts';

const t = useTurns();
let other: Business;

beforeAll(async () => {
	other = await createBusiness(t.db, 'other');
	const admission = createAdmission({ enabled: true, now: () => new Date() });
	await t.db.database.withTenant(t.business.tenantId, (sql) => admission.begin(sql, t.business.tenantId));
});
afterAll(() => t.db.asOwner('SELECT lift_billing_limits()'));

/** What the tenant has subscribed to from now on. */
const become = (subscription: Subscription, now = new Date()) => t.inTenant((sql) => transition(sql, t.business.tenantId, now, (before) => ({ ...before, subscription })));
const restricted: Subscription = { ...startTrial(new Date()), status: 'restricted' };
const told = () => t.inTenant(async (sql) => (await billingRepository.notices(sql, { limit: 100 })).map(({ kind, details }) => [kind, details['percent']]).toReversed());
const inbound = () => t.db.asOwner<{ text: string; turn: string }>(`SELECT m.text, t.state AS turn FROM messages m JOIN turns t ON t.id = m.turn_id WHERE m.direction = 'in' ORDER BY m.sent_at, m.id`);

describe('a silent bot', () => {
	test('stores what customers write and answers none of it; afterwards it answers what is new, and knows the rest', async () => {
		await become(restricted);
		const gateway = await t.start();
		expect(await gateway.write(t.business, { id: 'AA1', body: 'First', at: Date.now() - 60_000 })).toBe(200);
		const silent = await t.turnIn('suspended');
		expect(silent).toMatchObject({ attempts: 0, last_error: 'The bot was silent (restricted): see the subscription of the tenant.' });
		expect(await gateway.write(t.business, { id: 'AA2', body: 'Second', at: Date.now() - 50_000 })).toBe(200);
		await until('two silent turns', async () => (await t.turns()).filter(({ state }) => state === 'suspended').length === 2);
		// Another tenant is answered meanwhile.
		await gateway.write(other, { id: 'BB1', body: 'Hello' });
		await until('the other is answered', () => t.n8n.taken.length === 1);

		await become(choosePlan('single'));
		gateway.turns.wake(0);
		expect(await gateway.write(t.business, { id: 'AA3', body: 'Third' })).toBe(200);
		await until('the new message is answered', () => t.n8n.taken.length === 2);
		expect(t.n8n.taken[1]?.event.messages.map(({ text }) => text)).toEqual(['Third']);
		await until('n8n has it', async () => (await inbound()).every(({ turn }) => turn !== 'delivering'));
		expect((await inbound()).filter(({ text }) => text !== 'Hello')).toEqual([{ text: 'First', turn: 'suspended' }, { text: 'Second', turn: 'suspended' }, { text: 'Third', turn: 'delivered' }]);
		const facts = await t.db.asOwner<{ history: { text: string }[] }>('SELECT history FROM facts_of_turns(NULL, ARRAY(SELECT id FROM turns WHERE state = $1 AND tenant_id = $2))', ['delivered', t.business.tenantId]);
		expect(facts[0]?.history.map(({ text }) => text)).toEqual(['First', 'Second']);
	});

	test('of a connection that the plan has no room for: only that one', async () => {
		await become(choosePlan('enterprise', { connections: 1 }));
		expect(await t.db.asOwner('SELECT id FROM connections WHERE suspended_at IS NOT NULL')).toEqual([{ id: t.business.telegram.id }]);
		const gateway = await t.start();
		await gateway.write(t.business, { id: 'CC1', body: 'WhatsApp' });
		await until('answered', () => t.n8n.taken.length === 1);
		await t.db.asOwner(
			`UPDATE connections SET suspended_at = CASE WHEN id = $1 THEN now() END WHERE tenant_id = $2`, [t.business.whatsapp.id, t.business.tenantId],
		);
		await gateway.write(t.business, { id: 'CC2', body: 'Again', from: '34600000001@c.us' });
		expect((await t.turnIn('suspended')).last_error).toBe('The bot was silent (connection): see the subscription of the tenant.');
		expect(t.n8n.taken).toHaveLength(1);
	});

	test('does not deliver again what n8n had when it fell silent, and what waited behind it ends too', async () => {
		await become(choosePlan('enterprise'));
		const gateway = await t.start();
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"newer_messages": "queue"}' WHERE id = $1`, [t.business.whatsapp.id]);
		await until('settings', async () => (await gateway.accounts.byConnection(t.business.tenantId, t.business.whatsapp.id)).turnSettings.policy === 'queue');
		await gateway.write(t.business, { id: 'DD1', body: 'Taken' });
		await t.turnIn('delivered');
		await gateway.write(t.business, { id: 'DD2', body: 'Waits' });
		await t.turnIn('waiting');
		await become({ ...choosePlan('single'), status: 'suspended' });
		await t.db.asOwner(`UPDATE turns SET lease_until = now() WHERE state = 'delivered'`);
		gateway.turns.wake(0);
		await until('both have ended', async () => (await t.turns()).every(({ state }) => state === 'suspended'));
		expect(t.n8n.taken).toHaveLength(1);
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings - 'newer_messages'`);
	});
});

describe('usage', () => {
	const metering = () => createMetering({ database: t.db.database, enabled: true, now: () => new Date(), log: silentLog });
	/** Answers of the bot, of so many messages each, that have been sent by now. */
	async function answer(turns: number, parts = 1): Promise<void> {
		await t.db.asOwner(
			`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) VALUES ('cnv_used', $1, $2, $3, 'used') ON CONFLICT DO NOTHING`,
			[t.business.tenantId, t.business.companyId, t.business.whatsapp.id],
		);
		await t.db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, author, turn_id, sent_at)
			 SELECT 'msg_' || lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || lpad(to_hex(n * 100 + p), 8, '0') || substr(md5(random()::text), 1, 8),
				$1, 'cnv_used', $2, 'out', gen_random_uuid()::text, 'assistant', 'trn_used' || n || md5(clock_timestamp()::text || n), now()
			 FROM generate_series(1, $3::int) n, generate_series(1, $4::int) p`,
			[t.business.tenantId, t.business.whatsapp.id, turns, parts],
		);
	}
	const soon = () => new Date(Date.now() + 2);
	const month = async () => (await t.inTenant((sql) => billingRepository.usage(sql, 1, new Date())))[0];
	const silent = async () => (await t.db.asOwner<{ reason: string | null }>('SELECT silent_reason AS reason FROM tenants WHERE id = $1', [t.business.tenantId]))[0]?.reason;

	test('is what was received, sent and answered in the month, each counted once', async () => {
		await metering().count(soon());
		await t.db.asOwner('DELETE FROM usage_months');
		const gateway = await t.start();
		for (const id of ['EE1', 'EE2', 'EE3']) await gateway.write(t.business, { id, body: id });
		await gateway.write(other, { id: 'FF1' });
		await answer(2, 1);
		await t.db.asOwner(`UPDATE messages SET turn_id = 'trn_one' WHERE direction = 'out'`);
		await answer(1, 1);
		await until('the clock has gone on', () => new Promise((resolve) => setImmediate(() => resolve(true))));
		const between = new Date(Date.now() + 5);
		await until('the clock is past it', () => Date.now() > between.getTime());
		await Promise.all([metering().count(between), metering().count(between)]);
		await metering().count(between);
		expect(await month()).toMatchObject({ answers: 2, received: 3, sent: 3 });
		expect(await t.db.asOwner('SELECT tenant_id, messages_received FROM usage_months ORDER BY tenant_id')).toEqual([
			{ tenant_id: t.business.tenantId, messages_received: 3 }, { tenant_id: other.tenantId, messages_received: 1 },
		]);
	});

	test('is told at 80 and 100 %, silences the bot a tenth later, and a larger plan or a new month lets it speak', async () => {
		await t.db.asOwner('DELETE FROM usage_months');
		await t.db.asOwner('DELETE FROM billing_notices');
		await become(choosePlan('free'));
		const use = async (answers: number) => {
			await t.db.asOwner(
				`INSERT INTO usage_months (tenant_id, month, answers) VALUES ($1, date_trunc('month', now(), 'UTC')::date, $2) ON CONFLICT (tenant_id, month) DO UPDATE SET answers = $2`,
				[t.business.tenantId, answers - 1],
			);
			await answer(1);
			const at = new Date(Date.now() + 3);
			await until('the clock is past it', () => Date.now() > at.getTime());
			await metering().count(at);
			return [await silent(), (await told()).filter(([kind]) => kind === 'usage').map(([, percent]) => percent)];
		};
		expect(await use(79)).toEqual([null, []]);
		expect(await use(80)).toEqual([null, [80]]);
		expect(await use(99)).toEqual([null, [80]]);
		expect(await use(100)).toEqual([null, [80, 100]]);
		expect(await use(109)).toEqual([null, [80, 100]]);
		expect(await use(110)).toEqual(['answer_limit', [80, 100, 110]]);
		await become(choosePlan('single'));
		expect(await silent()).toBeNull();
		await become(choosePlan('free'));
		expect(await silent()).toBe('answer_limit');
		const [due] = await t.db.asOwner<{ at: Date }>('SELECT next_due_at AS at FROM billing_subscriptions WHERE tenant_id = $1', [t.business.tenantId]);
		expect(due?.at.getUTCDate()).toBe(1);
		await t.inTenant((sql) => transition(sql, t.business.tenantId, due?.at ?? new Date()));
		expect(await silent()).toBeNull();
	});

	test('of different months is kept apart, and what was not counted for long is caught up with', async () => {
		await t.db.asOwner('DELETE FROM usage_months');
		await t.db.asOwner(`UPDATE usage_meter SET counted_until = '2026-01-31T22:30:00.000Z'`);
		const at = (time: string, n: number) =>
			t.db.asOwner(
				`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, author, turn_id, sent_at)
				 VALUES ('msg_' || lpad(to_hex(floor(extract(epoch FROM $1::timestamptz) * 1000)::bigint), 12, '0') || $2, $3, 'cnv_used', $4, 'out', gen_random_uuid()::text, 'assistant', 'trn_m' || $2, now())`,
				[time, `${n}`.padStart(16, '0'), t.business.tenantId, t.business.whatsapp.id],
			);
		await answer(0);
		for (const [n, time] of ['2026-01-31T22:29:59.999Z', '2026-01-31T22:30:00.000Z', '2026-01-31T23:59:59.999Z', '2026-02-01T00:00:00.000Z', '2026-02-03T11:00:00.000Z', '2026-02-03T12:00:00.000Z'].entries()) await at(time, n);
		await metering().count(new Date('2026-02-03T12:00:00.000Z'));
		const rows = await t.db.asOwner(`SELECT to_char(month, 'YYYY-MM') AS month, answers FROM usage_months ORDER BY month`);
		expect(rows).toEqual([{ month: '2026-01', answers: 2 }, { month: '2026-02', answers: 2 }]);
	});
});
