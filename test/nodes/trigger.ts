import type { IWebhookData, WorkflowExecuteMode } from 'n8n-workflow';
import { ConversationTrigger } from '../../nodes/ConversationTrigger/ConversationTrigger.node.ts';
import { TestCredentials, chain, createAdditionalData, createWorkflow } from './engine.ts';

export const API_KEY = 'ck_worker_0123456789abcdef';
export const trigger = new ConversationTrigger();

export interface TriggerSetup {
	readonly parameters?: Record<string, string | string[]>;
	/** Of the platform; nobody listens there by default. */
	readonly baseUrl?: string;
	readonly credentials?: TestCredentials;
	readonly test?: boolean;
}

const ids = new WeakMap<TestCredentials, string>();
let made = 0;

/** Every credential of a test is one of its own: the trigger remembers them. */
function idOf(credentials: TestCredentials): string {
	const known = ids.get(credentials);
	if (known !== undefined) return known;
	made += 1;
	ids.set(credentials, `cred-${String(made)}`);
	return `cred-${String(made)}`;
}

/** What n8n itself builds before it calls a trigger (webhook.service.js). */
export function triggerSurroundings({ parameters = {}, baseUrl = 'http://platform.test', credentials, test = false }: TriggerSetup, mode: WorkflowExecuteMode) {
	const workflow = createWorkflow(
		chain({
			id: 'node-trigger',
			name: 'Conversation Trigger',
			type: 'n8n-nodes-concierge.conversationTrigger',
			typeVersion: 2,
			webhookId: '5b1f4f0e-0000-4000-8000-000000000000',
			parameters,
		}),
	);
	const node = workflow.getNode('Conversation Trigger');
	const [webhookDescription] = trigger.description.webhooks ?? [];
	if (node === null || webhookDescription === undefined) throw new Error('no trigger');
	const helper = credentials ?? new TestCredentials({ baseUrl, apiKey: API_KEY });
	node.credentials = { conciergeApi: { id: idOf(helper), name: 'Concierge' } };
	const additionalData = createAdditionalData(workflow, helper, mode);
	delete additionalData.executionId;
	const webhookData: IWebhookData = {
		httpMethod: 'POST',
		node: node.name,
		path: 'turns',
		webhookDescription,
		workflowId: workflow.id,
		workflowExecuteAdditionalData: additionalData,
		isTest: test,
	};
	return { workflow, node, additionalData, webhookData };
}
