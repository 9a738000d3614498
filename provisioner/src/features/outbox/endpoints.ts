import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { OUTBOX_CHANNEL } from './enqueue.ts';

const STATES = ['queued', 'sending', 'resolving', 'sent', 'failed', 'unknown', 'superseded'] as const;

const partSchema = z
	.object({
		id: z.string(),
		object: z.literal('outbox_part'),
		created_at: z.string(),
		tenant_id: z.string(),
		connection_id: z.string(),
		conversation_id: z.string(),
		turn_id: z.string().nullable(),
		author: z.string().describe('assistant or operator'),
		type: z.enum(['text', 'image', 'video']),
		text: z.string(),
		media_url: z.string(),
		state: z
			.enum(STATES)
			.describe('resolving: it may have left, and the vendor is asked; unknown: it may have left, and the vendor can’t tell; superseded: stale before it left.'),
		attempts: z.int(),
		next_attempt_at: z.string().nullable().describe('While queued or resolving.'),
		sent_at: z.string().nullable(),
		vendor_message_id: z.string().nullable(),
		last_error: z.string().nullable(),
	})
	.meta({ id: 'OutboxPart', description: 'One message that is, or was, to be sent: a long answer has several.' });

interface PartRow {
	id: string;
	tenant_id: string;
	connection_id: string;
	conversation_id: string;
	turn_id: string | null;
	author: string;
	kind: 'text' | 'image' | 'video';
	text: string;
	media_url: string;
	state: (typeof STATES)[number];
	attempts: number;
	next_attempt_at: Date;
	sent_at: Date | null;
	vendor_message_id: string | null;
	last_error: string | null;
	created_at: Date;
}

const id = z.string().min(1).max(100).optional();

/** What is to be sent and what became of it, for operators. */
export function createOutboxEndpoints(deps: { database: Database; wake: () => void }): readonly Endpoint[] {
	const { database } = deps;
	const common = { tag: 'Outbox', scopes: ['platform', 'tenant'] } as const;

	async function tenantOfPart(caller: Caller, partId: string): Promise<string> {
		if (caller.tenantId !== null) return caller.tenantId;
		const { rows } = await database.system.query<{ tenant: string | null }>('SELECT tenant_of_outbox_part($1) AS tenant', [partId]);
		return rows[0]?.tenant ?? refuseMissing(partId);
	}

	return [
		endpoint({
			...common,
			method: 'get',
			path: '/v1/outbox',
			summary: 'List what is to be sent, and was',
			description: 'Newest first. `state=failed` and `state=unknown` are what did not arrive, or may not have: `last_error` says why. A platform key sees every tenant’s, or those of `tenant_id`.',
			query: pageQuery.extend({ tenant_id: id, connection_id: id, conversation_id: id, state: z.enum(STATES).optional() }),
			responses: { 200: listOf(partSchema) },
			async handle({ caller, query }) {
				if (caller.tenantId !== null && query.tenant_id !== undefined && query.tenant_id !== caller.tenantId) throw missing('tenant', query.tenant_id);
				const tenantId = caller.tenantId ?? (query.tenant_id === undefined ? null : await tenantFor(caller, database, 'tenant', query.tenant_id));
				const { rows } = await database.system.query<PartRow>('SELECT * FROM list_outbox($1, $2, $3, $4, $5, $6)', [
					tenantId, query.state ?? null, query.connection_id ?? null, query.conversation_id ?? null, query.starting_after ?? null, query.limit + 1,
				]);
				return { status: 200, body: page(rows.map(toJson), query.limit) };
			},
		}),
		endpoint({
			...common,
			method: 'get',
			path: '/v1/outbox/{id}',
			summary: 'Get a part of the outbox',
			params: idParams,
			responses: { 200: partSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantOfPart(caller, params.id);
				const { rows } = await database.withTenant(tenantId, (sql) => sql.query<PartRow>('SELECT * FROM outbox WHERE id = $1', [params.id]));
				return { status: 200, body: toJson(rows[0] ?? refuseMissing(params.id)) };
			},
		}),
		endpoint({
			...common,
			method: 'post',
			path: '/v1/outbox/{id}/resend',
			summary: 'Send a part again',
			description:
				'From the first attempt, whatever the customer has written since and whoever has the conversation. One that is `unknown` may have arrived: sent again, it may arrive **twice**. ' +
				'409 `outbox_part_not_resendable` for any other state than `failed` or `unknown`.',
			params: idParams,
			responses: { 200: partSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantOfPart(caller, params.id);
				const part = await database.withTenant(tenantId, async (sql) => {
					// Without a generation it is no answer to a turn any more: nothing makes it stale.
					const { rows } = await sql.query<PartRow>(
						`UPDATE outbox SET state = 'queued', generation = NULL, attempts = 0, next_attempt_at = clock_timestamp(), lease_until = NULL, slot_at = NULL,
							resolving_since = NULL, absent_since = NULL, absent_looks = 0, last_error = NULL
						 WHERE id = $1 AND state IN ('failed', 'unknown') RETURNING *`,
						[params.id],
					);
					if (!rows[0]) return refuse(params.id, (await sql.query<PartRow>('SELECT * FROM outbox WHERE id = $1', [params.id])).rows[0]);
					await sql.query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '0')`);
					return rows[0];
				});
				deps.wake();
				return { status: 200, body: toJson(part) };
			},
		}),
	];
}

const WHY_NOT: Readonly<Record<Exclude<PartRow['state'], 'failed' | 'unknown'>, string>> = {
	queued: 'is queued: it is sent by itself',
	sending: 'is being sent',
	resolving: 'may have left, and the vendor is asked: wait until it is sent, queued again or unknown',
	sent: 'was sent',
	superseded: 'was superseded: another answer took its place, or a person did',
};

function refuse(partId: string, part: PartRow | undefined): never {
	if (!part) return refuseMissing(partId);
	const why = part.state === 'failed' || part.state === 'unknown' ? 'changed just now' : WHY_NOT[part.state];
	throw new AppError('outbox_part_not_resendable', `Part ${partId} ${why}. Only a failed or unknown one is sent again by hand.`, { status: 409, details: { state: part.state } });
}

function refuseMissing(partId: string): never {
	throw missing('outbox_part', partId);
}

function toJson(part: PartRow): z.input<typeof partSchema> {
	return {
		id: part.id,
		object: 'outbox_part',
		created_at: part.created_at.toISOString(),
		tenant_id: part.tenant_id,
		connection_id: part.connection_id,
		conversation_id: part.conversation_id,
		turn_id: part.turn_id,
		author: part.author,
		type: part.kind,
		text: part.text,
		media_url: part.media_url,
		state: part.state,
		attempts: part.attempts,
		next_attempt_at: part.state === 'queued' || part.state === 'resolving' ? part.next_attempt_at.toISOString() : null,
		sent_at: part.sent_at?.toISOString() ?? null,
		vendor_message_id: part.vendor_message_id,
		last_error: part.last_error,
	};
}
