import type { Item } from '../../catalog/item.ts';
import type { Rule } from './draft.ts';
import { findSignal } from '../reading/lexicon.ts';
import { plainForm } from '../reading/turn-text.ts';
import { publicText } from './item-facts.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { rememberedFor } from '../../remembered.ts';
import { violation } from './violation.ts';

/** Rule 5: what is (not) included, guaranteed or suitable is told when the turn asks for details. */
export const detailRule: Rule = (_facts, { answer, asks }) => {
	if (asks.details !== '') return [];
	const hidden = answer.subjects.flatMap(hiddenDetails);
	if (hidden.length === 0) return [];
	const text = plain(answer.text).replace(/\s+/gu, ' ');
	// A word or two may be anything, but not beside "includes" or "suitable for".
	const aboutDetails = answer.sentences.map(({ text }) => text).filter((sentence) => DETAIL_SIGNALS.some((signal) => findSignal(signal, plainForm(sentence), sentence).length > 0)).join('\n');
	return hidden
		.filter((detail) => (isTelling(detail) ? text : aboutDetails).includes(detail))
		.slice(0, 1)
		.map((detail) => violation('detail_not_requested', `"${detail.slice(0, 60)}" is a detail that is told only when the customer asks for details. Take it out.`));
};

const DETAIL_SIGNALS = ['included', 'notIncluded', 'guarantee', 'notGuarantee', 'suitable', 'notSuitable'] as const;
const SHORTEST = 4;
const isTelling = (detail: string): boolean => detail.length >= 10 && detail.includes(' ');

/** Parts of the detail fields that no public text of the item holds. */
const hiddenDetails = rememberedFor((item: Item): readonly string[] => {
	const open = plain(normaliseText(publicText(item)));
	return Object.values(item.detailFields)
		.flatMap((value) => [value, ...value.split(/[,;\n]/u)])
		.map((part) => plain(normaliseText(part)))
		.filter((part) => part.length >= SHORTEST && !open.includes(part));
});
