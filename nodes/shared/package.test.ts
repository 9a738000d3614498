import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { ConciergeApi } from '../../credentials/ConciergeApi.credentials.ts';
import { Booking } from '../Booking/Booking.node.ts';
import { Catalog } from '../Catalog/Catalog.node.ts';
import { Checkout } from '../Checkout/Checkout.node.ts';
import { ConversationTrigger } from '../ConversationTrigger/ConversationTrigger.node.ts';
import { OrderTrigger } from '../OrderTrigger/OrderTrigger.node.ts';
import { SalesAgent } from '../SalesAgent/SalesAgent.node.ts';
import { SendReply } from '../SendReply/SendReply.node.ts';

/** What n8n relies on when it loads the package. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	name: string;
	dependencies?: object;
	n8n: { nodes: string[]; credentials: string[] };
};
const entries = [...manifest.n8n.nodes, ...manifest.n8n.credentials].map((path) =>
	path.replace(/^dist\//, '').replace(/\.js$/, '.ts'),
);
const NODES: ReadonlyArray<readonly [string, INodeType]> = [
	['ConversationTrigger', new ConversationTrigger()],
	['OrderTrigger', new OrderTrigger()],
	['SalesAgent', new SalesAgent()],
	['Checkout', new Checkout()],
	['SendReply', new SendReply()],
	['Catalog', new Catalog()],
	['Booking', new Booking()],
];

/** Every module that a file needs at run time, over its relative imports. */
function runtimeImports(entry: string, seen = new Set<string>()): Set<string> {
	if (seen.has(entry)) return seen;
	seen.add(entry);
	const source = readFileSync(join(ROOT, entry), 'utf8');
	for (const [, specifier = ''] of source.matchAll(/^(?:import|export)(?! type\b)[^;]*?from '([^']+)';/gm)) {
		if (specifier.startsWith('.')) runtimeImports(relative(ROOT, resolve(ROOT, dirname(entry), specifier)), seen);
		else seen.add(specifier);
	}
	return seen;
}

describe('the package', () => {
	it('lists every node and credential there is', () => {
		const found = ['nodes', 'credentials']
			.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`))
			.filter((file) => /\.(node|credentials)\.ts$/.test(file));
		expect(entries.toSorted()).toEqual(found.toSorted());
	});

	it('needs nothing at run time but n8n-workflow and node:crypto: no zod, no dependencies', () => {
		const modules = new Set(entries.flatMap((entry) => [...runtimeImports(entry)]).filter((module) => !module.endsWith('.ts')));
		expect([...modules].toSorted()).toEqual(['n8n-workflow', 'node:crypto']);
		expect(manifest.dependencies).toBeUndefined();
	});
});

describe.each(NODES)('%s', (folder, { description }) => {
	it('has icons for light and dark, and a codex under its own name', () => {
		const { icon } = description;
		if (typeof icon !== 'object') throw new Error('expected themed icons');
		for (const file of [icon.light, icon.dark]) expect(existsSync(join(ROOT, 'nodes', folder, file.replace('file:', '')))).toBe(true);
		const codex = JSON.parse(readFileSync(join(ROOT, 'nodes', folder, `${folder}.node.json`), 'utf8')) as { node: string };
		expect(codex.node).toBe(`${manifest.name}.${description.name}`);
	});

	it('has no expression among its defaults and webhooks: n8n would evaluate it for every turn', () => {
		// A tool's parameter may be filled in by the model: that is an expression, in tools alone.
		const always = description.properties.filter(({ displayOptions }) => displayOptions?.show?.['@tool']?.[0] !== true);
		expect(JSON.stringify(always)).not.toContain('"default":"=');
		expect(JSON.stringify(description.webhooks ?? [])).not.toContain('"=');
	});

	it('explains every parameter', () => {
		const silent = description.properties.filter(({ type, description: text, name }) => {
			return type !== 'notice' && type !== 'collection' && !text && !['resource', 'operation'].includes(name);
		});
		expect(silent.map(({ name }) => name)).toEqual([]);
	});
});

describe('the credential', () => {
	it('adds the key to a request and keeps its other headers', async () => {
		const options = await new ConciergeApi().authenticate(
			{ baseUrl: 'http://x', apiKey: 'ck_worker_1' },
			{ url: 'http://x/v1/key', headers: { 'Idempotency-Key': 'a' } },
		);
		expect(options.headers).toEqual({ 'Idempotency-Key': 'a', Authorization: 'Bearer ck_worker_1' });
	});

	it('hides the key in the editor', () => {
		const apiKey = new ConciergeApi().properties.find(({ name }) => name === 'apiKey');
		expect(apiKey?.typeOptions?.password).toBe(true);
	});
});

describe('versions', () => {
	it('has a trigger above version 1, which n8n would serve with a hidden expression', () => {
		expect(new ConversationTrigger().description.version).toBeGreaterThanOrEqual(2);
	});
});
