import { setTimeout as delay } from 'node:timers/promises';
import type { StackAccess } from './test-stack.ts';

export interface Reply<T> {
	readonly status: number;
	readonly headers: Headers;
	readonly body: T;
}

/** A JSON client of one service. Never throws for a status: tests assert it. */
export function jsonClient(baseUrl: string, headers: Record<string, string> = {}) {
	async function call<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
		const response = await fetch(baseUrl + path, {
			method,
			headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			redirect: 'manual',
		});
		const text = await response.text();
		let parsed: unknown = text;
		try {
			parsed = JSON.parse(text);
		} catch {
			// HTML or nothing: the text itself
		}
		return { status: response.status, headers: response.headers, body: parsed as T };
	}
	return {
		get: <T>(path: string) => call<T>('GET', path),
		post: <T>(path: string, body: unknown = {}) => call<T>('POST', path, body),
		put: <T>(path: string, body: unknown) => call<T>('PUT', path, body),
		delete: <T>(path: string) => call<T>('DELETE', path),
		call,
	};
}
export type JsonClient = ReturnType<typeof jsonClient>;

export interface SentMessage {
	readonly seq: number;
	readonly at: number;
	readonly channel: string;
	readonly account: string;
	readonly to: string;
	readonly type: string;
	readonly text: string;
	readonly media_url: string;
}

export interface Execution {
	readonly id: string;
	readonly workflowId: string;
	readonly status: string;
	readonly finished: boolean;
}

/** The stack as a test sees it: the platform's API, the sandbox's controls, n8n's own API. */
export function stackClients(access: StackAccess) {
	const sandbox = jsonClient(access.urls.sandbox);
	const n8n = jsonClient(`${access.urls.n8n}/api/v1`, { 'X-N8N-API-KEY': access.n8nApiKey });
	return {
		sandbox,
		n8n,
		api: (apiKey: string) => jsonClient(access.urls.concierge, { authorization: `Bearer ${apiKey}` }),
		platform: jsonClient(access.urls.concierge, { authorization: `Bearer ${access.platformKey}` }),
		/** The texts that arrived at a customer, in order; pictures and videos that come with them are left out. */
		async textsTo(channel: 'whatsapp' | 'telegram', to: string): Promise<SentMessage[]> {
			return (await sandbox.get<{ data: SentMessage[] }>(`/control/sent?channel=${channel}&to=${encodeURIComponent(to)}`)).body.data.filter(({ type }) => type === 'text');
		},
		async workflowId(name: string): Promise<string> {
			const { body } = await n8n.get<{ data: { id: string; name: string }[] }>('/workflows?limit=250');
			const found = body.data.find((workflow) => workflow.name === name);
			if (!found) throw new Error(`n8n has no workflow ${name}; it has ${body.data.map((workflow) => workflow.name).join(', ')}`);
			return found.id;
		},
		/** Executions of a workflow, newest first, once none of them runs any more: an answer may be out a moment before its execution ends. */
		async executions(workflowId: string): Promise<Execution[]> {
			return eventually('no running execution', async () => {
				const running = await n8n.get<{ data: Execution[] }>(`/executions?workflowId=${workflowId}&status=running&limit=1`);
				if (running.body.data.length > 0) return undefined;
				return (await n8n.get<{ data: Execution[] }>(`/executions?workflowId=${workflowId}&limit=250`)).body.data;
			});
		},
	};
}

/** Waits until `probe` returns something; its last error or `what` says why it never did. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined | false>, withinMs = 20_000): Promise<T> {
	const deadline = Date.now() + withinMs;
	let last: unknown;
	for (;;) {
		try {
			const result = await probe();
			if (result !== undefined && result !== false) return result;
			last = undefined;
		} catch (error) {
			last = error;
		}
		if (Date.now() > deadline) throw new Error(`Not within ${withinMs / 1000} s: ${what}`, { cause: last });
		await delay(50);
	}
}
