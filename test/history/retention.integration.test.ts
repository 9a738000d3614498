import { describe, expect, test } from 'vitest';
import { until } from '../../provisioner/src/testing/until.ts';
import { numbered, TTL_DAYS, useHistory } from './world.ts';

const t = useHistory();

describe('old messages', () => {
	test('move once MongoDB holds them, the last 20 with words and what is young stay, and the API reads both as one', async () => {
		await t.start();
		await t.write('M1', 'today');
		const [ancient, kept] = [numbered('a', 30), numbered('k', 20)];
		await t.old(100, ancient);
		await t.old(40, kept);
		await t.allCopied();
		expect(await t.history.walk()).toEqual({ expired: 0, moved: 30, queued: 0 });
		expect(await t.stored()).toEqual([...kept, 'today']);
		expect(await t.history.walk()).toEqual({ expired: 0, moved: 0, queued: 0 });
		const newestFirst = [...ancient, ...kept, 'today'].toReversed();
		expect((await t.list('?limit=100')).texts).toEqual(newestFirst);
		for (const limit of [7, 21]) {
			const found: unknown[] = [];
			for (let after = ''; ; ) {
				const { texts, body } = await t.list(`?limit=${limit}${after}`);
				found.push(...texts);
				if (body['has_more'] !== true) break;
				after = `&starting_after=${body.data?.at(-1)?.id ?? ''}`;
			}
			expect(found).toEqual(newestFirst);
		}
	});

	test('that MongoDB lacks, or has otherwise, stay: they are queued, and move with a later walk', async () => {
		await t.write('M1', 'today');
		const [ancient, kept] = [numbered('a', 5), numbered('k', 20)];
		// Before MongoDB was there.
		await t.old(100, ancient);
		await t.old(40, kept);
		await t.start();
		expect(await t.history.walk()).toEqual({ expired: 0, moved: 0, queued: 5 });
		await t.allCopied();
		await t.history.stop();
		await t.db.asOwner(`UPDATE messages SET text = 'changed unseen' WHERE id = 'msg_a003'`);
		await t.db.asOwner('DELETE FROM history_outgoing');
		const again = await t.start(t.historyWith({}));
		expect(await again.walk()).toEqual({ expired: 0, moved: 4, queued: 1 });
		expect(await t.stored()).toEqual(['changed unseen', ...kept, 'today']);
		// A full page of PostgreSQL's own would pass over what stands between.
		const newestFirst = (await again.messages.before(await t.conversationOf(), null, 22)).map(({ text }) => text);
		expect(newestFirst).toEqual(['today', ...kept.toReversed(), 'a004']);
		expect((await t.list('?limit=25')).texts.slice(21)).toEqual(['a004', 'changed unseen', 'a002', 'a001']);
	});

	test('of a turn that may still be delivered stay', async () => {
		await t.start();
		await t.write('M1', 'today');
		await t.old(100, ['a1', 'a2']);
		await t.old(40, numbered('k', 20));
		await t.db.asOwner(`UPDATE messages SET turn_id = t.id FROM turns t WHERE messages.id = 'msg_a1'`);
		await t.allCopied();
		for (const state of ['collecting', 'dead']) {
			await t.db.asOwner('UPDATE turns SET state = $1', [state]);
			await t.history.walk();
			expect((await t.stored())[0]).toBe('a1');
		}
		expect(await t.stored()).not.toContain('a2');
		await t.db.asOwner(`UPDATE turns SET state = 'done'`);
		await t.history.walk();
		expect(await t.stored()).not.toContain('a1');
	});

	test('with MongoDB away the latest are listed all the same, the walk moves nothing, and what is only there is a 502 that says so', async () => {
		await t.start();
		await t.write('M1', 'today');
		await t.old(100, numbered('a', 5));
		await t.old(40, numbered('k', 20));
		await t.allCopied();
		await t.history.walk();
		await t.old(90, ['late']);
		t.standIn.refuse(true);
		expect((await t.list('?limit=15')).texts).toHaveLength(15);
		const failed = await t.list('?limit=50');
		expect(failed).toMatchObject({ status: 502, body: { code: expect.stringMatching(/^mongodb_/) } });
		expect((await t.list('?starting_after=msg_a003')).status).toBe(502);
		await t.old(95, ['later']);
		expect(await t.history.walk()).toEqual({ expired: 0, moved: 0, queued: 0 });
		expect(await t.stored()).toContain('late');
	});
});

describe('what has expired', () => {
	test('is deleted by the walk, in PostgreSQL alone too, and listed by nobody before', async () => {
		t.historyWith({ archive: null });
		await t.write('M1', 'today');
		await t.old(TTL_DAYS, ['x1', 'x2']);
		await t.old(TTL_DAYS - 1, ['almost']);
		expect((await t.list()).texts).toEqual(['today', 'almost']);
		expect((await t.list('?starting_after=msg_x2')).texts).toEqual([]);
		expect(await t.stored()).toContain('x1');
		expect(await t.history.walk()).toEqual({ expired: 2, moved: 0, queued: 0 });
		expect(await t.stored()).toEqual(['almost', 'today']);
	});

	test('many of one conversation, over many conversations', async () => {
		t.historyWith({ archive: null });
		await t.write('M1', 'today');
		await t.old(TTL_DAYS + 1, numbered('x', 2_500));
		await t.db.asOwner(
			`INSERT INTO conversations (id, tenant_id, company_id, connection_id, chat_id) SELECT 'cnv_' || lpad(n::text, 5, '0'), $1, $2, $3, n::text FROM generate_series(1, 2500) n`,
			[t.business.tenantId, t.business.companyId, t.business.whatsapp.id],
		);
		await t.db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, sent_at)
			 SELECT 'msg_of_' || id, tenant_id, id, connection_id, 'in', id, 'old', now() - interval '400 days' FROM conversations WHERE id LIKE 'cnv_02%'`,
		);
		expect(await t.history.walk()).toEqual({ expired: 2_500 + 501, moved: 0, queued: 0 });
		expect(await t.stored()).toEqual(['today']);
	});

	test('one process at a time walks, when it is due', async () => {
		await t.write('M1', 'today');
		await t.old(TTL_DAYS + 1, ['x1']);
		const both = [t.historyWith({ archive: null }), t.historyWith({ archive: null })];
		for (const one of both) t.run(one);
		await until('it is gone', async () => (await t.stored()).length === 1);
		await t.old(TTL_DAYS + 1, ['x2']);
		expect(await t.db.asOwner(`SELECT next_at > now() + interval '23 hours' AS later FROM history_walks`)).toEqual([{ later: true }]);
	});
});

describe('what is deleted', () => {
	test('a conversation leaves MongoDB too, also what was on its way there, and while it is away the wish is kept', async () => {
		await t.start(t.historyWith({ eraseAgainMs: 3_600_000 }));
		await t.write('M1', 'one');
		await t.write('B1', 'of another', '34600000001@c.us');
		await t.copied('one');
		const gone = await t.conversationOf();
		t.standIn.refuse(true);
		await t.db.asOwner('DELETE FROM conversations WHERE id = $1', [gone.conversationId]);
		await until('it is tried', async () => (await t.db.asOwner('SELECT 1 FROM history_erasures WHERE failures > 0')).length > 0);
		expect(await t.queue()).toMatchObject({ erasing: 1 });
		await t.comeBack();
		await until('it is forgotten', async () => (await t.archive.before(gone, null, 5)).length === 0);
		await until('it will be asked again', async () => (await t.db.asOwner('SELECT 1 FROM history_erasures WHERE again')).length === 1);
		// A copy that was claimed before the deletion and arrives after the first erasure.
		await t.archive.append([{ id: 'msg_late', ...gone, companyId: t.business.companyId, direction: 'in', author: 'customer', type: 'text', text: 'late', turnId: null, sentAt: new Date(), revision: 1 }]);
		await t.db.asOwner('UPDATE history_erasures SET next_attempt_at = now() WHERE again');
		await until('that, too', async () => (await t.archive.before(gone, null, 5)).length === 0 && (await t.db.asOwner('SELECT 1 FROM history_erasures')).length === 0);
		expect(await t.textsIn(t.archive, '34600000001@c.us')).toEqual(['of another']);
	});

	test('a tenant: told in the report, and not before MongoDB has forgotten it', async () => {
		await t.start();
		await t.write('M1', 'one');
		await t.copied('one');
		const gone = await t.conversationOf();
		t.standIn.refuse(true);
		await expect(t.history.removeOfTenant(t.business.tenantId)).rejects.toMatchObject({ code: expect.stringMatching(/^mongodb_/) });
		await t.comeBack();
		expect(await until('it answers', () => t.history.removeOfTenant(t.business.tenantId).catch(() => undefined))).toEqual([{ type: 'chat_history', id: t.business.tenantId, name: '', outcome: 'removed' }]);
		expect(await t.archive.before(gone, null, 5)).toEqual([]);
		expect(await t.historyWith({ archive: null }).removeOfTenant(t.business.tenantId)).toEqual([]);
	});

	test('another tenant can neither see nor touch what waits', async () => {
		await t.start();
		await t.history.stop();
		await t.write('M1', 'one');
		await t.db.asOwner(`INSERT INTO history_erasures (tenant_id) VALUES ($1)`, [t.business.tenantId]);
		for (const [tenant, count] of [['ten_other', 0], [t.business.tenantId, 1]] as const) {
			for (const table of ['history_outgoing', 'history_erasures']) {
				expect((await t.db.database.withTenant(tenant, (sql) => sql.query(`SELECT 1 FROM ${table}`))).rowCount).toBe(count);
			}
		}
		await expect(t.db.database.withTenant('ten_other', (sql) => sql.query(`INSERT INTO history_erasures (tenant_id) VALUES ($1)`, [t.business.tenantId]))).rejects.toThrow(/row-level security/);
	});
});
