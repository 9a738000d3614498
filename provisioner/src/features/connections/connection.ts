import { z } from 'zod';
import type { TurnSettingsJson } from '../turns/turn-settings.ts';

export type ConnectionState = 'disconnected' | 'connecting' | 'connected' | 'error' | 'deleting';

/** One channel account of a company. */
export interface Connection {
	readonly id: string;
	readonly tenantId: string;
	readonly companyId: string;
	readonly channel: 'whatsapp' | 'telegram';
	readonly name: string;
	/** The vendor's name of the account: WAHA session, bot username. */
	readonly externalId: string;
	readonly state: ConnectionState;
	readonly lastError: string | null;
	readonly errorCount: number;
	/** Its own turn settings; the rest is inherited. */
	readonly turns: TurnSettingsJson;
	readonly createdAt: Date;
	/** Turns of this connection reach a workflow in n8n. */
	readonly subscribed: boolean;
}

/** Sealed in `connections.secrets`, context `connection:<id>`. */
export const connectionSecrets = z.object({
	/** Secret path segment of the vendor's webhook: POST /hooks/<channel>/<hookToken>. */
	hookToken: z.string(),
	/** WAHA's hmac key, Telegram's secret token. */
	hookSecret: z.string(),
	botToken: z.string().optional(),
});
export type ConnectionSecrets = z.output<typeof connectionSecrets>;

export const secretsContext = (connectionId: string): string => `connection:${connectionId}`;

/** `last_error` of a connection whose workflow is not subscribed starts with this; the reconciler clears only errors of its own. */
export const NOT_SUBSCRIBED = 'not subscribed';
