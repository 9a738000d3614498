import type { Json } from './values.ts';
import { isObject, objectAt } from './values.ts';

/** Properties that WAHA's document requires and WAHA's own samples leave out. */
const LEFT_OUT: readonly { schema: string; names: readonly string[]; reason: string }[] = [
	...['WAMessage', 'WAMessageEditedBody'].map((schema) => ({
		schema,
		names: ['participant', 'mediaUrl'],
		reason: "only group messages have a participant and mediaUrl is deprecated: WAHA's own webhook samples have neither",
	})),
];

/**
 * WAHA's OpenAPI document mixes OpenAPI 3.0 into 3.1 and types some texts as objects. These are the repairs without which
 * not even its own examples validate; each is named in the report.
 */
export function repairWaha(document: unknown, note: (text: string) => void): Json {
	const repaired = repair(document, note);
	const root = isObject(repaired) ? repaired : {};
	const schemas = objectAt(root, 'components', 'schemas');
	for (const { schema, names, reason } of LEFT_OUT) {
		const target = objectAt(schemas, schema);
		const required = Array.isArray(target['required']) ? target['required'] : [];
		target['required'] = required.filter((name) => !names.includes(String(name)));
		note(`repaired: ${schema}.${names.join(', ')} not required (${reason})`);
	}
	const events = objectAt(schemas, 'WebhookConfig', 'properties', 'events', 'items');
	if (events['type'] === 'object') {
		events['type'] = 'string';
		note('repaired: WebhookConfig.events are texts (typed as objects; the document’s own example has texts)');
	}
	return root;
}

function repair(node: unknown, note: (text: string) => void): unknown {
	if (Array.isArray(node)) return node.map((member) => repair(member, note));
	if (!isObject(node)) return node;
	const made = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, repair(value, note)]));
	if (typeof made['required'] === 'boolean' && made['in'] === undefined) {
		delete made['required'];
		note('repaired: `required: true` on a property, which no JSON Schema takes, is dropped');
	}
	const choices: readonly unknown[] = Array.isArray(made['enum']) ? made['enum'] : [];
	const textDefault = typeof made['default'] === 'string' && made['properties'] === undefined;
	if (made['type'] === 'object' && (textDefault || (choices.length > 0 && choices.every((one) => typeof one === 'string')))) {
		made['type'] = 'string';
		note('repaired: `type: object` with a text default or text choices is `type: string`');
	}
	if (made['nullable'] === true && typeof made['type'] === 'string') {
		made['type'] = [made['type'], 'null'];
		note('repaired: OpenAPI 3.0 `nullable` is read as “or null”');
	}
	return made;
}
