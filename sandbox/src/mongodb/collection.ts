import type { Document } from 'bson';
import { calculateObjectSize, ObjectId } from 'bson';
import { readChange } from './change.ts';
import { MongoError } from './errors.ts';
import type { Filter } from './filter.ts';
import { orderBy, typeOf } from './values.ts';

/** Of a document, as `hello` tells it. */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

export interface Index {
	readonly v: 2;
	readonly key: Document;
	readonly name: string;
	readonly expireAfterSeconds?: number;
}

export interface Update {
	readonly filter: Filter;
	readonly change: unknown;
	readonly upsert: boolean;
	readonly multi: boolean;
}

/** Documents by `_id`, in the order in which they came. */
export interface Collection {
	readonly indexes: readonly Index[];
	/** @throws MongoError `DuplicateKey`, `BSONObjectTooLarge` */
	insert(document: Document): void;
	/** @throws MongoError, also those of `insert` */
	update(update: Update): { matched: number; modified: number; upsertedId?: unknown };
	/** How many. */
	delete(filter: Filter, limit: number): number;
	find(filter: Filter, sort: Document | null): Document[];
	/** false: it is there already. @throws MongoError */
	addIndex(index: Index): boolean;
	/** What the server's TTL monitor does once a minute: documents whose time is over go. Returns how many. */
	sweep(now: Date): number;
}

export function createCollection(namespace: string): Collection {
	const documents = new Map<string, Document>();
	const indexes: Index[] = [{ v: 2, key: { _id: 1 }, name: '_id_' }];

	function put(document: Document): void {
		const bytes = calculateObjectSize(document);
		if (bytes > MAX_DOCUMENT_BYTES) throw new MongoError('BSONObjectTooLarge', `BSONObj size: ${bytes} is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}`);
		documents.set(keyOf(document['_id']), document);
	}

	function insert(document: Document): void {
		if (documents.has(keyOf(document['_id']))) {
			throw new MongoError('DuplicateKey', `E11000 duplicate key error collection: ${namespace} index: _id_ dup key: { _id: ${JSON.stringify(document['_id'])} }`);
		}
		put(document);
	}

	/** One that names a text as its `_id` is looked up by it: thousands of upserts must not each read all there is. */
	function all({ document: { _id: id }, matches }: Filter): Document[] {
		const candidates = typeof id === 'string' ? [documents.get(keyOf(id))].filter((one) => one !== undefined) : [...documents.values()];
		return candidates.filter(matches);
	}
	return {
		indexes,
		insert: (document) => insert('_id' in document ? document : { _id: new ObjectId(), ...document }),
		update({ filter, change, upsert, multi }) {
			const apply = readChange(change);
			const found = all(filter);
			if (found.length === 0 && upsert) {
				const made = apply(null, filter.document);
				insert(made);
				return { matched: 0, modified: 0, upsertedId: made['_id'] };
			}
			const touched = multi ? found : found.slice(0, 1);
			let modified = 0;
			for (const before of touched) {
				const after = apply(before, filter.document);
				if (JSON.stringify(after) === JSON.stringify(before)) continue;
				put(after);
				modified += 1;
			}
			return { matched: touched.length, modified };
		},
		delete(filter, limit) {
			const found = all(filter);
			const gone = limit === 0 ? found : found.slice(0, limit);
			for (const document of gone) documents.delete(keyOf(document['_id']));
			return gone.length;
		},
		find(filter, sort) {
			const found = all(filter);
			return sort === null ? found : found.toSorted(orderBy(sort));
		},
		addIndex(index) {
			const { name, key } = index;
			const sameKey = indexes.find((one) => JSON.stringify(one.key) === JSON.stringify(key));
			if (sameKey !== undefined && sameKey.name === name && sameKey.expireAfterSeconds === index.expireAfterSeconds) return false;
			if (sameKey !== undefined) throw new MongoError('IndexOptionsConflict', `An equivalent index already exists with a different name or options. Requested: ${JSON.stringify(index)}, existing: ${JSON.stringify(sameKey)}`);
			if (indexes.some((one) => one.name === name)) throw new MongoError('IndexKeySpecsConflict', `An existing index has the same name as the requested index: ${name}`);
			indexes.push(index);
			return true;
		},
		sweep(now) {
			let gone = 0;
			for (const { key, expireAfterSeconds } of indexes) {
				if (expireAfterSeconds === undefined) continue;
				const [field = ''] = Object.keys(key);
				for (const document of [...documents.values()]) {
					const at: unknown = document[field];
					if (!(at instanceof Date) || at.getTime() + expireAfterSeconds * 1000 > now.getTime()) continue;
					documents.delete(keyOf(document['_id']));
					gone += 1;
				}
			}
			return gone;
		},
	};
}

/** Reads one of `createIndexes`. @throws MongoError */
export function readIndex(spec: Document): Index {
	const { key, name, expireAfterSeconds, v: _version, ...others } = spec;
	const [unknown] = Object.keys(others);
	if (unknown !== undefined) throw new MongoError('InvalidIndexSpecificationOption', `The field '${unknown}' is not played by the stand-in for an index specification.`);
	const directions: unknown[] = typeof key === 'object' && key !== null ? Object.values(key as Document) : [];
	if (typeof name !== 'string' || directions.length === 0) throw new MongoError('FailedToParse', "An index needs a 'key' and a 'name'.");
	if (!directions.every((direction) => direction === 1 || direction === -1)) throw new MongoError('CannotCreateIndex', 'The stand-in plays ascending and descending indexes only.');
	if (expireAfterSeconds === undefined) return { v: 2, key: key as Document, name };
	if (directions.length > 1) throw new MongoError('CannotCreateIndex', 'TTL indexes are single-field indexes, compound indexes do not support TTL.');
	if (typeof expireAfterSeconds !== 'number' || expireAfterSeconds < 0) throw new MongoError('CannotCreateIndex', 'TTL index \'expireAfterSeconds\' option must be numeric and not negative.');
	return { v: 2, key: key as Document, name, expireAfterSeconds };
}

/** One text for equal ids, whatever their type. */
function keyOf(id: unknown): string {
	return `${typeOf(id)} ${id instanceof ObjectId ? id.toHexString() : JSON.stringify(id)}`;
}
