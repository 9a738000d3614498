import type { Logger } from 'pino';
import { storable } from '../../../../core/channels/storable.ts';
import type { Database } from '../../store/database.ts';
import type { Account } from './accounts.ts';

/** What it needs of vendors/waha. */
export interface LidLookup {
	lidToPhone(session: string, lid: string): Promise<string | null>;
}

export interface AddressResolver {
	/** Asks in the background who is behind a hidden WhatsApp address; what it learns serves from the next message on. */
	resolve(account: Account, address: string): void;
	stop(): Promise<void>;
}

/** More at a time would only queue up at WAHA; a customer who is skipped is asked for with their twin, or never. */
const MOST_AT_A_TIME = 8;

export function createAddressResolver(deps: { database: Database; waha: LidLookup | null; log: Logger }): AddressResolver {
	const { database, waha, log } = deps;
	const running = new Set<Promise<void>>();

	async function lookUp(lookup: LidLookup, account: Account, address: string): Promise<void> {
		const other = await lookup.lidToPhone(account.externalId, address);
		const phone = /^(\d{5,20})@(?:c\.us|s\.whatsapp\.net)$/.exec(storable(other ?? ''))?.[1];
		if (phone === undefined) return;
		await database.system.query('SELECT link_address($1, $2, $3, $4, $5)', [account.tenantId, account.connectionId, address, `${phone}@c.us`, phone]);
	}

	return {
		resolve(account, address) {
			if (!waha || running.size >= MOST_AT_A_TIME) return;
			const work = lookUp(waha, account, address)
				.catch((error: unknown) => log.warn({ err: error, connection: account.connectionId }, 'the phone behind a hidden address could not be looked up'))
				.finally(() => running.delete(work));
			running.add(work);
		},
		async stop() {
			await Promise.allSettled(running);
		},
	};
}
