import type { Item } from '../../catalog/item.ts';
import type { Rule } from './draft.ts';
import { publicText } from './item-facts.ts';
import { normaliseText, plain } from './text/normalise.ts';
import { violation } from './violation.ts';

/** Rule 5: what is (not) included, guaranteed or suitable is told when the turn asks for details. */
export const detailRule: Rule = (_facts, { answer, asks }) => {
	if (asks.details !== '') return [];
	const text = plain(answer.text);
	return answer.subjects
		.flatMap((item) => hiddenDetails(item).filter((detail) => text.includes(detail)))
		.slice(0, 1)
		.map((detail) => violation('detail_not_requested', `"${detail.slice(0, 60)}" is a detail that is told only when the customer asks for details. Take it out.`));
};

const CACHE = new WeakMap<Item, readonly string[]>();

/** Parts of the detail fields that no public text of the item holds; single words prove nothing. */
function hiddenDetails(item: Item): readonly string[] {
	const known = CACHE.get(item);
	if (known !== undefined) return known;
	const open = plain(normaliseText(publicText(item)));
	const hidden = Object.values(item.detailFields)
		.flatMap((value) => [value, ...value.split(/[,;\n]/u)])
		.map((part) => plain(normaliseText(part)))
		.filter((part) => part.length >= 10 && part.includes(' ') && !open.includes(part));
	CACHE.set(item, hidden);
	return hidden;
}
