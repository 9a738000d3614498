import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAttachments } from '../../provisioner/src/features/gateway/attachments.ts';
import { createTranscripts } from '../../provisioner/src/features/transcripts/transcripts.ts';
import type { Transcripts, TranscriptsDeps } from '../../provisioner/src/features/transcripts/transcripts.ts';
import { createDatabase } from '../../provisioner/src/store/database.ts';
import { BOT_TOKEN, HOOK_SECRET } from '../../provisioner/src/testing/business.ts';
import type { TestGateway } from '../../provisioner/src/testing/gateway.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { useTurns } from '../../provisioner/src/testing/turns.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createTranscriptionClient } from '../../provisioner/src/vendors/openai/client.ts';
import { createTelegramClient } from '../../provisioner/src/vendors/telegram/client.ts';
import { createWahaClient } from '../../provisioner/src/vendors/waha/client.ts';
import { startSandbox } from '../../sandbox/src/test-support.ts';
import type { TestSandbox } from '../../sandbox/src/test-support.ts';

const t = useTurns();
const SPOKEN = 'quiero veinte rosas';
const RECORDING = { data: Buffer.from('OggS, spoken').toString('base64') };
const CUSTOMER = '34699111222';

let sandbox: TestSandbox;
let gateway: TestGateway;
let running: Transcripts[] = [];
const { log, lines } = createTestLog();

beforeAll(async () => {
	sandbox = await startSandbox();
	await sandbox.post('/telegram/bots', { token: BOT_TOKEN, username: 'flores_bot' });
});
afterAll(() => sandbox.close());
beforeEach(async () => {
	await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"voice_wait_ms": 10000}'`);
	gateway = await t.start({ transcripts: true });
	const waha = createWahaClient({ url: `${sandbox.url}/waha`, apiKey: 'sandbox-waha-key' });
	await waha.deleteSession('flores');
	await waha.createSession({ name: 'flores', webhookUrl: `${gateway.api.url}${t.business.whatsapp.path}`, hmacKey: HOOK_SECRET });
	await until('the session can be scanned', async () => (await waha.getSession('flores'))?.status === 'SCAN_QR_CODE');
	await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000' });
	await createTelegramClient({ url: `${sandbox.url}/telegram` }).setWebhook(BOT_TOKEN, { url: `${gateway.api.url}${t.business.telegram.path}`, secretToken: HOOK_SECRET });
	await fetch(`${sandbox.url}/control/openai/script`, { method: 'DELETE' });
	await fetch(`${sandbox.url}/control/faults`, { method: 'DELETE' });
});
afterEach(async () => {
	for (const transcripts of running.splice(0)) await transcripts.stop();
	running = [];
});

function start(options: Partial<TranscriptsDeps> = {}): Transcripts {
	const waha = createWahaClient({ url: `${sandbox.url}/waha`, apiKey: 'sandbox-waha-key' });
	const telegram = createTelegramClient({ url: `${sandbox.url}/telegram` });
	const transcripts = createTranscripts({
		database: t.db.database, accounts: gateway.accounts, fetchAttachment: createAttachments({ waha, telegram }), log, firstRetryMs: 20,
		transcriber: createTranscriptionClient({ url: `${sandbox.url}/openai`, apiKey: 'any', model: 'whisper-1' }), ...options,
	});
	transcripts.start();
	running.push(transcripts);
	return transcripts;
}

const script = (...transcripts: { text?: string; status?: number; delay_ms?: number }[]) => sandbox.post('/openai/transcripts', { transcripts });
const speak = (from = CUSTOMER, id?: string) => sandbox.post('/waha/sessions/flores/messages', { from, voice: RECORDING, ...(id === undefined ? {} : { id }) });
const write = (body: string) => sandbox.post('/waha/sessions/flores/messages', { from: CUSTOMER, body });
const asked = async () => (await sandbox.get('/openai/transcriptions'))['data'] as { bytes: number; filename: string; model: string }[];
const messages = () =>
	t.db.asOwner<{ text: string; transcript_state: string; transcript_attempts: number }>('SELECT text, transcript_state, transcript_attempts FROM messages ORDER BY sent_at, vendor_order');
const delivered = () => until('a turn is delivered', () => t.n8n.taken[0]?.event);

describe('a voice message', () => {
	test('and a text in one burst: one turn with both in order, though the transcript takes longer than the quiet window', async () => {
		await script({ text: SPOKEN, delay_ms: 500 });
		start();
		await write('Hola');
		await speak();
		await write('para mañana');
		const event = await delivered();
		expect(event.messages.map(({ type, text }) => [type, text])).toEqual([['text', 'Hola'], ['voice', SPOKEN], ['text', 'para mañana']]);
		expect(event.text).toBe(`Hola\n${SPOKEN}\npara mañana`);
		expect(await t.turns()).toHaveLength(1);
		expect(await asked()).toMatchObject([{ model: 'whisper-1', filename: 'voice.ogg', bytes: 12 }]);
	});

	test('on Telegram', async () => {
		await script({ text: SPOKEN });
		start();
		await sandbox.post('/telegram/bots/flores_bot/messages', { from: { id: 1111, first_name: 'Ana' }, voice: RECORDING });
		expect((await delivered()).messages).toMatchObject([{ type: 'voice', text: SPOKEN }]);
		expect(await asked()).toMatchObject([{ bytes: 12 }]);
	});

	test('whose transcript is slow: the turn goes at the limit without it, and it stands in the history afterwards', async () => {
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"voice_wait_ms": 300}'`);
		await until('the new setting counts', async () => (await gateway.accounts.byConnection(t.business.tenantId, t.business.whatsapp.id)).turnSettings.voiceWaitMs === 300);
		await script({ text: SPOKEN, delay_ms: 1_500 });
		start();
		await speak();
		expect((await delivered()).messages).toMatchObject([{ type: 'voice', text: '' }]);
		expect(await messages()).toMatchObject([{ transcript_state: 'pending' }]);
		await until('the transcript is stored', async () => (await messages())[0]?.transcript_state === 'done');
		expect(await messages()).toMatchObject([{ text: SPOKEN }]);
		expect(await t.turns()).toHaveLength(1);
	});

	test('that fails for a moment is tried again', async () => {
		await script({ status: 503 }, { status: 429 }, { text: SPOKEN });
		start();
		await speak();
		expect((await delivered()).text).toBe(SPOKEN);
		expect(await messages()).toMatchObject([{ transcript_state: 'done', transcript_attempts: 3 }]);
	});

	test('that is refused, or never works, is given up, and its turn waits no longer', async () => {
		await script({ status: 400 });
		start();
		const from = performance.now();
		await speak();
		expect((await delivered()).messages).toMatchObject([{ type: 'voice', text: '' }]);
		expect(performance.now() - from).toBeLessThan(5_000);
		expect(await messages()).toMatchObject([{ transcript_state: 'failed', transcript_attempts: 1 }]);

		await script(...Array.from({ length: 5 }, () => ({ status: 500 })));
		await speak(CUSTOMER, 'NEVER');
		await until('it is given up', async () => (await messages())[1]?.transcript_state === 'failed');
		expect((await messages())[1]).toMatchObject({ transcript_attempts: 5 });
	});

	test('whose recording WAHA does not have is given up at once', async () => {
		start();
		await gateway.write(t.business, { id: 'GONE', body: '', change: { hasMedia: true, media: { url: 'http://10.0.0.1/secret', mimetype: 'audio/ogg' } } });
		await until('it is given up', async () => (await messages())[0]?.transcript_state === 'failed');
		await gateway.write(t.business, { id: 'NONE', body: '', change: { hasMedia: true, media: { url: null, mimetype: 'audio/ogg' } } });
		await until('it is given up', async () => (await messages())[1]?.transcript_state === 'failed');
		expect(await asked()).toEqual([]);
	});

	test('waits for nothing where nothing is transcribed', async () => {
		await t.running.pop()?.stop();
		gateway = await t.start();
		await gateway.write(t.business, { id: 'V', body: '', change: { hasMedia: true, media: { url: null, mimetype: 'audio/ogg' } } });
		await delivered();
		expect(await messages()).toMatchObject([{ transcript_state: 'none' }]);
	});
});

describe('processes', () => {
	test('two of them transcribe each recording once', async () => {
		await script(...Array.from({ length: 12 }, () => ({ text: SPOKEN, delay_ms: 20 })));
		const other = createDatabase(t.db.appUrl);
		start();
		start({ database: other });
		await Promise.all(Array.from({ length: 12 }, (_, index) => speak(`346000000${10 + index}`)));
		await until('all are transcribed', async () => (await messages()).every(({ transcript_state: state }) => state === 'done'));
		expect([(await messages()).length, (await asked()).length]).toEqual([12, 12]);
		for (const transcripts of running.splice(0)) await transcripts.stop();
		await other.close();
	});

	test('what one left when it died is taken up when its lease ends; what ends its process each time is given up', async () => {
		await script({ text: SPOKEN });
		await speak();
		await until('it is stored', async () => (await messages()).length === 1);
		await t.db.database.system.query('SELECT claim_transcripts(10, 300)');
		start();
		expect((await delivered()).text).toBe(SPOKEN);
		expect(await messages()).toMatchObject([{ transcript_attempts: 2 }]);
		await t.db.asOwner(`UPDATE messages SET transcript_state = 'pending', transcript_attempts = 5, transcript_next_at = NULL`);
		await until('it is given up', async () => (await messages())[0]?.transcript_state === 'failed', 10_000);
		expect(await asked()).toHaveLength(1);
	});

	test('one that stops hands back what it could not end: that was no try', async () => {
		await script({ text: 'too late', delay_ms: 20_000 }, { text: SPOKEN });
		start();
		await speak();
		await until('it is being transcribed', async () => (await asked()).length === 1);
		await running.pop()?.stop();
		expect(await messages()).toMatchObject([{ transcript_state: 'pending', transcript_attempts: 0 }]);
		start();
		await until('it is transcribed', async () => (await messages())[0]?.text === SPOKEN);
	});

	test('the oldest of every tenant comes before anyone\'s second', async () => {
		await t.db.asOwner(`INSERT INTO tenants (id, name, email, data_key) SELECT 'ten_other', 'other', 'other@example.test', data_key FROM tenants WHERE id = $1`, [t.business.tenantId]);
		for (let index = 0; index < 5; index += 1) await speak(CUSTOMER, `FLOOD${index}`);
		await until('they are stored', async () => (await messages()).length === 5);
		// Stored last, but the first of its tenant.
		await t.db.asOwner(`UPDATE messages SET tenant_id = 'ten_other' WHERE vendor_message_id = 'FLOOD4'`);
		const { rows } = await t.db.database.system.query<{ tenant_id: string }>('SELECT tenant_id FROM claim_transcripts(2, 1000)');
		expect(rows.map(({ tenant_id: id }) => id).sort()).toEqual([t.business.tenantId, 'ten_other'].sort());
	});
});

test('what was said is in no log', () => {
	expect(lines.length).toBeGreaterThan(0);
	expect(JSON.stringify(lines)).not.toContain(SPOKEN);
});
