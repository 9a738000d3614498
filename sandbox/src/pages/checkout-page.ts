import type { JsonObject } from '../json.ts';
import { isObject, numberOf, stringOf } from '../json.ts';
import type { StoredCheckout } from '../stripe/state.ts';
import type { CheckoutTexts } from './checkout-texts.ts';
import { formatAmount } from './checkout-texts.ts';
import type { SafeHtml } from './html.ts';
import { hostedPage, html } from './html.ts';

export interface CheckoutView {
	readonly stored: StoredCheckout;
	readonly business: string;
	readonly texts: CheckoutTexts;
	/** Name and amount of each delivery option, in the session's order. */
	readonly shipping: readonly { readonly name: string; readonly amount: number }[];
}

/** The hosted payment page of a session in any state. */
export function checkoutPage(view: CheckoutView): string {
	const { status } = view.stored.object;
	const { texts } = view;
	if (status === 'expired') return notice(view, 'expired', texts.expiredTitle, texts.expiredText);
	if (status === 'complete') return notice(view, 'paid', texts.paidTitle, texts.paidText(money(view, view.stored.object.amount_total)));
	return payForm(view);
}

export function unknownCheckoutPage(texts: CheckoutTexts): string {
	return hostedPage({
		lang: texts.lang,
		title: texts.unknownTitle,
		body: html`<section class="notice expired"><h1>${texts.unknownTitle}</h1><p>${texts.unknownText}</p></section>`,
	});
}

function payForm(view: CheckoutView): string {
	const { stored, texts } = view;
	const session = stored.object;
	const total = money(view, session.amount_total);
	return hostedPage({
		lang: texts.lang,
		title: `${view.business} · ${texts.pay(total)}`,
		body: html`
<section class="summary" data-session="${session.id}" data-state="open">
<h1 dir="auto">${view.business}</h1>
<p class="amount">${total}</p>
<ul class="lines">${stored.line_items.map((item) => line(view, item))}${shippingLine(view)}</ul>
<p class="total"><span>${texts.total}</span><strong>${total}</strong></p>
</section>
<form class="payment" method="post" action="/c/pay/${session.id}">
<label>${texts.email}<input name="email" type="email" autocomplete="email" value="${session.customer_email ?? 'customer@example.com'}" required></label>
<label>${texts.name}<input name="name" autocomplete="cc-name" value="Ana García" required maxlength="100"></label>
<p class="card"><span>${texts.card}</span><span class="number" translate="no">4242 4242 4242 4242</span><span>12/34</span></p>
<button class="pay" type="submit">${texts.pay(total)}</button>
<a class="cancel" data-close href="${session.cancel_url ?? '/'}">${texts.cancel}</a>
</form>`,
	});
}

function line(view: CheckoutView, item: JsonObject): SafeHtml {
	const quantity = numberOf(item['quantity'], 1);
	const unit = isObject(item['price']) ? numberOf(item['price']['unit_amount'], 0) : 0;
	return html`<li><span class="item"><span dir="auto">${stringOf(item['description'])}</span>${
		quantity === 1 ? '' : html`<small>${view.texts.quantity(quantity, money(view, unit))}</small>`
	}</span><span>${money(view, numberOf(item['amount_total'], 0))}</span></li>`;
}

function shippingLine(view: CheckoutView): SafeHtml | null {
	const [option] = view.shipping;
	if (option === undefined) return null;
	return html`<li><span class="item"><span dir="auto">${option.name || view.texts.shipping}</span></span><span>${money(view, option.amount)}</span></li>`;
}

function notice(view: CheckoutView, kind: 'paid' | 'expired', title: string, text: string): string {
	const back = view.stored.object.cancel_url ?? '/';
	return hostedPage({
		lang: view.texts.lang,
		title: `${view.business} · ${title}`,
		body: html`<section class="notice ${kind}" data-session="${view.stored.object.id}" data-state="${kind}">
<p class="business" dir="auto">${view.business}</p>
<h1>${title}</h1>
<p>${text}</p>
<a class="cancel" data-close href="${back}">${view.texts.back}</a>
</section>`,
	});
}

function money(view: CheckoutView, minorUnits: number): string {
	return formatAmount(minorUnits, view.stored.object.currency, view.texts.lang);
}
