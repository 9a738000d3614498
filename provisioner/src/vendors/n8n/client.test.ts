import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createN8nClient } from './client.ts';
import { routes } from './routes.ts';

let server: Server | undefined;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

interface Seen {
	readonly line: string;
	readonly key: string | undefined;
	readonly body: unknown;
}

/** n8n that answers these in turn, the last one for ever. */
async function answering(...answers: readonly { status: number; body?: unknown; text?: string }[]) {
	const seen: Seen[] = [];
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const text = Buffer.concat(chunks).toString();
			const key = request.headers['x-n8n-api-key'];
			seen.push({ line: `${request.method} ${request.url}`, key: Array.isArray(key) ? key[0] : key, body: text === '' ? undefined : JSON.parse(text) });
			const answer = answers[Math.min(seen.length, answers.length) - 1];
			response.writeHead(answer?.status ?? 500, { 'content-type': answer?.text === undefined ? 'application/json' : 'text/html' });
			response.end(answer?.text ?? JSON.stringify(answer?.body ?? {}));
		});
	});
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { seen, client: createN8nClient({ url, apiKey: 'n8n-secret-key', unpublishWaitMs: 2_000 }) };
}

const WORKFLOW = { name: 'W', nodes: [{ id: 'a', name: 'A', type: 't', typeVersion: 1, position: [0, 0] as [number, number], parameters: {} }], connections: {}, settings: {} };

describe('n8n client', () => {
	test('sends the key and only what the API takes', async () => {
		const { client, seen } = await answering({ status: 200, body: { id: 'wf1', active: false, ...WORKFLOW } });
		expect(await client.createWorkflow(WORKFLOW)).toEqual({ id: 'wf1' });
		expect(seen).toEqual([{ line: 'POST /api/v1/workflows', key: 'n8n-secret-key', body: WORKFLOW }]);
	});

	test('"is starting up" with status 200 is no answer', async () => {
		const { client } = await answering({ status: 200, text: 'n8n is starting up. Please wait' });
		await expect(client.createWorkflow(WORKFLOW)).rejects.toMatchObject({ code: 'n8n_unreachable', status: 502 });
	});

	test('a workflow that is gone, or archived, is null; deactivating or deleting it says so', async () => {
		const gone = await answering({ status: 404, body: { message: 'Not Found' } });
		expect(await gone.client.getWorkflow('x')).toBeNull();
		expect(await gone.client.deactivateWorkflow('x')).toBe(false);
		expect(await gone.client.deleteWorkflow('x')).toBe(false);
		expect(await gone.client.deleteCredential('x')).toBe(false);
		const archived = await answering({ status: 200, body: { id: 'x', active: false, isArchived: true, ...WORKFLOW } });
		expect(await archived.client.getWorkflow('x')).toBeNull();
	});

	test('deletes when n8n has finished unpublishing, and gives up when it never does', async () => {
		const busy = { status: 409, body: { message: 'The workflow is still being unpublished' } };
		const { client, seen } = await answering({ status: 200 }, busy, busy, { status: 200 });
		expect(await client.deleteWorkflow('w/1')).toBe(true);
		expect(seen.map(({ line }) => line)).toEqual(['POST /api/v1/workflows/w%2F1/deactivate', ...Array.from({ length: 3 }, () => 'DELETE /api/v1/workflows/w%2F1')]);
		const never = await answering({ status: 200 }, busy);
		await expect(never.client.deleteWorkflow('w1')).rejects.toMatchObject({ code: 'n8n_refused', vendorStatus: 409, message: expect.stringContaining('still being unpublished') });
	});

	test('finds workflows by their whole name, over all pages', async () => {
		const workflow = (id: string, name: string) => ({ id, active: true, ...WORKFLOW, name });
		const { client, seen } = await answering(
			{ status: 200, body: { data: [workflow('1', 'Telegram: A'), workflow('2', 'Telegram: Another')], nextCursor: 'c2' } },
			{ status: 200, body: { data: [workflow('3', 'Telegram: A')], nextCursor: null } },
		);
		expect((await client.findWorkflows('Telegram: A')).map(({ id }) => id)).toEqual(['1', '3']);
		expect(seen[1]?.line).toContain('cursor=c2');
	});

	test('no secret of a credential, nor the API key, is in an error', async () => {
		const { client } = await answering({ status: 400, body: { message: 'bad data: {"apiKey":"ck_tenant_secret"} for n8n-secret-key' } });
		const failed = client.createCredential({ name: 'Key', type: 'conciergeApi', data: { baseUrl: 'http://x', apiKey: 'ck_tenant_secret' } });
		await expect(failed).rejects.toMatchObject({ code: 'n8n_refused', vendorStatus: 400 });
		const error = await failed.catch((thrown: unknown) => thrown);
		expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/ck_tenant_secret|n8n-secret-key/);
	});

	test('an n8n that is not there was not reached', async () => {
		const { client } = await answering({ status: 200 });
		server?.close();
		server?.closeAllConnections();
		await new Promise((resolve) => setImmediate(resolve));
		await expect(client.activateWorkflow('x')).rejects.toMatchObject({ code: 'n8n_unreachable' });
	});
});

test('every route is in the document that n8n ships, with the scope that is said to be needed', () => {
	const document = readFileSync(new URL('../../../../node_modules/n8n/dist/public-api/v1/openapi.yml', import.meta.url), 'utf8');
	for (const { method, path, scope } of routes) {
		const paths = document.slice(document.indexOf('\npaths:'));
		const item = paths.slice(paths.indexOf(`\n  ${path}:\n`)).slice(1).split(/\n {2}\//)[0] ?? '';
		const operation = (item.split(`\n    ${method.toLowerCase()}:\n`)[1] ?? '').split(/\n {4}\w+:\n/)[0] ?? '';
		expect(/x-required-scope: (\S+)/.exec(operation)?.[1], `${method} ${path}`).toBe(scope);
	}
});
