import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { createBusiness, fixture, HOOK_SECRET } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { startGateway } from '../../testing/gateway.ts';
import type { TestGateway } from '../../testing/gateway.ts';

let db: TestDatabase;
let business: Business;
let gateway: TestGateway;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db, 'a', { quietMs: 40_000, maxWaitMs: 60_000 });
	await db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"flush_keywords": ["Listo", "👍", "+"], "voice_wait_ms": 50000}'`);
	gateway = await startGateway(db, business, { schedule: false, transcripts: true });
});
afterAll(async () => {
	await gateway.stop();
	await db.close();
});
beforeEach(() => db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox CASCADE').then(() => undefined));

const messages = () => db.asOwner<{ id: string; text: string; deleted: boolean; transcript_state: string }>(
	`SELECT vendor_message_id AS id, text, deleted_at IS NOT NULL AS deleted, transcript_state FROM messages ORDER BY vendor_message_id`,
);
/** Whether each turn is due, or after how many seconds it was to be. */
const due = async () => (await db.asOwner<{ due: string }>(`
	SELECT CASE WHEN flush_at <= clock_timestamp() THEN 'now' ELSE round(extract(epoch FROM flush_at - opened_at), 1)::text END AS due
	FROM turns WHERE state = 'collecting'`)).map((turn) => turn.due);
const secretToken = { 'x-telegram-bot-api-secret-token': HOOK_SECRET };
const telegram = (update: object) => gateway.post(business.telegram.path, JSON.stringify(update), secretToken);
const telegramMessage = (change: object) => ({ ...(JSON.parse(fixture('telegram-text.json').toString('utf8')) as { message: object }).message, ...change });

describe('edits and deletions', () => {
	test('change what was stored, right behind their message', async () => {
		const answers = await Promise.all([
			gateway.write(business, { id: 'A', body: '20 rosas' }),
			gateway.write(business, { id: 'A', body: '30 rosas', event: 'message.edited', change: { editedMessageId: 'A' } }),
			gateway.write(business, { id: 'B', body: 'rojas' }),
		]);
		expect(answers).toEqual([200, 200, 200]);
		expect(await messages()).toMatchObject([{ id: 'A', text: '30 rosas' }, { id: 'B', text: 'rojas' }]);
		const payload = { id: 'false_34699111222@c.us_B', timestamp: 1, from: '34699111222@c.us', fromMe: false };
		expect(await gateway.write(business, { id: 'B', event: 'message.revoked', change: { revokedMessageId: 'B', after: payload } })).toBe(200);
		expect(await messages()).toMatchObject([{ id: 'A', deleted: false }, { id: 'B', deleted: true }]);
	});

	test('a deletion that overtakes the first message of a new customer leaves its mark: nothing is answered', async () => {
		const payload = { id: 'false_34699111222@c.us_A', timestamp: 1, from: '34699111222@c.us', fromMe: false };
		expect(await gateway.write(business, { id: 'A', event: 'message.revoked', change: { revokedMessageId: 'A', after: payload } })).toBe(200);
		expect(await gateway.write(business, { id: 'A', body: 'quiero rosas' })).toBe(200);
		expect(await messages()).toEqual([{ id: 'A', text: '', deleted: true, transcript_state: 'none' }]);
		expect(await due()).toEqual([]);
		await gateway.write(business, { id: 'B', body: 'hola' });
		expect([await due(), (await db.asOwner('SELECT id FROM conversations')).length]).toEqual([['40.0'], 1]);
	});

	test('of Telegram, too', async () => {
		await telegram({ update_id: 1, message: telegramMessage({ text: 'one' }) });
		expect((await telegram({ update_id: 2, edited_message: telegramMessage({ text: 'two', edit_date: 1_700_000_500 }) })).status).toBe(200);
		expect(await messages()).toMatchObject([{ id: '1111:1', text: 'two' }]);
	});
});

describe('the window of a turn', () => {
	test.each(['👍', ' + '])('ends at once with a keyword of signs: "%s"', async (body) => {
		await gateway.write(business, { id: 'A', body: '?' });
		expect(await due()).toEqual(['40.0']);
		await gateway.write(business, { id: 'B', body });
		expect(await due()).toEqual(['now']);
	});

	test('ends at once with a keyword or a button', async () => {
		await gateway.write(business, { id: 'A', body: 'quiero rosas' });
		expect(await due()).toEqual(['40.0']);
		await gateway.write(business, { id: 'B', body: '¡listo!' });
		expect(await due()).toEqual(['now']);
		await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases CASCADE');
		const from = { id: 5, is_bot: false, first_name: 'A' };
		await telegram({ update_id: 3, callback_query: { id: '9', from, data: 'yes', message: { message_id: 7, date: 1_700_000_000, chat: { id: 5, type: 'private' } } } });
		expect(await due()).toEqual(['now']);
	});

	test('waits for the transcript of a voice message', async () => {
		await gateway.post(business.telegram.path, fixture('telegram-voice.json'), secretToken);
		expect(await messages()).toMatchObject([{ transcript_state: 'pending' }]);
		expect(await due()).toEqual(['50.0']);
	});
});

test('the trace of a delivery goes on in its turn; one without begins a trace', async () => {
	const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
	await gateway.post(business.telegram.path, fixture('telegram-text.json'), { ...secretToken, traceparent });
	await gateway.write(business, { id: 'A' });
	const traces = (await db.asOwner<{ traceparent: string }>('SELECT traceparent FROM turns ORDER BY opened_at')).map((turn) => turn.traceparent);
	expect(traces[0]).toContain('a'.repeat(32));
	expect(traces[1]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});
