import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deriveSigningSecret, SIGNATURE_HEADER, verifySignature } from '../../core/signature.ts';
import { storedForm } from '../../provisioner/src/features/keys/signing-secret.ts';
import { MASTER_KEY } from '../../provisioner/src/testing/api.ts';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { WORKER_KEY } from './world.ts';
import type { World } from './world.ts';

export interface Heard {
	readonly path: string;
	readonly type: string;
	readonly eventId: string;
	readonly orderId: string;
	readonly status: string;
	/** With the worker's key. */
	readonly signed: boolean;
	readonly item: Json;
}

/** Workflows that hear of orders: one server, a path for each of their triggers. */
export interface Listener {
	readonly url: string;
	readonly heard: Heard[];
	/** starting_up: n8n answers 200 to anything, and nothing has taken the event. */
	mood: 'ready' | 'starting_up';
	subscribe(id: string, events: string[], options?: { companyId?: string; tenantId?: string }): Promise<unknown>;
	deliverAll(): Promise<void>;
	/** Forgets what was heard and who is subscribed. */
	reset(): Promise<void>;
	close(): Promise<void>;
}

export async function createListener(world: World): Promise<Listener> {
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const raw = Buffer.concat(chunks).toString('utf8');
			const event = JSON.parse(raw) as { type: string; eventId: string; order: { id: string; status: string } };
			const check = verifySignature(deriveSigningSecret(WORKER_KEY), raw, String(request.headers[SIGNATURE_HEADER] ?? ''), Math.floor(Date.now() / 1_000));
			if (listener.mood === 'starting_up') return void response.writeHead(200, { 'content-type': 'text/html' }).end('n8n is starting up. Please wait');
			listener.heard.push({
				path: String(request.url), type: event.type, eventId: event.eventId, orderId: event.order.id, status: event.order.status, signed: check.ok, item: JSON.parse(raw) as Json,
			});
			response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ eventId: event.eventId, accepted: true }));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const stored = storedForm(MASTER_KEY, 'key_events', WORKER_KEY);
	await world.db.asOwner(`INSERT INTO api_keys (id, scope, label, key_hash, signing_secret) VALUES ('key_events', 'worker', 'w', $1, $2)`, [`events-${stored.hash}`, stored.signingSecret]);
	const listener: Listener = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		heard: [],
		mood: 'ready',
		subscribe: (id, events, options = {}) =>
			world.db.asOwner(`INSERT INTO subscriptions (id, api_key_id, tenant_id, url, mode, events, company_id) VALUES ($1, 'key_events', $2, $3, 'production', $4, $5)`, [
				id, options.tenantId ?? null, `${listener.url}/${id}`, events, options.companyId ?? null,
			]),
		async deliverAll() {
			while ((await world.orderEvents.deliver()) > 0);
		},
		async reset() {
			listener.mood = 'ready';
			listener.heard.length = 0;
			await world.db.asOwner('DELETE FROM subscriptions');
		},
		async close() {
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return listener;
}
