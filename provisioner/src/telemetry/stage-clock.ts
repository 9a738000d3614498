import type { Database } from '../store/database.ts';

/** claimed: a scheduler has it; taken: n8n confirmed it; queued: its reply stands in the outbox; sent: the first part is at the vendor. */
export type TurnStage = 'claimed' | 'taken' | 'decided' | 'queued' | 'sent';
export type ObserveStage = (stage: TurnStage, seconds: number) => void;

export interface StageClock {
	/** Cheap, and never fails: looked up once a second, all together. */
	reached(stage: TurnStage, turnId: string): void;
	/** Looks up what has come together. */
	flush(): Promise<void>;
	start(): void;
	stop(): Promise<void>;
}

interface Mark {
	readonly turn: string;
	readonly stage: TurnStage;
	readonly at: number;
}

const EVERY_MS = 1_000;
/** More than this in a second are a sample: the first come. */
const MOST_MARKS = 2_000;

/**
 * Measures turns from the end of their window, which only the database knows, over processes whose clocks differ: it says how long ago
 * something was, and the database says how long after the window that is. One query a second, however many turns there are.
 */
export function createStageClock(deps: { database: Database; observe: ObserveStage; onError: (error: unknown) => void }): StageClock {
	let marks: Mark[] = [];
	let timer: NodeJS.Timeout | undefined;
	let flushing: Promise<void> = Promise.resolve();

	async function lookUp(): Promise<void> {
		if (marks.length === 0) return;
		const taken = marks;
		marks = [];
		const now = performance.now();
		try {
			const { rows } = await deps.database.system.query<{ n: number; seconds: number }>('SELECT n, seconds FROM turn_window_ages($1::text[], $2::float8[])', [
				taken.map(({ turn }) => turn),
				taken.map(({ at }) => now - at),
			]);
			for (const { n, seconds } of rows) {
				const mark = taken[n - 1];
				if (mark) deps.observe(mark.stage, seconds);
			}
		} catch (error) {
			// Figures of a second are lost, nothing else.
			deps.onError(error);
		}
	}

	const clock: StageClock = {
		reached(stage, turn) {
			if (marks.length < MOST_MARKS) marks.push({ turn, stage, at: performance.now() });
		},
		flush: () => (flushing = flushing.then(lookUp)),
		start() {
			timer = setInterval(() => void clock.flush(), EVERY_MS).unref();
		},
		async stop() {
			clearInterval(timer);
			await clock.flush();
		},
	};
	return clock;
}
