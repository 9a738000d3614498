import type { Logger } from 'pino';
import { findChannelAdapter } from '../../../../core/channels/channels.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { createDueLoop } from '../../work/due-loop.ts';
import type { Accounts } from '../gateway/accounts.ts';
import { afterFailure } from './after-failure.ts';
import { enqueue, OUTBOX_CHANNEL } from './enqueue.ts';
import type { Senders } from './senders.ts';

export interface OutboxDeps {
	readonly database: Database;
	readonly accounts: Accounts;
	readonly senders: Senders;
	readonly log: Logger;
	/** Sends at a time. Default 16. */
	readonly concurrency?: number;
	/** A sender that says nothing for so long has died with its process: what it sent is `unknown`. Default 60 s, above any call's timeout. */
	readonly leaseMs?: number;
}

export interface Outbox {
	readonly enqueue: typeof enqueue;
	start(): void;
	/** Within 10 s. A send that is under way ends, or is recorded as unknown. */
	stop(): Promise<void>;
}

interface OutboxJob {
	id: string;
	tenant_id: string;
	connection_id: string;
	channel: string;
	chat_id: string;
	kind: 'text' | 'image' | 'video';
	text: string;
	media_url: string;
	attempts: number;
	age_ms: number;
}

const SWEEP_MS = 5_000;
const STOP_GRACE_MS = 8_000;

/** Sends what is queued: once, in order within a conversation, and nothing that a newer message or a person has made stale. */
export function createOutbox(deps: OutboxDeps): Outbox {
	const { database, log } = deps;
	const leaseMs = deps.leaseMs ?? 60_000;
	const loop = createDueLoop<OutboxJob>({
		name: 'outbox',
		concurrency: deps.concurrency ?? 16,
		sweepMs: SWEEP_MS,
		log,
		async claim(limit) {
			const { rows } = await database.system.query<OutboxJob>(
				'SELECT id, tenant_id, connection_id, channel, chat_id, kind, text, media_url, attempts, age_ms FROM claim_outbox($1, $2)',
				[limit, leaseMs],
			);
			return rows;
		},
		run: send,
		async nextDueInMs() {
			const { rows } = await database.system.query<{ ms: number | null }>('SELECT next_outbox_in_ms() AS ms');
			return rows[0]?.ms ?? null;
		},
	});

	async function send(job: OutboxJob, signal: AbortSignal): Promise<void> {
		const about = { outbox: job.id, connection: job.connection_id, channel: job.channel };
		let vendorId: string;
		try {
			vendorId = await Promise.race([sendThroughChannel(job), abandonment(signal)]);
		} catch (error) {
			if (error === ABANDONED) {
				log.warn(about, 'stopped while sending: recorded as unknown');
				await record(job, 'unknown', 'The service stopped while sending it: it may have left. It is not sent again.', 0, true);
				return;
			}
			const next = afterFailure(error, job.attempts, job.age_ms);
			const reason = error instanceof AppError ? error.message : 'Sending failed on our side; the log has the error.';
			log.warn({ ...about, next, ...(error instanceof AppError ? { reason } : { err: error }) }, 'not sent');
			await record(job, next.state, reason, next.state === 'queued' ? next.retryMs : 0, next.state === 'queued' ? next.counts : true);
			return;
		}
		const canonical = findChannelAdapter(job.channel)?.sentMessageId(vendorId, job.chat_id) ?? vendorId;
		await database.system.query('SELECT outbox_sent($1, $2, $3)', [job.id, newId('msg'), canonical]);
		log.debug(about, 'sent');
	}

	async function sendThroughChannel(job: OutboxJob): Promise<string> {
		const sender = job.channel === 'whatsapp' || job.channel === 'telegram' ? deps.senders[job.channel] : undefined;
		if (!sender) throw new AppError('channel_off', `The channel ${job.channel} is not configured: nothing can be sent.`, { status: 503 });
		const account = await deps.accounts.byConnection(job.tenant_id, job.connection_id);
		return sender(account, { chatId: job.chat_id, kind: job.kind, text: job.text, mediaUrl: job.media_url });
	}

	async function record(job: OutboxJob, state: 'queued' | 'failed' | 'unknown', reason: string, retryMs: number, counts: boolean): Promise<void> {
		await database.system.query('SELECT outbox_not_sent($1, $2, $3, $4, $5)', [job.id, state, reason, Math.ceil(retryMs), counts]);
	}

	return {
		enqueue,
		start() {
			database.listen(OUTBOX_CHANNEL, () => loop.wake(0)).catch((error: unknown) => log.warn({ err: error }, 'outbox: no notifications; the sweep finds what is queued'));
			loop.start();
		},
		stop: () => loop.stop(STOP_GRACE_MS),
	};
}

const ABANDONED = Symbol('abandoned');

function abandonment(signal: AbortSignal): Promise<never> {
	return new Promise((_resolve, reject) => {
		const abandon = () => reject(ABANDONED);
		if (signal.aborted) abandon();
		else signal.addEventListener('abort', abandon, { once: true });
	});
}
