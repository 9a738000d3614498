import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { MAX_ATTEMPTS, NEW_CONVERSATION, reduceTurns } from '../../../../core/conversation/turns.ts';
import type { ConversationTurns, TurnInput } from '../../../../core/conversation/turns.ts';
import { createBusiness } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { ingest } from '../gateway/ingest.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { createTurns } from './turns.ts';
import type { Turns } from './turns.ts';

/** The window never ends by itself here: `clock` makes the turn due. */
const WINDOW = { quietMs: 60_000, maxWaitMs: 300_000 };
let db: TestDatabase;
let business: Business;
let turns: Turns;

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db, 'a', WINDOW);
	turns = createTurns({ database: db.database, masterKey: Buffer.alloc(32), log: pino({ level: 'silent' }), now: () => new Date(), leaseMs: 60_000 });
});
afterAll(() => db.close());

const inTenant = <T>(work: Parameters<typeof db.database.withTenant<T>>[1]) => db.database.withTenant(business.tenantId, work);
const step = fc.oneof(
	{ weight: 4, arbitrary: fc.constant('message' as const) },
	{ weight: 3, arbitrary: fc.constant('clock' as const) },
	{ weight: 2, arbitrary: fc.constant('lease_expired' as const) },
	{ weight: 2, arbitrary: fc.constant('answered' as const) },
	fc.constantFrom('closed' as const, 'human' as const, 'bot' as const),
);

test('the store follows the rules of core/conversation, whatever happens in whatever order', { timeout: 120_000 }, async () => {
	let run = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
			run += 1;
			const address = `3460000${run}@c.us`;
			let state = NEW_CONVERSATION;
			for (const [index, type] of steps.entries()) {
				const input = await apply(type, `${run}-${index}`, address, state);
				state = reduceTurns(state, input, WINDOW).state;
				expect(await storedState(address), `after ${steps.slice(0, index + 1).join(', ')}`).toEqual(comparable(state));
			}
		}),
		{ numRuns: 40 },
	);
});

/** Does to the store what `type` says, and resolves with the same as an input of the reducer. */
async function apply(type: 'message' | 'clock' | 'lease_expired' | 'answered' | 'closed' | 'human' | 'bot', id: string, address: string, state: ConversationTurns): Promise<TurnInput> {
	const turnId = state.turn?.id ?? 'none';
	const phase = state.turn?.phase;
	switch (type) {
		case 'message': {
			const stored = await ingest({ database: db.database, quietWindowMs: 1, maxWaitMs: 1 }, { tenantId: business.tenantId, connectionId: business.whatsapp.id }, [
				{ id, order: 1, customer: { chatId: address, phone: '', name: '', addressKind: 'c.us' }, type: 'text', text: id, media: null, button: false, sentAt: new Date().toISOString() },
			]);
			return { type, id, at: 0, turnId: stored?.[0]?.turnId ?? '' };
		}
		case 'clock':
			await db.asOwner(`UPDATE turns SET flush_at = now() WHERE id = $1 AND state = 'collecting'`, [turnId]);
			await db.database.system.query('SELECT claim_due_turns(100, 60000, $1)', [MAX_ATTEMPTS]);
			await db.database.system.query('SELECT turn_taken($1, attempts, NULL, 60000) FROM turn_details(ARRAY[$1])', [turnId]);
			return { type, at: WINDOW.quietMs };
		case 'lease_expired':
			await db.asOwner(`UPDATE turns SET lease_until = now() WHERE id = $1 AND state IN ('delivering', 'delivered', 'decided')`, [turnId]);
			await db.database.system.query('SELECT claim_due_turns(100, 60000, $1)', [MAX_ATTEMPTS]);
			return { type, turnId };
		case 'answered':
			if (phase === 'in_flight') await answer(turnId, address);
			return { type, turnId };
		case 'closed':
			if (phase === 'in_flight') await inTenant((sql) => turns.finish(sql, turnId));
			if (phase === 'answered') await db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [turnId]);
			return { type, turnId };
		case 'human':
		case 'bot':
			await db.asOwner(`UPDATE conversations SET state = $2 WHERE chat_id = $1`, [address, type]);
			// Before the first message there is no conversation to hand over.
			return { type: 'mode', mode: state.generation === 0 ? 'bot' : type };
	}
}

async function answer(turnId: string, address: string): Promise<void> {
	await inTenant(async (sql) => {
		const { conversation, event } = await turns.loadOpenTurn(sql, turnId);
		expect(conversation.chatId).toBe(address);
		await turns.markDecided(sql, turnId, null);
		await enqueue(sql, {
			tenantId: business.tenantId, connectionId: event.connectionId, conversationId: conversation.id, turnId, generation: event.generation,
			keyPrefix: turnId, author: 'assistant', parts: [{ kind: 'text', text: 'answer', mediaUrl: '' }],
		});
		await turns.finish(sql, turnId);
	});
}

async function storedState(address: string): Promise<unknown> {
	const [conversation] = await db.asOwner<{ id: string; state: string; generation: number }>('SELECT id, state, generation FROM conversations WHERE chat_id = $1', [address]);
	if (!conversation) return { mode: 'bot', generation: 0, turn: null };
	const open = await db.asOwner<{ id: string; phase: string; generation: number; attempts: number; messages: string[] }>(
		`SELECT t.id, t.generation, t.attempts,
			CASE WHEN t.state IN ('collecting', 'dead') THEN t.state WHEN t.state = 'done' THEN 'answered' ELSE 'in_flight' END AS phase,
			(SELECT array_agg(m.vendor_message_id ORDER BY m.received_at) FROM messages m WHERE m.turn_id = t.id AND m.direction = 'in') AS messages
		 FROM turns t WHERE t.conversation_id = $1 AND (t.state IN ('collecting', 'delivering', 'delivered', 'decided', 'dead')
			OR (t.state = 'done' AND EXISTS (SELECT 1 FROM outbox o WHERE o.turn_id = t.id AND o.state = 'queued')))`,
		[conversation.id],
	);
	expect(open.length).toBeLessThanOrEqual(1);
	return { mode: conversation.state, generation: conversation.generation, turn: open[0] ?? null };
}

/** Without the times, which are the database's. */
function comparable(state: ConversationTurns): unknown {
	if (!state.turn) return { mode: state.mode, generation: state.generation, turn: null };
	const { id, phase, generation, attempts, messages } = state.turn;
	return { mode: state.mode, generation: state.generation, turn: { id, phase, generation, attempts, messages } };
}
