import { beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS, MOST_TEXT } from '../../provisioner/src/store/history/history.ts';
import type { ChatHistory, ErasureScope, HistoryMessage, HistoryPosition, RevisedMessage } from '../../provisioner/src/store/history/history.ts';

export interface ChatHistorySubject {
	readonly name: string;
	/** Over `now`, with this time to live. */
	readonly history: () => ChatHistory;
	readonly ttlDays: number;
	/** The clock of `history`. */
	readonly clock: { now: Date };
	/** Stores the messages at once, as the product does: revision 1 is new, a greater one is an edit. */
	append(messages: readonly RevisedMessage[]): Promise<void>;
	/** As the product does when that is deleted. */
	erase(scope: ErasureScope): Promise<void>;
	/** Nothing is stored; tenants a and b with their companies exist again. */
	reset(): Promise<void>;
}

/** Far ahead of the server's own clock: a real MongoDB deletes by that, whenever it likes. */
const START = new Date('2126-03-01T10:00:00.123Z');
const after = (ms: number) => new Date(START.getTime() + ms);

/** What every chat history must do. Messages are those of customers: whoever writes the others writes them the same way. */
export function chatHistoryContract(subject: ChatHistorySubject): void {
	const { clock } = subject;

	function message(id: string, change: Partial<RevisedMessage> = {}): RevisedMessage {
		const { tenantId = 'ten_a' } = change;
		return {
			id: `msg_${id}`, tenantId, companyId: tenantId.replace('ten', 'com'), conversationId: 'cnv_1', direction: 'in', author: 'customer', type: 'text', text: `text of ${id}`,
			turnId: null, sentAt: START, revision: 1, ...change,
		};
	}
	const conversation = (conversationId = 'cnv_1', tenantId = 'ten_a') => ({ tenantId, conversationId });
	const read = (place: HistoryPosition | null = null, limit = 100, of = conversation()) => subject.history().before(of, place, limit);
	const idsOf = (found: readonly HistoryMessage[]) => found.map(({ id }) => id.replace('msg_', '')).join(' ');
	const append = (...messages: RevisedMessage[]) => subject.append(messages);

	describe(`chat history in ${subject.name}`, () => {
		beforeEach(async () => {
			clock.now = after(60_000);
			await subject.reset();
		});

		test('gives back what was stored, to the millisecond', async () => {
			const { revision: _revision, turnId: _turnId, ...stored } = message('1', { type: 'voice', text: '' });
			await append(message('1', { type: 'voice', text: '' }));
			expect(await read()).toEqual([{ ...stored, turnId: expect.toBeOneOf([null, expect.any(String)]) }]);
		});

		test.each([
			['emoji of several parts', '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽'],
			['right to left, with marks', 'שָׁלוֹם، مرحبا \u202b(20%)\u202c'],
			['lines, quotes, what looks like a query', 'a\r\nb\t"c" \'d\' {"$gt": ""} $where \\ %'],
			['composed and decomposed, apart', 'é e\u0301'],
		])('keeps %s', async (_what, text) => {
			await append(message('1', { text }));
			expect((await read())[0]?.text).toBe(text);
		});

		test('bounds a text of 1 MB, and cuts no character in two', async () => {
			await append(message('1', { text: 'x'.repeat(1_000_000) }), message('2', { text: `x${'🌹'.repeat(250_000)}`, sentAt: after(1) }), message('3', { text: 'y'.repeat(MOST_TEXT), sentAt: after(2) }));
			const [exact, roses, long] = await read();
			expect(long?.text).toBe(`${'x'.repeat(MOST_TEXT - 1)}…`);
			expect(roses?.text).toBe(`x${'🌹'.repeat(MOST_TEXT / 2 - 1)}…`);
			expect(exact?.text).toBe('y'.repeat(MOST_TEXT));
		});

		test('the same message again is one message; a later revision replaces it, and an earlier one does not', async () => {
			await append(message('1'));
			await append(message('1'));
			expect(idsOf(await read())).toBe('1');
			await append(message('1', { text: 'third', revision: 3 }));
			await append(message('1', { text: 'second', revision: 2 }));
			await append(message('1'));
			expect((await read()).map(({ text }) => text)).toEqual(['third']);
		});

		test('newest first, by pages that neither repeat nor leave out, also at one time', async () => {
			const times = [5, 3, 3, 3, 1, 3, 4, 0, 3, 2];
			await append(...times.map((ms, index) => message(String(index), { sentAt: after(ms) })));
			const expected = '0 6 8 5 3 2 1 9 4 7';
			expect(idsOf(await read())).toBe(expected);
			for (const limit of [1, 2, 3, 7]) {
				const found: HistoryMessage[] = [];
				for (let place: HistoryPosition | null = null; ; ) {
					const page: readonly HistoryMessage[] = await read(place, limit);
					found.push(...page);
					const last = page.at(-1);
					if (page.length < limit || !last) break;
					place = await subject.history().placeOf(conversation(), last.id);
					expect(place).toEqual({ sentAt: last.sentAt, id: last.id });
				}
				expect(idsOf(found)).toBe(expected);
			}
		});

		test('the last ones before a time', async () => {
			await append(...[1, 2, 3, 4].map((ms) => message(String(ms), { sentAt: after(ms) })));
			expect(idsOf(await read({ sentAt: after(3), id: '' }, 2))).toBe('2 1');
			expect(idsOf(await read({ sentAt: START, id: '' }, 2))).toBe('');
		});

		test('another conversation, or another tenant, sees nothing of it, whatever it asks for', async () => {
			await append(message('1'), message('2', { conversationId: 'cnv_2' }), message('3', { tenantId: 'ten_b', conversationId: 'cnv_3' }));
			expect(idsOf(await read(null, 100, conversation('cnv_1', 'ten_b')))).toBe('');
			expect(idsOf(await read(null, 100, conversation('cnv_3', 'ten_b')))).toBe('3');
			expect(idsOf(await read(null, 100, conversation('cnv_2')))).toBe('2');
			for (const [id, of] of [['msg_1', conversation('cnv_1', 'ten_b')], ['msg_1', conversation('cnv_3', 'ten_b')], ['msg_2', conversation()], ['msg_9', conversation()]] as const) {
				expect(await subject.history().placeOf(of, id)).toBeNull();
			}
		});

		test('what has expired is not read, though nothing has deleted it', async () => {
			await append(message('1'), message('2', { sentAt: after(1_000) }));
			clock.now = after(subject.ttlDays * DAY_MS - 1);
			expect(idsOf(await read())).toBe('2 1');
			clock.now = after(subject.ttlDays * DAY_MS);
			expect(idsOf(await read())).toBe('2');
			expect(await subject.history().placeOf(conversation(), 'msg_1')).toBeNull();
			clock.now = after(subject.ttlDays * DAY_MS + 1_000);
			expect(idsOf(await read())).toBe('');
		});

		test('many at once, some of them twice, are all there once', async () => {
			const all = Array.from({ length: 60 }, (_, n) => message(String(n).padStart(2, '0'), { sentAt: after(n) }));
			await Promise.all([...all, ...all.slice(0, 20)].map((one) => append(one)));
			expect(idsOf((await read()).toReversed())).toBe(all.map(({ id }) => id.replace('msg_', '')).join(' '));
		});

		test.each<[what: string, scope: ErasureScope, left: string]>([
			['a conversation', { tenantId: 'ten_a', conversationId: 'cnv_1' }, '2 3'],
			['a company', { tenantId: 'ten_a', companyId: 'com_a' }, '3'],
			['a tenant', { tenantId: 'ten_a' }, '3'],
		])('forgets %s, and nothing else', async (_what, scope, left) => {
			await append(message('1'), message('2', { conversationId: 'cnv_2' }), message('3', { tenantId: 'ten_b', conversationId: 'cnv_3' }));
			await subject.erase(scope);
			const found = await Promise.all([read(), read(null, 9, conversation('cnv_2')), read(null, 9, conversation('cnv_3', 'ten_b'))]);
			expect(found.map(idsOf).filter(Boolean).join(' ')).toBe(left);
			await subject.erase(scope);
		});
	});
}
