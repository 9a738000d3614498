/**
 * One thing a company sells, as the rest of the code knows it. Column names of files are mapped to these fields by
 * `columns.ts`; nothing else reads a file's words. Money is integer minor units (cents) of the company's currency.
 */
export interface Item {
	/** Unique in the company over both kinds. */
	readonly sku: string;
	readonly kind: ItemKind;
	readonly name: string;
	readonly description: string;
	readonly category: string;
	readonly subcategory: string;
	readonly tags: readonly string[];
	/** Selling unit as the company writes it: piece, bouquet, hour … */
	readonly unit: string;
	/** 0 = free. */
	readonly priceCents: number;
	/** Delivery of a product (`logistics_price_eur`) or travel of a service (`travel_fee_eur`); once per order. 0 = none. */
	readonly deliveryCents: number;
	/** Delivery or travel is free when the order's sum reaches this; null = never free. */
	readonly freeDeliveryFromCents: number | null;
	/** `stock_units` or `slots_available`. Internal: never told to a customer, never given to a model. null = not limited. */
	readonly stock: number | null;
	readonly deliveryTimeHours: number | null;
	/** Hours after which an unpaid order is reminded; null = the company left it out. */
	readonly paymentReminderHours: number | null;
	/** Where it is delivered or provided, as the company wrote the names. Empty when `online`. */
	readonly cities: readonly string[];
	/** A service without a place: a city is never asked for. */
	readonly online: boolean;
	/** http(s) URL or ''. */
	readonly websiteUrl: string;
	readonly imageUrl: string;
	readonly videoUrl: string;
	/** As written, e.g. "90 minutes". */
	readonly duration: string;
	readonly durationMinutes: number | null;
	readonly format: string;
	/** Told only when the turn asks for details (rule 5). */
	readonly detailFields: Readonly<Record<DetailField, string>>;
	/** Told only when the turn asks for them (rule 4). */
	readonly contactFields: Readonly<Record<ContactField, string>>;
	readonly specialistInitials: string;
	readonly specialistArea: string;
	readonly providerName: string;
	readonly officeAddress: string;
	/** What to do before, during and after (`details`). */
	readonly instructions: string;
	/** Columns that matched no field, as they were. */
	readonly attributes: Readonly<Record<string, string>>;
}

export type ItemKind = 'product' | 'service';

export type DetailField =
	| 'included'
	| 'not_included'
	| 'what_guarantee'
	| 'what_not_guarantee'
	| 'suitable_for'
	| 'not_suitable_for';

export type ContactField =
	| 'supplier_contact'
	| 'supplier_company_services'
	| 'warehouse_address'
	| 'specialist_contact';

/** An item with every optional field empty; tests and parsers fill in what they know. */
export function emptyItem(sku: string, kind: ItemKind, name: string): Item {
	return {
		sku,
		kind,
		name,
		description: '',
		category: '',
		subcategory: '',
		tags: [],
		unit: '',
		priceCents: 0,
		deliveryCents: 0,
		freeDeliveryFromCents: null,
		stock: null,
		deliveryTimeHours: null,
		paymentReminderHours: null,
		cities: [],
		online: false,
		websiteUrl: '',
		imageUrl: '',
		videoUrl: '',
		duration: '',
		durationMinutes: null,
		format: '',
		detailFields: {
			included: '',
			not_included: '',
			what_guarantee: '',
			what_not_guarantee: '',
			suitable_for: '',
			not_suitable_for: '',
		},
		contactFields: {
			supplier_contact: '',
			supplier_company_services: '',
			warehouse_address: '',
			specialist_contact: '',
		},
		specialistInitials: '',
		specialistArea: '',
		providerName: '',
		officeAddress: '',
		instructions: '',
		attributes: {},
	};
}
