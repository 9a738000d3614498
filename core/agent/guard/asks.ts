import { findSignal, type Signal } from '../reading/lexicon.ts';
import { plainForm } from '../reading/turn-text.ts';
import { remembered } from '../../remembered.ts';

/** What a turn asks for, in the customer's own words: the quote is kept with the decision. '' = not asked. */
export interface Asks {
	/** Detail fields (rule 5). */
	readonly details: string;
	/** Supplier, warehouse or specialist contacts (rule 4). */
	readonly contacts: string;
	/** Money back: refund contacts (rule 4). */
	readonly refund: string;
	readonly video: string;
	/** "Use my current number" (rule 9). */
	readonly currentNumber: string;
	/** Complains about reminders or cancels (rule 15). */
	readonly noReminders: string;
	/** Wants something else than the open order (rule 14). */
	readonly change: string;
}

const DETAILS: readonly Signal[] = ['details', 'included', 'notIncluded', 'guarantee', 'notGuarantee', 'suitable', 'notSuitable', 'instructions'];
const CONTACTS: readonly Signal[] = ['supplier', 'warehouse', 'specialist', 'contact'];

/** Reads the turn's text only: history doesn't ask again. */
export const readAsks = remembered((turnText): Asks => {
	const text = turnText.normalize('NFC');
	const plain = plainForm(text);
	const first = (signals: readonly Signal[]): string => {
		for (const signal of signals) {
			const [match] = findSignal(signal, plain, text);
			if (match !== undefined) return match.quote;
		}
		return '';
	};
	return {
		details: first(DETAILS),
		contacts: first(CONTACTS),
		refund: first(['refund']),
		video: first(['video']),
		currentNumber: first(['currentNumber']),
		noReminders: first(['noReminders', 'cancel']),
		change: first(['change']),
	};
});
