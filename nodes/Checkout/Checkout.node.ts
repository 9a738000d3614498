import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { toolDescription } from '../shared/as-tool.ts';
import { sourceProperties } from '../shared/turn-source.ts';
import { startCheckouts } from './start-checkouts.ts';

export class Checkout implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Checkout',
		name: 'checkout',
		icon: { light: 'file:checkout.svg', dark: 'file:checkout.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: 'Order and payment link',
		description: 'Turns a decision to buy into an order and opens its payment. Repeating it changes nothing.',
		defaults: { name: 'Checkout' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'conciergeApi', required: true }],
		properties: [
			toolDescription(
				'Makes the order that a decision of the Sales Agent commits to, and opens its payment. "payment_link_sent": the link goes out with the reply of the same decision, so send that next. "refused": there is no order, and the reason says why. Repeating it makes no second order.',
			),
			{
				displayName:
					'The order is what the decision says: sums and stock are checked by the platform. The payment link is sent by Send Reply, so connect that next.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			...sourceProperties('Decision', [
				{ name: 'turnId', description: 'The turn that was answered' },
				{ name: 'decisionId', description: 'The decision, as the Sales Agent put it out' },
			]),
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await startCheckouts(this);
	}
}
