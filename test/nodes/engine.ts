import { createRequire } from 'node:module';
import { ExecutionLifecycleHooks, ExternalSecretsProxy, WorkflowExecute } from 'n8n-core';
import type {
	IBinaryKeyData,
	ICredentialDataDecryptedObject,
	ICredentials,
	IHttpRequestOptions,
	INode,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypes,
	IRun,
	IVersionedNodeType,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { ICredentialsHelper, NodeHelpers, Workflow, createRunExecutionData } from 'n8n-workflow';
import { ConciergeApi } from '../../credentials/ConciergeApi.credentials.ts';
import { Booking } from '../../nodes/Booking/Booking.node.ts';
import { Catalog } from '../../nodes/Catalog/Catalog.node.ts';
import { Checkout } from '../../nodes/Checkout/Checkout.node.ts';
import { ConversationTrigger } from '../../nodes/ConversationTrigger/ConversationTrigger.node.ts';
import { OrderTrigger } from '../../nodes/OrderTrigger/OrderTrigger.node.ts';
import { SalesAgent } from '../../nodes/SalesAgent/SalesAgent.node.ts';
import { SendReply } from '../../nodes/SendReply/SendReply.node.ts';

/** n8n's own nodes that tests put beside ours, by the path of their class in n8n-nodes-base. */
const STOCK_NODES = {
	manualTrigger: 'ManualTrigger/ManualTrigger.node.js:ManualTrigger',
	executeWorkflow: 'ExecuteWorkflow/ExecuteWorkflow/ExecuteWorkflow.node.js:ExecuteWorkflow',
	executeWorkflowTrigger: 'ExecuteWorkflow/ExecuteWorkflowTrigger/ExecuteWorkflowTrigger.node.js:ExecuteWorkflowTrigger',
	limit: 'Transform/Limit/Limit.node.js:Limit',
	noOp: 'NoOp/NoOp.node.js:NoOp',
	set: 'Set/Set.node.js:Set',
	stickyNote: 'StickyNote/StickyNote.node.js:StickyNote',
} as const;

const OWN_NODES = [ConversationTrigger, OrderTrigger, SalesAgent, Checkout, SendReply, Catalog, Booking];

export interface WorkflowJson {
	readonly nodes: readonly WorkflowNode[];
	readonly connections: IWorkflowBase['connections'];
}

export interface WorkflowNode extends Partial<Omit<INode, 'name' | 'type'>> {
	readonly name: string;
	readonly type: string;
}

export interface RunSetup {
	readonly workflow: WorkflowJson;
	/** Node to start at, with what a trigger would have put out. Default: the first node, one empty item. */
	readonly start?: string;
	readonly items?: ReadonlyArray<Record<string, unknown>>;
	/** Files of the items, by their place. */
	readonly binaries?: readonly IBinaryKeyData[];
	readonly credential: { readonly baseUrl: string; readonly apiKey: string };
	/** Further node types, e.g. a fake chat model, by full name. */
	readonly nodeTypes?: Readonly<Record<string, INodeType>>;
	readonly mode?: WorkflowExecuteMode;
	/** What a sub-workflow is called with. */
	readonly onSubWorkflow?: (items: readonly INodeExecutionData[], options: { readonly workflowId: string; readonly waits: boolean }) => void;
	/** The start node is a tool that the AI Agent's model called with these arguments; `items[0]` is the item that the agent works on. */
	readonly calledWith?: Record<string, unknown>;
}

export interface Outcome {
	readonly run: IRun;
	readonly status: IRun['status'];
	readonly error: IRun['data']['resultData']['error'];
	/** How often a node asked n8n to decrypt the credential. */
	readonly credentialReads: number;
	ran(node: string): boolean;
	items(node: string, output?: number): INodeExecutionData[];
	json(node: string, output?: number): unknown[];
	/** What the model reads of a tool's run. */
	toModel(tool: string): unknown[];
	hints(node: string): NodeExecutionHint[];
}

/** Runs a workflow's JSON through n8n's own engine (`WorkflowExecute`), with our node classes and n8n's beside them. */
export async function runWorkflow(setup: RunSetup): Promise<Outcome> {
	const credentials = new TestCredentials({ ...setup.credential });
	const workflow = createWorkflow(setup.workflow, setup.nodeTypes);
	const mode = setup.mode ?? 'trigger';
	const node = workflow.getNode(setup.start ?? setup.workflow.nodes[0]?.name ?? '');
	if (node === null) throw new Error('The workflow has no such start node');
	const items = (setup.items ?? [{}]).map((json, at) => ({ json: { ...json, ...setup.calledWith }, ...(setup.binaries?.[at] ? { binary: setup.binaries[at] } : {}) }) as INodeExecutionData);
	const runData = createRunExecutionData({
		executionData: { nodeExecutionStack: [{ node, data: { main: [items] }, source: null, ...(setup.calledWith ? { runIndex: 0 } : {}) }] },
	});
	if (setup.calledWith) {
		// As n8n-core's requests-response.ts prepares the run of a tool.
		const json = setup.calledWith as INodeExecutionData['json'];
		node.rewireOutputLogTo = 'ai_tool';
		runData.resultData.runData[node.name] = [{ inputOverride: { ai_tool: [[{ json }]] }, source: [], executionIndex: 0, executionTime: 0, startTime: 0 }];
	}
	const additionalData = createAdditionalData(workflow, credentials, mode);
	if (setup.onSubWorkflow) additionalData.executeWorkflow = subWorkflow(setup.onSubWorkflow);
	const execute = new WorkflowExecute(additionalData, mode, runData);
	const run = await execute.processRunExecutionData(workflow);
	const resultData = run.data.resultData;
	const tasks = (name: string) => resultData.runData[name] ?? [];
	return {
		run,
		status: run.status,
		error: resultData.error,
		credentialReads: credentials.reads,
		ran: (name) => tasks(name).length > 0,
		items: (name, output = 0) => tasks(name).flatMap((task) => task.data?.['main']?.[output] ?? []),
		json: (name, output = 0) => tasks(name).flatMap((task) => (task.data?.['main']?.[output] ?? []).map(({ json }) => json)),
		toModel: (name) => tasks(name).flatMap((task) => (task.data?.['ai_tool']?.[0] ?? []).map(({ json }) => json)),
		hints: (name) => tasks(name).flatMap((task) => task.hints ?? []),
	};
}

function subWorkflow(onCall: NonNullable<RunSetup['onSubWorkflow']>): IWorkflowExecuteAdditionalData['executeWorkflow'] {
	return async (info, _additionalData, options) => {
		onCall(options.inputData ?? [], { workflowId: info.id ?? '', waits: options.doNotWaitToFinish !== true });
		return { executionId: 'exec-sub', data: [options.inputData ?? []] };
	};
}

export function createWorkflow(json: WorkflowJson, more: Readonly<Record<string, INodeType>> = {}): Workflow {
	return new Workflow({
		id: 'wf-test',
		name: 'Test',
		active: true,
		nodes: json.nodes.map(
			(node, index): INode => ({
				id: `node-${String(index)}`,
				typeVersion: 1,
				position: [index * 200, 0],
				parameters: {},
				credentials: node.type.startsWith('n8n-nodes-concierge.') ? { conciergeApi: { id: 'cred-1', name: 'Concierge' } } : {},
				...node,
			}),
		),
		connections: json.connections,
		nodeTypes: new TestNodeTypes(more),
		settings: { executionOrder: 'v1' },
	});
}

/** A chain: every node's first output into the next one. */
export function chain(...nodes: WorkflowNode[]): WorkflowJson {
	const connections: IWorkflowBase['connections'] = {};
	nodes.slice(1).forEach((node, index) => {
		const from = nodes[index];
		if (from !== undefined) connections[from.name] = { main: [[{ node: node.name, type: 'main', index: 0 }]] };
	});
	return { nodes, connections };
}

export function createAdditionalData(
	workflow: Workflow,
	credentialsHelper: ICredentialsHelper,
	mode: WorkflowExecuteMode,
): IWorkflowExecuteAdditionalData {
	const notHere = () => {
		throw new Error('Not available in this test');
	};
	const base = 'http://n8n.test';
	const workflowData: IWorkflowBase = {
		id: workflow.id,
		name: workflow.name ?? '',
		active: true,
		isArchived: false,
		createdAt: new Date(0),
		updatedAt: new Date(0),
		activeVersionId: null,
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
	};
	return {
		credentialsHelper,
		executionId: 'exec-1',
		hooks: new ExecutionLifecycleHooks(mode, 'exec-1', workflowData),
		externalSecretsProxy: new ExternalSecretsProxy(),
		currentNodeExecutionIndex: 0,
		variables: {},
		restApiUrl: `${base}/rest`,
		instanceBaseUrl: base,
		formBaseUrl: `${base}/form`,
		formWaitingBaseUrl: `${base}/form-waiting`,
		formTestBaseUrl: `${base}/form-test`,
		webhookBaseUrl: `${base}/webhook`,
		webhookWaitingBaseUrl: `${base}/webhook-waiting`,
		webhookTestBaseUrl: `${base}/webhook-test`,
		mcpBaseUrl: `${base}/mcp`,
		mcpTestBaseUrl: `${base}/mcp-test`,
		logAiEvent: () => undefined,
		executeWorkflow: notHere,
		getRunExecutionData: notHere,
		getRuntimeCredential: notHere,
		startRunnerTask: notHere,
	};
}

/** Gives the one credential of a test to every node that has it, and counts how often it was decrypted. */
export class TestCredentials extends ICredentialsHelper {
	reads = 0;
	/** May change while a test runs. */
	data: ICredentialDataDecryptedObject;

	constructor(data: ICredentialDataDecryptedObject) {
		super();
		this.data = data;
	}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		_type: string,
		options: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return await new ConciergeApi().authenticate(credentials, options);
	}

	async preAuthentication(): Promise<undefined> {}

	async runPreAuthentication(): Promise<undefined> {}

	async getCredentials(): Promise<ICredentials> {
		throw new Error('Not available in this test');
	}

	async getDecrypted(): Promise<ICredentialDataDecryptedObject> {
		this.reads += 1;
		return { ...this.data };
	}

	async updateCredentials(): Promise<void> {}

	async updateCredentialsOauthTokenData(): Promise<void> {}

	getCredentialsProperties(): INodeProperties[] {
		return new ConciergeApi().properties;
	}
}

class TestNodeTypes implements INodeTypes {
	readonly #types = new Map<string, INodeType | IVersionedNodeType>();

	constructor(more: Readonly<Record<string, INodeType>>) {
		for (const NodeClass of OWN_NODES) {
			const type = new NodeClass();
			this.#types.set(`n8n-nodes-concierge.${type.description.name}`, type);
		}
		for (const [name, type] of Object.entries(more)) this.#types.set(name, type);
	}

	getByName(name: string): INodeType | IVersionedNodeType {
		const known = this.#types.get(name) ?? loadStockNode(name);
		this.#types.set(name, known);
		return known;
	}

	getByNameAndVersion(name: string, version?: number): INodeType {
		return NodeHelpers.getVersionedNodeType(this.getByName(name), version);
	}

	getKnownTypes() {
		return {};
	}
}

const require = createRequire(import.meta.url);

function loadStockNode(name: string): INodeType | IVersionedNodeType {
	const key = name.replace('n8n-nodes-base.', '');
	const location = Object.entries(STOCK_NODES).find(([known]) => known === key)?.[1];
	if (location === undefined) throw new Error(`Unknown node type ${name}: add it to STOCK_NODES`);
	const [file = '', className = ''] = location.split(':');
	const loaded = require(`n8n-nodes-base/dist/nodes/${file}`) as Record<string, new () => INodeType | IVersionedNodeType>;
	const NodeClass = loaded[className];
	if (NodeClass === undefined) throw new Error(`${file} has no class ${className}`);
	return new NodeClass();
}
