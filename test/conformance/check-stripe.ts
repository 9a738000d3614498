import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Exchange } from './recorder.ts';
import { exchangesOf } from './recorder.ts';
import type { ConformanceReport, RouteName } from './report.ts';
import type { Json } from './values.ts';
import { isObject, kindOf, objectAt, textAt } from './values.ts';

const NEWER = 'newer than the fixtures: checked against the types of the stripe package only';
/** Fields that a fixture cannot show, with the reason. */
const NOT_IN_FIXTURE: Readonly<Record<string, string>> = {
	'event.account': 'only on events of connected accounts',
	'webhook_endpoint.secret': 'only in the answer to the creation',
	'checkout.session.allowed_payment_method_types': NEWER,
	'payment_intent.allowed_payment_method_types': NEWER,
	'payment_intent.payment_record': NEWER,
	'product.tax_details': NEWER,
	'customer.customer_account': NEWER,
	'subscription.cancellation_details.feedback_option': NEWER,
	'subscription.trial_settings.end_behavior.billing_cycle_anchor': NEWER,
	'invoice.lines.data[].pricing.price_details': NEWER,
	'subscription.items.data[].current_trial': NEWER,
	'account.business_profile.specified_commercial_transactions_act_url': NEWER,
};
/** Fields that a fixture still shows, with the reason why they are not there. */
const GONE: Readonly<Record<string, string>> = {
	'invoice.subscription': 'under parent.subscription_details since API 2025-03-31',
};
/** Fields whose keys are free, or that hold another object. */
const FREE_MAPS = new Set(['metadata', 'capabilities', 'payment_method_options', 'account.controller', 'event.data']);

/** Checks Stripe routes against the SDK's own source, and v1 objects against Stripe's published fixtures. */
export function checkStripe(
	fixtures: Json,
	routes: readonly { readonly method: string; readonly path: string }[],
	exchanges: readonly Exchange[],
	webhooks: readonly Json[],
	report: ConformanceReport,
): void {
	report.note('stripe', 'the fixtures list objects, not routes: routes are looked up in the source of the `stripe` package');
	report.note('stripe', 'v1 requests are made by the `stripe` package from typed parameters; the stand-in refuses unknown ones');
	const known = sdkRoutes();
	const templates = routes.map((route) => route.path);
	for (const { method, path } of routes) {
		const route: RouteName = { vendor: 'stripe', method, path };
		if (!known.has(`${method} ${anonymous(path)}`)) {
			report.mismatch(route, 'the stripe package has no such call');
			continue;
		}
		report.checked(route, 'exists in the stripe package');
		const seen = exchangesOf(exchanges, route, templates);
		if (seen.length === 0) report.unchecked(route, 'bodies (not called)');
		for (const exchange of seen) {
			if (exchange.status >= 400) report.mismatch(route, `the call failed: ${JSON.stringify(exchange.responseBody)}`);
			else if (path.startsWith('/v1/')) checkObject(fixtures, route, exchange.responseBody, report);
		}
	}
	const route: RouteName = { vendor: 'stripe', method: 'webhook', path: 'event' };
	const events = webhooks.filter((body) => body['object'] === 'event');
	if (events.length === 0) report.unchecked(route, 'body (none was sent)');
	for (const event of events) {
		checkObject(fixtures, route, event, report);
		checkObject(fixtures, route, objectAt(event, 'data', 'object'), report);
	}
}

/** `POST /v1/checkout/sessions/{}/expire` for every call in the SDK's resources. */
function sdkRoutes(): ReadonlySet<string> {
	const folder = join(dirname(createRequire(import.meta.url).resolve('stripe')), 'resources');
	const found = new Set<string>();
	for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.js')) continue;
		const source = readFileSync(join(folder, file), 'utf8');
		for (const [, method, path] of source.matchAll(/_makeRequest\('(\w+)', ['`]([^'`]+)['`]/g)) {
			found.add(`${method} ${(path ?? '').replace(/\$\{[^}]*\}/g, '{}')}`);
		}
	}
	return found;
}

function anonymous(path: string): string {
	return path.replace(/\{\w+\}/g, '{}');
}

function checkObject(fixtures: Json, route: RouteName, body: unknown, report: ConformanceReport): void {
	if (isObject(body) && body['object'] === 'list' && Array.isArray(body['data'])) {
		for (const member of body['data']) checkObject(fixtures, route, member, report);
		return;
	}
	const name = `${isObject(body) && body['deleted'] === true ? 'deleted_' : ''}${textAt(body, 'object')}`;
	const fixture = objectAt(fixtures, 'resources')[name];
	if (!isObject(fixture) || !isObject(body)) {
		report.unchecked(route, `object ${name || 'without a name'} (no fixture)`);
		return;
	}
	const errors = compare(body, fixture, name, name, report, route);
	const absent = Object.keys(fixture).filter((key) => !(key in body)).map((key) => `${name}.${key}`);
	const missing = absent.filter((field) => GONE[field] === undefined).map((field) => `${field} is missing`);
	for (const field of absent) if (GONE[field] !== undefined) report.unchecked(route, `${field} (${GONE[field]})`);
	for (const error of [...errors, ...missing]) report.mismatch(route, error);
	if (errors.length + missing.length === 0) report.checked(route, `${name} has the fixture's fields and types`);
}

/** Unknown fields and different types, at any depth. A `null` on either side tells nothing. */
function compare(
	value: Json,
	fixture: Json,
	at: string,
	root: string,
	report: ConformanceReport,
	route: RouteName,
): readonly string[] {
	return Object.entries(value).flatMap(([key, member]): readonly string[] => {
		const here = `${at}.${key}`;
		const reason = NOT_IN_FIXTURE[here];
		if (reason !== undefined) {
			report.unchecked(route, `${here} (${reason})`);
			return [];
		}
		if (!(key in fixture)) return [`${here} is not in the fixture`];
		const example = fixture[key];
		if (member === null || example === null || FREE_MAPS.has(key) || FREE_MAPS.has(here)) return [];
		if (kindOf(member) !== kindOf(example)) {
			// Expandable fields are an id or the object.
			const expandable = kindOf(member) === 'string' && isObject(example) && 'id' in example;
			return expandable ? [] : [`${here} is ${kindOf(member)}, the fixture has ${kindOf(example)}`];
		}
		if (isObject(member) && isObject(example) && Object.keys(example).length > 0) {
			return compare(member, example, here, root, report, route);
		}
		if (Array.isArray(member) && Array.isArray(example) && isObject(example[0])) {
			const [first] = example;
			return member.filter(isObject).flatMap((one) => compare(one, first, `${here}[]`, root, report, route));
		}
		return [];
	});
}
