import type { Violation } from '../../core/agent/decision.ts';
import { runAgent, type AgentLimits, type NamedChatModel } from '../../core/agent/loop.ts';
import { backendFor, type Decide } from './backend.ts';
import type { Dialogue, DialogueTurn } from './dialogue.ts';
import { goodModel, lyingModel, sloppyModel, SLOPPY_PASSES } from './models.ts';
import type { Shop } from './shop.ts';
import type { Sent } from './truth.ts';
import { World } from './world.ts';

export interface TurnOutcome {
	/** Who proposed: 'offline', or the model's name. */
	readonly model: string;
	/** null: a person has the conversation, nothing was answered. */
	readonly answer: Sent | null;
	readonly sentBack: readonly (readonly Violation[])[];
	readonly toolsCalled: readonly string[];
	/** Models that were given up, with the reason. */
	readonly failures: readonly { readonly model: string; readonly reason: string }[];
}

/** The model that answers a turn; null: the offline responder does. */
export type ModelForTurn = (dialogue: Dialogue, turn: DialogueTurn, shop: Shop) => NamedChatModel | null;

/** Plays a dialogue turn by turn; the customer's side is fixed, whatever is answered. */
export async function play(dialogue: Dialogue, modelFor: ModelForTurn, decide: Decide, limits: AgentLimits = {}): Promise<TurnOutcome[]> {
	const world = new World(dialogue);
	const outcomes: TurnOutcome[] = [];
	let customerWords = '';
	for (const turn of dialogue.turns) {
		for (const event of turn.before) world.happen(event);
		customerWords = `${customerWords}\n${turn.say}`;
		const named = modelFor(dialogue, turn, world.shop);
		const model = named?.name ?? 'offline';
		if (world.withPerson) {
			outcomes.push({ model, answer: null, sentBack: [], toolsCalled: [], failures: [] });
			continue;
		}
		const facts = world.factsFor(turn);
		const { ports, accepted, sentBack, toolsCalled } = backendFor(facts, decide);
		const answer = await runAgent({ models: named === null ? [] : [named], ports, limits });
		const result = accepted();
		if (result === null) throw new Error(`"${dialogue.name}": an answer without a decision.`);
		const { order, times } = world;
		const items = world.items;
		const text = world.send(turn, answer, result.session);
		const link = answer.next === 'checkout' ? (world.order?.paymentUrl ?? '') : '';
		outcomes.push({
			model, sentBack, toolsCalled, failures: answer.failures,
			answer: { text, decision: answer.decision, items, channel: dialogue.channel, customerWords, channelPhone: dialogue.phone, order, times, link },
		});
	}
	return outcomes;
}

export const MODELS = ['offline', 'good', 'sloppy', 'lying'] as const;
export type ModelName = (typeof MODELS)[number];

/** How often a dialogue is run with a model: once for each way of erring. */
export function passesOf(dialogue: Dialogue, model: ModelName): number {
	if (model === 'sloppy') return SLOPPY_PASSES;
	if (model === 'lying') return Math.max(0, ...dialogue.turns.map(({ lies }) => lies.length));
	return 1;
}

export function modelOf(model: ModelName, pass: number): ModelForTurn {
	switch (model) {
		case 'offline': return () => null;
		case 'good': return goodModel;
		case 'sloppy': return (dialogue, turn, shop) => sloppyModel(dialogue, turn, shop, pass);
		case 'lying': return (dialogue, turn, shop) => lyingModel(dialogue, turn, shop, pass);
	}
}
