import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { filledByModel, isTool, otherDefaultInTool, passedOn } from '../shared/as-tool.ts';
import { isRecord, unexpectedAnswer } from '../shared/platform-api.ts';
import type { ItemResult } from '../shared/run-items.ts';
import { readId } from '../shared/turn-source.ts';
import { required, setIn, timeOf, turnOf, type BookingCall } from './request.ts';

const show = { operation: ['findSlots'] };

export const findSlotsProperties: INodeProperties[] = [
	...filledByModel(
		{ displayName: 'SKU', name: 'slotSku', type: 'string', required: true, default: '', placeholder: 'e.g. 1001', displayOptions: { show }, description: 'Of the service or product, as the catalog has it' },
		'sku',
		'The sku of the service or product, as the catalog has it',
	),
	...otherDefaultInTool({ displayName: 'Limit', name: 'limit', type: 'number', typeOptions: { minValue: 1, maxValue: 500 }, default: 50, displayOptions: { show }, description: 'Max number of results to return' }, 10),
	{
		displayName: 'Options',
		name: 'slotOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show },
		options: [
			{ displayName: 'City', name: 'city', type: 'string', default: '', description: 'Where a delivery goes' },
			{ displayName: 'From', name: 'from', type: 'string', default: '', placeholder: 'e.g. 2026-11-30T00:00:00+01:00', description: 'Slots that start at that time or later, with its zone' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. Spanish', description: 'English name of the language of the text' },
			{ displayName: 'Places', name: 'places', type: 'number', typeOptions: { minValue: 1 }, default: 1, description: 'How many are wanted at once' },
			{ displayName: 'Time Zone', name: 'time_zone', type: 'string', default: '', placeholder: 'e.g. Europe/Madrid', description: 'Of the text, where the customer is; the company’s when empty' },
			{ displayName: 'To', name: 'to', type: 'string', default: '', placeholder: 'e.g. 2026-12-07T00:00:00+01:00', description: 'Slots that start before that time, with its zone' },
		],
	},
];

/** One output item per slot, with what came in; none when nothing is free, but a model is told so. */
export async function findSlots(call: BookingCall): Promise<ItemResult> {
	const { context, platform, item, itemIndex } = call;
	const companyId = readId(context, item, itemIndex, 'companyId');
	const sku = required(call, 'slotSku', 'SKU');
	const options = setIn(call, 'slotOptions');
	const times = Object.fromEntries(['from', 'to'].filter((name) => name in options).map((name) => [name, timeOf(call, `slotOptions.${name}`, name === 'from' ? 'From' : 'To')]));
	const list = await platform.request({
		method: 'GET', path: `/v1/companies/${encodeURIComponent(companyId)}/slots`, query: { ...options, ...times, ...turnOf(call), sku, limit: Number(context.getNodeParameter('limit', itemIndex, 50)) },
	});
	if (!isRecord(list) || !Array.isArray(list['data'])) throw unexpectedAnswer('list');
	const slots = (list['data'] as unknown[]).filter(isRecord).map((slot) => slot as IDataObject);
	if (slots.length === 0 && isTool(context)) return { json: [{ result: 'Nothing is free. Try other days.' }] };
	return { json: slots.map((slot) => ({ ...passedOn(context, item), sku, ...slot })) };
}
