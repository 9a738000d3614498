/** https://developer.tbank.ru/eacq/intro/statuses, as far as one stage by card on the bank's page goes. */
export type TbankStatus = 'NEW' | 'FORM_SHOWED' | 'AUTHORIZED' | 'CONFIRMED' | 'REJECTED' | 'CANCELED' | 'DEADLINE_EXPIRED' | 'PARTIAL_REFUNDED' | 'REFUNDED' | 'REVERSED' | 'PARTIAL_REVERSED';

export interface TbankStoredPayment {
	readonly id: string;
	readonly terminalKey: string;
	readonly orderId: string;
	status: TbankStatus;
	/** Kopecks. */
	readonly amount: number;
	/** Kopecks that are still the shop's. */
	left: number;
	readonly description: string;
	readonly language: string;
	readonly notificationUrl: string;
	readonly successUrl: string;
	readonly failUrl: string;
	/** Unix milliseconds. */
	readonly dueAt: number;
	readonly data: Record<string, string>;
	/** Cancellations by ExternalRequestId: kopecks. */
	readonly cancellations: Record<string, { amount: number; before: number; after: number; status: TbankStatus }>;
	/** Every notification that was sent, oldest first, as it was. */
	readonly notifications: string[];
}

export interface TbankState {
	/** Password by TerminalKey. */
	terminals: Record<string, string>;
	payments: Record<string, TbankStoredPayment>;
	lastId: number;
}

/** One terminal is there from the start; more are made at `/control/tbank/terminals`. */
export function emptyTbankState(): TbankState {
	return { terminals: { SandboxTerminal: 'sandbox-password' }, payments: {}, lastId: 3_000_000_000 };
}
