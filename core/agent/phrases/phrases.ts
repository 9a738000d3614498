import type { ContactField, DetailField, ItemKind } from '../../catalog/item.ts';
import type { CompanyFacts } from '../facts.ts';

/** What a company sells, which decides how things are called (rule 18). */
export type Goods = CompanyFacts['type'];

/** Details that an order still needs, in the order in which they are asked for. */
export type MissingDetail = 'quantity' | 'city' | 'phone' | 'name' | 'address' | 'slot';

/**
 * Everything that the offline responder says, in one language. Amounts, item names, cities and other facts come in as ready
 * text; nothing here states a fact of its own. To add a language, add a file of this shape to `index.ts`.
 */
export interface Phrases {
	/** English name, as in `Decision.language`. */
	readonly language: string;
	/** BCP 47, for numbers, money and lists. */
	readonly locale: string;
	/** Said instead of a price of 0. */
	readonly free: string;

	readonly hello: string;
	readonly helloFrom: (company: string) => string;
	readonly listIntro: Readonly<Record<Goods, string>>;
	readonly listMore: string;
	readonly listCategories: (categories: string) => string;
	readonly listEnd: string;
	readonly listEmpty: string;

	readonly whichOne: string;
	readonly whichForCount: (count: string) => string;
	readonly notFound: Readonly<Record<Goods, string>>;
	/** Before the list of what there is beside that. */
	readonly alsoHave: string;
	/** Something was found and something wasn't. */
	readonly partNotFound: string;
	readonly quantityUnavailable: (name: string) => string;
	/** Goes under the first answer. */
	readonly privacyPolicy: (url: string) => string;
	readonly priceChanged: (name: string, price: string) => string;
	readonly wantToOrder: string;
	/** To a customer who doesn't order, or not yet. */
	readonly whenReady: string;

	readonly deliveryFee: Readonly<Record<ItemKind, (fee: string) => string>>;
	readonly deliveryFreeFrom: (threshold: string) => string;
	readonly deliveryNone: Readonly<Record<ItemKind, string>>;
	readonly deliveryTime: (hours: number) => string;
	readonly deliveryVaries: Readonly<Record<ItemKind, string>>;

	readonly cities: Readonly<Record<ItemKind, (cities: string) => string>>;
	readonly itemCities: (name: string, cities: string) => string;
	readonly servedThere: Readonly<Record<ItemKind, string>>;
	readonly online: string;
	readonly notServed: Readonly<Record<ItemKind, string>>;
	readonly itemsNotServed: (names: string) => string;
	readonly allServedIn: (cities: string) => string;
	readonly availableThere: string;

	readonly duration: (duration: string) => string;
	readonly format: (format: string) => string;
	readonly detailLabel: Readonly<Record<DetailField, string>>;
	readonly contactLabel: Readonly<Record<ContactField, string>>;
	readonly address: (address: string) => string;
	readonly website: (url: string) => string;
	readonly noneForItem: string;
	readonly whichItem: string;
	readonly noContact: string;
	readonly refundIntro: string;

	readonly cartIntro: string;
	readonly cartDelivery: Readonly<Record<ItemKind, (fee: string) => string>>;
	readonly cartDeliveryFree: Readonly<Record<ItemKind, string>>;
	readonly cartProducts: Readonly<Record<ItemKind, (sum: string) => string>>;
	readonly cartTotal: (total: string) => string;
	readonly cartCity: (city: string) => string;
	readonly removed: (name: string) => string;
	readonly cartEmpty: string;

	readonly cartAddress: (address: string) => string;
	/** `when`: "Mon 30 Nov, 10:00". */
	readonly cartWhen: (when: string) => string;
	readonly cartDelivered: (when: string) => string;

	/** One question for everything that is missing but times. `cities`: a few served ones, or ''. */
	readonly missing: (details: readonly Exclude<MissingDetail, 'slot'>[], context: { readonly kind: ItemKind; readonly item: string; readonly cities: string }) => string;
	readonly phoneInvalid: string;
	readonly numberNotVisible: string;
	readonly noted: string;

	readonly committed: (name: string) => string;
	readonly linkFollows: string;
	readonly nothingToPay: string;
	readonly teamArrangesPayment: string;

	readonly payHow: string;
	readonly payByTeam: string;
	readonly noOrderYet: string;
	readonly awaitingPayment: (total: string) => string;
	readonly notPaidYet: (total: string) => string;
	/** The customer has paid in a way that takes days. */
	readonly paymentOnItsWay: (total: string) => string;
	readonly paymentFailed: (total: string) => string;
	readonly paymentLink: (url: string) => string;
	readonly paid: string;
	/** Money goes back to the customer; `sum` as it is written in the language. */
	readonly refunded: (sum: string) => string;
	/** The provider is asked to give it back; `refunded` follows when it says so. */
	readonly refundAsked: (sum: string) => string;
	/** … and it does not. */
	readonly refundNotMade: (sum: string) => string;
	/** What was paid for something that the customer has cancelled: a person decides. */
	readonly refundByTeam: string;
	readonly freeOrder: string;
	readonly orderClosed: string;

	/** Before a numbered list of free times. */
	readonly whenSuits: (name: string) => string;
	readonly whenDelivered: string;
	readonly freeTimes: string;
	readonly timeNotFree: string;
	/** Nothing is free as far ahead as the company looks; offers a person. */
	readonly noTimeFree: (name: string) => string;
	/** Before the list of what the customer has booked. */
	readonly yourBookings: string;
	readonly cancelBooking: (name: string, when: string) => string;
	readonly bookingIsCancelled: (name: string, when: string) => string;
	/** Before the free times that it may be moved to. */
	readonly moveBooking: (name: string) => string;
	readonly bookingIsMoved: (name: string, when: string) => string;
	/** Too late for the customer: a person decides. */
	readonly bookingFixed: (name: string) => string;

	/** Somebody of the company moved or deleted it in the calendar. `when`: "Mon 30 Nov, 10:00". */
	readonly bookingMoved: (name: string, when: string) => string;
	readonly bookingCancelled: (name: string, when: string) => string;
	/** A time that was chosen can't be had any more. `freeTimes` follows, or, where none is known, `slotTakenOther`. */
	readonly slotTaken: (name: string) => string;
	readonly slotTakenOther: string;

	readonly cancelled: string;
	readonly cancelledUnpaid: string;
	readonly handover: string;
	readonly complaint: string;
	readonly thanks: string;
	readonly whatElse: string;
	/** An answer to "who are you?". `company` may be ''. */
	readonly identity: (company: string) => string;
	/** To a voice message or picture without words. */
	readonly pleaseWrite: string;
	readonly noDiscount: string;
	readonly noHours: string;
	/** A day or time was wished for: nothing here can promise one. */
	readonly dateOpen: string;
	readonly whatToChange: string;
	readonly offTopic: Readonly<Record<Goods, string>>;
	readonly unclear: Readonly<Record<Goods, string>>;
	readonly cutOff: string;
}
