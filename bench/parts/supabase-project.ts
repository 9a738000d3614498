import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { SupabaseSettings } from '../../provisioner/src/vendors/supabase/client.ts';
import { PROJECT, setUpProject } from '../../sandbox/src/supabase/project.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { startService, untilReady } from '../../scripts/stack/processes.ts';
import { ROOT, runDirOf, type Stage } from '../stage.ts';

/** A Supabase project by the sandbox's stand-in, in a process of its own, on the stage's PostgreSQL, with the set-up file run: how it is reached. */
export async function startSupabaseProject(stage: Stage, name: string): Promise<SupabaseSettings> {
	const databaseUrl = await stage.databaseUrl(name);
	const { ownerUrl } = await setUpProject(databaseUrl);
	const editor = new pg.Client({ connectionString: ownerUrl });
	await editor.connect();
	await editor.query(readFileSync(join(ROOT, 'provisioner/supabase/setup.sql'), 'utf8'));
	await editor.end();
	const port = await freePort();
	const url = `http://127.0.0.1:${port}`;
	const service = startService({
		name: 'supabase', command: process.execPath, args: ['sandbox/src/main.ts'], cwd: ROOT, runDir: runDirOf(stage.stateDir),
		env: { ...process.env, SANDBOX_PORT: String(port), SANDBOX_SUPABASE_DATABASE_URL: databaseUrl },
	});
	stage.alsoStop(service);
	await untilReady(service, async () => (await fetch(`${url}/health`)).ok, 30_000);
	return { url: `${url}/supabase`, publishableKey: PROJECT.publishableKey, jwtSecret: PROJECT.jwtSecret };
}
