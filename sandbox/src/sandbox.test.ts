import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import type { TestSandbox } from './test-support.ts';
import { startReceiver, startSandbox } from './test-support.ts';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).toReversed()) await close();
});

async function sandboxWith(options: Parameters<typeof startSandbox>[0] = {}): Promise<TestSandbox> {
	const sandbox = await startSandbox(options);
	closing.push(() => sandbox.close());
	return sandbox;
}

function stateFile(): string {
	const folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
	closing.push(() => rmSync(folder, { recursive: true }));
	return join(folder, 'deeper', 'state.json');
}

describe('sandbox', () => {
	it('keeps bots, sessions and undelivered updates over a restart', async () => {
		const file = stateFile();
		const first = await sandboxWith({ stateFile: file });
		await first.waha('POST', '/api/sessions', { name: 'flores' });
		await first.post('/telegram/bots', { token: '1:abc', username: 'a_bot', name: 'A' });
		const receiver = await startReceiver();
		closing.push(() => receiver.close());
		const { update_id } = await first.post('/telegram/bots/a_bot/messages', { from: { id: 5, first_name: 'B' }, text: 'hi' });
		await first.close();

		const second = await sandboxWith({ stateFile: file });
		expect((await second.waha('GET', '/api/sessions/flores')).body).toMatchObject({ status: 'SCAN_QR_CODE' });
		await fetch(`${second.url}/telegram/bot1:abc/setWebhook?url=${encodeURIComponent(receiver.url)}`);
		expect((await receiver.waitFor(1))[0]?.body['update_id']).toBe(update_id);
	});

	it('lists working businesses and forgets everything when reset', async () => {
		const sandbox = await sandboxWith();
		await sandbox.waha('POST', '/api/sessions', { name: 'flores' });
		await sandbox.post('/telegram/bots', { token: '1:abc', username: 'a_bot', name: 'A' });
		expect(await sandbox.get('/businesses')).toEqual({ data: [] });
		await expect.poll(async () => (await sandbox.waha('GET', '/api/sessions/flores')).body).toMatchObject({ status: 'SCAN_QR_CODE' });
		await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000', push_name: 'Flores' });
		await fetch(`${sandbox.url}/telegram/bot1:abc/setWebhook?url=http://127.0.0.1:9/x`);
		expect(await sandbox.get('/businesses')).toEqual({
			data: [
				{ channel: 'whatsapp', account: 'flores', title: 'Flores' },
				{ channel: 'telegram', account: 'a_bot', title: 'A' },
			],
		});
		await sandbox.post('/reset');
		expect(await sandbox.get('/businesses')).toEqual({ data: [] });
		expect((await fetch(`${sandbox.url}/telegram/bot1:abc/getMe`)).status).toBe(401);
	});

	it('tells everything as it happens', async () => {
		const sandbox = await sandboxWith();
		await sandbox.post('/telegram/bots', { token: '1:abc', username: 'a_bot', name: 'A' });
		const response = await fetch(`${sandbox.url}/control/events?since=0`);
		expect(response.headers.get('content-type')).toContain('text/event-stream');
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		if (reader === undefined) throw new Error('no stream');
		await sandbox.post('/telegram/bots/a_bot/messages', { from: { id: 5, first_name: 'B' }, text: 'hi' });
		let text = '';
		while (!text.includes('"text":"hi"')) text += (await reader.read()).value ?? '';
		expect(text).toContain('"type":"bot"');
		expect(text).toMatch(/id: \d+\ndata: \{/);
		await reader.cancel();
	});

	it('drops, delays and fails calls as often as told', async () => {
		const sandbox = await sandboxWith();
		await sandbox.post('/faults', { vendor: 'waha', mode: 'drop', count: 1 });
		await expect(sandbox.waha('GET', '/api/sessions')).rejects.toThrow();
		await sandbox.post('/faults', { vendor: 'waha', operation: 'sessions.list', mode: 'delay', delay_ms: 30, count: 1 });
		const start = performance.now();
		expect((await sandbox.waha('GET', '/api/sessions')).status).toBe(200);
		expect(performance.now() - start).toBeGreaterThanOrEqual(29);
		await sandbox.post('/faults', { vendor: 'waha', mode: 'status', status: 503, count: 2 });
		expect((await sandbox.waha('GET', '/api/sessions')).status).toBe(503);
		expect(await sandbox.get('/faults')).toMatchObject({ data: [{ count: 0 }, { count: 0 }, { count: 1, status: 503 }] });
		await fetch(`${sandbox.url}/control/faults`, { method: 'DELETE' });
		expect((await sandbox.waha('GET', '/api/sessions')).status).toBe(200);
		await expect(sandbox.post('/faults', { vendor: 'visa', mode: 'drop' })).rejects.toThrow('vendor must be one of');
	});

	it('lets no other site use the control API', async () => {
		const sandbox = await sandboxWith();
		const headers = { origin: 'https://evil.example' };
		expect((await fetch(`${sandbox.url}/control/reset`, { method: 'POST', headers })).status).toBe(403);
	});

	it('names SANDBOX_PORT when it is not a port', () => {
		expect(() => readConfig({ SANDBOX_PORT: 'eighty' })).toThrow('SANDBOX_PORT');
		expect(readConfig({})).toEqual({ port: 8090, stateFile: undefined, wahaKey: 'sandbox-waha-key' });
	});
});
