import type { Proposal, Violation } from '../decision.ts';
import type { AgentFacts, LanguageDetector } from '../facts.ts';
import type { TurnLanguage } from '../language.ts';
import type { LeftOut } from './checks.ts';
import { checkAnswerLanguage } from './answer-language.ts';
import { readAsks } from './asks.ts';
import { checkBookingChange } from './booking-change.ts';
import { readAnswer, type Draft } from './draft.ts';
import { checkHandover } from './handover.ts';
import { readOrder } from './order-part.ts';
import { checkText } from './rules.ts';
import { normaliseText, plain } from './text/normalise.ts';

/** A proposal with the guard's findings. `violations` empty: it may go out, with `draft.order.notes` for the operator. */
export interface Review {
	readonly draft: Draft;
	readonly handover: { readonly reason: string } | null;
	readonly violations: readonly Violation[];
}

export interface ReviewOptions {
	/** Language that the answer must have; null = its author knows few languages and chose among them. */
	readonly language: TurnLanguage | null;
	readonly isOffline: boolean;
	readonly detect: LanguageDetector;
	readonly without?: LeftOut;
}

/** Checks a proposal against the facts of this turn. Pure. */
export function review(facts: AgentFacts, proposal: Proposal, { language, isOffline, detect, without }: ReviewOptions): Review {
	const asks = readAsks(facts.turn.text);
	const order = readOrder(facts, proposal, asks, without, language?.language);
	const change = checkBookingChange(facts, proposal, without);
	const draft: Draft = { proposal, asks, order, price: order.price, turn: plain(normaliseText(facts.turn.text)), answer: readAnswer(facts, proposal, order), change };
	const { handover, violations } = checkHandover(facts, proposal, isOffline, without);
	const languageViolations = language === null || without === 'wrong_language' ? [] : checkAnswerLanguage(draft, language, facts.session.language !== '', detect);
	// What doesn't hold of an order is out of it already; the offline responder can't put it right, and its words are checked below.
	const orderViolations = isOffline ? [] : [...order.violations, ...change.violations];
	return { draft, handover, violations: [...orderViolations, ...violations, ...checkText(facts, draft, without), ...languageViolations] };
}

/** Whether a text states only facts of the turn; for texts beside the answer, such as the order's description. */
export function holdsInFacts(facts: AgentFacts, { draft }: Review, text: string): boolean {
	const proposal: Proposal = { ...draft.proposal, response: text };
	return checkText(facts, { ...draft, proposal, answer: readAnswer(facts, proposal, draft.order) }).length === 0;
}
