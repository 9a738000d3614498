import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { WorkflowJson, WorkflowNode } from './workflow.ts';

export interface CredentialReference {
	readonly id: string;
	readonly name: string;
}

/** Which credential a node needs, by its type; the first match counts. */
const CREDENTIAL_TYPES: ReadonlyArray<readonly [nodeType: RegExp, credentialType: string]> = [
	[/^n8n-nodes-concierge\./, 'conciergeApi'],
	[/^n8n-nodes-base\.telegram(Trigger)?$/, 'telegramApi'],
];

const PLACEHOLDER = /__([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)__/g;

/**
 * A template as a workflow ready for `POST /api/v1/workflows`: `__NAME__` in any text becomes the variable's value, nodes get
 * their credentials by type, and every webhook gets an id of its own, derived from `seed` (the connection's id), so that
 * clones never share a path and rendering again gives the same workflow. Node ids stay as they are.
 *
 * Throws AppError `template_variables` that lists variables the workflow has and the caller left out, and those it doesn't
 * have; `template_credentials` that lists credential types that nodes need and the caller left out; `template_value` when
 * a value would become code in n8n (a text starting with "=" is an expression there).
 */
export function renderTemplate(
	workflow: WorkflowJson,
	variables: Readonly<Record<string, string>>,
	credentials: Readonly<Record<string, CredentialReference>>,
	seed: string,
): WorkflowJson {
	checkVariables(workflow, variables);
	checkCredentials(workflow.nodes, credentials);
	return {
		name: fillText(workflow.name, variables),
		nodes: workflow.nodes.map((node) => renderNode(node, variables, credentials, seed)),
		connections: fillRecord(workflow.connections, variables),
		settings: fillRecord(workflow.settings, variables),
	};
}

function renderNode(
	node: WorkflowNode,
	variables: Readonly<Record<string, string>>,
	credentials: Readonly<Record<string, CredentialReference>>,
	seed: string,
): WorkflowNode {
	const type = credentialTypeOf(node);
	const reference = type === null ? undefined : credentials[type];
	return {
		...node,
		name: fillText(node.name, variables),
		parameters: fillRecord(node.parameters, variables),
		...(node.webhookId === undefined ? {} : { webhookId: webhookId(seed, node.id) }),
		...(type === null || reference === undefined
			? {}
			: { credentials: { [type]: { id: reference.id, name: reference.name } } }),
	};
}

/** The credential type that a node needs, or null: stock nodes without one, sticky notes. */
export function credentialTypeOf(node: Pick<WorkflowNode, 'type'>): string | null {
	return CREDENTIAL_TYPES.find(([nodeType]) => nodeType.test(node.type))?.[1] ?? null;
}

/** A UUID (version 8, RFC 9562) out of a hash: the same connection and node always get the same webhook path. */
function webhookId(seed: string, nodeId: string): string {
	const bytes = createHash('sha256').update(`${seed}\n${nodeId}`).digest().subarray(0, 16);
	bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
	bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
	return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function checkVariables(workflow: WorkflowJson, variables: Readonly<Record<string, string>>): void {
	const used = new Set(namesIn(JSON.stringify(workflow)));
	const missing = [...used].filter((name) => !Object.hasOwn(variables, name)).toSorted();
	const unknown = Object.keys(variables).filter((name) => !used.has(name)).toSorted();
	if (missing.length === 0 && unknown.length === 0) return;
	const parts = [
		...(missing.length === 0 ? [] : [`missing: ${missing.join(', ')}`]),
		...(unknown.length === 0 ? [] : [`unknown: ${unknown.join(', ')}`]),
	];
	throw new AppError('template_variables', `Variables of the template "${workflow.name}": ${parts.join('; ')}`, {
		details: { missing, unknown },
	});
}

function checkCredentials(nodes: readonly WorkflowNode[], credentials: Readonly<Record<string, CredentialReference>>): void {
	const needed = new Set(nodes.map(credentialTypeOf).filter((type) => type !== null));
	const missing = [...needed].filter((type) => !Object.hasOwn(credentials, type)).toSorted();
	if (missing.length === 0) return;
	throw new AppError('template_credentials', `The workflow's nodes need credentials of type ${missing.join(', ')}`, {
		details: { missing },
	});
}

function namesIn(text: string): string[] {
	return Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name ?? '');
}

function fillText(text: string, variables: Readonly<Record<string, string>>): string {
	const filled = text.replace(PLACEHOLDER, (placeholder, name: string) => variables[name] ?? placeholder);
	const isExpression = filled.startsWith('=') && filled !== text;
	const isHarmless = text.startsWith('=') && namesIn(text).every((name) => /^[\w-]*$/.test(variables[name] ?? ''));
	if (isExpression && !isHarmless) {
		throw new AppError('template_value', `A value for ${namesIn(text).join(', ')} would be run by n8n as an expression`, {
			status: 422,
		});
	}
	return filled;
}

function fillRecord(
	record: Readonly<Record<string, unknown>>,
	variables: Readonly<Record<string, string>>,
): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(record).map(([key, value]) => [fillText(key, variables), fillValue(value, variables)]),
	);
}

function fillValue(value: unknown, variables: Readonly<Record<string, string>>): unknown {
	if (typeof value === 'string') return fillText(value, variables);
	if (Array.isArray(value)) return value.map((entry) => fillValue(entry, variables));
	if (typeof value === 'object' && value !== null) return fillRecord({ ...value }, variables);
	return value;
}
