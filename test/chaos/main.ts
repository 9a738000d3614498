import { parseArgs } from 'node:util';
import type { Victim } from './killer.ts';
import { VICTIMS } from './killer.ts';
import { runChaos } from './run.ts';

/**
 * `npm run chaos -- --seed N --minutes M --victims gateway,n8n,postgres`: kills parts of a whole Concierge while customers write, and proves
 * afterwards that every message was answered exactly once. Exit code 1 on a violation, 2 when it can't run.
 */
const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
	const { values } = parseArgs({
		options: {
			seed: { type: 'string', default: String(Date.now() % 1_000_000) },
			minutes: { type: 'string', default: '6' },
			victims: { type: 'string', default: VICTIMS.join(',') },
			askers: { type: 'string', default: '9' },
			buyers: { type: 'string', default: '4' },
		},
	});
	const victims = values.victims.split(',').map(victimOf);
	const phases = victims.length === 1 ? 1 : victims.length + 1;
	const result = await runChaos({
		seed: numberOf('seed', values.seed), victims, mixed: true, phaseMs: (numberOf('minutes', values.minutes) * 60_000) / phases,
		askers: numberOf('askers', values.askers), buyers: numberOf('buyers', values.buyers), print,
	});
	if (result.report) print(result.report);
	if (result.stateDir) print(`state and logs: ${result.stateDir}`);
	print(result.summary);
	process.exit(result.violations.length > 0 ? 1 : 0);
} catch (error) {
	// A mistake in the arguments is explained, not traced.
	const mistaken = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
	if (mistaken) print(`${error.message}\nnpm run chaos -- --seed N --minutes M --victims ${VICTIMS.join(',')} --askers N --buyers N`);
	else print(error instanceof Error ? (error.stack ?? error.message) : String(error));
	process.exit(2);
}

function victimOf(name: string): Victim {
	const victim = VICTIMS.find((one) => one === name.trim());
	if (!victim) throw new Error(`--victims: there is no ${JSON.stringify(name)}; there are ${VICTIMS.join(', ')}.`);
	return victim;
}

function numberOf(option: string, text: string): number {
	const number = Number(text);
	if (!Number.isFinite(number) || number < 0) throw new Error(`--${option}: ${JSON.stringify(text)} is not a number.`);
	return number;
}
