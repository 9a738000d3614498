import type { ToolDefinition } from './tools.ts';

/** A message as LangChain's chat models take it: plain objects by role. */
export type ChatMessage =
	| { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }
	| { readonly role: 'user'; readonly content: readonly ContentPart[] }
	| { readonly role: 'assistant'; readonly content: string; readonly tool_calls: readonly OpenAiToolCall[] }
	| { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string };

/** LangChain's standard parts, which it translates for each vendor. `url` is a data: URL. */
export type ContentPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

interface OpenAiToolCall {
	readonly id: string;
	readonly type: 'function';
	readonly function: { readonly name: string; readonly arguments: string };
}

/** What is used of a LangChain chat model; n8n hands them to nodes, so nothing of LangChain is imported. */
export interface ChatModelLike {
	/** Missing in models that can't call tools. */
	bindTools?(tools: readonly ToolDefinition[]): { invoke: Invoke };
	invoke: Invoke;
}
type Invoke = (messages: ChatMessage[], options?: { signal?: AbortSignal }) => Promise<unknown>;

export interface ModelReply {
	readonly content: string;
	/** `args` is null when the model's arguments weren't valid JSON. */
	readonly calls: readonly { readonly id: string; readonly name: string; readonly args: unknown }[];
	/** The reply as a message of the conversation. */
	readonly message: ChatMessage;
}

/** Why a model was given up for a turn; `unavailable`: it was not even asked, because it failed several times just before. */
export const MODEL_FAILURES = ['call_failed', 'timed_out', 'refused', 'empty', 'cut_off', 'no_decision', 'unavailable'] as const;
export type ModelFailureCode = (typeof MODEL_FAILURES)[number];

/** A model that is given up for this turn: it failed, was too slow, refused or said nothing. */
export class ModelFailed extends Error {
	readonly code: ModelFailureCode;
	/** HTTP status of a call that failed, where the vendor's client tells it. */
	readonly status: number | undefined;
	/** The vendor says that this model takes no tools. */
	readonly refusesTools: boolean;

	constructor(code: ModelFailureCode, message: string, options: { cause?: unknown; status?: number | undefined; refusesTools?: boolean } = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.status = options.status;
		this.refusesTools = options.refusesTools ?? false;
	}
}

/** One call of a model; `tools` null: it can't call any. Throws ModelFailed, never anything of the vendor's own. */
export async function askModel(model: ChatModelLike, tools: readonly ToolDefinition[] | null, messages: readonly ChatMessage[], timeoutMs: number): Promise<ModelReply> {
	const signal = AbortSignal.timeout(timeoutMs);
	const answer = await Promise.race([invoke(model, tools, [...messages], signal), expiry(signal, timeoutMs)]);
	return readReply(answer);
}

async function invoke(model: ChatModelLike, tools: readonly ToolDefinition[] | null, messages: ChatMessage[], signal: AbortSignal): Promise<unknown> {
	try {
		return await ((tools === null ? undefined : model.bindTools?.(tools)) ?? model).invoke(messages, { signal });
	} catch (error) {
		// The vendor's text may hold keys or the customer's words: only its status and name are kept.
		if (signal.aborted) throw new ModelFailed('timed_out', 'timed out', { cause: error });
		const status = statusOf(error);
		throw new ModelFailed('call_failed', `call failed: ${nameOf(error)}`, { cause: error, status, refusesTools: tools !== null && NO_TOOLS_STATUS.has(status ?? 0) && ABOUT_TOOLS.test(textsOf(error)) });
	}
}

/** "llama2 does not support tools" (Ollama), "No endpoints found that support tool use" (OpenRouter), "tools is not supported in this model" (OpenAI). */
const NO_TOOLS_STATUS: ReadonlySet<number> = new Set([400, 404, 422, 501]);
const ABOUT_TOOLS = /\btools?\b|function.?call/iu;

/** An error's own words and those that n8n put around them. */
function textsOf(error: unknown): string {
	if (!isRecord(error)) return '';
	return [error['message'], error['description'], isRecord(error['cause']) ? error['cause']['message'] : ''].filter((text) => typeof text === 'string').join('\n');
}

/** For models that ignore the signal. */
async function expiry(signal: AbortSignal, timeoutMs: number): Promise<never> {
	return await new Promise((_, reject) => {
		signal.addEventListener('abort', () => reject(new ModelFailed('timed_out', `no answer within ${timeoutMs} ms`)), { once: true });
	});
}

/** Vendors' clients have it as `status` or `statusCode`; n8n's own errors, in which its model nodes wrap those, as a text in `httpCode`. */
function statusOf(error: unknown): number | undefined {
	if (!isRecord(error)) return undefined;
	const status = Number(error['status'] ?? error['statusCode'] ?? error['httpCode'] ?? NaN);
	return Number.isInteger(status) ? status : undefined;
}

function nameOf(error: unknown): string {
	const status = statusOf(error);
	const name = error instanceof Error ? error.name : 'unknown error';
	return status === undefined ? name : `${name} (HTTP ${status})`;
}

function readReply(answer: unknown): ModelReply {
	if (!isRecord(answer)) throw new ModelFailed('empty', 'answered nothing');
	const content = textOf(answer['content']);
	const calls = [...validCalls(answer['tool_calls']), ...invalidCalls(answer['invalid_tool_calls'])].map((call, index) => ({ ...call, id: call.id === '' ? `call_${index}` : call.id }));
	const extra = isRecord(answer['additional_kwargs']) ? answer['additional_kwargs'] : {};
	const metadata = isRecord(answer['response_metadata']) ? answer['response_metadata'] : {};
	const reason = metadata['finish_reason'] ?? metadata['stop_reason'] ?? metadata['finishReason'];
	if (calls.length === 0) {
		if (typeof extra['refusal'] === 'string' && extra['refusal'] !== '') throw new ModelFailed('refused', 'refused');
		if (reason === 'content_filter' || reason === 'refusal') throw new ModelFailed('refused', 'refused');
		if (content.trim() === '') throw isCut(reason) ? new ModelFailed('cut_off', 'answer cut off') : new ModelFailed('empty', 'answered nothing');
		// Half a sentence is no answer.
		if (isCut(reason)) throw new ModelFailed('cut_off', 'answer cut off');
		return { content, calls, message: { role: 'assistant', content } };
	}
	const toolCalls = calls.map(({ id, name, args }): OpenAiToolCall => ({ id, type: 'function', function: { name, arguments: JSON.stringify(args ?? {}) } }));
	return { content, calls, message: { role: 'assistant', content, tool_calls: toolCalls } };
}

function isCut(reason: unknown): boolean {
	return reason === 'length' || reason === 'max_tokens' || reason === 'MAX_TOKENS';
}

function validCalls(calls: unknown) {
	return (Array.isArray(calls) ? calls : []).filter(isRecord).map((call) => ({ id: textOf(call['id']), name: textOf(call['name']), args: isRecord(call['args']) ? call['args'] : null }));
}

function invalidCalls(calls: unknown) {
	return (Array.isArray(calls) ? calls : []).filter(isRecord).map((call) => ({ id: textOf(call['id']), name: textOf(call['name']), args: null }));
}

/** Some vendors answer in parts: [{ type: 'text', text }]. */
function textOf(content: unknown): string {
	if (typeof content === 'string') return content;
	if (!Array.isArray(content)) return '';
	return content.map((part: unknown) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
