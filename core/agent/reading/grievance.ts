import { nameIndexOf } from '../guard/draft.ts';
import { maskMentions } from '../guard/text/mentions.ts';
import { normaliseText } from '../guard/text/normalise.ts';
import type { AgentFacts } from '../facts.ts';
import { findSignal } from './lexicon.ts';
import { plainForm } from './turn-text.ts';

/** What a person has to look at (rule 20), with the customer's words for it. */
export interface Grievance {
	readonly kind: 'complaint' | 'refund dispute';
	readonly quote: string;
}

/** "Nothing is broken", "no complaints". */
const DENIED = /(?:(?<!\p{L})(?:no|not|never|nothing|without|nada|ning[uú]n\p{L}*|sin|не|ничего|без|ні|нічого|nicht|nichts|kein\p{L}*|ohne)|n't)(?:\s+\p{L}+){0,2}\s+$/u;

/** A complaint or a dispute about a refund, in the turn's own words: what an item is called is none. */
export function readGrievance({ turn, catalog }: AgentFacts): Grievance | null {
	const text = maskMentions(normaliseText(turn.text), nameIndexOf(catalog)).text.normalize('NFC');
	const plain = plainForm(text);
	const [dispute] = findSignal('dispute', plain, text);
	if (dispute !== undefined) return { kind: 'refund dispute', quote: dispute.quote };
	const complaint = findSignal('complaint', plain, text).find(({ start }) => !DENIED.test(plain.slice(0, start)));
	return complaint === undefined ? null : { kind: 'complaint', quote: complaint.quote };
}
