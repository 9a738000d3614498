import type { Logger } from 'pino';
import { AppError } from '../../../../core/errors.ts';
import { VendorError } from '../../vendors/http.ts';
import type { RemovedResource } from '../tenants/tenants.ts';
import type { Connection } from './connection.ts';
import { CLAIM_SECONDS } from './journal.ts';
import type { Journal, JournalEntry } from './journal.ts';
import type { ConnectionRepository } from './repository.ts';
import type { Job, Step } from './step.ts';

/** How often an unfinished connection is tried again before what it made is undone. */
const MAX_ATTEMPTS = 5;

export interface Saga {
	/** Steps of a channel, in order. */
	stepNames(channel: Connection['channel']): readonly string[];
	/** Runs what isn't done yet; undoes everything when a step fails. The connection must be claimed; it is released. @throws the step's error */
	connect(tenantId: string, connectionId: string): Promise<void>;
	/** Undoes every step, last first, and deletes the connection. @throws AppError `connection_busy` (409), and what a vendor's client throws */
	disconnect(tenantId: string, connectionId: string): Promise<readonly RemovedResource[]>;
	/** Goes on with, or undoes, what a crash or an unreachable vendor left unfinished. Never throws. */
	resumeUnfinished(): Promise<void>;
}

export function createSaga(deps: {
	repository: ConnectionRepository;
	journal: Journal;
	recipes: Readonly<Record<Connection['channel'], readonly Step[]>>;
	log: Logger;
}): Saga {
	const { repository, journal, recipes, log } = deps;

	async function jobFor(connection: Connection, entries: readonly JournalEntry[]): Promise<Omit<Job, 'interrupted'>> {
		const secrets = await repository.secretsOf(connection.tenantId, connection.id);
		const results = new Map(entries.map((entry) => [entry.step, entry.result]));
		return { connection, secrets, made: (step) => results.get(step) ?? {} };
	}

	async function forward(connection: Connection): Promise<void> {
		const { tenantId, id } = connection;
		for (const step of recipes[connection.channel]) {
			const entries = await journal.entries(tenantId, id);
			const entry = entries.find((candidate) => candidate.step === step.name);
			if (!entry || entry.state === 'done') continue;
			const job = await jobFor(connection, entries);
			await journal.begin(tenantId, id, step.name);
			try {
				await journal.done(tenantId, id, step.name, await step.run({ ...job, interrupted: entry.state === 'running' }));
			} catch (error) {
				await journal.failed(tenantId, id, step.name, messageOf(error));
				throw error;
			}
		}
	}

	async function backward(connection: Connection): Promise<readonly RemovedResource[]> {
		const { tenantId, id } = connection;
		await repository.setState(tenantId, id, 'deleting', null);
		for (const step of [...recipes[connection.channel]].reverse()) {
			const entries = await journal.entries(tenantId, id);
			const entry = entries.find((candidate) => candidate.step === step.name);
			if (!entry || entry.state === 'pending' || entry.state === 'undone') continue;
			const job = await jobFor(connection, entries);
			try {
				await journal.undone(tenantId, id, step.name, await step.undo({ ...job, interrupted: entry.state === 'running' }, entry.result));
			} catch (error) {
				await repository.setState(tenantId, id, 'deleting', messageOf(error));
				throw error;
			}
		}
		// In the order they were removed.
		const removed = (await journal.entries(tenantId, id)).toReversed().flatMap((entry) => entry.removed);
		await repository.finishDeletion(tenantId, id, removed);
		log.info({ connection: id, tenant: tenantId, removed: removed.length }, 'Connection removed');
		return (await repository.reportOf(tenantId, id)) ?? removed;
	}

	/** Keeps the claim alive while `work` runs. */
	async function holding<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
		const heartbeat = setInterval(() => {
			journal.claim(connection.tenantId, connection.id, 'renew').catch((error: unknown) => log.warn({ err: error, connection: connection.id }, 'Claim not renewed'));
		}, (CLAIM_SECONDS * 1000) / 3);
		try {
			return await work();
		} finally {
			clearInterval(heartbeat);
			// It ends by itself soon: a failed release must not hide what the work had to say.
			await journal.release(connection.tenantId, connection.id).catch((error: unknown) => log.warn({ err: error, connection: connection.id }, 'Claim not released'));
		}
	}

	async function connectOrUndo(connection: Connection): Promise<void> {
		try {
			await forward(connection);
		} catch (error) {
			log.warn({ connection: connection.id, err: error }, 'Connecting failed; undoing what was made');
			// The first error is the answer; an undo that fails too is continued by the resumer.
			await backward(connection).catch((undoError: unknown) => log.warn({ connection: connection.id, err: undoError }, 'Undoing failed; it will be tried again'));
			throw error;
		}
	}

	async function resume(connection: Connection): Promise<void> {
		if (connection.state === 'deleting') {
			await backward(connection);
			return;
		}
		try {
			await forward(connection);
			log.info({ connection: connection.id }, 'Unfinished connection completed');
		} catch (error) {
			const attempts = Math.max(0, ...(await journal.entries(connection.tenantId, connection.id)).filter((entry) => entry.state === 'running').map((entry) => entry.attempts));
			if (isTransient(error) && attempts < MAX_ATTEMPTS) throw error;
			await backward(connection);
		}
	}

	return {
		stepNames: (channel) => recipes[channel].map((step) => step.name),
		async connect(tenantId, connectionId) {
			const connection = await repository.get(tenantId, connectionId);
			await holding(connection, () => connectOrUndo(connection));
		},
		async disconnect(tenantId, connectionId) {
			const connection = await repository.get(tenantId, connectionId);
			if (!(await journal.claim(tenantId, connectionId, 'new'))) {
				throw new AppError('connection_busy', 'This connection is being made or removed right now. Try again in a few seconds.', { status: 409 });
			}
			return holding(connection, () => backward(connection));
		},
		async resumeUnfinished() {
			const unfinished = await journal.unfinished().catch((error: unknown) => {
				log.warn({ err: error }, 'Unfinished connections could not be looked for; it is tried again');
				return [];
			});
			for (const { id, tenantId } of unfinished) {
				try {
					if (!(await journal.claim(tenantId, id, 'new'))) continue;
					const connection = await repository.get(tenantId, id);
					await holding(connection, () => resume(connection));
				} catch (error) {
					log.warn({ connection: id, err: error }, 'A connection is still unfinished; it will be tried again');
				}
			}
		},
	};
}

/** The vendor may be back in a moment; anything it refused it will refuse again. */
function isTransient(error: unknown): boolean {
	return error instanceof VendorError && error.outcome !== 'refused';
}

function messageOf(error: unknown): string {
	return error instanceof AppError ? error.message : 'An unexpected error; see the log.';
}
