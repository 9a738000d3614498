import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type { Platform } from '../../../shared/platform-api.ts';
import { isRecord, unexpectedAnswer } from '../../../shared/platform-api.ts';
import { itemsPath } from './paths.ts';

const MOST_IN_A_PAGE = 100;

export const readProperties: INodeProperties[] = [
	{
		displayName: 'SKU',
		name: 'sku',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 1001',
		displayOptions: { show: { resource: ['item'], operation: ['get', 'delete'] } },
		description: 'As the catalog has it',
	},
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		displayOptions: { show: { resource: ['item'], operation: ['getAll'] } },
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { resource: ['item'], operation: ['getAll'], returnAll: [false] } },
		description: 'Max number of results to return',
	},
];

function skuOf(context: IExecuteFunctions, itemIndex: number): string {
	const sku = String(context.getNodeParameter('sku', itemIndex, '')).trim();
	if (sku !== '') return sku;
	throw new NodeOperationError(context.getNode(), 'SKU is empty', { itemIndex, description: 'Enter the SKU, or map it from the incoming item.' });
}

export async function getItem(context: IExecuteFunctions, platform: Platform, item: INodeExecutionData, itemIndex: number): Promise<IDataObject[]> {
	const found = await platform.request({ method: 'GET', path: `${itemsPath(context, item, itemIndex)}/${encodeURIComponent(skuOf(context, itemIndex))}` });
	if (!isRecord(found)) throw unexpectedAnswer('item');
	return [found as IDataObject];
}

export async function deleteItem(context: IExecuteFunctions, platform: Platform, item: INodeExecutionData, itemIndex: number): Promise<IDataObject[]> {
	const sku = skuOf(context, itemIndex);
	await platform.request({ method: 'DELETE', path: `${itemsPath(context, item, itemIndex)}/${encodeURIComponent(sku)}` });
	return [{ sku, deleted: true }];
}

/** In catalog order, by pages. */
export async function getAllItems(context: IExecuteFunctions, platform: Platform, item: INodeExecutionData, itemIndex: number): Promise<IDataObject[]> {
	const path = itemsPath(context, item, itemIndex);
	const all = context.getNodeParameter('returnAll', itemIndex, false) === true;
	const most = all ? Infinity : Number(context.getNodeParameter('limit', itemIndex, 50));
	const found: IDataObject[] = [];
	for (;;) {
		const last = found.at(-1)?.['sku'];
		const page = await platform.request({ method: 'GET', path, query: { limit: Math.min(MOST_IN_A_PAGE, most - found.length), ...(typeof last === 'string' ? { starting_after: last } : {}) } });
		if (!isRecord(page) || !Array.isArray(page['data'])) throw unexpectedAnswer('list');
		found.push(...(page['data'] as IDataObject[]));
		if (page['has_more'] !== true || page['data'].length === 0 || found.length >= most) return found;
	}
}
