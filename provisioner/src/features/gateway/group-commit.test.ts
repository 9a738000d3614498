import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGroupCommit } from './group-commit.ts';
import type { FailureKind, GroupCommitOptions } from './group-commit.ts';

interface Message {
	readonly connectionId: string;
	readonly address: string;
	readonly bytes: number;
	readonly alone: boolean;
	readonly text: string;
}

const message = (connectionId: string, address: string, text: string, more: Partial<Message> = {}): Message => ({ connectionId, address, text, bytes: 100, alone: false, ...more });

class Failure extends Error {
	readonly kind: FailureKind;
	constructor(kind: FailureKind) {
		super(kind);
		this.kind = kind;
	}
}

/** A store that answers when it is told to. */
function start(options: Partial<GroupCommitOptions> = {}, check: (batch: readonly Message[]) => void = () => undefined) {
	const statements: { readonly batch: readonly Message[]; readonly finish: () => void }[] = [];
	const group = createGroupCommit<Message, string>(
		{
			store: (batch) =>
				new Promise((resolve, reject) => {
					const finish = () => {
						try {
							check(batch);
							resolve(batch.map(({ text }) => `stored ${text}`));
						} catch (error) {
							reject(error as Error);
						}
					};
					statements.push({ batch, finish });
				}),
			kindOf: (error) => (error instanceof Failure ? error.kind : 'refused'),
		},
		{ inFlight: 1, overlapAfterMs: 0, batch: 200, batchBytes: 1e6, waiting: 1_000, waitingPerConnection: 500, tries: 3, log: { warn: () => undefined }, pause: () => Promise.resolve(), ...options },
	);
	const texts = (index: number) => statements[index]?.batch.map(({ text }) => text);
	return { group, statements, texts };
}
const tick = () => new Promise<void>((resolve) => void setImmediate(() => setImmediate(resolve)));
/** Answers statements, one after the other, until none comes any more. */
async function finishAll(statements: readonly { readonly finish: () => void }[], from = 0): Promise<void> {
	for (let index = from; ; index += 1) {
		await tick();
		const statement = statements[index];
		if (!statement) return;
		statement.finish();
	}
}

describe('messages that arrive while a statement runs', () => {
	test('go together in the next, and each is answered once its own has committed', async () => {
		const { group, statements, texts } = start();
		const first = group.commit(message('c1', 'a', '1'));
		await tick();
		let answered = false;
		const rest = Promise.all(['2', '3', '4'].map((text) => group.commit(message('c1', text, text)))).then((all) => {
			answered = true;
			return all;
		});
		await tick();
		expect([texts(0), statements.length, answered]).toEqual([['1'], 1, false]);
		statements[0]?.finish();
		expect(await first).toBe('stored 1');
		await tick();
		expect([texts(1), answered]).toEqual([['2', '3', '4'], false]);
		statements[1]?.finish();
		expect(await rest).toEqual(['stored 2', 'stored 3', 'stored 4']);
		await group.idle();
		expect(group.load).toEqual({ waiting: 0, running: 0 });
	});

	test('are locked in one order by every process: connection, customer, arrival', async () => {
		const { group, texts } = start();
		for (const [connection, address, text] of [['c2', 'b', '1'], ['c1', 'z', '2'], ['c2', 'a', '3'], ['c2', 'b', '4'], ['c1', 'a', '5']] as const) {
			void group.commit(message(connection, address, text));
		}
		await tick();
		expect(texts(0)).toEqual(['5', '2', '3', '1', '4']);
	});

	test('a batch is bounded in messages and in bytes', async () => {
		const { group, statements } = start({ batch: 3, batchBytes: 1_000 });
		const all = Promise.all(Array.from({ length: 4 }, (_, index) => group.commit(message('c', String(index), 'small'))));
		const big = Promise.all(Array.from({ length: 3 }, (_, index) => group.commit(message('c', `big${index}`, 'big', { bytes: 600 }))));
		await finishAll(statements);
		await Promise.all([all, big]);
		expect(statements.map(({ batch }) => batch.length)).toEqual([3, 3, 1]);
	});
});

test("one customer's messages are never in two statements at once", async () => {
	const { group, statements, texts } = start({ inFlight: 3 });
	void group.commit(message('c', 'a', 'a1'));
	await tick();
	void group.commit(message('c', 'a', 'a2'));
	void group.commit(message('c', 'b', 'b1'));
	await tick();
	expect([texts(0), texts(1), statements.length]).toEqual([['a1'], ['b1'], 2]);
	statements[0]?.finish();
	await tick();
	expect(texts(2)).toEqual(['a2']);
});

test('a statement that takes long does not keep the others waiting', async () => {
	const { group, statements, texts } = start({ inFlight: 2, overlapAfterMs: 20 });
	void group.commit(message('c', 'a', 'locked out'));
	await tick();
	const begun = performance.now();
	const other = group.commit(message('c', 'b', 'other'));
	await tick();
	expect(statements).toHaveLength(1);
	while (statements.length === 1) await tick();
	expect(performance.now() - begun).toBeGreaterThan(15);
	expect(texts(1)).toEqual(['other']);
	statements[1]?.finish();
	expect(await other).toBe('stored other');
});

test('a flooded connection does not delay another, nor a flooding customer the others of their connection', async () => {
	const { group, statements, texts } = start({ batch: 4 });
	void group.commit(message('flood', 'x', 'first'));
	await tick();
	for (let index = 0; index < 100; index += 1) void group.commit(message('flood', `f${index % 2}`, `f${index}`));
	void group.commit(message('flood', 'quiet', 'same connection'));
	void group.commit(message('other', 'a', 'another connection'));
	statements[0]?.finish();
	await tick();
	expect(texts(1)).toHaveLength(4);
	expect(texts(1)).toContain('another connection');
	expect(texts(1)).toContain('same connection');
});

test('too many in all or of one connection: refused with a time to come again, the others are stored', async () => {
	const { group, statements } = start({ waiting: 5, waitingPerConnection: 3 });
	const results = Promise.allSettled([
		...Array.from({ length: 4 }, (_, index) => group.commit(message('c1', `${index}`, `c1 ${index}`))),
		...Array.from({ length: 3 }, (_, index) => group.commit(message('c2', `${index}`, `c2 ${index}`))),
	]);
	await finishAll(statements);
	expect((await results).map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as { code: string; status: number; details: unknown })))).toMatchObject([
		'stored c1 0', 'stored c1 1', 'stored c1 2', { code: 'overloaded', status: 503, details: { retry_after: 2 } },
		'stored c2 0', 'stored c2 1', { code: 'overloaded' },
	]);
	const later = group.commit(message('c1', '9', 'later'));
	await finishAll(statements, statements.length);
	expect(await later).toBe('stored later');
});

describe('a statement that fails', () => {
	test('for a lost race: again, as it is, so many times', async () => {
		let lost = 0;
		const { group, statements } = start({}, () => {
			lost += 1;
			if (lost <= 2) throw new Failure('again');
		});
		const both = Promise.all([group.commit(message('c', 'a', '1')), group.commit(message('c', 'b', '2'))]);
		await finishAll(statements);
		expect(await both).toEqual(['stored 1', 'stored 2']);
		expect(statements.map(({ batch }) => batch.length)).toEqual([2, 2, 2]);
	});

	test('for what is in it: only the request that brought it fails', async () => {
		const { group, statements } = start({}, (batch) => {
			if (batch.some(({ text }) => text === 'bad')) throw new Failure('refused');
		});
		const results = Promise.allSettled(['1', '2', 'bad', '4', '5', '6', '7'].map((text, index) => group.commit(message('c', String(index), text))));
		await finishAll(statements);
		expect((await results).map((result) => (result.status === 'fulfilled' ? result.value : 'failed'))).toEqual([
			'stored 1', 'stored 2', 'failed', 'stored 4', 'stored 5', 'stored 6', 'stored 7',
		]);
	});

	test('for the database: all at once, to be sent again', async () => {
		const { group, statements } = start({}, () => {
			throw new Failure('unavailable');
		});
		const results = Promise.allSettled(['1', '2', '3'].map((text) => group.commit(message('c', text, text))));
		await finishAll(statements);
		expect((await results).map((result) => (result.status === 'rejected' ? (result.reason as { code: string }).code : ''))).toEqual(['store_unavailable', 'store_unavailable', 'store_unavailable']);
		expect(statements).toHaveLength(1);
	});
});

test('an edit goes alone, in its place between its customer\'s messages', async () => {
	const { group, statements, texts } = start({ inFlight: 2 });
	const all = Promise.all([
		group.commit(message('c', 'a', 'a1')),
		group.commit(message('c', 'a', 'edit of a1', { alone: true })),
		group.commit(message('c', 'a', 'a2')),
		group.commit(message('c', 'b', 'b1')),
	]);
	await finishAll(statements);
	await all;
	expect(statements.map((_, index) => texts(index))).toEqual([['a1', 'b1'], ['edit of a1'], ['a2']]);
});

test('whatever comes and however statements end: all is stored once, each customer\'s in order, none in two statements', async () => {
	const arrivals = fc.array(fc.record({ connection: fc.integer({ min: 0, max: 3 }), address: fc.integer({ min: 0, max: 3 }), alone: fc.boolean(), statementEnds: fc.nat(3) }), { maxLength: 60 });
	await fc.assert(
		fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), async (events, inFlight, batch) => {
			const { group, statements } = start({ inFlight, batch });
			const finished = new Set<number>();
			const done: string[] = [];
			const open = () => statements.map((_, index) => index).filter((index) => !finished.has(index));
			const end = async (nth: number) => {
				const held = open().flatMap((index) => [...new Set(statements[index]?.batch.map(({ connectionId, address }) => `${connectionId}/${address}`))]);
				expect(new Set(held).size).toBe(held.length);
				expect(open().length).toBeLessThanOrEqual(inFlight);
				const index = open()[nth % Math.max(1, open().length)];
				if (index === undefined) return;
				finished.add(index);
				done.push(...(statements[index]?.batch.map(({ text }) => text) ?? []));
				statements[index]?.finish();
				await tick();
			};
			const answers = events.map(async (event, index) => group.commit(message(`c${event.connection}`, `a${event.address}`, `${event.connection}/${event.address}/${index}`, { alone: event.alone })));
			await tick();
			for (const event of events) await end(event.statementEnds);
			while (open().length > 0) await end(0);
			await Promise.all(answers);
			await group.idle();
			expect(done.toSorted()).toEqual(events.map((event, index) => `${event.connection}/${event.address}/${index}`).toSorted());
			for (const customer of new Set(done.map((text) => text.slice(0, 3)))) {
				const order = done.filter((text) => text.startsWith(customer)).map((text) => Number(text.slice(4)));
				expect(order).toEqual(order.toSorted((a, b) => a - b));
			}
		}),
		{ numRuns: 100 },
	);
});
