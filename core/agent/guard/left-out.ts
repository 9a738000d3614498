import type { CartLine } from '../../orders/price.ts';
import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { hasSignal, type Signal } from '../reading/lexicon.ts';
import { nameIndexOf } from './draft.ts';
import { maskMentions } from './text/mentions.ts';
import { normaliseText } from './text/normalise.ts';
import { violation } from './violation.ts';

const TAKES_AWAY: readonly Signal[] = ['insteadOf', 'remove', 'change'];
/** Named, and not wanted: "not the lamp", "cheaper than the lamp". */
const NOT_WANTED = /(?<!\p{L})(?:not|no|without|except|than|don't|dont|sin|excepto|que|tampoco|не|без|кроме|чем|ні|окрім|крім|ніж|nicht|kein\p{L}*|ohne|außer|ausser|als)(?!\p{L})[^.!?\n;]{0,30}$/iu;

/**
 * The items part of rule 10 once more: no half orders. A turn that commits names what it wants; an item that it names is in the order, or nothing is
 * sent to be paid. Questions, comparisons and what is taken out don't count.
 */
export function itemsLeftOut({ turn, catalog, schedule, session }: AgentFacts, lines: readonly CartLine[]): Violation[] {
	if (TAKES_AWAY.some((signal) => hasSignal(signal, turn.text))) return [];
	const { text, mentions } = maskMentions(normaliseText(turn.text), nameIndexOf(catalog));
	const ordered = new Set(lines.map(({ item }) => item.sku));
	const [left] = mentions.filter(({ items, mark }) => {
		const at = text.indexOf(mark);
		const isQuestion = /^[^.!\n]*\?/u.test(text.slice(at));
		return !isQuestion && !NOT_WANTED.test(text.slice(0, at)) && !items.some(({ sku }) => ordered.has(sku));
	});
	// "Thursday at nine" names nothing: what waits for its own time is not dropped to get the order through.
	const [waiting] = schedule === null ? [] : session.cart.flatMap(({ sku }) => (ordered.has(sku) ? [] : (catalog.get(sku) ?? [])));
	if (left === undefined && waiting !== undefined) return [violation('item_left_out', `"${waiting.name}" is in the customer's order too. Keep it, or set send_payment_link false and ask whether they still want it.`)];
	const names = left?.items.map(({ name }) => `"${name}"`).join(' or ') ?? '';
	return left === undefined ? [] : [violation('item_left_out', `The customer also named ${names}, which is not in the order. Put it in, or set send_payment_link false and ask whether they want it.`)];
}
