import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { newId, newToken } from '../provisioner/src/store/ids.ts';
import { newDataKey, seal, sha256 } from '../provisioner/src/store/secrets.ts';
import { jsonClient } from '../test/e2e/clients.ts';
import type { Target } from './load/waha-request.ts';
import type { Stage } from './stage.ts';
import { ROOT } from './stage.ts';

/** A connected account, and whose it is. */
export interface SeededConnection extends Target {
	readonly connectionId: string;
	readonly tenantId: string;
}

const INSERTED_AT_ONCE = 2_000;

/** The demo's florist, signed up and with its catalog imported through the API: what other tenants' companies are copies of. */
export async function signUpFlorist(stage: Stage): Promise<string> {
	const call = async <T>(key: string, path: string, body: object | string): Promise<T> => {
		const headers = { authorization: `Bearer ${key}`, 'idempotency-key': path };
		const { status, body: answer } =
			typeof body === 'string'
				? await postCsv(stage.stack.urls.concierge + path, headers, body)
				: await jsonClient(stage.stack.urls.concierge, headers).post<T>(path, body);
		if (status > 299) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer).slice(0, 300)}`);
		return answer as T;
	};
	const tenant = await call<{ api_key: { secret: string } }>(stage.stack.settingsFile.settings.platformKey, '/v1/tenants', {
		name: 'Flores', email: 'hola@flores.example', default_language: 'Russian',
	});
	const company = await call<{ id: string }>(tenant.api_key.secret, '/v1/companies', {
		name: 'Flores', type: 'product', default_language: 'Russian', currency: 'eur', country: 'ES', time_zone: 'Europe/Madrid',
	});
	await call(tenant.api_key.secret, `/v1/companies/${company.id}/catalog?kind=product`, await readFile(join(ROOT, 'test/fixtures/data/florist-products.ru.cp1251.csv'), 'latin1'));
	return company.id;
}

async function postCsv(url: string, headers: Record<string, string>, latin1: string): Promise<{ status: number; body: unknown }> {
	const response = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'text/csv' }, body: new Uint8Array(Buffer.from(latin1, 'latin1')) });
	return { status: response.status, body: await response.json() };
}

/**
 * Tenants with one company and `connectionsEach` WhatsApp accounts, written into the database as signing up leaves them: thousands of sign-ups
 * through the API would take longer than the measurement. Their companies are copies of `likeCompany` with its catalog.
 */
export async function seedTenants(
	database: pg.Pool,
	options: { masterKey: string; tenants: number; connectionsEach: number; likeCompany?: string },
): Promise<readonly SeededConnection[]> {
	const masterKey = Buffer.from(options.masterKey, 'base64');
	const connections: SeededConnection[] = [];
	const rows: { id: string; tenant: string; company: string; session: string; tokenHash: string; secrets: string }[] = [];
	for (let index = 0; index < options.tenants; index += 1) {
		const [tenant, company, dataKey] = [newId('ten'), newId('com'), newDataKey()];
		await database.query('INSERT INTO tenants (id, name, email, data_key) VALUES ($1, $2, $3, $4)', [
			tenant, `Tenant ${index}`, `tenant-${index}-${randomBytes(4).toString('hex')}@bench.example`, seal(masterKey, dataKey, 'tenant-data-key'),
		]);
		if (options.likeCompany === undefined) {
			await database.query(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($1, $2, $3, 'product')`, [company, tenant, `Company ${index}`]);
		} else {
			await database.query(
				`INSERT INTO companies (id, tenant_id, name, type, currency, default_language, time_zone, country, settings, catalog_version)
				 SELECT $1, $2, name, type, currency, default_language, time_zone, country, settings, catalog_version FROM companies WHERE id = $3`,
				[company, tenant, options.likeCompany],
			);
			await database.query(
				`INSERT INTO catalog_items (tenant_id, company_id, sku, kind, name, position, item)
				 SELECT $1, $2, sku, kind, name, position, item FROM catalog_items WHERE company_id = $3`,
				[tenant, company, options.likeCompany],
			);
		}
		for (let each = 0; each < options.connectionsEach; each += 1) {
			const [id, hookToken, hookSecret] = [newId('con'), newToken(), newToken()];
			const sealed = seal(dataKey, JSON.stringify({ hookToken, hookSecret }), `connection:${id}`);
			rows.push({ id, tenant, company, session: id, tokenHash: sha256(hookToken), secrets: sealed.toString('base64') });
			connections.push({ connectionId: id, tenantId: tenant, session: id, path: `/hooks/whatsapp/${hookToken}`, hmacKey: hookSecret });
		}
	}
	for (let from = 0; from < rows.length; from += INSERTED_AT_ONCE) {
		await database.query(
			`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, state, hook_token_hash, secrets)
			 SELECT r.id, r.tenant, r.company, 'whatsapp', r.id, r.session, 'connected', r."tokenHash", decode(r.secrets, 'base64')
			 FROM jsonb_to_recordset($1) AS r(id text, tenant text, company text, session text, "tokenHash" text, secrets text)`,
			[JSON.stringify(rows.slice(from, from + INSERTED_AT_ONCE))],
		);
	}
	return connections;
}
