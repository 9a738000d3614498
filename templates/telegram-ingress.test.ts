import { readFileSync } from 'node:fs';
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import type { WorkflowJson } from '../test/nodes/engine.ts';
import { runWorkflow } from '../test/nodes/engine.ts';

/** `telegram-ingress/workflow.json` as it stands, run by n8n's own engine; Telegram and the answering workflow are only asked. */
const workflow = JSON.parse(readFileSync(new URL('./telegram-ingress/workflow.json', import.meta.url), 'utf8')) as WorkflowJson;

async function run(count: number) {
	const typing: unknown[] = [];
	const answered: { readonly turns: readonly unknown[]; readonly workflowId: string; readonly waits: boolean }[] = [];
	const telegram: INodeType = {
		description: {
			displayName: 'Telegram', name: 'telegram', group: ['output'], version: 1.2, description: '', defaults: { name: 'Telegram' },
			inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main],
			properties: [{ displayName: 'Chat ID', name: 'chatId', type: 'string', default: '' }],
		},
		execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
			typing.push(...this.getInputData().map((_item, index) => this.getNodeParameter('chatId', index)));
			return Promise.reject(new Error('Telegram is away'));
		},
	};
	const outcome = await runWorkflow({
		workflow,
		start: 'Conversation Trigger',
		items: Array.from({ length: count }, (_, index) => ({ type: 'turn.ready', turnId: `trn_${index}`, customer: { id: `chat-${index}` } })),
		credential: { baseUrl: 'http://platform.test', apiKey: 'ck_tenant_1' },
		nodeTypes: { 'n8n-nodes-base.telegram': telegram },
		onSubWorkflow: (items, options) => answered.push({ turns: items.map(({ json }) => json['turnId']), ...options }),
	});
	return { outcome, typing, answered };
}

describe("a bot's own workflow", () => {
	it('shows typing and passes the turn on, also when Telegram takes nothing', async () => {
		const { outcome, typing, answered } = await run(1);
		expect(outcome.status).toBe('success');
		expect(typing).toEqual(['chat-0']);
		expect(answered).toEqual([{ turns: ['trn_0'], workflowId: '__ANSWER_WORKFLOW_ID__', waits: false }]);
	});

	it('passes several turns on in one call, each once, and does not hold them up with typing for all', async () => {
		const { typing, answered } = await run(20);
		expect(typing).toEqual(['chat-0', 'chat-1', 'chat-2']);
		expect(answered).toMatchObject([{ turns: Array.from({ length: 20 }, (_, index) => `trn_${index}`), waits: false }]);
	});
});
