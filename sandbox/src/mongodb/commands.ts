import type { Document } from 'bson';
import { calculateObjectSize, Long } from 'bson';
import { createCollection, MAX_DOCUMENT_BYTES, readIndex } from './collection.ts';
import type { Collection } from './collection.ts';
import { MongoError } from './errors.ts';
import { readFilter } from './filter.ts';
import { isPlain } from './values.ts';
import { MAX_MESSAGE_BYTES } from './wire.ts';

const MAX_BATCH = 100_000;
const FIRST_BATCH = 101;
/** With every command; what they ask for holds here anyway, because there is one server and it forgets nothing while it runs. */
const COMMON = ['$db', 'lsid', '$clusterTime', '$readPreference', 'readConcern', 'writeConcern', 'maxTimeMS', 'comment', 'apiVersion', 'apiStrict'];

interface Cursor {
	readonly namespace: string;
	readonly rest: Document[];
}

export interface Engine {
	/** The answer's fields without `ok`. @throws MongoError */
	run(command: Document): Document;
	sweep(now: Date): number;
	clear(): void;
}

type Handler = (command: Document, database: string) => Document;

/** What the stand-in understands. An option or operator that it does not know fails the command: nothing is passed over. */
export function createEngine(now: () => Date): Engine {
	const collections = new Map<string, Collection>();
	const cursors = new Map<number, Cursor>();
	let lastCursor = 0;

	function named(command: Document, name: string, database: string): string {
		const collection: unknown = command[name];
		if (typeof collection !== 'string' || collection === '' || collection.includes('$')) throw new MongoError('InvalidNamespace', `Invalid collection name: ${String(collection)}`);
		return `${database}.${collection}`;
	}
	function collectionFor(namespace: string): Collection {
		const known = collections.get(namespace);
		if (known) return known;
		const made = createCollection(namespace);
		collections.set(namespace, made);
		return made;
	}

	function hello(): Document {
		return {
			helloOk: true, isWritablePrimary: true, ismaster: true, maxBsonObjectSize: MAX_DOCUMENT_BYTES, maxMessageSizeBytes: MAX_MESSAGE_BYTES, maxWriteBatchSize: MAX_BATCH,
			localTime: now(), logicalSessionTimeoutMinutes: 30, minWireVersion: 0, maxWireVersion: 21, readOnly: false,
		};
	}

	/** Each by itself; `ordered` stops at the first that fails. */
	function eachWrite<T>(command: Document, field: string, write: (entry: Document, index: number) => T): { done: T[]; writeErrors: Document[] } {
		const entries: unknown = command[field];
		if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_BATCH) throw new MongoError('BadValue', `Write batch sizes must be between 1 and ${MAX_BATCH}.`);
		const done: T[] = [];
		const writeErrors: Document[] = [];
		for (const [index, entry] of entries.entries()) {
			try {
				if (!isPlain(entry)) throw new MongoError('BadValue', `${field}[${index}] must be a document`);
				done.push(write(entry, index));
			} catch (error) {
				if (!(error instanceof MongoError)) throw error;
				writeErrors.push({ index, code: error.code, errmsg: error.message });
				if (command['ordered'] !== false) break;
			}
		}
		return { done, writeErrors };
	}
	const withErrors = (answer: Document, writeErrors: Document[]): Document => (writeErrors.length === 0 ? answer : { ...answer, writeErrors });

	function firstBatch(namespace: string, found: Document[], batchSize: number, keepsOpen: boolean): Document {
		const rest = [...found];
		const batch = takeBatch(rest, batchSize);
		if (rest.length === 0 || !keepsOpen) return { cursor: { firstBatch: batch, id: Long.ZERO, ns: namespace } };
		lastCursor += 1;
		cursors.set(lastCursor, { namespace, rest });
		return { cursor: { firstBatch: batch, id: Long.fromNumber(lastCursor), ns: namespace } };
	}

	const handlers: Record<string, { readonly options: readonly string[]; readonly run: Handler }> = {
		hello: { options: ['helloOk', 'client', 'compression', 'topologyVersion', 'maxAwaitTimeMS', 'loadBalanced', 'backpressure', 'saslSupportedMechs', 'speculativeAuthenticate'], run: hello },
		ping: { options: [], run: () => ({}) },
		buildInfo: { options: [], run: () => ({ version: '7.0.0', gitVersion: 'sandbox', versionArray: [7, 0, 0, 0], maxBsonObjectSize: MAX_DOCUMENT_BYTES }) },
		endSessions: { options: [], run: () => ({}) },
		saslStart: {
			options: ['mechanism', 'payload', 'autoAuthorize', 'options'],
			run() {
				throw new MongoError('AuthenticationFailed', 'Authentication failed.');
			},
		},
		insert: {
			options: ['documents', 'ordered', 'bypassDocumentValidation'],
			run(command, database) {
				const collection = collectionFor(named(command, 'insert', database));
				const { done, writeErrors } = eachWrite(command, 'documents', (document) => collection.insert(document));
				return withErrors({ n: done.length }, writeErrors);
			},
		},
		update: {
			options: ['updates', 'ordered', 'bypassDocumentValidation'],
			run(command, database) {
				const collection = collectionFor(named(command, 'update', database));
				const upserted: Document[] = [];
				const { done, writeErrors } = eachWrite(command, 'updates', (entry, index) => {
					refuseUnknown('updates', entry, ['q', 'u', 'upsert', 'multi']);
					const result = collection.update({ filter: readFilter(entry['q']), change: entry['u'], upsert: entry['upsert'] === true, multi: entry['multi'] === true });
					if ('upsertedId' in result) upserted.push({ index, _id: result.upsertedId });
					return result;
				});
				const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
				const answer = { n: sum(done.map(({ matched }) => matched)) + upserted.length, nModified: sum(done.map(({ modified }) => modified)) };
				return withErrors(upserted.length === 0 ? answer : { ...answer, upserted }, writeErrors);
			},
		},
		delete: {
			options: ['deletes', 'ordered'],
			run(command, database) {
				const collection = collections.get(named(command, 'delete', database));
				const { done, writeErrors } = eachWrite(command, 'deletes', (entry) => {
					refuseUnknown('deletes', entry, ['q', 'limit']);
					return collection?.delete(readFilter(entry['q']), Number(entry['limit'])) ?? 0;
				});
				return withErrors({ n: done.reduce((total, gone) => total + gone, 0) }, writeErrors);
			},
		},
		find: {
			options: ['filter', 'sort', 'limit', 'batchSize', 'singleBatch'],
			run(command, database) {
				const namespace = named(command, 'find', database);
				const sort: unknown = command['sort'] ?? null;
				if (sort !== null && !isPlain(sort)) throw new MongoError('FailedToParse', 'sort must be a document');
				const found = collections.get(namespace)?.find(readFilter(command['filter'] ?? {}), sort) ?? [];
				const limit = sizeOf(command, 'limit', 0);
				return firstBatch(namespace, limit === 0 ? found : found.slice(0, limit), sizeOf(command, 'batchSize', FIRST_BATCH), command['singleBatch'] !== true);
			},
		},
		getMore: {
			options: ['collection', 'batchSize'],
			run(command, database) {
				const id = Number(command['getMore']);
				const cursor = cursors.get(id);
				if (cursor?.namespace !== named(command, 'collection', database)) throw new MongoError('CursorNotFound', `cursor id ${id} not found`);
				const nextBatch = takeBatch(cursor.rest, sizeOf(command, 'batchSize', Infinity));
				if (cursor.rest.length === 0) cursors.delete(id);
				return { cursor: { nextBatch, id: cursor.rest.length === 0 ? Long.ZERO : Long.fromNumber(id), ns: cursor.namespace } };
			},
		},
		killCursors: {
			options: ['cursors'],
			run(command) {
				const asked = (Array.isArray(command['cursors']) ? command['cursors'] : []).map(Number);
				const killed = asked.filter((id) => cursors.delete(id));
				const long = (ids: number[]) => ids.map((id) => Long.fromNumber(id));
				return { cursorsKilled: long(killed), cursorsNotFound: long(asked.filter((id) => !killed.includes(id))), cursorsAlive: [], cursorsUnknown: [] };
			},
		},
		createIndexes: {
			options: ['indexes', 'commitQuorum'],
			run(command, database) {
				const specs: unknown = command['indexes'];
				if (!Array.isArray(specs) || !specs.every(isPlain)) throw new MongoError('FailedToParse', 'indexes must be an array of documents');
				const read = specs.map(readIndex);
				const collection = collectionFor(named(command, 'createIndexes', database));
				const before = collection.indexes.length;
				for (const index of read) collection.addIndex(index);
				return { numIndexesBefore: before, numIndexesAfter: collection.indexes.length, createdCollectionAutomatically: false };
			},
		},
		listIndexes: {
			options: ['cursor'],
			run(command, database) {
				const namespace = named(command, 'listIndexes', database);
				const collection = collections.get(namespace);
				if (!collection) throw new MongoError('NamespaceNotFound', `ns does not exist: ${namespace}`);
				return firstBatch(namespace, collection.indexes.map((index) => ({ ...index })), Infinity, false);
			},
		},
		dropDatabase: {
			options: [],
			run(_command, database) {
				for (const namespace of collections.keys()) if (namespace.startsWith(`${database}.`)) collections.delete(namespace);
				return { dropped: database };
			},
		},
	};
	const aliases: Readonly<Record<string, string>> = { isMaster: 'hello', ismaster: 'hello', buildinfo: 'buildInfo' };

	return {
		run(command) {
			const [name = ''] = Object.keys(command);
			const handler = Object.hasOwn(handlers, aliases[name] ?? name) ? handlers[aliases[name] ?? name] : undefined;
			if (!handler) throw new MongoError('CommandNotFound', `no such command: '${name}'`);
			if ('txnNumber' in command) throw new MongoError('IllegalOperation', 'Transaction numbers are only allowed on a replica set member or mongos');
			refuseUnknown(name, command, [name, ...handler.options, ...COMMON]);
			return handler.run(command, typeof command['$db'] === 'string' ? command['$db'] : 'admin');
		},
		sweep: (at) => [...collections.values()].reduce((gone, collection) => gone + collection.sweep(at), 0),
		clear() {
			collections.clear();
			cursors.clear();
		},
	};
}

function refuseUnknown(where: string, document: Document, known: readonly string[]): void {
	const unknown = Object.keys(document).find((name) => !known.includes(name));
	if (unknown !== undefined) throw new MongoError('UnknownField', `BSON field '${where}.${unknown}' is an unknown field.`);
}

/** @throws MongoError */
function sizeOf(command: Document, name: string, absent: number): number {
	const value: unknown = command[name];
	if (value === undefined) return absent;
	if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new MongoError('BadValue', `${name} must be a whole number that is not negative`);
	return value;
}

/** Takes the first ones out of `rest`: at most `size`, and what fits into an answer (one in any case). */
function takeBatch(rest: Document[], size: number): Document[] {
	let bytes = 0;
	let count = 0;
	for (const document of rest.slice(0, size)) {
		bytes += calculateObjectSize(document);
		if (count > 0 && bytes > MAX_DOCUMENT_BYTES) break;
		count += 1;
	}
	return rest.splice(0, count);
}
