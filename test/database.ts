import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { createDatabase } from '../provisioner/src/store/database.ts';
import type { Database } from '../provisioner/src/store/database.ts';

export const TEMPLATE_DATABASE = 'concierge_template';

/** The service's own role, for a superuser's URL. */
export function appUrlOf(ownerUrl: string): string {
	const url = new URL(ownerUrl);
	url.username = 'concierge_app';
	url.password = 'app-password';
	return url.toString();
}

export interface TestDatabase {
	readonly database: Database;
	readonly appUrl: string;
	readonly ownerUrl: string;
	/** Runs SQL as the owner, past row-level security: to look at what the service stored. */
	asOwner<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
	close(): Promise<void>;
}

/** A fresh, migrated database of the shared test server, reached as the service's non-owner role. */
export async function createTestDatabase(): Promise<TestDatabase> {
	const name = `test_${randomBytes(6).toString('hex')}`;
	const adminUrl = inject('postgresUrl');
	await onServer(adminUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`));
	const owner = new URL(adminUrl);
	owner.pathname = `/${name}`;
	const ownerUrl = owner.toString();
	const appUrl = appUrlOf(ownerUrl);
	const database = createDatabase(appUrl);
	const ownerPool = new pg.Pool({ connectionString: ownerUrl, max: 2 });
	return {
		database,
		appUrl,
		ownerUrl,
		asOwner: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => (await ownerPool.query<Row>(text, values)).rows,
		async close() {
			await database.close();
			await ownerPool.end();
			// The database goes with its server: dropping it by force would break connections that are just closing.
		},
	};
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}
