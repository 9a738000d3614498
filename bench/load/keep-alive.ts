import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** One HTTP/1.1 connection that is kept open and carries one request at a time. Node's own client would cost several times the CPU. */
export interface KeepAliveConnection {
	/** Calls back with the status; 0 when the connection broke. The answer's body is read and dropped. */
	send(request: Buffer, done: (status: number) => void): void;
	close(): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const NOTHING = Buffer.alloc(0);

export function openConnection(host: string, port: number): KeepAliveConnection {
	let socket: Socket | undefined;
	let received: Buffer = NOTHING;
	let waiting: ((status: number) => void) | undefined;

	function settle(status: number): void {
		const done = waiting;
		waiting = undefined;
		received = NOTHING;
		done?.(status);
	}
	function drop(): void {
		socket?.destroy();
		socket = undefined;
		settle(0);
	}
	function open(): Socket {
		const opened = connect({ host, port, noDelay: true });
		opened.on('data', (chunk: Buffer) => {
			received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
			const answer = completeAnswer(received);
			if (!answer) return;
			if (answer.closes) {
				socket = undefined;
				opened.destroy();
			}
			settle(answer.status);
		});
		opened.on('error', () => undefined);
		opened.on('close', () => {
			if (socket === opened) drop();
		});
		return opened;
	}

	return {
		send(request, done) {
			waiting = done;
			socket ??= open();
			socket.write(request);
		},
		close() {
			waiting = undefined;
			socket?.destroy();
			socket = undefined;
		},
	};
}

/** undefined while something of it is still to come. */
export function completeAnswer(received: Buffer): { status: number; closes: boolean } | undefined {
	const headEnd = received.indexOf(HEAD_END);
	if (headEnd < 0) return undefined;
	const head = received.toString('latin1', 0, headEnd).toLowerCase();
	const bodyStart = headEnd + HEAD_END.length;
	const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
	const chunked = head.includes('\r\ntransfer-encoding: chunked');
	const complete = length !== undefined ? received.length >= bodyStart + Number(length) : !chunked || received.subarray(bodyStart - 2).includes(LAST_CHUNK);
	if (!complete) return undefined;
	return { status: Number(head.slice(9, 12)), closes: head.includes('\r\nconnection: close') };
}
