import { parseArgs } from 'node:util';
import { RULE_NAMES } from '../../core/agent/guard/rules.ts';
import { loadDialogues, type Dialogue } from './dialogue.ts';
import { MODELS } from './run.ts';
import { noticing, runAll, type Run } from './suite.ts';
import { measureTokens, tokenTable } from './tokens.ts';

const { values } = parseArgs({
	options: {
		/** Switch each rule off in turn: which dialogues notice? */
		matrix: { type: 'boolean', default: false },
		/** Only dialogues whose name or topic contains this. */
		only: { type: 'string', default: '' },
		/** Only this rule of the matrix. */
		rule: { type: 'string' },
		/** All dialogues that notice a rule, not the first one. */
		all: { type: 'boolean', default: false },
	},
});

const dialogues = loadDialogues().filter(({ name, topic }) => `${topic} ${name}`.includes(values.only));
if (dialogues.length === 0) {
	console.error(`No dialogue's topic or name contains "${values.only}".`);
	process.exit(1);
}
process.exitCode = values.matrix ? await matrix() : await all();

async function all(): Promise<number> {
	const runs: Run[] = [];
	for (const dialogue of dialogues) runs.push(...(await runAll(dialogue)));
	for (const [topic, ofTopic] of Map.groupBy(dialogues, (dialogue) => dialogue.topic)) console.log(row(topic, ofTopic, runs.filter(({ dialogue }) => dialogue.topic === topic)));
	const failed = runs.filter(({ failures }) => failures.length > 0);
	for (const { dialogue, model, pass, failures } of failed) {
		console.log(`\n✗ ${dialogue.topic}: ${dialogue.name} (${model} ${pass})`);
		for (const { turn, what } of failures) console.log(`  turn ${turn}: ${what}`);
	}
	if (values.only === '') console.log(`\n${tokenTable(await measureTokens(dialogues))}`);
	console.log(`\n${dialogues.length} dialogues, ${runs.length} runs, ${failed.length} failed`);
	return failed.length === 0 ? 0 : 1;
}

function row(topic: string, ofTopic: readonly Dialogue[], runs: readonly Run[]): string {
	const cells = MODELS.map((model) => {
		const own = runs.filter((run) => run.model === model);
		return `${model} ${own.filter(({ failures }) => failures.length === 0).length}/${own.length}`.padEnd(16);
	});
	return `${topic.padEnd(26)} ${String(ofTopic.length).padStart(3)} dialogues  ${cells.join('')}`;
}

async function matrix(): Promise<number> {
	const rules = RULE_NAMES.filter((name) => values.rule === undefined || name === values.rule);
	if (rules.length === 0) {
		console.error(`There is no rule "${String(values.rule)}". Rules: ${RULE_NAMES.join(', ')}.`);
		return 1;
	}
	// What fails with all rules on says nothing about one of them.
	const sound: Dialogue[] = [];
	for (const dialogue of dialogues) if ((await runAll(dialogue)).every(({ failures }) => failures.length === 0)) sound.push(dialogue);
	const unproven: string[] = [];
	for (const rule of rules) {
		const names = await noticing(sound, rule, values.all ? Number.POSITIVE_INFINITY : 1);
		if (names.length === 0) unproven.push(rule);
		console.log(`${names.length === 0 ? '✗' : '✓'} ${rule.padEnd(28)} ${names.join('; ')}`);
	}
	console.log(`\n${rules.length} rules switched off over ${sound.length} dialogues, ${unproven.length} unnoticed${unproven.length === 0 ? '' : `: ${unproven.join(', ')}`}`);
	return unproven.length === 0 ? 0 : 1;
}
