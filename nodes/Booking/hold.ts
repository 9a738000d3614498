import type { INodeProperties } from 'n8n-workflow';
import { createHash } from 'node:crypto';
import type { ItemResult } from '../shared/run-items.ts';
import { readId } from '../shared/turn-source.ts';
import { requestBooking, required, setIn, timeOf, turnOf, type BookingCall } from './request.ts';

const show = { operation: ['hold'] };

export const holdProperties: INodeProperties[] = [
	{ displayName: 'SKU', name: 'sku', type: 'string', default: '', placeholder: 'e.g. 1001', displayOptions: { show }, description: 'Of the service or product. Empty: the sku of the incoming item.' },
	{ displayName: 'Start', name: 'startsAt', type: 'string', default: '', placeholder: 'e.g. 2026-11-30T10:00:00+01:00', displayOptions: { show }, description: 'Of the slot, with its zone. Empty: the starts_at of the incoming item, as Find Slots puts it out.' },
	{ displayName: 'Customer Name', name: 'customerName', type: 'string', default: '', displayOptions: { show }, description: 'Stands in the calendar' },
	{ displayName: 'Customer Phone', name: 'customerPhone', type: 'string', default: '', displayOptions: { show }, description: 'Stands in the calendar' },
	{
		displayName: 'Options',
		name: 'holdOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show },
		options: [
			{ displayName: 'Address', name: 'address', type: 'string', default: '', description: 'Where it is delivered, or takes place; the service’s own when empty' },
			{ displayName: 'City', name: 'city', type: 'string', default: '', description: 'Where a delivery goes' },
			{ displayName: 'Conversation ID', name: 'conversation_id', type: 'string', default: '', description: 'Where the customer is told when somebody moves or cancels it in the calendar' },
			{ displayName: 'Hold for (Minutes)', name: 'hold_minutes', type: 'number', typeOptions: { minValue: 1, maxValue: 10_080 }, default: 15, description: 'The company’s own time when it is left out' },
			{ displayName: 'Language', name: 'language', type: 'string', default: '', placeholder: 'e.g. Spanish', description: 'English name of the language in which the customer is told' },
			{ displayName: 'Note', name: 'note', type: 'string', typeOptions: { rows: 2 }, default: '', description: 'Stands in the calendar' },
			{ displayName: 'Order ID', name: 'order_id', type: 'string', default: '', description: 'It is booked when this order is paid' },
			{ displayName: 'Places', name: 'places', type: 'number', typeOptions: { minValue: 1 }, default: 1, description: 'How many are wanted at once' },
		],
	},
];

export async function holdSlot(call: BookingCall): Promise<ItemResult> {
	const { context, item, itemIndex } = call;
	const text = (name: string) => String(context.getNodeParameter(name, itemIndex, '')).trim();
	const body = {
		...setIn(call, 'holdOptions'),
		...turnOf(call),
		company_id: readId(context, item, itemIndex, 'companyId'),
		sku: required(call, 'sku', 'SKU', item.json['sku']),
		starts_at: timeOf(call, 'startsAt', 'Start', item.json['starts_at']),
		customer: { name: text('customerName'), phone: text('customerPhone') },
	};
	// With "Retry On Fail" a hold whose answer was lost is found again, instead of standing in its own way.
	const idempotencyKey = createHash('sha256').update(JSON.stringify([context.getExecutionId(), context.getNode().id, itemIndex, body])).digest('hex');
	return await requestBooking(call, { method: 'POST', path: '/v1/bookings', body, idempotencyKey });
}
