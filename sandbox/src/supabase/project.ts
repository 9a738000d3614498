import pg from 'pg';
import { createSchemaCache, type Schema } from './schema-cache.ts';

/** What the stand-in's project is reached with. A `sb_secret_…` key is not served: nothing that the platform does for tenants may need it. */
export const PROJECT = {
	publishableKey: 'sb_publishable_sandbox',
	/** Shared secret of HS256 tokens, as under "JWT Keys" in the dashboard. */
	jwtSecret: 'sandbox-jwt-secret-with-at-least-32-characters',
	/** Owns the database and runs the SQL editor; "postgres" at the vendor, where it is no superuser either. */
	owner: 'supabase_project_owner',
	authenticator: 'supabase_authenticator',
} as const;

/**
 * Makes an empty database of a PostgreSQL server what a new Supabase project is: the roles, the schemas `auth` and `extensions`, `auth.jwt()`,
 * the timeouts, and the widest default privileges that projects have had (everything to everybody: what is not revoked is open).
 * Run again it changes nothing. Returns the URLs of the SQL editor's role and of the REST API's.
 */
export async function setUpProject(superuserUrl: string): Promise<{ ownerUrl: string; authenticatorUrl: string }> {
	const { password, pathname } = new URL(superuserUrl);
	const client = new pg.Client({ connectionString: superuserUrl });
	await client.connect();
	try {
		// Roles belong to the server, which several projects may share.
		await client.query("SELECT pg_advisory_lock(hashtext('sandbox.supabase_roles'))");
		const login = `LOGIN PASSWORD ${pg.escapeLiteral(decodeURIComponent(password))}`;
		await ensureRole(client, 'anon', 'NOLOGIN NOINHERIT');
		await ensureRole(client, 'authenticated', 'NOLOGIN NOINHERIT');
		await ensureRole(client, 'service_role', 'NOLOGIN NOINHERIT BYPASSRLS');
		await ensureRole(client, PROJECT.owner, `NOSUPERUSER CREATEROLE CREATEDB BYPASSRLS ${login}`);
		await ensureRole(client, PROJECT.authenticator, `NOSUPERUSER NOINHERIT ${login}`);
		await client.query(`GRANT anon, authenticated, service_role TO ${PROJECT.authenticator}`);
		// https://supabase.com/docs/guides/database/postgres/timeouts
		await client.query(`ALTER ROLE anon SET statement_timeout = '3s'`);
		await client.query(`ALTER ROLE authenticated SET statement_timeout = '8s'`);
		await client.query("SELECT pg_advisory_unlock(hashtext('sandbox.supabase_roles'))");
		await client.query(`
			ALTER DATABASE ${pg.escapeIdentifier(decodeURIComponent(pathname.slice(1)))} OWNER TO ${PROJECT.owner};
			ALTER SCHEMA public OWNER TO ${PROJECT.owner};
			CREATE SCHEMA IF NOT EXISTS extensions;
			CREATE SCHEMA IF NOT EXISTS auth;
			GRANT ALL ON SCHEMA extensions TO ${PROJECT.owner};
			GRANT USAGE ON SCHEMA public, extensions, auth TO ${PROJECT.owner}, anon, authenticated, service_role;
			CREATE OR REPLACE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
				SELECT coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims', true), ''))::jsonb
			$$;
			ALTER DEFAULT PRIVILEGES FOR ROLE ${PROJECT.owner} IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated, service_role;
			ALTER DEFAULT PRIVILEGES FOR ROLE ${PROJECT.owner} IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated, service_role;
		`);
	} finally {
		await client.end();
	}
	return { ownerUrl: as(superuserUrl, PROJECT.owner), authenticatorUrl: as(superuserUrl, PROJECT.authenticator) };
}

async function ensureRole(client: pg.Client, role: string, options: string): Promise<void> {
	const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
	await client.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${role} ${options}`);
}

function as(url: string, role: string): string {
	const changed = new URL(url);
	changed.username = role;
	return changed.toString();
}

/** What the REST API stands on: a pool in the authenticator's role, and what it knows of the schema. */
export interface RunningProject {
	readonly pool: pg.Pool;
	schema(): Promise<Schema>;
	close(): Promise<void>;
}

export async function openProject(superuserUrl: string): Promise<RunningProject> {
	const { authenticatorUrl } = await setUpProject(superuserUrl);
	const pool = new pg.Pool({ connectionString: authenticatorUrl, max: 10 });
	// An idle client whose server went away: the pool drops it.
	pool.on('error', () => undefined);
	const cache = createSchemaCache(authenticatorUrl);
	return {
		pool,
		schema: () => cache.current(),
		async close() {
			await cache.close();
			await pool.end();
		},
	};
}
