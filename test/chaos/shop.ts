import { readFile } from 'node:fs/promises';
import type { StackAccess } from '../e2e/test-stack.ts';
import { eventually, jsonClient } from '../e2e/clients.ts';
import { catalogCsv } from './goods.ts';

/** Where a vendor delivers to, and what it proves itself with. */
export interface Hook {
	readonly url: string;
	readonly secret: string;
}

/** The business under test: one company with a number on WhatsApp and a bot on Telegram. */
export interface Shop {
	readonly tenantId: string;
	readonly stripeAccount: string;
	readonly whatsapp: Hook & { readonly session: string; readonly ownChatId: string };
	readonly telegram: Hook & { readonly username: string };
}

const BOT = { token: '7000000777:AAChaosBotTokenForTheSandboxOnly0000', username: 'chaos_shop_bot' };
const OWN_PHONE = '34600777000';

/** Signs the business up through the public API and plays the owner's part at the vendors. */
export async function openShop(access: StackAccess, stateDir: string): Promise<Shop> {
	const sandbox = jsonClient(access.urls.sandbox);
	const made = async <T>(call: Promise<{ status: number; body: T }>): Promise<T> => {
		const { status, body } = await call;
		if (status >= 300) throw new Error(`The shop could not be set up: ${status} ${JSON.stringify(body)}`);
		return body;
	};
	const platform = jsonClient(access.urls.concierge, { authorization: `Bearer ${access.platformKey}` });
	const tenant = await made(platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Chaos', email: 'chaos@shop.example', default_language: 'English' }));
	const own = jsonClient(access.urls.concierge, { authorization: `Bearer ${tenant.api_key.secret}` });
	const company = await made(own.post<{ id: string }>('/v1/companies', { name: 'Homeware', type: 'product', default_language: 'English', currency: 'eur', country: 'ES', time_zone: 'Europe/Madrid' }));
	const upload = await fetch(`${access.urls.concierge}/v1/companies/${company.id}/catalog?kind=product`, {
		method: 'POST', headers: { authorization: `Bearer ${tenant.api_key.secret}`, 'content-type': 'text/csv' }, body: catalogCsv(),
	});
	if (!upload.ok) throw new Error(`The catalog was refused: ${upload.status} ${await upload.text()}`);
	const account = await made(own.post<{ id: string }>(`/v1/companies/${company.id}/payment_account`, { country: 'ES', email: 'chaos@shop.example' }));
	await made(sandbox.post(`/control/stripe/accounts/${account.id}/complete-onboarding`));
	await own.get(`/v1/companies/${company.id}/payment_account`);

	await made(sandbox.post('/control/telegram/bots', { ...BOT, name: 'Homeware' }));
	const connections = `/v1/companies/${company.id}/connections`;
	const telegram = await made(own.post<{ id: string }>(connections, { channel: 'telegram', name: 'Homeware', telegram: { bot_token: BOT.token } }));
	const whatsapp = await made(own.post<{ id: string; external_id: string }>(connections, { channel: 'whatsapp', name: 'Homeware' }));
	await made(sandbox.post(`/control/waha/sessions/${whatsapp.external_id}/scan`, { phone: OWN_PHONE, push_name: 'Homeware' }));
	for (const { id } of [telegram, whatsapp]) {
		await eventually(`connection ${id} is connected`, async () => (await own.get<{ state: string }>(`/v1/connections/${id}`)).body.state === 'connected', 60_000);
	}
	const waha = await fetch(`${access.urls.sandbox}/waha/api/sessions/${whatsapp.external_id}`, { headers: { 'x-api-key': 'sandbox-waha-key' } });
	const [wahaHook] = ((await waha.json()) as { config: { webhooks: { url: string; hmac: { key: string } }[] } }).config.webhooks;
	if (!wahaHook) throw new Error('WAHA was given no webhook.');
	return {
		tenantId: tenant.id,
		stripeAccount: account.id,
		whatsapp: { url: wahaHook.url, secret: wahaHook.hmac.key, session: whatsapp.external_id, ownChatId: `${OWN_PHONE}@c.us` },
		telegram: { ...(await telegramHook(stateDir)), username: BOT.username },
	};
}

/** Telegram shows nobody its webhook's secret: it stands in the sandbox's own state. */
async function telegramHook(stateDir: string): Promise<Hook> {
	return eventually("the bot's webhook in the sandbox's state", async () => {
		const state = JSON.parse(await readFile(`${stateDir}/sandbox.json`, 'utf8')) as { telegram: { bots: Record<string, { webhook: { url: string; secret_token: string } | null }> } };
		const webhook = state.telegram.bots[BOT.token]?.webhook;
		return webhook ? { url: webhook.url, secret: webhook.secret_token } : undefined;
	});
}
