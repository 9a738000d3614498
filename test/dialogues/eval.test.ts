import OpenAI from 'openai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/src/test-support.ts';
import type { TestSandbox } from '../../sandbox/src/test-support.ts';
import { loadDialogues } from './dialogue.ts';
import { evalTable, evaluate } from './eval.ts';

let sandbox: TestSandbox;
let client: OpenAI;
const dialogues = loadDialogues().filter(({ name }) => name === 'an answer says something');

beforeEach(async () => {
	sandbox = await startSandbox();
	client = new OpenAI({ apiKey: 'any', baseURL: `${sandbox.url}/openai/v1`, maxRetries: 0 });
});
afterEach(() => sandbox.close());

const answering = (response: string) =>
	sandbox.post('/openai/script', { steps: [{ when: { has_tool: 'decide' }, reply: { tool_calls: [{ name: 'decide', arguments: { response, language: 'English', intent: 'question', send_payment_link: false } }] }, times: 100 }] });

test('a model that is right passes with the guard and without', async () => {
	await answering('The Clay mug costs €12.50.');
	const rows = await evaluate(dialogues, { client, model: 'gpt-5-mini', k: 2, priceIn: 1, priceOut: 2 });
	expect(rows).toMatchObject([{ guard: 'on', pass: { 1: 1, 4: Number.NaN }, turns: 2 }, { guard: 'off', pass: { 1: 1 }, turns: 2 }]);
	expect(rows[0]?.cost).toBeGreaterThan(0);
});

test('a model that lies passes with the guard only', async () => {
	await answering('The Clay mug costs €9.90.');
	const rows = await evaluate(dialogues, { client, model: 'gpt-5-mini', k: 1, priceIn: 0, priceOut: 0 });
	expect(rows).toMatchObject([{ guard: 'on', pass: { 1: 1 } }, { guard: 'off', pass: { 1: 0 } }]);
	expect(evalTable(rows, 'gpt-5-mini', 1)).toMatch(/on\s+100\.0 %\s+–\s+–/);
});
