/** Notices when the process was too busy to do anything: a beat that comes late tells by how much. */
export interface EventLoop {
	/** The latest beats' worst delay, in milliseconds. */
	worstMs(): number;
	/** For tests; otherwise a timer calls it every second. */
	beat(): void;
	start(): void;
	stop(): void;
}

const EVERY_MS = 1_000;
const REMEMBERED = 15;

export function createEventLoop(now: () => number = () => performance.now()): EventLoop {
	let last = now();
	let timer: NodeJS.Timeout | undefined;
	const delays: number[] = [];
	const loop: EventLoop = {
		// A loop that is stuck right now shows by the beat that has not come.
		worstMs: () => Math.max(0, now() - last - EVERY_MS, ...delays),
		beat() {
			const at = now();
			delays.push(Math.max(0, at - last - EVERY_MS));
			if (delays.length > REMEMBERED) delays.shift();
			last = at;
		},
		start() {
			last = now();
			timer = setInterval(() => loop.beat(), EVERY_MS).unref();
		},
		stop: () => clearInterval(timer),
	};
	return loop;
}
