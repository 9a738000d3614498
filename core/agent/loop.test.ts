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
function backend(text = 'how much is the green tea?', { pictures = {}, unavailable = [] }: { pictures?: Record<string, Uint8Array | null>; unavailable?: string[] } = {}) {
	const plain = factsOf(TEA, { text });
	const messages = Object.keys(pictures).map((id) => ({ id, type: 'image' as const, text: '', sentAt: '2030-01-02T10:00:00.000Z' }));
	const facts = { ...plain, turn: { ...plain.turn, messages: [...plain.turn.messages, ...messages] } };
	const log: string[] = [];
	const decisions: { model: string; attempt: number; proposal: unknown }[] = [];
	const ports: AgentPorts = {
		loadContext: async () => {
			log.push('context');
			return { ...buildContext(facts), unavailableModels: unavailable };
		},
		loadPicture: async (id) => {
			log.push(id);
			return pictures[id] ?? null;
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
		expect(decisions).toEqual([{ proposal: null, model: 'offline', attempt: 1, failures: [] }]);
	});
});

describe('a model', () => {
	it('looks things up with tools and proposes with decide', async () => {
		const { ports, log } = backend();
		const model = scripted('m1', calls(['search_catalog', { query: 'green tea' }]), calls(['decide', GOOD]));
		const answer = await runAgent({ models: [model], ports });
		expect(answer).toMatchObject({ next: 'reply', decision: { origin: 'model', model: 'm1', response: GOOD.response }, failures: [] });
		expect(log).toEqual(['context', 'search_catalog']);
		expect(model.tools).toEqual(['search_catalog', 'get_items', 'find_slots', 'get_order_status', 'request_handover', 'decide']);
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

	describe('that has no tools', () => {
		const inWords = (tool: string, args: unknown): Reply => ({ content: `Let me see.\n\`\`\`json\n${JSON.stringify({ tool, args })}\n\`\`\`` });

		it('names them in JSON, and is told of them in the first message', async () => {
			const { ports, log } = backend();
			const { model: { invoke }, name, seen } = scripted('m1', inWords('search_catalog', { query: 'green tea' }), inWords('decide', WRONG), inWords('decide', GOOD));
			const answer = await runAgent({ models: [{ name, model: { invoke } }], ports });
			expect(answer).toMatchObject({ decision: { origin: 'model', response: GOOD.response }, failures: [] });
			expect(log).toEqual(['context', 'search_catalog']);
			expect(seen[0]?.map(({ role }) => role).filter((role) => role === 'system')).toEqual(['system']);
			expect(seen[0]?.[0]?.content).toContain('"tool":"find_slots"');
			expect(seen[1]?.at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining('Morning Mist Green Tea') });
			expect(seen[2]?.at(-1)).toMatchObject({ role: 'user', content: expect.stringContaining('price_not_in_facts') });
		});

		it('whose vendor says so is asked in words, then and from then on', async () => {
			const refusal = Object.assign(new Error('registry.ollama.ai/library/gemma:2b does not support tools'), { status: 400 });
			const model = scripted('m1', refusal, inWords('decide', GOOD), inWords('decide', GOOD));
			for (let turn = 0; turn < 2; turn += 1) expect(await runAgent({ models: [model], ports: backend().ports })).toMatchObject({ decision: { origin: 'model' }, failures: [] });
			expect(model.seen).toHaveLength(3);
		});

		it('another refusal is a failure as before', async () => {
			const model = scripted('m1', Object.assign(new Error('invalid model'), { status: 400 }));
			expect(await runAgent({ models: [model], ports: backend().ports })).toMatchObject({ decision: { origin: 'offline' }, failures: [{ code: 'call_failed' }] });
		});

		it('gets an answer for arguments that are no object', async () => {
			const { ports } = backend();
			const { model: { invoke }, name, seen } = scripted('m1', inWords('get_items', 'all'), inWords('decide', GOOD));
			expect((await runAgent({ models: [{ name, model: { invoke } }], ports })).decision.origin).toBe('model');
			expect(seen[1]?.at(-1)?.content).toContain('not valid JSON');
		});
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
	it.each<readonly [string, Reply, string, string]>([
		['throws', Object.assign(new Error('key sk-secret is wrong'), { status: 401 }), 'call_failed', 'call failed: Error (HTTP 401)'],
		['refuses', { content: '', tool_calls: [], additional_kwargs: { refusal: 'I cannot' } }, 'refused', 'refused'],
		['is filtered', { content: '', response_metadata: { finish_reason: 'content_filter' } }, 'refused', 'refused'],
		['says nothing', { content: '' }, 'empty', 'answered nothing'],
		['returns nothing', {}, 'empty', 'answered nothing'],
		['is cut off', { content: 'Our tea is', response_metadata: { finish_reason: 'length' } }, 'cut_off', 'answer cut off'],
	])('because it %s is followed by the fallback model', async (_, reply, code, reason) => {
		const { ports, decisions } = backend();
		const answer = await runAgent({ models: [scripted('m1', reply), scripted('m2', calls(['decide', GOOD]))], ports });
		expect(answer.decision).toMatchObject({ origin: 'model', model: 'm2' });
		expect(answer.failures).toEqual([{ model: 'm1', code, reason }]);
		expect(decisions).toMatchObject([{ model: 'm2', failures: [{ model: 'm1', code }] }]);
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
		expect(answer.failures).toEqual([{ model: 'm1', code: 'no_decision', reason: 'no decision after 4 calls' }]);
		expect(log.filter((name) => name === 'search_catalog')).toHaveLength(4);
	});

	it('leads to the offline responder with proposal null', async () => {
		const { ports, decisions } = backend();
		const answer = await runAgent({ models: [scripted('m1', new Error('down')), scripted('m2', new Error('down'))], ports });
		expect(answer.decision).toMatchObject({ origin: 'offline', model: 'offline' });
		expect(decisions).toMatchObject([{ proposal: null, model: 'offline', attempt: 1, failures: [{ model: 'm1', code: 'call_failed' }, { model: 'm2', code: 'call_failed' }] }]);
	});

	it('several times just before is not asked, and the operator is told', async () => {
		const { ports, decisions } = backend('hi', { unavailable: ['m1'] });
		const model = scripted('m1', calls(['decide', GOOD]));
		const answer = await runAgent({ models: [model, scripted('m2', calls(['decide', GOOD]))], ports });
		expect(model.seen).toEqual([]);
		expect(answer.decision.model).toBe('m2');
		expect(answer.failures).toEqual([{ model: 'm1', code: 'unavailable', reason: 'not asked, because it failed three times within a minute' }]);
		expect(decisions).toMatchObject([{ failures: [{ model: 'm1', code: 'unavailable' }] }]);
	});
});

describe('pictures', () => {
	const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
	const lastOf = (messages: readonly ChatMessage[] | undefined) => messages?.at(-1)?.content;

	it('of the turn go to the model beside the words; what is none, or gone, is left out', async () => {
		const { ports, log } = backend('how much is this?', { pictures: { old: PNG, html: new TextEncoder().encode('<html>'), png: PNG } });
		const model = scripted('m1', calls(['decide', GOOD]));
		await runAgent({ models: [model], ports });
		expect(lastOf(model.seen[0])).toEqual([{ type: 'text', text: 'how much is this?\n[photo]\n[photo]\n[photo]' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }]);
		expect(log.toSorted()).toEqual(['context', 'html', 'png']);

		const gone = backend('how much is this?', { pictures: { gone: null } });
		const other = scripted('m1', calls(['decide', GOOD]));
		await runAgent({ models: [other], ports: gone.ports });
		expect(lastOf(other.seen[0])).toBe('how much is this?\n[photo]');
	});

	it('are the last two, and none is loaded without a model', async () => {
		const four = { a: PNG, b: PNG, c: PNG, d: PNG };
		const { ports, log } = backend('', { pictures: four });
		const model = scripted('m1', calls(['decide', GOOD]));
		await runAgent({ models: [model], ports });
		expect(log.slice(1)).toEqual(['c', 'd']);
		const offline = backend('', { pictures: four });
		await runAgent({ models: [], ports: offline.ports });
		expect(offline.log).toEqual([]);
	});

	it.each([400, 404, 413, 415, 422])('that a model turns down (HTTP %i) are left out: it is asked again, and that is no failure', async (status) => {
		const { ports } = backend('how much is this?', { pictures: { png: PNG } });
		const model = scripted('m1', Object.assign(new Error('no images'), { status }), calls(['decide', GOOD]));
		const answer = await runAgent({ models: [model], ports });
		expect(answer).toMatchObject({ decision: { origin: 'model' }, failures: [] });
		expect(lastOf(model.seen[1])).toBe('how much is this?\n[photo]');
	});

	it('are left out as well when n8n has wrapped the error', async () => {
		const { ports } = backend('how much is this?', { pictures: { png: PNG } });
		const model = scripted('m1', Object.assign(new Error('Bad request'), { httpCode: '400' }), calls(['decide', GOOD]));
		expect(await runAgent({ models: [model], ports })).toMatchObject({ decision: { origin: 'model' }, failures: [] });
	});

	it('have no part in a model being down', async () => {
		const { ports } = backend('how much is this?', { pictures: { png: PNG } });
		const model = scripted('m1', Object.assign(new Error('down'), { status: 503 }));
		const answer = await runAgent({ models: [model], ports });
		expect([model.seen.length, answer.failures.map(({ code }) => code)]).toEqual([1, ['call_failed']]);
	});
});

describe('an error of the platform', () => {
	it('reaches the caller and is not blamed on the model', async () => {
		const { ports } = backend();
		const superseded = { ...ports, decide: async () => await Promise.reject(new Error('turn_superseded')) };
		await expect(runAgent({ models: [scripted('m1', calls(['decide', GOOD])), scripted('m2')], ports: superseded })).rejects.toThrow('turn_superseded');
	});
});
