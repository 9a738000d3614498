import { describe, expect, test } from 'vitest';
import { wahaDelivery, wahaSignature } from '../../provisioner/src/testing/business.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createMongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import { ANA, numbered, useHistory } from './world.ts';

const PASSWORD = 'hunter2-of-the-test';
const t = useHistory();

describe('copying to MongoDB', () => {
	test('without it nothing is queued, and no trigger stands at the tables', async () => {
		await t.write('M1', 'one');
		expect(await t.queue()).toEqual({ waiting: 0, retrying: 0, erasing: 0 });
		expect(await t.copying()).toBe(false);
		expect(await t.db.asOwner(`SELECT tgname FROM pg_trigger WHERE tgrelid = 'messages'::regclass AND NOT tgisinternal AND tgname LIKE 'history%'`)).toEqual([]);
	});

	test('messages, edits and deletions arrive as they come, answers too', async () => {
		await t.start();
		await t.write('M1', 'one');
		await t.write('M2', 'two');
		await t.copied('one', 'two');
		const edit = wahaDelivery({ id: 'E1', event: 'message.edited', change: { id: `false_${ANA}_E1`, body: 'two, better', editedMessageId: 'M2' } });
		expect((await t.gateway.post(t.business.whatsapp.path, edit, wahaSignature(edit))).status).toBe(200);
		await t.copied('one', 'two, better');
		const deletion = wahaDelivery({ id: 'M1', event: 'message.revoked', change: { revokedMessageId: 'M1', after: { id: `false_${ANA}_M1`, timestamp: 1, from: ANA, fromMe: false } } });
		expect((await t.gateway.post(t.business.whatsapp.path, deletion, wahaSignature(deletion))).status).toBe(200);
		await t.copied('', 'two, better');
		const { conversationId, tenantId } = await t.conversationOf();
		await t.db.asOwner(
			`INSERT INTO outbox (id, tenant_id, connection_id, conversation_id, kind, text, idempotency_key, state) VALUES ('out_1', $1, $2, $3, 'text', 'an answer', 'k', 'sending')`,
			[tenantId, t.business.whatsapp.id, conversationId],
		);
		await t.db.database.system.query(`SELECT outbox_sent_many('[{"id":"out_1","message_id":"msg_out","vendor_message_id":"V1"}]')`);
		await t.copied('', 'two, better', 'an answer');
		expect(await t.archive.before(await t.conversationOf(), null, 1)).toMatchObject([{ id: 'msg_out', direction: 'out', author: 'assistant', companyId: t.business.companyId }]);
		await t.allCopied();
	});

	test('what changes nothing that history shows is not copied again', async () => {
		await t.start();
		await t.write('M1', 'one');
		await t.copied('one');
		await t.allCopied();
		await t.history.stop();
		await t.db.asOwner('UPDATE messages SET transcript_attempts = transcript_attempts + 1');
		expect(await t.queue()).toMatchObject({ waiting: 0 });
		await t.db.asOwner(`UPDATE messages SET text = 'changed'`);
		expect(await t.queue()).toMatchObject({ waiting: 1 });
	});

	test('while it is away messages are acknowledged and wait, which shows; with it back all of them arrive, once', async () => {
		await t.start();
		await t.write('M1', 'one');
		await t.copied('one');
		t.standIn.refuse(true);
		await t.write('M2', 'two');
		await t.write('M3', 'three');
		await until('it is tried again', async () => (await t.queue())['retrying'] === 2);
		expect(await t.stored()).toEqual(['one', 'two', 'three']);
		await t.comeBack();
		await t.copied('one', 'two', 'three');
		await t.allCopied();
		expect(t.lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['chat history: not copied; it waits in the queue', 'chat history: MongoDB answers again']));
	});

	test('a message that MongoDB refuses is tried again by itself, and holds up no other', async () => {
		const refusals = new Set(['two']);
		const { archive } = t;
		t.archive = { ...archive, append: async (messages) => [...messages.flatMap(({ id, text }) => (refusals.has(text) ? [id] : [])), ...(await archive.append(messages.filter(({ text }) => !refusals.has(text))))] };
		await t.start(t.historyWith({}));
		await t.write('M1', 'one');
		await t.write('M2', 'two');
		await t.write('M3', 'three');
		await t.copied('one', 'three');
		await until('it waits', async () => (await t.queue())['retrying'] === 1);
		refusals.clear();
		await t.copied('one', 'two', 'three');
	});

	test('a write whose answer was lost is repeated and changes nothing', async () => {
		t.standIn.fail({ command: 'update', mode: 'drop_answer', count: 1 });
		await t.start();
		await t.write('M1', 'one');
		await until('it is repeated', () => t.standIn.commands.filter(({ name }) => name === 'update').length > 1);
		await t.allCopied();
		expect(await t.textsIn(t.archive)).toEqual(['one']);
	});

	test('one process that ends with a claim leaves it to another', async () => {
		await t.start();
		await t.history.stop();
		await t.write('M1', 'one');
		// Claimed and never settled: the process was killed.
		expect((await t.db.database.system.query('SELECT * FROM claim_history(10, 50)')).rowCount).toBe(1);
		await t.start(t.historyWith({}));
		await t.copied('one');
	});

	test('two processes copy a flood between them, none twice at a time', async () => {
		await t.start();
		await t.start(t.historyWith({}));
		await t.write('M0', 'start');
		const texts = numbered('f', 1_500);
		await t.old(1, texts);
		await t.allCopied();
		expect(new Set((await t.archive.before(await t.conversationOf(), null, 2_000)).map(({ text }) => text))).toEqual(new Set([...texts, 'start']));
	});
});

describe('switching', () => {
	test('off, the queue ends, and messages stay in PostgreSQL, where they are read', async () => {
		await t.start();
		t.standIn.refuse(true);
		await t.write('M1', 'one');
		await t.history.stop();
		const without = t.historyWith({ archive: null });
		t.run(without);
		await until('nothing is copied', async () => !(await t.copying()));
		await t.write('M2', 'two');
		expect(await t.queue()).toMatchObject({ waiting: 0, retrying: 0 });
		expect(await t.textsIn(without.messages)).toEqual(['one', 'two']);
	});

	test('neither the address nor the password of MongoDB is in a log or an error', async () => {
		const port = new URL(t.standIn.url).port;
		for (const uri of [`mongodb://ana:${PASSWORD}@127.0.0.1:${port}/x`, `mongodb://ana:${PASSWORD}@127.0.0.1:1/x`]) {
			const secret = createMongo(uri, { selectTimeoutMs: 300 });
			t.archive = t.archiveOf(secret);
			t.historyWith({});
			await t.start();
			await t.write(`M${uri.length}`, 'one');
			await until('it failed', async () => (await t.queue())['retrying'] !== 0);
			const error: unknown = await t.archive.before(await t.conversationOf(), null, 1).catch((reason: unknown) => reason);
			expect(error).toMatchObject({ code: expect.stringMatching(/^mongodb_(refused|unreachable)$/) });
			await t.history.stop();
			expect(await secret.answers()).toBe(false);
			await secret.close();
			expect(t.lines.length).toBeGreaterThan(0);
			expect(JSON.stringify([t.lines, error, String(error), error instanceof Error ? error.stack : ''])).not.toContain(PASSWORD);
		}
		expect(() => createMongo(`mongodb://ana:${PASSWORD}@[not-a-host`)).toThrow(/MONGODB_URI/);
		expect(() => createMongo(`mongodb://ana:${PASSWORD}@[not-a-host`)).not.toThrow(new RegExp(PASSWORD));
	});
});
