import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { filledByModel, toolDescription } from '../shared/as-tool.ts';
import { sourceProperties } from '../shared/turn-source.ts';
import { sendReplies } from './send-replies.ts';

export class SendReply implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Send Reply',
		name: 'sendReply',
		icon: { light: 'file:sendReply.svg', dark: 'file:sendReply.dark.svg' },
		group: ['output'],
		version: 1,
		subtitle: '={{ $parameter["replyWith"] === "text" ? "Free text" : "Decision" }}',
		description: "Sends the answer to the customer on the turn's own channel, once, however often it is repeated",
		defaults: { name: 'Send Reply' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'conciergeApi', required: true }],
		properties: [
			toolDescription(
				'Sends an answer to the customer who wrote, on the channel they wrote on. "queued" or "already_queued": it is on its way, do not send it again. "superseded": the customer has written more, which is answered separately. "human": a person has the conversation, and nothing was sent.',
			),
			{
				displayName: 'Reply With',
				name: 'replyWith',
				type: 'options',
				noDataExpression: true,
				options: [
					{
						name: 'Decision',
						value: 'decision',
						description: "Send the Sales Agent's checked answer, with the payment link when a checkout was made",
					},
					{
						name: 'Free Text',
						value: 'text',
						description: 'Send your own words. They are not checked against the catalog and are recorded as written by an operator.',
					},
				],
				default: 'decision',
				description: 'What to send',
			},
			...sourceProperties('Turn', [
				{ name: 'turnId', description: 'The turn to answer' },
				{
					name: 'decisionId',
					description: 'The decision, as the Sales Agent put it out',
					show: { replyWith: ['decision'] },
				},
			]),
			...filledByModel(
				{
					displayName: 'Text',
					name: 'text',
					type: 'string',
					typeOptions: { rows: 4 },
					required: true,
					default: '',
					displayOptions: { show: { replyWith: ['text'] } },
					description: 'What the customer reads. Long texts are split at the limits of the channel.',
				},
				'text',
				'What the customer reads, in their language',
			),
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await sendReplies(this);
	}
}
