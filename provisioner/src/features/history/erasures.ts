import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import type { HistoryArchive } from '../../store/history/history.ts';
import { LONGEST_CALL_MS } from '../../vendors/mongodb/limits.ts';
import { VendorError } from '../../vendors/http.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { DueLoop } from '../../work/due-loop.ts';
import { COPY_LEASE_MS } from './copies.ts';
import type { Patience } from './patience.ts';
import type { Erasure, HistoryRepository } from './repository.ts';

/** By then a copy that was claimed before the deletion has arrived, or never will. */
export const ERASE_AGAIN_MS = COPY_LEASE_MS + LONGEST_CALL_MS;
/** A large tenant takes a while. */
const LEASE_MS = 120_000;
const SWEEP_MS = 2_000;
const MOST_RETRY_MS = 300_000;

/** Has the archive forget the conversations that were deleted here, each until it has, and once more. */
export function createErasures(deps: { repository: HistoryRepository; archive: HistoryArchive; patience: Patience; log: Logger; againMs?: number }): DueLoop {
	const { repository, archive, patience, log } = deps;

	async function erase({ id, tenantId, conversationId, failures }: Erasure): Promise<void> {
		try {
			await archive.erase({ tenantId, ...(conversationId === null ? {} : { conversationId }) });
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			const retryMs = Math.max(patience.failed(), backoffMs(failures + 1, 1_000, MOST_RETRY_MS));
			log.warn({ code: error.code, reason: error.message, tenant: tenantId, conversation: conversationId, retryMs }, 'chat history: not erased yet');
			await repository.notErased(id, retryMs, true);
			return;
		}
		patience.worked();
		await repository.erased(id, deps.againMs ?? ERASE_AGAIN_MS);
	}

	return createDueLoop<Erasure>({
		name: 'erasure of chat history',
		concurrency: 4,
		sweepMs: SWEEP_MS,
		log,
		claim: async (places) => (patience.waitMs() > 0 ? [] : await repository.claimErasures(places, LEASE_MS)),
		run: erase,
		nextDueInMs: async () => {
			const next = await repository.nextInMs('erasures');
			return next === null ? null : Math.max(next, patience.waitMs());
		},
		async handBack(erasures) {
			for (const { id } of erasures) await repository.notErased(id, 0, false);
		},
	});
}
