import { setTimeout as delay } from 'node:timers/promises';
import createClient from 'openapi-fetch';
import { z } from 'zod';
import type { WorkflowJson } from '../../../../core/workflows/workflow.ts';
import { parseWorkflow } from '../../../../core/workflows/workflow.ts';
import { callVendor, failureOf, VendorError } from '../http.ts';
import type { paths } from './generated/api.d.ts';

export interface N8nCredential {
	/** 3 to 128 characters. */
	readonly name: string;
	readonly type: string;
	readonly data: Readonly<Record<string, string>>;
}

export interface N8nWorkflow {
	readonly id: string;
	readonly active: boolean;
	readonly content: WorkflowJson;
}

/**
 * What the provisioner does in n8n. Every method throws VendorError: `n8n_unreachable` (nothing was done), `n8n_ambiguous` (it may
 * have been done), `n8n_refused` with `vendorStatus`.
 */
export interface N8nClient {
	createCredential(credential: N8nCredential): Promise<{ id: string }>;
	/** Replaces name and data. @returns false when there is no such credential */
	updateCredential(id: string, credential: N8nCredential): Promise<boolean>;
	/** @returns false when it was gone already */
	deleteCredential(id: string): Promise<boolean>;
	findCredentials(name: string): Promise<readonly { id: string; type: string }[]>;
	/** Created switched off. */
	createWorkflow(workflow: WorkflowJson): Promise<{ id: string }>;
	/** null: there is no such workflow, or it is archived. */
	getWorkflow(id: string): Promise<N8nWorkflow | null>;
	findWorkflows(name: string): Promise<readonly N8nWorkflow[]>;
	/** Published at once when it is active. */
	updateWorkflow(id: string, workflow: WorkflowJson): Promise<void>;
	/** Answered before the trigger subscribes: only the arrival of its subscription confirms it. Activating an active one is success. */
	activateWorkflow(id: string): Promise<void>;
	/** @returns false when there is no such workflow */
	deactivateWorkflow(id: string): Promise<boolean>;
	/** Deactivates and deletes, waiting (at most 30 s) until n8n has unpublished it. @returns false when it was gone already */
	deleteWorkflow(id: string): Promise<boolean>;
}

const TIMEOUT_MS = 10_000;
const PAGE = 250;
/** n8n answers 409 "still being unpublished" while the trigger unsubscribes: three attempts of it, at most. */
const UNPUBLISH_WAIT_MS = 30_000;
const UNPUBLISH_POLL_MS = 200;

const created = z.object({ id: z.string().min(1) });
const workflowAnswer = z.looseObject({ id: z.string(), active: z.boolean(), isArchived: z.boolean().default(false) });
const workflowPage = z.object({ data: z.array(z.unknown()), nextCursor: z.string().nullish() });
const credentialPage = z.object({ data: z.array(z.object({ id: z.string(), name: z.string(), type: z.string() })), nextCursor: z.string().nullish() });
const failure = z.object({ message: z.string() });

/** Client of n8n's public API, typed by the OpenAPI document it ships. `url` is n8n's own, without `/api/v1`. */
export function createN8nClient(options: { url: string; apiKey: string; unpublishWaitMs?: number }): N8nClient {
	const { url, apiKey } = options;
	const secretsInFlight = new Set<string>([apiKey]);
	const api = createClient<paths>({
		baseUrl: `${url}/api/v1`,
		headers: { 'X-N8N-API-KEY': apiKey },
		// The one place where calls leave: timeouts and errors as for every vendor.
		async fetch(request: Request) {
			const text = await request.text();
			const path = new URL(request.url).pathname.replace(/^.*\/api\/v1/, '');
			const call = {
				vendor: 'n8n',
				operation: `${request.method} ${path}`,
				method: request.method,
				url: request.url,
				headers: { 'X-N8N-API-KEY': apiKey },
				...(text === '' ? {} : { json: JSON.parse(text) as unknown }),
				timeoutMs: TIMEOUT_MS,
				secrets: [...secretsInFlight],
			};
			const answer = await callVendor(call);
			if (answer.status >= 400) throw failureOf(call, answer, failure.safeParse(answer.json).data?.message ?? '');
			// While it starts, n8n answers anything with 200 and a text.
			if (answer.json === undefined && answer.status !== 204) throw new VendorError('n8n', 'unreachable', 'n8n is starting up. Try again in a few seconds.');
			return new Response(answer.status === 204 ? null : JSON.stringify(answer.json), { status: answer.status, headers: { 'content-type': 'application/json' } });
		},
	});

	/** Runs a call whose body holds secrets that n8n might repeat in an error. */
	async function withSecrets<T>(values: readonly string[], work: () => Promise<T>): Promise<T> {
		for (const value of values) secretsInFlight.add(value);
		try {
			return await work();
		} finally {
			for (const value of values) if (value !== apiKey) secretsInFlight.delete(value);
		}
	}

	async function deactivateWorkflow(id: string): Promise<boolean> {
		return unlessMissing(() => api.POST('/workflows/{workflowId}/deactivate', { params: { path: { workflowId: id } } }));
	}

	return {
		createCredential: ({ name, type, data }) =>
			withSecrets(Object.values(data), async () => parse(created, (await api.POST('/credentials', { body: { name, type, data } })).data, 'createCredential')),
		updateCredential: (id, { name, type, data }) =>
			withSecrets(Object.values(data), () =>
				unlessMissing(() => api.PATCH('/credentials/{credentialId}', { params: { path: { credentialId: id } }, body: { name, type, data, isPartialData: false } })),
			),
		deleteCredential: (id) => unlessMissing(() => api.DELETE('/credentials/{credentialId}', { params: { path: { credentialId: id } } })),
		async findCredentials(name) {
			const found: { id: string; type: string }[] = [];
			let cursor: string | undefined;
			do {
				const { data } = await api.GET('/credentials', { params: { query: { limit: PAGE, ...(cursor ? { cursor } : {}) } } });
				const answer = parse(credentialPage, data, 'findCredentials');
				found.push(...answer.data.filter((credential) => credential.name === name));
				cursor = answer.nextCursor ?? undefined;
			} while (cursor !== undefined);
			return found;
		},
		async createWorkflow(workflow) {
			return parse(created, (await api.POST('/workflows', { body: toBody(workflow) })).data, 'createWorkflow');
		},
		async getWorkflow(id) {
			let answer: unknown;
			const found = await unlessMissing(async () => {
				answer = (await api.GET('/workflows/{workflowId}', { params: { path: { workflowId: id } } })).data;
			});
			return found ? toWorkflow(answer) : null;
		},
		async findWorkflows(name) {
			const found: N8nWorkflow[] = [];
			let cursor: string | undefined;
			do {
				// The filter matches parts of names too.
				const { data } = await api.GET('/workflows', { params: { query: { name, limit: PAGE, ...(cursor ? { cursor } : {}) } } });
				const answer = parse(workflowPage, data, 'findWorkflows');
				for (const candidate of answer.data) {
					const workflow = toWorkflow(candidate);
					if (workflow?.content.name === name) found.push(workflow);
				}
				cursor = answer.nextCursor ?? undefined;
			} while (cursor !== undefined);
			return found;
		},
		async updateWorkflow(id, workflow) {
			await api.PUT('/workflows/{workflowId}', { params: { path: { workflowId: id } }, body: toBody(workflow) });
		},
		async activateWorkflow(id) {
			await api.POST('/workflows/{workflowId}/activate', { params: { path: { workflowId: id } } });
		},
		deactivateWorkflow,
		async deleteWorkflow(id) {
			if (!(await deactivateWorkflow(id))) return false;
			const deadline = Date.now() + (options.unpublishWaitMs ?? UNPUBLISH_WAIT_MS);
			for (;;) {
				try {
					return await unlessMissing(() => api.DELETE('/workflows/{workflowId}', { params: { path: { workflowId: id } } }));
				} catch (error) {
					if (!(error instanceof VendorError && error.vendorStatus === 409) || Date.now() > deadline) throw error;
					await delay(UNPUBLISH_POLL_MS);
				}
			}
		},
	};
}

/** The document types nodes more closely than the engine does; what n8n checks, it checks itself. */
type WorkflowBody = paths['/workflows']['post']['requestBody']['content']['application/json'];

function toBody({ name, nodes, connections, settings }: WorkflowJson): WorkflowBody {
	return {
		name,
		nodes: nodes.map((node) => ({ ...node, position: [...node.position] })) as WorkflowBody['nodes'],
		connections: connections as WorkflowBody['connections'],
		settings: settings as WorkflowBody['settings'],
	};
}

function toWorkflow(answer: unknown): N8nWorkflow | null {
	const { id, active, isArchived } = parse(workflowAnswer, answer, 'getWorkflow');
	return isArchived ? null : { id, active, content: parseWorkflow(answer) };
}

async function unlessMissing(call: () => Promise<unknown>): Promise<boolean> {
	try {
		await call();
		return true;
	} catch (error) {
		if (error instanceof VendorError && error.vendorStatus === 404) return false;
		throw error;
	}
}

function parse<S extends z.ZodType>(schema: S, value: unknown, operation: string): z.output<S> {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	throw new VendorError('n8n', 'ambiguous', `n8n's answer to ${operation} has another shape than documented: ${result.error.issues[0]?.path.join('.') ?? ''}.`);
}
