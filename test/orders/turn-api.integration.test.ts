import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, commit, createWorld, ORDER_TEXT, WORKER_KEY } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
let a: Business;
let phone = 32_490_000_000;
const nextCustomer = () => String((phone += 1));
beforeAll(async () => {
	world = await createWorld();
	a = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, settings: { handover_keywords: ['manager'], instructions: 'Be brief.' } });
});
afterAll(() => world.close());

const propose = (turnId: string, body: Record<string, unknown>, key = WORKER_KEY, headers: Record<string, string> = {}) =>
	world.call('POST', `/v1/turns/${turnId}/decision`, body, key, headers);
const reply = async (turnId: string, body: unknown, key = WORKER_KEY) => world.call('POST', `/v1/turns/${turnId}/reply`, body, key);
const proposal = (response: string, more: Record<string, unknown> = {}) => ({ response, language: 'English', intent: 'question', send_payment_link: false, ...more });
const turnState = async (turnId: string) =>
	(await world.db.asOwner<{ state: string; execution_id: string | null }>('SELECT state, execution_id FROM turns WHERE id = $1', [turnId]))[0];
const decisionIdOf = (body: Json) => String((body['decision'] as Json)['decisionId']);

describe('the lease of a turn', () => {
	const lease = async (turnId: string) => (await world.db.asOwner<{ ahead: number; held: number }>(
		'SELECT extract(epoch FROM lease_until - clock_timestamp())::float AS ahead, extract(epoch FROM lease_until - delivered_at)::float AS held FROM turns WHERE id = $1', [turnId],
	))[0];
	const nearlyOver = (turnId: string, delivered: string) =>
		world.db.asOwner(`UPDATE turns SET lease_until = clock_timestamp() + interval '5 seconds', delivered_at = clock_timestamp() - $2::interval WHERE id = $1`, [turnId, delivered]);

	test('begins anew with whatever shows that the agent is at work', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'How much is the Blue lamp?');
		const signs = [
			() => world.call('GET', `/v1/turns/${turnId}/context`),
			() => world.call('POST', `/v1/turns/${turnId}/tools/search_catalog`, { query: 'lamp' }),
			() => world.call('GET', `/v1/turns/${turnId}/pictures/none`),
			async () => expect((await propose(turnId, { proposal: { foo: 1 }, model: 'model-x', attempt: 1 })).body['accepted']).toBe(false),
		];
		for (const sign of signs) {
			await nearlyOver(turnId, '2 minutes');
			await sign();
			expect((await lease(turnId))?.ahead).toBeGreaterThan(50);
		}
	});

	test('is ten times as long in all', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'How much is the Blue lamp?');
		await nearlyOver(turnId, '580 seconds');
		await world.call('GET', `/v1/turns/${turnId}/context`);
		expect((await lease(turnId))?.held).toBeCloseTo(600, 1);
		await nearlyOver(turnId, '700 seconds');
		await world.call('GET', `/v1/turns/${turnId}/context`);
		expect((await lease(turnId))?.ahead).toBeLessThan(6);
	});
});

describe('context and tools', () => {
	test('hold what a model may know and no internal field', async () => {
		const customer = nextCustomer();
		const first = await world.customerWrites(a, customer, 'Hello, what do you have?');
		const decided = await propose(first, { proposal: null });
		await reply(first, { decision_id: decisionIdOf(decided.body) });
		const turnId = await world.customerWrites(a, customer, 'How much is the Blue lamp?');
		const { status, body } = await world.call('GET', `/v1/turns/${turnId}/context`);
		expect(status).toBe(200);
		expect(body).toMatchObject({
			turn: { turnId, text: expect.stringContaining('Blue lamp') as string },
			company: { name: 'Company', currency: 'eur', instructions: 'Be brief.' },
			session: { hasCurrentNumber: true },
			digest: { itemCount: 3 },
		});
		expect(JSON.stringify(body)).not.toMatch(/stock|handoverKeywords|paymentReady/);
		const found = await world.call('POST', `/v1/turns/${turnId}/tools/search_catalog`, { query: 'lamp' });
		expect(found.body['result']).toMatchObject({ items: [{ sku: 'A1', name: 'Blue lamp' }] });
		expect(JSON.stringify(found.body)).not.toMatch(/stock/);
		expect((await world.call('POST', `/v1/turns/${turnId}/tools/get_order_status`, {})).body).toEqual({ result: { order: null } });
		expect((await world.call('POST', `/v1/turns/${turnId}/tools/no_such`, {})).body['result']).toHaveProperty('error');
	});

	test('hold the messages before the turn as history, oldest first, and the session that the last reply left', async () => {
		const customer = nextCustomer();
		const first = await world.customerWrites(a, customer, 'I would like a Green chair');
		const decided = await propose(first, { proposal: null });
		await reply(first, { decision_id: decisionIdOf(decided.body) });
		const [conversation] = await world.db.asOwner<{ id: string; session: Json }>('SELECT id, session FROM conversations WHERE chat_id = $1', [`${customer}@c.us`]);
		expect(conversation?.session).toMatchObject({ greeted: true, language: 'English' });
		await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [first]);
		await world.db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, author, sent_at)
			 VALUES ($1, $2, $3, $4, 'out', $1, 'Which city?', 'assistant', now())`,
			[`msg_out_${customer}`, a.tenantId, conversation?.id, a.connectionId],
		);
		const turnId = await world.customerWrites(a, customer, 'Ghent');
		const { body } = await world.call('GET', `/v1/turns/${turnId}/context`);
		expect((body['history'] as Json[]).map(({ role, text }) => [role, text])).toEqual([
			['customer', 'I would like a Green chair'], ['assistant', 'Which city?'],
		]);
	});

	test('what has expired is no history, though it is still stored', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'and the lamp?');
		await world.db.asOwner(
			`INSERT INTO messages (id, tenant_id, conversation_id, connection_id, direction, vendor_message_id, text, author, sent_at)
			 SELECT x.text, t.tenant_id, t.conversation_id, t.connection_id, 'out', x.text, x.text, 'assistant', now() - make_interval(days => x.days)
			 FROM turns t, (VALUES ('almost a year ago', 364), ('a year ago', 365)) AS x (text, days) WHERE t.id = $1`,
			[turnId],
		);
		const { body } = await world.call('GET', `/v1/turns/${turnId}/context`);
		expect((body['history'] as Json[]).map(({ text }) => text)).toEqual(['almost a year ago']);
	});

	test('what the customer writes joins until the agent has read; after that it waits for its own answer, and is no history', async () => {
		const customer = nextCustomer();
		const write = (text: string) => world.customerWrites(a, customer, text, { policy: 'append' });
		const turnId = await write('Hello');
		expect(await write('How much is the Blue lamp?')).toBe(turnId);
		const before = (await world.call('GET', `/v1/turns/${turnId}/context`)).body;
		expect(before['turn']).toMatchObject({ text: 'Hello\nHow much is the Blue lamp?' });
		const waiting = await write('And the Green chair?');
		expect(waiting).not.toBe(turnId);
		expect(await turnState(waiting)).toMatchObject({ state: 'waiting' });
		expect((await world.call('GET', `/v1/turns/${turnId}/context`)).body).toEqual(before);
		const decided = await propose(turnId, { proposal: null });
		expect((await reply(turnId, { decision_id: decisionIdOf(decided.body) })).body).toMatchObject({ status: 'queued' });
		expect(await turnState(waiting)).toMatchObject({ state: 'collecting' });
	});
});

describe('a decision', () => {
	test('is made once a turn, also when asked for ten times at once; the execution is recorded', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'How much is the Blue lamp?');
		const answers = await Promise.all(Array.from({ length: 10 }, () => propose(turnId, { proposal: null }, WORKER_KEY, { 'concierge-execution-id': '4711' })));
		for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: answers[0]?.body ?? {} });
		expect(await world.db.asOwner('SELECT 1 FROM decisions WHERE turn_id = $1', [turnId])).toHaveLength(1);
		expect(await turnState(turnId)).toEqual({ state: 'decided', execution_id: '4711' });
		// Another proposal does not change it any more.
		expect((await propose(turnId, { proposal: proposal('Something else'), model: 'gpt', attempt: 1 })).body).toEqual(answers[0]?.body);
	});

	test('with a wrong price is sent back once and kept for the operator; then the backend answers by itself', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'How much is the Blue lamp?');
		const wrong = proposal('The Blue lamp costs €19.00.', { focus_sku: 'A1' });
		const first = await propose(turnId, { proposal: wrong, model: 'model-x', attempt: 1 });
		expect(first).toMatchObject({ status: 200, body: { object: 'decision', accepted: false, violations: [{ rule: 1 }] } });
		expect(await world.db.asOwner('SELECT model FROM rejected_proposals WHERE turn_id = $1', [turnId])).toEqual([{ model: 'model-x' }]);
		const second = await propose(turnId, { proposal: wrong, model: 'model-x', attempt: 2 });
		expect(second.body).toMatchObject({ accepted: true, next: 'reply', decision: { origin: 'fallback', turnId } });
		expect(JSON.stringify((second.body['decision'] as Json)['response'])).not.toContain('19');
	});

	test('that can’t be read is sent back, and on the second attempt answered safely', async () => {
		const turnId = await world.customerWrites(a, nextCustomer(), 'How much is the Blue lamp?');
		const first = await propose(turnId, { proposal: { foo: 1 }, model: 'model-x', attempt: 1 });
		expect(first.body).toMatchObject({ accepted: false, violations: [{ code: 'malformed_proposal' }] });
		const second = await propose(turnId, { proposal: 'no json', model: 'model-x', attempt: 2 });
		expect(second.body).toMatchObject({ accepted: true, decision: { origin: 'fallback', model: 'model-x' } });
		expect(String((second.body['decision'] as Json)['response'])).not.toBe('');
	});

	test('is a conflict for a superseded or closed turn, and 404 for one that isn’t there', async () => {
		const customer = nextCustomer();
		const old = await world.customerWrites(a, customer, 'Hello');
		const current = await world.customerWrites(a, customer, 'How much is the Blue lamp?');
		expect(await propose(old, { proposal: null })).toMatchObject({ status: 409, body: { code: 'turn_superseded' } });
		await world.call('POST', `/v1/turns/${current}/no_reply`);
		expect(await propose(current, { proposal: null })).toMatchObject({ status: 409, body: { code: 'turn_closed' } });
		expect(await propose('trn_none', { proposal: null })).toMatchObject({ status: 404, body: { code: 'turn_not_found' } });
		expect(await propose(current, { proposal: null, attempt: 3 })).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
	});
});

describe('a reply', () => {
	test('is queued once, ends the turn and leaves the decision’s session', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'How much is the Blue lamp?');
		const decided = await propose(turnId, { proposal: null });
		const body = { decision_id: decisionIdOf(decided.body) };
		const answers = await Promise.all([reply(turnId, body), reply(turnId, body), reply(turnId, body)]);
		expect(answers.map((answer) => answer.body['status']).toSorted()).toEqual(['already_queued', 'already_queued', 'queued']);
		expect(new Set(answers.map((answer) => JSON.stringify(answer.body['parts']))).size).toBe(1);
		expect((await turnState(turnId))?.state).toBe('done');
		expect((await world.outboxOf(customer)).filter(({ kind }) => kind === 'text')).toHaveLength(1);
	});

	test('to a turn that a newer message superseded is not queued', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'How much is the Blue lamp?');
		const decided = await propose(turnId, { proposal: null });
		await world.customerWrites(a, customer, 'and the Green chair?');
		expect(await reply(turnId, { decision_id: decisionIdOf(decided.body) })).toMatchObject({ status: 200, body: { status: 'superseded', parts: [] } });
		expect(await world.outboxOf(customer)).toEqual([]);
	});

	test('of the operator’s own words is marked as theirs', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'Hello');
		expect((await reply(turnId, { text: 'We are closed today.' })).body).toMatchObject({ object: 'reply', status: 'queued', turn_id: turnId });
		expect(await world.outboxOf(customer)).toMatchObject([{ text: 'We are closed today.', author: 'operator' }]);
		// The same words of a repeated call are sent once; other words may follow until the customer writes again.
		expect((await reply(turnId, { text: 'We are closed today.' })).body['status']).toBe('already_queued');
		expect((await reply(turnId, { text: 'We open at nine.' })).body['status']).toBe('queued');
		expect((await world.outboxOf(customer)).map(({ text }) => text)).toEqual(['We are closed today.', 'We open at nine.']);
		await world.db.asOwner(`UPDATE turns SET done_at = now() - interval '11 minutes' WHERE id = $1`, [turnId]);
		expect(await reply(turnId, { text: 'Much later.' })).toMatchObject({ status: 409, body: { code: 'turn_closed' } });
		await world.customerWrites(a, customer, 'And tomorrow?');
		expect((await reply(turnId, { text: 'Too late.' })).body['status']).not.toBe('queued');
		expect((await reply(turnId, { text: '  ' })).status).toBe(400);
		expect((await reply(turnId, {})).status).toBe(400);
	});

	test('that hands over is sent, and the bot is silent until it is handed back', async () => {
		const customer = nextCustomer();
		const turnId = await world.customerWrites(a, customer, 'I want to talk to a manager');
		const decided = await propose(turnId, { proposal: null });
		expect(decided.body).toMatchObject({ next: 'handover' });
		expect((await reply(turnId, { decision_id: decisionIdOf(decided.body) })).body['status']).toBe('queued');
		// Without a generation, so that the outbox lets it pass although a person has the conversation.
		expect((await world.outboxOf(customer))[0]).toMatchObject({ generation: null, author: 'assistant' });
		const listed = await world.call('GET', '/v1/conversations?state=human', undefined, a.key);
		const conversation = listed.body.data?.find((one) => (one['customer'] as Json).id === `${customer}@c.us`);
		expect(conversation).toMatchObject({ state: 'human' });

		const next = await world.customerWrites(a, customer, 'Are you there?');
		const silent = await propose(next, { proposal: null });
		expect((await reply(next, { decision_id: decisionIdOf(silent.body) })).body).toMatchObject({ status: 'human', parts: [] });

		const back = await world.call('POST', `/v1/conversations/${conversation?.id}/state`, { state: 'bot' }, a.key);
		expect(back.body).toMatchObject({ id: conversation?.id, state: 'bot' });
		const last = await world.customerWrites(a, customer, 'How much is the Blue lamp?');
		const answered = await propose(last, { proposal: null });
		expect((await reply(last, { decision_id: decisionIdOf(answered.body) })).body['status']).toBe('queued');
	});

	test('does not forget a payment that came while it was being made', async () => {
		const customer = nextCustomer();
		const { turnId, decisionId } = await commit(world, a, customer, ORDER_TEXT);
		const checkout = await world.call('POST', `/v1/turns/${turnId}/checkout`, { decision_id: decisionId });
		await reply(turnId, { decision_id: decisionId });
		await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [turnId]);
		const question = await world.customerWrites(a, customer, 'How long does delivery take?');
		const decided = await propose(question, { proposal: null });
		const orderId = (checkout.body['order'] as Json).id;
		const session = (await world.sessionsOf(a.accountId)).find((one) => one['client_reference_id'] === orderId);
		await world.control('POST', `/stripe/sessions/${session?.id}/pay`, {});
		await reply(question, { decision_id: decisionIdOf(decided.body) });
		const [conversation] = await world.db.asOwner<{ session: Json }>('SELECT session FROM conversations WHERE chat_id = $1', [`${customer}@c.us`]);
		expect(conversation?.session['paymentStatus']).toBe('paid');
	});

	test('can be left out, and a conversation handed over without words', async () => {
		const customer = nextCustomer();
		const first = await world.customerWrites(a, customer, 'ok');
		expect((await world.call('POST', `/v1/turns/${first}/no_reply`)).body).toMatchObject({ status: 'no_reply', parts: [] });
		expect((await world.call('POST', `/v1/turns/${first}/no_reply`)).body).toMatchObject({ status: 'no_reply', parts: [] });
		const second = await world.customerWrites(a, customer, 'hm');
		expect((await world.call('POST', `/v1/turns/${second}/handover`, { reason: 'VIP' })).body).toMatchObject({ status: 'human' });
		expect((await turnState(second))?.state).toBe('done');
		expect((await world.call('POST', `/v1/turns/${second}/handover`, {})).body).toMatchObject({ status: 'human' });
		expect(await world.outboxOf(customer)).toEqual([]);
		// The workflow may still say in its own words that a person takes over.
		expect((await reply(second, { text: 'A colleague will answer.' })).body['status']).toBe('queued');
	});
});
