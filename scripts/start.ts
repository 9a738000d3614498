import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { signUpDemo } from './stack/demo.ts';
import { endLeftovers, writePidFile } from './stack/processes.ts';
import type { Stack, StackPorts } from './stack/stack.ts';
import { DEFAULT_PORTS, startStack } from './stack/stack.ts';

/** `npm start`: the whole of Concierge on this machine, with two demo businesses to talk to. */
const root = join(fileURLToPath(import.meta.url), '../..');
const stateDir = process.env['CONCIERGE_STATE_DIR'] || join(root, '.concierge/demo');
const runDir = join(stateDir, 'run');
const startedAt = Date.now();
const print = (line: string) => void process.stdout.write(`${line}\n`);
const step = (line: string) => print(`• ${line} …`);

let stack: Stack | undefined;
let stopRequestedAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

try {
	const leftovers = await endLeftovers(runDir, 'start');
	if (leftovers.length > 0) step(`Ended what an earlier run had left: ${leftovers.join(', ')}`);
	writePidFile(runDir, 'start', process.pid);
	stack = await startStack({
		root,
		stateDir,
		ports: portsFrom(process.env),
		env: { QUIET_WINDOW_MS: process.env['QUIET_WINDOW_MS'] || '1500', MAX_WAIT_MS: process.env['MAX_WAIT_MS'] || '15000', LOG_LEVEL: process.env['LOG_LEVEL'] || 'info' },
		onProgress: step,
	});
	if (stopRequestedAt > 0) await shutDown(0);
	await signUpDemo(stack, step);
	printSummary(stack);
	const failed = await stack.failed;
	print(`\n${failed} ended unexpectedly. Its last lines:\n${stack.services[failed].tail()}`);
	await shutDown(1);
} catch (error) {
	if (stopRequestedAt === 0) print(`\n${error instanceof Error ? error.message : String(error)}`);
	await shutDown(stopRequestedAt === 0 ? 1 : 0);
}

async function stop(): Promise<void> {
	// npm, the shell and the terminal may each pass the same Ctrl-C on.
	if (stopRequestedAt > 0) return;
	stopRequestedAt = Date.now();
	print('\n• Stopping …');
	// While still starting, startStack notices the ended services and gives up by itself; what it has started is in the pid files.
	if (stack) await shutDown(0);
	else {
		await endLeftovers(runDir, 'start');
		process.exit(0);
	}
}

async function shutDown(code: number): Promise<never> {
	await stack?.stopAll();
	print(code === 0 ? '• Stopped.' : '');
	process.exit(code);
}

function portsFrom(env: NodeJS.ProcessEnv): StackPorts {
	const ports = { ...DEFAULT_PORTS };
	for (const variable of Object.keys(ports) as (keyof StackPorts)[]) {
		const value = env[variable];
		if (!value) continue;
		const port = Number(value);
		if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${variable}=${value} is not a port: use a number from 1 to 65535.`);
		ports[variable] = port;
	}
	return ports;
}

function printSummary(running: Stack): void {
	const { urls, settingsFile: { settings } } = running;
	print(`
Concierge is ready (${((Date.now() - startedAt) / 1000).toFixed(1)} s).

  Talk to the demo businesses   ${urls.sandbox}/
  n8n                           ${urls.n8n}/
    user                        ${settings.n8n.ownerEmail}
    password                    ${settings.n8n.ownerPassword}
  API and its documentation     ${urls.concierge}/docs
    platform key                ${settings.platformKey}
${Object.entries(settings.demo).map(([name, { apiKey }]) => `    key of ${name}`.padEnd(32) + apiKey).join('\n')}
  Logs                          ${runDir}

Ctrl-C stops everything; your data stays in ${stateDir}.`);
}
