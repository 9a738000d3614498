import { describe, expect, it } from 'vitest';
import { demandsInWords } from './requirements-in-words.ts';
import type { AccountRequirement } from './requirements-in-words.ts';

const wanted = (code: string, changes: Partial<AccountRequirement> = {}): AccountRequirement => ({ code, awaits: 'business', due: 'past_due', restricts: [], problems: [], ...changes });
const say = (requirements: AccountRequirement[], more: { deadline?: Date; blocks?: string[] } = {}) => demandsInWords({ requirements, deadline: more.deadline ?? null, blocks: more.blocks ?? [] });
/** Without when it is due. */
const thing = (code: string) => say([wanted(code)]).map((text) => text.replace(' This is overdue.', ''));

describe('what a provider wants of a business', () => {
	it.each([
		['external_account', 'Add the bank account that payouts go to.'],
		['payout_method.bank_account', 'Add the bank account that payouts go to.'],
		['business_profile.url', 'Give the address of the website, or of the business’s page in a social network.'],
		['defaults.profile.business_url', 'Give the address of the website, or of the business’s page in a social network.'],
		['business_profile.product_description', 'Describe what the business sells.'],
		['business_profile.mcc', 'Choose the industry of the business.'],
		['configuration.merchant.mcc', 'Choose the industry of the business.'],
		['business_profile.support_phone', 'Give a phone number where customers get help.'],
		['configuration.merchant.support.email', 'Give an e-mail address where customers get help.'],
		['configuration.merchant.statement_descriptor.descriptor', 'Choose what customers read on their bank statement.'],
		['settings.payments.statement_descriptor', 'Choose what customers read on their bank statement.'],
		['tos_acceptance.date', 'Accept Stripe’s terms of service.'],
		['identity.attestations.terms_of_service.account.date', 'Accept Stripe’s terms of service.'],
		['business_type', 'Say whether the business is a company or one person.'],
		['identity.entity_type', 'Say whether the business is a company or one person.'],
		['individual.verification.document', 'Upload an identity document (passport, identity card or driving licence) of the person who owns the business.'],
		['identity.individual.documents.primary_verification.front_back.front', 'Upload an identity document (passport, identity card or driving licence) of the person who owns the business.'],
		['individual.verification.additional_document', 'Upload a document that shows the address of the person who owns the business, such as a bill or a bank statement.'],
		['individual.id_number', 'Give the identity or tax number of the person who owns the business.'],
		['identity.individual.given_name', 'Give the name of the person who owns the business.'],
		['representative.dob.day', 'Give the date of birth of the person who represents the business.'],
		['representative.relationship.title', 'Give the position of the person who represents the business.'],
		['owners.given_name', 'Give the name of each owner of the business.'],
		['directors.address.line1', 'Give the home address of each director of the business.'],
		['person_1L7ig9J55my582bL9KfYmrc1.email', 'Give the e-mail address of a person of the business.'],
		['company.tax_id', 'Give the tax or registration number of the company.'],
		['company.verification.document', 'Upload a document that proves the registration of the company.'],
		['identity.business_details.registered_name', 'Give the registered name of the company.'],
		['identity.business_details', 'Give the details of the business: its name, address and registration.'],
		['company.owners_provided', 'Name all owners, directors and executives of the company, and confirm that nobody is missing.'],
		['interv_1Abc.supportability_review.form', 'Answer Stripe’s questions on its page.'],
	])('%s', (code, text) => {
		expect(thing(code)).toEqual([text]);
	});

	it('is told in words of its code when nobody has met that code yet', () => {
		expect(thing('configuration.merchant.branding.icon_colour')).toEqual(['Give this on Stripe’s page: branding icon colour.']);
		expect(thing('representative.favourite_colour')).toEqual(['Give this of the person who represents the business: favourite colour.']);
		expect(thing('company.bank_reference')).toEqual(['Give this of the company: bank reference.']);
		for (const code of ['', '.', '___', 'a.b.c.d']) expect(say([wanted(code)])[0]).toMatch(/^Give this/);
	});

	it('names a thing of several fields once', () => {
		expect(say(['day', 'month', 'year'].map((part) => wanted(`individual.dob.${part}`)))).toEqual(['Give the date of birth of the person who owns the business. This is overdue.']);
	});
});

describe('when and what follows', () => {
	const deadline = new Date('2026-12-14T09:30:00Z');

	it('overdue: what is off until then', () => {
		expect(say([wanted('external_account', { restricts: ['card_payments', 'sepa_debit_payments'] })])).toEqual(['Add the bank account that payouts go to. Until then this is off: payments by card, sepa debit payments.']);
	});

	it('due: by when, and what is off after that', () => {
		const due = wanted('external_account', { due: 'currently_due', restricts: ['card_payments'] });
		expect(say([due], { deadline })).toEqual(['Add the bank account that payouts go to. This is due by 2026-12-14; after that this is off: payments by card.']);
		expect(say([due])).toEqual(['Add the bank account that payouts go to. This is due now; after that this is off: payments by card.']);
	});

	it('later: not due yet; checked: nothing to do; and the most urgent comes first', () => {
		expect(say([
			wanted('company.tax_id', { due: 'eventually_due' }),
			wanted('company.phone', { due: 'currently_due' }),
			wanted('company.name', { awaits: 'provider' }),
		], { deadline })).toEqual([
			'Give the registered name of the company. Stripe is checking what was given; there is nothing to do now.',
			'Give the phone number of the company. This is due by 2026-12-14.',
			'Give the tax or registration number of the company. It is not due yet: Stripe will ask for it as the account takes more money.',
		]);
	});

	it('what was wrong is told in Stripe’s words', () => {
		expect(say([wanted('individual.verification.document', { problems: ['The document has expired.'] })])[0]).toMatch(/ What was given is not enough\. Stripe says: The document has expired\.$/);
	});

	it('payments that are off for another reason say it; missing details are not said twice', () => {
		expect(say([], { blocks: ['requirements_pending_verification'] })).toEqual(['Stripe is checking what was given. That can take some days; there is nothing to do now.']);
		expect(say([], { blocks: ['rejected_platform_fraud'] })).toEqual(['Stripe has rejected the account (platform fraud): ask Stripe’s support, or connect another account.']);
		expect(say([], { blocks: ['new_reason'] })).toEqual(['Stripe keeps payments off: new reason. Look into Stripe’s dashboard, or ask its support.']);
		expect(say([], { blocks: ['requirements_past_due'] })).toHaveLength(1);
		expect(say([wanted('external_account')], { blocks: ['requirements_past_due', 'unsupported_business'] })).toEqual(['Stripe does not take payments for this kind of business.', 'Add the bank account that payouts go to. This is overdue.']);
	});
});
