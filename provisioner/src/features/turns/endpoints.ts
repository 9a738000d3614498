import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';

const STATES = ['collecting', 'waiting', 'delivering', 'delivered', 'decided', 'done', 'superseded', 'human', 'dead', 'suspended'] as const;

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
		age_seconds: z.int().describe('Since its first message.'),
		next_attempt_at: time,
		delivered_at: time,
		lease_until: time.describe('n8n is to answer until then; what it took and does not answer is delivered again, and in the end dead.'),
		done_at: time,
		subscription_id: z.string().nullable(),
		execution_id: z.string().nullable().describe('Of n8n; known once it has decided.'),
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
	lease_until: Date | null;
	done_at: Date | null;
	subscription_id: string | null;
	execution_id: string | null;
	last_error: string | null;
}

/** Of one call that redelivers many: a locked conversation each. */
const MOST_AT_ONCE = 500;

const manySchema = z.strictObject({
	state: z.literal('dead'),
	tenant_id: z.string().optional().describe('With a platform key: only those of this tenant.'),
	company_id: z.string().optional(),
	connection_id: z.string().optional(),
});

export function createTurnEndpoints(deps: { database: Database; now: () => Date; wake: (dueInMs: number) => void }): readonly Endpoint[] {
	const { database, now } = deps;

	async function redeliver(turns: { tenantId?: string | null | undefined; companyId?: string | undefined; connectionId?: string | undefined; turnId?: string }): Promise<TurnTableRow[]> {
		const { rows } = await database.system.query<TurnTableRow & Record<string, unknown>>('SELECT * FROM redeliver_dead_turns($1, $2, $3, $4, $5)', [
			turns.tenantId ?? null, turns.companyId ?? null, turns.connectionId ?? null, turns.turnId ?? null, MOST_AT_ONCE,
		]);
		if (rows.length > 0) deps.wake(0);
		return rows;
	}

	async function refuse(tenantId: string, turnId: string): Promise<never> {
		const { rows } = await database.withTenant(tenantId, (sql) => sql.query<{ state: string }>('SELECT state FROM turns WHERE id = $1', [turnId]));
		const [turn] = rows;
		if (!turn) throw missing('turn', turnId);
		throw new AppError('turn_not_dead', `Turn ${turnId} is ${turn.state}; only a dead turn is delivered again by hand.`, { status: 409, details: { state: turn.state } });
	}

	return [
		endpoint({
			method: 'get',
			path: '/v1/turns',
			summary: 'List turns',
			description: 'Newest first. `state=dead` are those that n8n took and never answered, or has not taken for 24 hours, `state=delivering` those that wait for n8n, `state=suspended` those that came while the bot was silent: `last_error` says why.',
			tag: 'Turns',
			scopes: ['platform', 'tenant'],
			query: pageQuery.extend({
				state: z.enum(STATES).optional(),
				tenant_id: z.string().optional().describe('With a platform key: only those of this tenant.'),
				company_id: z.string().optional(),
				connection_id: z.string().optional(),
				conversation_id: z.string().optional(),
			}),
			responses: { 200: listOf(turnSchema) },
			async handle({ caller, query }) {
				const { rows } = await database.system.query<TurnTableRow>('SELECT * FROM list_turns($1, $2, $3, $4, $5, $6, $7)', [
					caller.tenantId ?? query.tenant_id ?? null, query.company_id ?? null, query.connection_id ?? null, query.conversation_id ?? null,
					query.state ?? null, query.starting_after ?? null, query.limit + 1,
				]);
				return { status: 200, body: page(rows.map((row) => toJson(row, now())), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/turns/{id}',
			summary: 'Retrieve a turn',
			tag: 'Turns',
			scopes: ['platform', 'tenant'],
			params: idParams,
			responses: { 200: turnSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'turn', params.id);
				const { rows: [turn] } = await database.withTenant(tenantId, (sql) => sql.query<TurnTableRow & Record<string, unknown>>('SELECT * FROM turns WHERE id = $1', [params.id]));
				if (!turn) throw missing('turn', params.id);
				return { status: 200, body: toJson(turn, now()) };
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
				const [turn] = await redeliver({ tenantId, turnId: params.id });
				return { status: 200, body: toJson(turn ?? (await refuse(tenantId, params.id)), now()) };
			},
		}),
		endpoint({
			method: 'post',
			path: '/v1/turns/redeliver',
			summary: 'Deliver dead turns again',
			description: `From the first attempt, at most ${MOST_AT_ONCE} in a call: again while \`has_more\`.`,
			tag: 'Turns',
			scopes: ['platform', 'tenant'],
			body: manySchema,
			responses: { 200: z.object({ object: z.literal('redelivery'), redelivered: z.int(), has_more: z.boolean() }) },
			async handle({ caller, body }) {
				const rows = await redeliver({ tenantId: caller.tenantId ?? body.tenant_id, companyId: body.company_id, connectionId: body.connection_id });
				return { status: 200, body: { object: 'redelivery', redelivered: rows.length, has_more: rows.length === MOST_AT_ONCE } };
			},
		}),
	];
}

function toJson(turn: TurnTableRow, now: Date): z.input<typeof turnSchema> {
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
		age_seconds: Math.max(0, Math.floor((now.getTime() - turn.opened_at.getTime()) / 1000)),
		next_attempt_at: turn.next_attempt_at?.toISOString() ?? null,
		delivered_at: turn.delivered_at?.toISOString() ?? null,
		lease_until: turn.lease_until?.toISOString() ?? null,
		done_at: turn.done_at?.toISOString() ?? null,
		subscription_id: turn.subscription_id,
		execution_id: turn.execution_id,
		last_error: turn.last_error,
	};
}
