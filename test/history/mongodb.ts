import { randomBytes } from 'node:crypto';
import { createMongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import type { Mongo } from '../../provisioner/src/vendors/mongodb/client.ts';
import { startMongoStandIn } from '../../sandbox/src/mongodb/server.ts';
import type { MongoStandIn } from '../../sandbox/src/mongodb/server.ts';

export interface TestMongo {
	readonly mongo: Mongo;
	/** null: a real server, the one of MONGODB_URI. */
	readonly standIn: MongoStandIn | null;
	/** "MongoDB", and what of it. */
	readonly name: string;
	close(): Promise<void>;
}

const REAL_URI = process.env['MONGODB_URI'] ?? '';

export const MONGODB = REAL_URI === '' ? 'MongoDB (stand-in: not verified against mongod)' : 'MongoDB (the server of MONGODB_URI)';

/** A database of its own on the server of MONGODB_URI, else on a stand-in. */
export async function startTestMongo(): Promise<TestMongo> {
	const standIn = REAL_URI === '' ? await startMongoStandIn() : null;
	const database = `concierge_test_${randomBytes(6).toString('hex')}`;
	// The address may name several hosts; a user stands in the database that it names (`authSource`).
	const mongo = createMongo((standIn?.url ?? REAL_URI).replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?[^?]*/, `$1/${database}`), { selectTimeoutMs: 2_000, socketTimeoutMs: 4_000 });
	return {
		mongo,
		standIn,
		name: MONGODB,
		async close() {
			if (standIn === null) await mongo.collection('messages').deleteMany({});
			await mongo.close();
			await standIn?.close();
		},
	};
}
