import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { completeAnswer, openConnection } from './keep-alive.ts';

const answer = (text: string) => completeAnswer(Buffer.from(text.replaceAll('\n', '\r\n')));

test('an answer is complete when its body is', () => {
	expect(answer('HTTP/1.1 200 OK\nContent-Length: 2\n')).toBeUndefined();
	expect(answer('HTTP/1.1 200 OK\nContent-Length: 2\n\n{')).toBeUndefined();
	expect(answer('HTTP/1.1 200 OK\nContent-Length: 2\n\n{}')).toEqual({ status: 200, closes: false });
	expect(answer('HTTP/1.1 429 Too Many\nConnection: close\nContent-Length: 0\n\n')).toEqual({ status: 429, closes: true });
	expect(answer('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\n{}\n')).toBeUndefined();
	expect(answer('HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n')).toEqual({ status: 200, closes: false });
});

test('requests go one after another over one connection, and a broken one counts as 0', async () => {
	const ports = new Set<number | undefined>();
	const server = createServer((request, response) => {
		ports.add(request.socket.remotePort);
		request.resume().on('end', () => (request.url === '/break' ? request.socket.destroy() : response.writeHead(request.url === '/no' ? 503 : 200).end('{}')));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	const connection = openConnection('127.0.0.1', address.port);
	const post = (path: string) => new Promise<number>((resolve) => connection.send(Buffer.from(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`), resolve));
	expect([await post('/'), await post('/no'), ports.size]).toEqual([200, 503, 1]);
	expect([await post('/break'), await post('/')]).toEqual([0, 200]);
	connection.close();
	server.close();
});
