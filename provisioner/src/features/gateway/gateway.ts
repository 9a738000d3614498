import type { Router } from 'express';
import type { Logger } from 'pino';
import type { ChannelAdapter, ChannelEvent } from '../../../../core/channels/channel.ts';
import type { Database } from '../../store/database.ts';
import type { Account, Accounts } from './accounts.ts';
import { createHooksRouter } from './hooks-router.ts';
import { ingest, reportStatus } from './ingest.ts';
import type { Ingested } from './ingest.ts';
import { createAddressResolver } from './resolve-address.ts';
import type { LidLookup } from './resolve-address.ts';

export interface GatewayDeps {
	readonly database: Database;
	readonly accounts: Accounts;
	readonly log: Logger;
	/** Defaults of a turn's window, for connections and companies that set none. */
	readonly quietWindowMs: number;
	readonly maxWaitMs: number;
	/** A turn is due in that many milliseconds: `turns.wake`. */
	readonly wakeTurns: (dueInMs: number) => void;
	/** WAHA's client, to find the phone behind a hidden address; null: WhatsApp is off. */
	readonly waha: LidLookup | null;
}

export interface Gateway {
	readonly router: Router;
	start(): void;
	/** Waits for what runs in the background. */
	stop(): Promise<void>;
}

/** Receives the channels' webhooks: verifies, parses, stores, acknowledges. Never waits for n8n, nor for a vendor. */
export function createGateway(deps: GatewayDeps): Gateway {
	const { database, log } = deps;
	const resolver = createAddressResolver({ database, waha: deps.waha, log });

	async function take(account: Account, adapter: ChannelAdapter, events: readonly ChannelEvent[]): Promise<boolean> {
		const about = { connection: account.connectionId, channel: adapter.name };
		for (const event of events) {
			if (event.type === 'status') {
				const fresh = await reportStatus(database, account, event.status);
				log.info({ ...about, state: event.status.state, fresh }, 'account status');
			} else if (event.type === 'ignored') {
				log[event.reason === 'not_understood' ? 'warn' : 'debug']({ ...about, reason: event.reason }, 'delivery ignored');
			}
		}
		const messages = events.flatMap((event) => (event.type === 'message' ? [event.message] : []));
		if (messages.length === 0) return true;
		const stored = await ingest(deps, account, messages);
		if (!stored) return false;
		for (const [index, message] of messages.entries()) {
			const result = stored[index];
			if (!result) continue;
			follow(account, message.customer.addressKind, message.customer.chatId, result);
			log.debug({ ...about, outcome: result.outcome, message: result.messageId, turn: result.turnId }, 'message');
		}
		return true;
	}

	/** What happens after the commit. If the process dies here, the database still knows it all. */
	function follow(account: Account, addressKind: string, address: string, result: Ingested): void {
		if (result.dueInMs !== null) deps.wakeTurns(result.dueInMs);
		if (result.newCustomer && addressKind === 'lid') resolver.resolve(account, address);
	}

	return {
		router: createHooksRouter({ accounts: deps.accounts, take }),
		start: () => deps.accounts.start(),
		stop: () => resolver.stop(),
	};
}
