import { readFileSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { ChatModelLike, NamedChatModel } from '../../core/agent/loop.ts';
import { TOOLS } from '../../core/agent/tools.ts';
import { guarded } from './backend.ts';
import type { Dialogue } from './dialogue.ts';
import { goodModel } from './models.ts';
import { play } from './run.ts';

/** Tokens of OpenAI's o200k_base, which the GPT-4o and later models count in; other vendors count a little differently. */
export const tokensIn = (text: string): number => encode(text).length;

/** All the rules in words, for a model that nothing checks: what a prompt without a guard has to carry. */
const PROSE_RULES = readFileSync(new URL('prose-prompt.md', import.meta.url), 'utf8');
/** Where the data of a company begins in the system prompt (core/agent/prompt.ts). */
const DATA_BEGINS = 'The catalog, as JSON.';

interface Call {
	readonly system: string;
	/** The rest of the messages, as JSON. */
	readonly talk: string;
}

export interface TokenFigures {
	readonly instructions: number;
	readonly tools: number;
	readonly turns: number;
	/** Model calls a turn. */
	readonly calls: number;
	/** Tokens sent a turn, over all its calls. */
	readonly input: number;
	/** Of them: the same prefix as the call before in this conversation, which a provider's cache holds. */
	readonly cached: number;
	readonly prose: { readonly instructions: number; readonly input: number; readonly cached: number };
}

/** Plays the dialogues with the `good` model and counts what it was sent, beside the same calls under a prompt that carries all rules in prose. */
export async function measureTokens(dialogues: readonly Dialogue[]): Promise<TokenFigures> {
	const tools = tokensIn(JSON.stringify(TOOLS));
	const sum = { turns: 0, calls: 0, input: 0, cached: 0, proseInput: 0, proseCached: 0 };
	let instructions = 0;
	for (const dialogue of dialogues) {
		const calls: Call[] = [];
		await play(dialogue, (...args) => listening(goodModel(...args), calls), guarded());
		sum.turns += dialogue.turns.length;
		sum.calls += calls.length;
		let before: Call | undefined;
		for (const call of calls) {
			const own = call.system.slice(0, call.system.indexOf(DATA_BEGINS));
			instructions = Math.max(instructions, tokensIn(own));
			const prose = { system: `${PROSE_RULES}\n\n${call.system.slice(call.system.indexOf(DATA_BEGINS))}`, talk: call.talk };
			const proseBefore = before && { system: `${PROSE_RULES}\n\n${before.system.slice(before.system.indexOf(DATA_BEGINS))}`, talk: before.talk };
			sum.input += tools + tokensIn(call.system) + tokensIn(call.talk);
			sum.cached += before ? tools + commonPrefix(before, call) : 0;
			sum.proseInput += tools + tokensIn(prose.system) + tokensIn(prose.talk);
			sum.proseCached += proseBefore ? tools + commonPrefix(proseBefore, prose) : 0;
			before = call;
		}
	}
	const aTurn = (value: number): number => value / Math.max(1, sum.turns);
	return {
		instructions, tools, turns: sum.turns, calls: aTurn(sum.calls), input: aTurn(sum.input), cached: aTurn(sum.cached),
		prose: { instructions: tokensIn(PROSE_RULES), input: aTurn(sum.proseInput), cached: aTurn(sum.proseCached) },
	};
}

function listening({ name, model }: NamedChatModel, calls: Call[]): NamedChatModel {
	const heard = (invoke: ChatModelLike['invoke']): ChatModelLike['invoke'] => async (messages, options) => {
		const [system, ...talk] = messages;
		calls.push({ system: typeof system?.content === 'string' ? system.content : '', talk: JSON.stringify(talk) });
		return await invoke(messages, options);
	};
	return { name, model: { invoke: heard(model.invoke), bindTools: (tools) => ({ invoke: heard((model.bindTools?.(tools) ?? model).invoke) }) } };
}

function commonPrefix(a: Call, b: Call): number {
	const [left, right] = [`${a.system}${a.talk}`, `${b.system}${b.talk}`];
	let at = 0;
	while (at < left.length && left[at] === right[at]) at += 1;
	return tokensIn(right.slice(0, at));
}

export function tokenTable({ instructions, tools, turns, calls, input, cached, prose }: TokenFigures): string {
	const round = (value: number): string => Math.round(value).toLocaleString('en');
	return [
		`tokens a turn (o200k_base), ${turns} turns, ${calls.toFixed(2)} model calls each`,
		`                    instructions   input    of it cached   not cached`,
		`this prompt         ${round(instructions).padStart(12)} ${round(input).padStart(7)} ${round(cached).padStart(15)} ${round(input - cached).padStart(12)}`,
		`all rules in prose  ${round(prose.instructions).padStart(12)} ${round(prose.input).padStart(7)} ${round(prose.cached).padStart(15)} ${round(prose.input - prose.cached).padStart(12)}`,
		`tool definitions: ${round(tools)} a call, in both`,
	].join('\n');
}
