import pg from 'pg';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

test("a database error is logged without the values that it quotes", () => {
	const lines: string[] = [];
	const log = createLog('info', { role: 'all' }, { write: (line) => void lines.push(line) });
	const error = new pg.DatabaseError('duplicate key value violates unique constraint "messages_pkey"', 100, 'error');
	error.code = '23505';
	error.detail = 'Key (text)=(my phone is 34699111222) already exists.';
	error.where = 'COPY messages, line 1: "my phone is 34699111222"';
	log.error({ err: new Error('messages could not be stored now', { cause: error }) }, 'outer');
	log.error({ err: error }, 'inner');
	expect(lines).toHaveLength(2);
	expect(lines.join()).not.toContain('34699111222');
	expect(JSON.parse(lines[1] ?? '')).toMatchObject({ role: 'all', msg: 'inner', err: { code: '23505', message: expect.stringContaining('messages_pkey') as string } });
});
