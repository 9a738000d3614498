import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromReceiver, ToReceiver } from './receiver.ts';

export interface Arrivals {
	/** chat id → when its first answer came (Unix milliseconds), and how many came. */
	get(chatId: string): { readonly at: number; readonly sends: number } | undefined;
	readonly size: number;
}

/** The receiving end of the answers, in a process of its own. */
export interface Vendor {
	readonly url: string;
	/** How many chats have got an answer, and how many sends there were. */
	count(): Promise<{ chats: number; sends: number }>;
	arrivals(): Promise<Arrivals>;
	reset(): void;
	close(): void;
}

export async function startVendor(): Promise<Vendor> {
	const child = fork(fileURLToPath(new URL('./receiver.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
	function ask<T extends FromReceiver['type']>(type: T, question?: ToReceiver): Promise<Extract<FromReceiver, { type: T }>> {
		return new Promise((resolve, reject) => {
			const gone = () => reject(new Error('The receiver of the answers has ended.'));
			const hear = (message: FromReceiver) => {
				if (message.type !== type) return;
				child.off('message', hear).off('exit', gone);
				resolve(message as Extract<FromReceiver, { type: T }>);
			};
			child.on('message', hear).on('exit', gone);
			if (question) child.send(question);
		});
	}
	const { port } = await ask('listening');
	return {
		url: `http://127.0.0.1:${port}`,
		count: () => ask('count', { type: 'count' }),
		async arrivals() {
			const { arrivals } = await ask('arrivals', { type: 'arrivals' });
			return new Map(arrivals.map(([chatId, at, sends]) => [chatId, { at, sends }]));
		},
		reset: () => void child.send({ type: 'reset' } satisfies ToReceiver),
		close: () => void child.kill('SIGKILL'),
	};
}
