import { AppError } from '../../../../core/errors.ts';
import type { TurnEvent } from '../../../../core/conversation/turn-event.ts';
import { missing } from '../../http/authenticate.ts';
import type { Sql } from '../../store/database.ts';
import { toTurnEvent, turnDetails } from './turn-details.ts';
import type { TurnDetails } from './turn-details.ts';

export interface TurnRow {
	readonly id: string;
	readonly tenantId: string;
	readonly state: TurnDetails['state'];
	readonly generation: number;
	readonly attempts: number;
	readonly executionId: string | null;
}

export interface LoadedTurn {
	readonly turn: TurnRow;
	readonly event: TurnEvent;
	readonly conversation: {
		readonly id: string;
		/** Where a reply goes. */
		readonly chatId: string;
		/** Digits, or ''. */
		readonly customerPhone: string;
		readonly state: 'bot' | 'human';
		readonly generation: number;
		/** core/agent/session.ts, or {} before the first answer. */
		readonly session: unknown;
	};
}

/** Who keeps a turn for longer than so many leases since it was delivered is not at work on it. */
const MOST_LEASES = 10;

const OPEN_STATES: readonly TurnDetails['state'][] = ['delivering', 'delivered', 'decided'];

/** What the turn API does with turns. `sql` is a transaction in the session of the turn's tenant. */
export interface OpenTurns {
	readonly leaseMs: number;
	/** In whatever state it is. @throws AppError `turn_not_found` (404) */
	loadTurn(sql: Sql, turnId: string): Promise<LoadedTurn>;
	/** @throws AppError `turn_not_found` (404), `turn_superseded` (409), `turn_closed` (409; `details.state`) */
	loadOpenTurn(sql: Sql, turnId: string): Promise<LoadedTurn>;
	/**
	 * The agent reads the turn, called before reading: what the customer writes from now on does not join it. It is alive, so its lease begins
	 * anew, up to MOST_LEASES in all.
	 */
	markRead(sql: Sql, turnId: string): Promise<void>;
	/** The turn has its decision; its lease begins anew. Locks the conversation. @throws like `loadOpenTurn` */
	markDecided(sql: Sql, turnId: string, executionId: string | null): Promise<void>;
	/** The answer is in the outbox, or there shall be none. Locks the conversation. A finished turn stays finished. @throws like `loadOpenTurn` */
	finish(sql: Sql, turnId: string): Promise<void>;
}

export function createOpenTurns({ leaseMs }: { leaseMs: number }): OpenTurns {
	async function loadTurn(sql: Sql, turnId: string): Promise<LoadedTurn> {
		const { rows } = await sql.query<{ session: unknown }>('SELECT * FROM turn_details(ARRAY[$1::text])', [turnId]);
		const row = rows[0];
		if (!row) throw missing('turn', turnId);
		const details = turnDetails.parse(row);
		return {
			turn: {
				id: details.id,
				tenantId: details.tenant_id,
				state: details.state,
				generation: details.generation,
				attempts: details.attempts,
				executionId: details.execution_id,
			},
			event: toTurnEvent(details),
			conversation: {
				id: details.conversation_id,
				chatId: details.chat_id,
				customerPhone: details.customer_phone,
				state: details.conversation_state,
				generation: details.conversation_generation,
				session: row.session,
			},
		};
	}

	async function loadOpenTurn(sql: Sql, turnId: string): Promise<LoadedTurn> {
		const loaded = await loadTurn(sql, turnId);
		if (!OPEN_STATES.includes(loaded.turn.state)) throw notOpen(loaded.turn);
		return loaded;
	}

	return {
		leaseMs,
		loadTurn,
		loadOpenTurn,
		async markRead(sql, turnId) {
			// Not at every call: the row is written again when half of its lease is over.
			await sql.query(
				`UPDATE turns SET read_at = coalesce(read_at, clock_timestamp()),
					lease_until = CASE WHEN state IN ('delivered', 'decided')
						THEN greatest(lease_until, least(clock_timestamp() + $2 * interval '1 ms', delivered_at + $2 * interval '1 ms' * $3)) ELSE lease_until END
				 WHERE id = $1 AND (read_at IS NULL OR (coalesce(state, '') IN ('delivered', 'decided') AND lease_until < clock_timestamp() + $2 * interval '0.5 ms'))`,
				[turnId, leaseMs, MOST_LEASES],
			);
		},
		async markDecided(sql, turnId, executionId) {
			await lockConversation(sql, turnId);
			const { rows } = await sql.query<{ open: boolean }>('SELECT turn_decided($1, $2, $3) AS open', [turnId, executionId, leaseMs]);
			if (rows[0]?.open !== true) await loadOpenTurn(sql, turnId);
		},
		async finish(sql, turnId) {
			await lockConversation(sql, turnId);
			const { rows } = await sql.query<{ open: boolean }>('SELECT turn_finished($1) AS open', [turnId]);
			if (rows[0]?.open === true) return;
			const { turn } = await loadTurn(sql, turnId);
			if (turn.state !== 'done') throw notOpen(turn);
		},
	};
}

/** Before the turn's own row, in the order in which the gateway locks them. */
async function lockConversation(sql: Sql, turnId: string): Promise<void> {
	await sql.query('SELECT 1 FROM conversations WHERE id = (SELECT conversation_id FROM turns WHERE id = $1) FOR NO KEY UPDATE', [turnId]);
}

function notOpen({ id, state }: TurnRow): AppError {
	if (state === 'superseded') {
		return new AppError('turn_superseded', `The customer wrote again: turn ${id} is superseded by a newer one, which gets its messages.`, { status: 409, details: { state } });
	}
	return new AppError('turn_closed', `Turn ${id} is ${state}: it can't be answered now.`, { status: 409, details: { state } });
}
