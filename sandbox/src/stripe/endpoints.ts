import { alphanumeric } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { StripeCall } from './call.ts';
import { page, unixSeconds } from './call.ts';
import { invalid, missing, noSuch } from './errors.ts';
import { boolean, metadata, onlyKnown, requiredText, text, texts } from './params.ts';
import type { StoredEndpoint } from './state.ts';

/** `POST /v1/webhook_endpoints`. The secret is shown in this answer only. Plain http is taken: everything is local. */
export function createEndpoint(call: StripeCall): JsonObject {
	const { params, context } = call;
	onlyKnown(params, ['url', 'enabled_events', 'connect', 'api_version', 'description', 'metadata', 'expand']);
	const url = requiredText(params, 'url');
	if (!URL.canParse(url)) throw invalid('Invalid URL: an explicit scheme (such as https) must be provided.', 'url', 'url_invalid');
	const events = texts(params, 'enabled_events');
	if (events.length === 0) throw missing('enabled_events');
	const endpoint: StoredEndpoint = {
		id: `we_1${alphanumeric(23)}`,
		url,
		secret: `whsec_${alphanumeric(32)}`,
		enabled_events: events,
		connect: boolean(params, 'connect'),
		api_version: text(params, 'api_version'),
		description: text(params, 'description'),
		metadata: metadata(params),
		created: unixSeconds(context),
		owner: call.owner,
	};
	context.store.current.stripe.endpoints[endpoint.id] = endpoint;
	return { ...shown(endpoint), secret: endpoint.secret };
}

export function retrieveEndpoint(call: StripeCall): JsonObject {
	return shown(find(call));
}

export function listEndpoints(call: StripeCall): JsonObject {
	const endpoints = Object.values(call.context.store.current.stripe.endpoints).toReversed();
	return page(call, '/v1/webhook_endpoints', endpoints.map(shown));
}

export function deleteEndpoint(call: StripeCall): JsonObject {
	const { id } = find(call);
	delete call.context.store.current.stripe.endpoints[id];
	return { id, object: 'webhook_endpoint', deleted: true };
}

function find(call: StripeCall): StoredEndpoint {
	const endpoint = call.context.store.current.stripe.endpoints[call.id];
	if (endpoint === undefined) throw noSuch('webhook endpoint', call.id);
	return endpoint;
}

function shown(endpoint: StoredEndpoint): JsonObject & { id: string } {
	return {
		id: endpoint.id,
		object: 'webhook_endpoint',
		api_version: endpoint.api_version,
		application: endpoint.connect ? 'ca_sandbox' : null,
		created: endpoint.created,
		description: endpoint.description,
		enabled_events: endpoint.enabled_events,
		livemode: false,
		metadata: endpoint.metadata,
		status: 'enabled',
		url: endpoint.url,
	};
}
