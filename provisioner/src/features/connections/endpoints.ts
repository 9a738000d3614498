import { z } from 'zod';
import { missing, tenantFor } from '../../http/authenticate.ts';
import { endpoint, idParams, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import { deletionReport, toReportJson } from '../tenants/endpoints.ts';
import { turnSettings } from '../turns/turn-settings.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import type { GetQr } from './qr.ts';

const connectionSchema = z
	.object({
		id: z.string(),
		object: z.literal('connection'),
		created_at: z.string(),
		tenant_id: z.string(),
		company_id: z.string(),
		channel: z.enum(['whatsapp', 'telegram']),
		name: z.string(),
		external_id: z.string().describe('The account at the vendor: WAHA session, bot username.'),
		state: z.enum(['disconnected', 'connecting', 'connected', 'error', 'deleting']),
		last_error: z.string().nullable(),
		error_count: z.int(),
		subscribed: z.boolean().describe('Turns of this connection reach a workflow in n8n.'),
		turns: turnSettings.describe('Its own turn settings; what is absent comes from the company’s for the channel, the company’s, the platform’s.'),
	})
	.meta({ id: 'Connection', description: 'One channel account of a company: a WhatsApp number, a Telegram bot.' });

const common = {
	name: z.string().trim().min(1).max(100).optional().describe('Default: the company’s name.'),
	turns: turnSettings.optional(),
};
const sessionName = z.string().regex(/^[A-Za-z0-9_-]{1,54}$/, 'must be 1 to 54 letters, digits, _ or -');

const connectBody = z.discriminatedUnion(
	'channel',
	[
		z.strictObject({
			channel: z.literal('whatsapp'),
			...common,
			whatsapp: z.strictObject({ session: sessionName.optional().describe('Name of the WAHA session. Default: the connection’s id.') }).optional(),
		}),
		z.strictObject({
			channel: z.literal('telegram'),
			...common,
			telegram: z.strictObject({ bot_token: z.string().min(1).max(200).describe('From @BotFather.') }),
		}),
	],
	{ error: 'channel must be "whatsapp" or "telegram"' },
);

const qrSchema = z.object({ mimetype: z.string(), data: z.string().describe('base64') }).meta({ id: 'QrCode' });

export function createConnectionEndpoints(deps: { database: Database; connections: Omit<Connections, 'endpoints'>; qr: GetQr }): readonly Endpoint[] {
	const { database, connections, qr } = deps;
	const scopes = ['platform', 'tenant'] as const;
	return [
		endpoint({
			method: 'post',
			path: '/v1/companies/{id}/connections',
			summary: 'Connect a channel account',
			description:
				'WhatsApp: makes a session, whose QR code is then to be scanned. Telegram: checks the token, makes the bot’s own workflow and credentials in n8n, and sets the webhook. What can’t be completed is undone.',
			tag: 'Connections',
			scopes,
			idempotent: true,
			params: idParams,
			body: connectBody,
			responses: { 201: connectionSchema },
			async handle({ caller, params, body, request }) {
				const tenantId = await tenantFor(caller, database, 'company', params.id);
				const idempotencyKey = request.get('idempotency-key');
				const connection = await connections.connect({
					tenantId,
					companyId: params.id,
					name: body.name,
					account: body.channel === 'whatsapp' ? { channel: 'whatsapp', session: body.whatsapp?.session } : { channel: 'telegram', botToken: body.telegram.bot_token },
					turns: body.turns,
					requestKey: idempotencyKey === undefined ? undefined : `${caller.keyId} ${params.id} ${idempotencyKey}`,
				});
				return { status: 201, body: toJson(connection) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/connections',
			summary: 'List connections',
			description: 'Newest first. A platform key sees all, or those of `tenant_id`.',
			tag: 'Connections',
			scopes,
			query: pageQuery.extend({ tenant_id: z.string().optional(), company_id: z.string().optional() }),
			responses: { 200: listOf(connectionSchema) },
			async handle({ caller, query }) {
				if (caller.tenantId !== null && query.tenant_id !== undefined && query.tenant_id !== caller.tenantId) throw missing('tenant', query.tenant_id);
				const found = await connections.list({
					tenantId: caller.tenantId ?? query.tenant_id ?? null,
					companyId: query.company_id ?? null,
					limit: query.limit + 1,
					startingAfter: query.starting_after ?? null,
				});
				return { status: 200, body: page(found.map(toJson), query.limit) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/connections/{id}',
			summary: 'Get a connection',
			tag: 'Connections',
			scopes,
			params: idParams,
			responses: { 200: connectionSchema },
			async handle({ caller, params }) {
				const tenantId = await tenantFor(caller, database, 'connection', params.id);
				return { status: 200, body: toJson(await connections.get(tenantId, params.id)) };
			},
		}),
		endpoint({
			method: 'patch',
			path: '/v1/connections/{id}',
			summary: 'Change a connection',
			description: 'What isn’t named stays; `turns` is replaced as a whole, and `{}` inherits everything. In force within a second.',
			tag: 'Connections',
			scopes,
			params: idParams,
			body: z.strictObject({ name: common.name, turns: common.turns }),
			responses: { 200: connectionSchema },
			async handle({ caller, params, body }) {
				const tenantId = await tenantFor(caller, database, 'connection', params.id);
				return { status: 200, body: toJson(await connections.update(tenantId, params.id, body)) };
			},
		}),
		endpoint({
			method: 'get',
			path: '/v1/connections/{id}/qr',
			summary: 'QR code to connect a WhatsApp number',
			description: 'A PNG, or with `Accept: application/json` its base64. 409 while there is none to scan: `whatsapp_qr_not_ready` (ask again in seconds), `whatsapp_already_connected`, `whatsapp_session_missing`, `qr_not_needed`.',
			tag: 'Connections',
			scopes,
			params: idParams,
			files: ['image/png'],
			responses: { 200: qrSchema },
			async handle({ caller, params, request }) {
				const tenantId = await tenantFor(caller, database, 'connection', params.id);
				const code = await qr(await connections.get(tenantId, params.id));
				if (request.accepts(['image/png', 'application/json']) === 'application/json') return { status: 200, body: code };
				return { status: 200, file: { contentType: code.mimetype, content: Buffer.from(code.data, 'base64') } };
			},
		}),
		endpoint({
			method: 'delete',
			path: '/v1/connections/{id}',
			summary: 'Disconnect and delete',
			description: 'Removes the webhook or session at the vendor, the workflow and credentials in n8n, the key made for them, and the connection with its conversations. A repeat continues, or answers with the same report.',
			tag: 'Connections',
			scopes,
			params: idParams,
			responses: { 200: deletionReport },
			async handle({ caller, params }) {
				const tenantId = caller.tenantId ?? (await ownerOf(params.id));
				return { status: 200, body: toReportJson(params.id, await connections.remove(tenantId, params.id)) };
			},
		}),
	];

	/** For a platform key: the tenant of a connection, or of one that was deleted. */
	async function ownerOf(connectionId: string): Promise<string> {
		const { rows } = await database.system.query<{ tenant: string | null }>("SELECT coalesce(tenant_of('connection', $1), tenant_of_deleted($1)) AS tenant", [connectionId]);
		const tenant = rows[0]?.tenant;
		if (!tenant) throw missing('connection', connectionId);
		return tenant;
	}
}

function toJson(connection: Connection): z.input<typeof connectionSchema> {
	return {
		id: connection.id,
		object: 'connection',
		created_at: connection.createdAt.toISOString(),
		tenant_id: connection.tenantId,
		company_id: connection.companyId,
		channel: connection.channel,
		name: connection.name,
		external_id: connection.externalId,
		state: connection.state,
		last_error: connection.lastError,
		error_count: connection.errorCount,
		subscribed: connection.subscribed,
		turns: connection.turns,
	};
}
