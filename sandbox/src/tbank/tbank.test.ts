import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startSandbox, type TestSandbox } from '../test-support.ts';

/** Written anew here: what the sandbox signs and checks must not be tested with its own code. */
function token(body: Record<string, unknown>, password: string): string {
	const pairs = [...Object.entries(body), ['Password', password] as const].filter(([key, value]) => key !== 'Token' && typeof value !== 'object');
	return createHash('sha256').update(pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, value]) => String(value)).join('')).digest('hex');
}

interface Shop {
	readonly url: string;
	readonly received: Record<string, unknown>[];
	answer: string;
	waitFor(count: number): Promise<void>;
	close(): void;
}
async function startShop(): Promise<Shop> {
	const waiting = new Set<() => void>();
	const server = createServer((req, res) => {
		const chunks: Buffer[] = [];
		req.on('data', (chunk: Buffer) => chunks.push(chunk));
		req.on('end', () => {
			shop.received.push(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>);
			res.end(shop.answer);
			for (const check of waiting) check();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const shop: Shop = {
		url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/hook`,
		received: [],
		answer: 'OK',
		waitFor: (count) =>
			new Promise((resolve) => {
				const check = () => (shop.received.length >= count ? resolve() : undefined);
				waiting.add(check);
				check();
			}),
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
	return shop;
}

let sandbox: TestSandbox;
let shop: Shop;
beforeEach(async () => {
	sandbox = await startSandbox();
	shop = await startShop();
	await sandbox.post('/tbank/terminals', { terminal_key: 'Shop1', password: 'p@ss' });
});
afterEach(async () => {
	shop.close();
	await sandbox.close();
});

async function call(method: string, params: Record<string, unknown>, { key = 'Shop1', password = 'p@ss' } = {}): Promise<Record<string, unknown>> {
	const body = { TerminalKey: key, ...params };
	const response = await fetch(`${sandbox.url}/tbank/v2/${method}`, { method: 'POST', body: JSON.stringify({ ...body, Token: token(body, password) }) });
	return (await response.json()) as Record<string, unknown>;
}
async function init(change: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
	return call('Init', {
		Amount: 19_200, OrderId: '21090', Description: 'Подарочная карта', PayType: 'O', Language: 'ru', NotificationURL: shop.url, SuccessURL: 'http://shop.example/ok',
		FailURL: 'http://shop.example/fail', DATA: { order_id: 'ord_1' }, ...change,
	});
}

describe('the T-Bank stand-in', () => {
	test('makes a payment with a page, and shows its state to its own terminal only', async () => {
		const made = await init();
		expect(made).toMatchObject({ Success: true, ErrorCode: '0', Status: 'NEW', OrderId: '21090', Amount: 19_200, TerminalKey: 'Shop1' });
		expect(made['PaymentId']).toMatch(/^\d+$/);
		expect(await call('GetState', { PaymentId: made['PaymentId'] })).toMatchObject({ Success: true, Status: 'NEW', Amount: 19_200 });
		expect(await (await fetch(String(made['PaymentURL']))).text()).toContain('Подарочная карта');
		expect(await call('GetState', { PaymentId: made['PaymentId'] })).toMatchObject({ Status: 'FORM_SHOWED' });
		expect(await call('GetState', { PaymentId: made['PaymentId'] }, { key: 'SandboxTerminal', password: 'sandbox-password' })).toMatchObject({ Success: false, ErrorCode: '255' });
	});

	test('refuses with 200 and a code: a wrong token, an unknown terminal, what is missing', async () => {
		const wrong = await fetch(`${sandbox.url}/tbank/v2/Init`, { method: 'POST', body: JSON.stringify({ TerminalKey: 'Shop1', Amount: 1, OrderId: '1', Token: 'x' }) });
		expect([wrong.status, await wrong.json()]).toMatchObject([200, { Success: false, ErrorCode: '204' }]);
		expect(await call('Init', {}, { key: 'Nobody' })).toMatchObject({ Success: false, ErrorCode: '501' });
		expect(await init({ Amount: 1.5 })).toMatchObject({ Success: false, ErrorCode: '9' });
		expect(await init({ OrderId: 'x'.repeat(37) })).toMatchObject({ Success: false, ErrorCode: '9' });
		expect(await init({ RedirectDueDate: '2099-01-01T00:00:00+00:00' })).toMatchObject({ Success: false, ErrorCode: '9' });
		expect(await init({ RedirectDueDate: '2026-11-01' })).toMatchObject({ Success: false, ErrorCode: '9' });
	});

	test('is paid with the page’s button; AUTHORIZED and CONFIRMED come signed', async () => {
		const made = await init();
		const paid = await fetch(String(made['PaymentURL']), { method: 'POST', redirect: 'manual' });
		expect([paid.status, paid.headers.get('location')]).toEqual([303, 'http://shop.example/ok']);
		expect(shop.received.map(({ Status, Amount, OrderId }) => [Status, Amount, OrderId])).toEqual([['AUTHORIZED', 19_200, '21090'], ['CONFIRMED', 19_200, '21090']]);
		for (const notification of shop.received) expect(notification['Token']).toBe(token(notification, 'p@ss'));
		expect(await call('GetState', { PaymentId: made['PaymentId'] })).toMatchObject({ Status: 'CONFIRMED' });
	});

	test('repeats a notification until it is answered with OK', async () => {
		shop.answer = 'ok';
		const made = await init();
		await sandbox.post(`/tbank/payments/${String(made['PaymentId'])}/expire`);
		shop.answer = 'OK';
		await shop.waitFor(2);
		expect(shop.received[1]).toEqual(shop.received[0]);
		expect(shop.received[0]).toMatchObject({ Status: 'DEADLINE_EXPIRED', Success: false });
	});

	test('Cancel ends what is open, reverses what is held, refunds what is paid in parts, and repeats nothing', async () => {
		const open = await init();
		expect(await call('Cancel', { PaymentId: open['PaymentId'], Amount: 5 })).toMatchObject({ Status: 'CANCELED', OriginalAmount: 19_200, NewAmount: 0 });
		const held = await init();
		await sandbox.post(`/tbank/payments/${String(held['PaymentId'])}/authorize`);
		expect(await call('Cancel', { PaymentId: held['PaymentId'] })).toMatchObject({ Status: 'REVERSED', NewAmount: 0 });
		const paid = await init();
		const refund = (id: string, amount?: number) => call('Cancel', { PaymentId: paid['PaymentId'], ExternalRequestId: id, ...(amount === undefined ? {} : { Amount: amount }) });
		await sandbox.post(`/tbank/payments/${String(paid['PaymentId'])}/pay`);
		expect(await refund('r1', 200)).toMatchObject({ Status: 'PARTIAL_REFUNDED', OriginalAmount: 19_200, NewAmount: 19_000 });
		expect(await refund('r1', 200)).toMatchObject({ Status: 'PARTIAL_REFUNDED', OriginalAmount: 19_200, NewAmount: 19_000 });
		expect(await refund('r2', 19_001)).toMatchObject({ Success: false });
		expect(await refund('r3')).toMatchObject({ Status: 'REFUNDED', OriginalAmount: 19_000, NewAmount: 0 });
	});

	test('suffers faults', async () => {
		await sandbox.post('/faults', { vendor: 'tbank', operation: 'Init', mode: 'status', status: 502, count: 1 });
		const body = { TerminalKey: 'Shop1' };
		expect((await fetch(`${sandbox.url}/tbank/v2/Init`, { method: 'POST', body: JSON.stringify(body) })).status).toBe(502);
		expect(await init()).toMatchObject({ Success: true });
	});
});
