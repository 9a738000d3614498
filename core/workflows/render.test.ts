import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { credentialTypeOf, renderTemplate } from './render.ts';
import { parseTemplate } from './template.ts';
import type { WorkflowJson } from './workflow.ts';
import { parseWorkflow } from './workflow.ts';

const CREDENTIALS = {
	conciergeApi: { id: 'c1', name: 'Tenant key' },
	telegramApi: { id: 't1', name: 'Bot token' },
};
const VARIABLES = { CONNECTION_ID: 'con_1', CONNECTION_NAME: 'Florist bot', ANSWER_WORKFLOW_ID: 'wf9' };

function load(path: string): unknown {
	return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const ingress = parseWorkflow(load('templates/telegram-ingress/workflow.json'));
const answer = parseWorkflow(load('workflows/answer.json'));

function node(workflow: WorkflowJson, id: string) {
	const found = workflow.nodes.find((candidate) => candidate.id === id);
	if (found === undefined) throw new Error(`no node ${id}`);
	return found;
}

function thrownBy(run: () => unknown): AppError {
	try {
		run();
	} catch (error) {
		if (error instanceof AppError) return error;
	}
	throw new Error('expected an AppError');
}

describe('rendering the Telegram ingress', () => {
	const rendered = renderTemplate(ingress, VARIABLES, CREDENTIALS, 'con_1');

	it('fills the variables wherever they stand', () => {
		expect(rendered.name).toBe('Telegram: Florist bot');
		expect(node(rendered, 'telegram-ingress-trigger').parameters['connectionId']).toBe('con_1');
		expect(node(rendered, 'telegram-ingress-answer').parameters['workflowId']).toMatchObject({ __rl: true, value: 'wf9' });
		expect(JSON.stringify(rendered)).not.toMatch(/__[A-Z]/);
	});

	it('gives every node the credential of its type and keeps node ids', () => {
		expect(rendered.nodes.map(({ id }) => id)).toEqual(ingress.nodes.map(({ id }) => id));
		expect(node(rendered, 'telegram-ingress-trigger')['credentials']).toEqual({ conciergeApi: CREDENTIALS.conciergeApi });
		expect(node(rendered, 'telegram-ingress-typing')['credentials']).toEqual({ telegramApi: CREDENTIALS.telegramApi });
		expect(node(rendered, 'telegram-ingress-answer')['credentials']).toBeUndefined();
	});

	it('gives every connection a webhook of its own, the same one each time', () => {
		const id = (seed: string) =>
			node(renderTemplate(ingress, VARIABLES, CREDENTIALS, seed), 'telegram-ingress-trigger').webhookId;
		expect(id('con_1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		expect(id('con_1')).toBe(id('con_1'));
		expect(id('con_1')).not.toBe(id('con_2'));
		expect(id('con_1')).not.toBe(node(ingress, 'telegram-ingress-trigger').webhookId);
	});

	it('puts out only what the public API takes, and leaves the template as it was', () => {
		expect(Object.keys(rendered).toSorted()).toEqual(['connections', 'name', 'nodes', 'settings']);
		expect(parseWorkflow(load('templates/telegram-ingress/workflow.json'))).toEqual(ingress);
	});

	it('lists missing and unknown variables', () => {
		const error = thrownBy(() => renderTemplate(ingress, { CONNECTION_ID: 'x', COLOUR: 'y' }, CREDENTIALS, 's'));
		expect(error.code).toBe('template_variables');
		expect(error.details).toEqual({ missing: ['ANSWER_WORKFLOW_ID', 'CONNECTION_NAME'], unknown: ['COLOUR'] });
	});

	it('names the credential types that were left out', () => {
		const { conciergeApi } = CREDENTIALS;
		const error = thrownBy(() => renderTemplate(ingress, VARIABLES, { conciergeApi }, 's'));
		expect(error.code).toBe('template_credentials');
		expect(error.message).toContain('telegramApi');
	});
});

describe('values are text, never code', () => {
	const workflow = (text: string): WorkflowJson => ({
		name: 'W',
		nodes: [{ id: 'a', name: 'A', type: 'n8n-nodes-base.set', typeVersion: 3, position: [0, 0], parameters: { text } }],
		connections: {},
		settings: {},
	});
	const render = (text: string, value: string) => renderTemplate(workflow(text), { NAME: value }, {}, 's').nodes[0]?.parameters['text'];

	it.each([
		['__NAME__', '={{ $env.SECRET }}'],
		['={{ "__NAME__" }}', '" + $env.SECRET + "'],
	])('refuses %s with %s', (text, value) => {
		expect(thrownBy(() => render(text, value)).code).toBe('template_value');
	});

	it.each([
		['Hello __NAME__', '={{ 1 }}', 'Hello ={{ 1 }}'],
		['={{ "__NAME__" }}', 'con_1-a', '={{ "con_1-a" }}'],
		['__NAME__', '$& __NAME__ $1', '$& __NAME__ $1'],
		['__NAME__', '', ''],
	])('fills %s with %s', (text, value, expected) => {
		expect(render(text, value)).toBe(expected);
	});
});

describe('the files in templates/ and workflows/', () => {
	it.each([
		['answer', answer],
		['telegram-ingress', ingress],
	])('%s has stable unique node ids, no pinned data and no credential', (_name, workflow) => {
		const ids = workflow.nodes.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(JSON.stringify(workflow)).not.toMatch(/"credentials"|"pinData"/);
		expect(workflow.settings).toEqual({
			executionOrder: 'v1',
			saveDataSuccessExecution: 'all',
			callerPolicy: 'workflowsFromSameOwner',
		});
		for (const { type, webhookId } of workflow.nodes) {
			expect(webhookId !== undefined).toBe(type === 'n8n-nodes-concierge.conversationTrigger');
		}
	});

	it('answers without a single expression', () => {
		expect(JSON.stringify(answer)).not.toContain('"=');
	});

	it('describes exactly the variables and credentials the ingress uses', () => {
		const template = parseTemplate(load('templates/telegram-ingress/template.json'));
		expect(template.version).toBe(2);
		expect(Object.keys(template.variables).toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
		const needed = new Set(ingress.nodes.map(credentialTypeOf).filter((type) => type !== null));
		expect(Object.keys(template.credentials).toSorted()).toEqual([...needed].toSorted());
	});

	it('says what is wrong with a file that is no workflow', () => {
		expect(thrownBy(() => parseWorkflow({ name: 'x', nodes: [{}] })).message).toMatch(/^Not a workflow: nodes\.0\.id /);
	});
});
