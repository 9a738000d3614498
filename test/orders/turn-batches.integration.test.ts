import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, PLATFORM_KEY, WORKER_KEY } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let a: Business;
let b: Business;
let phone = 32_492_000_000;
const nextCustomer = () => String((phone += 1));
beforeAll(async () => {
	world = await createWorld();
	a = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, settings: { handover_keywords: ['manager'] } });
	b = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(() => world.close());

const QUESTION = 'How much is the Blue lamp?';
const decideAll = (turnIds: readonly string[], key = WORKER_KEY, headers: Record<string, string> = {}) =>
	world.call('POST', '/v1/turns/decisions', { data: turnIds.map((turn_id) => ({ turn_id, proposal: null })) }, key, headers);
const replyAll = (items: readonly { turn_id: string; decision_id?: string; text?: string }[], key = WORKER_KEY) => world.call('POST', '/v1/turns/replies', { data: items }, key);
const problemOf = (item: Json | undefined) => item?.['problem'] as Json | undefined;
const answerOf = (item: Json | undefined) => item?.['answer'] as Json;
const decisionOf = (item: Json | undefined) => answerOf(item)['decision'] as Json;
const decisionsOf = (list: Json) => (list.data ?? []).map((item) => ({ turn_id: String(item['turn_id']), decision_id: String(decisionOf(item)['decisionId']) }));
const turnStates = async (turnIds: readonly string[]) =>
	(await world.db.asOwner<{ state: string }>('SELECT state FROM turns WHERE id = ANY ($1) ORDER BY array_position($1, id)', [turnIds])).map(({ state }) => state);
const stateAndExecution = (turnId: string) => world.db.asOwner('SELECT state, execution_id FROM turns WHERE id = $1', [turnId]);

describe('turns of several businesses in one call', () => {
	test('are decided and answered, each with its own words, in the order of the request', async () => {
		const customers = Array.from({ length: 6 }, nextCustomer);
		const turnIds: string[] = [];
		for (const [index, customer] of customers.entries()) turnIds.push(await world.customerWrites(index % 2 ? b : a, customer, QUESTION));
		const decided = await decideAll(turnIds, WORKER_KEY, { 'concierge-execution-id': '815' });
		expect(decided).toMatchObject({ status: 200, body: { object: 'list' } });
		expect(decided.body.data?.map((item) => [item['turn_id'], item['ok'], answerOf(item)['next'], decisionOf(item)['turnId']])).toEqual(
			turnIds.map((turnId) => [turnId, true, 'reply', turnId]),
		);
		expect(await stateAndExecution(turnIds[0] ?? '')).toEqual([{ state: 'decided', execution_id: '815' }]);
		const replied = await replyAll(decisionsOf(decided.body));
		expect(replied.body.data?.map((item) => [item['turn_id'], answerOf(item)['status']])).toEqual(turnIds.map((turnId) => [turnId, 'queued']));
		expect(await turnStates(turnIds)).toEqual(turnIds.map(() => 'done'));
		for (const [index, customer] of customers.entries()) {
			expect(await world.outboxOf(customer)).toMatchObject([{ kind: 'text', text: decisionOf(decided.body.data?.[index])['response'], author: 'assistant' }]);
			const rows = await world.db.asOwner<{ session: Json; own: boolean }>(
				`SELECT c.session, c.session = d.session AND c.tenant_id = d.tenant_id AND o.tenant_id = c.tenant_id AS own
				 FROM conversations c JOIN decisions d ON d.conversation_id = c.id JOIN outbox o ON o.conversation_id = c.id WHERE c.chat_id = $1`,
				[`${customer}@c.us`],
			);
			expect(rows).toMatchObject([{ session: { greeted: true, language: 'English' }, own: true }]);
		}
	});

	test('get the same answers as one by one', async () => {
		const texts = [QUESTION, 'Hello', 'I would like a Green chair', 'Hola, ¿qué tenéis?', 'I want to talk to a manager', ORDER_TEXT];
		const [alone, together] = [texts.map(nextCustomer), texts.map(nextCustomer)];
		const essence = (body: Json) => {
			const { decisionId: _d, conversationId: _c, turnId: _t, sender: _s, ...decision } = body['decision'] as Json;
			return { next: body['next'], decision };
		};
		const singles: unknown[] = [];
		for (const [index, text] of texts.entries()) {
			const turnId = await world.customerWrites(a, alone[index] ?? '', text);
			singles.push(essence((await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null })).body));
		}
		const turnIds: string[] = [];
		for (const [index, text] of texts.entries()) turnIds.push(await world.customerWrites(a, together[index] ?? '', text));
		expect((await decideAll(turnIds)).body.data?.map((item) => essence(answerOf(item)))).toEqual(singles);
	});

	test('a tenant’s key reaches its own among them only; the others are not there for it', async () => {
		const own = await world.customerWrites(a, nextCustomer(), QUESTION);
		const foreign = await world.customerWrites(b, nextCustomer(), QUESTION);
		const decided = await decideAll([foreign, own, 'trn_none'], a.key);
		expect(decided.status).toBe(200);
		expect(decided.body.data).toMatchObject([
			{ turn_id: foreign, ok: false, problem: { status: 404, code: 'turn_not_found' } },
			{ turn_id: own, ok: true },
			{ turn_id: 'trn_none', ok: false, problem: { status: 404, code: 'turn_not_found' } },
		]);
		expect(await turnStates([foreign, own])).toEqual(['delivered', 'decided']);
		const [taken] = decisionsOf((await decideAll([foreign])).body);
		const replied = await replyAll([taken ?? { turn_id: '' }, { turn_id: own, decision_id: String(decisionOf(decided.body.data?.[1])['decisionId']) }, { turn_id: foreign, text: 'Hi' }], a.key);
		expect(replied.body.data).toMatchObject([
			{ ok: false, problem: { status: 404, code: 'turn_not_found' } },
			{ ok: true, answer: { object: 'reply', status: 'queued', turn_id: own } },
			{ ok: false, problem: { status: 404, code: 'turn_not_found' } },
		]);
		expect(await turnStates([foreign])).toEqual(['decided']);
		// Another tenant's decision does not pass for one's own turn, either.
		const other = await world.customerWrites(a, nextCustomer(), QUESTION);
		expect(problemOf((await replyAll([{ turn_id: other, decision_id: taken?.decision_id ?? '' }], a.key)).body.data?.[0])).toMatchObject({ code: 'decision_not_found' });
		expect((await decideAll([foreign], PLATFORM_KEY)).body.data).toMatchObject([{ ok: true }]);
	});
});

describe('a turn that can’t be answered', () => {
	test('fails alone, with the problem that it would have by itself', async () => {
		const customer = nextCustomer();
		const old = await world.customerWrites(a, customer, 'Hello');
		const current = await world.customerWrites(a, customer, QUESTION);
		const closed = await world.customerWrites(a, nextCustomer(), 'ok');
		await world.call('POST', `/v1/turns/${closed}/no_reply`);
		const { body } = await decideAll([old, closed, current]);
		expect(body.data).toMatchObject([
			{ turn_id: old, ok: false, problem: { status: 409, code: 'turn_superseded', detail: expect.stringContaining(old) as string } },
			{ turn_id: closed, ok: false, problem: { status: 409, code: 'turn_closed' } },
			{ turn_id: current, ok: true },
		]);
		const { decision_id: decisionId } = decisionsOf({ data: [body.data?.[2] ?? {}] })[0] ?? {};
		const replied = await replyAll([{ turn_id: closed, decision_id: 'dec_x' }, { turn_id: current, decision_id: 'dec_none' }, { turn_id: current, decision_id: String(decisionId) }]);
		expect(replied.body.data?.map((item) => problemOf(item)?.code ?? answerOf(item)['status'])).toEqual(['no_reply', 'decision_not_found', 'queued']);
	});

	test('because its proposal breaks a rule is told so alone, and kept for the operator', async () => {
		const [wrong, right] = [await world.customerWrites(a, nextCustomer(), QUESTION), await world.customerWrites(a, nextCustomer(), QUESTION)];
		const proposal = (response: string) => ({ response, language: 'English', intent: 'question', focus_sku: 'A1' });
		const { body } = await world.call('POST', '/v1/turns/decisions', {
			data: [{ turn_id: wrong, proposal: proposal('The Blue lamp costs €19.00.'), model: 'm' }, { turn_id: right, proposal: proposal('The Blue lamp costs €20.00.'), model: 'm' }],
		});
		expect(body.data).toMatchObject([{ ok: true, answer: { accepted: false, violations: [{ rule: 1 }] } }, { ok: true, answer: { accepted: true, decision: { origin: 'model', model: 'm' } } }]);
		expect(await world.db.asOwner('SELECT model FROM rejected_proposals WHERE turn_id = $1', [wrong])).toEqual([{ model: 'm' }]);
		const again = await world.call('POST', '/v1/turns/decisions', { data: [{ turn_id: wrong, proposal: { foo: 1 }, model: 'm', attempt: 2 }] });
		expect(again.body.data).toMatchObject([{ answer: { accepted: true, decision: { origin: 'fallback' } } }]);
		expect(await world.db.asOwner('SELECT 1 FROM rejected_proposals WHERE turn_id = $1', [wrong])).toHaveLength(2);
	});

	test('because a person has the conversation is not answered; a hand-over is sent and silences the bot', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'I want to talk to a manager');
		const decided = await decideAll([turnId]);
		expect(answerOf(decided.body.data?.[0])['next']).toBe('handover');
		expect((await replyAll(decisionsOf(decided.body))).body.data).toMatchObject([{ answer: { status: 'queued' } }]);
		expect((await world.outboxOf(customer))[0]).toMatchObject({ generation: null, author: 'assistant' });
		const next = await world.customerWrites(a, customer, 'Are you there?');
		expect((await replyAll(decisionsOf((await decideAll([next])).body))).body.data).toMatchObject([{ answer: { status: 'human', parts: [] } }]);
	});
});

describe('once', () => {
	test('however often and however concurrently it is asked for, alone and together', async () => {
		const customers = Array.from({ length: 5 }, nextCustomer);
		const turnIds: string[] = [];
		for (const customer of customers) turnIds.push(await world.customerWrites(a, customer, QUESTION));
		const asked = await Promise.all([
			decideAll(turnIds), decideAll(turnIds.toReversed()), decideAll([...turnIds, ...turnIds]),
			...turnIds.map((turnId) => world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null })),
		]);
		const [first] = asked;
		const expected = new Map(first?.body.data?.map((item) => [item['turn_id'], decisionOf(item)]));
		const got = asked.flatMap(({ body }) => body.data?.map((item) => decisionOf(item)) ?? [body['decision'] as Json]);
		expect(got).toHaveLength(25);
		for (const decision of got) expect(decision).toEqual(expected.get(decision['turnId']));
		expect(await world.db.asOwner('SELECT 1 FROM decisions WHERE turn_id = ANY ($1)', [turnIds])).toHaveLength(5);

		const items = decisionsOf(first?.body ?? {});
		const replies = await Promise.all([replyAll(items), replyAll(items.toReversed()), replyAll([...items, ...items]), ...items.map(({ turn_id, decision_id }) => world.call('POST', `/v1/turns/${turn_id}/reply`, { decision_id }))]);
		const answers = replies.flatMap(({ body }) => body.data?.map((item) => answerOf(item)) ?? [body]);
		expect(answers.map((answer) => answer['status']).toSorted()).toEqual([...Array.from({ length: 20 }, () => 'already_queued'), ...Array.from({ length: 5 }, () => 'queued')]);
		for (const customer of customers) expect(await world.outboxOf(customer)).toHaveLength(1);
	});

	test('texts of one turn keep their order', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'Hello');
		const texts = ['One', 'Two', 'Three', 'Two'];
		const { body } = await replyAll(texts.map((text) => ({ turn_id: turnId, text })));
		expect(body.data?.map((item) => answerOf(item)['status'])).toEqual(['queued', 'queued', 'queued', 'already_queued']);
		expect((await world.outboxOf(customer)).map(({ text }) => text)).toEqual(['One', 'Two', 'Three']);
	});

	test('an order that waits for its payment is answered with its link, one that was not checked out is not', async () => {
		const [paying, unready] = [nextCustomer(), nextCustomer()];
		const ordered = await commit(world, a, paying, ORDER_TEXT);
		const forgotten = await commit(world, a, unready, ORDER_TEXT);
		const checkout = await world.call('POST', `/v1/turns/${ordered.turnId}/checkout`, { decision_id: ordered.decisionId });
		const { body } = await replyAll([{ turn_id: ordered.turnId, decision_id: ordered.decisionId }, { turn_id: forgotten.turnId, decision_id: forgotten.decisionId }]);
		expect(body.data).toMatchObject([{ answer: { status: 'queued' } }, { ok: false, problem: { status: 409, code: 'checkout_missing' } }]);
		expect((await world.outboxOf(paying))[0]?.text).toContain(String(checkout.body['payment_url']));
		const [conversation] = await world.db.asOwner<{ session: Json }>('SELECT session FROM conversations WHERE chat_id = $1', [`${paying}@c.us`]);
		expect(conversation?.session['paymentStatus']).toBe('payment_link_sent');
	});
});

describe('what changes between reading and storing', () => {
	/** Runs once what the service is about to store has been read. */
	async function meanwhile(functionName: string, act: () => Promise<unknown>): Promise<() => Promise<void>> {
		const { system } = world.db.database;
		const original = system.query;
		let done = false;
		Object.assign(system, {
			query: async (text: string, values?: readonly unknown[], name?: string) => {
				if (!done && text.includes(functionName)) {
					done = true;
					await act();
				}
				return original(text, values, name);
			},
		});
		return async () => void Object.assign(system, { query: original });
	}

	test('a newer message: the decision is not made', async () => {
		const customer = nextCustomer();
		const [turnId, other] = [await world.customerWrites(a, customer, QUESTION), await world.customerWrites(a, nextCustomer(), QUESTION)];
		const restore = await meanwhile('store_decisions', () => world.customerWrites(a, customer, 'and the Green chair?'));
		const { body } = await decideAll([turnId, other]).finally(restore);
		expect(body.data).toMatchObject([{ ok: false, problem: { code: 'turn_superseded' } }, { ok: true }]);
		expect(await world.db.asOwner('SELECT 1 FROM decisions WHERE turn_id = $1', [turnId])).toEqual([]);
	});

	test('an order of the conversation: the decision is made from what holds now', async () => {
		const customer = nextCustomer();
		const { turnId: first, decisionId } = await commit(world, a, customer, ORDER_TEXT);
		await world.call('POST', `/v1/turns/${first}/checkout`, { decision_id: decisionId });
		await replyAll([{ turn_id: first, decision_id: decisionId }]);
		await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [first]);
		const turnId = await world.customerWrites(a, customer, 'Is my order paid?');
		const restore = await meanwhile('store_decisions', () => world.db.asOwner(`UPDATE orders SET status = 'paid', paid_at = now() WHERE decision_id = $1`, [decisionId]));
		const { body } = await decideAll([turnId]).finally(restore);
		expect(String(decisionOf(body.data?.[0])['response']).toLowerCase()).toContain('paid');
		expect(String(decisionOf(body.data?.[0])['response'])).not.toContain('/pay/');
	});

	test('a newer message: the reply is not sent; the others are', async () => {
		const [customer, other] = [nextCustomer(), nextCustomer()];
		const turnIds = [await world.customerWrites(a, customer, QUESTION), await world.customerWrites(a, other, QUESTION)];
		const items = decisionsOf((await decideAll(turnIds)).body);
		const restore = await meanwhile('store_replies', () => world.customerWrites(a, customer, 'and the Green chair?'));
		const { body } = await replyAll(items).finally(restore);
		expect(body.data?.map((item) => answerOf(item)['status'])).toEqual(['superseded', 'queued']);
		expect(await world.outboxOf(customer)).toEqual([]);
		expect(await world.outboxOf(other)).toHaveLength(1);
	});

	test('a failure to store them together: they are stored one by one', async () => {
		const turnIds = [await world.customerWrites(a, nextCustomer(), QUESTION), await world.customerWrites(b, nextCustomer(), QUESTION)];
		const broken = () => Promise.reject(new Error('deadlock detected'));
		const restoreDecisions = await meanwhile('store_decisions', broken);
		const decided = await decideAll(turnIds).finally(restoreDecisions);
		expect(decided.body.data).toMatchObject([{ ok: true }, { ok: true }]);
		const restoreReplies = await meanwhile('store_replies', broken);
		const { body } = await replyAll(decisionsOf(decided.body)).finally(restoreReplies);
		expect(body.data).toMatchObject([{ answer: { status: 'queued' } }, { answer: { status: 'queued' } }]);
	});
});

test('a list that is empty, too long or of another form is refused whole', async () => {
	for (const data of [[], Array.from({ length: 51 }, (_, index) => ({ turn_id: `trn_${index}` })), [{}], [{ turn_id: 'trn_1', attempt: 3 }]]) {
		expect(await world.call('POST', '/v1/turns/decisions', { data })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
	}
	expect(await replyAll([{ turn_id: 'trn_1' }])).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});
