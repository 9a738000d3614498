/**
 * What a payment provider still wants of a business, in words that the business understands. Stripe names each thing by a code: API v2 in an
 * entry's `description` (https://docs.stripe.com/api/v2/core/accounts/object), v1 in `requirements.currently_due`
 * (https://docs.stripe.com/connect/handling-api-verification). Both are read by one table.
 */
export interface AccountRequirement {
	readonly code: string;
	/** Who has to do something. */
	readonly awaits: 'business' | 'provider';
	readonly due: 'past_due' | 'currently_due' | 'eventually_due';
	/** Capabilities that are off until it is given, or will be: `card_payments`, … */
	readonly restricts: readonly string[];
	/** What was not good enough about what was given, in the provider's words. */
	readonly problems: readonly string[];
}

export interface AccountDemands {
	readonly requirements: readonly AccountRequirement[];
	/** When the first of them has consequences, as far as the provider says. */
	readonly deadline: Date | null;
	/** Why payments are off beside missing details, as codes of the capability's `status_details`. */
	readonly blocks: readonly string[];
}

/** One sentence or more for each thing, the most urgent first; empty when nothing is asked for. */
export function demandsInWords({ requirements, deadline, blocks }: AccountDemands): string[] {
	const sorted = requirements.toSorted((a, b) => URGENCY.indexOf(a.due) - URGENCY.indexOf(b.due));
	// Day, month and year of a birth are one thing to a person.
	const said = new Map<string, string>();
	for (const requirement of sorted) {
		const what = thingOf(requirement.code);
		if (!said.has(what)) said.set(what, [what, whenOf(requirement, deadline), problemsOf(requirement)].filter((part) => part !== '').join(' '));
	}
	// Missing details are in the list already.
	const reasons = blocks.filter((block) => block !== 'requirements_past_due' || requirements.length === 0).map(blockInWords);
	return [...new Set([...reasons, ...said.values()])];
}

const URGENCY = ['past_due', 'currently_due', 'eventually_due'] as const;

function whenOf({ awaits, due, restricts }: AccountRequirement, deadline: Date | null): string {
	if (awaits === 'provider') return 'Stripe is checking what was given; there is nothing to do now.';
	const affected = restricts.map((capability) => CAPABILITIES[capability] ?? words(capability)).join(', ');
	switch (due) {
		case 'past_due':
			return affected === '' ? 'This is overdue.' : `Until then this is off: ${affected}.`;
		case 'currently_due': {
			const by = deadline === null ? 'This is due now' : `This is due by ${deadline.toISOString().slice(0, 10)}`;
			return affected === '' ? `${by}.` : `${by}; after that this is off: ${affected}.`;
		}
		case 'eventually_due':
			return 'It is not due yet: Stripe will ask for it as the account takes more money.';
	}
}

function problemsOf({ problems }: AccountRequirement): string {
	return problems.length === 0 ? '' : `What was given is not enough. Stripe says: ${problems.join(' ')}`;
}

const CAPABILITIES: Readonly<Record<string, string>> = { card_payments: 'payments by card', payouts: 'payouts to the bank account', 'stripe_balance.payouts': 'payouts to the bank account' };

/** https://docs.stripe.com/api/v2/core/accounts/object: `status_details.code` of a capability. */
const BLOCKS: Readonly<Record<string, string>> = {
	determining_status: 'Stripe is finding out whether this account may take payments; there is nothing to do now.',
	requirements_pending_verification: 'Stripe is checking what was given. That can take some days; there is nothing to do now.',
	requirements_past_due: 'Details of the business are missing: complete them on Stripe’s page.',
	restricted_other: 'Stripe has restricted the account: ask Stripe’s support, or look into its dashboard.',
	unsupported_business: 'Stripe does not take payments for this kind of business.',
	unsupported_country: 'Stripe does not take payments in this country.',
	unsupported_entity_type: 'Stripe does not take payments for this kind of company in its country.',
};

function blockInWords(code: string): string {
	if (code.startsWith('rejected_')) return `Stripe has rejected the account (${words(code.slice('rejected_'.length))}): ask Stripe’s support, or connect another account.`;
	return BLOCKS[code] ?? `Stripe keeps payments off: ${words(code)}. Look into Stripe’s dashboard, or ask its support.`;
}

/** Whom a code is about, by its beginning; the rest says what is wanted of them. */
const PEOPLE: ReadonlyArray<readonly [RegExp, string]> = [
	[/^(identity\.)?individual\./, 'the person who owns the business'],
	[/^(relationship\.)?representative\./, 'the person who represents the business'],
	[/^(relationship\.)?owners?\./, 'each owner of the business'],
	[/^(relationship\.)?directors?\./, 'each director of the business'],
	[/^(relationship\.)?executives?\./, 'each executive of the business'],
	[/^(relationship\.)?(legal_guardian|authorizer)\./, 'the person who signs for the business'],
	[/^person_[^.]+\./, 'a person of the business'],
];
const OF_A_PERSON: ReadonlyArray<readonly [RegExp, (who: string) => string]> = [
	[/\b(verification\.additional_document|documents\.secondary)/, (who) => `Upload a document that shows the address of ${who}, such as a bill or a bank statement.`],
	[/\b(proof_of_liveness|selfie)/, (who) => `A photo of their own face is wanted of ${who}, on Stripe’s page.`],
	[/\b(verification\.document|documents\.|document$)/, (who) => `Upload an identity document (passport, identity card or driving licence) of ${who}.`],
	[/^(first|last|given|sur|full|maiden)_?name|^(given_name|surname|legal_name)/, (who) => `Give the name of ${who}.`],
	[/^(dob|date_of_birth)\b/, (who) => `Give the date of birth of ${who}.`],
	[/\baddress\b/, (who) => `Give the home address of ${who}.`],
	[/^email\b/, (who) => `Give the e-mail address of ${who}.`],
	[/^phone\b/, (who) => `Give the phone number of ${who}.`],
	[/^(id_numbers?|ssn_last_4|personal_id)/, (who) => `Give the identity or tax number of ${who}.`],
	[/^nationalit/, (who) => `Give the nationality of ${who}.`],
	[/^political_exposure/, (who) => `Say whether ${who} holds a public office.`],
	[/^relationship\.title/, (who) => `Give the position of ${who}.`],
	[/^relationship\.percent_ownership/, (who) => `Say which share of the business belongs to ${who}.`],
	[/^relationship\b/, (who) => `Say what part in the business this is: ${who}.`],
];
const OF_THE_COMPANY = /^(company|identity\.business_details|business_details)(\.|$)/;
const ABOUT_A_COMPANY: ReadonlyArray<readonly [RegExp, string]> = [
	[/^$/, 'Give the details of the business: its name, address and registration.'],
	[/verification|document/, 'Upload a document that proves the registration of the company.'],
	[/^(registered_name|name)/, 'Give the registered name of the company.'],
	[/tax_id|id_number|vat_id|registration_number|export_license/, 'Give the tax or registration number of the company.'],
	[/address/, 'Give the address of the company.'],
	[/^phone/, 'Give the phone number of the company.'],
	[/^structure/, 'Say which legal form the company has.'],
	[/owners_provided|ownership|directors_provided|executives_provided/, 'Name all owners, directors and executives of the company, and confirm that nobody is missing.'],
];
const OF_THE_ACCOUNT: ReadonlyArray<readonly [RegExp, string]> = [
	[/^(external_account|payout_method|bank_account)/, 'Add the bank account that payouts go to.'],
	[/tos_acceptance|terms_of_service/, 'Accept Stripe’s terms of service.'],
	[/(business_profile\.url|business_url)$/, 'Give the address of the website, or of the business’s page in a social network.'],
	[/product_description$/, 'Describe what the business sells.'],
	[/\bmcc$/, 'Choose the industry of the business.'],
	[/\bsupport[._]phone$/, 'Give a phone number where customers get help.'],
	[/\bsupport[._]email$/, 'Give an e-mail address where customers get help.'],
	[/\bsupport[._](url|address)/, 'Say where customers get help.'],
	[/statement_descriptor/, 'Choose what customers read on their bank statement.'],
	[/^(business_type|identity\.entity_type)$/, 'Say whether the business is a company or one person.'],
	[/(^|\.)(doing_business_as|business_profile\.name)$/, 'Give the name that customers know the business by.'],
	[/(estimated_worker_count|annual_revenue|minority_owned)/, 'Give the size of the business.'],
	[/^(contact_email|email)$/, 'Give the e-mail address of the business.'],
	[/^(contact_phone|phone)$/, 'Give the phone number of the business.'],
	[/^(owners|directors|executives)_provided$|persons_provided|ownership_declaration/, 'Name all owners, directors and executives of the company, and confirm that nobody is missing.'],
	[/^(owners?|relationship\.owner)$/, 'Name the owners of the business.'],
	[/^(directors?|relationship\.director)$/, 'Name the directors of the business.'],
	[/^(executives?|relationship\.executive)$/, 'Name the executives of the business.'],
	[/^(representative|relationship\.representative)$/, 'Name the person who represents the business.'],
	[/^(identity\.)?individual$/, 'Give the details of the person who owns the business.'],
	[/^(interv_|inquiry)/, 'Answer Stripe’s questions on its page.'],
];

function thingOf(code: string): string {
	for (const [beginning, who] of PEOPLE) {
		const rest = code.replace(beginning, '');
		if (rest === code) continue;
		return OF_A_PERSON.find(([pattern]) => pattern.test(rest))?.[1](who) ?? `Give this of ${who}: ${words(rest)}.`;
	}
	if (OF_THE_COMPANY.test(code)) {
		const rest = code.replace(OF_THE_COMPANY, '');
		return ABOUT_A_COMPANY.find(([pattern]) => pattern.test(rest))?.[1] ?? `Give this of the company: ${words(rest)}.`;
	}
	return OF_THE_ACCOUNT.find(([pattern]) => pattern.test(code))?.[1] ?? `Give this on Stripe’s page: ${words(code)}.`;
}

/** "configuration.merchant.branding_icon" as "branding icon": the last two parts say the most. */
function words(code: string): string {
	return code.split('.').slice(-2).join(' ').replaceAll('_', ' ').trim() || 'more details';
}
