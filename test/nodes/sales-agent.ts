import type { WorkflowJson, WorkflowNode } from './engine.ts';
import { runWorkflow } from './engine.ts';
import { modelNode } from './fake-model.ts';
import type { PlatformDouble } from './platform.ts';

export const API_KEY = 'ck_worker_0123456789abcdef';

type NextStep = 'reply' | 'checkout' | 'handover';

/** The JSON of `POST /v1/turns/{id}/decision`, cut to what the node uses. */
export function accepted(turnId: string, next: NextStep) {
	const decision = { turnId, decisionId: `dec_${turnId}`, response: `Answer to ${turnId}`, model: 'offline', violations: [] };
	return { json: { object: 'decision', accepted: true, next, decision } };
}

export function decideOn(platform: PlatformDouble, turnId: string, next: NextStep): void {
	platform.on(`POST /v1/turns/${turnId}/decision`, accepted(turnId, next));
}

export interface SalesAgentRun {
	readonly node?: Partial<WorkflowNode>;
	readonly primary?: unknown;
	readonly fallback?: unknown;
}

/** A workflow whose Sales Agent gets an item a turn, each output with a node of its name after it. */
export async function runSalesAgent(platform: PlatformDouble, turnIds: readonly string[], { node = {}, primary, fallback }: SalesAgentRun = {}) {
	const outputs = ['Reply', 'Checkout', 'Handover'];
	const models = [
		{ name: 'Primary', model: primary, index: 0 },
		{ name: 'Fallback', model: fallback, index: 1 },
	].filter(({ model }) => model !== undefined);
	const workflow: WorkflowJson = {
		nodes: [
			{ name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
			{ name: 'Sales Agent', type: 'n8n-nodes-concierge.salesAgent', ...node },
			...outputs.map((name) => ({ name, type: 'n8n-nodes-base.noOp' })),
			...models.map(({ name }) => ({ name, type: `test.${name}` })),
		],
		connections: {
			Start: { main: [[{ node: 'Sales Agent', type: 'main', index: 0 }]] },
			'Sales Agent': { main: outputs.map((name) => [{ node: name, type: 'main' as const, index: 0 }]) },
			...Object.fromEntries(
				models.map(({ name, index }) => [
					name,
					{ ai_languageModel: [[{ node: 'Sales Agent', type: 'ai_languageModel' as const, index }]] },
				]),
			),
		},
	};
	return await runWorkflow({
		workflow,
		items: turnIds.map((turnId) => ({ turnId, text: 'Hi' })),
		credential: { baseUrl: platform.url, apiKey: API_KEY },
		nodeTypes: Object.fromEntries(models.map(({ name, model }) => [`test.${name}`, modelNode(model)])),
	});
}
