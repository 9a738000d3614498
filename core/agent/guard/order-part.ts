import { needsAddress, type ChosenSlot } from '../../booking/schedule.ts';
import type { CartLine, CartPrice } from '../../orders/price.ts';
import { priceCart } from '../../orders/price.ts';
import type { Proposal, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import type { AwaitedDetail } from '../session.ts';
import type { Asks } from './asks.ts';
import { checkAddress } from './address.ts';
import type { LeftOut } from './checks.ts';
import { checkCity } from './city.ts';
import { checkCommitment } from './commitment.ts';
import { checkItems, needsPlace } from './items.ts';
import { itemsLeftOut } from './left-out.ts';
import { checkName } from './name.ts';
import { checkPhone } from './phone.ts';
import { paymentReminderHours } from './reminder.ts';
import { checkSlots } from './slots.ts';
import { violation } from './violation.ts';

/** The order that a proposal amounts to, after the rules: only what holds is in it. */
export interface OrderPart {
	readonly lines: readonly CartLine[];
	readonly price: CartPrice;
	/** '' = not known; 'online' = none is needed. */
	readonly city: string;
	readonly cityToConfirm: string;
	readonly phone: string;
	readonly clientName: string;
	/** '' = not known, or not asked for. */
	readonly address: string;
	/** Free times that the customer chose. */
	readonly slots: readonly ChosenSlot[];
	/** What is still needed before the customer can commit. */
	readonly missing: readonly AwaitedDetail[];
	/** The customer commits and everything for it is there. */
	readonly commits: boolean;
	/** The customer commits, and a note says why no link follows. */
	readonly withheld: boolean;
	readonly reminderHours: number | null;
	readonly violations: readonly Violation[];
	readonly notes: readonly Violation[];
	/** For the operator; they withhold nothing. */
	readonly remarks: readonly Violation[];
}

/** @param language of the turn; '' = one that we have words of */
export function readOrder(facts: AgentFacts, proposal: Proposal, asks: Asks, without?: LeftOut, language = ''): OrderPart {
	const items = checkItems(facts, proposal.items, proposal.requested, without);
	const place = checkCity(facts, proposal.city, items.lines, proposal.send_payment_link, without);
	const phone = checkPhone(facts, proposal.recipient_phone_number, asks, without);
	const name = checkName(facts, proposal.client_name, without);
	const address = checkAddress(facts, proposal.address, without);
	const time = checkSlots(facts, proposal, items.lines, place.city, without);
	const price = priceCart(items.lines);
	const missing = without === 'missing_details' ? [] : [
		...missingDetails(items.lines, place.city, phone.phone, name.name),
		...(facts.schedule !== null && address.address === '' && needsAddress(items.lines, facts.schedule) ? (['address'] as const) : []),
		...(time.missing ? (['slot'] as const) : []),
	];
	const found = [...items.violations, ...place.violations, ...phone.violations, ...name.violations, ...address.violations, ...time.violations];
	const wants = proposal.send_payment_link;
	if (wants && proposal.items !== null && without !== 'item_left_out') found.push(...itemsLeftOut(facts, items.lines));
	// What is missing or wrong is said first: nothing is committed before it is there.
	if (wants && missing.length === 0 && found.length === 0 && without !== 'commitment_not_from_customer') found.push(...checkCommitment(facts, items.lines, language));
	const complete = wants && missing.length === 0 && found.length === 0;
	const reminderHours = paymentReminderHours(items.lines);
	const notes = complete && price.totalCents > 0 ? linkNotes(facts, reminderHours).filter(({ code }) => code !== without) : [];
	if (wants && missing.length > 0 && found.length === 0) {
		found.push(violation('missing_details', `Not everything for the order is known: ${missing.join(', ')}. Set send_payment_link false and ask for all of it in one short question.`));
	}
	return {
		lines: items.lines, price, city: place.city, address: address.address, slots: time.slots, cityToConfirm: place.unconfirmed, phone: phone.phone, clientName: name.name,
		missing, commits: complete && notes.length === 0, withheld: notes.length > 0, reminderHours, violations: found, notes, remarks: complete ? time.notes : [],
	};
}

/** Rule 10: items with quantities, a city unless online, a phone and a name; for free orders too (rule 3). */
export function missingDetails(lines: readonly CartLine[], city: string, phone: string, clientName: string): AwaitedDetail[] {
	const missing: AwaitedDetail[] = [];
	if (lines.length === 0) missing.push('items');
	if (city === '' && lines.some(({ item }) => needsPlace(item))) missing.push('city');
	if (phone === '') missing.push('phone');
	if (clientName === '') missing.push('name');
	return missing;
}

/** Rule 12: a paid order gets no link when code can't tell when to remind, or when the account can't take charges. */
function linkNotes({ company }: AgentFacts, reminderHours: number | null): Violation[] {
	const notes: Violation[] = [];
	if (reminderHours === null) notes.push(violation('no_payment_reminder', 'No payment link: none of the paid items has a payment_reminder. Fill it in the catalog.'));
	if (!company.paymentReady) notes.push(violation('payment_account_not_ready', 'No payment link: the payment account can\'t take charges yet. Finish its onboarding.'));
	return notes;
}
