/** What the process is told by its environment. */
export interface SandboxConfig {
	readonly port: number;
	/** Where state survives a restart; nowhere when unset. */
	readonly stateFile: string | undefined;
	/** The `X-Api-Key` that the WAHA stand-in accepts. */
	readonly wahaKey: string;
	/** A superuser's URL of an empty database for the Supabase stand-in; off when unset. */
	readonly supabaseDatabaseUrl: string | undefined;
}

/** Reads SANDBOX_PORT (8090), SANDBOX_STATE_FILE (none), SANDBOX_WAHA_KEY (sandbox-waha-key), SANDBOX_SUPABASE_DATABASE_URL (none). Throws naming the variable. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): SandboxConfig {
	const text = env['SANDBOX_PORT'] || '8090';
	const port = Number(text);
	if (!/^\d+$/.test(text) || port > 65_535) {
		throw new Error(`SANDBOX_PORT must be a port number from 0 to 65535, not "${text}".`);
	}
	return {
		port,
		stateFile: env['SANDBOX_STATE_FILE'] || undefined,
		wahaKey: env['SANDBOX_WAHA_KEY'] || 'sandbox-waha-key',
		supabaseDatabaseUrl: env['SANDBOX_SUPABASE_DATABASE_URL'] || undefined,
	};
}
