import type { Good } from './goods.ts';

/** What a customer said, as the generator knows it. */
export interface Written {
	/** The vendor's id of the message, the same in every delivery of it. */
	readonly id: string;
	readonly text: string;
	/** Unix milliseconds on the customer's phone. */
	readonly at: number;
	/** The good whose price is asked; '' when nothing is asked. */
	readonly asks: string;
	/** When a delivery of it was first acknowledged with 2xx; 0: never yet. */
	acknowledgedAt: number;
}

export interface Customer {
	/** Who it is in reports: "whatsapp 34600000101". */
	readonly label: string;
	readonly channel: 'whatsapp' | 'telegram';
	/** Phone digits or Telegram user id. */
	readonly id: string;
	/** WhatsApp: the hidden address under which messages are delivered, too; '' for none. */
	readonly lid: string;
	readonly written: Written[];
	/** Set for those who buy: what they order, how many, and what they must be asked to pay. */
	readonly order?: { readonly good: Good; readonly quantity: number; readonly totalCents: number };
	/** What went wrong in the customer's own doing: a link that never came, a payment that was refused. */
	readonly troubles: string[];
}
