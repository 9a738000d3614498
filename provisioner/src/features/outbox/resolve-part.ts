import { AppError } from '../../../../core/errors.ts';
import type { Database } from '../../store/database.ts';
import type { Accounts } from '../gateway/accounts.ts';
import { retryCounted } from './after-failure.ts';
import type { ClaimedPart, Outcomes } from './outcomes.ts';
import { findSent, RESOLUTION_RULES, resolveSend } from './resolution.ts';
import type { ListedMessage, ResolutionRules } from './resolution.ts';
import type { Lookups } from './senders.ts';

/** Asks the vendor what became of a part that may have left, and records what that says. */
export function createResolver(deps: { database: Database; accounts: Accounts; lookups: Lookups; outcomes: Outcomes; rules?: ResolutionRules }) {
	const { database, accounts, lookups, outcomes } = deps;
	const rules = deps.rules ?? RESOLUTION_RULES;

	async function look(part: ClaimedPart): Promise<ListedMessage | 'absent'> {
		const lookup = lookups[part.channel];
		if (!lookup) throw new AppError('channel_off', `The channel ${part.channel} is not configured: nothing can be asked.`, { status: 503 });
		const account = await accounts.byConnection(part.tenant_id, part.connection_id);
		const attemptedAt = Date.parse(part.attempted_at);
		const listed = await lookup.list(account, part.chat_id, attemptedAt);
		const { rows } = await database.system.query<{ id: string }>('SELECT recorded_sends($1, $2) AS id', [part.connection_id, listed.map(({ id }) => id)]);
		const uncertain = { givenId: lookup.givenId(part), kind: part.kind, text: part.text, attemptedAt };
		return findSent(listed, uncertain, new Set(rows.map(({ id }) => id))) ?? 'absent';
	}

	return async (part: ClaimedPart, signal: AbortSignal): Promise<void> => {
		// Its lease ends, and another process asks.
		if (signal.aborted) return;
		let found: ListedMessage | 'absent' | 'no_answer' = 'no_answer';
		let reason = '';
		try {
			found = await look(part);
		} catch (error) {
			reason = error instanceof AppError ? error.message : 'Asking failed on our side.';
		}
		const next = resolveSend(found, { resolvingMs: part.resolving_ms ?? 0, absentMs: part.absent_ms, absentLooks: part.absent_looks }, rules);
		switch (next.state) {
			case 'sent':
				return outcomes.sent(part, next.vendorMessageId);
			case 'queued': {
				const again = retryCounted(part.attempts);
				const told = 'The vendor does not have it: it was never sent.';
				return again.state === 'failed' ? outcomes.notSent(part, 'failed', told) : outcomes.notSent(part, 'queued', told, { retryMs: 0, counts: true });
			}
			case 'unknown':
				return outcomes.notSent(part, 'unknown', `It may have left, and the vendor could not be asked. It is not sent again. ${reason}`.trim());
			case 'resolving':
				return outcomes.looked(part, next.absent, next.absent ? 'It may have left. The vendor does not have it so far, and is asked again.' : `It may have left. The vendor is asked again. ${reason}`.trim(), next.retryMs);
		}
	};
}
