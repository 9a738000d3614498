import { createConnection } from 'node:net';
import type { Socket } from 'node:net';

/** How a server answered: its status; `closed` without one; `silent` when nothing came. */
export type Answer = number | 'closed' | 'silent';

export interface Sender {
	/** One call at a time. `last`: the socket's end is closed behind it, and nothing else goes over it. */
	send(wire: readonly Buffer[], last: boolean): Promise<Answer>;
	close(): void;
}

const PATIENCE_MS = 20_000;

/** A raw connection: it can say what no HTTP client would. */
export function createSender(port: number): Sender {
	let socket: Socket | undefined;

	function connect(): Promise<Socket> {
		return new Promise((resolve, reject) => {
			const fresh = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true }, () => resolve(fresh));
			fresh.setNoDelay(true);
			fresh.once('error', reject);
		});
	}

	return {
		async send(wire, last) {
			const used = socket && !socket.destroyed && socket.writable ? socket : await connect();
			socket = used;
			return new Promise<Answer>((resolve) => {
				let received = '';
				const done = (answer: Answer, keep: boolean) => {
					clearTimeout(patience);
					used.removeAllListeners('data').removeAllListeners('end').removeAllListeners('error').removeAllListeners('close');
					used.on('error', () => undefined);
					if (!keep || last) {
						used.destroy();
						socket = undefined;
					}
					resolve(answer);
				};
				const patience = setTimeout(() => done('silent', false), PATIENCE_MS);
				used.on('data', (chunk) => {
					received += chunk.toString('latin1');
					const end = received.indexOf('\r\n\r\n');
					if (end === -1) return;
					const status = Number(received.slice(9, 12));
					const head = received.slice(0, end);
					const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
					if (received.length >= end + 4 + length || /^connection: close/im.test(head)) done(status, !/^connection: close/im.test(head));
				});
				used.on('end', () => done('closed', false));
				used.on('close', () => done('closed', false));
				used.on('error', () => done('closed', false));
				for (const piece of wire) used.write(piece);
				if (last) used.end();
			});
		},
		close: () => socket?.destroy(),
	};
}
