import { alphanumeric } from '../../ids.ts';
import type { JsonObject } from '../../json.ts';
import type { StripeCall } from '../call.ts';
import { onlyKnown, requiredText, text } from '../params.ts';
import { billingOfCall, billingSeconds, ownObject } from './account.ts';

/** `POST /v1/billing_portal/sessions`: a page where the customer pays what is open and changes the card. */
export function createPortalSession(call: StripeCall): JsonObject {
	const { params, context } = call;
	const billing = billingOfCall(call);
	onlyKnown(params, ['customer', 'return_url', 'locale', 'configuration', 'expand']);
	const customer = ownObject('customer', billing.account.customers, requiredText(params, 'customer'), 'customer').object.id;
	const stored = { id: `bps_1${alphanumeric(23)}`, token: alphanumeric(40), customer, return_url: text(params, 'return_url'), created: billingSeconds(context) };
	billing.account.portals[stored.token] = stored;
	return {
		id: stored.id, object: 'billing_portal.session', configuration: 'bpc_1sandbox', created: stored.created, customer, customer_account: null, flow: null, livemode: false,
		locale: text(params, 'locale'), on_behalf_of: null, return_url: stored.return_url, url: `${context.url()}/p/session/${stored.token}`,
	};
}
