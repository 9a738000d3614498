import type { Violation } from '../decision.ts';

interface CodeFacts {
	/** Rule number of docs/agent.md. */
	readonly rule: number;
	/**
	 * `reject`: the answer may not leave like this; the model gets one chance to put it right.
	 * `note`: code has already put it right by itself; the operator is told why something was withheld.
	 */
	readonly effect: 'reject' | 'note';
}

/** Every code the guard can name. docs/agent.md explains each; a test compares the two. */
export const VIOLATION_CODES = {
	malformed_proposal: { rule: 0, effect: 'reject' },
	empty_response: { rule: 0, effect: 'reject' },
	offline_answer_withheld: { rule: 0, effect: 'note' },
	offline_failed: { rule: 0, effect: 'note' },
	price_not_in_facts: { rule: 1, effect: 'reject' },
	number_not_in_facts: { rule: 1, effect: 'reject' },
	percent_not_in_facts: { rule: 1, effect: 'reject' },
	discount_not_in_facts: { rule: 1, effect: 'reject' },
	duration_not_in_facts: { rule: 1, effect: 'reject' },
	date_not_in_facts: { rule: 1, effect: 'reject' },
	item_not_in_catalog: { rule: 1, effect: 'reject' },
	url_not_in_facts: { rule: 1, effect: 'reject' },
	email_not_in_facts: { rule: 1, effect: 'reject' },
	phone_not_in_facts: { rule: 1, effect: 'reject' },
	availability_not_in_facts: { rule: 1, effect: 'reject' },
	sum_mismatch: { rule: 2, effect: 'reject' },
	zero_price_told: { rule: 3, effect: 'reject' },
	free_not_in_facts: { rule: 3, effect: 'reject' },
	stock_disclosed: { rule: 4, effect: 'reject' },
	quantity_not_available: { rule: 4, effect: 'reject' },
	contact_not_requested: { rule: 4, effect: 'reject' },
	detail_not_requested: { rule: 5, effect: 'reject' },
	too_long: { rule: 6, effect: 'reject' },
	shortened: { rule: 6, effect: 'note' },
	wrong_language: { rule: 7, effect: 'reject' },
	city_not_served: { rule: 8, effect: 'reject' },
	city_not_confirmed: { rule: 8, effect: 'reject' },
	city_claim_not_in_facts: { rule: 8, effect: 'reject' },
	phone_invalid: { rule: 9, effect: 'reject' },
	phone_not_from_customer: { rule: 9, effect: 'reject' },
	phone_promise: { rule: 9, effect: 'reject' },
	unknown_sku: { rule: 10, effect: 'reject' },
	quantity_not_from_customer: { rule: 10, effect: 'reject' },
	name_not_from_customer: { rule: 10, effect: 'reject' },
	address_not_from_customer: { rule: 10, effect: 'reject' },
	slot_not_free: { rule: 10, effect: 'reject' },
	slot_not_from_customer: { rule: 10, effect: 'reject' },
	booking_change_refused: { rule: 10, effect: 'reject' },
	slots_not_known: { rule: 10, effect: 'note' },
	item_left_out: { rule: 10, effect: 'reject' },
	commitment_not_from_customer: { rule: 10, effect: 'reject' },
	missing_details: { rule: 10, effect: 'reject' },
	asks_known_detail: { rule: 10, effect: 'reject' },
	asks_city_online: { rule: 10, effect: 'reject' },
	other_item_at_checkout: { rule: 10, effect: 'reject' },
	quote_not_in_turn: { rule: 11, effect: 'reject' },
	pack_mismatch: { rule: 11, effect: 'reject' },
	no_payment_reminder: { rule: 12, effect: 'note' },
	payment_account_not_ready: { rule: 12, effect: 'note' },
	payment_state_not_in_facts: { rule: 13, effect: 'reject' },
	order_state_not_in_facts: { rule: 13, effect: 'reject' },
	link_not_available: { rule: 13, effect: 'reject' },
	media_in_text: { rule: 16, effect: 'reject' },
	asks_card_data: { rule: 18, effect: 'reject' },
	scenario_unknown: { rule: 19, effect: 'note' },
	handover_without_quote: { rule: 20, effect: 'reject' },
} as const satisfies Record<string, CodeFacts>;

export type ViolationCode = keyof typeof VIOLATION_CODES;

/** `message` is English, says which value is wrong and what to do; it goes to the operator and to the model's second attempt. */
export function violation(code: ViolationCode, message: string): Violation {
	return { code, rule: VIOLATION_CODES[code].rule, message };
}

/** false: a note for the operator about something that code has put right already. */
export function rejects({ code }: Violation): boolean {
	return isViolationCode(code) && VIOLATION_CODES[code].effect === 'reject';
}

function isViolationCode(code: string): code is ViolationCode {
	return Object.hasOwn(VIOLATION_CODES, code);
}
