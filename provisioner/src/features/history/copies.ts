import type { Logger } from 'pino';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import type { HistoryArchive } from '../../store/history/history.ts';
import { VendorError } from '../../vendors/http.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { DueLoop } from '../../work/due-loop.ts';
import type { Patience } from './patience.ts';
import type { HistoryRepository, OutgoingMessage } from './repository.ts';

/** Messages in one bulk write; of the longest texts some 40 MB. */
const BATCH = 200;
/** Above the longest call of the archive: a copy that is claimed anew has no other one under way. */
export const COPY_LEASE_MS = 60_000;
const SWEEP_MS = 1_000;
const MOST_RETRY_MS = 300_000;

/** Copies messages as they come and change to the archive: many in one write, in any process, and again until it has them. */
export function createCopies(deps: { repository: HistoryRepository; archive: HistoryArchive; patience: Patience; log: Logger }): DueLoop {
	const { repository, archive, patience, log } = deps;
	type Batch = readonly OutgoingMessage[];
	const entriesOf = (batch: Batch) => batch.flatMap(({ entries }) => entries);

	async function copy(batch: Batch): Promise<void> {
		const messages = batch.flatMap(({ message }) => message ?? []);
		let refused: ReadonlySet<string>;
		try {
			refused = new Set(await archive.append(messages));
		} catch (error) {
			if (!(error instanceof VendorError)) throw error;
			const retryMs = patience.failed();
			log.warn({ code: error.code, reason: error.message, messages: messages.length, retryMs }, 'chat history: not copied; it waits in the queue');
			await repository.notCopied(entriesOf(batch), retryMs, true);
			return;
		}
		if (patience.worked()) log.info('chat history: MongoDB answers again');
		await repository.copied(entriesOf(batch.filter(({ message }) => message === null || !refused.has(message.id))));
		for (const { entries, failures, message } of batch.filter((one) => one.message !== null && refused.has(one.message.id))) {
			log.warn({ message: message?.id, failures: failures + 1 }, 'chat history: MongoDB refused a message; it stays in PostgreSQL and is tried again');
			await repository.notCopied(entries, backoffMs(failures + 1, 1_000, MOST_RETRY_MS), true);
		}
	}

	return createDueLoop<Batch>({
		name: 'chat history',
		concurrency: 2,
		sweepMs: SWEEP_MS,
		log,
		async claim(places) {
			const batches: Batch[] = [];
			while (batches.length < places && patience.waitMs() === 0) {
				const batch = await repository.claimOutgoing(BATCH, COPY_LEASE_MS);
				if (batch.length > 0) batches.push(batch);
				if (batch.length < BATCH) break;
			}
			return batches;
		},
		run: copy,
		// A claim that was not full leaves nothing due behind, unless the archive is left alone.
		nextDueInMs: async () => {
			const next = await repository.nextInMs('outgoing');
			return next === null ? null : Math.max(next, patience.waitMs());
		},
		handBack: (batches) => repository.notCopied(batches.flatMap(entriesOf), 0, false),
	});
}
