import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closeHttpServer, createHttpServer } from './server.ts';

async function listening(listener: (request: IncomingMessage, response: ServerResponse) => void) {
	const server = createHttpServer(listener);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	onTestFinished(() => {
		agent.destroy();
		server.closeAllConnections();
	});
	const { port } = server.address() as AddressInfo;
	const get = async () => {
		const call = request({ port, host: '127.0.0.1', agent }).end();
		const [response] = (await once(call, 'response')) as [IncomingMessage];
		response.resume();
		await once(response, 'end');
		return response.headers.connection;
	};
	return { server, port, get };
}

test('a server that closes: a connection that is kept alive does not hold it', async () => {
	const { server, get } = await listening((_request, response) => void response.end('x'));
	expect(await get()).toBe('keep-alive');
	const began = performance.now();
	await closeHttpServer(server, 10_000);
	expect(performance.now() - began).toBeLessThan(5_000);
});

test('a server that closes: what is under way is answered, and one that follows on its connection is the last', async () => {
	const answers: (() => void)[] = [];
	const { server, get } = await listening((_request, response) => void answers.push(() => response.end('x')));
	const first = get();
	const second = get();
	await expect.poll(() => answers.length).toBe(1);
	const closed = closeHttpServer(server, 10_000);
	// Both on one connection: the second is sent as soon as the first has its answer.
	answers[0]?.();
	expect(await first).toBe('keep-alive');
	await expect.poll(() => answers.length).toBe(2);
	answers[1]?.();
	expect(await second).toBe('close');
	await closed;
});

test('a server that closes: who does not send the rest of a request is cut off in time', async () => {
	const { server, port } = await listening((incoming) => void incoming.resume());
	const socket = connect(port, '127.0.0.1');
	socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345');
	await once(server, 'request');
	const ended = once(socket, 'close');
	await closeHttpServer(server, 200);
	await ended;
});
