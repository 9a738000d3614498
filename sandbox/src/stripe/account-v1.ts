import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { connectedAccount, findAccount } from './accounts.ts';
import type { StoredAccount } from './state.ts';

/** `GET /v1/accounts/{account}`: 403 for an account that is not connected. */
export function retrieveV1Account(call: StripeCall): JsonObject {
	return v1Account(connectedAccount(call.context, call.id));
}

/** `GET /v1/account`: of the key, or of the connected account of the header. */
export function retrieveOwnAccount(call: StripeCall): JsonObject {
	if (call.account !== null) return v1Account(findAccount(call.context, call.account));
	return v1Account({
		id: 'acct_1SandboxPlatform0',
		created: 1_700_000_000_000,
		contact_email: 'platform@example.com',
		display_name: 'Sandbox platform',
		country: 'ES',
		entity_type: 'company',
		currency: 'eur',
		dashboard: 'full',
		fees_collector: 'stripe',
		losses_collector: 'stripe',
		configurations: ['merchant'],
		requested: ['card_payments'],
		metadata: {},
		onboarded: true,
		closed: false,
	});
}

/** https://docs.stripe.com/api/accounts/object */
export function v1Account(account: StoredAccount): JsonObject {
	const due = account.onboarded ? [] : ['business_profile.url', 'external_account', 'tos_acceptance.date'];
	return {
		id: account.id,
		object: 'account',
		business_profile: profile(account),
		business_type: account.entity_type === '' ? null : account.entity_type,
		capabilities: Object.fromEntries(
			account.requested.map((name) => [name, account.onboarded ? 'active' : 'inactive']),
		),
		charges_enabled: account.onboarded,
		controller: { type: 'application' },
		country: account.country,
		created: Math.floor(account.created / 1000),
		default_currency: account.currency,
		details_submitted: account.onboarded,
		email: account.contact_email,
		external_accounts: { object: 'list', data: [], has_more: false, url: `/v1/accounts/${account.id}/external_accounts` },
		future_requirements: requirements([], null),
		metadata: account.metadata,
		payouts_enabled: account.onboarded,
		requirements: requirements(due, account.onboarded ? null : 'requirements.past_due'),
		settings: settings(account),
		tos_acceptance: { date: null, ip: null, user_agent: null },
		type: 'none',
	};
}

function profile(account: StoredAccount): JsonObject {
	return {
		annual_revenue: null,
		estimated_worker_count: null,
		mcc: null,
		minority_owned_business_designation: null,
		name: account.display_name === '' ? null : account.display_name,
		product_description: null,
		specified_commercial_transactions_act_url: null,
		support_address: null,
		support_email: null,
		support_phone: null,
		support_url: null,
		url: null,
	};
}

function requirements(due: string[], disabledReason: string | null): JsonObject {
	return {
		alternatives: [],
		current_deadline: null,
		currently_due: due,
		disabled_reason: disabledReason,
		errors: [],
		eventually_due: due,
		past_due: due,
		pending_verification: [],
	};
}

function settings(account: StoredAccount): JsonObject {
	return {
		branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
		card_payments: {
			decline_on: { avs_failure: false, cvc_failure: false },
			statement_descriptor_prefix: null,
			statement_descriptor_prefix_kana: null,
			statement_descriptor_prefix_kanji: null,
		},
		dashboard: { display_name: account.display_name === '' ? null : account.display_name, timezone: 'Etc/UTC' },
		payments: {
			statement_descriptor: null,
			statement_descriptor_kana: null,
			statement_descriptor_kanji: null,
			statement_descriptor_prefix_kana: null,
			statement_descriptor_prefix_kanji: null,
		},
		payouts: {
			debit_negative_balances: true,
			schedule: { delay_days: 2, interval: 'daily' },
			statement_descriptor: null,
		},
	};
}
