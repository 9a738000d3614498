import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';
import { AppError } from '../../../../core/errors.ts';
import type { Platform } from '../../../shared/platform-api.ts';
import { isRecord, unexpectedAnswer } from '../../../shared/platform-api.ts';
import { ITEM_FIELDS, knownFields } from './fields.ts';
import { itemsPath } from './paths.ts';

const show = { resource: ['item'], operation: ['upsert'] };

export const upsertProperties: INodeProperties[] = [
	{
		displayName: 'Data Mode',
		name: 'dataMode',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show },
		options: [
			{ name: 'Auto-Map Input Data to Fields', value: 'autoMapInputData', description: 'Use when node input names match the field names: sku, name, description, price_cents …' },
			{ name: 'Map Each Field Below', value: 'defineBelow', description: 'Set the value for each field' },
		],
		default: 'autoMapInputData',
		description: 'Whether to take the fields from the incoming item or to enter them',
	},
	{
		displayName: 'SKU',
		name: 'upsertSku',
		type: 'string',
		default: '',
		placeholder: 'e.g. 1001',
		displayOptions: { show: { ...show, dataMode: ['defineBelow'] } },
		description: 'Which item to change, or the SKU of a new one. Empty makes one of the name.',
	},
	{
		displayName: 'Fields',
		name: 'fields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		displayOptions: { show: { ...show, dataMode: ['defineBelow'] } },
		options: [...ITEM_FIELDS],
		description: 'Fields that are left out stay as they are',
	},
];

/** What the platform takes in one call. */
export const MOST_IN_A_CALL = 500;

interface Waiting {
	readonly path: string;
	readonly fields: Readonly<Record<string, unknown>>;
	resolve(item: IDataObject): void;
	reject(error: unknown): void;
}

/**
 * Creates or changes items, those of the same tick in one call a company: a call is a version of the catalog, and 1,000 rows should be one. The
 * platform takes all or none, so those it finds fault with fail alone and the others are sent again without them.
 */
export function gatherUpserts(context: IExecuteFunctions, platform: Platform): (item: INodeExecutionData, itemIndex: number) => Promise<IDataObject[]> {
	let waiting: Waiting[] = [];

	async function flush(): Promise<void> {
		await sleep(0);
		const gathered = waiting;
		waiting = [];
		for (const [path, list] of Map.groupBy(gathered, (one) => one.path)) {
			for (let start = 0; start < list.length; start += MOST_IN_A_CALL) await send(path, list.slice(start, start + MOST_IN_A_CALL));
		}
	}

	async function send(path: string, list: readonly Waiting[]): Promise<void> {
		try {
			const answer = await platform.request({ method: 'POST', path, body: { data: list.map(({ fields }) => fields) } });
			const stored: readonly unknown[] = isRecord(answer) && Array.isArray(answer['data']) ? answer['data'] : [];
			if (stored.length !== list.length) throw unexpectedAnswer('list');
			list.forEach(({ resolve }, at) => resolve(stored[at] as IDataObject));
		} catch (error) {
			const faults = faultsOf(error, list.length);
			list.forEach(({ reject }, at) => {
				const fault = faults.get(at);
				if (fault !== undefined || faults.size === 0) reject(fault ?? error);
			});
			const good = list.filter((_, at) => !faults.has(at));
			if (faults.size > 0 && good.length > 0) await send(path, good);
		}
	}

	return async (item, itemIndex) =>
		await new Promise((resolve, reject) => {
			const own = context.getNodeParameter('dataMode', itemIndex, 'autoMapInputData') === 'defineBelow';
			const sku = own ? String(context.getNodeParameter('upsertSku', itemIndex, '')).trim() : '';
			const fields = own ? { ...knownFields(context.getNodeParameter('fields', itemIndex, {}) as IDataObject), ...(sku === '' ? {} : { sku }) } : knownFields(item.json);
			waiting.push({ path: itemsPath(context, item, itemIndex), fields, resolve: (stored) => resolve([stored]), reject });
			if (waiting.length === 1) void flush();
		});
}

/** What is wrong with which of the items that were sent: "data.3.price_cents". Empty when the call itself failed. */
function faultsOf(error: unknown, sent: number): ReadonlyMap<number, AppError> {
	const faults = new Map<number, AppError>();
	if (!(error instanceof AppError) || !Array.isArray(error.details['errors'])) return faults;
	for (const fault of error.details['errors'] as unknown[]) {
		const [, at, field = ''] = /^data\.(\d+)\.?(.*)$/u.exec(isRecord(fault) ? String(fault['path']) : '') ?? [];
		const index = Number(at);
		if (at === undefined || index >= sent || faults.has(index)) continue;
		const message = isRecord(fault) ? String(fault['message']) : '';
		faults.set(index, new AppError(error.code, `The item was not stored. ${field === '' ? '' : `${field}: `}${message}.`, { status: error.status }));
	}
	return faults;
}
