import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import { realN8n, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

let h: Harness;
beforeAll(async () => {
	h = await startHarness();
	await h.workflows.answerWorkflowId();
});
afterAll(() => h.close());

const SHARED = { workflows: ['Concierge: after a payment on', 'Concierge: answer on'], credentials: ['Concierge worker'] };
const connectTelegram = (companyId: string, token: string, key: string) =>
	h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'telegram', telegram: { bot_token: token } }, key);

describe('Telegram', () => {
	test('a bot gets a workflow and credentials of its own, its webhook, and is connected when the workflow has subscribed', async () => {
		const { key, companyId, tenantId } = await h.signUp();
		const { token, username } = await h.newBot();
		const made = await connectTelegram(companyId, token, key);
		expect(made).toMatchObject({
			status: 201,
			body: { object: 'connection', channel: 'telegram', name: 'Flores', external_id: username, state: 'connected', subscribed: true, last_error: null, company_id: companyId, tenant_id: tenantId },
		});
		const id = String(made.body.id);
		expect(await h.inN8n()).toEqual({
			workflows: ['Concierge: after a payment on', 'Concierge: answer on', 'Telegram: Flores on'],
			credentials: [`Concierge key: Flores (${id})`, 'Concierge worker', `Telegram bot: Flores (${id})`],
		});
		const webhook = await h.webhookOf(username);
		expect(webhook).toMatchObject({ url: expect.stringMatching(/\/hooks\/telegram\/[\w-]{43}$/), has_secret: true });

		// Neither the token nor the hook's secret path is stored in the clear, and neither is shown.
		const hookToken = webhook?.url.split('/').at(-1) ?? '';
		const [stored] = await h.db.asOwner<{ row: string; steps: string }>(
			`SELECT c::text || encode(c.secrets, 'escape') AS row, (SELECT string_agg(s::text, '') FROM provisioning_steps s WHERE s.connection_id = c.id) AS steps FROM connections c WHERE id = $1`,
			[id],
		);
		const shown = JSON.stringify([made.body, stored, (await h.call('GET', '/v1/connections', undefined, key)).body]);
		expect(shown).not.toContain(token);
		expect(shown).not.toContain(hookToken);

		const removed = await h.call('DELETE', `/v1/connections/${id}`, undefined, key);
		expect(removed.status).toBe(200);
		expect((removed.body['removed'] as { type: string; outcome: string }[]).map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
			'telegram_webhook removed', 'n8n_workflow removed', 'n8n_credential removed', 'n8n_credential removed', 'api_key removed', 'connection removed',
		]);
		expect(await h.inN8n()).toEqual(SHARED);
		expect(await h.webhookOf(username)).toBeNull();
		expect(await h.call('GET', `/v1/connections/${id}`, undefined, key)).toMatchObject({ status: 404 });
		expect(await h.db.asOwner('SELECT 1 FROM api_keys WHERE connection_id IS NOT NULL UNION ALL SELECT 1 FROM n8n_resources UNION ALL SELECT 1 FROM subscriptions WHERE tenant_id IS NOT NULL')).toEqual([]);
		expect((await h.call('DELETE', `/v1/connections/${id}`, undefined, key)).body).toEqual(removed.body);
		expect((await h.call('DELETE', `/v1/connections/${id}`)).body).toEqual(removed.body);
	});

	test('a token that Telegram does not know is refused without being repeated, and nothing is left', async () => {
		const { key, companyId } = await h.signUp();
		for (const token of ['123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'my/../token', '']) {
			const answer = await connectTelegram(companyId, token, key);
			expect(answer.status).toBe(token === '' ? 400 : 422);
			if (token !== '') expect(answer.body.code).toBe('telegram_token_invalid');
			if (token !== '') expect(JSON.stringify(answer.body)).not.toContain(token);
		}
		expect(await h.inN8n()).toEqual(SHARED);
		expect((await h.call('GET', '/v1/connections', undefined, key)).body.data).toEqual([]);
	});

	test('a bot is connected once, whoever asks; the same Idempotency-Key gets the same connection', async () => {
		const a = await h.signUp();
		const b = await h.signUp();
		const { token, username } = await h.newBot();
		const request = { key: a.key, headers: { 'idempotency-key': 'connect-1' }, body: { channel: 'telegram', telegram: { bot_token: token } } };
		const first = await h.api.call('POST', `/v1/companies/${a.companyId}/connections`, request);
		expect(first.status).toBe(201);
		expect((await h.api.call('POST', `/v1/companies/${a.companyId}/connections`, request)).body).toEqual(first.body);
		// The record of the first request is lost (its process died before it answered): the connection it made is found all the same.
		await h.db.asOwner(`DELETE FROM idempotency_keys WHERE key = 'connect-1'`);
		expect((await h.api.call('POST', `/v1/companies/${a.companyId}/connections`, request)).body.id).toBe(first.body.id);
		for (const { key, companyId } of [a, b]) {
			const refused = await connectTelegram(companyId, token, key);
			expect(refused).toMatchObject({ status: 409, body: { code: 'connection_exists' } });
			expect(refused.body.detail).toContain(`@${username}`);
		}
		expect((await h.call('GET', `/v1/connections/${first.body.id}`, undefined, b.key)).status).toBe(404);
		expect((await h.call('DELETE', `/v1/connections/${first.body.id}`, undefined, b.key)).status).toBe(404);
		expect((await h.call('POST', `/v1/companies/${a.companyId}/connections`, { channel: 'whatsapp' }, b.key)).status).toBe(404);
		expect((await h.call('GET', `/v1/connections?tenant_id=${a.tenantId}`)).body.data).toHaveLength(1);
		// The key of its workflow is the connection's: revoking it alone would stop the workflow.
		const keys = await h.call('GET', '/v1/api_keys', undefined, a.key);
		const own = keys.body.data?.find((entry) => entry['connection_id'] === first.body.id);
		expect(await h.call('DELETE', `/v1/api_keys/${own?.id}`, undefined, a.key)).toMatchObject({ status: 409, body: { code: 'api_key_in_use' } });

		// Deleting the tenant disconnects first, and tells it all.
		const report = await h.call('DELETE', `/v1/tenants/${a.tenantId}`, undefined, PLATFORM_KEY);
		expect((report.body['removed'] as { type: string }[]).map(({ type }) => type)).toEqual([
			'telegram_webhook', 'n8n_workflow', 'n8n_credential', 'n8n_credential', 'api_key', 'connection', 'tenant',
		]);
		expect(await h.inN8n()).toEqual(SHARED);
		expect(await h.webhookOf(username)).toBeNull();
	});

	test('a bot whose token was revoked meanwhile can still be disconnected', async () => {
		const { key, companyId } = await h.signUp();
		const { token } = await h.newBot();
		const { body } = await connectTelegram(companyId, token, key);
		await h.control('POST', '/faults', { vendor: 'telegram', operation: 'deleteWebhook', mode: 'status', status: 401, count: 1 });
		const removed = await h.call('DELETE', `/v1/connections/${body.id}`, undefined, key);
		expect(removed.status).toBe(200);
		expect((removed.body['removed'] as unknown[])[0]).toMatchObject({ type: 'telegram_webhook', outcome: 'already_gone' });
		expect(await h.inN8n()).toEqual(SHARED);
	});

	test('when the vendor refuses the webhook, everything made before is undone and the error says why', async () => {
		const { key, companyId } = await h.signUp();
		const { token } = await h.newBot();
		await h.control('POST', '/faults', { vendor: 'telegram', operation: 'setWebhook', mode: 'status', status: 400, count: 1 });
		const refused = await connectTelegram(companyId, token, key);
		expect(refused).toMatchObject({ status: 502, body: { code: 'telegram_refused' } });
		expect(JSON.stringify(refused.body)).not.toContain(token);
		expect(await h.inN8n()).toEqual(SHARED);
		expect((await h.call('GET', '/v1/connections', undefined, key)).body.data).toEqual([]);
		const again = await connectTelegram(companyId, token, key);
		expect(again.status).toBe(201);
		await h.call('DELETE', `/v1/connections/${again.body.id}`, undefined, key);
	});

	test.skipIf(realN8n)('a workflow that does not subscribe in time leaves the connection connecting, with the reason', async () => {
		const { key, companyId } = await h.signUp();
		const { token } = await h.newBot();
		if (h.fake) h.fake.triggersCutOff = true;
		const made = await connectTelegram(companyId, token, key);
		if (h.fake) h.fake.triggersCutOff = false;
		expect(made).toMatchObject({ status: 201, body: { state: 'connecting', subscribed: false, last_error: expect.stringContaining('not subscribed yet'), error_count: 1 } });
		expect((await h.call('DELETE', `/v1/connections/${made.body.id}`, undefined, key)).status).toBe(200);
	});

	test.skipIf(realN8n)('a deletion that n8n interrupts is continued by itself', async () => {
		const { key, companyId } = await h.signUp();
		const { token, username } = await h.newBot();
		const { body } = await connectTelegram(companyId, token, key);
		h.fake?.failNext('DELETE /credentials/{id}', 500);
		expect(await h.call('DELETE', `/v1/connections/${body.id}`, undefined, key)).toMatchObject({ status: 502, body: { code: 'n8n_refused' } });
		expect((await h.call('GET', `/v1/connections/${body.id}`, undefined, key)).body).toMatchObject({ state: 'deleting', last_error: expect.stringContaining('n8n answered 500') });
		h.connections.start();
		await h.connections.stop();
		expect((await h.call('GET', `/v1/connections/${body.id}`, undefined, key)).status).toBe(404);
		const report = await h.call('DELETE', `/v1/connections/${body.id}`, undefined, key);
		expect((report.body['removed'] as unknown[]).length).toBe(6);
		expect(await h.webhookOf(username)).toBeNull();
	});
});

describe('WhatsApp', () => {
	const png = (bytes: Buffer) => bytes.subarray(1, 4).toString() === 'PNG';

	test('a number gets a session, a QR code until it is scanned, and no workflow', async () => {
		const { key, companyId } = await h.signUp();
		const made = await h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'whatsapp', name: 'Shop phone', turns: { quiet_window_ms: 1500 } }, key);
		expect(made).toMatchObject({ status: 201, body: { channel: 'whatsapp', name: 'Shop phone', state: 'connecting', subscribed: true, turns: { quiet_window_ms: 1500 } } });
		expect(made.body['external_id']).toBe(made.body.id);
		const path = `/v1/connections/${made.body.id}/qr`;
		const scannable = async () => (await fetch(`${h.api.url}${path}`, { headers: { authorization: `Bearer ${key}` } })).status === 200;
		await expect.poll(scannable, { timeout: 5_000 }).toBe(true);
		const image = await fetch(`${h.api.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
		expect(image.headers.get('content-type')).toBe('image/png');
		expect(png(Buffer.from(await image.arrayBuffer()))).toBe(true);
		const asJson = await h.api.call('GET', path, { key, headers: { accept: 'application/json' } });
		expect(asJson.body['mimetype']).toBe('image/png');
		expect(png(Buffer.from(String(asJson.body['data']), 'base64'))).toBe(true);

		await h.control('POST', `/waha/sessions/${made.body.id}/scan`, { phone: '34600000000' });
		expect(await h.call('GET', path, undefined, key)).toMatchObject({ status: 409, body: { code: 'whatsapp_already_connected' } });
		await h.control('POST', `/waha/sessions/${made.body.id}/status`, { status: 'STOPPED' });
		expect(await h.call('GET', path, undefined, key)).toMatchObject({ status: 409, body: { code: 'whatsapp_qr_not_ready' } });
		expect(await h.inN8n()).toEqual(SHARED);

		const removed = await h.call('DELETE', `/v1/connections/${made.body.id}`, undefined, key);
		expect(removed.body['removed']).toEqual([
			{ type: 'whatsapp_session', id: made.body.id, name: 'Shop phone', outcome: 'removed' },
			{ type: 'connection', id: made.body.id, name: '', outcome: 'removed' },
		]);
		const sessions = await fetch(`${h.sandbox.url}/waha/api/sessions?all=true`, { headers: { 'x-api-key': 'sandbox-waha-key' } });
		expect(JSON.stringify(await sessions.json())).not.toContain(String(made.body.id));
	});

	test('a session of a chosen name is taken once, and one that WAHA has already is never touched', async () => {
		const { key, companyId } = await h.signUp();
		const connect = (session: string) => h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'whatsapp', whatsapp: { session } }, key);
		const made = await connect('shop-1');
		expect(made).toMatchObject({ status: 201, body: { external_id: 'shop-1' } });
		expect(await connect('shop-1')).toMatchObject({ status: 409, body: { code: 'whatsapp_session_taken' } });
		expect((await connect('shop 1')).status).toBe(400);
	});

	test('a Telegram connection has no QR code', async () => {
		const { key, companyId } = await h.signUp();
		const { token } = await h.newBot();
		const { body } = await connectTelegram(companyId, token, key);
		expect(await h.call('GET', `/v1/connections/${body.id}/qr`, undefined, key)).toMatchObject({ status: 409, body: { code: 'qr_not_needed' } });
		await h.call('DELETE', `/v1/connections/${body.id}`, undefined, key);
	});

	test('an unreachable WAHA leaves nothing behind', async () => {
		const { key, companyId } = await h.signUp();
		await h.control('POST', '/faults', { vendor: 'waha', operation: 'sessions.create', mode: 'status', status: 500, count: 1 });
		const refused = await h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'whatsapp' }, key);
		expect(refused.status).toBe(502);
		expect((await h.call('GET', '/v1/connections', undefined, key)).body.data).toEqual([]);
	});
});

describe('a connection of an earlier version, whose vendor was asked for fewer events', () => {
	const eventsOf = async (id: string) => {
		const [step] = await h.db.asOwner<{ events: string | null }>(
			`SELECT result -> 'made' ->> 'events' AS events FROM provisioning_steps WHERE connection_id = $1 AND step IN ('telegram_webhook', 'waha_session')`, [id],
		);
		return step?.events;
	};
	const forget = (id: string) => h.db.asOwner(`UPDATE provisioning_steps SET result = result #- '{made,events}' WHERE connection_id = $1`, [id]);
	/** Made before WAHA was asked to try again for longer. */
	const forgetRetries = (id: string) =>
		h.db.asOwner(`UPDATE provisioning_steps SET result = jsonb_set(result, '{made,events}', '"message,message.edited,message.revoked,session.status"') WHERE connection_id = $1`, [id]);

	test('Telegram and WhatsApp are asked again, once; one that fails is left as it is', async () => {
		const { key, companyId } = await h.signUp();
		const { token, username } = await h.newBot();
		const bot = String((await connectTelegram(companyId, token, key)).body.id);
		const number = String((await h.call('POST', `/v1/companies/${companyId}/connections`, { channel: 'whatsapp', whatsapp: {} }, key)).body.id);
		const broken = await h.newBot();
		const revoked = String((await connectTelegram(companyId, broken.token, key)).body.id);
		const hook = await h.webhookOf(username);
		const session = () => fetch(`${h.sandbox.url}/waha/api/sessions/${number}`, { headers: { 'x-api-key': 'sandbox-waha-key' } }).then((answer) => answer.json()) as Promise<{ config: { webhooks: { url: string; events: string[]; hmac: unknown; retries: unknown }[] } }>;
		const [webhook] = (await session()).config.webhooks;
		for (const id of [bot, revoked]) await forget(id);
		await forgetRetries(number);
		await fetch(`${h.sandbox.url}/telegram/bot${token}/setWebhook?url=${encodeURIComponent(hook?.url ?? '')}&allowed_updates=${encodeURIComponent('["message"]')}`);
		await fetch(`${h.sandbox.url}/waha/api/sessions/${number}`, {
			method: 'PUT', headers: { 'x-api-key': 'sandbox-waha-key' }, body: JSON.stringify({ config: { webhooks: [{ ...webhook, events: ['message', 'session.status'], retries: { policy: 'constant', delaySeconds: 2, attempts: 15 } }] } }),
		});
		await h.control('POST', '/faults', { vendor: 'telegram', operation: 'setWebhook', mode: 'status', status: 401, count: 1 });

		h.connections.start();
		await until('all that can be are renewed', async () =>
			(await eventsOf(number))?.includes('retries') && (await Promise.all([bot, revoked].map(eventsOf))).filter(Boolean).length === 1);
		expect(await eventsOf(number)).toBe('message,message.edited,message.revoked,session.status,retries=exponential/2/12');
		expect(webhook?.retries).toEqual({ policy: 'exponential', delaySeconds: 2, attempts: 12 });
		expect((await session()).config.webhooks).toEqual([webhook]);
		const renewed = (await eventsOf(bot)) === undefined || (await eventsOf(bot)) === null ? broken.username : username;
		expect(await h.webhookOf(renewed)).toMatchObject({ allowed_updates: ['message', 'edited_message', 'callback_query'], has_secret: true });
		for (const id of [bot, number, revoked]) expect(await h.call('GET', `/v1/connections/${id}`, undefined, key)).toMatchObject({ status: 200 });
		await h.control('DELETE', '/faults');
	});
});
