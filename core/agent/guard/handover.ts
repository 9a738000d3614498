import type { Proposal, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { readCommitment } from '../reading/commitment.ts';
import { readGrievance } from '../reading/grievance.ts';
import type { LeftOut } from './checks.ts';
import { quotedIn } from './quotes.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { violation } from './violation.ts';

export interface HandoverCheck {
	readonly handover: { readonly reason: string } | null;
	readonly violations: readonly Violation[];
}

/**
 * Rule 20: the company's keywords, a complaint or a refund dispute in the turn's own words, two unclear turns in a row, or the agent's request
 * with a quote of the turn that asks for a person. That a model calls the turn a complaint makes it none.
 */
export function checkHandover(facts: AgentFacts, { intent, handover, quotes }: Proposal, isOffline: boolean, without?: LeftOut): HandoverCheck {
	const byCode = without !== 'handover';
	const keyword = byCode ? saidKeyword(facts) : '';
	if (keyword !== '') return { handover: { reason: `keyword: ${keyword}` }, violations: [] };
	const grievance = byCode ? readGrievance(facts) : null;
	if (handover !== null) {
		const quoted = isOffline || without === 'handover_without_quote' || grievance !== null || Object.values(quotes).some((quote) => quotedIn(facts.turn.text, quote));
		if (quoted) return { handover: { reason: handover.reason.slice(0, 200) || (grievance?.kind ?? intent) }, violations: [] };
		return { handover: null, violations: [violation('handover_without_quote', 'Hand over only when the customer asks for a person: quote their words in quotes.handover, or answer yourself.')] };
	}
	if (grievance !== null) return { handover: { reason: grievance.kind }, violations: [] };
	if (byCode && isUnclear(facts, intent, isOffline) && facts.session.unclearTurns >= 1) return { handover: { reason: 'two unclear turns in a row' }, violations: [] };
	return { handover: null, violations: [] };
}

/** A model's word for it counts where code can't make anything of the turn either: a customer who orders is clear. */
export function isUnclear(facts: AgentFacts, intent: Proposal['intent'], isOffline: boolean): boolean {
	return intent === 'unclear' && (isOffline || readCommitment(facts).says === 'nothing');
}

function saidKeyword({ company, turn }: AgentFacts): string {
	const text = ` ${flat(turn.text)} `;
	return company.handoverKeywords.find((keyword) => flat(keyword) !== '' && text.includes(` ${flat(keyword)} `)) ?? '';
}

function flat(text: string): string {
	return plain(normaliseText(text)).replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}
