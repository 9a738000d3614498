import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { signUpDemo } from '../scripts/stack/demo.ts';
import { eventually, stackClients } from '../test/e2e/clients.ts';
import { startTestStack } from '../test/e2e/test-stack.ts';

/**
 * `npm run bench:turn [-- TURNS]`: time from the end of the quiet window to the answer at the vendor, one turn at a time, through the real
 * n8n with the offline responder. Both ends are read where they happen: the window's end in the database, the arrival in the sandbox.
 */
const TURNS = Number(process.argv[2] ?? 50);
const WARM_UP = 5;
const QUIET_WINDOW_MS = 300;

const stateDir = await mkdtemp(join(tmpdir(), 'concierge-bench-'));
const { stack, access } = await startTestStack(stateDir, { QUIET_WINDOW_MS: String(QUIET_WINDOW_MS), LOG_LEVEL: 'warn' });
const database = new pg.Pool({ connectionString: access.databaseOwnerUrl, max: 1 });
try {
	await signUpDemo(stack, () => undefined);
	const { sandbox, textsTo, api } = stackClients(access);
	const key = stack.settingsFile.settings.demo['Flores']?.apiKey ?? '';
	const session = (await api(key).get<{ data: { external_id: string }[] }>('/v1/connections')).body.data[0]?.external_id;
	const measured: number[] = [];
	for (let turn = 0; turn < WARM_UP + TURNS; turn++) {
		const from = String(34_690_000_000 + turn);
		await sandbox.post(`/control/waha/sessions/${session}/messages`, { from, body: 'Сколько стоит букет из 20 роз?' });
		const answer = await eventually(`an answer to ${from}`, async () => (await textsTo('whatsapp', from))[0]);
		const { rows } = await database.query<{ flush_at: Date }>(
			'SELECT t.flush_at FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.chat_id LIKE $1', [`${from}%`],
		);
		const flushAt = rows[0]?.flush_at;
		if (!flushAt || rows.length !== 1) throw new Error(`${from} has ${rows.length} turns; one was expected.`);
		if (turn >= WARM_UP) measured.push(answer.at - flushAt.getTime());
	}
	measured.sort((a, b) => a - b);
	const at = (share: number) => measured[Math.min(measured.length - 1, Math.floor(measured.length * share))];
	process.stdout.write(
		`End of the quiet window → answer at the vendor, ${TURNS} turns one after another, offline responder, ${cpus().length} cores, Node ${process.versions.node}:\n` +
			`median ${at(0.5)} ms, p95 ${at(0.95)} ms, min ${measured[0]} ms, max ${measured.at(-1)} ms\n`,
	);
} finally {
	await database.end();
	await stack.stopAll();
	await rm(stateDir, { recursive: true, force: true });
}
