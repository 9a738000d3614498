import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { runAgent } from '../../core/agent/loop.ts';
import type { ModelFailure } from '../../core/agent/loop.ts';
import type { NextStep, Violation } from '../../core/agent/decision.ts';
import { gatherCalls } from '../shared/gather.ts';
import { connectPlatform } from '../shared/platform-api.ts';
import { runItems } from '../shared/run-items.ts';
import { traceOf } from '../shared/trace.ts';
import { readId } from '../shared/turn-source.ts';
import { connectedModels } from './chat-models.ts';
import { agentPorts, type OwnBehaviour } from './agent-ports.ts';

/** Positions of `outputNames` in the node's description. */
const OUTPUTS: Readonly<Record<NextStep, number>> = { reply: 0, checkout: 1, handover: 2 };

const SHOWN_VIOLATIONS = 5;

interface Options {
	readonly concurrency?: number;
	readonly maxToolRounds?: number;
	readonly timeoutSeconds?: number;
}

/**
 * Every item is a turn; every turn becomes one decision on the output of its next step. Without a model, all items are answered in one call
 * of the platform; with one, as many at a time as the node is set to.
 */
export async function answerTurns(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	const models = await connectedModels(context);
	const options = context.getNodeParameter('options', 0, {}) as Options;
	const limits = { timeoutMs: (options.timeoutSeconds ?? 30) * 1000, maxToolRounds: options.maxToolRounds ?? 6 };
	const concurrency = models.length === 0 ? context.getInputData().length : (options.concurrency ?? 10);
	const gather = gatherCalls(platform);
	const failures: ModelFailure[] = [];
	const violations: Violation[] = [];

	const outputs = await runItems(context, { outputs: 3, concurrency, turns: true }, async (item, itemIndex) => {
		const turnId = readId(context, item, itemIndex, 'turnId');
		const trace = traceOf(item);
		const answer = await runAgent({ models, ports: agentPorts(platform, turnId, trace, gather, ownBehaviour(context, itemIndex)), limits });
		failures.push(...answer.failures);
		// What a newer or older platform sends in another form is still in the item.
		if (Array.isArray(answer.decision.violations)) violations.push(...answer.decision.violations);
		const modelFailures = answer.failures.length === 0 ? {} : { modelFailures: answer.failures.map((failure) => ({ ...failure })) };
		return { output: OUTPUTS[answer.next], json: [{ ...answer.decision, ...modelFailures, ...trace }] };
	});
	reportFailures(context, failures);
	reportViolations(context, violations);
	return outputs;
}

/** May differ from item to item. */
function ownBehaviour(context: IExecuteFunctions, itemIndex: number): OwnBehaviour {
	const { scenario = '', instructions = '', showPictures = true } = context.getNodeParameter('options', itemIndex, {}) as OwnBehaviour;
	return { scenario: String(scenario), instructions: String(instructions), showPictures };
}

/** A customer was answered all the same; the operator still wants to know that a model is down. */
function reportFailures(context: IExecuteFunctions, failures: readonly ModelFailure[]): void {
	const distinct = new Set(failures.map(({ model, reason }) => `The model "${model}" was given up: ${reason}.`));
	for (const message of distinct) {
		context.logger.warn(`${context.getNode().name}: ${message}`);
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	}
}

/** Above the items, because in them it stands at the very end: why an answer was put right, or a payment link withheld. */
function reportViolations(context: IExecuteFunctions, violations: readonly Violation[]): void {
	const distinct = [...new Set(violations.map(({ code, message }) => `${message} (${code})`))];
	if (distinct.length === 0) return;
	const more = distinct.length > SHOWN_VIOLATIONS ? ' More in "violations" of the items.' : '';
	context.addExecutionHints({
		message: `Checked and put right, or withheld: ${distinct.slice(0, SHOWN_VIOLATIONS).join(' ')}${more}`,
		location: 'outputPane',
	});
}
