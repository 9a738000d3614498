import { pickSlot, slotsToOffer, type SlotPick } from '../../booking/pick-slot.ts';
import { chosenFor, freeBeside, isStillFree, needInQuestion, needsAddress, slotNeeds, type ChosenSlot, type SlotNeed } from '../../booking/schedule.ts';
import { slotList, slotText } from '../../booking/slot-texts.ts';
import type { Slot } from '../../booking/slots.ts';
import type { Named } from './cart.ts';
import type { Draft } from './draft.ts';
import { has } from './draft.ts';

/** Enough free slots to choose an offer from. */
const LOOK_AT = 400;

/**
 * Reads when the customer would like what they order. Returns what has to be said about it: which time is meant, that one is not free, what is free.
 * Times that were chosen before are looked at again.
 */
export function takeSlots(draft: Draft, named: readonly Named[]): readonly string[] {
	const { schedule, session, catalog, turn, now } = draft.facts;
	if (schedule === null) return [];
	const offeredItem = catalog.get(session.offeredSlots[0]?.sku ?? '');
	const considered = draft.cart.length > 0 || named.length > 0 || offeredItem === undefined ? draft.cart : [{ item: offeredItem, quantity: 1 }];
	const needs = slotNeeds(considered, schedule.asks);
	const kept = needs.flatMap((need) => {
		const before = chosenFor(need, draft.slots);
		return before === undefined ? [] : [{ need, before, free: isStillFree(schedule, need, draft.city, before) }];
	});
	draft.slots = kept.filter(({ free }) => free).map(({ need, before }) => ({ ...before, sku: need.item.sku }));
	const lost = kept.find(({ free }) => !free)?.need;
	const about = needInQuestion(needs, { offered: session.offeredSlots, chosen: draft.slots });
	if (about === undefined) return [];
	// The calendars don't say: the team agrees on a time, whatever is wished for.
	if (freeFor(draft, about)({}, 1) === null) return [];
	const offered = session.offeredSlots.filter((slot) => chosenFor(about, [slot]) !== undefined);
	const agrees = has(draft, 'yes');
	const pick = draft.saysWhen || agrees ? pickSlot(turn.text, { offered, free: freeFor(draft, about), zone: schedule.zone, now: new Date(now), agrees }) : ({ kind: 'none' } as const);
	switch (pick.kind) {
		case 'chosen':
			// "The second", after free times were told of something that nobody has ordered yet.
			if (draft.cart.length === 0) {
				draft.cart = considered;
				draft.cartChanged = true;
			}
			draft.chosenSlot = { kind: about.kind, sku: about.item.sku, ...pick.slot };
			draft.slots = [...draft.slots.filter((slot) => chosenFor(about, [slot]) === undefined), draft.chosenSlot];
			draft.detailsGiven = true;
			draft.ordering = true;
			return [];
		case 'ambiguous':
			return [told(draft, about, pick.slots, draft.phrases.whichOne)];
		case 'wish':
			return [wished(draft, about, pick)];
		case 'none':
			return lost === undefined ? [] : [offerSlots(draft, lost, draft.phrases.timeNotFree)];
	}
}

/** "When could I come?" about something that is not ordered yet. */
export function answerFreeTimes(draft: Draft, items: readonly Draft['cart'][number]['item'][]): readonly string[] {
	const { schedule } = draft.facts;
	if (schedule === null || draft.cart.length > 0 || draft.offeredNow) return [];
	const [need] = slotNeeds(items.slice(0, 1).map((item) => ({ item, quantity: 1 })), schedule.asks);
	if (need === undefined || !(draft.saysWhen || has(draft, 'whenFree'))) return [];
	const pick = draft.saysWhen ? pickSlot(draft.facts.turn.text, { offered: [], free: freeFor(draft, need), zone: schedule.zone, now: new Date(draft.facts.now), agrees: false }) : ({ kind: 'none' } as const);
	draft.focus = need.item;
	draft.offer = [{ item: need.item, quantity: 1 }];
	switch (pick.kind) {
		case 'chosen':
			return [told(draft, need, [pick.slot], draft.phrases.freeTimes)];
		case 'ambiguous':
			return [told(draft, need, pick.slots, draft.phrases.freeTimes)];
		case 'wish':
			return [wished(draft, need, pick)];
		case 'none':
			return [offerSlots(draft, need, draft.phrases.freeTimes)];
	}
}

/** What is free of the time that the customer would like, or instead of it. */
function wished(draft: Draft, need: SlotNeed, { fits, slots }: Extract<SlotPick, { readonly kind: 'wish' }>): string {
	return slots.length === 0 ? noneFree(draft, need) : told(draft, need, slots, fits ? draft.phrases.freeTimes : draft.phrases.timeNotFree);
}

/** What the order still needs to know about when and where (rule 10). */
export function missingTimeAndPlace(draft: Draft): readonly ('address' | 'slot')[] {
	const { schedule } = draft.facts;
	if (schedule === null) return [];
	const address = draft.address === '' && needsAddress(draft.cart, schedule);
	return [...(address ? (['address'] as const) : []), ...(openNeeds(draft).length > 0 ? (['slot'] as const) : [])];
}

/** Needs without a time, where times are known. */
function openNeeds(draft: Draft): readonly SlotNeed[] {
	const { schedule } = draft.facts;
	if (schedule === null) return [];
	return slotNeeds(draft.cart, schedule.asks).filter((need) => chosenFor(need, draft.slots) === undefined && freeFor(draft, need)({}, 1) !== null);
}

/** A calendar is connected and does not say what is taken: the team agrees on a time. */
export function timesUnknown(draft: Draft): boolean {
	const { schedule } = draft.facts;
	return schedule !== null && slotNeeds(draft.cart, schedule.asks).some((need) => chosenFor(need, draft.slots) === undefined && freeFor(draft, need)({}, 1) === null);
}

/** Asks for the first time that is still open; '' while the city decides what can be offered, or when it is asked already. */
export function askForSlot(draft: Draft): string {
	const [need] = openNeeds(draft);
	if (need === undefined || draft.offeredNow) return '';
	if (need.kind === 'delivery' && draft.city === '' && draft.facts.schedule?.deliveryNeedsCity === true) return '';
	return offerSlots(draft, need, need.kind === 'delivery' ? draft.phrases.whenDelivered : draft.phrases.whenSuits(need.item.name));
}

function offerSlots(draft: Draft, need: SlotNeed, intro: string): string {
	const free = slotsToOffer(freeFor(draft, need)({}, LOOK_AT) ?? [], draft.facts.schedule?.zone ?? 'UTC');
	return free.length === 0 ? noneFree(draft, need) : told(draft, need, free, intro);
}

function told(draft: Draft, need: SlotNeed, slots: readonly Slot[], intro: string): string {
	draft.offeredSlots = slots.map(({ start, end }): ChosenSlot => ({ kind: need.kind, sku: need.item.sku, start, end }));
	draft.offeredNow = true;
	draft.blocked = true;
	draft.awaiting.push('slot');
	return `${intro}\n${listOfSlots(draft, draft.offeredSlots)}`;
}

/** As a numbered list in the customer's language. */
export function listOfSlots(draft: Draft, slots: readonly ChosenSlot[]): string {
	return slotList(slots, { ...slotOptions(draft), withEnd: slots.every(({ kind }) => kind === 'delivery') });
}

function noneFree(draft: Draft, need: SlotNeed): string {
	draft.offeredNow = true;
	draft.blocked = true;
	draft.personOffered = true;
	return draft.phrases.noTimeFree(need.item.name);
}

/** "Mon 30 Nov, 10:00", of a delivery with its end. */
export function whenText(draft: Draft, slot: Pick<ChosenSlot, 'kind' | 'start' | 'end'>, zone = draft.facts.schedule?.zone): string {
	return slotText(slot, { ...slotOptions(draft, zone), withEnd: slot.kind === 'delivery' });
}

function slotOptions({ facts, phrases }: Draft, zone = facts.schedule?.zone ?? 'UTC') {
	return { language: phrases.language, zone, companyZone: zone, now: new Date(facts.now) };
}

function freeFor({ facts: { schedule }, city, slots }: Draft, need: SlotNeed): ReturnType<typeof freeBeside> {
	return schedule === null ? () => null : freeBeside(schedule, need, city, slots);
}
