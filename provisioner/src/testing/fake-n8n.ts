import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import express from 'express';
import type { Request, RequestHandler, Response } from 'express';
import { SIGNATURE_HEADER, deriveSigningSecret, verifySignature } from '../../../core/signature.ts';
import { parseWorkflow } from '../../../core/workflows/workflow.ts';
import type { WorkflowJson, WorkflowNode } from '../../../core/workflows/workflow.ts';

/**
 * As much of n8n 2.40's public API as the provisioner uses, behaving as measured on a real one: publication is asynchronous, a
 * deletion is refused while a workflow is being unpublished, the trigger subscribes with the platform and says 422 to an event it
 * doesn't know. The tests that use it also run against a real n8n (TEST_N8N_URL).
 */
export interface FakeN8n {
	readonly url: string;
	readonly apiKey: string;
	/** While true, triggers can't reach the platform: workflows become active and their webhook stays unknown. */
	triggersCutOff: boolean;
	/** The next request of this kind is held for good; resolves when it came. `after`: it had its effect, only the answer is missing. */
	holdNext(request: string, when: 'before' | 'after'): Promise<void>;
	/** The next request of this kind is answered with this status. */
	failNext(request: string, status: number): void;
	/** Everything that was activated or deactivated has been published or unpublished. */
	settled(): Promise<void>;
	close(): Promise<void>;
}

interface Stored {
	id: string;
	active: boolean;
	unpublishing: boolean;
	writes: number;
	registered: boolean;
	/** Publishing and unpublishing happen one after the other. */
	publication: Promise<void>;
	content: WorkflowJson;
}
interface StoredCredential {
	id: string;
	name: string;
	type: string;
	data: Record<string, string>;
}

const PUBLISH_MS = 30;
const UNPUBLISH_MS = 60;

export async function startFakeN8n(): Promise<FakeN8n> {
	const apiKey = 'fake-n8n-key';
	const workflows = new Map<string, Stored>();
	const credentials = new Map<string, StoredCredential>();
	const holds = new Map<string, { when: 'before' | 'after'; reached: () => void }>();
	const failures = new Map<string, number>();
	let ids = 0;
	let url = '';
	const fake = { triggersCutOff: false };
	const newId = () => `n8n${(ids += 1)}`;

	const triggerOf = (workflow: Stored) => workflow.content.nodes.find((node) => node.type === 'n8n-nodes-concierge.conversationTrigger' || node.type === 'n8n-nodes-concierge.orderTrigger');
	const webhookUrl = (node: WorkflowNode) => `${url}/webhook/${node.webhookId}/turns`;
	function keyOf(node: WorkflowNode): StoredCredential['data'] {
		const reference = (node['credentials'] as { conciergeApi?: { id: string } } | undefined)?.conciergeApi;
		return credentials.get(reference?.id ?? '')?.data ?? {};
	}
	async function platform(node: WorkflowNode, method: string, path: string, body?: unknown): Promise<unknown> {
		if (fake.triggersCutOff) throw new Error('unreachable');
		const { baseUrl, apiKey: key } = keyOf(node);
		const response = await fetch(`${baseUrl}${path}`, {
			method,
			headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
		return response.status === 204 ? null : response.json();
	}
	async function publish(workflow: Stored): Promise<void> {
		await delay(PUBLISH_MS);
		const node = triggerOf(workflow);
		if (!node || !workflow.active) return;
		const body = {
			url: webhookUrl(node), events: node.type.endsWith('orderTrigger') ? node.parameters['events'] : ['turn.ready'], channels: [], mode: 'production', workflow_id: workflow.id, node_id: node.id,
			connection_id: String(node.parameters['connectionId'] ?? ''), company_id: String(node.parameters['companyId'] ?? ''), without_own: node.parameters['withoutOwn'] === true,
		};
		workflow.registered = await platform(node, 'POST', '/v1/subscriptions', body).then(
			() => true,
			() => false,
		);
	}
	async function unpublish(workflow: Stored): Promise<void> {
		await delay(UNPUBLISH_MS);
		const node = triggerOf(workflow);
		if (node) {
			await platform(node, 'GET', `/v1/subscriptions?url=${encodeURIComponent(webhookUrl(node))}`)
				.then(async (list) => {
					for (const { id } of (list as { data: { id: string }[] }).data) await platform(node, 'DELETE', `/v1/subscriptions/${id}`);
				})
				.catch(() => undefined);
		}
		workflow.registered = false;
		workflow.unpublishing = false;
	}
	const toJson = (workflow: Stored) => ({ id: workflow.id, active: workflow.active, isArchived: false, updatedAt: `write ${workflow.writes}`, triggerCount: 1, tags: [], ...workflow.content });
	function found(request: Request, response: Response): Stored | undefined {
		const workflow = workflows.get(String(request.params['id']));
		if (!workflow) response.status(404).json({ message: 'Not Found' });
		return workflow;
	}

	const app = express();
	const handle = (work: (request: Request, response: Response) => void): RequestHandler => (request, response) => {
		const kind = `${request.method} ${request.path.replace('/api/v1', '').replace(/\/n8n\d+/, '/{id}')}`;
		const failure = failures.get(kind);
		if (failure !== undefined) {
			failures.delete(kind);
			response.status(failure).json({ message: 'as the test wants it' });
			return;
		}
		const hold = holds.get(kind);
		holds.delete(kind);
		if (hold?.when !== 'before') work(request, hold ? silent(response) : response);
		hold?.reached();
	};
	app.use('/api/v1', express.json(), (request, response, next) => {
		if (request.get('x-n8n-api-key') === apiKey) next();
		else response.status(401).json({ message: 'unauthorized' });
	});
	app.get('/api/v1/workflows', handle((request, response) => {
		const name = typeof request.query['name'] === 'string' ? request.query['name'] : '';
		response.json({ data: [...workflows.values()].filter((workflow) => workflow.content.name.includes(name)).map(toJson), nextCursor: null });
	}));
	app.post('/api/v1/workflows', handle((request, response) => {
		const workflow: Stored = { id: newId(), active: false, unpublishing: false, writes: 0, registered: false, publication: Promise.resolve(), content: parseWorkflow(request.body) };
		workflows.set(workflow.id, workflow);
		response.json(toJson(workflow));
	}));
	app.get('/api/v1/workflows/:id', handle((request, response) => {
		const workflow = found(request, response);
		if (workflow) response.json(toJson(workflow));
	}));
	app.put('/api/v1/workflows/:id', handle((request, response) => {
		const workflow = found(request, response);
		if (!workflow) return;
		workflow.content = parseWorkflow(request.body);
		workflow.writes += 1;
		response.json(toJson(workflow));
	}));
	app.delete('/api/v1/workflows/:id', handle((request, response) => {
		const workflow = found(request, response);
		if (!workflow) return;
		if (workflow.active || workflow.unpublishing) {
			response.status(409).json({ message: workflow.active ? 'The workflow is published' : 'The workflow is still being unpublished' });
			return;
		}
		workflows.delete(workflow.id);
		response.json(toJson(workflow));
	}));
	app.post('/api/v1/workflows/:id/activate', handle((request, response) => {
		const workflow = found(request, response);
		if (!workflow) return;
		const called = workflow.content.nodes.flatMap((node) => {
			const target = node.parameters['workflowId'];
			return typeof target === 'object' && target !== null && 'value' in target ? [String(target.value)] : [];
		});
		if (called.some((id) => !workflows.get(id)?.active)) {
			response.status(400).json({ message: 'Cannot publish workflow: it calls a workflow that is not published' });
			return;
		}
		workflow.active = true;
		workflow.publication = workflow.publication.then(() => publish(workflow));
		response.json(toJson(workflow));
	}));
	app.post('/api/v1/workflows/:id/deactivate', handle((request, response) => {
		const workflow = found(request, response);
		if (!workflow) return;
		if (workflow.active) {
			workflow.unpublishing = true;
			workflow.publication = workflow.publication.then(() => unpublish(workflow));
		}
		workflow.active = false;
		response.json(toJson(workflow));
	}));
	app.get('/api/v1/credentials', handle((_request, response) => {
		response.json({ data: [...credentials.values()].map(({ id, name, type }) => ({ id, name, type })), nextCursor: null });
	}));
	app.post('/api/v1/credentials', handle((request, response) => {
		const credential = { ...(request.body as StoredCredential), id: newId() };
		credentials.set(credential.id, credential);
		response.json({ id: credential.id, name: credential.name, type: credential.type });
	}));
	app.patch('/api/v1/credentials/:id', handle((request, response) => {
		const id = String(request.params['id']);
		const known = credentials.get(id);
		if (known) credentials.set(id, { ...known, ...(request.body as StoredCredential), id });
		response.status(known ? 200 : 404).json({ id });
	}));
	app.delete('/api/v1/credentials/:id', handle((request, response) => {
		const there = credentials.delete(String(request.params['id']));
		response.status(there ? 200 : 404).json({ message: there ? 'deleted' : 'Not Found' });
	}));
	app.post('/webhook/:path/turns', express.raw({ type: () => true }), (request, response) => {
		const workflow = [...workflows.values()].find((candidate) => candidate.registered && triggerOf(candidate)?.webhookId === request.params['path']);
		const node = workflow && triggerOf(workflow);
		if (!node) {
			response.status(404).json({ code: 404, message: `The requested webhook "POST ${String(request.params['path'])}/turns" is not registered.` });
			return;
		}
		const secret = deriveSigningSecret(keyOf(node)['apiKey'] ?? '');
		const signature = verifySignature(secret, request.body as Buffer, request.get(SIGNATURE_HEADER), Math.floor(Date.now() / 1000));
		response.status(signature.ok ? 422 : 401).json({ code: signature.ok ? 'unknown_event' : 'invalid_signature' });
	});

	const server = createServer(app);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return Object.assign(fake, {
		url,
		apiKey,
		holdNext: (kind: string, when: 'before' | 'after') => new Promise<void>((reached) => holds.set(kind, { when, reached })),
		failNext: (kind: string, status: number) => void failures.set(kind, status),
		settled: async () => void (await Promise.all([...workflows.values()].map((workflow) => workflow.publication))),
		close: () =>
			new Promise<void>((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	});
}

/** Takes an answer and sends nothing. */
function silent(response: Response): Response {
	const held = { status: () => held, json: () => held };
	return Object.assign(Object.create(response) as Response, held);
}
