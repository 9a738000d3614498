import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { runAgent } from '../../core/agent/loop.ts';
import type { NextStep } from '../../core/agent/decision.ts';
import { connectPlatform } from '../shared/platform-api.ts';
import { runItems } from '../shared/run-items.ts';
import { readId } from '../shared/turn-source.ts';
import { connectedModels } from './chat-models.ts';
import { agentPorts } from './agent-ports.ts';

/** Positions of `outputNames` in the node's description. */
const OUTPUTS: Readonly<Record<NextStep, number>> = { reply: 0, checkout: 1, handover: 2 };

interface Options {
	readonly concurrency?: number;
	readonly maxToolRounds?: number;
	readonly timeoutSeconds?: number;
}

/** Every item is a turn; every turn becomes one decision on the output of its next step. */
export async function answerTurns(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	const models = await connectedModels(context);
	const options = context.getNodeParameter('options', 0, {}) as Options;
	const limits = { timeoutMs: (options.timeoutSeconds ?? 60) * 1000, maxToolRounds: options.maxToolRounds ?? 6 };

	return await runItems(context, { outputs: 3, concurrency: options.concurrency ?? 10 }, async (item, itemIndex) => {
		const turnId = readId(context, item, itemIndex, 'turnId');
		const answer = await runAgent({ models, ports: agentPorts(platform, turnId), limits });
		return { output: OUTPUTS[answer.next], json: [{ ...answer.decision }] };
	});
}
