import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		projects: [
			{
				test: {
					name: 'unit',
					include: ['{core,nodes,credentials,provisioner,sandbox,scripts,templates,workflows}/**/*.test.ts'],
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
