/**
 * Every check of docs/agent.md that code makes, by name. What rejects or notes something has the name of its violation code; what
 * code fills by itself, whatever a model writes, has the name of what is filled.
 */
export const RULE_NAMES = [
	// The words of an answer.
	'empty_response', 'price_not_in_facts', 'sum_mismatch', 'zero_price_told', 'number_not_in_facts', 'percent_not_in_facts', 'discount_not_in_facts', 'duration_not_in_facts', 'date_not_in_facts',
	'item_not_in_catalog', 'url_not_in_facts', 'email_not_in_facts', 'phone_not_in_facts', 'availability_not_in_facts', 'free_not_in_facts', 'stock_disclosed', 'contact_not_requested', 'detail_not_requested',
	'too_long', 'wrong_language', 'city_claim_not_in_facts', 'phone_promise', 'asks_known_detail', 'asks_city_online', 'other_item_at_checkout',
	'payment_state_not_in_facts', 'order_state_not_in_facts', 'link_not_available', 'media_in_text', 'asks_card_data', 'handover_without_quote',
	// The order.
	'unknown_sku', 'quantity_not_from_customer', 'quantity_not_available', 'quote_not_in_turn', 'pack_mismatch', 'city_not_served', 'city_not_confirmed', 'phone_invalid', 'phone_not_from_customer', 'name_not_from_customer',
	'address_not_from_customer', 'slot_not_free', 'slot_not_from_customer', 'booking_change_refused',
	'item_left_out', 'commitment_not_from_customer', 'missing_details', 'no_payment_reminder', 'payment_account_not_ready',
	// Filled or put right by code.
	'sums', 'online_city', 'payment_reminder_hours', 'remind', 'change_payment_status', 'media', 'language', 'stripe_lang', 'handover', 'price_change_told', 'privacy_policy', 'order_description', 'offline_answer_withheld',
] as const;

export type RuleName = (typeof RULE_NAMES)[number];

/** The one check that is left out, for a proof that plants a defect. Handed down through the guard; undefined in production: all are made. */
export type LeftOut = RuleName | undefined;
