import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
	test: {
		projects: [
			{
				// n8n's engine requires the CommonJS build; two copies of its error classes would not know each other.
				resolve: { alias: { 'n8n-workflow': require.resolve('n8n-workflow') } },
				test: {
					name: 'unit',
					env: { N8N_LOG_LEVEL: 'silent' },
					include: ['{bench,core,nodes,credentials,provisioner,sandbox,scripts,templates,workflows}/**/*.test.ts', 'test/{dialogues,adversarial}/*.test.ts'],
					exclude: ['**/*.integration.test.ts', '**/node_modules/**'],
				},
			},
			{
				test: {
					name: 'integration',
					include: ['{provisioner,sandbox,test}/**/*.integration.test.ts'],
					exclude: ['**/node_modules/**'],
					globalSetup: ['test/postgres.setup.ts'],
					testTimeout: 30_000,
					hookTimeout: 60_000,
				},
			},
			{
				test: {
					name: 'e2e',
					include: ['test/e2e/**/*.test.ts'],
					globalSetup: ['test/e2e/stack.setup.ts'],
					testTimeout: 120_000,
					hookTimeout: 180_000,
					fileParallelism: false,
				},
			},
		],
	},
});
