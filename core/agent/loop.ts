import type { AgentContext } from './context.ts';
import type { Decision, NextStep, Violation } from './decision.ts';
import { AppError } from '../errors.ts';
import { askModel, ModelFailed, type ChatMessage, type ChatModelLike, type ContentPart, type ModelFailureCode } from './model-call.ts';
import { pictureTypeOf } from './pictures.ts';
import { buildMessages } from './prompt.ts';
import { DECIDE_TOOL, LOOKUP_TOOLS, TOOLS } from './tools.ts';
import { callFromText, toolsInWords } from './tools-in-words.ts';

export type { ChatModelLike } from './model-call.ts';

export interface NamedChatModel {
	readonly name: string;
	readonly model: ChatModelLike;
}

/** The JSON of `POST /v1/turns/{id}/decision`. */
export type DecisionAnswer =
	| { readonly accepted: true; readonly next: NextStep; readonly decision: Decision }
	| { readonly accepted: false; readonly violations: readonly Violation[] };

export type AcceptedAnswer = Extract<DecisionAnswer, { accepted: true }> & {
	/** Why a model before the one that answered was given up, in order; [] when the first one answered. */
	readonly failures: readonly ModelFailure[];
};

export interface ModelFailure {
	readonly model: string;
	readonly code: ModelFailureCode;
	/** English, for the operator: no customer text, no key. */
	readonly reason: string;
}

/** A turn's context, and which of the models that would be asked are not to be: they failed several times just before. */
export interface LoadedContext extends AgentContext {
	readonly unavailableModels?: readonly string[];
}

export interface AgentPorts {
	/** `models`: names of those that would be asked, in order. */
	loadContext(models: readonly string[]): Promise<LoadedContext>;
	callTool(name: string, args: unknown): Promise<unknown>;
	/** Bytes of a picture of the turn; null when it can't be had. */
	loadPicture(messageId: string): Promise<Uint8Array | null>;
	/** `failures`: of the models before, so that the platform knows which are down. */
	decide(input: { proposal: unknown; model: string; attempt: 1 | 2; failures: readonly ModelFailure[] }): Promise<DecisionAnswer>;
}

export interface AgentLimits {
	/** For one call of a model, in ms. Default 30,000. */
	readonly timeoutMs?: number;
	/** Calls of one model for a turn. Default 6. */
	readonly maxToolRounds?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_ROUNDS = 6;

/**
 * Answers one turn: each model in order looks things up and proposes; the backend decides. A model that fails, times out or
 * never proposes is followed by the next one, the last one by the offline responder. Errors of the ports (a turn that was
 * superseded, the platform away) are not a model's and reach the caller.
 */
export async function runAgent({ models, ports, limits = {} }: { models: readonly NamedChatModel[]; ports: AgentPorts; limits?: AgentLimits }): Promise<AcceptedAnswer> {
	const failures: ModelFailure[] = [];
	if (models.length > 0) {
		const context = await ports.loadContext(models.map(({ name }) => name));
		const messages = buildMessages(context);
		const pictures = await picturesOf(context, ports);
		for (const named of models) {
			if (context.unavailableModels?.includes(named.name) === true) {
				failures.push({ model: named.name, code: 'unavailable', reason: 'not asked, because it failed three times within a minute' });
				continue;
			}
			try {
				return { ...(await withPictures(pictures, messages, (start) => withOrWithoutTools(named, (tools) => converse(named, tools, start, ports, limits, failures)))), failures };
			} catch (error) {
				if (!(error instanceof ModelFailed)) throw error;
				failures.push({ model: named.name, code: error.code, reason: error.message });
			}
		}
	}
	const answer = await ports.decide({ proposal: null, model: 'offline', attempt: 1, failures: [...failures] });
	if (!answer.accepted) throw new AppError('unexpected_answer', 'The platform rejected an answer that it was asked to give by itself.', { status: 502 });
	return { ...answer, failures };
}

async function picturesOf({ pictures }: AgentContext, ports: AgentPorts): Promise<readonly ContentPart[]> {
	const loaded = await Promise.all((pictures ?? []).map((id) => ports.loadPicture(id)));
	return loaded.flatMap((bytes): ContentPart[] => {
		const type = bytes === null ? null : pictureTypeOf(bytes);
		return bytes === null || type === null ? [] : [{ type: 'image_url', image_url: { url: `data:${type};base64,${base64Of(bytes)}` } }];
	});
}

/**
 * With the turn's pictures in its last message. There is no asking a model whether it takes pictures: one that turns the call down with them
 * (HTTP 400 to 499) is called without; the words say "[photo]" in either case.
 */
async function withPictures<T>(pictures: readonly ContentPart[], messages: readonly ChatMessage[], ask: (start: readonly ChatMessage[]) => Promise<T>): Promise<T> {
	const last = messages.at(-1);
	if (pictures.length === 0 || last === undefined || typeof last.content !== 'string') return await ask(messages);
	try {
		return await ask([...messages.slice(0, -1), { role: 'user', content: [{ type: 'text', text: last.content }, ...pictures] }]);
	} catch (error) {
		const refused = error instanceof ModelFailed && error.code === 'call_failed' && TURNED_DOWN.has(error.status ?? 0);
		if (!refused) throw error;
		return await ask(messages);
	}
}

/** What vendors answer to content that a model doesn't take. */
const TURNED_DOWN: ReadonlySet<number> = new Set([400, 404, 413, 415, 422]);

function base64Of(bytes: Uint8Array): string {
	return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Models whose vendor turned a call with tools down. */
const withoutTools = new WeakSet<ChatModelLike>();

/** There is no asking a model whether it calls tools either: one whose vendor says that it doesn't is asked in words. */
async function withOrWithoutTools<T>({ model }: NamedChatModel, ask: (tools: boolean) => Promise<T>): Promise<T> {
	if (model.bindTools === undefined || withoutTools.has(model)) return await ask(false);
	try {
		return await ask(true);
	} catch (error) {
		if (!(error instanceof ModelFailed && error.refusesTools)) throw error;
		withoutTools.add(model);
		return await ask(false);
	}
}

/** One model's conversation until its decision is accepted. Throws ModelFailed when it can't go on. `tools`: whether it calls them, or names them in JSON. */
async function converse({ name, model }: NamedChatModel, tools: boolean, start: readonly ChatMessage[], ports: AgentPorts, limits: AgentLimits, failures: readonly ModelFailure[]): Promise<Extract<DecisionAnswer, { accepted: true }>> {
	const messages: ChatMessage[] = tools ? [...start] : start.map((message, index) => (index === 0 && message.role === 'system' ? { ...message, content: `${message.content}\n\n${toolsInWords(TOOLS)}` } : message));
	const timeoutMs = limits.timeoutMs ?? DEFAULT_TIMEOUT_MS;
	const rounds = Math.max(1, limits.maxToolRounds ?? DEFAULT_ROUNDS);
	let attempt: 1 | 2 = 1;
	const propose = async (proposal: unknown): Promise<DecisionAnswer> => await ports.decide({ proposal, model: name, attempt, failures: [...failures] });

	for (let round = 1; round <= rounds; round += 1) {
		const reply = await askModel(model, tools ? TOOLS : null, messages, timeoutMs);
		const named = reply.calls.length === 0 ? callFromText(reply.content) : null;
		const decision = reply.calls.find((call) => call.name === DECIDE_TOOL && call.args !== null);
		const proposal = decision?.args ?? (named?.name === DECIDE_TOOL ? named.args : reply.calls.length === 0 && named === null ? proposalFromText(reply.content) : null);
		messages.push(reply.message);
		if (proposal !== null) {
			const answer = await propose(proposal);
			if (answer.accepted) return answer;
			attempt = 2;
			const instruction = rejection(answer.violations);
			// A tool call must be answered by a tool message, words by words.
			if (decision === undefined) messages.push({ role: 'user', content: instruction });
			else for (const { id } of reply.calls) messages.push({ role: 'tool', tool_call_id: id, content: id === decision.id ? instruction : 'Not run: the decision came first.' });
			continue;
		}
		for (const call of reply.calls) {
			messages.push({ role: 'tool', tool_call_id: call.id, content: await toolAnswer(call, ports) });
		}
		if (named !== null) messages.push({ role: 'user', content: `[system] ${named.name} answers:\n${await toolAnswer(named, ports)}` });
		if (round === rounds - 1) messages.push({ role: 'user', content: `[system] Call ${DECIDE_TOOL} now with your answer.` });
	}
	throw new ModelFailed('no_decision', `no decision after ${rounds} calls`);
}

async function toolAnswer({ name, args }: { readonly name: string; readonly args: unknown }, ports: AgentPorts): Promise<string> {
	if (args === null) return JSON.stringify({ error: 'The arguments are not valid JSON. Send them again.' });
	const known = LOOKUP_TOOLS.some((tool) => tool === name);
	if (!known) return JSON.stringify({ error: `There is no tool "${name}". Tools: ${[...LOOKUP_TOOLS, DECIDE_TOOL].join(', ')}.` });
	return JSON.stringify(await ports.callTool(name, args));
}

/** A model that doesn't call tools answers with the decision as JSON, or in plain words. */
function proposalFromText(content: string): unknown {
	const text = content.replace(/^\s*```(?:json)?\s*|\s*```\s*$/gu, '').trim();
	const [from, to] = [text.indexOf('{'), text.lastIndexOf('}')];
	if (from !== -1 && to > from) {
		try {
			const parsed: unknown = JSON.parse(text.slice(from, to + 1));
			if (typeof parsed === 'object' && parsed !== null && 'response' in parsed) return parsed;
		} catch {
			// Not JSON after all.
		}
	}
	return looksBroken(text) ? null : { response: text, intent: 'question' };
}

/** Half a JSON object must not reach a customer as words. */
function looksBroken(text: string): boolean {
	return text === '' || /^[[{]/u.test(text) || /"response"\s*:/u.test(text);
}

function rejection(violations: readonly Violation[]): string {
	const list = violations.map(({ code, message }) => `- ${code}: ${message}`).join('\n');
	return `[system] The answer was not sent. Put this right and call ${DECIDE_TOOL} once more:\n${list}`;
}
