import { describe, expect, inject, test } from 'vitest';
import { eventually, stackClients } from './clients.ts';
import { openDatabase } from './stored.ts';

const access = inject('stack');
const { sandbox, platform, api, n8n, textsTo } = stackClients(access);
const stored = openDatabase(access.databaseOwnerUrl);
const florist = access.demo['Flores'];
const hotel = access.demo['Hotel Canarian'];

describe('a tenant’s key', () => {
	/** Ids of the hotel's objects, for each kind of id that a path can hold. */
	async function hotelIds(): Promise<Record<string, string>> {
		const one = async (sql: string) => (await stored.query<{ id: string }>(sql, [hotel?.tenantId]))[0]?.id ?? '';
		return {
			tenants: hotel?.tenantId ?? '',
			companies: hotel?.companyId ?? '',
			connections: await one('SELECT id FROM connections WHERE tenant_id = $1'),
			conversations: await one('SELECT id FROM conversations WHERE tenant_id = $1'),
			turns: await one('SELECT id FROM turns WHERE tenant_id = $1'),
			outbox: await one('SELECT id FROM outbox WHERE tenant_id = $1'),
			orders: await one('SELECT id FROM orders WHERE tenant_id = $1'),
			'order-events': await one('SELECT id FROM order_events WHERE tenant_id = $1'),
			bookings: await one('SELECT id FROM bookings WHERE tenant_id = $1'),
			api_keys: await one('SELECT id FROM api_keys WHERE tenant_id = $1'),
			subscriptions: await one('SELECT id FROM subscriptions WHERE tenant_id = $1'),
		};
	}

	test('reads, searches, changes and sends nothing of another tenant, on any route', async () => {
		const own = api(florist?.apiKey ?? '');
		// Something to be found: a conversation with a turn.
		await sandbox.post('/control/telegram/bots/hotel_canarian_bot/messages', { from: { id: 7100, first_name: 'Sam' }, text: 'What is the wine tour?' });
		await eventually('an answer', async () => (await textsTo('telegram', '7100')).length > 0);
		const ids = await hotelIds();
		const snapshot = () => stored.query('SELECT (SELECT count(*)::int FROM connections) AS connections, (SELECT count(*)::int FROM outbox) AS parts, (SELECT count(*)::int FROM companies) AS companies, (SELECT count(*)::int FROM api_keys) AS keys, (SELECT count(*)::int FROM catalog_items) AS items');
		const before = await snapshot();
		const { body: document } = await platform.get<{ paths: Record<string, Record<string, { requestBody?: { content: Record<string, unknown> } }>> }>('/openapi.json');
		let tried = 0;
		for (const [path, methods] of Object.entries(document.paths)) {
			for (const method of Object.keys(methods)) {
				const resource = /^\/v1\/([\w-]+)\/\{id\}/.exec(path)?.[1];
				if (resource === undefined) {
					if (method !== 'get') continue;
					const listed = await own.get(path);
					for (const id of Object.values(ids).filter(Boolean)) expect(JSON.stringify(listed.body), `${path} shows ${id}`).not.toContain(id);
					tried++;
					continue;
				}
				const id = ids[resource];
				if (id === undefined) throw new Error(`The matrix knows no id for ${path}: add one.`);
				const target = path.replace('{id}', id || 'missing').replace('{name}', 'search_catalog').replace('{sku}', '101').replace('{version}', '1');
				const answer = await own.call<{ code?: string }>(method.toUpperCase(), `${target}?q=tour&sku=101`, method === 'get' || method === 'delete' ? undefined : bodyFor(path, method));
				// Deleting what isn't there may be "already done"; that it is still there is checked below.
				expect([401, 403, 404, 415, ...(method === 'delete' ? [204] : [])], `${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`).toContain(answer.status);
				tried++;
			}
		}
		expect(tried).toBeGreaterThan(25);
		// Named in a list instead of the path.
		for (const [path, item] of [['decisions', { proposal: null }], ['replies', { text: 'from another tenant' }]] as const) {
			const { status, body } = await own.post<{ data: { ok: boolean; problem?: { code: string } }[] }>(`/v1/turns/${path}`, { data: [{ turn_id: ids['turns'], ...item }] });
			expect([status, body.data]).toMatchObject([200, [{ ok: false, problem: { code: 'turn_not_found' } }]]);
		}
		expect(await snapshot()).toEqual(before);
		expect(await hotelIds()).toEqual(ids);
	});

	/** A body that would be valid, so that a refusal is about the tenant and not about the body. */
	function bodyFor(path: string, method: string): object {
		if (path.endsWith('/subscription/checkout')) return { plan: 'single', success_url: 'https://x.example', cancel_url: 'https://x.example' };
		if (path.endsWith('/subscription/change')) return { plan: 'free' };
		if (path.endsWith('/subscription/portal')) return { return_url: 'https://x.example' };
		if (path.endsWith('/decision')) return { proposal: null, model: 'offline', attempt: 1 };
		if (path.endsWith('/reply')) return { text: 'from another tenant' };
		if (path.endsWith('/checkout')) return { decision_id: 'dec_x' };
		if (path.includes('/calendar')) return {};
		if (path.endsWith('/extend')) return { minutes: 5 };
		if (path.endsWith('/move')) return { starts_at: '2030-01-07T10:00:00Z' };
		if (path.endsWith('/confirm') || path.endsWith('/cancel')) return {};
		if (path.endsWith('/handover')) return { reason: 'x' };
		if (path.endsWith('/state')) return { state: 'human' };
		if (path.endsWith('/items')) return { data: [{ name: 'x', description: 'x', kind: 'service' }] };
		if (path.endsWith('/connections')) return { channel: 'whatsapp', name: 'x' };
		if (path.endsWith('/payment_account') && method === 'put') return { provider: 'manual', instructions: 'x' };
		if (path.endsWith('/mark-paid') || path.endsWith('/refunds')) return { amount_cents: 1 };
		if (path.endsWith('/payment_account')) return { country: 'ES', email: 'x@x.example' };
		if (path.includes('/tools/')) return { query: 'tour' };
		return { name: 'taken over' };
	}
});

test('deleting the Telegram connection leaves no clone and no credential in n8n, and no webhook at the vendor', async () => {
	// A business of its own, so that the demo keeps its bot.
	const email = 'bike@shop.example';
	const { body: tenant } = await platform.post<{ id: string; api_key: { secret: string } }>('/v1/tenants', { name: 'Bike shop', email });
	const own = api(tenant.api_key.secret);
	const { body: company } = await own.post<{ id: string }>('/v1/companies', { name: 'Bike shop', type: 'product' });
	const token = '7000000002:AAH0bikeShopBotTokenForTheSandbox00';
	await sandbox.post('/control/telegram/bots', { token, username: 'bike_shop_bot', name: 'Bike shop' });
	const resources = async () => ({
		workflows: (await n8n.get<{ data: { id: string; name: string }[] }>('/workflows?limit=250')).body.data.map(({ id }) => id).toSorted(),
		credentials: (await n8n.get<{ data: { id: string }[] }>('/credentials?limit=250')).body.data.map(({ id }) => id).toSorted(),
	});
	const before = await resources();
	const { body: connection, status } = await own.post<{ id: string }>(`/v1/companies/${company.id}/connections`, { channel: 'telegram', name: 'Bike shop', telegram: { bot_token: token } });
	expect(status).toBe(201);
	await eventually('connected', async () => (await own.get<{ state: string }>(`/v1/connections/${connection.id}`)).body.state === 'connected', 40_000);
	const during = await resources();
	expect(during.workflows.length - before.workflows.length).toBe(1);
	expect(during.credentials.length - before.credentials.length).toBe(2);
	expect((await sandbox.get<{ webhook: object | null }>('/control/telegram/bots/bike_shop_bot')).body.webhook).not.toBeNull();

	expect((await own.delete(`/v1/connections/${connection.id}`)).status).toBeLessThan(300);
	expect(await resources()).toEqual(before);
	expect((await sandbox.get<{ webhook: object | null }>('/control/telegram/bots/bike_shop_bot')).body.webhook).toBeNull();
	expect((await own.get(`/v1/connections/${connection.id}`)).status).toBe(404);
});

test('a bot token that Telegram does not know is refused with what to do, and nothing is left', async () => {
	const own = api(florist?.apiKey ?? '');
	const answer = await own.post<{ code: string; detail: string }>(`/v1/companies/${florist?.companyId}/connections`, { channel: 'telegram', name: 'x', telegram: { bot_token: '123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' } });
	expect(answer.status).toBe(422);
	expect(answer.body.code).toBe('telegram_token_invalid');
	expect(JSON.stringify(answer.body)).not.toContain('AAAAAAAA');
	expect((await own.get<{ data: { channel: string }[] }>('/v1/connections')).body.data.map(({ channel }) => channel)).toEqual(['whatsapp']);
});
