import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { sourceProperties } from '../shared/turn-source.ts';
import { answerTurns } from './answer-turns.ts';

export class SalesAgent implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Sales Agent',
		name: 'salesAgent',
		icon: { light: 'file:salesAgent.svg', dark: 'file:salesAgent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: 'Checked answers',
		description: 'Answers a customer from the catalog. The platform checks every price, date and promise before it counts.',
		defaults: { name: 'Sales Agent' },
		inputs: [
			NodeConnectionTypes.Main,
			// Short names: n8n draws optional inputs side by side, and longer ones would cover each other.
			{
				type: NodeConnectionTypes.AiLanguageModel,
				displayName: 'Model',
				maxConnections: 1,
				required: false,
			},
			{
				type: NodeConnectionTypes.AiLanguageModel,
				displayName: 'Fallback',
				maxConnections: 1,
				required: false,
			},
		],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Reply', 'Checkout', 'Handover'],
		credentials: [{ name: 'conciergeApi', required: true }],
		// It routes turns to three outputs, which a tool doesn't have; an agent's tools are Catalog, Checkout and Send Reply.
		usableAsTool: undefined,
		properties: [
			{
				displayName:
					'Connect any chat model, best one that can call tools. Without one, the built-in responder answers in English, Spanish, Russian, Ukrainian and German. Connect all three outputs: an unconnected one leaves its customers without an answer.',
				name: 'notice',
				type: 'notice',
				default: '',
			},
			...sourceProperties('Turn', [{ name: 'turnId', description: 'The turn to answer, as the Conversation Trigger put it out' }]),
			{
				displayName: 'Options',
				name: 'options',
				type: 'collection',
				placeholder: 'Add option',
				default: {},
				options: [
					{
						displayName: 'Additional Instructions',
						name: 'instructions',
						type: 'string',
						typeOptions: { rows: 4 },
						default: '',
						placeholder: 'e.g. The customer comes from our spring campaign: offer the gift card first.',
						description: 'Tone and rules in prose for the models of this node, after those of company, channel and scenario. They lift no check: prices, sums and promises are compared with the catalog all the same.',
					},
					{
						displayName: 'Items at Once',
						name: 'concurrency',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 50 },
						default: 10,
						description: 'How many turns a chat model answers at the same time when several items come in',
					},
					{
						displayName: 'Max Tool Rounds',
						name: 'maxToolRounds',
						type: 'number',
						typeOptions: { minValue: 1, maxValue: 20 },
						default: 6,
						description: 'How often a model is called for one turn: to look things up, to decide, to correct itself',
					},
					{
						displayName: 'Scenario',
						name: 'scenario',
						type: 'string',
						default: '',
						placeholder: 'e.g. after-sale',
						description: "Name of a scenario in the company's settings, whose instructions and handover words come in addition. One that the company doesn't have adds nothing, and a hint on the output says so.",
					},
					{
						displayName: 'Show Pictures',
						name: 'showPictures',
						type: 'boolean',
						default: true,
						description: 'Whether models see the pictures that a customer sends. n8n keeps in the execution what a model is sent. A model that takes no pictures is asked again without.',
					},
					{
						displayName: 'Timeout (Seconds)',
						name: 'timeoutSeconds',
						type: 'number',
						typeOptions: { minValue: 5, maxValue: 300 },
						default: 30,
						description:
							'How long one call of a model may take. After that the fallback model answers, and after it the platform, safely from the catalog.',
					},
				],
			},
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await answerTurns(this);
	}
}
