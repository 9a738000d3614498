import type OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { accept } from '../../core/agent/guard/accept.ts';
import { readAsks } from '../../core/agent/guard/asks.ts';
import { readAnswer } from '../../core/agent/guard/draft.ts';
import { readOrder } from '../../core/agent/guard/order-part.ts';
import { turnLanguage } from '../../core/agent/language.ts';
import type { ChatModelLike, NamedChatModel } from '../../core/agent/loop.ts';
import type { ToolDefinition } from '../../core/agent/tools.ts';
import { detectLanguage } from '../../provisioner/src/features/agent/detect-language.ts';
import { guarded, type Decide } from './backend.ts';
import type { Dialogue } from './dialogue.ts';
import { priceCart } from '../../core/orders/price.ts';
import { judge } from './judge.ts';
import { passK } from './pass-k.ts';
import { play } from './run.ts';

export interface EvalOptions {
	readonly client: OpenAI;
	readonly model: string;
	/** Tries of each dialogue. */
	readonly k: number;
	/** Of a million tokens, in whatever currency; 0 = not shown. */
	readonly priceIn: number;
	readonly priceOut: number;
	readonly onProgress?: (done: number, of: number) => void;
}

export interface EvalRow {
	readonly guard: 'on' | 'off';
	/** Mean over dialogues, by k. NaN where there were fewer tries. */
	readonly pass: Readonly<Record<1 | 4 | 8, number>>;
	readonly turns: number;
	readonly tokensIn: number;
	readonly tokensOut: number;
	/** Cost of a turn; NaN without prices. */
	readonly cost: number;
}

/** Plays every dialogue k times with the guard and k times without, and judges what was sent. */
export async function evaluate(dialogues: readonly Dialogue[], options: EvalOptions): Promise<EvalRow[]> {
	const rows: EvalRow[] = [];
	let done = 0;
	for (const guard of ['on', 'off'] as const) {
		const usage = { in: 0, out: 0, turns: 0 };
		const right: number[] = [];
		for (const dialogue of dialogues) {
			let passed = 0;
			for (let attempt = 0; attempt < options.k; attempt += 1) {
				const outcomes = await play(dialogue, () => openAiModel(options, usage), guard === 'on' ? guarded() : unguarded);
				usage.turns += outcomes.length;
				if (judge(dialogue, outcomes, 'facts').length === 0) passed += 1;
			}
			right.push(passed);
			done += 1;
			options.onProgress?.(done, dialogues.length * 2);
		}
		const mean = (k: number): number => right.reduce((sum, passed) => sum + passK(passed, options.k, k), 0) / Math.max(1, right.length);
		const cost = options.priceIn + options.priceOut === 0 ? Number.NaN : (usage.in * options.priceIn + usage.out * options.priceOut) / 1_000_000 / Math.max(1, usage.turns);
		rows.push({ guard, pass: { 1: mean(1), 4: mean(4), 8: mean(8) }, turns: usage.turns, tokensIn: usage.in / Math.max(1, usage.turns), tokensOut: usage.out / Math.max(1, usage.turns), cost });
	}
	return rows;
}

/** What the model decided goes out as it is: sums of its lines and ids are filled in, nothing is checked. */
const unguarded: Decide = (facts, { proposal, model }) => {
	if (proposal === null) return guarded()(facts, { proposal, model, attempt: 2 });
	const asks = readAsks(facts.turn.text);
	const proposed = proposal.items ?? facts.session.cart.map(({ sku, quantity }) => ({ SKU: sku, quantity }));
	const lines = proposed.flatMap(({ SKU, quantity }) => {
		const item = facts.catalog.get(SKU);
		return item === undefined ? [] : [{ item, quantity }];
	});
	const order = { ...readOrder(facts, proposal, asks), lines, price: priceCart(lines), city: proposal.city, phone: proposal.recipient_phone_number, clientName: proposal.client_name, commits: proposal.send_payment_link, withheld: false, notes: [] };
	const draft = { proposal, asks, order, price: order.price, turn: facts.turn.text, answer: readAnswer(facts, proposal, order), change: { change: proposal.booking_change, slot: null, violations: [] } };
	const language = proposal.language || turnLanguage(facts, detectLanguage).language;
	return accept(facts, { draft, handover: proposal.handover, violations: [] }, { decisionId: `dec_${facts.turn.turnId}`, model, origin: 'model', language, customerLanguage: language, violations: [], session: {} });
};

function openAiModel({ client, model }: EvalOptions, usage: { in: number; out: number }): NamedChatModel {
	const call = (tools?: readonly ToolDefinition[]): ChatModelLike['invoke'] => async (messages, callOptions) => {
		const answer = await client.chat.completions.create(
			{ model, messages: messages as ChatCompletionMessageParam[], ...(tools ? { tools: tools.map((tool) => ({ type: 'function' as const, function: { ...tool.function, parameters: { ...tool.function.parameters } } })) } : {}) },
			{ signal: callOptions?.signal ?? null },
		);
		usage.in += answer.usage?.prompt_tokens ?? 0;
		usage.out += answer.usage?.completion_tokens ?? 0;
		const [choice] = answer.choices;
		const calls = (choice?.message.tool_calls ?? []).flatMap((made) => (made.type === 'function' ? [{ id: made.id, name: made.function.name, args: readJson(made.function.arguments) }] : []));
		return { content: choice?.message.content ?? '', tool_calls: calls, response_metadata: { finish_reason: choice?.finish_reason } };
	};
	return { name: model, model: { invoke: call(), bindTools: (tools) => ({ invoke: call(tools) }) } };
}

/** null: not JSON, which the loop tells the model. */
function readJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

export function evalTable(rows: readonly EvalRow[], model: string, k: number): string {
	const percent = (value: number): string => (Number.isNaN(value) ? '–' : `${(value * 100).toFixed(1)} %`).padStart(9);
	const lines = rows.map(({ guard, pass, tokensIn, tokensOut, cost }) =>
		`${guard.padEnd(6)}${percent(pass[1])}${percent(pass[4])}${percent(pass[8])}${Math.round(tokensIn).toLocaleString('en').padStart(12)}${Math.round(tokensOut).toLocaleString('en').padStart(12)}${(Number.isNaN(cost) ? '–' : cost.toFixed(5)).padStart(12)}`);
	return [`${model}, ${k} tries of each dialogue`, `guard    pass^1   pass^4   pass^8   tokens in  tokens out   cost/turn`, ...lines].join('\n');
}
