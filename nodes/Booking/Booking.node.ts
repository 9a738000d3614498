import type { IExecuteFunctions, INodeExecutionData, INodeProperties, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { isTool, toolDescription, withFewerInTool } from '../shared/as-tool.ts';
import { connectPlatform } from '../shared/platform-api.ts';
import { runItems } from '../shared/run-items.ts';
import { sourceProperties } from '../shared/turn-source.ts';
import { changeProperties, cancelBooking, confirmBooking, moveBooking } from './change.ts';
import { findSlots, findSlotsProperties } from './find-slots.ts';
import { holdProperties, holdSlot } from './hold.ts';

const OPERATIONS = { findSlots, hold: holdSlot, confirm: confirmBooking, move: moveBooking, cancel: cancelBooking } as const;

/** A company is named for what has no booking yet. */
const companyProperties: INodeProperties[] = sourceProperties('Company', [{ name: 'companyId', description: 'The company that is booked' }]).map((property) => ({
	...property,
	displayOptions: { show: { operation: ['findSlots', 'hold'], ...property.displayOptions?.show } },
}));

export class Booking implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Booking',
		name: 'booking',
		icon: { light: 'file:booking.svg', dark: 'file:booking.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["operation"] }}',
		description: "Finds free slots, and books appointments and deliveries in a company's calendar",
		defaults: { name: 'Booking' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Done', 'Slot Taken'],
		credentials: [{ name: 'conciergeApi', required: true }],
		properties: [
			toolDescription('Finds the free slots of one item of a company, the earliest first: appointments of a service, delivery windows of a product. "text" is how a customer is told a slot. Nothing is held or booked by this.'),
			...withFewerInTool(
				{
					displayName: 'Operation',
					name: 'operation',
					type: 'options',
					noDataExpression: true,
					options: [
						{ name: 'Cancel', value: 'cancel', description: 'Give a hold back, or take a booking out of the calendar', action: 'Cancel a booking' },
						{ name: 'Confirm', value: 'confirm', description: 'Put a held slot into the calendar; one of an order is booked when the order is paid', action: 'Confirm a booking' },
						{ name: 'Find Slots', value: 'findSlots', description: 'List what can be booked, the earliest first', action: 'Find free slots' },
						{ name: 'Hold', value: 'hold', description: 'Keep a slot for one customer for a while', action: 'Hold a slot' },
						{ name: 'Move', value: 'move', description: 'Take another free slot in place of the one that is held or booked', action: 'Move a booking' },
					],
					default: 'findSlots',
				},
				['findSlots'],
			),
			...findSlotsProperties,
			...holdProperties,
			...changeProperties,
			...companyProperties,
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const operation = String(this.getNodeParameter('operation', 0, 'findSlots'));
		if (isTool(this) && operation !== 'findSlots') {
			throw new NodeOperationError(this.getNode(), 'A tool only finds slots', { description: 'Holding and changing bookings is not left to a model that talks to customers: it could name a booking that is not theirs.' });
		}
		if (!isOperation(operation)) throw new NodeOperationError(this.getNode(), `The operation "${operation}" is not known`, { description: 'Choose one of the list.' });
		const platform = await connectPlatform(this);
		const act = OPERATIONS[operation];
		return await runItems(this, { outputs: 2, concurrency: 10 }, async (item, itemIndex) => await act({ context: this, platform, item, itemIndex }));
	}
}

function isOperation(name: string): name is keyof typeof OPERATIONS {
	return Object.hasOwn(OPERATIONS, name);
}
