import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { CATALOG_CSV, createWorld, WORKER_KEY, type Business, type World } from './world.ts';

/** Behaviour settings by company, channel and scenario, and the privacy policy: from the API's settings to what is sent. */

let world: World;
let shop: Business;
let phone = 32_493_000_000;
const nextCustomer = () => String((phone += 1));

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({
		type: 'product', csv: CATALOG_CSV,
		settings: {
			instructions: 'Be warm.', handover_keywords: ['manager'], privacy_policy_url: 'https://shop.example/privacy',
			channels: { whatsapp: { instructions: 'Use emoji.', handover_keywords: ['human'] }, telegram: { instructions: 'Only on Telegram.' } },
			scenarios: { 'after-sale': { instructions: 'The order is paid.', handover_keywords: ['orchid'], first_answer_items: 1 } },
		},
	});
});
afterAll(() => world.close());

const turnOf = (text: string, customer = nextCustomer(), policy: 'queue' | 'supersede' = 'queue') => world.customerWrites(shop, customer, text, { policy });
const context = async (turnId: string, query = '') => (await world.call('GET', `/v1/turns/${turnId}/context${query}`, undefined, WORKER_KEY)).body['company'] as Json;
const decide = async (turnId: string, scenario?: string) => {
	const { body } = await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null, ...(scenario === undefined ? {} : { scenario }) }, WORKER_KEY);
	return { next: body['next'], decision: body['decision'] as { response: string; decisionId: string; violations: Json[] } };
};
const reply = (turnId: string, decisionId: string) => world.call('POST', `/v1/turns/${turnId}/reply`, { decision_id: decisionId }, WORKER_KEY);

describe('behaviour', () => {
	test('the prompt has what company, channel and scenario say, in this order, and nothing of another channel', async () => {
		const turnId = await turnOf('hello');
		expect(await context(turnId)).toMatchObject({ instructions: 'Be warm.\n\nUse emoji.' });
		expect(await context(turnId, '?scenario=after-sale')).toMatchObject({ instructions: 'Be warm.\n\nUse emoji.\n\nThe order is paid.', firstAnswerItems: 1 });
	});

	test.each([['manager', undefined, 'handover'], ['human', undefined, 'handover'], ['orchid', undefined, 'reply'], ['orchid', 'after-sale', 'handover']])('"%s" in scenario %s: %s', async (word, scenario, next) => {
		expect((await decide(await turnOf(word), scenario)).next).toBe(next);
	});

	test('a scenario that the company doesn’t have answers all the same, and the operator is told which there are', async () => {
		const { next, decision } = await decide(await turnOf('hello'), 'aftersale');
		expect(next).toBe('reply');
		expect(decision.violations).toMatchObject([{ code: 'scenario_unknown', message: 'The company has no scenario "aftersale", so nothing of it counted. It has "after-sale".' }]);
	});
});

test('the privacy policy goes out once to a customer, under the first answer', async () => {
	const customer = nextCustomer();
	const first = await turnOf('Hola, ¿qué tenéis?', customer);
	const answered = await decide(first);
	expect(answered.decision.response).toMatch(/\n\nCómo tratamos tus datos: https:\/\/shop\.example\/privacy$/u);
	await reply(first, answered.decision.decisionId);
	const second = await turnOf('¿Cuánto cuesta la Blue lamp?', customer);
	expect((await decide(second)).decision.response).not.toContain('privacy');
	expect((await decide(await turnOf('hello'))).decision.response).toContain('How we handle your data: https://shop.example/privacy');
});

test('an answer that a newer message kept from being sent has not told the policy', async () => {
	const customer = nextCustomer();
	const first = await turnOf('hello', customer, 'supersede');
	await reply(first, (await decide(first)).decision.decisionId);
	const next = await turnOf('hello?', customer, 'supersede');
	expect((await decide(next)).decision.response).toContain('https://shop.example/privacy');
});
