import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { signUpDemo } from '../../scripts/stack/demo.ts';
import { startTestStack } from './test-stack.ts';
import type { StackAccess } from './test-stack.ts';

/** One whole Concierge on a real n8n for all end-to-end tests, with the demo businesses signed up. Tests that stop services start their own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const stateDir = await mkdtemp(join(tmpdir(), 'concierge-e2e-'));
	const { stack, access } = await startTestStack(stateDir);
	try {
		await signUpDemo(stack, () => undefined);
	} catch (error) {
		process.stderr.write(`The provisioner's last lines:\n${stack.services.provisioner.tail(60)}\n`);
		await stack.stopAll();
		throw error;
	}
	project.provide('stack', { ...access, demo: stack.settingsFile.settings.demo });
	return async () => {
		await stack.stopAll();
		if (process.env['KEEP_STATE']) process.stdout.write(`State of the end-to-end stack: ${stateDir}\n`);
		else await rm(stateDir, { recursive: true, force: true });
	};
}

declare module 'vitest' {
	export interface ProvidedContext {
		stack: StackAccess;
	}
}
