/** Timers that never keep the process alive and that all stop together. */
export interface Timers {
	/** Runs `task` once after `milliseconds`. */
	after(milliseconds: number, task: () => void): void;
	/** Runs `task` every `milliseconds` until closed; `clear` does not stop it. */
	every(milliseconds: number, task: () => void): void;
	/** Forgets everything that is still waiting (not the `every` tasks). */
	clear(): void;
	/** Stops everything. */
	close(): void;
}

export function createTimers(): Timers {
	const waiting = new Set<NodeJS.Timeout>();
	const repeating = new Set<NodeJS.Timeout>();
	const clear = () => {
		for (const timer of waiting) clearTimeout(timer);
		waiting.clear();
	};
	return {
		after(milliseconds, task) {
			const timer = setTimeout(() => {
				waiting.delete(timer);
				task();
			}, milliseconds);
			timer.unref();
			waiting.add(timer);
		},
		every(milliseconds, task) {
			const timer = setInterval(task, milliseconds);
			timer.unref();
			repeating.add(timer);
		},
		clear,
		close() {
			clear();
			for (const timer of repeating) clearInterval(timer);
			repeating.clear();
		},
	};
}
