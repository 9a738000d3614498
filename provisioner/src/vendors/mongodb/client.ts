import { MongoBulkWriteError, MongoClient, MongoError, MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import type { Collection, Document, Filter, FindOptions, Sort } from 'mongodb';
import { AppError } from '../../../../core/errors.ts';
import { VendorError } from '../http.ts';
import { SELECT_TIMEOUT_MS, SOCKET_TIMEOUT_MS } from './limits.ts';

export interface StoredDocument extends Document {
	readonly _id: string;
}

/** What the stores know of a collection. Every function throws VendorError and nothing else. https://www.mongodb.com/docs/drivers/node/current/ */
export interface MongoCollection {
	/** `settled`: only what would survive the loss of any one server of a replica set. */
	find(filter: Filter<StoredDocument>, options: { sort?: Sort; limit: number; settled?: boolean }): Promise<readonly StoredDocument[]>;
	/**
	 * Each document in place of the one that its filter finds, or as a new one; in no order, each by itself. One whose `_id` is there already, with other
	 * values than the filter's, is left as it is. Returns the indexes of those that the server refused.
	 */
	replaceEach(replacements: readonly { readonly filter: Filter<StoredDocument>; readonly document: StoredDocument }[]): Promise<readonly number[]>;
	deleteMany(filter: Filter<StoredDocument>): Promise<void>;
	/** Those that are there already are left as they are. */
	createIndexes(indexes: readonly { readonly name: string; readonly key: Readonly<Record<string, 1 | -1>>; readonly expireAfterSeconds?: number }[]): Promise<void>;
}

/** One deployment of MongoDB. It connects with its first call, and again by itself. */
export interface Mongo {
	collection(name: string): MongoCollection;
	/** Whether it answers. Never rejects. */
	answers(): Promise<boolean>;
	close(): Promise<void>;
}

const DEFAULT_DATABASE = 'concierge';
const DUPLICATE_KEY = 11_000;

/**
 * @param uri a connection string (`mongodb://…`, `mongodb+srv://…`); its path names the database, `concierge` by default
 * @throws AppError `config_invalid` when the driver can't read it; like every other error it shows none of it
 */
export function createMongo(uri: string, options: { selectTimeoutMs?: number; socketTimeoutMs?: number } = {}): Mongo {
	const { client, secrets } = clientFor(uri, options);
	const database = client.db(databaseOf(uri));

	async function call<T>(operation: string, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			throw failureOf(operation, error, secrets);
		}
	}

	return {
		collection(name) {
			const collection: Collection<StoredDocument> = database.collection(name);
			return {
				find: (filter, { sort, limit, settled }) =>
					call('find', () => {
						const safely: FindOptions = settled ? { readConcern: { level: 'majority' }, readPreference: 'primary' } : {};
						return collection.find(filter, { limit, maxTimeMS: SOCKET_TIMEOUT_MS, ...(sort === undefined ? {} : { sort }), ...safely }).toArray();
					}),
				replaceEach: (replacements) =>
					call('bulkWrite', async () => {
						try {
							await collection.bulkWrite(replacements.map(({ filter, document: { _id: _key, ...replacement } }) => ({ replaceOne: { filter, replacement, upsert: true } })), { ordered: false });
							return [];
						} catch (error) {
							// Each write was answered; whatever else went wrong (the write concern) is thrown.
							if (!(error instanceof MongoBulkWriteError) || error.result.getWriteConcernError()) throw error;
							const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
							if (errors.length === 0) throw error;
							return errors.filter(({ code }) => code !== DUPLICATE_KEY).map(({ index }) => index);
						}
					}),
				deleteMany: (filter) => call('deleteMany', async () => void (await collection.deleteMany(filter))),
				createIndexes: (indexes) => call('createIndexes', async () => void (await collection.createIndexes(indexes.map(({ key, ...index }) => ({ ...index, key: { ...key } }))))),
			};
		},
		answers: () => client.db('admin').command({ ping: 1 }).then(() => true, () => false),
		close: () => client.close(),
	};
}

function clientFor(uri: string, options: { selectTimeoutMs?: number; socketTimeoutMs?: number }): { client: MongoClient; secrets: readonly string[] } {
	try {
		const client = new MongoClient(uri, {
			appName: 'concierge',
			serverSelectionTimeoutMS: options.selectTimeoutMs ?? SELECT_TIMEOUT_MS,
			connectTimeoutMS: options.selectTimeoutMs ?? SELECT_TIMEOUT_MS,
			waitQueueTimeoutMS: options.selectTimeoutMs ?? SELECT_TIMEOUT_MS,
			// The driver's timeoutMS does nothing in 7.9.
			socketTimeoutMS: options.socketTimeoutMs ?? SOCKET_TIMEOUT_MS,
			maxPoolSize: 10,
			// What is acknowledged survives the loss of a server: PostgreSQL's copy may go.
			writeConcern: { w: 'majority' },
		});
		return { client, secrets: secretsOf(uri) };
	} catch {
		// The driver's words may repeat the string, which holds the password.
		throw new AppError('config_invalid', 'MONGODB_URI is no connection string that the MongoDB driver can read. Copy it as the deployment shows it; a password’s special characters are percent-encoded.');
	}
}

/** Everything before the @, as it is written and as it is meant. */
function secretsOf(uri: string): readonly string[] {
	const [, account = ''] = /^mongodb(?:\+srv)?:\/\/([^/]*)@/.exec(uri) ?? [];
	const [user = '', ...password] = account.split(':');
	return [account, password.join(':'), user].flatMap((text) => [text, decode(text)]).filter((text) => text !== '');
}

function databaseOf(uri: string): string {
	const [, name = ''] = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(uri) ?? [];
	return name === '' ? DEFAULT_DATABASE : decode(name);
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** The driver's error is not kept as `cause`: it holds hosts, documents and the options of the connection. */
function failureOf(operation: string, error: unknown, secrets: readonly string[]): VendorError {
	const words = redact(error instanceof Error ? error.message : String(error), secrets).slice(0, 300);
	if (error instanceof MongoServerSelectionError) return new VendorError('mongodb', 'unreachable', `mongodb can't be reached for ${operation}: ${words}. Check MONGODB_URI and that it runs.`);
	if (error instanceof MongoNetworkError || isConcernFailure(error)) return new VendorError('mongodb', 'ambiguous', `mongodb gave no answer to ${operation}: ${words}. It may have been done.`);
	if (error instanceof MongoServerError) return new VendorError('mongodb', 'refused', `mongodb answered ${String(error.code ?? 'an error')} to ${operation}: ${error.code === DUPLICATE_KEY ? 'duplicate key' : words}`);
	const outcome = error instanceof MongoError ? 'unreachable' : 'refused';
	return new VendorError('mongodb', outcome, `mongodb: ${operation} was not done: ${words}`);
}

/** Written here and there, and not (yet) as safely as was asked. */
function isConcernFailure(error: unknown): boolean {
	return error instanceof MongoBulkWriteError || (error instanceof MongoServerError && error.codeName === 'WriteConcernFailed');
}

function redact(text: string, secrets: readonly string[]): string {
	return secrets.reduce((shown, secret) => shown.replaceAll(secret, '•••'), text);
}
