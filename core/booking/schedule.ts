import type { Item } from '../catalog/item.ts';
import type { CartLine } from '../orders/price.ts';
import type { Slot } from './slots.ts';

/** What an order needs to know before the customer can commit, as the company switched it on. */
export interface ScheduleAsks {
	/** When each service of it takes place. */
	readonly appointmentSlot: boolean;
	/** When its products arrive. */
	readonly deliverySlot: boolean;
	/** Where they are brought, or where a service that travels takes place. */
	readonly address: boolean;
}

/** A time that an order has to have: that of one service, or that in which all of its products arrive. */
export interface SlotNeed {
	readonly kind: 'appointment' | 'delivery';
	/** The service; of a delivery the product that takes longest, which the booking is made for. */
	readonly item: Item;
	/** At once, of the service's places. A delivery takes one of its window. */
	readonly places: number;
}

/** A time that the customer chose, kept until it is held with the order. */
export interface ChosenSlot extends Slot {
	readonly kind: SlotNeed['kind'];
	readonly sku: string;
}

/** A company's connected calendar as one turn needs it. Read once; every function is pure. */
export interface Schedule {
	/** The company's, IANA: customers are told what its clocks show. */
	readonly zone: string;
	readonly asks: ScheduleAsks;
	/** Cities have windows or cut-offs of their own: before the city is known no window is offered. */
	readonly deliveryNeedsCity: boolean;
	/** Where appointments take place when the catalog doesn't say; '' = at the customer's. */
	readonly place: string;
	/**
	 * Free slots that start in the period (ISO 8601; now until the horizon when left out), the earliest first. null: the calendars don't say
	 * what is taken, and nothing is offered on a guess.
	 */
	free(need: SlotNeed & { readonly city: string }, period?: { readonly from?: string; readonly to?: string }, limit?: number): readonly Slot[] | null;
}

/** A booking of the conversation that is to come. */
export interface BookedFacts extends Slot {
	readonly id: string;
	readonly kind: SlotNeed['kind'];
	readonly sku: string;
	readonly name: string;
	readonly places: number;
	readonly city: string;
	/** IANA: its clocks tell the time. */
	readonly zone: string;
	/** The company's rule lets the customer move or cancel it now. */
	readonly changeable: boolean;
}

/** What of a cart needs a time, services first, in the order of the cart. */
export function slotNeeds(lines: readonly CartLine[], asks: ScheduleAsks): SlotNeed[] {
	const services = lines.filter(({ item }) => item.kind === 'service');
	const delivered = lines.filter(({ item }) => item.kind === 'product' && !item.online);
	const slowest = slowestDelivery(delivered.map(({ item }) => item));
	const forDelivery = delivered.find(({ item }) => item.deliveryTimeHours === slowest) ?? delivered[0];
	return [
		...(asks.appointmentSlot ? services.map(({ item, quantity }): SlotNeed => ({ kind: 'appointment', item, places: quantity })) : []),
		...(asks.deliverySlot && forDelivery !== undefined ? [{ kind: 'delivery', item: forDelivery.item, places: 1 } as const] : []),
	];
}

/** Whether a cart has to be brought, or a person has to come, to the customer's address. */
export function needsAddress(lines: readonly CartLine[], { asks, place }: Pick<Schedule, 'asks' | 'place'>): boolean {
	return asks.address && lines.some(({ item }) => !item.online && (item.kind === 'product' || (item.officeAddress === '' && place === '')));
}

/** The chosen slot of a need: a delivery's whatever the product it was chosen for. */
export function chosenFor<S extends Pick<ChosenSlot, 'kind' | 'sku'>>(need: SlotNeed, slots: readonly S[]): S | undefined {
	return slots.find(({ kind, sku }) => kind === need.kind && (kind === 'delivery' || sku === need.item.sku));
}

/** Free slots of a need beside the times that are chosen for the order's other services: nobody is in two places at once. As `Schedule.free`. */
export function freeBeside(schedule: Schedule, need: SlotNeed, city: string, chosen: readonly ChosenSlot[]) {
	const others = chosen.filter(({ kind, sku }) => kind === 'appointment' && need.kind === 'appointment' && sku !== need.item.sku);
	return (period: { readonly from?: string; readonly to?: string } = {}, limit = Infinity): readonly Slot[] | null => {
		if (others.length === 0) return schedule.free({ ...need, city }, period, limit);
		const free = schedule.free({ ...need, city }, period);
		return free?.filter(({ start, end }) => !others.some((other) => Date.parse(start) < Date.parse(other.end) && Date.parse(other.start) < Date.parse(end))).slice(0, limit) ?? null;
	};
}

/** Which need a customer's words about time mean: the one whose times were told last, else the first without a time, else the first. */
export function needInQuestion(needs: readonly SlotNeed[], { offered, chosen }: { readonly offered: readonly ChosenSlot[]; readonly chosen: readonly ChosenSlot[] }): SlotNeed | undefined {
	return needs.find((need) => chosenFor(need, offered) !== undefined) ?? needs.find((need) => chosenFor(need, chosen) === undefined) ?? needs[0];
}

/** Whether exactly this slot can still be had; true also while the calendars don't say (it is looked at again when it is held). */
export function isStillFree(schedule: Schedule, need: SlotNeed, city: string, slot: Slot): boolean {
	const free = schedule.free({ ...need, city }, { from: slot.start, to: new Date(Date.parse(slot.start) + 1).toISOString() }, 1);
	return free === null || free.length === 1;
}

/** The longest time that any of an order's products takes, in hours; null when the catalog says it of none. */
export function slowestDelivery(items: readonly Pick<Item, 'deliveryTimeHours'>[]): number | null {
	const known = items.flatMap(({ deliveryTimeHours }) => (deliveryTimeHours === null ? [] : [deliveryTimeHours]));
	return known.length === 0 ? null : Math.max(...known);
}
