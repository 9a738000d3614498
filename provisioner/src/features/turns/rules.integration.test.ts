import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../../test/database.ts';
import type { TestDatabase } from '../../../../test/database.ts';
import { DEFAULT_TURN_SETTINGS } from '../../../../core/conversation/turn-settings.ts';
import type { TurnSettings } from '../../../../core/conversation/turn-settings.ts';
import { MAX_ATTEMPTS, NEW_CONVERSATION, reduceTurns } from '../../../../core/conversation/turns.ts';
import type { ConversationTurns, OpenTurn, TurnInput } from '../../../../core/conversation/turns.ts';
import { createBusiness } from '../../testing/business.ts';
import type { Business } from '../../testing/business.ts';
import { enqueue } from '../outbox/enqueue.ts';
import { createOpenTurns } from './open-turns.ts';

/** Windows and waits never end by themselves here: `clock` makes what collects due. */
const WINDOWS = { ...DEFAULT_TURN_SETTINGS, quietMs: 60_000, maxWaitMs: 300_000, voiceWaitMs: 100_000 };
const NEVER_FLUSHED = 1_000_000_000;
const KINDS = ['message', 'voice', 'button', 'twice', 'clock', 'lease_expired', 'answered', 'closed', 'read', 'human', 'bot', 'edited', 'deleted', 'transcribed'] as const;
type Kind = (typeof KINDS)[number];
let db: TestDatabase;
let business: Business;
const turns = createOpenTurns({ leaseMs: 60_000 });

beforeAll(async () => {
	db = await createTestDatabase();
	business = await createBusiness(db);
});
afterAll(() => db.close());

const inTenant = <T>(work: Parameters<typeof db.database.withTenant<T>>[1]) => db.database.withTenant(business.tenantId, work);
const weights: Partial<Record<Kind, number>> = { message: 6, clock: 6, answered: 3, closed: 3, lease_expired: 3 };
const step = fc.record({ kind: fc.oneof(...KINDS.map((kind) => ({ weight: weights[kind] ?? 1, arbitrary: fc.constant(kind) }))), pick: fc.nat(3) });
const settings = fc.record({ policy: fc.constantFrom('supersede' as const, 'append' as const, 'queue' as const), maxMessages: fc.integer({ min: 1, max: 8 }) });

test('the store follows the rules of core/conversation, whatever happens in whatever order, under every policy', { timeout: 240_000 }, async () => {
	let run = 0;
	await fc.assert(
		fc.asyncProperty(settings, fc.array(step, { minLength: 1, maxLength: 25 }), async (chosen, steps) => {
			run += 1;
			const address = `3460000${run}@c.us`;
			const rules: TurnSettings = { ...WINDOWS, ...chosen };
			let state = NEW_CONVERSATION;
			const sent: string[] = [];
			for (const [index, { kind, pick }] of steps.entries()) {
				const inputs = await apply(kind, { id: `${run}-${index}`, pick, address, state, sent, rules });
				for (const input of inputs) state = reduceTurns(state, input, rules).state;
				const told = steps.slice(0, index + 1).map((done) => `${done.kind}/${done.pick}`).join(', ');
				expect(await storedState(address), `${chosen.policy}, ${chosen.maxMessages}: ${told}`).toEqual(comparable(state));
			}
		}),
		{ numRuns: 120 },
	);
});

interface Situation {
	readonly id: string;
	readonly pick: number;
	readonly address: string;
	readonly state: ConversationTurns;
	readonly sent: string[];
	readonly rules: TurnSettings;
}

/** Does to the store what `kind` says, and resolves with the same as inputs of the reducer. */
async function apply(kind: Kind, { id, pick, address, state, sent, rules }: Situation): Promise<TurnInput[]> {
	const turn = state.turns[pick % Math.max(1, state.turns.length)];
	const turnId = turn?.id ?? 'none';
	const some = sent.at(-1 - pick) ?? 'none';
	const element = (vendorId: string, more: object = {}) => ({
		connection_id: business.whatsapp.id, id: `msg_${id}_${vendorId}`, conversation_id: `cnv_${id}`, turn_id: `trn_${id}`, vendor_id: vendorId, address, address_kind: 'c.us',
		phone: '', name: '', type: 'text', text: vendorId, media: null, sent_at: new Date().toISOString(), vendor_order: 1, quiet_ms: rules.quietMs, max_wait_ms: rules.maxWaitMs,
		max_messages: rules.maxMessages, policy: rules.policy, flush: kind === 'button', voice_wait_ms: kind === 'voice' ? rules.voiceWaitMs : 0, traceparent: '', ...more,
	});
	switch (kind) {
		case 'message':
		case 'voice':
		case 'button':
			await ingest([element(id), element(id)]);
			sent.push(id);
			return [{ type: 'message', id, at: 0, turnId: `trn_${id}`, voice: kind === 'voice', flush: kind === 'button' }];
		case 'twice': {
			// Two messages in one call: both come at once, and neither before the other has made the turn due.
			const ids = [id, `${id}+`];
			await ingest(ids.map((one) => element(one)));
			sent.push(...ids);
			return ids.map((one) => ({ type: 'message', id: one, at: 0, turnId: `trn_${id}` }));
		}
		case 'clock':
			await db.asOwner(`UPDATE turns SET flush_at = now() WHERE conversation_id = (SELECT id FROM conversations WHERE chat_id = $1) AND state = 'collecting'`, [address]);
			await claim();
			return [{ type: 'clock', at: NEVER_FLUSHED }];
		case 'lease_expired':
			await db.asOwner(`UPDATE turns SET flush_at = now() + interval '1 hour' WHERE state = 'collecting'`);
			await db.asOwner(`UPDATE turns SET lease_until = now() WHERE id = $1 AND state IN ('delivering', 'delivered', 'decided')`, [turnId]);
			await claim();
			return [{ type: kind, turnId }];
		case 'read':
			if (turn?.phase === 'in_flight') await inTenant((sql) => turns.markRead(sql, turnId));
			return [{ type: kind, turnId }];
		case 'answered':
			if (turn?.phase === 'in_flight') await answer(turn);
			return [{ type: kind, turnId }];
		case 'closed':
			if (turn?.phase === 'in_flight') await inTenant((sql) => turns.finish(sql, turnId));
			if (turn?.phase === 'answered') await db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [turnId]);
			return [{ type: kind, turnId }];
		case 'human':
		case 'bot':
			await db.asOwner(`UPDATE conversations SET state = $2 WHERE chat_id = $1`, [address, kind]);
			// Before the first message there is no conversation to hand over.
			return [{ type: 'mode', mode: state.generation === 0 ? 'bot' : kind }];
		case 'edited':
		case 'deleted':
			if (some === 'none') return [];
			await db.database.system.query('SELECT * FROM revise_message($1)', [JSON.stringify(element(some, { id: `msg_${id}`, kind, at: new Date().toISOString() }))]);
			return [{ type: kind, id: some, at: 0, turnId: `trn_${id}` }];
		case 'transcribed':
			await db.database.system.query(`SELECT transcript_ready($1, 'heard')`, [`msg_${some}_${some}`]);
			return [{ type: kind, id: some }];
	}
}

async function ingest(elements: readonly object[]): Promise<void> {
	await db.database.system.query('SELECT * FROM ingest_messages($1)', [JSON.stringify(elements)]);
}

async function claim(): Promise<void> {
	await db.asOwner(`UPDATE turns SET lease_until = lease_until + interval '1 hour' WHERE lease_until > now() + interval '1 second'`);
	const claimed = await db.database.system.query<{ id: string }>("SELECT turn ->> 'id' AS id FROM claim_due_turns(100, 60000, $1), json_array_elements(claimed) AS turn", [MAX_ATTEMPTS]);
	for (const { id } of claimed.rows) await db.asOwner(`UPDATE turns SET state = 'delivered' WHERE id = $1`, [id]);
}

async function answer({ id, generation }: OpenTurn): Promise<void> {
	await inTenant(async (sql) => {
		const { conversation, event } = await turns.loadOpenTurn(sql, id);
		await turns.markDecided(sql, id, null);
		await enqueue(sql, {
			tenantId: business.tenantId, connectionId: event.connectionId, conversationId: conversation.id, turnId: id, generation,
			keyPrefix: id, author: 'assistant', parts: [{ kind: 'text', text: 'answer', mediaUrl: '' }],
		});
		await turns.finish(sql, id);
	});
}

async function storedState(address: string): Promise<unknown> {
	const [conversation] = await db.asOwner<{ id: string; state: string; generation: number }>('SELECT id, state, generation FROM conversations WHERE chat_id = $1', [address]);
	if (!conversation) return { mode: 'bot', generation: 0, turns: [] };
	const open = await db.asOwner<Record<string, unknown>>(
		`SELECT t.id, t.generation, t.attempts, t.supersedes, t.message_count AS arrived, t.window_ends_at <= clock_timestamp() AS at_once,
			CASE WHEN t.state IN ('collecting', 'waiting', 'dead') THEN t.state WHEN t.state = 'done' THEN 'answered' ELSE 'in_flight' END AS phase,
			(SELECT array_agg(m.vendor_message_id ORDER BY m.vendor_message_id) FROM messages m WHERE m.turn_id = t.id AND m.direction = 'in') AS messages,
			(SELECT array_agg(m.vendor_message_id ORDER BY m.vendor_message_id) FROM messages m
				WHERE m.turn_id = t.id AND m.direction = 'in' AND m.transcript_state = 'pending') AS pending
		 FROM turns t WHERE t.conversation_id = $1 AND (t.state IN ('collecting', 'waiting', 'delivering', 'delivered', 'decided', 'dead')
			OR (t.state = 'done' AND EXISTS (SELECT 1 FROM outbox o WHERE o.turn_id = t.id AND o.state = 'queued')))
		 ORDER BY t.opened_at`,
		[conversation.id],
	);
	return { mode: conversation.state, generation: conversation.generation, turns: open.map(({ at_once: atOnce, ...turn }) => ({ ...turn, ...(turn['phase'] === 'collecting' || turn['phase'] === 'waiting' ? { atOnce } : {}) })) };
}

/** Without the times, which are the database's; what ends at once is told by its window. */
function comparable(state: ConversationTurns): unknown {
	const sorted = (ids: readonly string[]) => (ids.length === 0 ? null : [...ids].sort());
	return {
		mode: state.mode,
		generation: state.generation,
		turns: state.turns.map(({ id, phase, generation, attempts, supersedes, arrived, messages, pending, flushAt, openedAt }) => ({
			id, phase, generation, attempts, supersedes, arrived, messages: sorted(messages), pending: sorted(Object.keys(pending)),
			...(phase === 'collecting' || phase === 'waiting' ? { atOnce: flushAt <= openedAt } : {}),
		})),
	};
}
