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
const CONTACTS: readonly Signal[] = ['supplier', 'specialist', 'contact'];
/** "How many are left in the warehouse?" asks for no address. */
const STOCK_QUESTION = /(?<!\p{L})(?:how many|how much|left|in stock|cuant[oa]s|quedan?|existencias|сколько|остал\p{L}*|остат\p{L}*|скільки|залиш\p{L}*|wie viele|wieviele|bestand|vorrat)(?!\p{L})/u;

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
		contacts: first(CONTACTS) || (STOCK_QUESTION.test(plain) ? '' : first(['warehouse'])),
		refund: first(['refund']),
		video: first(['video']),
		currentNumber: first(['currentNumber']),
		noReminders: first(['noReminders', 'cancel']),
		change: first(['change']),
	};
});
