import type { Vendor } from './faults.ts';

/** One route of a vendor's API that the sandbox serves. `operation` is its name in `POST /control/faults`. */
export interface VendorRoute {
	readonly vendor: Vendor;
	readonly operation: string;
	readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	/** As in the vendor's specification, without the sandbox's base. Telegram: `/{method}` after `/bot{token}`. */
	readonly path: string;
}

export const WAHA_ROUTES = [
	{ vendor: 'waha', operation: 'sessions.list', method: 'GET', path: '/api/sessions' },
	{ vendor: 'waha', operation: 'sessions.create', method: 'POST', path: '/api/sessions' },
	{ vendor: 'waha', operation: 'sessions.get', method: 'GET', path: '/api/sessions/{session}' },
	{ vendor: 'waha', operation: 'sessions.update', method: 'PUT', path: '/api/sessions/{session}' },
	{ vendor: 'waha', operation: 'sessions.delete', method: 'DELETE', path: '/api/sessions/{session}' },
	{ vendor: 'waha', operation: 'sessions.me', method: 'GET', path: '/api/sessions/{session}/me' },
	{ vendor: 'waha', operation: 'sessions.start', method: 'POST', path: '/api/sessions/{session}/start' },
	{ vendor: 'waha', operation: 'sessions.stop', method: 'POST', path: '/api/sessions/{session}/stop' },
	{ vendor: 'waha', operation: 'sessions.restart', method: 'POST', path: '/api/sessions/{session}/restart' },
	{ vendor: 'waha', operation: 'sessions.logout', method: 'POST', path: '/api/sessions/{session}/logout' },
	{ vendor: 'waha', operation: 'auth.qr', method: 'GET', path: '/api/{session}/auth/qr' },
	{ vendor: 'waha', operation: 'auth.requestCode', method: 'POST', path: '/api/{session}/auth/request-code' },
	{ vendor: 'waha', operation: 'sendText', method: 'POST', path: '/api/sendText' },
	{ vendor: 'waha', operation: 'sendImage', method: 'POST', path: '/api/sendImage' },
	{ vendor: 'waha', operation: 'sendVideo', method: 'POST', path: '/api/sendVideo' },
	{ vendor: 'waha', operation: 'sendSeen', method: 'POST', path: '/api/sendSeen' },
	{ vendor: 'waha', operation: 'startTyping', method: 'POST', path: '/api/startTyping' },
	{ vendor: 'waha', operation: 'stopTyping', method: 'POST', path: '/api/stopTyping' },
	{ vendor: 'waha', operation: 'chats.messages', method: 'GET', path: '/api/{session}/chats/{chatId}/messages' },
	{ vendor: 'waha', operation: 'lids.get', method: 'GET', path: '/api/{session}/lids/{lid}' },
	{ vendor: 'waha', operation: 'lids.byPhone', method: 'GET', path: '/api/{session}/lids/pn/{phoneNumber}' },
] as const satisfies readonly VendorRoute[];

export const TELEGRAM_ROUTES = [
	{ vendor: 'telegram', operation: 'getMe', method: 'POST', path: '/getMe' },
	{ vendor: 'telegram', operation: 'setWebhook', method: 'POST', path: '/setWebhook' },
	{ vendor: 'telegram', operation: 'deleteWebhook', method: 'POST', path: '/deleteWebhook' },
	{ vendor: 'telegram', operation: 'getWebhookInfo', method: 'POST', path: '/getWebhookInfo' },
	{ vendor: 'telegram', operation: 'getUpdates', method: 'POST', path: '/getUpdates' },
	{ vendor: 'telegram', operation: 'sendMessage', method: 'POST', path: '/sendMessage' },
	{ vendor: 'telegram', operation: 'sendPhoto', method: 'POST', path: '/sendPhoto' },
	{ vendor: 'telegram', operation: 'sendVideo', method: 'POST', path: '/sendVideo' },
	{ vendor: 'telegram', operation: 'sendChatAction', method: 'POST', path: '/sendChatAction' },
	{ vendor: 'telegram', operation: 'answerCallbackQuery', method: 'POST', path: '/answerCallbackQuery' },
	{ vendor: 'telegram', operation: 'getFile', method: 'POST', path: '/getFile' },
] as const satisfies readonly VendorRoute[];

export const STRIPE_ROUTES = [
	{ vendor: 'stripe', operation: 'v2.accounts.create', method: 'POST', path: '/v2/core/accounts' },
	{ vendor: 'stripe', operation: 'v2.accounts.list', method: 'GET', path: '/v2/core/accounts' },
	{ vendor: 'stripe', operation: 'v2.accounts.retrieve', method: 'GET', path: '/v2/core/accounts/{id}' },
	{ vendor: 'stripe', operation: 'v2.accounts.close', method: 'POST', path: '/v2/core/accounts/{id}/close' },
	{ vendor: 'stripe', operation: 'v2.account_links.create', method: 'POST', path: '/v2/core/account_links' },
	{ vendor: 'stripe', operation: 'account.retrieve', method: 'GET', path: '/v1/account' },
	{ vendor: 'stripe', operation: 'accounts.retrieve', method: 'GET', path: '/v1/accounts/{account}' },
	{ vendor: 'stripe', operation: 'checkout.sessions.create', method: 'POST', path: '/v1/checkout/sessions' },
	{ vendor: 'stripe', operation: 'checkout.sessions.list', method: 'GET', path: '/v1/checkout/sessions' },
	{ vendor: 'stripe', operation: 'checkout.sessions.retrieve', method: 'GET', path: '/v1/checkout/sessions/{session}' },
	{
		vendor: 'stripe',
		operation: 'checkout.sessions.line_items',
		method: 'GET',
		path: '/v1/checkout/sessions/{session}/line_items',
	},
	{
		vendor: 'stripe',
		operation: 'checkout.sessions.expire',
		method: 'POST',
		path: '/v1/checkout/sessions/{session}/expire',
	},
	{ vendor: 'stripe', operation: 'payment_intents.retrieve', method: 'GET', path: '/v1/payment_intents/{intent}' },
	{ vendor: 'stripe', operation: 'refunds.create', method: 'POST', path: '/v1/refunds' },
	{ vendor: 'stripe', operation: 'refunds.list', method: 'GET', path: '/v1/refunds' },
	{ vendor: 'stripe', operation: 'products.create', method: 'POST', path: '/v1/products' },
	{ vendor: 'stripe', operation: 'products.retrieve', method: 'GET', path: '/v1/products/{id}' },
	{ vendor: 'stripe', operation: 'prices.create', method: 'POST', path: '/v1/prices' },
	{ vendor: 'stripe', operation: 'prices.retrieve', method: 'GET', path: '/v1/prices/{price}' },
	{ vendor: 'stripe', operation: 'shipping_rates.create', method: 'POST', path: '/v1/shipping_rates' },
	{
		vendor: 'stripe',
		operation: 'shipping_rates.retrieve',
		method: 'GET',
		path: '/v1/shipping_rates/{shipping_rate_token}',
	},
	{ vendor: 'stripe', operation: 'customers.create', method: 'POST', path: '/v1/customers' },
	{ vendor: 'stripe', operation: 'customers.retrieve', method: 'GET', path: '/v1/customers/{customer}' },
	{ vendor: 'stripe', operation: 'customers.delete', method: 'DELETE', path: '/v1/customers/{customer}' },
	{ vendor: 'stripe', operation: 'subscriptions.list', method: 'GET', path: '/v1/subscriptions' },
	{ vendor: 'stripe', operation: 'subscriptions.retrieve', method: 'GET', path: '/v1/subscriptions/{subscription}' },
	{ vendor: 'stripe', operation: 'subscriptions.update', method: 'POST', path: '/v1/subscriptions/{subscription}' },
	{ vendor: 'stripe', operation: 'subscriptions.cancel', method: 'DELETE', path: '/v1/subscriptions/{subscription}' },
	{ vendor: 'stripe', operation: 'invoices.list', method: 'GET', path: '/v1/invoices' },
	{ vendor: 'stripe', operation: 'invoices.retrieve', method: 'GET', path: '/v1/invoices/{invoice}' },
	{ vendor: 'stripe', operation: 'billing_portal.sessions.create', method: 'POST', path: '/v1/billing_portal/sessions' },
	{ vendor: 'stripe', operation: 'webhook_endpoints.create', method: 'POST', path: '/v1/webhook_endpoints' },
	{ vendor: 'stripe', operation: 'webhook_endpoints.list', method: 'GET', path: '/v1/webhook_endpoints' },
	{
		vendor: 'stripe',
		operation: 'webhook_endpoints.retrieve',
		method: 'GET',
		path: '/v1/webhook_endpoints/{webhook_endpoint}',
	},
	{
		vendor: 'stripe',
		operation: 'webhook_endpoints.delete',
		method: 'DELETE',
		path: '/v1/webhook_endpoints/{webhook_endpoint}',
	},
	{ vendor: 'stripe', operation: 'events.list', method: 'GET', path: '/v1/events' },
	{ vendor: 'stripe', operation: 'events.retrieve', method: 'GET', path: '/v1/events/{id}' },
] as const satisfies readonly VendorRoute[];

export const OPENAI_ROUTES = [
	{ vendor: 'openai', operation: 'chat.completions', method: 'POST', path: '/chat/completions' },
	{ vendor: 'openai', operation: 'audio.transcriptions', method: 'POST', path: '/audio/transcriptions' },
	{ vendor: 'openai', operation: 'models.list', method: 'GET', path: '/models' },
	{ vendor: 'openai', operation: 'models.retrieve', method: 'GET', path: '/models/{model}' },
] as const satisfies readonly VendorRoute[];

export const CLOUDINARY_ROUTES = [
	{ vendor: 'cloudinary', operation: 'upload', method: 'POST', path: '/v1_1/{cloud}/{type}/upload' },
	{ vendor: 'cloudinary', operation: 'destroy', method: 'POST', path: '/v1_1/{cloud}/{type}/destroy' },
	{ vendor: 'cloudinary', operation: 'resources', method: 'GET', path: '/v1_1/{cloud}/resources/{type}/upload' },
	{ vendor: 'cloudinary', operation: 'delete_resources', method: 'DELETE', path: '/v1_1/{cloud}/resources/{type}/upload' },
	{ vendor: 'cloudinary', operation: 'delete_folder', method: 'DELETE', path: '/v1_1/{cloud}/folders/{folder}' },
] as const satisfies readonly VendorRoute[];

/** PostgREST's forms; which tables and functions there are is the database's matter. */
export const SUPABASE_ROUTES = [
	{ vendor: 'supabase', operation: 'select', method: 'GET', path: '/rest/v1/{table}' },
	{ vendor: 'supabase', operation: 'insert', method: 'POST', path: '/rest/v1/{table}' },
	{ vendor: 'supabase', operation: 'upsert', method: 'POST', path: '/rest/v1/{table}' },
	{ vendor: 'supabase', operation: 'update', method: 'PATCH', path: '/rest/v1/{table}' },
	{ vendor: 'supabase', operation: 'delete', method: 'DELETE', path: '/rest/v1/{table}' },
	{ vendor: 'supabase', operation: 'rpc', method: 'POST', path: '/rest/v1/rpc/{function}' },
] as const satisfies readonly VendorRoute[];

export const GOOGLE_CALENDAR_ROUTES = [
	{ vendor: 'google-calendar', operation: 'oauth.token', method: 'POST', path: '/token' },
	{ vendor: 'google-calendar', operation: 'oauth.revoke', method: 'POST', path: '/revoke' },
	{ vendor: 'google-calendar', operation: 'calendarList.list', method: 'GET', path: '/calendar/v3/users/me/calendarList' },
	{ vendor: 'google-calendar', operation: 'calendars.insert', method: 'POST', path: '/calendar/v3/calendars' },
	{ vendor: 'google-calendar', operation: 'calendars.get', method: 'GET', path: '/calendar/v3/calendars/{calendarId}' },
	{ vendor: 'google-calendar', operation: 'freebusy.query', method: 'POST', path: '/calendar/v3/freeBusy' },
	{ vendor: 'google-calendar', operation: 'events.list', method: 'GET', path: '/calendar/v3/calendars/{calendarId}/events' },
	{ vendor: 'google-calendar', operation: 'events.insert', method: 'POST', path: '/calendar/v3/calendars/{calendarId}/events' },
	{ vendor: 'google-calendar', operation: 'events.watch', method: 'POST', path: '/calendar/v3/calendars/{calendarId}/events/watch' },
	{ vendor: 'google-calendar', operation: 'events.get', method: 'GET', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ vendor: 'google-calendar', operation: 'events.patch', method: 'PATCH', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ vendor: 'google-calendar', operation: 'events.update', method: 'PUT', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ vendor: 'google-calendar', operation: 'events.delete', method: 'DELETE', path: '/calendar/v3/calendars/{calendarId}/events/{eventId}' },
	{ vendor: 'google-calendar', operation: 'channels.stop', method: 'POST', path: '/calendar/v3/channels/stop' },
] as const satisfies readonly VendorRoute[];

/** Below `/v2`. */
export const TBANK_ROUTES = [
	{ vendor: 'tbank', operation: 'Init', method: 'POST', path: '/Init' },
	{ vendor: 'tbank', operation: 'GetState', method: 'POST', path: '/GetState' },
	{ vendor: 'tbank', operation: 'Cancel', method: 'POST', path: '/Cancel' },
] as const satisfies readonly VendorRoute[];

/** Every vendor route of the sandbox; `npm run conformance` checks them against the published contracts. */
export const ROUTES: readonly VendorRoute[] = [
	...WAHA_ROUTES, ...TELEGRAM_ROUTES, ...STRIPE_ROUTES, ...OPENAI_ROUTES, ...CLOUDINARY_ROUTES, ...SUPABASE_ROUTES, ...GOOGLE_CALENDAR_ROUTES, ...TBANK_ROUTES,
];

/** `/api/{session}/me` as Express writes it: `/api/:session/me`. */
export function expressPath(path: string): string {
	return path.replace(/\{(\w+)\}/g, ':$1');
}
