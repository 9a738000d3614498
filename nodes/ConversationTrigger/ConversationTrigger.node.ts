import type {
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { receiveTurn } from './receive-turn.ts';
import { subscriptionMethods } from '../shared/subscription.ts';
import { readWanted } from './wanted.ts';

export class ConversationTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Conversation Trigger',
		name: 'conversationTrigger',
		icon: { light: 'file:conversationTrigger.svg', dark: 'file:conversationTrigger.dark.svg' },
		group: ['trigger'],
		// 2 or higher: n8n evaluates a hidden expression for every call of a version 1 webhook node.
		version: 2,
		subtitle: '={{ $parameter["connectionId"] ? "One connection" : $parameter["channels"].join(", ") || "All channels" }}',
		description: 'Starts when customers have written on a connected channel: one item for every burst of messages',
		eventTriggerDescription: 'Waiting for a customer to write',
		activationMessage: 'Your workflow now receives the turns of the chosen channels.',
		defaults: { name: 'Conversation Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'conciergeApi', required: true }],
		triggerPanel: {
			header: 'Receive what your customers write',
			executionsHelp: {
				inactive:
					'While you build, click "Execute step" and write to one of your channels from a phone: this workflow gets that turn as well. When it works, publish it to receive every turn.',
				active:
					'The workflow is published: every burst of messages starts one execution, which you find in the executions list. When many customers write at once, an execution may have several bursts, one item each.',
			},
			activationHint: 'Publish the workflow to receive turns without this window.',
		},
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				// Answered after n8n stored the execution, with what `webhook()` returns; '' keeps n8n from answering with its own text.
				responseMode: 'onReceived',
				responseData: '',
				path: 'turns',
			},
		],
		properties: [
			{
				displayName:
					'The trigger subscribes with the platform when the workflow is published. Messages of one burst arrive together as one item; when many customers write at once, several items arrive together.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Channels',
				name: 'channels',
				type: 'multiOptions',
				noDataExpression: true,
				options: [
					{ name: 'Telegram', value: 'telegram' },
					{ name: 'WhatsApp', value: 'whatsapp' },
				],
				default: [],
				description: 'Which channels start this workflow',
				hint: 'None chosen: all channels',
			},
			{
				displayName: 'Connection ID',
				name: 'connectionId',
				type: 'string',
				noDataExpression: true,
				default: '',
				placeholder: 'con_…',
				description: 'Only turns of this connection, which then go to this workflow and to no shared one',
				hint: 'Empty: every connection that has no workflow of its own',
			},
		],
	};

	webhookMethods = subscriptionMethods(readWanted);

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receiveTurn(this);
	}
}
