import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from './stack.ts';

const SAMPLES = join(fileURLToPath(import.meta.url), '../../../test/fixtures/data');

/** The two businesses of the demo: what they would type into a sign-up site, and the channel account each brings. */
const BUSINESSES = [
	{
		name: 'Flores',
		email: 'hola@flores.example',
		company: { name: 'Flores', type: 'product', default_language: 'Russian', currency: 'eur', country: 'ES', time_zone: 'Europe/Madrid' },
		catalog: { file: 'florist-products.ru.cp1251.csv', kind: 'product' },
		calendar: null,
		channel: { channel: 'whatsapp', phone: '34600000000' },
	},
	{
		name: 'Hotel Canarian',
		email: 'guest@hotel.example',
		company: { name: 'Hotel Canarian', type: 'service', default_language: 'English', currency: 'eur', country: 'ES', time_zone: 'Atlantic/Canary' },
		catalog: { file: 'hotel-services.en.csv', kind: 'service' },
		calendar: 'guest@hotel.example',
		channel: { channel: 'telegram', botToken: '7000000001:AAH0telCanarianDemoBotTokenForSandbox', username: 'hotel_canarian_bot' },
	},
] as const;

type Business = (typeof BUSINESSES)[number];

/**
 * Signs the demo businesses up through the public HTTP API, as a sign-up site would. What was done on an earlier start is not done
 * again; a start that was cut short goes on where it was (every POST carries an Idempotency-Key).
 */
export async function signUpDemo(stack: Stack, progress: (line: string) => void): Promise<void> {
	const { settings, save } = { settings: stack.settingsFile.settings, save: () => stack.settingsFile.save() };
	for (const business of BUSINESSES) {
		if (settings.demo[business.name]) continue;
		progress(`Signing up ${business.name}`);
		settings.demo[business.name] = await signUp(stack, business);
		save();
	}
}

async function signUp(stack: Stack, business: Business) {
	const { urls, settingsFile } = stack;
	const api = client(urls.concierge, settingsFile.settings.platformKey, business.email);
	const tenant = await api.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: business.name, email: business.email, default_language: business.company.default_language });
	const own = client(urls.concierge, tenant.api_key.secret, business.email);

	const company = await own.post<{ id: string }>('/v1/companies', business.company);
	await own.post(`/v1/companies/${company.id}/catalog?kind=${business.catalog.kind}`, await readFile(join(SAMPLES, business.catalog.file)));

	const account = await own.post<{ id: string }>(`/v1/companies/${company.id}/payment_account`, { country: business.company.country, email: business.email });
	// What the owner does on Stripe's pages.
	await control(urls.sandbox, `/control/stripe/accounts/${account.id}/complete-onboarding`, {});
	await own.get(`/v1/companies/${company.id}/payment_account`);

	if (business.calendar !== null) await connectCalendar(stack, own, company.id, business.calendar);
	await connect(stack, own, company.id, business);
	return { tenantId: tenant.id, apiKey: tenant.api_key.secret, companyId: company.id };
}

/** Appointments are offered in the chat and booked in the sandbox's Google Calendar. */
async function connectCalendar(stack: Stack, own: Client, companyId: string, email: string): Promise<void> {
	const path = `/v1/companies/${companyId}/calendar`;
	if ((await own.get<{ state: string }>(path)).state === 'connected') return;
	// Each link is for one consent, and soon: one of an earlier start is of no use.
	const consent = await own.post<{ url: string }>(`${path}/connect`, { email }, randomUUID());
	// What the owner does on Google's consent page, and where that leads.
	const granted = await control<{ location: string }>(stack.urls.sandbox, '/control/google/consent', { url: consent.url, email });
	const back = await fetch(granted.location);
	if (!back.ok) throw new Error(`The way back from Google answered ${back.status}: ${(await back.text()).slice(0, 500)}`);
}

async function connect(stack: Stack, own: Client, companyId: string, { name, channel }: Business): Promise<void> {
	const path = `/v1/companies/${companyId}/connections`;
	if (channel.channel === 'telegram') {
		await control(stack.urls.sandbox, '/control/telegram/bots', { token: channel.botToken, username: channel.username, name });
		const { id } = await own.post<{ id: string }>(path, { channel: 'telegram', name, telegram: { bot_token: channel.botToken } });
		await untilConnected(own, id);
		return;
	}
	const { id, external_id: session } = await own.post<{ id: string; external_id: string }>(path, { channel: 'whatsapp', name });
	// What the owner does with the phone: scan the QR code.
	await control(stack.urls.sandbox, `/control/waha/sessions/${session}/scan`, { phone: channel.phone, push_name: name });
	await untilConnected(own, id);
}

async function untilConnected(own: Client, connectionId: string): Promise<void> {
	const deadline = Date.now() + 60_000;
	for (;;) {
		const connection = await own.get<{ state: string; last_error: string | null }>(`/v1/connections/${connectionId}`);
		if (connection.state === 'connected') return;
		if (Date.now() > deadline) throw new Error(`The demo's connection ${connectionId} is ${connection.state} after a minute: ${connection.last_error ?? 'no error was noted'}`);
		await delay(100);
	}
}

interface Client {
	get<T>(path: string): Promise<T>;
	post<T>(path: string, body: object | Buffer, idempotencyKey?: string): Promise<T>;
}

function client(baseUrl: string, apiKey: string, idempotencyPrefix: string): Client {
	const headers = { authorization: `Bearer ${apiKey}` };
	return {
		get: async (path) => answerOf(await fetch(baseUrl + path, { headers }), path),
		post: async (path, body, idempotencyKey = `${idempotencyPrefix} ${path}`) => {
			const raw = Buffer.isBuffer(body);
			return answerOf(
				await fetch(baseUrl + path, {
					method: 'POST',
					headers: { ...headers, 'content-type': raw ? 'text/csv' : 'application/json', 'idempotency-key': idempotencyKey },
					body: raw ? new Uint8Array(body) : JSON.stringify(body),
				}),
				path,
			);
		},
	};
}

async function control<T>(sandboxUrl: string, path: string, body: object): Promise<T> {
	return answerOf(await fetch(sandboxUrl + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }), path);
}

async function answerOf<T>(response: Response, path: string): Promise<T> {
	const text = await response.text();
	if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
	return (text ? JSON.parse(text) : {}) as T;
}
