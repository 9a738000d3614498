import type { CartLine } from '../../orders/price.ts';
import type { Intent } from '../decision.ts';
import type { Draft } from './draft.ts';
import { greetingOf } from './listing.ts';

export interface Answer {
	readonly response: string;
	readonly intent: Intent;
	/** The customer has committed to the order in the draft's cart. */
	readonly commit: boolean;
	/** Reason, or null. */
	readonly handover: string | null;
	/** Lines that were priced in this turn without being ordered. */
	readonly lines: readonly CartLine[];
}

/** Parts of an answer as one message, with the greeting before a first one. */
export function answer(draft: Draft, intent: Intent, parts: readonly string[]): Answer {
	const said = [greetingOf(draft), ...parts].filter((part) => part !== '');
	return { response: said.join('\n\n'), intent, commit: false, handover: null, lines: draft.pricedNow };
}
