import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { passedOn } from '../shared/as-tool.ts';
import { connectPlatform, isRecord } from '../shared/platform-api.ts';
import { runItems } from '../shared/run-items.ts';
import { traceOf } from '../shared/trace.ts';
import { readId } from '../shared/turn-source.ts';

/** One order per decision. The item goes on with the platform's answer as `checkout`. */
export async function startCheckouts(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	return await runItems(context, { outputs: 1, concurrency: 10, turns: true }, async (item, itemIndex) => {
		const turnId = readId(context, item, itemIndex, 'turnId');
		const decisionId = readId(context, item, itemIndex, 'decisionId');
		const checkout = await platform.request({
			method: 'POST',
			path: `/v1/turns/${encodeURIComponent(turnId)}/checkout`,
			body: { decision_id: decisionId },
			idempotencyKey: `checkout-${decisionId}`,
			...traceOf(item),
		});
		reportRefusal(context, checkout);
		return { json: [{ ...passedOn(context, item), checkout: checkout as IDataObject }] };
	});
}

/** The customer is answered all the same; the operator has to know why there was no order or no link. */
function reportRefusal(context: IExecuteFunctions, checkout: unknown): void {
	if (!isRecord(checkout) || checkout['status'] !== 'refused' || !isRecord(checkout['reason'])) return;
	const { code, message } = checkout['reason'];
	context.addExecutionHints({ message: `No order or payment link: ${String(message)} (${String(code)})`, type: 'warning', location: 'outputPane' });
}
