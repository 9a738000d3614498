import type { IBinaryKeyData, IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { isTool } from './as-tool.ts';
import { isOfTurn, isStaleTurn, toNodeError } from './node-errors.ts';

/** What became of one input item: items for one of the node's outputs, each paired with it. */
export interface ItemResult {
	/** Index of the output; 0 when left out. */
	readonly output?: number;
	readonly json: readonly IDataObject[];
	/** Files beside the JSON. */
	readonly binary?: IBinaryKeyData;
}

export interface RunOptions {
	/** How many outputs the node has. */
	readonly outputs: number;
	/** How many items are worked on at the same time. */
	readonly concurrency: number;
	/** Items are turns: the platform delivers what is left out again. */
	readonly turns?: boolean;
}

const STALE_FOR_MODEL =
	'Nothing was done: the customer wrote again or the turn was closed meanwhile. The newer turn is answered instead; do not repeat this call.';

const SHOWN_REASONS = 5;

type Settled =
	| { readonly kind: 'done'; readonly result: ItemResult }
	| { readonly kind: 'stale' }
	| { readonly kind: 'failed'; readonly error: NodeApiError | NodeOperationError; readonly ofTurn: boolean };

/**
 * Runs `handle` for every input item and puts the results out in the items' order.
 * - A node that continues on fail passes an item that failed on as an error item.
 * - Else a turn that failed, for whatever reason, is left out with a warning when others went well: an execution carries the turns of several
 *   customers, and n8n would discard all their answers. It is delivered again when its lease ends, and alone when that happens again.
 * - Where items are no turns, that holds for those that failed by themselves; a failure of the platform stops the node after all items were tried.
 * - When none went well the node stops: n8n shows the error, and with "Retry On Fail" runs all of them again, which is safe (everything is
 *   idempotent by turn).
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
			return isStaleTurn(error) ? { kind: 'stale' } : { kind: 'failed', error: toNodeError(node, error, itemIndex), ofTurn: isOfTurn(error) };
		}
	});

	const failures = settled.filter((outcome) => outcome.kind === 'failed');
	const tool = isTool(context);
	const goesOn = context.continueOnFail();
	const fromPlatform = failures.find(({ ofTurn }) => !ofTurn);
	const fatal = settled.some(({ kind }) => kind === 'done') ? (options.turns === true ? undefined : fromPlatform) : (fromPlatform ?? failures[0]);
	if (fatal && !goesOn) throw tool ? inOneMessage(fatal.error) : fatal.error;

	const outputs = Array.from({ length: options.outputs }, (): INodeExecutionData[] => []);
	settled.forEach((outcome, item) => {
		if (outcome.kind === 'done') {
			const target = outputs[outcome.result.output ?? 0];
			const { json: rows, binary } = outcome.result;
			target?.push(...rows.map((json) => ({ json, ...(binary === undefined ? {} : { binary }), pairedItem: { item } })));
		} else if (outcome.kind === 'failed') {
			if (goesOn) outputs[0]?.push({ json: errorJson(outcome.error), pairedItem: { item } });
		} else if (tool) {
			outputs[0]?.push({ json: { result: STALE_FOR_MODEL }, pairedItem: { item } });
		}
	});
	reportStale(context, settled.filter(({ kind }) => kind === 'stale').length);
	if (!goesOn) reportLeftOut(context, failures.map(({ error }) => error));
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

/** Each reason once. */
function reportLeftOut(context: IExecuteFunctions, errors: ReadonlyArray<NodeApiError | NodeOperationError>): void {
	if (errors.length === 0) return;
	const subject = errors.length === 1 ? '1 item failed and was' : `${String(errors.length)} items failed and were`;
	const reasons = [...new Set(errors.map(({ message, description }) => (typeof description === 'string' ? `${message} (${description})` : message)))];
	const more = reasons.length > SHOWN_REASONS ? ' …' : '';
	const message = `${subject} left out, so that the others are answered: ${reasons.slice(0, SHOWN_REASONS).join(' ')}${more}`;
	context.logger.warn(`${context.getNode().name}: ${message}`);
	context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
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
