import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TurnEvent } from '../../../core/conversation/turn-event.ts';
import { SIGNATURE_HEADER, verifySignature } from '../../../core/signature.ts';

export interface TakenTurn {
	readonly event: TurnEvent;
	readonly at: number;
	readonly path: string;
	readonly signatureOk: boolean;
}

/** A trigger's webhook, with the moods of a real n8n. */
export interface FakeTrigger {
	readonly port: number;
	readonly url: string;
	/** Turns that were taken (echoed), in order. */
	readonly taken: TakenTurn[];
	/** Calls of any kind. */
	calls: number;
	/** How many turns each taken call had. */
	readonly sizes: number[];
	/** one_only: of a package that knows no batches. */
	mood: 'ready' | 'starting_up' | 'not_found' | 'silent' | 'wrong_turn' | 'one_only';
	/** Turns that it doesn't echo; with `poison` the whole call fails. */
	refuses: (event: TurnEvent) => false | 'unechoed' | 'poison';
	/** Before a ready answer goes out. */
	onTurn: (event: TurnEvent) => Promise<void> | void;
	close(): Promise<void>;
}

export async function startFakeTrigger(options: { signingSecret: string; port?: number }): Promise<FakeTrigger> {
	const server = createServer((request, response) => void answer(request, response));
	await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
	const port = (server.address() as AddressInfo).port;

	const fake: FakeTrigger = {
		port,
		url: `http://127.0.0.1:${port}/webhook/turns`,
		taken: [],
		calls: 0,
		sizes: [],
		mood: 'ready',
		refuses: () => false,
		onTurn: () => undefined,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		fake.calls += 1;
		const raw = await bodyOf(request);
		if (fake.mood === 'silent') return;
		if (fake.mood === 'starting_up') return void response.writeHead(200, { 'content-type': 'text/html' }).end('n8n is starting up. Please wait');
		if (fake.mood === 'not_found') return void response.writeHead(404, { 'content-type': 'text/html' }).end('<pre>Cannot POST</pre>');
		const json = (status: number, body: unknown): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		const body = JSON.parse(raw) as TurnEvent | { type: 'turns.ready'; turns: TurnEvent[] };
		if (fake.mood === 'wrong_turn') return json(200, { turnId: 'another', accepted: true });
		if (fake.mood === 'one_only' && body.type === 'turns.ready') return json(422, { code: 'unknown_event' });
		const all = body.type === 'turns.ready' ? body.turns : [body];
		if (all.some((event) => fake.refuses(event) === 'poison')) return json(500, { message: 'poisoned' });
		const events = all.filter((event) => fake.refuses(event) === false);
		const header = request.headers[SIGNATURE_HEADER];
		const check = verifySignature(options.signingSecret, raw, typeof header === 'string' ? header : undefined, Math.floor(Date.now() / 1000));
		fake.sizes.push(events.length);
		for (const event of events) fake.taken.push({ event, at: performance.now(), path: request.url ?? '', signatureOk: check.ok });
		await Promise.all(events.map(async (event) => fake.onTurn(event)));
		json(200, body.type === 'turns.ready' ? { accepted: events.map(({ turnId }) => turnId) } : { turnId: events[0]?.turnId, accepted: events.length > 0 });
	}
	return fake;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}
