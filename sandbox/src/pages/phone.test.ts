import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Receiver, TestSandbox } from '../test-support.ts';
import { startReceiver, startSandbox } from '../test-support.ts';

const CHROMIUM = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
	(path) => path !== undefined && path !== '' && existsSync(path),
);

describe('the phone, in a real Chromium', { timeout: 60_000 }, () => {
	let browser: Browser;
	let sandbox: TestSandbox;
	let receiver: Receiver;
	let page: Page;

	beforeAll(async () => {
		if (CHROMIUM === undefined) {
			throw new Error('The phone page is tested in Chromium, and there is none here. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to its program.');
		}
		const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
		browser = await chromium.launch({ executablePath: CHROMIUM, args });
	}, 60_000);
	afterAll(() => browser?.close());

	beforeEach(async () => {
		sandbox = await startSandbox();
		receiver = await startReceiver();
		page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: 'en-GB' });
	});
	afterEach(async () => {
		await page.close();
		await sandbox.close();
		await receiver.close();
	});

	async function connect(): Promise<void> {
		const webhooks = [{ url: receiver.url, events: ['message'] }];
		await sandbox.waha('POST', '/api/sessions', { name: 'flores', config: { webhooks } });
		await expect.poll(async () => (await sandbox.waha('GET', '/api/sessions/flores')).body).toMatchObject({ status: 'SCAN_QR_CODE' });
	}

	async function openChat(): Promise<void> {
		await connect();
		await sandbox.post('/waha/sessions/flores/scan', { phone: '34600000000', push_name: 'Flores' });
		await page.goto(sandbox.url);
		await page.getByRole('button', { name: 'Flores' }).click();
	}

	async function write(text: string): Promise<void> {
		await page.getByLabel('Message', { exact: true }).fill(text);
		await page.keyboard.press('Enter');
	}

	const answer = (text: string) => sandbox.waha('POST', '/api/sendText', { session: 'flores', chatId: '34699111222@c.us', text });
	const log = () => page.getByRole('log');

	it('waits for businesses and scans a QR code', async () => {
		await page.goto(sandbox.url);
		await page.getByText('No business is connected yet').waitFor();
		await connect();
		await page.getByRole('button', { name: 'Scan QR' }).click();
		await page.getByRole('button', { name: 'flores' }).waitFor();
		expect(await page.getByText('Waiting for a scan').isVisible()).toBe(false);
	});

	it('sends several quick messages in order and shows answers as they come, as plain text', async () => {
		await openChat();
		for (const text of ['¡Hola!', 'quiero rosas 🌹', 'مرحبا <b>x</b>']) await write(text);
		const calls = await receiver.waitFor(3);
		expect(calls.map(({ body }) => body['payload'])).toMatchObject([{ body: '¡Hola!' }, { body: 'quiero rosas 🌹' }, { body: 'مرحبا <b>x</b>' }]);
		expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
		await answer('Hola <img src=x onerror=alert(1)>');
		await log().getByText('Hola <img').waitFor();
		expect(await log().locator('.bubble .text').allTextContents()).toEqual([
			'¡Hola!',
			'quiero rosas 🌹',
			'مرحبا <b>x</b>',
			'Hola <img src=x onerror=alert(1)>',
		]);
		expect(await log().getByLabel('delivered').count()).toBe(3);
		await page.reload();
		await log().getByText('Hola <img').waitFor();
		expect(await log().locator('.bubble').count()).toBe(4);
	});

	it('shows a picture, and names the file of one that cannot be had', async () => {
		await openChat();
		const picture = (url: string) =>
			sandbox.waha('POST', '/api/sendImage', { session: 'flores', chatId: '34699111222@c.us', file: { url, mimetype: 'image/jpeg' } });
		await picture(`${sandbox.url}/icon.svg`);
		await log().getByRole('img', { name: 'icon.svg' }).waitFor();
		await picture(`${sandbox.url}/20%20roses.jpg`);
		await log().getByText('Picture · no preview here').waitFor();
		expect(await log().getByText('20 roses.jpg').isVisible()).toBe(true);
	});

	it('says when the business did not take a message, or the sandbox is gone', async () => {
		await openChat();
		await receiver.close();
		await write('anyone?');
		await log().getByText('Not taken by the business yet').waitFor();
		await sandbox.close();
		await write('still there?');
		await log().getByRole('button', { name: 'Try again' }).waitFor();
		await page.getByRole('button', { name: 'Back to chats' }).click();
		await page.getByText('Reconnecting…').waitFor();
	});

	it('opens the payment page in a window, pays, and comes back to the confirmation', async () => {
		await openChat();
		const body = new URLSearchParams({
			mode: 'payment',
			success_url: `${sandbox.url}/health`,
			'line_items[0][quantity]': '2',
			'line_items[0][price_data][currency]': 'eur',
			'line_items[0][price_data][unit_amount]': '2995',
			'line_items[0][price_data][product_data][name]': '10 <i>roses</i>',
		});
		const made = await fetch(`${sandbox.url}/v1/checkout/sessions`, { method: 'POST', headers: { authorization: 'Bearer sk_test_x' }, body });
		const session: unknown = await made.json();
		const url = typeof session === 'object' && session !== null && 'url' in session ? String(session.url) : '';
		await answer(`Pay here: ${url}.`);

		const link = log().getByRole('link');
		expect(await link.getAttribute('href')).toBe(url);
		const open = async () => {
			const [opened] = await Promise.all([page.waitForEvent('popup'), link.click()]);
			await opened.getByText('10 <i>roses</i>').waitFor();
			return opened;
		};
		const cancelled = await open();
		// The window may be gone before the click has been reported as done.
		await Promise.all([cancelled.waitForEvent('close'), cancelled.getByRole('link', { name: 'Cancel' }).click().catch(() => undefined)]);
		const checkout = await open();
		const closed = checkout.waitForEvent('close');
		await checkout.getByRole('button', { name: 'Pay €59.90' }).click();
		await checkout.getByText('"ok"').waitFor();
		await answer('Paid. Thank you!');
		await page.getByText('Payment received').waitFor();
		await closed;
		await log().getByText('Paid. Thank you!').waitFor();

		await page.goto(url);
		await page.getByRole('heading', { name: 'Payment received' }).waitFor();
	});

	it('plays another customer after renaming or adding one, each with an own chat', async () => {
		await openChat();
		await write('I am Ana');
		await receiver.waitFor(1);
		await page.getByRole('button', { name: 'Back to chats' }).click();
		await page.getByRole('button', { name: 'New' }).click();
		await page.getByLabel('Name').fill('Zoë');
		await page.getByLabel('Phone (WhatsApp)').fill('+34 611 000 111');
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByRole('button', { name: 'Flores' }).click();
		await log().getByText('Say hello to Flores').waitFor();
		await write('I am Zoë');
		const calls = await receiver.waitFor(2);
		expect(calls[1]?.body['payload']).toMatchObject({ from: '34611000111@c.us', body: 'I am Zoë' });
	});
});
