import type { ContactField, DetailField, Item } from '../../catalog/item.ts';
import type { Signal } from '../reading/lexicon.ts';
import type { Draft } from './draft.ts';
import { has, quoteOf, sentences } from './draft.ts';

const DETAILS: ReadonlyArray<readonly [Signal, DetailField]> = [
	['included', 'included'],
	['notIncluded', 'not_included'],
	['guarantee', 'what_guarantee'],
	['notGuarantee', 'what_not_guarantee'],
	['suitable', 'suitable_for'],
	['notSuitable', 'not_suitable_for'],
];

/** Signals that ask something about an item; which one is clear or has to be asked. */
export const ITEM_QUESTIONS: readonly Signal[] = [
	'details', 'included', 'notIncluded', 'guarantee', 'notGuarantee', 'suitable', 'notSuitable', 'duration', 'instructions',
	'photo', 'video', 'website', 'supplier', 'warehouse', 'specialist', 'contact',
];

/** Everything the turn asks about one item: only what is asked for is told, with the quote that asks for it (rules 4, 5, 16). */
export function answerAboutItem(draft: Draft, item: Item): readonly string[] {
	return [...detailAnswers(draft, item), ...contactAnswers(draft, item), ...mediaAnswers(draft, item)];
}

function detailAnswers(draft: Draft, item: Item): readonly string[] {
	const { phrases } = draft;
	// Who asks whom it suits has to hear whom it doesn't suit.
	const asked = DETAILS.filter(([signal]) => has(draft, signal) || (signal === 'notSuitable' && has(draft, 'suitable')));
	const fields = asked.length > 0 ? asked : has(draft, 'details') ? DETAILS : [];
	if (fields.length > 0) draft.quotes.details = quoteOf(draft, asked[0]?.[0] ?? 'details');
	const lines = fields.flatMap(([, field]) => (item.detailFields[field] === '' ? [] : [`${phrases.detailLabel[field]}: ${item.detailFields[field]}`]));
	if (asked.length > 0 && lines.length === 0) lines.push(phrases.noneForItem);
	if (has(draft, 'duration')) lines.push(item.duration === '' ? phrases.noneForItem : phrases.duration(item.duration));
	if (has(draft, 'instructions') || (has(draft, 'details') && item.instructions !== '')) lines.push(item.instructions === '' ? phrases.noneForItem : item.instructions);
	return lines;
}

function contactAnswers(draft: Draft, item: Item): readonly string[] {
	const { phrases } = draft;
	const lines: string[] = [];
	const release = (signal: Signal, field: ContactField): void => {
		if (!has(draft, signal)) return;
		draft.quotes.contacts = quoteOf(draft, signal);
		lines.push(contactLine(draft, item, field) ?? offerPerson(draft));
	};
	release('supplier', 'supplier_contact');
	release('warehouse', 'warehouse_address');
	release('specialist', 'specialist_contact');
	if (has(draft, 'contact') && lines.length === 0) {
		draft.quotes.contacts = quoteOf(draft, 'contact');
		const address = item.officeAddress === '' ? '' : phrases.address(item.officeAddress);
		const contact = item.kind === 'service' ? (contactLine(draft, item, 'specialist_contact') ?? '') : '';
		lines.push(sentences(address, contact) || offerPerson(draft));
	}
	return lines;
}

function mediaAnswers(draft: Draft, item: Item): readonly string[] {
	const { phrases } = draft;
	const lines: string[] = [];
	if (has(draft, 'website')) lines.push(item.websiteUrl === '' ? phrases.noneForItem : phrases.website(item.websiteUrl));
	// Pictures and videos go out beside the text, never in it: only their absence is said.
	if (has(draft, 'photo') && item.imageUrl === '') lines.push(phrases.noneForItem);
	if (has(draft, 'video') && item.videoUrl === '') lines.push(phrases.noneForItem);
	return [...new Set(lines)];
}

/** Contacts for a refund: released on a refund request only. */
export function answerRefund(draft: Draft, items: readonly Item[]): string {
	const { phrases } = draft;
	draft.quotes.refund = quoteOf(draft, 'refund');
	draft.quotes.contacts = quoteOf(draft, 'refund');
	const lines = items.flatMap((item) => contactLine(draft, item, item.kind === 'product' ? 'supplier_company_services' : 'specialist_contact') ?? []);
	return lines.length === 0 ? offerPerson(draft) : [phrases.refundIntro, ...new Set(lines)].join('\n');
}

/** "Yes" to it hands the conversation over. */
function offerPerson(draft: Draft): string {
	draft.personOffered = true;
	return draft.phrases.noContact;
}

/** What any item would answer about contacts, when all of them answer the same. */
export function sharedContact({ facts }: Draft): Item | null {
	const [first, ...others] = facts.catalog.items;
	if (first === undefined) return null;
	const same = others.every(({ officeAddress, contactFields }) => officeAddress === first.officeAddress && contactFields.specialist_contact === first.contactFields.specialist_contact);
	const told = first.officeAddress !== '' || first.contactFields.specialist_contact !== '';
	return same && told ? first : null;
}

function contactLine(draft: Draft, item: Item, field: ContactField): string | null {
	const value = item.contactFields[field];
	return value === '' ? null : `${draft.phrases.contactLabel[field]}: ${value}`;
}
