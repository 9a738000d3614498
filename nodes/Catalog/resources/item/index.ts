import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { connectPlatform } from '../../../shared/platform-api.ts';
import { runItems } from '../../../shared/run-items.ts';
import { searchItems, searchProperties } from './search.ts';

/** Operations on the items of a catalog; one file each. */
export const itemProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['item'] } },
		options: [
			{
				name: 'Search',
				value: 'search',
				description: 'Find items by name, description, category or attributes, best match first',
				action: 'Search items',
			},
		],
		default: 'search',
	},
	...searchProperties,
];

export async function runItemOperation(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const platform = await connectPlatform(context);
	return await runItems(context, { outputs: 1, concurrency: 10 }, async (item, itemIndex) => ({
		json: await searchItems(context, platform, item, itemIndex),
	}));
}
