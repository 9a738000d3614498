import { z } from 'zod';
import { AppError } from '../errors.ts';

const VARIABLE_NAME = /^[A-Z][A-Z0-9_]*$/;

/** `template.json` beside a template's `workflow.json`. */
const templateSchema = z.strictObject({
	name: z.string().min(1),
	/** Counts up with every change of the workflow, so that a clone knows what it was made from. */
	version: z.int().min(1),
	description: z.string(),
	/** Every `__NAME__` of the workflow, with what it stands for. */
	variables: z.record(z.string().regex(VARIABLE_NAME), z.string()),
	/** Credential type in n8n → whose secret fills it: the tenant's platform key, or the connection's bot token. */
	credentials: z.record(z.string(), z.enum(['tenant', 'bot'])),
});

export type Template = z.infer<typeof templateSchema>;

/** Throws AppError `template_invalid`. */
export function parseTemplate(value: unknown): Template {
	const parsed = templateSchema.safeParse(value);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new AppError('template_invalid', `Not a template: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(), {
		status: 422,
	});
}
