import pg from 'pg';
import { afterAll } from 'vitest';
import { eventually } from './clients.ts';

/** Looks at what the platform stored, past row-level security. Closed when the test file ends. */
export function openDatabase(ownerUrl: string) {
	const pool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
	afterAll(() => pool.end());
	const query = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> => (await pool.query<Row>(text, values)).rows;
	return {
		query,
		/** Waits until no turn is open and nothing waits in the outbox: whatever was to happen has happened. */
		untilQuiet: () =>
			eventually('no open turn and an empty outbox', async () => {
				const [open] = await query<{ turns: number; parts: number }>(
					`SELECT (SELECT count(*)::int FROM turns WHERE state IN ('collecting', 'delivering', 'delivered', 'decided')) AS turns,
					        (SELECT count(*)::int FROM outbox WHERE state IN ('queued', 'sending')) AS parts`,
				);
				return open?.turns === 0 && open.parts === 0;
			}),
	};
}
