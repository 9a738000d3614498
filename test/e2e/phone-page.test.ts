import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

const access = inject('stack');
const executablePath = process.env['CHROMIUM_PATH'] || '/usr/bin/chromium';
const shots = join(fileURLToPath(import.meta.url), '../../../.concierge/screenshots');

let browser: Browser;
let page: Page;

beforeAll(async () => {
	if (!existsSync(executablePath)) {
		throw new Error(`The phone page is tested in Chromium, which isn't at ${executablePath}. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.`);
	}
	await mkdir(shots, { recursive: true });
	browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
	const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
	page = await context.newPage();
});
afterAll(() => browser?.close());

const shot = (name: string) => page.screenshot({ path: join(shots, `${name}.png`) });

test('a customer picks a business, sends several quick messages, orders, pays and sees the confirmation', async () => {
	const errors: string[] = [];
	page.on('pageerror', (error) => errors.push(error.message));
	await page.goto(`${access.urls.sandbox}/`);
	await shot('1-businesses');
	await page.getByText('Flores', { exact: false }).first().click();
	const box = page.getByRole('textbox', { name: /message/i });
	const write = async (text: string) => {
		await box.fill(text);
		await box.press('Enter');
	};
	await write('Здравствуйте 🌹');
	await write('Хочу 20 роз и открытку');
	await write('в Валенсию');
	// The chat itself: the list of chats, hidden on a phone, shows the last message too.
	const chat = page.getByRole('log');
	await chat.getByText(/телефон/i).waitFor({ timeout: 20_000 });
	await shot('2-question');
	await write('Анна, +34 600 111 222');
	const link = chat.locator('a[href*="/pay/"]');
	await link.waitFor({ timeout: 20_000 });
	await shot('3-payment-link');
	const opened = page.context().waitForEvent('page', { timeout: 5_000 }).catch(() => page);
	await link.click();
	const checkout = await opened;
	await checkout.getByText('67.40', { exact: false }).or(checkout.getByText('67,40', { exact: false })).first().waitFor();
	await checkout.screenshot({ path: join(shots, '4-checkout.png') });
	await checkout.getByRole('button', { name: /pay|оплатить/i }).click();
	await checkout.waitForURL(/\/done|\/pay\//);
	await checkout.screenshot({ path: join(shots, '5-thank-you.png') });
	if (checkout === page) await page.goto(`${access.urls.sandbox}/`);
	await page.getByRole('log').getByText(/оплачен/i).waitFor({ timeout: 20_000 });
	await shot('6-confirmation');
	// Nothing wider than the phone.
	expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
	expect(errors).toEqual([]);
});
