import { z } from 'zod';
import { AppError } from '../errors.ts';

/** A node of an n8n workflow as far as this code reads it; everything else of it is carried along. */
const nodeSchema = z.looseObject({
	id: z.string().min(1),
	name: z.string().min(1),
	type: z.string().min(1),
	typeVersion: z.number(),
	position: z.tuple([z.number(), z.number()]),
	parameters: z.record(z.string(), z.unknown()),
	webhookId: z.string().optional(),
});

const workflowSchema = z.object({
	name: z.string().min(1),
	nodes: z.array(nodeSchema).min(1),
	connections: z.record(z.string(), z.unknown()),
	settings: z.record(z.string(), z.unknown()),
});

export type WorkflowNode = z.infer<typeof nodeSchema>;

/** A workflow as it stands in `workflows/` and `templates/`, and as `POST /api/v1/workflows` takes it. */
export type WorkflowJson = z.infer<typeof workflowSchema>;

/** Keeps name, nodes, connections and settings, and drops the rest. Throws AppError `workflow_invalid`. */
export function parseWorkflow(value: unknown): WorkflowJson {
	const parsed = workflowSchema.safeParse(value);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new AppError('workflow_invalid', `Not a workflow: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(), {
		status: 422,
	});
}
