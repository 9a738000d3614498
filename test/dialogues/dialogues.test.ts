import { describe, expect, test, vi } from 'vitest';
import { RULE_NAMES } from '../../core/agent/guard/rules.ts';
import { loadDialogues } from './dialogue.ts';
import { noticing, runAll } from './suite.ts';
import { measureTokens } from './tokens.ts';

vi.setConfig({ testTimeout: 60_000 });
const dialogues = loadDialogues();

describe('dialogues, with the offline responder, a good, a sloppy and a lying model', () => {
	test.each(dialogues.map((dialogue) => [`${dialogue.topic}: ${dialogue.name}`, dialogue] as const))('%s', async (_name, dialogue) => {
		const failed = (await runAll(dialogue)).flatMap(({ model, pass, failures }) => failures.map(({ turn, what }) => `${model} ${pass}, turn ${turn}: ${what}`));
		expect(failed).toEqual([]);
	});
});

describe('a check that is left out', () => {
	const inEnglish = dialogues.filter(({ language }) => language === 'English').sort((a, b) => Number(b.topic.startsWith('one check')) - Number(a.topic.startsWith('one check')));

	test.each(RULE_NAMES)('%s is missed by a dialogue', async (rule) => {
		expect(await noticing(inEnglish, rule, 1)).toHaveLength(1);
	});
});

describe('the collection', () => {
	test('has products and services in five languages, every rule of the guard, and customers who make it hard', () => {
		expect(dialogues.length).toBeGreaterThanOrEqual(80);
		for (const language of ['English', 'Spanish', 'Russian', 'Ukrainian', 'German']) expect(dialogues.filter((dialogue) => dialogue.language === language).length, language).toBeGreaterThanOrEqual(16);
		for (let rule = 1; rule <= 20; rule += 1) expect(dialogues.filter(({ rules }) => rules.includes(rule)).length, `rule ${rule}`).toBeGreaterThanOrEqual(3);
		expect(dialogues.filter(({ hard }) => hard).length * 2).toBeGreaterThanOrEqual(dialogues.length);
	});
});

describe('the prompt', () => {
	test('has instructions of at most 1,500 tokens with its tools, and a prefix that stays', async () => {
		const { instructions, tools, input, cached, prose } = await measureTokens(dialogues.filter(({ topic }) => topic === 'goods, English'));
		expect(instructions + tools).toBeLessThanOrEqual(1_500);
		// A provider that caches prefixes is sent less than half anew.
		expect(cached / input).toBeGreaterThan(0.5);
		expect(input).toBeLessThan(prose.input);
	});
});
