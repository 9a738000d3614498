import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { isTool, passedByModel } from './as-tool.ts';

/**
 * Where a node finds the ids it works on. By default they are read from the input item by the node itself: an expression
 * as default value would start n8n's expression engine for every turn.
 */
type TurnIdName = 'turnId' | 'decisionId' | 'companyId';

const LABELS: Readonly<Record<TurnIdName, string>> = {
	turnId: 'Turn ID',
	decisionId: 'Decision ID',
	companyId: 'Company ID',
};

/** The "From Input / Custom" choice and the fields of the second, for the node's description. */
export function sourceProperties(
	displayName: string,
	fields: ReadonlyArray<{ readonly name: TurnIdName; readonly description: string; readonly show?: Record<string, string[]> }>,
): INodeProperties[] {
	return [
		{
			displayName,
			name: 'source',
			type: 'options',
			noDataExpression: true,
			options: [
				{
					name: 'From Input',
					value: 'input',
					description: `Read ${fields.map(({ name }) => name).join(' and ')} from the incoming item`,
				},
				{ name: 'Custom', value: 'custom', description: 'Enter the IDs or map them with an expression' },
			],
			default: 'input',
			description: 'Where the IDs come from. The items of the other Concierge nodes carry them.',
		},
		...fields.map(
			({ name, description, show }): INodeProperties => ({
				displayName: LABELS[name],
				name,
				type: 'string',
				required: true,
				default: '',
				description,
				displayOptions: { show: { source: ['custom'], ...show } },
			}),
		),
	];
}

/**
 * The id for one item. Throws NodeOperationError when there is none, saying where it was looked for; and when a model, which may have been
 * talked into it by a customer, passed one that it was not asked for.
 */
export function readId(context: IExecuteFunctions, item: INodeExecutionData, itemIndex: number, name: TurnIdName): string {
	const custom = context.getNodeParameter('source', itemIndex, 'input') === 'custom';
	const label = LABELS[name];
	const tool = isTool(context);
	if (tool && !custom && passedByModel(context, itemIndex, name) !== undefined) {
		throw new NodeOperationError(context.getNode(), `"${name}" is not a parameter of this tool`, {
			itemIndex,
			description: `Call it without "${name}": it is taken from the workflow's item.`,
		});
	}
	const value: unknown = custom ? context.getNodeParameter(name, itemIndex, '') : item.json[name];
	if (typeof value === 'string' && value.trim() !== '') return value.trim();
	throw new NodeOperationError(context.getNode(), custom ? `${label} is empty` : `The item has no "${name}"`, {
		itemIndex,
		description: custom
			? `Enter the ${label}, or choose "From Input" and connect this node after another Concierge node.`
			: tool
				? `The item that the AI agent works on must have it; or choose "Custom" and map the ${label}, or let the model fill it in.`
				: `Connect this node after the Conversation Trigger or the Sales Agent, or choose "Custom" and enter the ${label}.`,
	});
}
