import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Secrets and ids of a local stack, made once and kept in a file that only its owner can read. */
export interface StackSettings {
	readonly postgresPassword: string;
	readonly databasePassword: string;
	readonly masterKey: string;
	readonly platformKey: string;
	readonly workerKey: string;
	readonly n8n: { readonly ownerEmail: string; readonly ownerPassword: string; readonly encryptionKey: string; apiKey: string };
	/** Signing secret of the sandbox's Stripe webhook endpoint; '' until it was created. */
	stripeWebhookSecret: string;
	/** The demo businesses, by name, once they have signed up. */
	demo: Record<string, { tenantId: string; apiKey: string; companyId: string }>;
}

export interface SettingsFile {
	readonly settings: StackSettings;
	save(): void;
}

export function openSettings(path: string): SettingsFile {
	const settings = read(path) ?? createSettings();
	const save = () => {
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, `${JSON.stringify(settings, null, '\t')}\n`, { mode: 0o600 });
	};
	save();
	return { settings, save };
}

/** undefined on the first run. A file that is there and can't be read is an error: its secrets open the databases beside it. */
function read(path: string): StackSettings | undefined {
	return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as StackSettings) : undefined;
}

function createSettings(): StackSettings {
	const secret = (bytes = 24) => randomBytes(bytes).toString('base64url');
	return {
		postgresPassword: secret(),
		databasePassword: secret(),
		masterKey: randomBytes(32).toString('base64'),
		platformKey: `ck_platform_${secret(32)}`,
		workerKey: `ck_worker_${secret(32)}`,
		n8n: {
			ownerEmail: 'owner@concierge.example',
			// n8n wants a capital letter and a digit.
			ownerPassword: `C1${secret(12)}`,
			encryptionKey: secret(),
			apiKey: '',
		},
		stripeWebhookSecret: '',
		demo: {},
	};
}
