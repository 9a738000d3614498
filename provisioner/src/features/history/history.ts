import type { Logger } from 'pino';
import type { Database } from '../../store/database.ts';
import type { ChatHistory, HistoryArchive } from '../../store/history/history.ts';
import { createMergedHistory } from '../../store/history/merged-history.ts';
import { createPostgresHistory } from '../../store/history/postgres-history.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import { createCopies } from './copies.ts';
import { createErasures, ERASE_AGAIN_MS } from './erasures.ts';
import { createPatience } from './patience.ts';
import { createHistoryRepository } from './repository.ts';
import { walkHistory } from './walk.ts';
import type { WalkResult } from './walk.ts';

export interface HistoryDeps {
	readonly database: Database;
	/** null: PostgreSQL alone. */
	readonly archive: HistoryArchive | null;
	readonly ttlDays: number;
	readonly now: () => Date;
	readonly log: Logger;
	/** Messages stay in PostgreSQL for so long at least. Default 30 days. */
	readonly keepDays?: number;
	/** Between two walks. Default an hour. */
	readonly walkEveryMs?: number;
	/** Before an archive that failed is called again. Default 1 s. */
	readonly firstRetryMs?: number;
	/** Before a deletion is repeated. Default ERASE_AGAIN_MS. */
	readonly eraseAgainMs?: number;
}

/** The messages of conversations: where they are read, how they get to MongoDB, and how they go. */
export interface History {
	readonly messages: ChatHistory;
	/** Everything of a tenant that is being deleted, in the archive. A repeat does and tells the same. @throws VendorError */
	removeOfTenant(tenantId: string): Promise<readonly RemovedResource[]>;
	/** Deletes what has expired, and moves what is old. The loop does it now and then. */
	walk(): Promise<WalkResult>;
	start(): void;
	/** What is under way ends, or is left to another process. */
	stop(): Promise<void>;
}

/** The agent reads the last 20 (facts_of_turns). */
const KEEP_MESSAGES = 20;
const KEEP_DAYS = 30;
const WALK_EVERY_MS = 3_600_000;
const SWITCH_EVERY_MS = 60_000;
const STOP_GRACE_MS = 5_000;

export function createHistory(deps: HistoryDeps): History {
	const { database, archive, ttlDays, now, log } = deps;
	const repository = createHistoryRepository(database);
	const patience = createPatience(deps.firstRetryMs);
	const postgres = createPostgresHistory({ database, ttlDays, now });
	let stopped = false;
	let switching: NodeJS.Timeout | undefined;
	let switched: Promise<void> = Promise.resolve();

	const walk = (): Promise<WalkResult> =>
		walkHistory({ repository, archive, ttlDays, keepDays: deps.keepDays ?? KEEP_DAYS, keepMessages: KEEP_MESSAGES, now, log }, () => stopped);
	const walks = createDueLoop<'walk'>({
		name: 'walk over chat history',
		concurrency: 1,
		sweepMs: SWITCH_EVERY_MS,
		log,
		claim: async () => ((await repository.claimWalk(deps.walkEveryMs ?? WALK_EVERY_MS)) ? ['walk'] : []),
		async run() {
			const result = await walk();
			if (Object.values(result).some((count) => count > 0)) log.info(result, 'chat history: expired, moved to MongoDB, queued for it');
		},
		nextDueInMs: () => repository.nextWalkInMs(),
	});
	const loops = [walks, ...(archive === null ? [] : [createCopies({ repository, archive, patience, log }), createErasures({ repository, archive, patience, log, ...(deps.eraseAgainMs === undefined ? {} : { againMs: deps.eraseAgainMs }) })])];

	/** What a process without MONGODB_URI switched off by mistake, the next one with it switches on; the walk finds what was not queued. */
	async function switchCopying(): Promise<void> {
		try {
			if (await repository.setCopying(archive !== null)) log.info(archive === null ? 'chat history: messages are not copied to MongoDB any more' : 'chat history: messages are copied to MongoDB from now on');
		} catch (error) {
			log.warn({ err: error }, 'chat history: could not be switched now; trying again in a minute');
		}
	}

	return {
		messages: archive === null ? postgres : createMergedHistory({ postgres, archive, movedUpTo: (conversation) => repository.movedUpTo(conversation) }),
		async removeOfTenant(tenantId) {
			if (archive === null) return [];
			await archive.erase({ tenantId });
			await repository.eraseTenantAgain(tenantId, deps.eraseAgainMs ?? ERASE_AGAIN_MS);
			return [{ type: 'chat_history', id: tenantId, name: '', outcome: 'removed' }];
		},
		walk,
		start() {
			stopped = false;
			switched = switchCopying();
			switching = setInterval(() => (switched = switchCopying()), SWITCH_EVERY_MS).unref();
			archive?.prepare().catch((error: unknown) => log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'chat history: MongoDB is not ready; messages wait for it in the queue'));
			for (const loop of loops) loop.start();
		},
		async stop() {
			stopped = true;
			clearInterval(switching);
			await Promise.all([switched, ...loops.map((loop) => loop.stop(STOP_GRACE_MS))]);
		},
	};
}
