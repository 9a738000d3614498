import { z } from 'zod';
import type { Database } from '../store/database.ts';

/** A row of the SQL functions queue_metrics (0010_metrics.sql) and history_queue_metrics (0017_chat_history.sql). */
const rows = z.array(z.object({ queue: z.enum(['turns', 'outbox', 'history']), state: z.string(), depth: z.number(), oldest_seconds: z.number() }));

export interface QueueState {
	readonly queue: 'turns' | 'outbox' | 'history';
	readonly state: string;
	readonly depth: number;
	readonly oldestSeconds: number;
}

/** Every state of the queues, those that are empty too: a gauge that is not set keeps its last value. */
export async function readQueues(database: Database): Promise<readonly QueueState[]> {
	const { rows: found } = await database.system.query('SELECT queue, state, depth, oldest_seconds FROM queue_metrics() UNION ALL SELECT queue, state, depth, oldest_seconds FROM history_queue_metrics()');
	return rows.parse(found).map(({ queue, state, depth, oldest_seconds: oldestSeconds }) => ({ queue, state, depth, oldestSeconds }));
}
