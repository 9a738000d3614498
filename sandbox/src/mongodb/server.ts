import type { Document } from 'bson';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { createEngine } from './commands.ts';
import { MongoError } from './errors.ts';
import type { CodeName } from './errors.ts';
import { answerTo, createMessageReader, readRequest, WireError } from './wire.ts';
import type { WireRequest } from './wire.ts';

/**
 * What goes wrong with the next `count` commands of a name.
 * drop: the connection closes and nothing is done. drop_answer: it is done, and the connection closes without an answer.
 * hang: nothing is done, and no answer ever comes. An error: answers it without doing anything.
 */
export interface MongoFault {
	readonly command: string;
	readonly mode: 'drop' | 'drop_answer' | 'hang' | { readonly error: CodeName; readonly message: string };
	readonly count: number;
}

/** A stand-in of one mongod in memory, without users. Not verified against mongod: see ASSUMPTIONS.md. */
export interface MongoStandIn {
	/** `mongodb://127.0.0.1:<port>` */
	readonly url: string;
	/** Commands as they came, the latest thousand; without those by which drivers watch a server. */
	readonly commands: readonly { readonly name: string; readonly command: Document }[];
	/** The TTL monitor runs: expired documents go. It never runs by itself, so that a test can tell what readers filter. Returns how many went. */
	sweep(now?: Date): number;
	/** Closes every connection and takes no new one; or takes them again, on the same port. */
	refuse(refuses: boolean): void;
	fail(fault: MongoFault): void;
	/** Forgets documents, indexes, cursors, faults and commands. */
	reset(): void;
	close(): Promise<void>;
}

const MOST_COMMANDS = 1_000;
const WATCHING = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'endSessions']);

export async function startMongoStandIn(options: { port?: number; now?: () => Date } = {}): Promise<MongoStandIn> {
	const now = options.now ?? (() => new Date());
	const engine = createEngine(now);
	const sockets = new Set<Socket>();
	const commands: { name: string; command: Document }[] = [];
	const faults: { command: string; mode: MongoFault['mode']; left: number }[] = [];
	let refuses = false;
	let responses = 0;

	function take(name: string): MongoFault['mode'] | undefined {
		const fault = faults.find((one) => one.left > 0 && one.command === name);
		if (fault) fault.left -= 1;
		return fault?.mode;
	}

	function carryOut(request: WireRequest, fault: MongoFault['mode'] | undefined): Document {
		try {
			if (typeof fault === 'object') throw new MongoError(fault.error, fault.message);
			return { ...engine.run(request.command), ok: 1 };
		} catch (error) {
			if (error instanceof MongoError) return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName };
			throw error;
		}
	}

	function serve(socket: Socket, message: Buffer): void {
		const request = readRequest(message);
		const [name = ''] = Object.keys(request.command);
		if (!WATCHING.has(name)) commands.push({ name, command: request.command });
		if (commands.length > MOST_COMMANDS) commands.shift();
		const fault = take(name);
		if (fault === 'hang') return;
		if (fault === 'drop') {
			socket.destroy();
			return;
		}
		const answer = carryOut(request, fault);
		if (fault === 'drop_answer') {
			socket.destroy();
			return;
		}
		responses += 1;
		if (!request.silent) socket.write(answerTo(request, answer, responses));
	}

	const server = createServer((socket) => {
		// A client that goes away in the middle is no error of ours.
		socket.on('error', () => socket.destroy());
		if (refuses) {
			socket.destroy();
			return;
		}
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.setNoDelay(true);
		const read = createMessageReader();
		socket.on('data', (bytes) => {
			try {
				for (const message of read(bytes)) if (!socket.destroyed) serve(socket, message);
			} catch (error) {
				// As mongod: what is no message ends the connection.
				if (!(error instanceof WireError)) throw error;
				socket.destroy();
			}
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(options.port ?? 0, '127.0.0.1', resolve);
	});
	const address = server.address();
	const dropAll = () => sockets.forEach((socket) => socket.destroy());
	return {
		url: `mongodb://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
		commands,
		sweep: (at = now()) => engine.sweep(at),
		refuse(value) {
			refuses = value;
			if (value) dropAll();
		},
		fail: ({ command, mode, count }) => void faults.push({ command, mode, left: count }),
		reset() {
			engine.clear();
			faults.splice(0);
			commands.splice(0);
		},
		async close() {
			dropAll();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}
