import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';

const STATES = ['collecting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead'] as const;

const time = z.string().nullable();
const turnSchema = z
	.object({
		id: z.string(),
		object: z.literal('turn'),
		created_at: z.string(),
		company_id: z.string(),
		connection_id: z.string(),
		conversation_id: z.string(),
		state: z.enum(STATES),
		generation: z.int(),
		attempts: z.int().describe('Deliveries that n8n took.'),
		delivery_failures: z.int().describe('Tries since then that it did not take.'),
		flush_at: z.string().describe('End of the quiet window.'),
		next_attempt_at: time,
		delivered_at: time,
		done_at: time,
		subscription_id: z.string().nullable(),
		execution_id: z.string().nullable().describe('Of n8n.'),
		last_error: z.string().nullable(),
	})
	.meta({ id: 'Turn', description: 'A burst of inbound messages that gets one answer.' });

interface TurnTableRow {
	id: string;
	company_id: string;
	connection_id: string;
	conversation_id: string;
	state: (typeof STATES)[number];
	generation: number;
	attempts: number;
	delivery_failures: number;
	opened_at: Date;
	flush_at: Date;
	next_attempt_at: Date | null;
	delivered_at: Date | null;
	done_at: Date | null;
	subscription_id: string | null;
	execution_id: string | null;
	last_error: string | null;
}

export function createTurnEndpoints(deps: { database: Database; wake: (dueInMs: number) => void }): readonly Endpoint[] {
	const { database } = deps;
	return [
		endpoint({
			method: 'get',
			path: '/v1/turns',
			summary: 'List turns',
			description: 'Newest first. `state=dead` are those that n8n took and never answered, `state=delivering` those that wait for n8n: `last_error` says why.',
			tag: 'Turns',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({ state: z.enum(STATES).optional() }),
			responses: { 200: listOf(turnSchema) },
			async handle({ caller, query }) {
				const { rows } = await database.system.query<TurnTableRow>('SELECT * FROM list_turns($1, $2, $3, $4)', [
					caller.tenantId, query.state ?? null, query.starting_after ?? null, query.limit + 1,
				]);
				return { status: 200, body: page(rows.map(toJson), query.limit) };
			},
		}),
		endpoint({
			method: 'post',
			path: '/v1/turns/{id}/redeliver',
			summary: 'Deliver a dead turn again',
			description: 'From the first attempt. 409 `turn_not_dead` for any other state: a turn that a newer message has taken over is not delivered again.',
			tag: 'Turns',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: turnSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'turn', params.id);
				const turn = await database.withTenant(tenantId, async (sql) => {
					await sql.query('SELECT 1 FROM conversations WHERE id = (SELECT conversation_id FROM turns WHERE id = $1) FOR NO KEY UPDATE', [params.id]);
					const { rows } = await sql.query<TurnTableRow>(
						`UPDATE turns SET state = 'collecting', attempts = 0, delivery_failures = 0, done_at = NULL, lease_until = NULL, next_attempt_at = NULL,
							flush_at = clock_timestamp() WHERE id = $1 AND state = 'dead' RETURNING *`,
						[params.id],
					);
					return rows[0] ?? refuse(params.id, (await sql.query<TurnTableRow>('SELECT * FROM turns WHERE id = $1', [params.id])).rows[0]);
				});
				deps.wake(0);
				return { status: 200, body: toJson(turn) };
			},
		}),
	];
}

function refuse(turnId: string, turn: TurnTableRow | undefined): never {
	if (!turn) throw missing('turn', turnId);
	throw new AppError('turn_not_dead', `Turn ${turnId} is ${turn.state}; only a dead turn is delivered again by hand.`, { status: 409, details: { state: turn.state } });
}

function toJson(turn: TurnTableRow): z.input<typeof turnSchema> {
	return {
		id: turn.id,
		object: 'turn',
		created_at: turn.opened_at.toISOString(),
		company_id: turn.company_id,
		connection_id: turn.connection_id,
		conversation_id: turn.conversation_id,
		state: turn.state,
		generation: turn.generation,
		attempts: turn.attempts,
		delivery_failures: turn.delivery_failures,
		flush_at: turn.flush_at.toISOString(),
		next_attempt_at: turn.next_attempt_at?.toISOString() ?? null,
		delivered_at: turn.delivered_at?.toISOString() ?? null,
		done_at: turn.done_at?.toISOString() ?? null,
		subscription_id: turn.subscription_id,
		execution_id: turn.execution_id,
		last_error: turn.last_error,
	};
}
