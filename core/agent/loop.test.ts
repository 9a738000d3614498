import { describe, expect, it } from 'vitest';
import { buildContext } from './context.ts';
import { decide } from './decide.ts';
import type { Proposal } from './decision.ts';
import { factsOf, PORTS, TEA } from './guard/test-support/shops.ts';
import { runAgent, type AgentPorts, type DecisionAnswer, type NamedChatModel } from './loop.ts';
import type { ChatMessage } from './model-call.ts';
import { parseProposal } from './proposal-schema.ts';
import { runTool } from './tools.ts';

type Reply = Record<string, unknown> | Error | 'hang';

/** A LangChain-shaped chat model that gives scripted replies and keeps what it was sent. */
function scripted(name: string, ...replies: readonly Reply[]): NamedChatModel & { readonly seen: ChatMessage[][]; readonly tools: string[] } {
	const left = [...replies];
	const seen: ChatMessage[][] = [];
	const tools: string[] = [];
	const invoke = async (messages: ChatMessage[], options?: { signal?: AbortSignal }): Promise<unknown> => {
		seen.push(messages);
		const reply = left.shift();
		if (reply === 'hang') return await new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
		if (reply instanceof Error) throw reply;
		return reply;
	};
	return {
		name, seen, tools,
		model: {
			invoke,
			bindTools: (definitions) => {
				tools.splice(0, tools.length, ...definitions.map((tool) => tool.function.name));
				return { invoke };
			},
		},
	};
}

const calls = (...list: readonly (readonly [string, unknown])[]): Reply => ({ content: '', tool_calls: list.map(([name, args], index) => ({ id: `c${index}`, name, args })) });
const GOOD: Partial<Proposal> = { response: 'Morning Mist Green Tea is €12.90.', language: 'English', intent: 'question', send_payment_link: false };
const WRONG = { ...GOOD, response: 'Morning Mist Green Tea is €9.' };

/** The real guard behind the ports, as the backend has it. */
function backend(text = 'how much is the green tea?') {
	const facts = factsOf(TEA, { text });
	const log: string[] = [];
	const decisions: { model: string; attempt: number; proposal: unknown }[] = [];
	const ports: AgentPorts = {
		loadContext: async () => {
			log.push('context');
			return buildContext(facts);
		},
		callTool: async (name, args) => {
			log.push(name);
			return runTool(facts, name, args);
		},
		decide: async (input): Promise<DecisionAnswer> => {
			decisions.push(input);
			const parsed = input.proposal === null ? { ok: true as const, proposal: null } : parseProposal(input.proposal);
			if (!parsed.ok) return { accepted: false, violations: parsed.violations };
			return decide(facts, { proposal: parsed.proposal, model: input.model, attempt: input.attempt }, PORTS);
		},
	};
	return { ports, log, decisions };
}

describe('without a model', () => {
	it('the offline responder is asked at once, and no context is loaded', async () => {
		const { ports, log, decisions } = backend();
		const answer = await runAgent({ models: [], ports });
		expect(answer.decision.origin).toBe('offline');
		expect(answer.failures).toEqual([]);
		expect(log).toEqual([]);
		expect(decisions).toEqual([{ proposal: null, model: 'offline', attempt: 1 }]);
	});
});

describe('a model', () => {
	it('looks things up with tools and proposes with decide', async () => {
		const { ports, log } = backend();
		const model = scripted('m1', calls(['search_catalog', { query: 'green tea' }]), calls(['decide', GOOD]));
		const answer = await runAgent({ models: [model], ports });
		expect(answer).toMatchObject({ next: 'reply', decision: { origin: 'model', model: 'm1', response: GOOD.response }, failures: [] });
		expect(log).toEqual(['context', 'search_catalog']);
		expect(model.tools).toEqual(['search_catalog', 'get_items', 'get_order_status', 'request_handover', 'decide']);
		expect(model.seen[1]?.at(-1)).toMatchObject({ role: 'tool', tool_call_id: 'c0', content: expect.stringContaining('Morning Mist Green Tea') });
	});

	it('gets the violations once, and the second proposal counts as attempt 2', async () => {
		const { ports, decisions } = backend();
		const model = scripted('m1', calls(['decide', WRONG]), calls(['decide', GOOD]));
		expect((await runAgent({ models: [model], ports })).decision.origin).toBe('model');
		expect(decisions.map(({ attempt }) => attempt)).toEqual([1, 2]);
		expect(model.seen[1]?.at(-1)).toMatchObject({ role: 'tool', content: expect.stringContaining('price_not_in_facts') });
	});

	it('that insists on a wrong price is overruled by the backend', async () => {
		const { ports } = backend();
		const answer = await runAgent({ models: [scripted('m1', calls(['decide', WRONG]), calls(['decide', WRONG]))], ports });
		expect(answer.decision.origin).toBe('fallback');
		expect(answer.decision.response).toContain('€12.90');
	});

	it.each([
		['the decision as JSON', JSON.stringify(GOOD)],
		['JSON in a code block', `\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``],
		['plain words', GOOD.response ?? ''],
	])('that calls no tools may answer with %s', async (_, content) => {
		const { ports } = backend();
		const answer = await runAgent({ models: [scripted('m1', { content })], ports });
		expect(answer.decision).toMatchObject({ origin: 'model', response: GOOD.response });
	});

	it('that answers in parts is read', async () => {
		const { ports } = backend();
		const answer = await runAgent({ models: [scripted('m1', { content: [{ type: 'text', text: GOOD.response }] })], ports });
		expect(answer.decision.response).toBe(GOOD.response);
	});

	it('is told about unknown tools, malformed arguments and tool problems, and goes on', async () => {
		const { ports } = backend();
		const model = scripted('m1', calls(['send_email', {}]), { content: '', tool_calls: [], invalid_tool_calls: [{ id: 'x', name: 'decide', args: '{"response": "Hel' }] }, calls(['get_items', { skus: 'no list' }]), calls(['decide', GOOD]));
		const answer = await runAgent({ models: [model], ports });
		expect(answer.decision.origin).toBe('model');
		expect(model.seen.slice(1).map((messages) => messages.at(-1)?.content)).toEqual([expect.stringContaining('There is no tool'), expect.stringContaining('not valid JSON'), expect.stringContaining('must be a list')]);
	});

	it('answers every tool call with a tool message, also beside a rejected decision', async () => {
		const { ports } = backend();
		const model = scripted('m1', calls(['get_order_status', {}], ['decide', WRONG]), calls(['decide', GOOD]));
		await runAgent({ models: [model], ports });
		expect(model.seen[1]?.filter(({ role }) => role === 'tool')).toHaveLength(2);
	});
});

describe('a model that fails', () => {
	it.each<readonly [string, Reply, string]>([
		['throws', Object.assign(new Error('key sk-secret is wrong'), { status: 401 }), 'call failed: Error (HTTP 401)'],
		['refuses', { content: '', tool_calls: [], additional_kwargs: { refusal: 'I cannot' } }, 'refused'],
		['is filtered', { content: '', response_metadata: { finish_reason: 'content_filter' } }, 'refused'],
		['says nothing', { content: '' }, 'answered nothing'],
		['returns nothing', {}, 'answered nothing'],
		['is cut off', { content: 'Our tea is', response_metadata: { finish_reason: 'length' } }, 'answer cut off'],
	])('because it %s is followed by the fallback model', async (_, reply, reason) => {
		const { ports } = backend();
		const answer = await runAgent({ models: [scripted('m1', reply), scripted('m2', calls(['decide', GOOD]))], ports });
		expect(answer.decision).toMatchObject({ origin: 'model', model: 'm2' });
		expect(answer.failures).toEqual([{ model: 'm1', reason }]);
	});

	it('by not answering in time is followed by the next, whether or not it heeds the signal', async () => {
		const { ports } = backend();
		const deaf: NamedChatModel = { name: 'deaf', model: { invoke: async () => await new Promise(() => undefined), bindTools: () => deaf.model } };
		const answer = await runAgent({ models: [scripted('m1', 'hang'), deaf], ports, limits: { timeoutMs: 20 } });
		expect(answer.decision.origin).toBe('offline');
		expect(answer.failures.map(({ model }) => model)).toEqual(['m1', 'deaf']);
	});

	it('by never deciding is given up after its rounds', async () => {
		const { ports, log } = backend();
		const model = scripted('m1', ...Array.from({ length: 9 }, () => calls(['search_catalog', { query: 'tea' }])));
		const answer = await runAgent({ models: [model], ports, limits: { maxToolRounds: 4 } });
		expect(answer.decision.origin).toBe('offline');
		expect(answer.failures).toEqual([{ model: 'm1', reason: 'no decision after 4 calls' }]);
		expect(log.filter((name) => name === 'search_catalog')).toHaveLength(4);
	});

	it('leads to the offline responder with proposal null', async () => {
		const { ports, decisions } = backend();
		const answer = await runAgent({ models: [scripted('m1', new Error('down')), scripted('m2', new Error('down'))], ports });
		expect(answer.decision).toMatchObject({ origin: 'offline', model: 'offline' });
		expect(decisions).toEqual([{ proposal: null, model: 'offline', attempt: 1 }]);
	});
});

describe('an error of the platform', () => {
	it('reaches the caller and is not blamed on the model', async () => {
		const { ports } = backend();
		const superseded = { ...ports, decide: async () => await Promise.reject(new Error('turn_superseded')) };
		await expect(runAgent({ models: [scripted('m1', calls(['decide', GOOD])), scripted('m2')], ports: superseded })).rejects.toThrow('turn_superseded');
	});
});
