/** Lets so many run at a time; the others wait, first come, first served. */
export function createTurns(most: number): <T>(work: () => Promise<T>) => Promise<T> {
	const waiting: (() => void)[] = [];
	let running = 0;
	return async (work) => {
		if (running === most) await new Promise<void>((begin) => waiting.push(begin));
		else running++;
		try {
			return await work();
		} finally {
			const next = waiting.shift();
			if (next === undefined) running--;
			else next();
		}
	};
}
