import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { filledByModel, isTool, otherDefaultInTool } from '../../../shared/as-tool.ts';
import type { Platform } from '../../../shared/platform-api.ts';
import { isRecord } from '../../../shared/platform-api.ts';
import { readId } from '../../../shared/turn-source.ts';

const show = { resource: ['item'], operation: ['search'] };

export const searchProperties: INodeProperties[] = [
	...filledByModel(
		{
			displayName: 'Search For',
			name: 'query',
			type: 'string',
			default: '',
			placeholder: 'e.g. red roses',
			displayOptions: { show },
			description: 'Words in any language of the catalog; accents, case and script do not matter. Empty lists items.',
		},
		'query',
		'What the customer is looking for, in a few words of the language of the catalog, e.g. red roses. Empty lists items.',
	),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add filter',
		default: {},
		displayOptions: { show },
		options: [
			{
				displayName: 'City',
				name: 'city',
				type: 'string',
				default: '',
				description: 'Only items delivered or provided there, or online',
			},
			{
				displayName: 'Kind',
				name: 'kind',
				type: 'options',
				options: [
					{ name: 'Any', value: '' },
					{ name: 'Product', value: 'product' },
					{ name: 'Service', value: 'service' },
				],
				default: '',
				description: 'Whether to find products or services',
			},
		],
	},
	...otherDefaultInTool(
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 100 },
			default: 50,
			displayOptions: { show },
			description: 'Max number of results to return',
		},
		10,
	),
];

/** One output item per hit; none when nothing was found, but a model is told so. */
export async function searchItems(
	context: IExecuteFunctions,
	platform: Platform,
	item: INodeExecutionData,
	itemIndex: number,
): Promise<IDataObject[]> {
	const companyId = readId(context, item, itemIndex, 'companyId');
	const { kind, city } = context.getNodeParameter('filters', itemIndex, {}) as { kind?: string; city?: string };
	const query = String(context.getNodeParameter('query', itemIndex, '')).trim();
	const list = await platform.request({
		method: 'GET',
		path: `/v1/companies/${encodeURIComponent(companyId)}/items/search`,
		query: {
			q: query,
			limit: Number(context.getNodeParameter('limit', itemIndex, 50)),
			...(kind ? { kind } : {}),
			...(city ? { city } : {}),
		},
	});
	const rows = isRecord(list) && Array.isArray(list['data']) ? (list['data'] as unknown[]) : [];
	const hits = rows.filter(isRecord).map((row) => row as IDataObject);
	if (!isTool(context)) return hits;
	if (hits.length === 0) return [{ result: `Nothing found for "${query}". Try fewer or other words, or a broader category.` }];
	return hits.map(withoutEmpty);
}

/** A model pays for every field it reads. */
function withoutEmpty(hit: IDataObject): IDataObject {
	const isEmpty = (value: unknown): boolean =>
		value === '' || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
	return Object.fromEntries(Object.entries(hit).filter(([, value]) => !isEmpty(value)));
}
