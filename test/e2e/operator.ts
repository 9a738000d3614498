import { randomUUID } from 'node:crypto';
import { eventually, stackClients } from './clients.ts';
import type { StackAccess } from './test-stack.ts';

/** The name of the AI Agent node in a workflow. */
export const AGENT = 'AI Agent';

/** One of our nodes as a tool of the agent. */
export interface Tool {
	readonly name: string;
	readonly type: 'catalogTool' | 'sendReplyTool' | 'checkoutTool';
	readonly parameters?: object;
}

/** Something of a workflow's JSON: nodes, and connections by the name of the node they start at. */
export interface WorkflowPart {
	readonly nodes: object[];
	readonly connections: Record<string, object>;
}

export type Operator = Awaited<ReturnType<typeof createOperator>>;

export const node = (name: string, type: string, typeVersion: number, parameters: object = {}, more: object = {}) => ({
	id: `tools-${name.toLowerCase().replaceAll(' ', '-')}`, name, type, typeVersion, position: [0, 0], parameters, ...more,
});

/** A connection into a node's first input. */
export const to = (name: string) => [{ node: name, type: 'main', index: 0 }];

/** Somebody who builds workflows for one business in n8n, with the business's key and a model of the sandbox. */
export async function createOperator(access: StackAccess, business: { apiKey: string; connectionId: string }) {
	const { n8n, api } = stackClients(access);
	const create = async (name: string, type: string, data: object) => {
		const { status, body } = await n8n.post<{ id: string }>('/credentials', { name, type, data });
		if (status !== 200) throw new Error(`n8n refused ${name}: ${JSON.stringify(body)}`);
		return { id: body.id, name };
	};
	const conciergeApi = await create('Operator', 'conciergeApi', { baseUrl: access.urls.concierge, apiKey: business.apiKey });
	const openAiApi = await create('Operator model', 'openAiApi', { apiKey: 'sk-sandbox', url: `${access.urls.sandbox}/openai/v1`, header: false });
	let workflowIds: string[] = [];

	const concierge = (name: string, type: string, parameters: object = {}, typeVersion = 1, more: object = {}) =>
		node(name, `n8n-nodes-concierge.${type}`, typeVersion, parameters, { credentials: { conciergeApi }, ...more });

	async function removeAll(): Promise<void> {
		for (const id of workflowIds) {
			await n8n.post(`/workflows/${id}/deactivate`);
			await eventually(`workflow ${id} deleted`, async () => (await n8n.delete(`/workflows/${id}`)).status === 200);
		}
		workflowIds = [];
	}

	return {
		concierge,
		removeAll,
		/** Gets the turns of the business's connection, which then go to no shared workflow. */
		trigger: () => concierge('Conversation Trigger', 'conversationTrigger', { connectionId: business.connectionId }, 2, { webhookId: randomUUID() }),

		/** n8n's AI Agent with its OpenAI Chat Model and these tools. */
		agent(prompt: string, tools: readonly Tool[]): WorkflowPart {
			const sub = (type: string) => ({ [type]: [[{ node: AGENT, type, index: 0 }]] });
			return {
				nodes: [
					node(AGENT, '@n8n/n8n-nodes-langchain.agent', 3.1, { promptType: 'define', text: prompt, options: {} }),
					node('OpenAI Chat Model', '@n8n/n8n-nodes-langchain.lmChatOpenAi', 1.2, { model: { __rl: true, mode: 'id', value: 'gpt-sandbox' }, options: {} }, {
						credentials: { openAiApi },
					}),
					...tools.map(({ name, type, parameters }) => concierge(name, type, parameters)),
				],
				connections: { 'OpenAI Chat Model': sub('ai_languageModel'), ...Object.fromEntries(tools.map(({ name }) => [name, sub('ai_tool')])) },
			};
		},

		/** Publishes a workflow; one with a Conversation Trigger is ready when the platform has its subscription. */
		async publish(name: string, nodes: object[], connections: object): Promise<string> {
			const { status, body } = await n8n.post<{ id: string }>('/workflows', { name, nodes, connections, settings: { executionOrder: 'v1' } });
			if (status !== 200) throw new Error(`n8n refused ${name}: ${JSON.stringify(body)}`);
			workflowIds.push(body.id);
			const activated = await n8n.post(`/workflows/${body.id}/activate`);
			if (activated.status !== 200) throw new Error(`n8n refused to publish ${name}: ${JSON.stringify(activated.body)}`);
			if (nodes.some((one) => 'name' in one && one.name === 'Conversation Trigger')) {
				await eventually('a subscription', async () => {
					const { body: list } = await api(business.apiKey).get<{ data: { workflow_id: string }[] }>('/v1/subscriptions');
					return list.data.some(({ workflow_id }) => workflow_id === body.id);
				});
			}
			return body.id;
		},

		async close(): Promise<void> {
			await removeAll();
			for (const { id } of [conciergeApi, openAiApi]) await n8n.delete(`/credentials/${id}`);
		},
	};
}
