import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ChannelName } from '../../../../core/channels/channel.ts';
import { findChannelAdapter } from '../../../../core/channels/channels.ts';
import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { traceIdOf } from '../../../../core/telemetry/traceparent.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { VendorError } from '../../vendors/http.ts';
import { afterFailure } from './after-failure.ts';
import { createSentRecorder } from './record-sent.ts';

/** A row of claim_outbox (0006_outbox.sql). */
export interface ClaimedPart {
	readonly id: string;
	/** sending: it has its slot; resolving: it may have left. */
	readonly state: 'sending' | 'resolving';
	readonly tenant_id: string;
	readonly connection_id: string;
	readonly conversation_id: string;
	readonly turn_id: string | null;
	/** Of the turn's first message; '' for none. */
	readonly traceparent: string;
	readonly channel: ChannelName;
	readonly chat_id: string;
	readonly kind: 'text' | 'image' | 'video';
	readonly text: string;
	readonly media_url: string;
	readonly attempts: number;
	readonly age_ms: number;
	readonly attempted_at: string;
	readonly resolving_ms: number | null;
	readonly absent_ms: number | null;
	readonly absent_looks: number;
}

/** Where every end of a try is written down, as soon as the database takes it. */
export interface Outcomes {
	/** `vendorMessageId`: canonical, '' when the vendor gave none. */
	sent(part: ClaimedPart, vendorMessageId: string): Promise<void>;
	failed(part: ClaimedPart, error: unknown): Promise<void>;
	/** It may have left: the vendor is asked, if it can tell. */
	uncertain(part: ClaimedPart, reason: string): Promise<void>;
	notSent(part: ClaimedPart, state: 'queued' | 'failed' | 'unknown', reason: string, options?: { retryMs: number; counts: boolean }): Promise<void>;
	/** It stays uncertain, and is looked for again. */
	looked(part: ClaimedPart, absent: boolean, reason: string, retryMs: number): Promise<void>;
}

const LATEST_RETRY_MS = 2_000;
/** Its lease is over long before: a part that was given up meanwhile is put right, and a later try is left alone. */
const RECORD_WITHIN_MS = 5 * 60_000;

export function createOutcomes(deps: {
	database: Database;
	log: Logger;
	metrics: Metrics;
	/** Whether the channel's vendor can tell what it has sent. */
	canAsk: (channel: ChannelName) => boolean;
	slackMs: (channel: ChannelName) => number;
}): Outcomes {
	const { database, log, metrics } = deps;
	const recordSent = createSentRecorder(database);
	const about = (part: ClaimedPart) => ({
		outbox: part.id, turn: part.turn_id, conversation: part.conversation_id, connection: part.connection_id, channel: part.channel, trace_id: traceIdOf(part.traceparent),
	});

	/** Tries until it is durable, also while the database is away: only this process knows it. */
	async function durably(part: ClaimedPart, what: string, write: () => Promise<unknown>): Promise<void> {
		const until = performance.now() + RECORD_WITHIN_MS;
		for (let wait = 100; ; wait = Math.min(wait * 2, LATEST_RETRY_MS)) {
			try {
				await write();
				return;
			} catch (error) {
				if (performance.now() > until) throw error;
				log.warn({ ...about(part), err: error }, `${what}, and not recorded yet`);
				await delay(wait);
			}
		}
	}

	async function record(part: ClaimedPart, state: string, reason: string, retryMs: number, counts: boolean): Promise<void> {
		await durably(part, 'not sent', () =>
			database.system.query('SELECT outbox_not_sent($1, $2, $3, $4, $5, $6)', [part.id, state, reason, Math.ceil(retryMs), counts, part.attempted_at]));
	}

	async function uncertain(part: ClaimedPart, reason: string): Promise<void> {
		metrics.sent(part.channel, deps.canAsk(part.channel) ? 'uncertain' : 'unknown');
		if (deps.canAsk(part.channel)) await record(part, 'resolving', `${reason} The vendor is asked.`, 0, false);
		else await record(part, 'unknown', `${reason} This vendor can't tell: it is not sent again.`, 0, true);
		log.warn({ stage: 'uncertain', ...about(part), reason }, 'it may have been sent');
	}

	return {
		uncertain,
		async sent(part, vendorMessageId) {
			const messageId = newId('msg');
			await durably(part, 'sent', () => recordSent({ id: part.id, messageId, vendorMessageId }));
			metrics.sent(part.channel, 'sent');
			metrics.reached('sent', part.turn_id);
			log.info({ stage: 'sent', ...about(part), queued_ms: Math.round(part.age_ms) }, 'sent');
		},
		async failed(part, error) {
			const next = afterFailure(error, { attempts: part.attempts, ageMs: part.age_ms, canAsk: deps.canAsk(part.channel) });
			const reason = error instanceof AppError ? error.message : 'Sending failed on our side; the log has the error.';
			if (next.state === 'resolving' || next.state === 'unknown') return uncertain(part, reason);
			const limited = error instanceof VendorError && error.outcome === 'rate_limited';
			metrics.sent(part.channel, limited ? 'rate_limited' : next.state === 'queued' ? 'retried' : 'failed');
			log.warn({ stage: 'not_sent', ...about(part), next, ...(error instanceof AppError ? { reason } : { err: error }) }, 'not sent');
			await record(part, next.state, reason, next.state === 'queued' ? next.retryMs : 0, next.state === 'queued' ? next.counts : true);
			if (error instanceof VendorError && error.outcome === 'rate_limited' && error.retryAfterMs !== null) {
				const { retryAfterMs } = error;
				await durably(part, 'rate limited', () =>
					database.system.query('SELECT hold_sending($1, $2, $3)', [part.connection_id, Math.ceil(retryAfterMs), deps.slackMs(part.channel)]));
			}
		},
		async notSent(part, state, reason, { retryMs, counts } = { retryMs: 0, counts: true }) {
			await record(part, state, reason, retryMs, counts);
			metrics.sent(part.channel, state === 'queued' ? 'retried' : state);
			log.warn({ stage: 'not_sent', ...about(part), state, reason }, 'not sent');
		},
		async looked(part, absent, reason, retryMs) {
			await database.system.query('SELECT outbox_looked($1, $2, $3, $4)', [part.id, absent, reason, Math.ceil(retryMs)]);
			log.debug({ ...about(part), absent }, 'looked for what may have been sent');
		},
	};
}

/** The id under which the channel's own events would show it. */
export function canonicalId(part: ClaimedPart, vendorId: string): string {
	return findChannelAdapter(part.channel)?.sentMessageId(vendorId, part.chat_id) ?? vendorId;
}
