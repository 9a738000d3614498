import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { TestDatabase } from '../../../test/database.ts';
import type { Account } from '../features/gateway/accounts.ts';
import { enqueue } from '../features/outbox/enqueue.ts';
import type { OutboxMessage } from '../features/outbox/enqueue.ts';
import { createOutbox } from '../features/outbox/outbox.ts';
import type { Outbox, OutboxDeps } from '../features/outbox/outbox.ts';
import type { Paces } from '../features/outbox/pace.ts';
import type { OutgoingPart } from '../features/outbox/senders.ts';
import type { Sql } from '../store/database.ts';
import { VendorError } from '../vendors/http.ts';
import type { VendorOutcome } from '../vendors/http.ts';
import { createBusiness } from './business.ts';
import type { Business } from './business.ts';
import { startGateway } from './gateway.ts';
import type { TestGateway } from './gateway.ts';

export interface OutboxState {
	readonly id: string;
	readonly text: string;
	readonly state: string;
	readonly attempts: number;
	readonly last_error: string | null;
	readonly vendor_message_id: string | null;
}

const UNLIMITED = { chat: { everyMs: 0.01, burst: 1_000 }, account: { everyMs: 0.01, burst: 1_000 }, documentation: '' };
/** A vendor that takes all that comes. */
export const unlimitedPaces: Paces = { whatsapp: UNLIMITED, telegram: UNLIMITED };

export interface WrittenTurn {
	readonly turnId: string;
	readonly conversationId: string;
	readonly generation: number;
}

/** For the tests of a file: a business on a real database, a gateway to write through, and a vendor that records what is sent. */
export function useOutbox() {
	let db: TestDatabase;
	let business: Business;
	let gateway: TestGateway;
	const running: Outbox[] = [];
	const sent: (OutgoingPart & { account: Account })[] = [];

	beforeAll(async () => {
		db = await createTestDatabase();
		business = await createBusiness(db, 'a', { quietMs: 60_000, maxWaitMs: 60_000 });
		gateway = await startGateway(db, business, { schedule: false });
	});
	afterAll(async () => {
		await gateway.stop();
		await db.close();
	});
	beforeEach(async () => {
		await db.asOwner('TRUNCATE messages, turns, conversations, customer_aliases, outbox, decisions, send_pace CASCADE');
		sent.length = 0;
		test.vendor = () => undefined;
	});
	afterEach(async () => {
		for (const outbox of running.splice(0)) await outbox.stop();
		await db.asOwner('UPDATE connections SET error_count = 0, last_error = NULL');
	});

	const inTenant = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => db.database.withTenant(business.tenantId, work);
	const parts = (): Promise<OutboxState[]> => db.asOwner<OutboxState & Record<string, unknown>>('SELECT id, text, state, attempts, last_error, vendor_message_id FROM outbox ORDER BY position');

	const test = {
		sent,
		running,
		inTenant,
		parts,
		/** What the vendor does with the next send; default: takes it. */
		vendor: (() => undefined) as (part: OutgoingPart) => Promise<void> | void,
		get db(): TestDatabase {
			return db;
		},
		get business(): Business {
			return business;
		},
		get gateway(): TestGateway {
			return gateway;
		},
		states: async (): Promise<string[]> => (await parts()).map(({ state }) => state),
		texts: (): string[] => sent.map(({ text }) => text),
		/** A process that sends. */
		start(options: Partial<OutboxDeps> = {}): Outbox {
			const send = async (account: Account, part: OutgoingPart): Promise<string> => {
				await test.vendor(part);
				sent.push({ ...part, account });
				return `true_${part.chatId}_OUT${sent.length}`;
			};
			const outbox = createOutbox({ database: db.database, accounts: gateway.accounts, senders: { whatsapp: send, telegram: send }, log: pino({ level: 'silent' }), paces: unlimitedPaces, ...options });
			outbox.start();
			running.push(outbox);
			return outbox;
		},
		/** Fails the next sends, one error each. */
		failNext(...errors: VendorError[]): void {
			test.vendor = () => {
				const error = errors.shift();
				if (error) throw error;
			};
		},
		/** A customer writes; resolves with the open turn. */
		async customerWrites(id: string, from = '34699111222@c.us'): Promise<WrittenTurn> {
			expect(await gateway.write(business, { id, from, body: id })).toBe(200);
			const [turn] = await db.asOwner<WrittenTurn & Record<string, unknown>>(
				`SELECT t.id AS "turnId", t.conversation_id AS "conversationId", t.generation FROM turns t JOIN messages m ON m.turn_id = t.id WHERE m.vendor_message_id = $1`,
				[id],
			);
			if (!turn) throw new Error('no turn');
			return turn;
		},
		reply(turn: WrittenTurn, texts: string[], change: Partial<OutboxMessage> = {}): OutboxMessage {
			return {
				tenantId: business.tenantId,
				connectionId: business.whatsapp.id,
				conversationId: turn.conversationId,
				turnId: turn.turnId,
				generation: turn.generation,
				keyPrefix: `decision-of-${turn.turnId}`,
				author: 'assistant',
				parts: texts.map((text) => ({ kind: 'text' as const, text, mediaUrl: '' })),
				...change,
			};
		},
		/** As the turn API answers: decision, then reply and end of the turn in one transaction. */
		async answer(turn: WrittenTurn, texts: string[]): Promise<string[]> {
			await db.asOwner(`UPDATE turns SET state = 'delivered' WHERE id = $1`, [turn.turnId]);
			return inTenant(async (sql) => {
				await gateway.turns.markDecided(sql, turn.turnId, null);
				const ids = await enqueue(sql, test.reply(turn, texts));
				await gateway.turns.finish(sql, turn.turnId);
				return ids;
			});
		},
	};
	return test;
}

export function vendorError(outcome: VendorOutcome, options: { retryAfterMs?: number; vendorStatus?: number } = {}): VendorError {
	return new VendorError('waha', outcome, `waha ${outcome}`, options);
}
