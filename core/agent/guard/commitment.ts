import type { CartLine } from '../../orders/price.ts';
import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { readCommitment } from '../reading/commitment.ts';
import { PHRASE_LANGUAGES } from '../phrases/index.ts';
import { violation } from './violation.ts';

/** Negations, delays and question words of languages that the lists of words don't cover, as the guard's other claims in words. */
const FOREIGN_HOLD = /(?<!\p{L})(?:n[aã]o|ainda|depois|mais tarde|quanto|quando|como|non|pas|plus tard|combien|quand|comment|ancora|dopo|più tardi|nie|później|nee|nej|nem|hayır|mai târziu|olá|bonjour|ciao|obrigad[oa]|merci|grazie)(?!\p{L})/iu;

/**
 * Rule 10: an order is committed by the customer, not by the model: the turn orders, says yes to our question, or gives what an order in
 * progress lacked, and neither refuses, delays nor only asks.
 *
 * @param language of the turn, '' = one of ours. In a language without words of ours an order in progress, or an item that the turn names, is enough where
 * the turn asks nothing and refuses nothing that can be told.
 */
export function checkCommitment(facts: AgentFacts, lines: readonly CartLine[], language: string): Violation[] {
	const { says, inProgress, removed, asks, names, speaks } = readCommitment(facts);
	if (says === 'orders' && !lines.some(({ item }) => removed.has(item.sku))) return [];
	if (says === 'holds') return [refused('The customer says that they don\'t order, or not yet.')];
	const isForeign = language !== '' && !PHRASE_LANGUAGES.includes(language);
	if (says === 'nothing' && isForeign && (inProgress || names) && !asks && !speaks && !FOREIGN_HOLD.test(facts.turn.text)) return [];
	return [refused(says === 'orders' ? 'The customer takes something out of the order that is still in it.' : 'Nothing in the customer\'s message orders.')];
}

function refused(why: string): Violation {
	return violation('commitment_not_from_customer', `${why} Set send_payment_link false, answer them, and ask whether to place the order.`);
}

