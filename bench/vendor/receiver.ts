import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';

// Stands in for WAHA where the benchmark measures: it answers every send at once and notes when it came. In a process of its own and as small
// as can be; the sandbox keeps and shows much more about each message. Wire contract: https://waha.devlike.pro/docs/how-to/send-messages/
export type ToReceiver = { readonly type: 'count' } | { readonly type: 'arrivals' } | { readonly type: 'reset' };
export type FromReceiver =
	| { readonly type: 'listening'; readonly port: number }
	| { readonly type: 'count'; readonly chats: number; readonly sends: number }
	/** When each chat got its first answer, in Unix milliseconds with fractions, and how many it got. */
	| { readonly type: 'arrivals'; readonly arrivals: readonly (readonly [chatId: string, at: number, sends: number])[] };

const arrivals = new Map<string, { at: number; sends: number }>();
let sends = 0;
const say = (message: FromReceiver): void => void process.send?.(message);

const server = createServer((request, response) => {
	const chunks: Buffer[] = [];
	request.on('data', (chunk: Buffer) => chunks.push(chunk));
	request.on('end', () => {
		if (request.method !== 'POST' || !request.url?.startsWith('/api/send') || request.url === '/api/sendSeen') {
			answer(response, request.method === 'GET' ? [] : {});
			return;
		}
		const at = performance.timeOrigin + performance.now();
		const { chatId } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { chatId: string };
		const seen = arrivals.get(chatId);
		if (seen) seen.sends += 1;
		else arrivals.set(chatId, { at, sends: 1 });
		sends += 1;
		answer(response, { id: `true_${chatId}_3EB0${sends.toString(16).toUpperCase().padStart(18, '0')}`, timestamp: Math.floor(at / 1000), from: '34600000000@c.us', fromMe: true, to: chatId, ack: 0 });
	});
});
server.keepAliveTimeout = 60_000;

function answer(response: ServerResponse, body: unknown): void {
	response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

process.on('message', (message: ToReceiver) => {
	if (message.type === 'count') say({ type: 'count', chats: arrivals.size, sends });
	else if (message.type === 'arrivals') say({ type: 'arrivals', arrivals: [...arrivals].map(([chatId, seen]) => [chatId, seen.at, seen.sends] as const) });
	else {
		arrivals.clear();
		sends = 0;
	}
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
	const address = server.address();
	if (address !== null && typeof address === 'object') say({ type: 'listening', port: address.port });
});
