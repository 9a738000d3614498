import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { isTool } from './as-tool.ts';
import { isStaleTurn, toNodeError } from './node-errors.ts';

/** What became of one input item: items for one of the node's outputs, each paired with it. */
export interface ItemResult {
	/** Index of the output; 0 when left out. */
	readonly output?: number;
	readonly json: readonly IDataObject[];
}

export interface RunOptions {
	/** How many outputs the node has. */
	readonly outputs: number;
	/** How many items are worked on at the same time. */
	readonly concurrency: number;
}

const STALE_FOR_MODEL =
	'Nothing was done: the customer wrote again or the turn was closed meanwhile. The newer turn is answered instead; do not repeat this call.';

type Settled =
	| { readonly kind: 'done'; readonly result: ItemResult }
	| { readonly kind: 'stale' }
	| { readonly kind: 'failed'; readonly error: NodeApiError | NodeOperationError };

/**
 * Runs `handle` for every input item and puts the results out in the items' order.
 * - An error stops the node after all items were tried, unless the node continues on fail: then the item goes on as an error item.
 * - An item whose turn was superseded or closed meanwhile is left out, with a hint: the execution succeeds.
 * - A model that uses the node as a tool is told either in words; n8n shows it an error's message alone.
 */
export async function runItems(
	context: IExecuteFunctions,
	options: RunOptions,
	handle: (item: INodeExecutionData, itemIndex: number) => Promise<ItemResult>,
): Promise<INodeExecutionData[][]> {
	const node = context.getNode();
	const items = context.getInputData();
	const settled = await mapConcurrently(items, options.concurrency, async (item, itemIndex): Promise<Settled> => {
		try {
			return { kind: 'done', result: await handle(item, itemIndex) };
		} catch (error) {
			return isStaleTurn(error) ? { kind: 'stale' } : { kind: 'failed', error: toNodeError(node, error, itemIndex) };
		}
	});

	const failed = settled.find((outcome) => outcome.kind === 'failed');
	const tool = isTool(context);
	if (failed?.kind === 'failed' && !context.continueOnFail()) throw tool ? inOneMessage(failed.error) : failed.error;

	const outputs = Array.from({ length: options.outputs }, (): INodeExecutionData[] => []);
	settled.forEach((outcome, item) => {
		if (outcome.kind === 'done') {
			const target = outputs[outcome.result.output ?? 0];
			target?.push(...outcome.result.json.map((json) => ({ json, pairedItem: { item } })));
		} else if (outcome.kind === 'failed') {
			outputs[0]?.push({ json: errorJson(outcome.error), pairedItem: { item } });
		} else if (tool) {
			outputs[0]?.push({ json: { result: STALE_FOR_MODEL }, pairedItem: { item } });
		}
	});
	reportStale(context, settled.filter(({ kind }) => kind === 'stale').length);
	return outputs;
}

function inOneMessage(error: NodeApiError | NodeOperationError): NodeApiError | NodeOperationError {
	if (typeof error.description === 'string' && !error.message.includes(error.description)) {
		error.message = `${error.message}${/[.!?…]$/.test(error.message) ? '' : '.'} ${error.description}`;
	}
	return error;
}

/** With these keys alone n8n takes it for an error item and, on the error output, adds what came in. */
function errorJson({ message, description }: NodeApiError | NodeOperationError): IDataObject {
	return typeof description === 'string' ? { error: message, details: description } : { error: message };
}

function reportStale(context: IExecuteFunctions, count: number): void {
	if (count === 0) return;
	const subject = count === 1 ? '1 item was' : `${String(count)} items were`;
	context.logger.info(`${context.getNode().name}: ${subject} left out, the turn was superseded or closed`);
	context.addExecutionHints({
		message: `${subject} left out: the customer wrote again or the turn was closed meanwhile, so the newer turn is answered instead.`,
		location: 'outputPane',
	});
}

async function mapConcurrently<Input, Output>(
	inputs: readonly Input[],
	concurrency: number,
	map: (input: Input, index: number) => Promise<Output>,
): Promise<Output[]> {
	const results = new Array<Output>(inputs.length);
	const queue = inputs.entries();
	const workers = Array.from({ length: Math.max(1, Math.min(concurrency, inputs.length)) }, async () => {
		for (const [index, input] of queue) results[index] = await map(input, index);
	});
	await Promise.all(workers);
	return results;
}
