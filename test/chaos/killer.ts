import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName, Stack } from '../../scripts/stack/stack.ts';
import type { JsonClient } from '../e2e/clients.ts';
import { eventually } from '../e2e/clients.ts';
import type { Moments } from './moments.ts';
import type { Random } from './random.ts';

export const VICTIMS = ['gateway', 'n8n', 'postgres'] as const;
export type Victim = (typeof VICTIMS)[number];

export interface Killer {
	/** Kills these at random moments until `until` (Unix ms), each at least twice, and has them all running again in the end. */
	rage(victims: readonly Victim[], until: number): Promise<void>;
	readonly kills: Readonly<Record<Victim, number>>;
	/** Services that ended without having been killed: a crash of their own. */
	readonly deserters: readonly string[];
}

type Moment = 'any' | 'posting' | 'acknowledged' | 'sent' | 'unanswered';
const MOMENTS: Readonly<Record<Victim, readonly Moment[]>> = {
	gateway: ['unanswered', 'any', 'posting', 'acknowledged', 'sent', 'unanswered'],
	n8n: ['any', 'posting', 'acknowledged', 'sent'],
	postgres: ['any', 'posting', 'acknowledged', 'sent', 'unanswered'],
};
const SERVICES: Readonly<Record<Victim, ServiceName>> = { gateway: 'provisioner', n8n: 'n8n', postgres: 'postgres' };
/** How long a service that was killed may take to be ready again, other kills meanwhile included. */
const RECOVERY_MS = 120_000;

export interface KillerDeps {
	readonly stack: Stack;
	readonly stateDir: string;
	readonly moments: Moments;
	/** The sandbox's controls. */
	readonly sandbox: JsonClient;
	readonly random: Random;
	readonly note: (line: string) => void;
}

export function createKiller({ stack, stateDir, moments, sandbox, random, note }: KillerDeps): Killer {
	const kills = { gateway: 0, n8n: 0, postgres: 0 };
	const deserters: string[] = [];
	const expected = new Set<ServiceName>();
	let raging = false;
	for (const victim of VICTIMS) watch(SERVICES[victim]);

	/** Notes a service that ends by itself, and starts it again. */
	function watch(name: ServiceName): void {
		const service = stack.services[name];
		void service.exited.then(async (code) => {
			if (expected.has(name) || !raging) return;
			deserters.push(`${name} ended by itself with code ${code}:\n${service.tail(5)}`);
			await revive(name);
		});
	}

	async function kill(victim: Victim): Promise<void> {
		const name = SERVICES[victim];
		const pids = victim === 'postgres' ? await postgresPids(stateDir) : [];
		expected.add(name);
		kills[victim] += 1;
		for (const pid of pids) killNow(pid);
		await stack.services[name].kill();
		await copyFile(stack.services[name].logFile, join(stateDir, 'run', `${name}.killed-${kills[victim]}.log`));
	}

	async function revive(name: ServiceName): Promise<void> {
		expected.add(name);
		const deadline = Date.now() + RECOVERY_MS;
		for (;;) {
			try {
				await stack.start(name);
				break;
			} catch (error) {
				// It needs another that is down at the moment: whoever supervises it starts it again.
				if (Date.now() > deadline) throw error;
				await stack.services[name].kill();
				await delay(200);
			}
		}
		expected.delete(name);
		watch(name);
	}

	/** A vendor took a message and does not say so: what dies now can't know whether it left. */
	async function untilUnanswered(): Promise<void> {
		const hung = random.pick([{ vendor: 'waha', operation: 'sendText' }, { vendor: 'telegram', operation: 'sendMessage' }]);
		const { body: fault } = await sandbox.post<{ id: number }>('/control/faults', { ...hung, mode: 'hang_after_accept', count: 1 });
		await eventually('a call that is not answered', async () => {
			const { body } = await sandbox.get<{ data: { id: number; count: number }[] }>('/control/faults');
			return body.data.every(({ id, count }) => id !== fault.id || count === 0);
		}, 3_000).catch(() => undefined);
		await sandbox.delete('/control/faults');
	}

	async function hunt(victim: Victim, until: number): Promise<void> {
		// Each moment comes up before one comes up again.
		let left: Moment[] = [];
		const enough = kills[victim] + 2;
		do {
			await delay(random.between(300, 3_000));
			if (left.length === 0) left = random.shuffled(MOMENTS[victim]);
			const moment = left.pop() ?? 'any';
			if (moment === 'unanswered') await untilUnanswered();
			else if (moment !== 'any') await moments.next(moment, 3_000);
			// A moment later, too: between an acknowledgement and what follows lie a few milliseconds.
			if (random.chance(0.5)) await delay(random.between(0, 60));
			note(`kill -9 ${victim} (${moment})`);
			await kill(victim);
			await delay(random.pick([0, random.between(0, 1_500)]));
			const startedAt = Date.now();
			await revive(SERVICES[victim]);
			note(`${victim} is back after ${Date.now() - startedAt} ms`);
		} while (Date.now() < until || kills[victim] < enough);
	}

	return {
		kills,
		deserters,
		async rage(victims, until) {
			raging = true;
			await Promise.all(victims.map((victim) => hunt(victim, until)));
			raging = false;
		},
	};
}

function killNow(pid: number): void {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// ended meanwhile
	}
}

/** The server and each of its backends: they are in sessions of their own, so killing the service's group would leave them to end in order. */
async function postgresPids(stateDir: string): Promise<number[]> {
	const server = Number((await readFile(join(stateDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]);
	const pids = [server];
	for (const entry of await readdir('/proc').catch(() => [])) {
		if (!/^\d+$/.test(entry)) continue;
		const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
		if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === server) pids.push(Number(entry));
	}
	return pids;
}
