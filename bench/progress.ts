/** What the benchmark does, on the terminal: a line for each step, and a sign of life on long ones. */
const TICK_MS = 10_000;

export function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

/** A step that takes about `seconds`. */
export async function during<T>(what: string, seconds: number, work: () => Promise<T>): Promise<T> {
	const startedAt = Date.now();
	const elapsed = () => Math.round((Date.now() - startedAt) / 1000);
	say(`  • ${what}${seconds > 0 ? ` (about ${Math.round(seconds)} s)` : ''} …`);
	const timer = setInterval(() => say(`    ${elapsed()}${seconds > 0 ? ` of ${Math.round(seconds)}` : ''} s`), TICK_MS);
	try {
		return await work();
	} finally {
		clearInterval(timer);
	}
}
