import type { Logger } from 'pino';
import { storable } from '../../../../core/channels/storable.ts';
import { backoffMs } from '../../../../core/conversation/backoff.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { VendorError } from '../../vendors/http.ts';
import type { TranscriptionClient } from '../../vendors/openai/client.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { Accounts } from '../gateway/accounts.ts';
import type { FetchAttachment } from '../gateway/attachments.ts';

export interface TranscriptsDeps {
	readonly database: Database;
	readonly accounts: Pick<Accounts, 'byConnection'>;
	readonly fetchAttachment: FetchAttachment;
	readonly transcriber: TranscriptionClient;
	readonly log: Logger;
	/** Recordings at a time. Default 4. */
	readonly concurrency?: number;
	/** Before the second try. Default 1 s. */
	readonly firstRetryMs?: number;
	/** A process that says nothing for so long has ended. Default 2 minutes, above download and transcription together. */
	readonly leaseMs?: number;
}

/** Gives voice messages their text. The turn waits for it as long as its company says; what comes later still stands in the history. */
export interface Transcripts {
	start(): void;
	/** What runs ends, or is left to another process. */
	stop(): Promise<void>;
}

interface VoiceMessage {
	id: string;
	tenant_id: string;
	connection_id: string;
	channel: string;
	media: unknown;
	attempts: number;
	age_ms: number;
}

const MAX_ATTEMPTS = 5;
/** What transcription services take. */
const MAX_BYTES = 25 * 1024 * 1024;
/** Nobody needs the text of what was said so long ago: it was switched off meanwhile, or the service was away. */
const MAX_AGE_MS = 15 * 60_000;
const MAX_RETRY_MS = 60_000;
const SWEEP_MS = 5_000;
const STOP_GRACE_MS = 5_000;
/** Half an hour of speech; more is a recording of something else. */
const MAX_UNITS = 20_000;

export function createTranscripts(deps: TranscriptsDeps): Transcripts {
	const { database, log } = deps;
	const loop = createDueLoop<VoiceMessage>({
		name: 'transcripts',
		concurrency: deps.concurrency ?? 4,
		sweepMs: SWEEP_MS,
		log,
		async claim(places) {
			const { rows } = await database.system.query<VoiceMessage>(
				'SELECT id, tenant_id, connection_id, channel, media, attempts, age_ms FROM claim_transcripts($1, $2)',
				[places, deps.leaseMs ?? 120_000],
			);
			return rows;
		},
		run: transcribe,
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_transcript_in_ms() AS ms');
			return rows[0]?.ms ?? null;
		},
		async handBack(messages) {
			for (const { id } of messages) await later(id, 0, false);
		},
	});

	/** Never logs what was said. */
	async function transcribe(message: VoiceMessage, signal: AbortSignal): Promise<void> {
		const about = { message: message.id, connection: message.connection_id, channel: message.channel, attempt: message.attempts };
		if (message.age_ms > MAX_AGE_MS || message.attempts > MAX_ATTEMPTS) {
			log.warn(about, 'voice message given up: too old, or tried too often');
			await failed(message.id);
			return;
		}
		let text: string;
		try {
			const account = await deps.accounts.byConnection(message.tenant_id, message.connection_id);
			const recording = await deps.fetchAttachment(message.channel, account, message.media, { maxBytes: MAX_BYTES, signal });
			text = await deps.transcriber.transcribe({ ...recording, signal });
		} catch (error) {
			if (signal.aborted) return later(message.id, 0, false);
			const retryMs = retryIn(error, message.attempts, deps.firstRetryMs ?? 1_000);
			log.warn({ ...about, retryMs, ...(error instanceof AppError ? { code: error.code, reason: error.message } : { err: error }) }, 'voice message not transcribed');
			return retryMs === null ? failed(message.id) : later(message.id, retryMs, true);
		}
		await database.system.query('SELECT transcript_ready($1, $2)', [message.id, storable(text).slice(0, MAX_UNITS).toWellFormed()]);
		log.debug(about, 'voice message transcribed');
	}

	async function failed(messageId: string): Promise<void> {
		await database.system.query('SELECT transcript_failed($1)', [messageId]);
	}

	async function later(messageId: string, retryMs: number, counts: boolean): Promise<void> {
		await database.system.query('SELECT transcript_not_ready($1, $2, $3)', [messageId, Math.ceil(retryMs), counts]);
	}

	return {
		start() {
			database.listen('concierge_transcripts', () => loop.wake(0)).catch((error: unknown) => log.warn({ err: error }, 'transcripts: no notifications; the sweep finds what waits'));
			loop.start();
		},
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}

/** null: it would fail again. A transcription changes nothing, so one whose outcome isn't known is simply asked for again. */
function retryIn(error: unknown, attempts: number, firstMs: number): number | null {
	if (attempts >= MAX_ATTEMPTS) return null;
	if (error instanceof VendorError) {
		const away = error.outcome !== 'refused' || (error.vendorStatus ?? 0) >= 500;
		return away ? Math.min(MAX_RETRY_MS, Math.max(error.retryAfterMs ?? 0, backoffMs(attempts, firstMs, MAX_RETRY_MS))) : null;
	}
	// The connection has gone, or the channel gave no recording; anything else is our own (the database's) and passes.
	return error instanceof AppError ? null : backoffMs(attempts, firstMs, MAX_RETRY_MS);
}
