import type { INodeProperties } from 'n8n-workflow';
import { isRecord } from '../shared/platform-api.ts';
import type { ItemResult } from '../shared/run-items.ts';
import { requestBooking, required, timeOf, turnOf, type BookingCall } from './request.ts';

export const changeProperties: INodeProperties[] = [
	{
		displayName: 'Booking ID',
		name: 'bookingId',
		type: 'string',
		default: '',
		placeholder: 'e.g. bkg_019…',
		displayOptions: { show: { operation: ['confirm', 'move', 'cancel'] } },
		description: 'Empty: that of the incoming item’s booking, as Hold puts it out',
	},
	{
		displayName: 'New Start',
		name: 'newStart',
		type: 'string',
		default: '',
		placeholder: 'e.g. 2026-11-30T10:00:00+01:00',
		displayOptions: { show: { operation: ['move'] } },
		description: 'Of a free slot, with its zone. Empty: the starts_at of the incoming item, as Find Slots puts it out.',
	},
	{
		displayName: 'Asked By',
		name: 'by',
		type: 'options',
		options: [
			{ name: 'Company', value: 'company', description: 'Always possible' },
			{ name: 'Customer', value: 'customer', description: 'Until so many hours before, as the company has set it' },
		],
		default: 'customer',
		displayOptions: { show: { operation: ['move', 'cancel'] } },
		description: 'Whose wish it is: what customers may change is the company’s rule',
	},
	{
		displayName: 'Despite Conflicts',
		name: 'force',
		type: 'boolean',
		default: false,
		displayOptions: { show: { operation: ['confirm'] } },
		description: 'Whether to book it although something else takes this time in the calendar',
	},
];

export const confirmBooking = async (call: BookingCall): Promise<ItemResult> => await change(call, 'confirm', { force: call.context.getNodeParameter('force', call.itemIndex, false) === true });

export const moveBooking = async (call: BookingCall): Promise<ItemResult> => await change(call, 'move', { starts_at: timeOf(call, 'newStart', 'New Start', call.item.json['starts_at']), by: by(call) });

export const cancelBooking = async (call: BookingCall): Promise<ItemResult> => await change(call, 'cancel', { by: by(call) });

async function change(call: BookingCall, what: 'confirm' | 'move' | 'cancel', body: Readonly<Record<string, unknown>>): Promise<ItemResult> {
	const { booking } = call.item.json;
	const id = required(call, 'bookingId', 'Booking ID', isRecord(booking) ? booking['id'] : undefined);
	return await requestBooking(call, { method: 'POST', path: `/v1/bookings/${encodeURIComponent(id)}/${what}`, body: { ...body, ...turnOf(call) } });
}

function by({ context, itemIndex }: BookingCall): string {
	return context.getNodeParameter('by', itemIndex, 'customer') === 'company' ? 'company' : 'customer';
}
