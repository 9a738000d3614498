import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSandbox } from '../../sandbox/src/server.ts';
import { checkStripe } from './check-stripe.ts';
import { checkTelegram } from './check-telegram.ts';
import { checkTypes } from './check-types.ts';
import { checkWaha } from './check-waha.ts';
import { driveOpenAi } from './drive-openai.ts';
import { driveStripeBilling } from './drive-stripe-billing.ts';
import { driveStripe } from './drive-stripe.ts';
import { driveTelegram, updatesIn } from './drive-telegram.ts';
import type { DriveTarget } from './drive-waha.ts';
import { driveWaha, waitFor } from './drive-waha.ts';
import { createOpenApi } from './openapi.ts';
import { startRecorder } from './recorder.ts';
import { createReport } from './report.ts';
import { loadRoutes } from './routes.ts';
import { typedBodies, typedEvents } from './typed-bodies.ts';
import { isObject, parseJson } from './values.ts';
import { repairWaha } from './waha-repairs.ts';

const SPECS = { waha: 'waha-openapi.json', telegram: 'telegram-bot-api.json', stripe: 'stripe-fixtures3.json' } as const;

/** Reads the published contracts, or says which files DIR lacks. */
function readSpecs(folder: string): Readonly<Record<keyof typeof SPECS, Record<string, unknown>>> {
	const missing = Object.values(SPECS).filter((file) => !existsSync(join(folder, file)));
	if (missing.length > 0) throw new Error(`${folder} lacks ${missing.join(', ')}.`);
	const read = (file: string) => {
		const parsed = parseJson(readFileSync(join(folder, file), 'utf8'));
		if (!isObject(parsed)) throw new Error(`${join(folder, file)} is not a JSON object.`);
		return parsed;
	};
	return { waha: read(SPECS.waha), telegram: read(SPECS.telegram), stripe: read(SPECS.stripe) };
}

/** Collects the bodies of webhooks. */
async function startCollector() {
	const bodies: Record<string, unknown>[] = [];
	const server = createServer((req, res) => {
		const chunks: Buffer[] = [];
		req.on('data', (chunk: Buffer) => chunks.push(chunk));
		req.on('end', () => {
			const body = parseJson(Buffer.concat(chunks).toString('utf8'));
			if (isObject(body)) bodies.push(body);
			res.end('ok');
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/hook`, bodies, close: () => server.close() };
}

async function main(): Promise<number> {
	const { values } = parseArgs({ options: { specs: { type: 'string' } } });
	if (values.specs === undefined) {
		throw new Error('Say where the published contracts are: npm run conformance -- --specs DIR');
	}
	const specs = readSpecs(resolve(values.specs));
	const routes = await loadRoutes();
	const report = createReport();
	const sandbox = await createSandbox({ port: 0 });
	const recorder = await startRecorder(sandbox.url);
	const webhooks = await startCollector();
	const target: DriveTarget = {
		url: recorder.url,
		webhookUrl: webhooks.url,
		async control(path, body = {}) {
			const response = await fetch(`${sandbox.url}/control${path}`, { method: 'POST', body: JSON.stringify(body) });
			if (!response.ok) throw new Error(`control ${path}: ${response.status} ${await response.text()}`);
			return response.json();
		},
	};
	try {
		await driveWaha(target);
		await driveTelegram(target, webhooks.bodies);
		await driveStripe(target);
		await driveStripeBilling(target);
		await driveOpenAi(target);
		await waitFor(async () => webhooks.bodies.some((body) => body['type'] === 'account.application.deauthorized'));
	} finally {
		await recorder.close();
		await sandbox.close();
		webhooks.close();
	}

	const waha = createOpenApi(repairWaha(specs.waha, (text) => report.note('waha', text)));
	const seen = recorder.exchanges;
	checkWaha(waha, routes.of('waha'), stripBase(seen, '/waha'), webhooks.bodies, report);
	checkTelegram(specs.telegram, routes.of('telegram'), seen, updatesIn(webhooks.bodies), report);
	checkStripe(specs.stripe, routes.of('stripe'), seen, webhooks.bodies, report);
	report.note('openai', 'no published contract among the files: answers are checked against the types of the `openai` package');
	report.unchecked({ vendor: 'tbank', method: '*', path: '*' }, 'no published contract for it among the files: client and stand-in have the documentation’s examples in their own tests');
	const openAiRoutes = routes.of('openai');
	for (const route of openAiRoutes) report.unchecked({ vendor: 'openai', ...route }, 'the request (scripted answers do not depend on most of it)');
	checkTypes(
		[
			...typedBodies('stripe', routes.of('stripe'), seen),
			...typedEvents(webhooks.bodies),
			...typedBodies('openai', openAiRoutes, seen, '/openai/v1'),
		],
		report,
	);
	for (const { vendor, method, path } of routes.unserved) {
		report.mismatch({ vendor, method, path }, 'a client calls it, the sandbox does not serve it');
	}
	for (const vendor of routes.otherVendors) {
		report.unchecked({ vendor, method: '*', path: '*' }, `the ${vendor} client: no published contract for it among the files`);
	}
	process.stdout.write(`${report.print()}\n`);
	return report.mismatches === 0 ? 0 : 1;
}

function stripBase<T extends { readonly path: string }>(exchanges: readonly T[], base: string): readonly T[] {
	return exchanges
		.filter((exchange) => exchange.path.startsWith(`${base}/`))
		.map((exchange) => ({ ...exchange, path: exchange.path.slice(base.length) }));
}

main().then(
	(code) => process.exit(code),
	(error: unknown) => {
		process.stderr.write(`conformance: ${error instanceof Error ? error.message : String(error)}\n`);
		process.exit(1);
	},
);
