import { createHmac, randomBytes } from 'node:crypto';
import pg from 'pg';
import { startSandbox, type TestSandbox } from '../test-support.ts';
import { PROJECT, setUpProject } from './project.ts';

/** For tests: a sandbox with a new Supabase project on a PostgreSQL server. */
export interface TestProject {
	readonly sandbox: TestSandbox;
	/** For `createClient`. */
	readonly url: string;
	/** Runs SQL as the SQL editor does: as the project's owner, whom row-level security does not bind. */
	editor<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
	close(): Promise<void>;
}

/** @param serverUrl a superuser's, of any database of the server */
export async function startTestProject(serverUrl: string): Promise<TestProject> {
	const name = `supabase_${randomBytes(6).toString('hex')}`;
	const admin = new pg.Client({ connectionString: serverUrl });
	await admin.connect();
	await admin.query(`CREATE DATABASE ${name}`);
	await admin.end();
	const database = new URL(serverUrl);
	database.pathname = `/${name}`;
	const { ownerUrl } = await setUpProject(database.toString());
	const editor = new pg.Pool({ connectionString: ownerUrl, max: 2 });
	const sandbox = await startSandbox({ supabaseDatabaseUrl: database.toString() });
	return {
		sandbox,
		url: `${sandbox.url}/supabase`,
		editor: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => (await editor.query<Row>(text, values)).rows,
		async close() {
			await sandbox.close();
			await editor.end();
		},
	};
}

/** A token as whoever has the project's secret can sign one. */
export function tokenOf(claims: Readonly<Record<string, unknown>>, secret: string = PROJECT.jwtSecret): string {
	const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ role: 'authenticated', exp: Math.floor(Date.now() / 1000) + 60, ...claims })}`;
	return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
