import { decide } from '../../core/agent/decide.ts';
import type { Accepted } from '../../core/agent/guard/accept.ts';
import type { RuleName } from '../../core/agent/guard/rules.ts';
import { parseProposal } from '../../core/agent/proposal-schema.ts';
import { detectLanguage } from '../../provisioner/src/features/agent/detect-language.ts';
import { poisoned, type Moment } from './moments.ts';
import { wrongs } from './oracle.ts';
import { someAttack, type Attack } from './proposals.ts';
import { seeded, type Random } from './random.ts';
import { committing, uncommitted } from './uncommitted.ts';

export interface Violation {
	readonly case: number;
	readonly what: readonly string[];
	readonly customer: string;
	readonly dialogue: string;
	readonly attack: Attack;
	readonly sent: string;
}

/** Runs case number `number` of a seed: alone or among others it is the same. null = nothing wrong was sent. */
export function runCase(moments: readonly Moment[], seed: number, number: number, without?: RuleName): Violation | null {
	const random = seeded((seed * 2_654_435_761 + number * 40_503 + 1) >>> 0);
	const moment = someMoment(moments, random);
	const attack = someAttack(moment, random);
	const accepted = decided(moment, attack, random, without);
	const what = wrongs(moment, accepted, attack);
	if (what.length === 0) return null;
	return { case: number, what, customer: moment.facts.turn.text, dialogue: `${moment.dialogue.topic}: ${moment.dialogue.name}, turn ${moment.index + 1}`, attack, sent: accepted.decision.response };
}

function someMoment(moments: readonly Moment[], random: Random): Moment {
	if (random.chance(0.06)) return uncommitted(random.pick(committing(moments)), random);
	const chosen = random.pick(moments);
	return random.chance(0.25) ? poisoned(chosen, random) : chosen;
}

/** As the backend does it: what is turned down once comes back, the same or spoilt anew. */
function decided(moment: Moment, attack: Attack, random: Random, without: RuleName | undefined): Accepted {
	const ports = { detectLanguage, decisionId: 'dec_1', ...(without === undefined ? {} : { without }) };
	const first = parseProposal(attack.proposal);
	const model = random.pick(['gpt-5-mini', 'a-model']);
	if (first.ok) {
		const answer = decide(moment.facts, { proposal: first.proposal, model, attempt: 1 }, ports);
		if (answer.accepted) return answer;
	}
	const second = first.ok ? first.proposal : null;
	const answer = decide(moment.facts, { proposal: second, model, attempt: 2 }, ports);
	if (!answer.accepted) throw new Error('A second attempt is always answered.');
	return answer;
}
