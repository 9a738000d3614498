import type { StoredAccount } from '../stripe/state.ts';
import { hostedPage, html } from './html.ts';

/** Where a business tells Stripe who it is. `action` takes the form. */
export function onboardingPage(account: StoredAccount, action: string): string {
	const name = account.display_name || account.contact_email;
	if (account.onboarded) {
		return hostedPage({
			lang: 'en',
			title: `${name} · ready`,
			body: html`<section class="notice paid"><p class="business" dir="auto">${name}</p><h1>Ready to take payments</h1>
<p>Everything that was asked for has been provided. You can close this page.</p></section>`,
		});
	}
	return hostedPage({
		lang: 'en',
		title: `${name} · get paid`,
		body: html`
<section class="summary">
<h1 dir="auto">${name}</h1>
<p class="lead">Tell us about your business, so that customers' payments can reach your bank account.</p>
<ul class="lines"><li><span class="item">Account</span><span translate="no">${account.id}</span></li>
<li><span class="item">Country</span><span>${account.country}</span></li></ul>
</section>
<form class="payment" method="post" action="${action}">
<label>Business name<input name="business" value="${name}" required maxlength="200"></label>
<label>Website<input name="website" type="url" value="https://www.example.com" required></label>
<label>Bank account (IBAN)<input name="iban" value="ES91 2100 0418 4502 0005 1332" required></label>
<p class="card"><span>Test data is filled in: change nothing, or anything.</span></p>
<button class="pay" type="submit">Agree and submit</button>
</form>`,
	});
}

export function unknownOnboardingPage(): string {
	return hostedPage({
		lang: 'en',
		title: 'No such account',
		body: html`<section class="notice expired"><h1>There is no such account</h1><p>Ask the platform for a new onboarding link.</p></section>`,
	});
}
