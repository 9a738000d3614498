import { pickSlot, slotsToOffer } from '../../booking/pick-slot.ts';
import { chosenFor, freeBeside, isStillFree, needInQuestion, slotNeeds, type ChosenSlot, type Schedule, type SlotNeed } from '../../booking/schedule.ts';
import { readSaidSlots, readSlotChoice, type SaidSlots } from '../../booking/read-slot-choice.ts';
import type { Slot } from '../../booking/slots.ts';
import { instantFrom } from '../../booking/zone.ts';
import type { CartLine } from '../../orders/price.ts';
import type { Proposal, Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import { hasSignal } from '../reading/lexicon.ts';
import type { LeftOut } from './checks.ts';
import type { Draft, Sentence } from './draft.ts';
import { scopeOf } from './sentences.ts';
import { violation } from './violation.ts';

export interface SlotsCheck {
	/** Chosen by the customer and free now; one for each need at most. */
	readonly slots: readonly ChosenSlot[];
	/** A need of the order has none yet, and there are times to choose from. */
	readonly missing: boolean;
	readonly violations: readonly Violation[];
	/** For the operator: why the order goes without a time. */
	readonly notes: readonly Violation[];
}

/** Enough free slots to choose an offer from. */
const LOOK_AT = 400;

const NOTHING: SlotsCheck = { slots: [], missing: false, violations: [], notes: [] };

/** Rule 10: a time is one that is free in this moment and that the customer's words mean. Kept ones are looked at again. */
export function checkSlots(facts: AgentFacts, proposal: Proposal, lines: readonly CartLine[], city: string, without?: LeftOut): SlotsCheck {
	const { schedule, session } = facts;
	if (schedule === null) return NOTHING;
	const needs = slotNeeds(lines, schedule.asks);
	if (needs.length === 0) return NOTHING;
	const about = needInQuestion(needs, { offered: session.offeredSlots, chosen: session.slots });
	const kept = needs.flatMap((need): ChosenSlot[] => {
		const before = chosenFor(need, session.slots);
		if (before === undefined || !isStillFree(schedule, need, city, before)) return [];
		if (need === about && proposal.booking_change === null && without !== 'slot_not_from_customer' && wishesOther(facts, schedule.zone, need, before)) return [];
		return [{ ...before, sku: need.item.sku }];
	});
	const proposed = proposal.slot !== null && proposal.booking_change === null ? checkProposed(facts, schedule, { ...proposal.slot, city }, needs, kept, without) : null;
	const slots = proposed === null || proposed.slot === null ? kept : [...kept.filter((slot) => chosenFor(proposed.need, [slot]) === undefined), proposed.slot];
	const open = needs.filter((need) => chosenFor(need, slots) === undefined);
	const unknown = open.filter((need) => schedule.free({ ...need, city }, {}, 1) === null);
	const notes = unknown.map(({ item }) => violation('slots_not_known', `The calendars don't say what is taken, so no time was agreed for "${item.name}". Agree on it with the customer.`));
	return { slots, missing: open.length > unknown.length, violations: proposed?.violations ?? [], notes };
}

function checkProposed(
	facts: AgentFacts, schedule: Schedule, proposed: { readonly start: string; readonly sku?: string | undefined; readonly city: string },
	needs: readonly SlotNeed[], kept: readonly ChosenSlot[], without: LeftOut,
): { readonly need: SlotNeed; readonly slot: ChosenSlot | null; readonly violations: readonly Violation[] } {
	const start = instantFrom(proposed.start, schedule.zone);
	const at = start === null ? null : new Date(start).toISOString();
	const freeOf = (need: SlotNeed) => (without === 'slot_not_free' && at !== null ? anyTime(at) : freeBeside(schedule, need, proposed.city, kept));
	const exactly = (need: SlotNeed): Slot | undefined => (at === null ? undefined : freeOf(need)({ from: at, to: new Date(Date.parse(at) + 1).toISOString() }, 1)?.[0]);
	const need = needs.find(({ item }) => item.sku === proposed.sku) ?? needInQuestion(needs, { offered: facts.session.offeredSlots, chosen: kept });
	if (need === undefined) throw new RangeError('A slot was checked for an order that needs none.');
	const free = exactly(need);
	if (free === undefined) {
		const next = slotsToOffer(freeOf(need)(at === null ? {} : { from: at }, LOOK_AT) ?? [], schedule.zone);
		const told = next.length === 0 ? 'None is free.' : `Free: ${next.map(({ start: one }) => one).join(', ')}.`;
		return { need, slot: null, violations: [violation('slot_not_free', `"${proposed.start}" is no free time of "${need.item.name}". ${told} Offer what find_slots answers.`)] };
	}
	const slot: ChosenSlot = { kind: need.kind, sku: need.item.sku, ...free };
	const known = chosenFor(need, kept)?.start === free.start;
	if (known || without === 'slot_not_from_customer' || isMeant(facts, schedule.zone, need, freeOf(need), free)) return { need, slot, violations: [] };
	return { need, slot: null, violations: [violation('slot_not_from_customer', `The customer's message does not choose ${free.start}. Offer free times and let them choose.`)] };
}

/** The planted defect: what is proposed is free. */
function anyTime(start: string): ReturnType<typeof freeBeside> {
	const slot = { start, end: new Date(Date.parse(start) + 3_600_000).toISOString() };
	return ({ from = start, to } = {}) => (start >= from && (to === undefined || start < to) ? [slot] : []);
}

/** "No, rather Friday": the words are about another time than the one that was chosen before, which is chosen no longer, whatever a model makes of them. */
function wishesOther({ turn, session, now }: AgentFacts, zone: string, need: SlotNeed, { start }: Slot): boolean {
	const choice = readSlotChoice(turn.text, { offered: session.offeredSlots.filter((one) => chosenFor(need, [one]) !== undefined), zone, now: new Date(now) });
	switch (choice.kind) {
		case 'chosen': return choice.slot.start !== start;
		case 'ambiguous': return choice.candidates.every((one) => one.start !== start);
		case 'wish': return choice.ranges.every((range) => Date.parse(start) < Date.parse(range.start) || Date.parse(start) >= Date.parse(range.end));
		case 'none': return false;
	}
}

/** Whether the customer's own words mean this slot and no other. */
function isMeant({ turn, session, now }: AgentFacts, zone: string, need: SlotNeed, free: ReturnType<typeof freeBeside>, slot: Slot): boolean {
	const offered = session.offeredSlots.filter((one) => chosenFor(need, [one]) !== undefined);
	const pick = pickSlot(turn.text, { offered, free, zone, now: new Date(now), agrees: agrees(turn.text) });
	return pick.kind === 'chosen' && pick.slot.start === slot.start;
}

/** "Yes" to the one time that was told. */
export function agrees(text: string): boolean {
	return hasSignal('yes', text);
}

type SaidIn = Pick<Draft, 'order' | 'answer' | 'change'>;

/** Of an answer, where the day of a time may stand that has none. */
const MOST_BEFORE = 500;
/** An answer that names times in more sentences is too long for any channel: what comes after is no time that it may name. */
const MOST_SENTENCES = 60;

/** Times that an answer may name: free ones of what it speaks of, those chosen for the order, and what is booked. */
function slotsToTell(facts: AgentFacts, { order, change }: SaidIn, scope: readonly CartLine[]): readonly ChosenSlot[] {
	const { schedule, bookings } = facts;
	const free = schedule === null ? [] : slotNeeds(scope, schedule.asks).flatMap((need) => (schedule.free({ ...need, city: order.city === 'online' ? '' : order.city }) ?? []).map((slot): ChosenSlot => ({ kind: need.kind, sku: need.item.sku, ...slot })));
	const moved = bookings.flatMap((booking) => (change.slot !== null && booking.id === change.change?.id ? [{ ...booking, ...change.slot }] : []));
	return [...free, ...order.slots, ...moved, ...bookings];
}

const READINGS = new WeakMap<SaidIn['answer'], ReadonlyMap<Sentence, SaidSlots<ChosenSlot>>>();

/** What a sentence says about when, read against the times that it may name. undefined: it says nothing, or there are none. */
export function saidOfSlots(facts: AgentFacts, draft: SaidIn, sentence: Sentence): SaidSlots<ChosenSlot> | undefined {
	const known = READINGS.get(draft.answer);
	if (known !== undefined) return known.get(sentence);
	const readings = readAll(facts, draft);
	READINGS.set(draft.answer, readings);
	return readings.get(sentence);
}

/** Once an answer, whatever its length: a model's words are nobody's to make us busy. */
function readAll(facts: AgentFacts, draft: SaidIn): ReadonlyMap<Sentence, SaidSlots<ChosenSlot>> {
	const readings = new Map<Sentence, SaidSlots<ChosenSlot>>();
	const zone = facts.schedule?.zone ?? facts.bookings[0]?.zone;
	if (zone === undefined) return readings;
	const slotsOf = new Map<string, readonly ChosenSlot[]>();
	let before = '';
	for (const sentence of draft.answer.sentences) {
		const { dates, times, text } = sentence.claims;
		if (dates.length === 0 && times.length === 0) continue;
		if (readings.size >= MOST_SENTENCES) break;
		const items = [...new Set([...scopeOf(sentence, draft.answer.subjects), ...draft.order.lines.map(({ item }) => item), ...facts.bookings.flatMap(({ sku }) => facts.catalog.get(sku) ?? [])])];
		const key = items.map(({ sku }) => sku).join('\n');
		const slots = slotsOf.get(key) ?? slotsToTell(facts, draft, items.map((item) => draft.order.lines.find((line) => line.item === item) ?? { item, quantity: 1 }));
		slotsOf.set(key, slots);
		readings.set(sentence, readSaidSlots(text, { slots, zone, now: new Date(facts.now) }, before));
		if (dates.length > 0) before = text.slice(-MOST_BEFORE);
	}
	return readings;
}

/** The free times that an answer tells, in its order: what "the second" of the next turn means. */
export function offeredIn(facts: AgentFacts, draft: SaidIn): readonly ChosenSlot[] {
	const chosen = new Set(draft.order.slots.map(({ start }) => start));
	const told = draft.answer.sentences.flatMap((sentence) => saidOfSlots(facts, draft, sentence)?.told ?? []);
	const offered = told.filter(({ kind, sku, start, end }) => !chosen.has(start) && !facts.bookings.some((booked) => booked.start === start && booked.sku === sku && booked.kind === kind && booked.end === end));
	return [...new Map(offered.map(({ kind, sku, start, end }) => [`${kind} ${sku} ${start}`, { kind, sku, start, end }])).values()];
}
