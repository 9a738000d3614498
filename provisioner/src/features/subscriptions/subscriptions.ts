import { z } from 'zod';
import { ORDER_EVENTS } from '../../../../core/orders/order-event.ts';
import { missing, tenantFor } from '../../http/authenticate.ts';
import type { Caller } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database, Sql } from '../../store/database.ts';
import { newId } from '../../store/ids.ts';
import { checkDeliveryUrl } from './delivery-url.ts';

/** The editor listens for two minutes; a test subscription that was not ended goes by itself. */
const TEST_TTL_MS = 5 * 60_000;
/** Of one key's: a workflow has one trigger, seldom a few. */
const LIST_LIMIT = 100;

const mode = z.enum(['production', 'test']);
const channel = z.enum(['whatsapp', 'telegram']);

const wanted = z.strictObject({
	url: z.string().max(2_000).describe('The webhook of the trigger. Only addresses of the configured n8n.'),
	events: z.array(z.enum(['turn.ready', ...ORDER_EVENTS])).min(1).max(1 + ORDER_EVENTS.length).describe('Turns of customers, or what happens to orders.'),
	company_id: z.string().max(100).default('').describe('Only orders of this company. Empty: of all.'),
	without_own: z.boolean().default(false).describe('Not those orders’ events that another subscription, with their company’s `company_id`, is for.'),
	channels: z.array(channel).max(20).default([]).describe('Empty: every channel.'),
	connection_id: z.string().max(100).default('').describe('Only turns of this connection, which then go nowhere else. Empty: of all that have no workflow of their own.'),
	mode: mode.default('production').describe('test: the editor listens; gets a copy of turns, for five minutes.'),
	workflow_id: z.string().max(100).default(''),
	node_id: z.string().max(200).default(''),
});

const subscriptionSchema = z
	.object({
		id: z.string(),
		object: z.literal('subscription'),
		created_at: z.string(),
		url: z.string(),
		events: z.array(z.string()),
		channels: z.array(z.string()),
		connection_id: z.string().describe('Empty: shared.'),
		company_id: z.string().describe('Of order events; empty: of all companies.'),
		without_own: z.boolean(),
		mode,
		workflow_id: z.string(),
		node_id: z.string(),
		expires_at: z.string().nullable(),
	})
	.meta({ id: 'Subscription', description: 'Where turns are delivered. Made and removed by trigger nodes.' });

interface SubscriptionRow {
	id: string;
	url: string;
	mode: 'production' | 'test';
	events: string[];
	channels: string[];
	connection_id: string | null;
	company_id: string | null;
	without_own: boolean;
	workflow_id: string;
	node_id: string;
	created_at: Date;
	expires_at: Date | null;
	inserted?: boolean;
}
const COLUMNS = 'id, url, mode, events, channels, connection_id, company_id, without_own, workflow_id, node_id, created_at, expires_at';

/** @param deps.deliveryUrls where n8n's webhooks are: only their origins are accepted */
export function createSubscriptions(deps: { database: Database; deliveryUrls: readonly string[]; now: () => Date }): { endpoints: readonly Endpoint[] } {
	const { database, deliveryUrls, now } = deps;
	const scopes = ['platform', 'tenant', 'worker'] as const;

	/** A tenant key's rows are its tenant's; the platform's own are visible outside any tenant only. */
	function session<T>(caller: Caller, work: (sql: Sql) => Promise<T>): Promise<T> {
		return caller.tenantId === null ? database.transaction(work) : database.withTenant(caller.tenantId, work);
	}

	async function checkConnection(sql: Sql, caller: Caller, connectionId: string): Promise<void> {
		const { rows } =
			caller.tenantId === null
				? await sql.query<{ id: string | null }>("SELECT tenant_of('connection', $1) AS id", [connectionId])
				: await sql.query<{ id: string | null }>('SELECT id FROM connections WHERE id = $1', [connectionId]);
		if (!rows[0]?.id) throw missing('connection', connectionId);
	}

	return {
		endpoints: [
			endpoint({
				method: 'post',
				path: '/v1/subscriptions',
				summary: 'Subscribe a workflow to turns or to events of orders',
				description: 'Called by the Conversation Trigger and the Order Trigger when their workflow is activated. The same key, URL and mode again is an update (200).',
				tag: 'Subscriptions',
				scopes,
				body: wanted,
				responses: { 200: subscriptionSchema, 201: subscriptionSchema },
				handle: ({ caller, body }) =>
					session(caller, async (sql) => {
						checkDeliveryUrl(body.url, deliveryUrls);
						if (body.connection_id !== '') await checkConnection(sql, caller, body.connection_id);
						if (body.company_id !== '') await tenantFor(caller, database, 'company', body.company_id);
						// The credential of the trigger was changed: deliveries signed for the old key would be refused.
						await sql.query('DELETE FROM subscriptions WHERE url = $1 AND mode = $2 AND api_key_id <> $3', [body.url, body.mode, caller.keyId]);
						const { rows } = await sql.query<SubscriptionRow>(
							`INSERT INTO subscriptions (id, api_key_id, tenant_id, url, mode, events, channels, connection_id, workflow_id, node_id, expires_at, company_id, without_own)
							 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
							 ON CONFLICT (api_key_id, url, mode) DO UPDATE SET events = excluded.events, channels = excluded.channels,
								connection_id = excluded.connection_id, company_id = excluded.company_id, without_own = excluded.without_own, workflow_id = excluded.workflow_id, node_id = excluded.node_id, expires_at = excluded.expires_at
							 RETURNING ${COLUMNS}, (xmax = 0) AS inserted`,
							[
								newId('sub'), caller.keyId, caller.tenantId, body.url, body.mode, body.events, body.channels, body.connection_id || null,
								body.workflow_id, body.node_id, body.mode === 'test' ? new Date(now().getTime() + TEST_TTL_MS) : null, body.company_id || null, body.without_own,
							],
						);
						const [row] = rows;
						if (!row) throw new Error('INSERT … RETURNING returned nothing');
						if (body.events.some((event) => event !== 'turn.ready')) await sql.query('SELECT catch_up_on_order_events($1, $2)', [row.id, now()]);
						return { status: row.inserted ? 201 : 200, body: toJson(row) };
					}),
			}),
			endpoint({
				method: 'get',
				path: '/v1/subscriptions',
				summary: 'List subscriptions',
				description: 'Those of the key’s tenant, or the platform’s own.',
				tag: 'Subscriptions',
				scopes,
				query: z.object({ url: z.string().max(2_000).optional() }),
				responses: { 200: listOf(subscriptionSchema) },
				async handle({ caller, query }) {
					const { rows } = await session(caller, (sql) =>
						sql.query<SubscriptionRow>(
							`SELECT ${COLUMNS} FROM subscriptions
							 WHERE ($1::text IS NULL OR url = $1) AND (expires_at IS NULL OR expires_at > $2) ORDER BY id DESC LIMIT ${LIST_LIMIT + 1}`,
							[query.url ?? null, now()],
						),
					);
					return { status: 200, body: { object: 'list', data: rows.slice(0, LIST_LIMIT).map(toJson), has_more: rows.length > LIST_LIMIT } };
				},
			}),
			endpoint({
				method: 'delete',
				path: '/v1/subscriptions/{id}',
				summary: 'Unsubscribe',
				description: 'What isn’t there is unsubscribed already.',
				tag: 'Subscriptions',
				scopes,
				params: idParams,
				responses: { 204: null },
				async handle({ caller, params }) {
					await session(caller, (sql) => sql.query('DELETE FROM subscriptions WHERE id = $1', [params.id]));
					return { status: 204 };
				},
			}),
		],
	};
}

function toJson(row: SubscriptionRow): z.input<typeof subscriptionSchema> {
	return {
		id: row.id,
		object: 'subscription',
		created_at: row.created_at.toISOString(),
		url: row.url,
		events: row.events,
		channels: row.channels,
		connection_id: row.connection_id ?? '',
		company_id: row.company_id ?? '',
		without_own: row.without_own,
		mode: row.mode,
		workflow_id: row.workflow_id,
		node_id: row.node_id,
		expires_at: row.expires_at?.toISOString() ?? null,
	};
}
