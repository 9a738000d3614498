import { rounded } from '../statistics.ts';
import type { LoadResult } from './job.ts';

/** A generator that is later than this is short of CPU, and what it measured is partly itself. */
const LATE_MS = 50;

/** For the terminal, what is not as it should be: answers other than 2xx, by status, and a generator that could not keep its times. */
export function remarksOn({ failures, worstDelayMs }: LoadResult): string {
	const refused = Object.entries(failures).map(([status, count]) => `${count} × ${status === '0' ? 'broken connection' : status}`);
	return `${refused.length > 0 ? `; NOT acknowledged: ${refused.join(', ')}` : ''}${worstDelayMs > LATE_MS ? `; the generator was up to ${rounded(worstDelayMs)} ms late` : ''}`;
}
