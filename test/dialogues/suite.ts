import { guarded } from './backend.ts';
import type { Dialogue } from './dialogue.ts';
import { judge, sentBack, type Failure } from './judge.ts';
import { MODELS, modelOf, passesOf, play, type ModelName } from './run.ts';
import type { RuleName } from '../../core/agent/guard/rules.ts';

export interface Run {
	readonly dialogue: Dialogue;
	readonly model: ModelName;
	/** From 1: which way of erring. */
	readonly pass: number;
	readonly failures: readonly Failure[];
}

/** One dialogue with one model. `without`: with that check of the guard left out. */
export async function runOne(dialogue: Dialogue, model: ModelName, pass: number, without?: RuleName): Promise<Run> {
	const outcomes = await play(dialogue, modelOf(model, pass - 1), guarded(without));
	const honest = model === 'good' || model === 'offline';
	const failures = [...judge(dialogue, outcomes, honest ? 'exact' : 'safe'), ...(model === 'good' ? sentBack(outcomes) : [])];
	return { dialogue, model, pass, failures };
}

/** A dialogue with every model and every way of erring. */
export async function runAll(dialogue: Dialogue, without?: RuleName): Promise<Run[]> {
	const runs: Run[] = [];
	for (const model of MODELS) {
		for (let pass = 1; pass <= passesOf(dialogue, model); pass += 1) runs.push(await runOne(dialogue, model, pass, without));
	}
	return runs;
}

/** Lying models show most of what a rule is for, so they come first. */
const TELLING: readonly ModelName[] = ['lying', 'offline', 'good', 'sloppy'];

/** Names of dialogues that fail in some run once `rule` is switched off: at most `most`. */
export async function noticing(dialogues: readonly Dialogue[], rule: RuleName, most: number): Promise<string[]> {
	const names = new Set<string>();
	for (const model of TELLING) {
		for (const dialogue of dialogues) {
			for (let pass = 1; pass <= passesOf(dialogue, model) && !names.has(nameOf(dialogue)); pass += 1) {
				const { failures } = await runOne(dialogue, model, pass, rule);
				if (failures.length > 0) names.add(nameOf(dialogue));
			}
			if (names.size >= most) return [...names];
		}
	}
	return [...names];
}

const nameOf = ({ topic, name }: Dialogue): string => `${topic}: ${name}`;
