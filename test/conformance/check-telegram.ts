import type { Exchange } from './recorder.ts';
import type { ConformanceReport, RouteName } from './report.ts';
import type { Json } from './values.ts';
import { isObject, kindOf, objectAt } from './values.ts';

/** Checks calls, results and updates against the Bot API's published list of methods and types. */
export function checkTelegram(
	spec: Json,
	routes: readonly { readonly method: string; readonly path: string }[],
	exchanges: readonly Exchange[],
	updates: readonly Json[],
	report: ConformanceReport,
): void {
	for (const { method, path } of routes) {
		const route: RouteName = { vendor: 'telegram', method, path };
		const definition = objectAt(spec, 'methods')[path.slice(1)];
		if (!isObject(definition)) {
			report.mismatch(route, 'the Bot API has no such method');
			continue;
		}
		report.checked(route, 'exists');
		const seen = exchanges.filter((exchange) => new RegExp(`^/telegram/bot[^/]+${path}$`).test(exchange.path));
		if (seen.length === 0) report.unchecked(route, 'parameters and result (not called)');
		for (const exchange of seen) checkExchange(spec, route, definition, exchange, report);
	}
	const route: RouteName = { vendor: 'telegram', method: 'webhook', path: 'Update' };
	if (updates.length === 0) report.unchecked(route, 'body (none was sent)');
	for (const update of updates) verdict(report, route, 'body', typeErrors(spec, ['Update'], update, ''));
}

function checkExchange(
	spec: Json,
	route: RouteName,
	definition: Json,
	exchange: Exchange,
	report: ConformanceReport,
): void {
	if (isObject(exchange.requestBody) || exchange.requestBody === undefined) {
		const multipart = exchange.contentType.startsWith('multipart/');
		if (multipart) report.unchecked(route, 'parameters of a multipart call (made by grammY, which types them)');
		else verdict(report, route, 'parameters', parameterErrors(spec, definition, objectAt(exchange.requestBody)));
	}
	const result = objectAt(exchange.responseBody);
	if (result['ok'] !== true) {
		report.mismatch(route, `the call failed: ${JSON.stringify(exchange.responseBody)}`);
		return;
	}
	verdict(report, route, 'result', typeErrors(spec, stringsOf(definition['returns']), result['result'], 'result'));
}

function parameterErrors(spec: Json, definition: Json, parameters: Json): readonly string[] {
	const fields = Array.isArray(definition['fields']) ? definition['fields'].filter(isObject) : [];
	return [
		...Object.keys(parameters)
			.filter((name) => !fields.some((field) => field['name'] === name))
			.map((name) => `${name} is not a parameter of the method`),
		...fields.flatMap((field) => fieldErrors(spec, field, parameters, '')),
	];
}

function fieldErrors(spec: Json, field: Json, holder: Json, at: string): readonly string[] {
	const name = String(field['name']);
	const value = holder[name];
	const here = at === '' ? name : `${at}.${name}`;
	if (value === undefined) return field['required'] === true ? [`${here} is missing`] : [];
	return typeErrors(spec, stringsOf(field['types']), value, here);
}

/** What is wrong with a value that should be of one of the types. */
function typeErrors(spec: Json, types: readonly string[], value: unknown, at: string): readonly string[] {
	const attempts = types.map((type) => oneTypeErrors(spec, type, value, at));
	return attempts.find((errors) => errors.length === 0) ?? attempts[0] ?? [`${at} has no type in the specification`];
}

function oneTypeErrors(spec: Json, type: string, value: unknown, at: string): readonly string[] {
	const wrong = [`${at} should be ${type}, is ${kindOf(value)}`];
	if (type.startsWith('Array of ')) {
		if (!Array.isArray(value)) return wrong;
		return value.flatMap((member, index) => typeErrors(spec, [type.slice(9)], member, `${at}[${index}]`));
	}
	switch (type) {
		case 'Integer':
			return Number.isSafeInteger(value) ? [] : wrong;
		case 'Float':
			return typeof value === 'number' ? [] : wrong;
		case 'String':
		case 'InputFile':
			return typeof value === 'string' ? [] : wrong;
		case 'Boolean':
			return typeof value === 'boolean' ? [] : wrong;
		default:
			return objectErrors(spec, type, value, at);
	}
}

function objectErrors(spec: Json, type: string, value: unknown, at: string): readonly string[] {
	const definition = objectAt(spec, 'types', type);
	if (!isObject(value)) return [`${at} should be ${type}, is ${kindOf(value)}`];
	const subtypes = stringsOf(definition['subtypes']);
	if (subtypes.length > 0) return typeErrors(spec, subtypes, value, at);
	const fields = Array.isArray(definition['fields']) ? definition['fields'].filter(isObject) : [];
	return [
		...Object.keys(value)
			.filter((name) => !fields.some((field) => field['name'] === name))
			.map((name) => `${at}.${name} is not a field of ${type}`),
		...fields.flatMap((field) => fieldErrors(spec, field, value, at)),
	];
}

function stringsOf(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.map(String) : [];
}

function verdict(report: ConformanceReport, route: RouteName, what: string, errors: readonly string[]): void {
	if (errors.length === 0) report.checked(route, what);
	for (const error of errors) report.mismatch(route, `${what}: ${error}`);
}
