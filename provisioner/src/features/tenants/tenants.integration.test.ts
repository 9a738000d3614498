import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deriveSigningSecret } from '../../../../core/signature.ts';
import { MASTER_KEY, PLATFORM_KEY, WORKER_KEY, startTestApi } from '../../testing/api.ts';
import type { Json, TestApi } from '../../testing/api.ts';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { createCompanies } from '../companies/companies.ts';
import { createKeys } from '../keys/keys.ts';
import { openSigningSecret } from '../keys/signing-secret.ts';
import { createTenantSecrets } from './tenant-secrets.ts';
import { createTenants } from './tenants.ts';

let db: TestDatabase;
let api: TestApi;
const removedConnections: string[] = [];

beforeAll(async () => {
	db = await createTestDatabase();
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	const companies = createCompanies({ database, media: { removeLeftBehind: async () => undefined, removeFolder: async () => undefined }, catalogs: { forget: async () => undefined } });
	const tenants = createTenants({
		database,
		keys,
		secrets: createTenantSecrets(database, MASTER_KEY),
		log: pino({ level: 'silent' }),
		media: { removeOfTenant: async (tenantId) => [{ type: 'cloudinary_folder', id: `folder_of_${tenantId}`, name: '', outcome: 'removed' }] },
		history: { removeOfTenant: async (tenantId) => [{ type: 'chat_history', id: tenantId, name: '', outcome: 'removed' }] },
		catalogs: { eraseOfTenant: async () => [], forget: async () => undefined },
		connections: {
			idsOfTenant: async (sql) => (await sql.query<{ id: string }>('SELECT id FROM connections ORDER BY id')).rows.map((row) => row.id),
			async remove(tenantId, connectionId) {
				removedConnections.push(connectionId);
				await database.withTenant(tenantId, (sql) => sql.query('DELETE FROM connections WHERE id = $1', [connectionId]));
				return [];
			},
		},
	});
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	api = await startTestApi({ database, endpoints: [...keys.endpoints, ...tenants.endpoints, ...companies.endpoints] });
});
afterAll(async () => {
	await api.close();
	await db.close();
});

let counter = 0;
async function signUp(): Promise<{ id: string; key: string }> {
	counter += 1;
	const { status, body } = await api.call('POST', '/v1/tenants', { key: PLATFORM_KEY, body: { name: `Business ${counter}`, email: `b${counter}@example.com` } });
	expect(status).toBe(201);
	return { id: String(body.id), key: String((body['api_key'] as Json)['secret']) };
}

describe('tenants', () => {
	test('signing up returns the first key once; it works, and only its hash is stored', async () => {
		const { id, key } = await signUp();
		expect(key).toMatch(/^ck_tenant_[A-Za-z0-9_-]{43}$/);
		expect((await api.call('GET', '/v1/key', { key })).body).toMatchObject({ object: 'api_key', scope: 'tenant', tenant_id: id, label: 'First key' });
		const [row] = await db.asOwner<{ id: string; signing_secret: Buffer; everything: string }>(
			'SELECT id, signing_secret, api_keys::text AS everything FROM api_keys WHERE tenant_id = $1',
			[id],
		);
		expect(row?.everything).not.toContain(key);
		expect(openSigningSecret(MASTER_KEY, row?.id ?? '', row?.signing_secret ?? Buffer.alloc(0))).toBe(deriveSigningSecret(key));
		expect(() => openSigningSecret(MASTER_KEY, 'key_other', row?.signing_secret ?? Buffer.alloc(0))).toThrow(/can't be decrypted/);
	});

	test('the same Idempotency-Key makes one tenant and repeats its secret', async () => {
		const request = { key: PLATFORM_KEY, headers: { 'idempotency-key': 'sign-up-1' }, body: { name: 'Once', email: 'once@example.com', default_language: 'spanish' } };
		const first = await api.call('POST', '/v1/tenants', request);
		expect(first.body['default_language']).toBe('Spanish');
		expect((await api.call('POST', '/v1/tenants', request)).body).toEqual(first.body);
		expect(await db.asOwner('SELECT 1 FROM tenants WHERE name = $1', ['Once'])).toHaveLength(1);
	});

	test('a platform key lists all tenants by pages, a tenant key sees its own and no other', async () => {
		const a = await signUp();
		const b = await signUp();
		const firstPage = await api.call('GET', '/v1/tenants?limit=1', { key: PLATFORM_KEY });
		expect(firstPage.body).toMatchObject({ object: 'list', has_more: true, data: [{ id: b.id }] });
		const secondPage = await api.call('GET', `/v1/tenants?limit=1&starting_after=${b.id}`, { key: PLATFORM_KEY });
		expect(secondPage.body).toMatchObject({ data: [{ id: a.id, object: 'tenant', status: 'active' }] });
		expect((await api.call('GET', '/v1/tenants', { key: a.key })).body).toMatchObject({ has_more: false, data: [{ id: a.id }] });
		expect(await api.call('GET', `/v1/tenants/${b.id}`, { key: a.key })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
		expect(await api.call('DELETE', `/v1/tenants/${a.id}`, { key: a.key })).toMatchObject({ status: 403, body: { code: 'key_scope_not_allowed' } });
	});

	test('deleting removes connections first, then everything; a repeat answers with the same report', async () => {
		const { id, key } = await signUp();
		const company = await api.call('POST', '/v1/companies', { key, body: { name: 'Shop', type: 'product' } });
		await db.asOwner(
			`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, hook_token_hash, secrets) VALUES ($1, $2, $3, 'telegram', 'n', $1, $1, '')`,
			[`con_of_${id}`, id, company.body.id],
		);
		const deleted = await api.call('DELETE', `/v1/tenants/${id}`, { key: PLATFORM_KEY });
		expect(deleted).toMatchObject({ status: 200, body: { id, object: 'deletion_report', deleted: true, removed: [{ type: 'cloudinary_folder', id: `folder_of_${id}` }, { type: 'chat_history', id }, { type: 'tenant', id, outcome: 'removed' }] } });
		expect(removedConnections).toContain(`con_of_${id}`);
		expect(await api.call('GET', '/v1/key', { key })).toMatchObject({ status: 401, body: { code: 'api_key_invalid' } });
		expect(await api.call('GET', `/v1/tenants/${id}`, { key: PLATFORM_KEY })).toMatchObject({ status: 404 });
		expect((await api.call('DELETE', `/v1/tenants/${id}`, { key: PLATFORM_KEY })).body).toEqual(deleted.body);
		expect(await db.asOwner('SELECT 1 FROM companies WHERE tenant_id = $1 UNION ALL SELECT 1 FROM api_keys WHERE tenant_id = $1', [id])).toEqual([]);
		expect(await api.call('DELETE', '/v1/tenants/ten_never', { key: PLATFORM_KEY })).toMatchObject({ status: 404 });
	});

	test('a secret opens only for its tenant and context, and the stored bytes tell nothing', async () => {
		const a = await signUp();
		const b = await signUp();
		const secrets = createTenantSecrets(db.database, MASTER_KEY);
		const sealed = await db.database.withTenant(a.id, (sql) => secrets.seal(sql, a.id, { botToken: '1:plain' }, 'connection:1'));
		expect(sealed.toString('latin1')).not.toContain('plain');
		const fresh = createTenantSecrets(db.database, MASTER_KEY);
		expect(await db.database.withTenant(a.id, (sql) => fresh.unseal(sql, a.id, sealed, 'connection:1'))).toEqual({ botToken: '1:plain' });
		await expect(db.database.withTenant(a.id, (sql) => fresh.unseal(sql, a.id, sealed, 'connection:2'))).rejects.toMatchObject({ code: 'secret_unreadable' });
		await expect(db.database.withTenant(b.id, (sql) => fresh.unseal(sql, b.id, sealed, 'connection:1'))).rejects.toMatchObject({ code: 'secret_unreadable' });
		await expect(db.database.withTenant(b.id, (sql) => createTenantSecrets(db.database, MASTER_KEY).seal(sql, a.id, 1, 'x'))).rejects.toMatchObject({ code: 'tenant_not_found' });
	});
});

describe('API keys', () => {
	test('the configured platform and worker keys work, and stay two however often they are made known', async () => {
		expect((await api.call('GET', '/v1/key', { key: PLATFORM_KEY })).body).toMatchObject({ scope: 'platform', tenant_id: null });
		expect((await api.call('GET', '/v1/key', { key: WORKER_KEY })).body).toMatchObject({ scope: 'worker', tenant_id: null });
		const rows = await db.asOwner<{ id: string; signing_secret: Buffer }>("SELECT id, signing_secret FROM api_keys WHERE scope = 'worker'");
		expect(rows).toHaveLength(1);
		expect(openSigningSecret(MASTER_KEY, rows[0]?.id ?? '', rows[0]?.signing_secret ?? Buffer.alloc(0))).toBe(deriveSigningSecret(WORKER_KEY));
		expect(await api.call('GET', '/v1/key')).toMatchObject({ status: 401, body: { code: 'api_key_missing' } });
	});

	test('a tenant makes, lists and revokes its own keys, and no other tenant’s', async () => {
		const a = await signUp();
		const b = await signUp();
		const made = await api.call('POST', '/v1/api_keys', { key: a.key, body: { label: 'Shop page' } });
		expect(made).toMatchObject({ status: 201, body: { scope: 'tenant', tenant_id: a.id, label: 'Shop page', connection_id: null, revoked_at: null } });
		const secret = String(made.body['secret']);
		const listed = await api.call('GET', '/v1/api_keys', { key: a.key });
		expect(listed.body.data?.map((key) => key['label'])).toEqual(['Shop page', 'First key']);
		expect(JSON.stringify(listed.body)).not.toContain(secret);
		expect((await api.call('GET', `/v1/api_keys?tenant_id=${a.id}`, { key: b.key })).status).toBe(404);
		expect((await api.call('POST', '/v1/api_keys', { key: b.key, body: { label: 'x', tenant_id: a.id } })).status).toBe(404);
		expect((await api.call('DELETE', `/v1/api_keys/${made.body.id}`, { key: b.key })).status).toBe(404);
		expect((await api.call('GET', '/v1/key', { key: secret })).status).toBe(200);
		expect((await api.call('DELETE', `/v1/api_keys/${made.body.id}`, { key: a.key })).status).toBe(204);
		expect((await api.call('GET', '/v1/key', { key: secret })).status).toBe(401);
		expect((await api.call('DELETE', `/v1/api_keys/${made.body.id}`, { key: PLATFORM_KEY })).status).toBe(204);
	});

	test('a platform key names the tenant, and cannot revoke the platform’s own keys', async () => {
		expect(await api.call('POST', '/v1/api_keys', { key: PLATFORM_KEY, body: {} })).toMatchObject({ status: 400, body: { code: 'tenant_id_required' } });
		expect(await api.call('POST', '/v1/api_keys', { key: PLATFORM_KEY, body: { tenant_id: 'ten_none' } })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } });
		const own = await api.call('GET', '/v1/key', { key: PLATFORM_KEY });
		expect((await api.call('DELETE', `/v1/api_keys/${own.body.id}`, { key: PLATFORM_KEY })).status).toBe(404);
	});
});

describe('companies', () => {
	test('defaults come from the tenant and the platform; settings show every default', async () => {
		const { key } = await signUp();
		const { status, body } = await api.call('POST', '/v1/companies', { key, body: { name: ' Rosas ', type: 'product' } });
		expect(status).toBe(201);
		expect(body).toMatchObject({
			object: 'company', name: 'Rosas', type: 'product', currency: 'eur', default_language: 'English', time_zone: 'Europe/Madrid', country: 'ES', payment_state: 'disconnected',
			settings: { instructions: '', first_answer_items: 12, handover_keywords: [], privacy_policy_url: '', turns: {}, channels: {}, scenarios: {}, order_expires_after_hours: 72, welcome_videos: {} },
		});
	});

	test.each([
		[{ currency: 'euro' }, 'currency: "euro" is not an ISO 4217 currency; write for example "eur"'],
		[{ country: 'Spain' }, 'country: "SPAIN" is not an ISO 3166 country code'],
		[{ time_zone: 'Madrid' }, 'time_zone: "Madrid" is not an IANA time zone; write for example "Europe/Madrid"'],
		[{ default_language: 'es-ES' }, 'default_language: "es-ES" is not the English name of a language'],
		[{ type: 'shop' }, 'type: must be "product", "service" or "hybrid"'],
		[{ settings: { privacy_policy_url: 'javascript:alert(1)' } }, 'settings.privacy_policy_url'],
		[{ settings: { turns: { quiet_window_ms: 5000, max_wait_ms: 1000 } } }, 'settings.turns.max_wait_ms: must not be shorter than quiet_window_ms'],
		[{ settings: { tone: 'nice' } }, 'Unrecognized key: "tone"'],
	])('%o is refused, saying what and how', async (wrong, message) => {
		const { key } = await signUp();
		const { status, body } = await api.call('POST', '/v1/companies', { key, body: { name: 'X', type: 'product', ...wrong } });
		expect(status).toBe(400);
		expect(body.code).toBe('invalid_request');
		expect(body.detail).toContain(message);
	});

	test('a change touches only what it names, and merges settings', async () => {
		const { key } = await signUp();
		const made = await api.call('POST', '/v1/companies', { key, body: { name: 'A', type: 'hybrid', currency: 'USD', settings: { instructions: 'Be brief.', handover_keywords: ['human', 'оператор'] } } });
		const changed = await api.call('PATCH', `/v1/companies/${made.body.id}`, { key, body: { country: 'us', settings: { first_answer_items: 5 } } });
		expect(changed).toMatchObject({
			status: 200,
			body: { name: 'A', currency: 'usd', country: 'US', settings: { instructions: 'Be brief.', handover_keywords: ['human', 'оператор'], first_answer_items: 5 } },
		});
		expect((await api.call('GET', `/v1/companies/${made.body.id}`, { key })).body).toEqual(changed.body);
	});

	test('another tenant’s company can be neither seen, changed, deleted nor made', async () => {
		const a = await signUp();
		const b = await signUp();
		const made = await api.call('POST', '/v1/companies', { key: a.key, body: { name: 'A', type: 'product' } });
		for (const [method, body] of [['GET', undefined], ['PATCH', { name: 'B' }], ['DELETE', undefined]] as const) {
			expect(await api.call(method, `/v1/companies/${made.body.id}`, { key: b.key, body })).toMatchObject({ status: 404, body: { code: 'company_not_found' } });
		}
		expect((await api.call('GET', '/v1/companies', { key: b.key })).body.data).toEqual([]);
		expect((await api.call('POST', '/v1/companies', { key: b.key, body: { tenant_id: a.id, name: 'A', type: 'product' } })).status).toBe(404);
		expect((await api.call('GET', `/v1/companies?tenant_id=${a.id}`, { key: PLATFORM_KEY })).body.data).toHaveLength(1);
		expect((await api.call('GET', `/v1/companies/${made.body.id}`, { key: PLATFORM_KEY })).body['name']).toBe('A');
	});

	test('a company with a payment account or a connection is not deleted under it', async () => {
		const { id, key } = await signUp();
		const made = await api.call('POST', '/v1/companies', { key, body: { name: 'A', type: 'product' } });
		await db.asOwner(`UPDATE companies SET stripe_account_id = 'acct_1' WHERE id = $1`, [made.body.id]);
		expect(await api.call('DELETE', `/v1/companies/${made.body.id}`, { key })).toMatchObject({ status: 409, body: { code: 'company_in_use' } });
		await db.asOwner(`UPDATE companies SET stripe_account_id = NULL WHERE id = $1`, [made.body.id]);
		await db.asOwner(`INSERT INTO payment_accounts (id, tenant_id, company_id, provider, hook_token) VALUES ('pac_x', $1, $2, 'manual', 'pac_x')`, [id, made.body.id]);
		expect((await api.call('DELETE', `/v1/companies/${made.body.id}`, { key })).body.detail).toContain('payment account');
		await db.asOwner(`UPDATE payment_accounts SET disconnected_at = now() WHERE id = 'pac_x'`);
		await db.asOwner(
			`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, hook_token_hash, secrets) VALUES ('con_x', $1, $2, 'telegram', 'n', 'x', 'x', '')`,
			[id, made.body.id],
		);
		expect((await api.call('DELETE', `/v1/companies/${made.body.id}`, { key })).body.detail).toContain('1 connection');
		await db.asOwner(`DELETE FROM connections WHERE id = 'con_x'`);
		expect((await api.call('DELETE', `/v1/companies/${made.body.id}`, { key })).status).toBe(204);
	});
});
