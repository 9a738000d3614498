import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { isObject, objectsIn, stringOf } from '../json.ts';

/** A scripted reply as a chat completion: https://platform.openai.com/docs/api-reference/chat/object */
export function completionFor(reply: JsonObject, model: string, unixSeconds: number): JsonObject {
	const toolCalls = toolCallsOf(reply);
	const finish = stringOf(reply['finish_reason'], toolCalls.length > 0 ? 'tool_calls' : 'stop');
	return {
		id: `chatcmpl-${alphanumeric(29)}`,
		object: 'chat.completion',
		created: unixSeconds,
		model,
		choices: [
			{
				index: 0,
				message: {
					role: 'assistant',
					content: typeof reply['content'] === 'string' ? reply['content'] : null,
					refusal: typeof reply['refusal'] === 'string' ? reply['refusal'] : null,
					annotations: [],
					...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
				},
				logprobs: null,
				finish_reason: finish,
			},
		],
		usage: usage(),
		service_tier: 'default',
		system_fingerprint: 'fp_sandbox',
	};
}

function toolCallsOf(reply: JsonObject): JsonObject[] {
	return objectsIn(reply['tool_calls']).map((call) => ({
		id: `call_${alphanumeric(24)}`,
		type: 'function',
		function: {
			name: stringOf(call['name']),
			// A text is passed on as it is, so that broken JSON can be scripted.
			arguments: typeof call['arguments'] === 'string' ? call['arguments'] : JSON.stringify(call['arguments'] ?? {}),
		},
	}));
}

function usage(): JsonObject {
	return {
		prompt_tokens: 100,
		completion_tokens: 20,
		total_tokens: 120,
		prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
		completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
	};
}

/** The same completion as the chunks of a stream (without `[DONE]`). */
export function chunksFor(completion: JsonObject, includeUsage: boolean): readonly JsonObject[] {
	const choice = Array.isArray(completion['choices']) ? completion['choices'][0] : undefined;
	const message = isObject(choice) && isObject(choice['message']) ? choice['message'] : {};
	const finish = isObject(choice) ? stringOf(choice['finish_reason']) : 'stop';
	const base = {
		id: completion['id'] ?? '',
		object: 'chat.completion.chunk',
		created: completion['created'] ?? 0,
		model: completion['model'] ?? '',
		service_tier: 'default',
		system_fingerprint: 'fp_sandbox',
		...(includeUsage ? { usage: null } : {}),
	};
	const chunk = (delta: JsonObject, reason: string | null): JsonObject => ({
		...base,
		choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
	});
	const chunks: JsonObject[] = [chunk({ role: 'assistant', content: message['content'] === null ? null : '', refusal: null }, null)];
	for (const piece of pieces(stringOf(message['content']))) chunks.push(chunk({ content: piece }, null));
	if (typeof message['refusal'] === 'string') chunks.push(chunk({ refusal: message['refusal'] }, null));
	for (const [index, call] of objectsIn(message['tool_calls']).entries()) {
		const called = isObject(call['function']) ? call['function'] : {};
		const name = stringOf(called['name']);
		chunks.push(
			chunk({ tool_calls: [{ index, id: stringOf(call['id']), type: 'function', function: { name, arguments: '' } }] }, null),
		);
		for (const piece of pieces(stringOf(called['arguments']))) {
			chunks.push(chunk({ tool_calls: [{ index, function: { arguments: piece } }] }, null));
		}
	}
	chunks.push(chunk({}, finish));
	if (includeUsage) chunks.push({ ...base, choices: [], usage: completion['usage'] ?? null });
	return chunks;
}

/** Text in runs of up to 24 characters; joins to the same text. */
function pieces(text: string): readonly string[] {
	const characters = Array.from(text);
	const runs: string[] = [];
	for (let start = 0; start < characters.length; start += 24) runs.push(characters.slice(start, start + 24).join(''));
	return runs;
}
