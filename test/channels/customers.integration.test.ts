import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BOT_TOKEN, HOOK_SECRET } from '../../provisioner/src/testing/business.ts';
import type { TestGateway } from '../../provisioner/src/testing/gateway.ts';
import { useTurns } from '../../provisioner/src/testing/turns.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { createTelegramClient } from '../../provisioner/src/vendors/telegram/client.ts';
import { createWahaClient } from '../../provisioner/src/vendors/waha/client.ts';
import { startSandbox } from '../../sandbox/src/test-support.ts';
import type { TestSandbox } from '../../sandbox/src/test-support.ts';

// What customers do besides writing, as the vendors tell it, up to the turn that n8n gets. The connections ask for events as the clients do.
const t = useTurns();
const ANA = { id: 1111, first_name: 'Ana' };
let sandbox: TestSandbox;
let gateway: TestGateway;
let acknowledged: string[];

beforeAll(async () => {
	sandbox = await startSandbox();
	await sandbox.post('/telegram/bots', { token: BOT_TOKEN, username: 'flores_bot' });
	await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"quiet_window_ms": 400, "max_wait_ms": 5000}'`);
});
afterAll(() => sandbox.close());
beforeEach(async () => {
	acknowledged = [];
	gateway = await t.start({
		telegram: {
			async answerCallbackQuery(token, id) {
				await createTelegramClient({ url: `${sandbox.url}/telegram` }).answerCallbackQuery(token, id);
				acknowledged.push(id);
			},
		},
	});
	const waha = createWahaClient({ url: `${sandbox.url}/waha`, apiKey: 'sandbox-waha-key' });
	await waha.deleteSession('flores');
	await waha.createSession({ name: 'flores', webhookUrl: `${gateway.api.url}${t.business.whatsapp.path}`, hmacKey: HOOK_SECRET });
	await until('the session can be scanned', async () => (await waha.getSession('flores'))?.status === 'SCAN_QR_CODE');
	await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000' });
	await createTelegramClient({ url: `${sandbox.url}/telegram` }).setWebhook(BOT_TOKEN, { url: `${gateway.api.url}${t.business.telegram.path}`, secretToken: HOOK_SECRET });
});

const delivered = () => until('a turn is delivered', () => t.n8n.taken[0]?.event);
const stored = () => t.db.asOwner<{ text: string }>('SELECT text FROM messages ORDER BY received_at');

describe('WhatsApp', () => {
	const write = (id: string, body: string, more: object = {}) => sandbox.post('/waha/sessions/flores/messages', { from: '34699111222', id, body, ...more });

	test('an edited message is answered as it stands, a deleted one is not', async () => {
		await write('A', '20 rosas');
		await write('B', 'y una tarjeta');
		expect(await sandbox.post('/waha/sessions/flores/messages/A/edit', { body: '30 rosas' })).toMatchObject({ deliveries: [{ status: 200 }] });
		expect(await sandbox.post('/waha/sessions/flores/messages/B/delete')).toMatchObject({ deliveries: [{ status: 200 }] });
		expect((await delivered()).text).toBe('30 rosas');
	});

	test('a pressed button ends the burst at once', async () => {
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"quiet_window_ms": 4000}'`);
		await until('the new setting counts', async () => (await gateway.accounts.byConnection(t.business.tenantId, t.business.whatsapp.id)).turnSettings.quietMs === 4_000);
		const from = performance.now();
		await write('A', 'Hola');
		await write('B', '', { button: { id: 'item:rose', text: 'Rosas' } });
		expect((await delivered()).messages.map(({ text }) => text)).toEqual(['Hola', 'Rosas']);
		expect(performance.now() - from).toBeLessThan(3_000);
		await t.db.asOwner(`UPDATE connections SET turn_settings = turn_settings || '{"quiet_window_ms": 400}'`);
		await until('the old setting counts', async () => (await gateway.accounts.byConnection(t.business.tenantId, t.business.telegram.id)).turnSettings.quietMs === 400);
	});
});

describe('Telegram', () => {
	test('an edited message is answered as it stands', async () => {
		const { message_id: id } = await sandbox.post('/telegram/bots/flores_bot/messages', { from: ANA, text: '20 rosas' });
		expect(await sandbox.post(`/telegram/bots/flores_bot/messages/${String(id)}/edit`, { from: ANA, text: '30 rosas' })).toMatchObject({ deliveries: [{ status: 200 }] });
		expect((await delivered()).text).toBe('30 rosas');
	});

	test('a pressed button is a message, once however often it is delivered, and is acknowledged', async () => {
		const press = { from: ANA, data: 'item:rose', text: 'Rosas', id: '777' };
		await sandbox.post('/telegram/bots/flores_bot/buttons', press);
		await sandbox.post('/telegram/bots/flores_bot/buttons', press);
		expect((await delivered()).messages).toMatchObject([{ type: 'text', text: 'Rosas' }]);
		await until('it is acknowledged', () => acknowledged.length > 0);
		expect(new Set(acknowledged)).toEqual(new Set(['777']));
		expect(await stored()).toEqual([{ text: 'Rosas' }]);
	});
});
