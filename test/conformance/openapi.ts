import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json } from './values.ts';
import { isObject, objectAt } from './values.ts';

/** Validation against the component schemas of an OpenAPI document. */
export interface OpenApi {
	/** What is wrong with the value, or nothing. `schema` may hold `$ref`s into the document. */
	errorsOf(schema: Json, value: unknown): readonly string[];
	/** Names in the value that the schema does not know, at any depth. */
	unknownNames(schema: Json, value: unknown, at?: string): readonly string[];
	/** The operation, or `undefined` when the document has none. */
	operation(method: string, path: string): Json | undefined;
	schema(name: string): Json | undefined;
}

export function createOpenApi(document: Json): OpenApi {
	const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false });
	ajv.addSchema(document, 'document');

	const resolve = (schema: Json): Json => {
		const reference = schema['$ref'];
		if (typeof reference !== 'string') return schema;
		return resolve(objectAt(document, ...reference.replace('#/', '').split('/')));
	};
	const absolute = (schema: unknown): unknown => {
		if (Array.isArray(schema)) return schema.map(absolute);
		if (!isObject(schema)) return schema;
		return Object.fromEntries(
			Object.entries(schema).map(([key, value]) => [
				key,
				key === '$ref' && typeof value === 'string' ? `document${value}` : absolute(value),
			]),
		);
	};
	const unknownNames = (schema: Json, value: unknown, at = ''): readonly string[] => {
		if (Array.isArray(value)) {
			const items = objectAt(resolve(schema), 'items');
			return value.flatMap((member, index) => unknownNames(items, member, `${at}/${index}`));
		}
		if (!isObject(value)) return [];
		const known = propertiesOf(resolve(schema), resolve);
		// A schema without properties takes any object.
		if (known === undefined) return [];
		return Object.entries(value).flatMap(([name, member]) => {
			const property = known[name];
			return isObject(property) ? unknownNames(property, member, `${at}/${name}`) : [`${at}/${name}`];
		});
	};
	return {
		errorsOf(schema, value) {
			const validate = ajv.compile(absolute(schema) as object);
			if (validate(value)) return [];
			return (validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? ''}`);
		},
		unknownNames,
		operation(method, path) {
			const found = objectAt(document, 'paths', path)[method.toLowerCase()];
			return isObject(found) ? found : undefined;
		},
		schema(name) {
			const found = objectAt(document, 'components', 'schemas')[name];
			return isObject(found) ? found : undefined;
		},
	};
}

/** All property names of a schema and of what it combines; `undefined` when it names none. */
function propertiesOf(schema: Json, resolve: (schema: Json) => Json): Record<string, unknown> | undefined {
	const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((combination) => {
		const members = schema[combination];
		return Array.isArray(members) ? members.filter(isObject).map(resolve) : [];
	});
	const own = isObject(schema['properties']) ? schema['properties'] : undefined;
	const inherited = parts.map((part) => propertiesOf(part, resolve)).filter((found) => found !== undefined);
	if (own === undefined && inherited.length === 0) return undefined;
	return Object.assign({}, ...inherited, own ?? {}) as Record<string, unknown>;
}
