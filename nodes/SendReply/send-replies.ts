import { createHash } from 'node:crypto';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { passedOn } from '../shared/as-tool.ts';
import { gatherCalls } from '../shared/gather.ts';
import { connectPlatform } from '../shared/platform-api.ts';
import { runItems } from '../shared/run-items.ts';
import { traceOf } from '../shared/trace.ts';
import { readId } from '../shared/turn-source.ts';

/**
 * Puts one reply per item into the platform's outbox, decisions all in one call. The item goes on with the platform's answer as `reply`.
 */
export async function sendReplies(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	const freeText = context.getNodeParameter('replyWith', 0, 'decision') === 'text';
	const gather = gatherCalls(platform);
	// Several free texts may go to one customer: one after the other keeps their order.
	const concurrency = freeText ? 1 : context.getInputData().length;
	return await runItems(context, { outputs: 1, concurrency, turns: true }, async (item, itemIndex) => {
		const turnId = readId(context, item, itemIndex, 'turnId');
		const trace = traceOf(item);
		const call = freeText
			? textReply(context, itemIndex, turnId)
			: decisionReply(readId(context, item, itemIndex, 'decisionId'));
		const reply = await gather({
			batchPath: '/v1/turns/replies',
			turn: { turn_id: turnId, ...trace, ...call.body },
			alone: async () => await platform.request({ method: 'POST', path: `/v1/turns/${encodeURIComponent(turnId)}/reply`, ...call, ...trace }),
		});
		return { json: [{ ...passedOn(context, item), reply: reply as IDataObject }] };
	});
}

interface ReplyCall {
	readonly body: Readonly<Record<string, string>>;
	readonly idempotencyKey: string;
}

function decisionReply(decisionId: string): ReplyCall {
	return { body: { decision_id: decisionId }, idempotencyKey: `reply-${decisionId}` };
}

/** "Retry On Fail" repeats a call within the execution: the same text of the same item is sent once. */
function textReply(context: IExecuteFunctions, itemIndex: number, turnId: string): ReplyCall {
	const text = String(context.getNodeParameter('text', itemIndex, '')).trim();
	if (text === '') {
		throw new NodeOperationError(context.getNode(), 'Text is empty', {
			itemIndex,
			description: 'Enter what the customer shall read, or choose Reply With: Decision.',
		});
	}
	const attempt = [context.getExecutionId(), context.getNode().id, itemIndex, turnId, text];
	const digest = createHash('sha256').update(JSON.stringify(attempt)).digest('hex');
	return { body: { text }, idempotencyKey: `reply-text-${digest.slice(0, 40)}` };
}
