import type { IHookFunctions, INodeType, INodeTypeDescription, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';
import { NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import { stringList, subscriptionMethods, triggerOf } from '../shared/subscription.ts';
import type { WantedSubscription } from '../shared/subscription.ts';
import { receiveOrderEvent } from './receive-order-event.ts';

export class OrderTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Order Trigger',
		name: 'orderTrigger',
		icon: { light: 'file:orderTrigger.svg', dark: 'file:orderTrigger.dark.svg' },
		group: ['trigger'],
		// 2 or higher: n8n evaluates a hidden expression for every call of a version 1 webhook node.
		version: 2,
		subtitle: '={{ $parameter["events"].map((event) => event.replace("order.", "")).join(", ") }}',
		description: 'Starts when something happens to an order: it is made, paid, expires, is refunded or disputed, or its booking is made, moved or cancelled',
		eventTriggerDescription: 'Waiting for an order',
		activationMessage: 'Your workflow now hears of orders.',
		defaults: { name: 'Order Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'conciergeApi', required: true }],
		triggerPanel: {
			header: 'Hear what happens to orders',
			executionsHelp: {
				inactive: 'While you build, click "Execute step" and pay an order in a chat: this workflow gets that event as well. When it works, publish it to hear of every order.',
				active: 'The workflow is published: every event of an order starts one execution, which you find in the executions list.',
			},
			activationHint: 'Publish the workflow to hear of orders without this window.',
		},
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', responseData: '', path: 'orders' }],
		properties: [
			{
				displayName: 'The trigger subscribes with the platform when the workflow is published. The customer gets the confirmation of a payment from the platform: there is no need to send it here.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				noDataExpression: true,
				options: [
					{ name: 'Booked', value: 'order.booked', description: 'Its booking is in the calendar' },
					{ name: 'Booking Cancelled', value: 'order.booking_cancelled', description: 'By the customer, the company, by hand in the calendar or with a refund' },
					{ name: 'Cancelled', value: 'order.cancelled', description: 'A newer order took its place, or there is no link for it' },
					{ name: 'Confirmed', value: 'order.confirmed', description: 'It is free: there is nothing to pay' },
					{ name: 'Created', value: 'order.created', description: 'A customer has committed; most wait for their payment then' },
					{ name: 'Disputed', value: 'order.disputed', description: 'The customer disputes the payment at the bank, or that goes on or ends' },
					{ name: 'Expired', value: 'order.expired', description: 'Its time to be paid is over' },
					{ name: 'Moved', value: 'order.moved', description: 'Its booking has another time: by the customer, the company or by hand in the calendar' },
					{ name: 'Paid', value: 'order.paid', description: 'The whole sum has come' },
					{ name: 'Refunded', value: 'order.refunded', description: 'All of the money goes back' },
				],
				default: ['order.paid'],
				description: 'What starts this workflow',
			},
			{
				displayName: 'Company ID',
				name: 'companyId',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'com_…',
				description: 'Only orders of this company',
				hint: 'Empty: of every company that the credential reaches',
			},
			{
				displayName: 'Leave Out Companies With Their Own Workflow',
				name: 'withoutOwn',
				type: 'boolean',
				noDataExpression: true,
				default: false,
				displayOptions: { show: { companyId: [''] } },
				description: 'Whether to leave out what another published workflow hears of for its company alone: an Order Trigger with that Company ID and that event',
			},
		],
	};

	webhookMethods = subscriptionMethods(readWanted);

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receiveOrderEvent(this);
	}
}

function readWanted(context: IHookFunctions): WantedSubscription {
	const events = stringList(context.getNodeParameter('events', []));
	if (events.length === 0) throw new NodeOperationError(context.getNode(), 'No event is chosen', { description: 'Choose at least one event that starts this workflow.' });
	const companyId = String(context.getNodeParameter('companyId', '')).trim();
	return { ...triggerOf(context), events, channels: [], connection_id: '', company_id: companyId, without_own: companyId === '' && context.getNodeParameter('withoutOwn', false) === true };
}
