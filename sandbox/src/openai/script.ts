import type { JsonObject } from '../json.ts';
import { asJsonObject, isObject, numberOf, objectsIn, stringOf } from '../json.ts';
import type { OpenAiState, ScriptStep } from './state.ts';

/** Reads `{steps: [{when?, reply, times?}]}`; a text says what is wrong. */
export function readSteps(request: unknown): ScriptStep[] | string {
	const given = isObject(request) ? request['steps'] : undefined;
	if (!Array.isArray(given)) return 'steps must be an array';
	const steps: ScriptStep[] = [];
	for (const [index, step] of given.entries()) {
		if (!isObject(step) || !isObject(step['reply'])) return `steps[${index}].reply must be an object`;
		const when = isObject(step['when']) ? step['when'] : {};
		steps.push({
			contains: stringOf(when['contains']),
			hasTool: stringOf(when['has_tool']),
			left: numberOf(step['times'], 1),
			reply: asJsonObject(step['reply']),
		});
	}
	return steps;
}

/** The first step that matches the request and has uses left; uses one. */
export function takeStep(state: OpenAiState, request: JsonObject): ScriptStep | undefined {
	const text = lastText(request).toLowerCase();
	const tools = toolNames(request);
	const step = state.steps.find(
		(one) =>
			one.left > 0 && text.includes(one.contains.toLowerCase()) && (one.hasTool === '' || tools.includes(one.hasTool)),
	);
	if (step !== undefined) step.left -= 1;
	return step;
}

function lastText(request: JsonObject): string {
	const last = objectsIn(request['messages']).findLast((message) => message['role'] === 'user' || message['role'] === 'tool');
	const content = last?.['content'];
	if (!Array.isArray(content)) return stringOf(content);
	return objectsIn(content)
		.map((part) => stringOf(part['text']))
		.join('\n');
}

function toolNames(request: JsonObject): readonly string[] {
	return objectsIn(request['tools']).map((tool) => (isObject(tool['function']) ? stringOf(tool['function']['name']) : ''));
}
