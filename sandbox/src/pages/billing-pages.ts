import type { Billing } from '../stripe/billing/account.ts';
import type { StoredPortalSession, StoredSubscription, StoredSubscriptionCheckout } from '../stripe/billing/state.ts';
import { priceAmount } from '../stripe/billing/subscription-life.ts';
import { formatAmount } from './checkout-texts.ts';
import type { SafeHtml } from './html.ts';
import { hostedPage, html } from './html.ts';

/** Where a person subscribes, in any state of the session. */
export function subscribePage(billing: Billing, stored: StoredSubscriptionCheckout): string {
	const name = String(billing.account.prices[stored.price]?.['nickname'] ?? 'Subscription');
	const amount = priceOf(billing, stored.price);
	const back = html`<a class="cancel" data-close href="${stored.cancel_url ?? '/'}">Back</a>`;
	const open = html`
<section class="summary" data-session="${stored.id}" data-state="open"><h1>${name}</h1><p class="amount">${amount} a month</p></section>
<form class="payment" method="post" action="/c/subscribe/${stored.id}">
<p class="card"><span>Card</span><span class="number" translate="no">4242 4242 4242 4242</span><span>12/34</span></p>
<button class="pay" type="submit">Subscribe for ${amount}</button>${back}
</form>`;
	const over = html`<section class="notice ${stored.status === 'complete' ? 'paid' : 'expired'}" data-session="${stored.id}" data-state="${stored.status}">
<h1>${stored.status === 'complete' ? 'Subscribed' : 'This page has expired'}</h1>${back}</section>`;
	return hostedPage({ lang: 'en', title: name, body: stored.status === 'open' ? open : over });
}

/** Where a subscriber pays what is open, changes the card, ends the subscription. */
export function portalPage(billing: Billing, stored: StoredPortalSession): string {
	const customer = billing.account.customers[stored.customer];
	const subscriptions = Object.values(billing.account.subscriptions).filter((one) => one.customer === stored.customer && one.status !== 'canceled');
	const due = Object.values(billing.account.invoices).filter((one) => one.customer === stored.customer && one.status === 'open');
	const button = (action: string, words: string): SafeHtml => html`<button class="pay" type="submit" name="action" value="${action}">${words}</button>`;
	return hostedPage({
		lang: 'en',
		title: 'Your subscription',
		body: html`
<section class="summary" data-portal="${stored.id}"><h1>Your subscription</h1>
<ul class="lines">${subscriptions.map((one) => line(billing, one))}${due.map((one) => html`<li><span class="item">Open: ${one.description}</span><span>${formatAmount(one.amount, one.currency, 'en')}</span></li>`)}</ul>
</section>
<form class="payment" method="post" action="/p/session/${stored.token}">
<p class="card"><span>${customer?.declines === true ? 'The card is declined' : 'The card works'}</span></p>
${due.length > 0 ? button('pay', 'Pay what is open') : null}
${customer?.declines === true ? button('accept', 'Use a card that works') : button('decline', 'Use a card that will be declined')}
${subscriptions.some((one) => one.cancel_at_period_end) ? button('keep', 'Keep the subscription') : button('cancel', 'End it with the period')}
<a class="cancel" data-close href="${stored.return_url ?? '/'}">Back</a>
</form>`,
	});
}

export function unknownBillingPage(): string {
	return hostedPage({ lang: 'en', title: 'Unknown page', body: html`<section class="notice expired"><h1>Unknown page</h1><p>This link is not known here.</p></section>` });
}

function line(billing: Billing, one: StoredSubscription): SafeHtml {
	const name = String(billing.account.prices[one.price]?.['nickname'] ?? 'Subscription');
	const until = new Date(one.period_end * 1000).toISOString().slice(0, 10);
	return html`<li><span class="item">${name}<small>${one.status}, ${one.cancel_at_period_end ? 'ends' : 'renews'} ${until}</small></span><span>${priceOf(billing, one.price)}</span></li>`;
}

function priceOf(billing: Billing, price: string): string {
	return formatAmount(priceAmount(billing, price), String(billing.account.prices[price]?.['currency'] ?? 'eur'), 'en');
}
