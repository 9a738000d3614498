import { expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';

const access = inject('stack');
const { sandbox, platform, api, textsTo } = stackClients(access);

/** Made-up goods in French with prices made anew on each run: nothing in the code can know them. */
function generateCatalog(seed: number) {
	const random = (max: number, step: number) => ((seed * 9301 + step * 49297) % 233280) % max;
	const set = { sku: 'GATEAU-12', name: 'Boîte de 12 macarons', cents: 1500 + random(900, 1) };
	const candle = { sku: 'BOUGIE-1', name: 'Bougie parfumée lavande', cents: 700 + random(500, 2) };
	const delivery = 300 + random(400, 3);
	const money = (cents: number) => (cents / 100).toFixed(2).replace('.', ',');
	const csv = [
		'product_name;sku;description;unit;price_eur;logistics_price_eur;free_delivery;stock_units;payment_reminder;cities',
		`${set.name};${set.sku};Douze macarons assortis;boîte;${money(set.cents)};${money(delivery)};500;40;5;Lyon, Bordeaux`,
		`${candle.name};${candle.sku};Bougie artisanale;pièce;${money(candle.cents)};${money(delivery)};500;40;5;Lyon, Bordeaux`,
	].join('\n');
	return { set, candle, delivery, csv };
}

test('the same order passes for a business with a generated French catalog and an English-speaking customer', async () => {
	const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
	console.info(`seed ${seed} (SEED=${seed} repeats this run)`);
	const { set, candle, delivery, csv } = generateCatalog(seed);
	const { body: tenant } = await platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Douceurs', email: 'bonjour@douceurs.example' });
	const key = tenant.api_key.secret;
	const own = api(key);
	const { body: company } = await own.post<{ id: string }>('/v1/companies', { name: 'Douceurs', type: 'product', default_language: 'English', country: 'FR', time_zone: 'Europe/Paris' });
	const imported = await fetch(`${access.urls.concierge}/v1/companies/${company.id}/catalog?kind=product`, {
		method: 'POST', body: csv, headers: { authorization: `Bearer ${key}`, 'content-type': 'text/csv' },
	});
	expect(await imported.json()).toMatchObject({ inserted: 2, errors: [] });
	const { body: account } = await own.post<{ id: string }>(`/v1/companies/${company.id}/payment_account`, { country: 'FR', email: 'bonjour@douceurs.example' });
	await sandbox.post(`/control/stripe/accounts/${account.id}/complete-onboarding`);
	await own.get(`/v1/companies/${company.id}/payment_account`);
	const { body: connection } = await own.post<{ id: string; external_id: string }>(`/v1/companies/${company.id}/connections`, { channel: 'whatsapp', name: 'Douceurs' });
	await sandbox.post(`/control/waha/sessions/${connection.external_id}/scan`, { phone: '33600000001', push_name: 'Douceurs' });
	await eventually('connected', async () => (await own.get<{ state: string }>(`/v1/connections/${connection.id}`)).body.state === 'connected');

	const from = '33699000001';
	await sandbox.post(`/control/waha/sessions/${connection.external_id}/messages`, {
		from, body: 'Hello, I would like 12 macarons and one bougie lavande delivered to Lyon. My name is Zoë Ó Briain, phone +33 6 12 34 56 78',
	});
	const answer = await eventually('an answer', async () => (await textsTo('whatsapp', from))[0]);
	const total = set.cents + candle.cents + delivery;
	expect(answer.text, answer.text).toContain((total / 100).toFixed(2));
	expect(answer.text).toContain('/pay/');
	const { body: orders } = await own.get<{ data: { id: string; total_cents: number; lines: { sku: string; quantity: number }[] }[] }>('/v1/orders');
	expect(orders.data).toMatchObject([{ total_cents: total }]);
	expect(orders.data[0]?.lines.map(({ sku, quantity }) => [sku, quantity]).toSorted()).toEqual([[candle.sku, 1], [set.sku, 1]]);
	const sessions = (await sandbox.get<{ data: { id: string; amount_total: number }[] }>(`/control/stripe/sessions?account=${account.id}`)).body.data;
	expect(sessions).toMatchObject([{ amount_total: total }]);
	await sandbox.post(`/control/stripe/sessions/${sessions[0]?.id}/pay`);
	await eventually('the confirmation', async () => (await textsTo('whatsapp', from)).length === 2);
	expect((await own.get<{ data: { status: string }[] }>('/v1/orders')).body.data[0]?.status).toBe('paid');
	await own.delete(`/v1/connections/${connection.id}`);
});
