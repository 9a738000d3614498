import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { AppError } from '../../../core/errors.ts';

export const MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));

/**
 * Brings the schema up to date as the owner, and the service's login role with the password of `appUrl`.
 * Safe to run from several processes at once (advisory lock).
 * @throws AppError `database_unreachable`
 */
export async function migrate(ownerUrl: string, appUrl: string, log: (line: string) => void = () => undefined): Promise<void> {
	const owner = new pg.Client({ connectionString: ownerUrl });
	try {
		await owner.connect();
	} catch (cause) {
		throw new AppError('database_unreachable', 'PostgreSQL can\'t be reached. Check DATABASE_OWNER_URL and that the server runs.', { cause });
	}
	try {
		await ensureAppRole(owner, new URL(appUrl));
		await runner({
			dbClient: owner,
			dir: MIGRATIONS,
			direction: 'up',
			migrationsTable: 'schema_migrations',
			checkOrder: true,
			advisoryLockMode: 'wait',
			log,
		});
	} finally {
		await owner.end();
	}
}

/** The role is created here and not in a migration because its password comes from the configuration. */
async function ensureAppRole(owner: pg.Client, appUrl: URL): Promise<void> {
	const role = decodeURIComponent(appUrl.username);
	const password = decodeURIComponent(appUrl.password);
	const options = `LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ${pg.escapeLiteral(password)}`;
	const identifier = pg.escapeIdentifier(role);
	await owner.query("SELECT pg_advisory_lock(hashtext('concierge.app_role'))");
	try {
		const { rowCount } = await owner.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
		await owner.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${identifier} ${options}`);
		await owner.query(`GRANT USAGE ON SCHEMA public TO ${identifier}`);
		await owner.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${identifier}`);
		await owner.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${identifier}`);
	} finally {
		await owner.query("SELECT pg_advisory_unlock(hashtext('concierge.app_role'))");
	}
}
