import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { isTool, withFewerInTool } from '../../../shared/as-tool.ts';
import { connectPlatform } from '../../../shared/platform-api.ts';
import { runItems } from '../../../shared/run-items.ts';
import { deleteItem, getAllItems, getItem, readProperties } from './read.ts';
import { searchItems, searchProperties } from './search.ts';
import { gatherUpserts, MOST_IN_A_CALL, upsertProperties } from './upsert.ts';

/** Operations on the items of a catalog. */
export const itemProperties: INodeProperties[] = [
	...withFewerInTool(
		{
			displayName: 'Operation',
			name: 'operation',
			type: 'options',
			noDataExpression: true,
			displayOptions: { show: { resource: ['item'] } },
			options: [
				{ name: 'Create or Update', value: 'upsert', description: 'Create a new item, or update the current one if it already exists (upsert)', action: 'Create or update an item' },
				{ name: 'Delete', value: 'delete', description: 'Take an item out of the catalog; orders keep what they sold', action: 'Delete an item' },
				{ name: 'Get', value: 'get', description: 'Retrieve an item with its internal fields', action: 'Get an item' },
				{ name: 'Get Many', value: 'getAll', description: 'List the items in the order of the catalog', action: 'Get many items' },
				{ name: 'Search', value: 'search', description: 'Find items by name, description, category or attributes, best match first', action: 'Search items' },
			],
			default: 'search',
		},
		['search'],
	),
	...readProperties,
	...searchProperties,
	...upsertProperties,
];

export async function runItemOperation(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	const operation = String(context.getNodeParameter('operation', 0, 'search'));
	if (isTool(context) && operation !== 'search') {
		throw new NodeOperationError(context.getNode(), 'A tool only searches the catalog', { description: 'What changes a catalog, or shows its stock and contacts, is not left to a model that talks to customers.' });
	}
	if (operation === 'upsert') {
		const upsert = gatherUpserts(context, platform);
		return await runItems(context, { outputs: 1, concurrency: MOST_IN_A_CALL }, async (item, itemIndex) => ({ json: await upsert(item, itemIndex) }));
	}
	const act = { search: searchItems, get: getItem, getAll: getAllItems, delete: deleteItem }[operation];
	if (act === undefined) throw new NodeOperationError(context.getNode(), `The operation "${operation}" is not known`, { description: 'Choose one of the list.' });
	return await runItems(context, { outputs: 1, concurrency: 10 }, async (item, itemIndex) => ({ json: await act(context, platform, item, itemIndex) }));
}
