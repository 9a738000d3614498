import { pino } from 'pino';
import type { Logger } from 'pino';

/** A logger for tests: its lines, parsed, instead of output. */
export function createTestLog(): { log: Logger; lines: Record<string, unknown>[] } {
	const lines: Record<string, unknown>[] = [];
	const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
	return { log, lines };
}
