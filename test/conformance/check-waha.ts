import type { Exchange } from './recorder.ts';
import { exchangesOf } from './recorder.ts';
import type { ConformanceReport, RouteName } from './report.ts';
import type { OpenApi } from './openapi.ts';
import type { Json } from './values.ts';
import { isObject, objectAt, textAt } from './values.ts';

const WEBHOOKS: Readonly<Record<string, string>> = {
	message: 'WAHAWebhookMessage',
	'message.any': 'WAHAWebhookMessageAny',
	'message.edited': 'WAHAWebhookMessageEdited',
	'message.revoked': 'WAHAWebhookMessageRevoked',
	'session.status': 'WAHAWebhookSessionStatus',
};

/** Checks what passed between clients and the WAHA stand-in, and the webhooks it sent, against WAHA's OpenAPI document. */
export function checkWaha(
	api: OpenApi,
	routes: readonly { readonly method: string; readonly path: string }[],
	exchanges: readonly Exchange[],
	webhooks: readonly Json[],
	report: ConformanceReport,
): void {
	const templates = routes.map((route) => route.path);
	for (const { method, path } of routes) {
		const route: RouteName = { vendor: 'waha', method, path };
		const operation = api.operation(method, path);
		if (operation === undefined) {
			report.mismatch(route, 'the document has no such operation');
			continue;
		}
		report.checked(route, 'exists');
		const seen = exchangesOf(exchanges, route, templates);
		if (seen.length === 0) report.unchecked(route, 'bodies (not called)');
		for (const exchange of seen) checkExchange(api, route, operation, exchange, report);
	}
	checkWebhooks(api, webhooks, report);
}

function checkExchange(
	api: OpenApi,
	route: RouteName,
	operation: Json,
	exchange: Exchange,
	report: ConformanceReport,
): void {
	if (exchange.status >= 400) {
		report.unchecked(route, `an answer ${exchange.status} (errors have no schema)`);
		return;
	}
	const parameters = Array.isArray(operation['parameters']) ? operation['parameters'].filter(isObject) : [];
	for (const name of exchange.query.keys()) {
		if (parameters.some((parameter) => parameter['in'] === 'query' && parameter['name'] === name)) report.checked(route, `query ?${name}`);
		else report.mismatch(route, `query parameter ${name} is not in the document`);
	}
	const requestSchema = objectAt(operation, 'requestBody', 'content', 'application/json', 'schema');
	if (exchange.requestBody !== undefined) {
		if (Object.keys(requestSchema).length === 0) report.mismatch(route, 'a request body, where the document has none');
		else {
			verdict(report, route, 'request body', [
				...api.errorsOf(requestSchema, exchange.requestBody),
				...api.unknownNames(requestSchema, exchange.requestBody).map((name) => `${name} is not in the document`),
			]);
		}
	}
	const answer = objectAt(operation, 'responses', String(exchange.status));
	if (Object.keys(answer).length === 0) {
		report.mismatch(route, `status ${exchange.status}, the document has ${Object.keys(objectAt(operation, 'responses')).join(', ')}`);
		return;
	}
	report.checked(route, `status ${exchange.status}`);
	const type = exchange.responseType.split(';')[0] ?? '';
	const schema = objectAt(answer, 'content', type, 'schema');
	if (Object.keys(schema).length === 0) report.unchecked(route, 'answer body (no schema in the document)');
	else if (type === 'application/json') verdict(report, route, 'answer body', api.errorsOf(schema, exchange.responseBody));
	else report.checked(route, `answer type ${type}`);
}

function checkWebhooks(api: OpenApi, webhooks: readonly Json[], report: ConformanceReport): void {
	for (const [event, name] of Object.entries(WEBHOOKS)) {
		const route: RouteName = { vendor: 'waha', method: 'webhook', path: event };
		const schema = api.schema(name);
		const seen = webhooks.filter((body) => textAt(body, 'event') === event);
		if (schema === undefined) report.mismatch(route, `the document has no schema ${name}`);
		else if (seen.length === 0) report.unchecked(route, 'body (none was sent)');
		else for (const body of seen) verdict(report, route, 'body', api.errorsOf(schema, body));
	}
}

function verdict(report: ConformanceReport, route: RouteName, what: string, errors: readonly string[]): void {
	if (errors.length === 0) report.checked(route, what);
	for (const error of errors) report.mismatch(route, `${what}: ${error}`);
}
