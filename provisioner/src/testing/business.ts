import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TestDatabase } from '../../../test/database.ts';
import { createTenantSecrets } from '../features/tenants/tenant-secrets.ts';
import type { TenantSecrets } from '../features/tenants/tenant-secrets.ts';
import { storedForm } from '../features/keys/signing-secret.ts';
import { sha256 } from '../store/secrets.ts';
import { MASTER_KEY, WORKER_KEY } from './api.ts';

/** A business with a WhatsApp number and a Telegram bot, as sign-up would leave it. */
export interface Business {
	readonly tenantId: string;
	readonly companyId: string;
	readonly whatsapp: { readonly id: string; readonly path: string };
	readonly telegram: { readonly id: string; readonly path: string };
	readonly secrets: TenantSecrets;
}

export const HOOK_SECRET = 'hook-secret-of-the-test';
export const BOT_TOKEN = '123456:bot-token-of-the-test';
const WORKER_KEY_ID = 'key_worker';

export async function createBusiness(db: TestDatabase, name = 'a', windows: { quietMs: number; maxWaitMs: number } = { quietMs: 150, maxWaitMs: 1_000 }): Promise<Business> {
	const secrets = createTenantSecrets(db.database, MASTER_KEY);
	const tenantId = `ten_${name}`;
	const companyId = `com_${name}`;
	await db.asOwner('INSERT INTO tenants (id, name, email, data_key) VALUES ($1, $2, $3, $4)', [tenantId, name, `${name}@example.test`, secrets.create()]);
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ($1, $2, 'Flores', 'product')`, [companyId, tenantId]);
	const connect = async (channel: 'whatsapp' | 'telegram') => {
		const id = `con_${channel}_${name}`;
		const token = `hook-token-${channel}-${name}`.padEnd(43, 'x');
		const sealed = await db.database.withTenant(tenantId, (sql) => secrets.seal(sql, tenantId, { hookSecret: HOOK_SECRET, botToken: BOT_TOKEN }, `connection:${id}`));
		await db.asOwner(
			`INSERT INTO connections (id, tenant_id, company_id, channel, name, external_id, state, hook_token_hash, secrets, turn_settings)
			 VALUES ($1, $2, $3, $4, $4, $5, 'connected', $6, $7, $8)`,
			[id, tenantId, companyId, channel, `${channel}-${name}`, sha256(token), sealed, JSON.stringify({ quiet_window_ms: windows.quietMs, max_wait_ms: windows.maxWaitMs })],
		);
		return { id, path: `/hooks/${channel}/${token}` };
	};
	return { tenantId, companyId, whatsapp: await connect('whatsapp'), telegram: await connect('telegram'), secrets };
}

/** A worker key, and a subscription of it. */
export async function subscribe(db: TestDatabase, url: string, options: { id?: string; connectionId?: string; mode?: 'production' | 'test'; channels?: string[] } = {}): Promise<void> {
	const stored = storedForm(MASTER_KEY, WORKER_KEY_ID, WORKER_KEY);
	await db.asOwner(
		`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ($1, 'worker', 'worker', $2, $3) ON CONFLICT DO NOTHING`,
		[WORKER_KEY_ID, stored.hash, stored.signingSecret],
	);
	await db.asOwner(
		`INSERT INTO subscriptions (id, api_key_id, url, mode, events, channels, connection_id) VALUES ($1, $2, $3, $4, '{turn.ready}', $5, $6)`,
		[options.id ?? 'sub_shared', WORKER_KEY_ID, url, options.mode ?? 'production', options.channels ?? [], options.connectionId ?? null],
	);
}

export function fixture(name: string): Buffer {
	return readFileSync(new URL(`../../../test/fixtures/data/webhooks/${name}`, import.meta.url));
}

export interface WahaMessage {
	readonly id: string;
	readonly body?: string;
	readonly from?: string;
	/** Milliseconds. */
	readonly at?: number;
	readonly event?: string;
	readonly change?: Record<string, unknown>;
}

/** A delivery made of the recorded one. */
export function wahaDelivery({ id, body = 'Hola', from = '34699111222@c.us', at = Date.now(), event = 'message', change = {} }: WahaMessage): Buffer {
	const recorded = JSON.parse(fixture('waha-message.json').toString('utf8')) as { payload: Record<string, unknown> };
	const payload = { ...recorded.payload, id: `false_${from}_${id}`, from, body, timestamp: Math.floor(at / 1000), ...change };
	return Buffer.from(JSON.stringify({ ...recorded, id: `evt_${id}_${from}`, event, timestamp: at, payload }));
}

export function wahaSignature(raw: Buffer, secret = HOOK_SECRET): Record<string, string> {
	return { 'x-webhook-hmac': createHmac('sha512', secret).update(raw).digest('hex'), 'x-webhook-hmac-algorithm': 'sha512' };
}
