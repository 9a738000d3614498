import { AppError } from '../../../../core/errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { codeOf } from '../../telemetry/tracing.ts';
import type { Tracing } from '../../telemetry/tracing.ts';
import type { Accounts } from '../gateway/accounts.ts';
import { canonicalId } from './outcomes.ts';
import type { ClaimedPart, Outcomes } from './outcomes.ts';
import type { Senders } from './senders.ts';

/**
 * Sends a claimed part and records what came of it. `signal`: the process must stop. `giveUpMs`: below the lease of a part, which another process
 * takes up when it ends: a sender that waits longer for its vendor would record what is no longer its own.
 */
export function createPartSender(deps: { senders: Senders; accounts: Accounts; outcomes: Outcomes; metrics: Metrics; tracing: Tracing; giveUpMs: number }) {
	const { senders, accounts, outcomes, metrics, tracing, giveUpMs } = deps;

	async function throughChannel(part: ClaimedPart): Promise<string> {
		const send = senders[part.channel];
		if (!send) throw new AppError('channel_off', `The channel ${part.channel} is not configured: nothing can be sent.`, { status: 503 });
		const account = await accounts.byConnection(part.tenant_id, part.connection_id);
		const began = performance.now();
		try {
			return await send(account, { id: part.id, chatId: part.chat_id, kind: part.kind, text: part.text, mediaUrl: part.media_url });
		} finally {
			metrics.vendorCalled(part.channel, (performance.now() - began) / 1000);
		}
	}

	return async (part: ClaimedPart, signal: AbortSignal): Promise<void> => {
		const span = tracing.start('outbox.send', part.traceparent, { turn: part.turn_id ?? '', outbox: part.id, channel: part.channel, attempt: part.attempts + 1 });
		const limit = new AbortController();
		const timer = setTimeout(() => limit.abort(), giveUpMs);
		let vendorId: string;
		try {
			vendorId = await Promise.race([throughChannel(part), abandonment(AbortSignal.any([signal, limit.signal]))]);
			span.end();
		} catch (error) {
			span.end(error === ABANDONED ? 'abandoned' : codeOf(error));
			if (error === ABANDONED) await outcomes.uncertain(part, signal.aborted ? 'The service stopped while sending it: it may have left.' : 'The vendor did not answer in time: it may have left.');
			else await outcomes.failed(part, error);
			return;
		} finally {
			clearTimeout(timer);
		}
		await outcomes.sent(part, canonicalId(part, vendorId));
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
