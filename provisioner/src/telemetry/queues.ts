import { z } from 'zod';
import type { Database } from '../store/database.ts';

/** A row of the SQL function queue_metrics (0010_metrics.sql). */
const rows = z.array(z.object({ queue: z.enum(['turns', 'outbox']), state: z.string(), depth: z.number(), oldest_seconds: z.number() }));

export interface QueueState {
	readonly queue: 'turns' | 'outbox';
	readonly state: string;
	readonly depth: number;
	readonly oldestSeconds: number;
}

/** Every state of both queues, those that are empty too: a gauge that is not set keeps its last value. */
export async function readQueues(database: Database): Promise<readonly QueueState[]> {
	const { rows: found } = await database.system.query('SELECT queue, state, depth, oldest_seconds FROM queue_metrics()');
	return rows.parse(found).map(({ queue, state, depth, oldest_seconds: oldestSeconds }) => ({ queue, state, depth, oldestSeconds }));
}
