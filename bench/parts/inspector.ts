import { setTimeout as delay } from 'node:timers/promises';

/** Looks into a running Node process through its inspector. https://chromedevtools.github.io/devtools-protocol/v8/ */
export interface Inspector {
	/** Bytes in use after a full garbage collection. */
	liveHeap(): Promise<number>;
	/** Bytes of the process in memory. */
	residentSet(): Promise<number>;
	close(): void;
}

export async function openInspector(port: number): Promise<Inspector> {
	const socket = new WebSocket(await debuggerUrl(port));
	await new Promise<void>((resolve, reject) => {
		socket.addEventListener('open', () => resolve(), { once: true });
		socket.addEventListener('error', () => reject(new Error("The provisioner's inspector can't be reached.")), { once: true });
	});
	let lastId = 0;
	function call(method: string, params: object = {}): Promise<unknown> {
		const id = (lastId += 1);
		return new Promise((resolve) => {
			const hear = (event: MessageEvent) => {
				const message = JSON.parse(String(event.data)) as { id?: number; result?: unknown };
				if (message.id !== id) return;
				socket.removeEventListener('message', hear);
				resolve(message.result);
			};
			socket.addEventListener('message', hear);
			socket.send(JSON.stringify({ id, method, params }));
		});
	}
	async function evaluate(expression: string): Promise<number> {
		const answer = (await call('Runtime.evaluate', { expression, returnByValue: true })) as { result?: { value?: unknown } };
		return Number(answer.result?.value);
	}
	return {
		async liveHeap() {
			await call('HeapProfiler.collectGarbage');
			return evaluate('process.memoryUsage().heapUsed');
		},
		residentSet: () => evaluate('process.memoryUsage.rss()'),
		close: () => socket.close(),
	};
}

async function debuggerUrl(port: number): Promise<string> {
	const deadline = Date.now() + 10_000;
	for (;;) {
		try {
			const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as { webSocketDebuggerUrl?: string }[];
			if (target?.webSocketDebuggerUrl) return target.webSocketDebuggerUrl;
		} catch (error) {
			if (Date.now() > deadline) throw new Error("The provisioner's inspector did not open.", { cause: error });
		}
		await delay(50);
	}
}
