import { pino } from 'pino';
import { DEFAULT_TURN_SETTINGS } from '../../../core/conversation/turn-settings.ts';
import { deriveSigningSecret } from '../../../core/signature.ts';
import type { TestDatabase } from '../../../test/database.ts';
import { createAccounts } from '../features/gateway/accounts.ts';
import type { Accounts } from '../features/gateway/accounts.ts';
import { createGateway } from '../features/gateway/gateway.ts';
import type { Gateway, GatewayDeps } from '../features/gateway/gateway.ts';
import type { LidLookup } from '../features/gateway/resolve-address.ts';
import type { Patience } from '../http/server.ts';
import { createTurns } from '../features/turns/turns.ts';
import type { Turns, TurnsDeps } from '../features/turns/turns.ts';
import type { Database } from '../store/database.ts';
import { MASTER_KEY, startTestApi, WORKER_KEY } from './api.ts';
import type { TestApi } from './api.ts';
import type { Business } from './business.ts';
import { wahaDelivery, wahaSignature } from './business.ts';
import type { WahaMessage } from './business.ts';

export const SIGNING_SECRET = deriveSigningSecret(WORKER_KEY);

/** A process of the service: gateway and, once started, turn scheduler. */
export interface TestGateway {
	readonly api: TestApi;
	readonly turns: Turns;
	readonly gateway: Gateway;
	readonly accounts: Accounts;
	post(path: string, raw: Buffer | string, headers?: Record<string, string>): Promise<{ status: number; code: unknown }>;
	/** A signed WhatsApp delivery; resolves with its status. */
	write(business: Business, message: WahaMessage): Promise<number>;
	stop(): Promise<void>;
}

export async function startGateway(
	db: TestDatabase,
	business: Business,
	options: Partial<TurnsDeps> & Partial<Pick<GatewayDeps, 'rateLimits' | 'commits' | 'bodies' | 'transcripts' | 'telegram'>>
		& { database?: Database; schedule?: boolean; waha?: LidLookup; patience?: Partial<Patience> } = {},
): Promise<TestGateway> {
	const database = options.database ?? db.database;
	const log = pino({ level: 'silent' });
	const accounts = createAccounts({ database, secrets: business.secrets, turnDefaults: DEFAULT_TURN_SETTINGS });
	const turns = createTurns({ masterKey: MASTER_KEY, log, now: () => new Date(), leaseMs: 60_000, deliveryTimeoutMs: 2_000, ...options, database });
	const gateway = createGateway({
		transcripts: false, rateLimits: { perConnection: 0, perCustomer: 0 }, ...options,
		database, accounts, log, wakeTurns: (dueInMs) => turns.wake(dueInMs), waha: options.waha ?? null,
	});
	const api = await startTestApi({ database, endpoints: turns.endpoints, hooks: gateway.hooks, ...(options.patience ? { patience: options.patience } : {}) });
	gateway.start();
	if (options.schedule !== false) turns.start();

	async function post(path: string, raw: Buffer | string, headers: Record<string, string> = {}): Promise<{ status: number; code: unknown }> {
		const response = await fetch(`${api.url}${path}`, { method: 'POST', body: typeof raw === 'string' ? raw : new Uint8Array(raw), headers: { 'content-type': 'application/json', ...headers } });
		const text = await response.text();
		const body: unknown = text === '' ? undefined : JSON.parse(text);
		return { status: response.status, code: typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined };
	}
	return {
		api,
		turns,
		gateway,
		accounts,
		post,
		async write(to, message) {
			const raw = wahaDelivery(message);
			return (await post(to.whatsapp.path, raw, wahaSignature(raw))).status;
		},
		async stop() {
			await turns.stop();
			await gateway.stop();
			await api.close();
		},
	};
}
