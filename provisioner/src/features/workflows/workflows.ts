import type { Logger } from 'pino';
import { z } from 'zod';
import { AppError } from '../../../../core/errors.ts';
import { endpoint, listOf, page, pageQuery } from '../../http/endpoint.ts';
import type { Endpoint } from '../../http/endpoint.ts';
import type { Database } from '../../store/database.ts';
import type { N8nClient } from '../../vendors/n8n/client.ts';
import { openSigningSecret } from '../keys/signing-secret.ts';
import { createManagedWorkflows } from './managed-workflows.ts';
import type { ManagedWorkflow } from './managed-workflows.ts';
import { createProbe } from './probe.ts';
import { createReconciler } from './reconciler.ts';
import { createSharedWorkflows } from './shared-workflows.ts';
import { DEFAULT_WORKFLOWS_DIR, loadTemplate } from './templates.ts';
import type { LoadedTemplate } from './templates.ts';

export interface Workflows {
	readonly endpoints: readonly Endpoint[];
	/** n8n's id of the answering workflow, made when it isn't there. @throws AppError `n8n_not_configured` (503), VendorError of n8n */
	answerWorkflowId(): Promise<string>;
	loadTemplate(name: string): Promise<LoadedTemplate>;
	/** One round of the reconciler, now. Rounds never overlap. Never throws: what goes wrong is logged, and tried again in the next round. */
	reconcile(): Promise<void>;
	/** Call when the API listens: workflows subscribe with it. Ensures the shared workflows, then reconciles every `intervalMs`. Returns at once. */
	start(): void;
	stop(): Promise<void>;
}

const workflowSchema = z
	.object({
		id: z.string(),
		object: z.literal('workflow'),
		created_at: z.string(),
		n8n_id: z.string(),
		name: z.string(),
		template: z.string(),
		template_version: z.int().nullable(),
		connection_id: z.string().nullable().describe('Of a clone; null: shared, or a company’s.'),
		company_id: z.string().nullable().describe('Of a company’s own; null: shared, or a clone.'),
		tenant_id: z.string().nullable(),
		subscribed: z.boolean(),
		last_error: z.string().nullable(),
		repair_attempts: z.int(),
	})
	.meta({ id: 'Workflow', description: 'A workflow in n8n that the platform made and keeps active.' });

export function createWorkflows(deps: {
	database: Database;
	/** null: not configured. */
	n8n: N8nClient | null;
	masterKey: Buffer;
	workerKey: string;
	/** Where n8n reaches this service. */
	platformUrl: string;
	/** Holds templates/ and workflows/; the repository by default. */
	rootDir?: string | undefined;
	log: Logger;
	now: () => Date;
	/** Default 10 s. */
	intervalMs?: number;
}): Workflows {
	const { database, n8n, log, now, masterKey } = deps;
	const rootDir = deps.rootDir ?? DEFAULT_WORKFLOWS_DIR;
	const managed = createManagedWorkflows(database);
	const shared = n8n && createSharedWorkflows({ database, n8n, rootDir, workerKey: deps.workerKey, platformUrl: deps.platformUrl, log });
	let answerId: Promise<string> | undefined;
	let timer: NodeJS.Timeout | undefined;
	let round: Promise<void> = Promise.resolve();
	let failing = false;

	function answerWorkflowId(): Promise<string> {
		if (!shared) return Promise.reject(new AppError('n8n_not_configured', 'There are no workflows: N8N_URL and N8N_API_KEY are not set.', { status: 503 }));
		answerId ??= shared.ensure().catch((error: unknown) => {
			answerId = undefined;
			throw error;
		});
		return answerId;
	}

	const reconciler =
		n8n &&
		createReconciler({
			workflows: managed,
			n8n,
			// Signatures are checked against n8n's clock, not against one that a test moves.
			probe: createProbe(() => new Date()),
			openSigningSecret: (keyId, sealed) => openSigningSecret(masterKey, keyId, sealed),
			onSharedMissing: () => (answerId = undefined),
			log,
			now,
		});

	async function runRound(): Promise<void> {
		if (!reconciler) return;
		try {
			await answerWorkflowId();
			await reconciler.round();
			if (failing) log.info('Workflows are reconciled again');
			failing = false;
		} catch (error) {
			// Once per outage: n8n may be away for long.
			if (!failing) log.warn({ err: error }, 'Workflows could not be reconciled; it is tried again');
			failing = true;
		}
	}
	function reconcile(): Promise<void> {
		round = round.then(runRound);
		return round;
	}

	return {
		answerWorkflowId,
		loadTemplate: (name) => loadTemplate(rootDir, name),
		reconcile,
		start() {
			if (!reconciler) return;
			let waiting = false;
			const tick = () => {
				if (waiting) return;
				waiting = true;
				void reconcile().finally(() => (waiting = false));
			};
			tick();
			timer = setInterval(tick, deps.intervalMs ?? 10_000);
		},
		async stop() {
			clearInterval(timer);
			await round;
		},
		endpoints: [
			endpoint({
				method: 'get',
				path: '/v1/workflows',
				summary: 'List the workflows the platform keeps in n8n',
				description: 'The shared ones first, then those of connections and companies, newest first. `subscribed` is the only sign that n8n really runs one: it may be "active" there all the same.',
				tag: 'Workflows',
				scopes: ['platform'],
				query: pageQuery,
				responses: { 200: listOf(workflowSchema) },
				async handle({ query }) {
					const all = await managed.list();
					const from = query.starting_after === undefined ? 0 : all.findIndex((workflow) => workflow.id === query.starting_after) + 1;
					return { status: 200, body: page(all.slice(from, from + query.limit + 1).map(toJson), query.limit) };
				},
			}),
		],
	};
}

function toJson(workflow: ManagedWorkflow): z.input<typeof workflowSchema> {
	return {
		id: workflow.id,
		object: 'workflow',
		created_at: workflow.createdAt.toISOString(),
		n8n_id: workflow.n8nId,
		name: workflow.name,
		template: workflow.template,
		template_version: workflow.templateVersion,
		connection_id: workflow.connectionId,
		company_id: workflow.companyId,
		tenant_id: workflow.tenantId,
		subscribed: workflow.subscribed,
		// What was noted before it subscribed is history.
		last_error: workflow.subscribed ? null : workflow.lastError,
		repair_attempts: workflow.repairAttempts,
	};
}
