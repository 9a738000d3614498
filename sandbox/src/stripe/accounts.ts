import type { SandboxContext } from '../context.ts';
import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { invalid, missing, noSuch, refused, StripeApiError } from './errors.ts';
import { emitEvent } from './events.ts';
import { metadata, object, onlyKnown, requiredText, text, texts } from './params.ts';
import type { StoredAccount } from './state.ts';
import { v1Account } from './account-v1.ts';

const INCLUDABLE = [
	'configuration.customer',
	'configuration.merchant',
	'configuration.recipient',
	'defaults',
	'future_requirements',
	'identity',
	'requirements',
];
const CREATE_PARAMS = [
	'account_token',
	'configuration',
	'contact_email',
	'contact_phone',
	'dashboard',
	'defaults',
	'display_name',
	'identity',
	'include',
	'metadata',
];
const LINK_LIFE_MS = 10 * 60 * 1000;
const CURRENCIES: Readonly<Record<string, string>> = { US: 'usd', GB: 'gbp', CH: 'chf', PL: 'pln', UA: 'uah', KZ: 'kzt' };

/** `POST /v2/core/accounts`, https://docs.stripe.com/api/v2/core/accounts/create */
export function createAccount(call: StripeCall): JsonObject {
	const { params, context } = call;
	onlyKnown(params, CREATE_PARAMS);
	const configuration = object(params, 'configuration') ?? {};
	onlyKnown(configuration, ['customer', 'merchant', 'recipient'], 'configuration');
	const identity = object(params, 'identity') ?? {};
	const country = (text(identity, 'country') ?? '').toUpperCase();
	const defaults = object(params, 'defaults') ?? {};
	const responsibilities = object(defaults, 'responsibilities') ?? {};
	const merchant = object(configuration, 'merchant');
	if (merchant !== null && !/^[A-Z]{2}$/.test(country)) throw missing('identity.country');
	if (merchant !== null && text(params, 'contact_email') === null) throw missing('contact_email');
	const include = includesOf(call);
	const account: StoredAccount = {
		id: `acct_1${alphanumeric(15)}`,
		created: context.now(),
		contact_email: text(params, 'contact_email') ?? '',
		display_name: text(params, 'display_name') ?? '',
		country,
		entity_type: text(identity, 'entity_type') ?? '',
		currency: text(defaults, 'currency') ?? CURRENCIES[country] ?? 'eur',
		dashboard: text(params, 'dashboard') ?? 'full',
		fees_collector: text(responsibilities, 'fees_collector') ?? 'stripe',
		losses_collector: text(responsibilities, 'losses_collector') ?? 'stripe',
		configurations: Object.keys(configuration),
		requested: Object.keys((merchant && object(merchant, 'capabilities')) ?? {}),
		metadata: metadata(params),
		onboarded: false,
		closed: false,
	};
	context.store.current.stripe.accounts[account.id] = account;
	context.announce('account', { account: account.id, status: 'created' });
	return v2Account(account, include);
}

/** `GET /v2/core/accounts/{id}?include[0]=…`: what is not included is left out, as Stripe does. */
export function retrieveAccount(call: StripeCall): JsonObject {
	return v2Account(findAccount(call.context, call.id), includesOf(call));
}

export function listAccounts(call: StripeCall): JsonObject {
	const accounts = Object.values(call.context.store.current.stripe.accounts);
	const closed = text(call.params, 'closed') === 'true';
	return {
		data: accounts.filter((account) => account.closed === closed).map((account) => v2Account(account, [])),
		next_page_url: null,
		previous_page_url: null,
	};
}

/** `POST /v2/core/accounts/{id}/close`; closing a closed account is refused. */
export function closeAccount(call: StripeCall): JsonObject {
	const account = findAccount(call.context, call.id);
	if (account.closed) throw refused('The account is already closed.', 'account_already_closed');
	account.closed = true;
	call.context.announce('account', { account: account.id, status: 'closed' });
	void emitEvent(call.context, {
		type: 'account.application.deauthorized',
		object: { id: 'ca_sandbox', object: 'application', name: 'Sandbox platform' },
		account: account.id,
	});
	return v2Account(account, []);
}

/** `POST /v2/core/account_links`, use case `account_onboarding`. */
export function createAccountLink(call: StripeCall): JsonObject {
	const { params, context } = call;
	onlyKnown(params, ['account', 'use_case']);
	const account = findAccount(context, requiredText(params, 'account'));
	const useCase = object(params, 'use_case');
	if (useCase === null) throw missing('use_case');
	const type = requiredText(useCase, 'type', 'use_case');
	if (type !== 'account_onboarding' && type !== 'account_update') throw invalid(`Invalid use_case.type: ${type}`, 'use_case.type');
	const flow = object(useCase, type);
	if (flow === null) throw missing(`use_case.${type}`);
	onlyKnown(flow, ['collection_options', 'refresh_url', 'return_url'], `use_case.${type}`);
	const token = alphanumeric(12);
	const expiresAt = context.now() + LINK_LIFE_MS;
	const refreshUrl = requiredText(flow, 'refresh_url', `use_case.${type}`);
	const returnUrl = text(flow, 'return_url');
	for (const url of [refreshUrl, returnUrl ?? refreshUrl]) {
		if (!URL.canParse(url) || !/^https?:/i.test(url)) throw invalid(`Not a valid URL: ${url}`, `use_case.${type}`, 'url_invalid');
	}
	context.store.current.stripe.links[token] = {
		token,
		account: account.id,
		refresh_url: refreshUrl,
		return_url: returnUrl ?? '',
		expires_at: expiresAt,
		used: false,
	};
	return {
		object: 'v2.core.account_link',
		account: account.id,
		created: new Date(context.now()).toISOString(),
		expires_at: new Date(expiresAt).toISOString(),
		livemode: false,
		url: `${context.url()}/onboarding/${account.id}?link=${token}`,
		use_case: { type, [type]: { refresh_url: refreshUrl, ...(returnUrl === null ? {} : { return_url: returnUrl }) } },
	};
}

/** The account, or 404 as the v2 API words it. */
export function findAccount(context: SandboxContext, id: string): StoredAccount {
	const account = context.store.current.stripe.accounts[id];
	if (account === undefined) throw noSuch('account', id, 'account');
	return account;
}

/** The account that a `Stripe-Account` header names. 403 when there is none or it is closed. */
export function connectedAccount(context: SandboxContext, id: string): StoredAccount {
	const account = context.store.current.stripe.accounts[id];
	if (account === undefined || account.closed) {
		throw new StripeApiError(403, {
			type: 'invalid_request_error',
			code: 'account_invalid',
			message: `The provided key 'sk_test_***' does not have access to account '${id}' (or that account does not exist). Application access may have been revoked.`,
		});
	}
	return account;
}

/** The business has filled in what Stripe asked for; `account.updated` tells the platform. */
export async function completeOnboarding(context: SandboxContext, id: string): Promise<StoredAccount> {
	const account = findAccount(context, id);
	account.onboarded = true;
	context.announce('account', { account: id, status: 'onboarded' });
	await emitEvent(context, { type: 'account.updated', object: v1Account(account), account: id });
	return account;
}

function includesOf(call: StripeCall): readonly string[] {
	const include = texts(call.params, 'include');
	const unknown = include.find((name) => !INCLUDABLE.includes(name));
	if (unknown !== undefined) throw invalid(`Invalid include: ${unknown}`, 'include');
	return include;
}

function v2Account(account: StoredAccount, include: readonly string[]): JsonObject {
	const merchant = include.includes('configuration.merchant') && account.configurations.includes('merchant');
	return {
		id: account.id,
		object: 'v2.core.account',
		applied_configurations: account.configurations,
		closed: account.closed,
		...(merchant ? { configuration: { merchant: merchantConfiguration(account) } } : {}),
		...(account.contact_email === '' ? {} : { contact_email: account.contact_email }),
		created: new Date(account.created).toISOString(),
		dashboard: account.dashboard,
		...(include.includes('defaults') ? { defaults: defaultsOf(account) } : {}),
		...(account.display_name === '' ? {} : { display_name: account.display_name }),
		...(include.includes('future_requirements') ? { future_requirements: { entries: [] } } : {}),
		...(include.includes('identity') ? { identity: identityOf(account) } : {}),
		livemode: false,
		metadata: account.metadata,
		...(include.includes('requirements') ? { requirements: requirementsOf(account) } : {}),
	};
}

function merchantConfiguration(account: StoredAccount): JsonObject {
	const capability = account.onboarded
		? { status: 'active', status_details: [] }
		: { status: 'restricted', status_details: [{ code: 'requirements_past_due', resolution: 'provide_info' }] };
	return {
		applied: true,
		capabilities: Object.fromEntries(account.requested.map((name) => [name, capability])),
		card_payments: { decline_on: { avs_failure: false, cvc_failure: false } },
	};
}

function defaultsOf(account: StoredAccount): JsonObject {
	return {
		currency: account.currency,
		locales: [],
		responsibilities: {
			fees_collector: account.fees_collector,
			losses_collector: account.losses_collector,
			requirements_collector: 'stripe',
		},
	};
}

function identityOf(account: StoredAccount): JsonObject {
	return { country: account.country.toLowerCase(), ...(account.entity_type === '' ? {} : { entity_type: account.entity_type }) };
}

function requirementsOf(account: StoredAccount): JsonObject {
	if (account.onboarded) return { entries: [] };
	return {
		entries: ['identity.business_details', 'defaults.profile.business_url', 'external_account'].map((description) => ({
			awaiting_action_from: 'user',
			description,
			errors: [],
			impact: {
				restricts_capabilities: account.requested.map((capability) => ({
					capability,
					configuration: 'merchant',
					deadline: { status: 'past_due' },
				})),
			},
			minimum_deadline: { status: 'past_due' },
			requested_reasons: [{ code: 'routine_onboarding' }],
		})),
		summary: { minimum_deadline: { status: 'past_due' } },
	};
}
