import type { Document } from 'bson';
import { ObjectId } from 'bson';
import { MongoError } from './errors.ts';
import { equalitiesOf } from './filter.ts';
import { compare, isPlain } from './values.ts';

/** What an update makes of a document; `before` null: of none, by an upsert under `filter`. */
export type Change = (before: Document | null, filter: Document) => Document;

/** A replacement, or $set, $unset, $setOnInsert of top-level fields. Everything else is refused. @throws MongoError */
export function readChange(update: unknown): Change {
	if (!isPlain(update)) throw new MongoError('FailedToParse', Array.isArray(update) ? 'The stand-in plays no update pipelines.' : 'An update must be a document.');
	const names = Object.keys(update);
	const operators = names.filter((name) => name.startsWith('$'));
	if (operators.length === 0) return (before, filter) => withId({ ...update }, before === null ? (update['_id'] ?? equalitiesOf(filter)['_id'] ?? new ObjectId()) : before['_id']);
	if (operators.length < names.length) throw new MongoError('FailedToParse', `Unknown modifier: ${names.find((name) => !name.startsWith('$')) ?? ''}.`);
	const unknown = operators.find((name) => !['$set', '$unset', '$setOnInsert'].includes(name));
	if (unknown !== undefined) throw new MongoError('FailedToParse', `Unknown modifier: ${unknown}.`);
	const [set, unset, onInsert] = ['$set', '$unset', '$setOnInsert'].map((name) => fieldsOf(name, update[name] ?? {}));
	return (before, filter) => {
		const after: Document = { ...(before ?? { ...equalitiesOf(filter), ...onInsert }), ...set };
		for (const name of Object.keys(unset ?? {})) delete after[name];
		return withId(after, before === null ? (after['_id'] ?? new ObjectId()) : before['_id']);
	};
}

function fieldsOf(operator: string, fields: unknown): Document {
	if (!isPlain(fields)) throw new MongoError('FailedToParse', `Modifiers operate on fields but we found another type for ${operator}.`);
	const nested = Object.keys(fields).find((name) => name.includes('.') || name.startsWith('$'));
	if (nested !== undefined) throw new MongoError('NotImplemented', `The stand-in changes top-level fields only, not "${nested}".`);
	return fields;
}

/** `_id` stands first, and never changes. */
function withId(document: Document, id: unknown): Document {
	if ('_id' in document && compare(document['_id'], id) !== 0) throw new MongoError('ImmutableField', "Performing an update on the path '_id' would modify the immutable field '_id'");
	return { _id: id, ...document };
}
