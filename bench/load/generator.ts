import { randomBytes } from 'node:crypto';
import { summarise } from '../statistics.ts';
import { createArrivals, lagFor } from './arrivals.ts';
import type { Arrival } from './arrivals.ts';
import type { FromGenerator, LoadJob, LoadResult, ToGenerator } from './job.ts';
import { openConnection } from './keep-alive.ts';
import type { KeepAliveConnection } from './keep-alive.ts';
import { wahaRequest } from './waha-request.ts';

// The load generator, a process of its own: what it costs is not measured as part of what it loads.
const say = (message: FromGenerator): void => void process.send?.(message);
/** Bursts in the air between two messages of one customer, where no rate says it. */
const CLOSED_LAG = 20;
/** An open loop gives up on what is not answered so long after the last was sent. */
const DRAIN_MS = 60_000;

let grant: (bursts: number) => void = () => undefined;
let end: () => void = () => undefined;

process.on('message', (message: ToGenerator) => {
	if (message.type === 'grant') grant(message.bursts);
	else if (message.type === 'end') end();
	else run(message.job).then((result) => say({ type: 'result', result }), (error: unknown) => say({ type: 'error', message: String(error) }));
});
process.on('disconnect', () => process.exit(0));
say({ type: 'ready' });

function run(job: LoadJob): Promise<LoadResult> {
	const { shape, burstSize } = job;
	const rate = shape.type === 'open' ? shape.messagesPerSecond : 0;
	let limit = shape.type === 'open' ? Math.max(1, Math.round((rate * shape.seconds) / burstSize)) : shape.type === 'closed' ? Number.MAX_SAFE_INTEGER : 0;
	const lag = shape.type === 'open' ? lagFor(job.gapMs, rate, burstSize) : CLOSED_LAG;
	const arrivals = createArrivals({ size: burstSize, lag }, () => limit, shape.type === 'open');
	const requests = createRequests(job, () => arrivals.next());
	requests.prepare(job.prepared);

	const idle: KeepAliveConnection[] = Array.from({ length: job.connections }, () => openConnection(job.host, job.port));
	const everyone = [...idle];
	const latencies: number[] = [];
	const failures: Record<string, number> = {};
	const cpuBefore = process.cpuUsage();
	const startedAt = performance.now();
	const measuredFrom = startedAt + (shape.type === 'granted' ? 0 : shape.warmUpSeconds * 1000);
	let inFlight = 0;
	let acknowledged = 0;
	let lastAnswerAt = measuredFrom;
	let worstDelayMs = 0;
	let ended = false;

	return new Promise((resolve) => {
		/** Messages whose time has come while all connections were busy: they wait, and their latency with them. */
		const queue: { request: Buffer; dueAt: number }[] = [];
		let queueHead = 0;

		function post(connection: KeepAliveConnection, request: Buffer, from: number, again = false): void {
			inFlight += 1;
			connection.send(request, (status) => {
				inFlight -= 1;
				// The server may close an idle connection just as a request leaves: any client sends it again, and the time it took counts.
				if (status === 0 && !again) {
					post(connection, request, from, true);
					return;
				}
				const now = performance.now();
				if (status < 200 || status > 299) failures[status] = (failures[status] ?? 0) + 1;
				else if (from >= measuredFrom && !(ended && shape.type !== 'open')) {
					acknowledged += 1;
					latencies.push(now - from);
					lastAnswerAt = now;
				}
				next(connection);
			});
		}
		function next(connection: KeepAliveConnection): void {
			if (shape.type === 'open') {
				const waiting = queue[queueHead];
				if (waiting) {
					queueHead += 1;
					post(connection, waiting.request, waiting.dueAt);
					return;
				}
			} else if (!ended) {
				const request = requests.next();
				if (request) {
					post(connection, request, performance.now());
					return;
				}
			}
			idle.push(connection);
			if (ended && inFlight === 0) finish();
		}
		function startIdle(): void {
			for (const connection of idle.splice(0)) next(connection);
		}
		function finish(): void {
			for (const connection of everyone) connection.close();
			const cpu = process.cpuUsage(cpuBefore);
			const seconds = Math.max(0.001, (lastAnswerAt - measuredFrom) / 1000);
			resolve({
				acknowledged, seconds, perSecond: acknowledged / seconds, latencyMs: summarise(latencies), failures, bursts: requests.bursts(), worstDelayMs,
				generatorCpu: (cpu.user + cpu.system) / 1000 / (performance.now() - startedAt),
			});
		}
		function stop(): void {
			if (ended) return;
			ended = true;
			if (inFlight === 0) finish();
		}

		if (shape.type === 'open') {
			let index = 0;
			const tick = () => {
				const now = performance.now();
				for (let dueAt = startedAt + (index * 1000) / rate; dueAt <= now; dueAt = startedAt + (index * 1000) / rate) {
					const request = requests.next();
					if (!request) {
						setTimeout(finish, DRAIN_MS).unref();
						stop();
						return;
					}
					index += 1;
					worstDelayMs = Math.max(worstDelayMs, now - dueAt);
					const connection = idle.pop();
					if (connection) post(connection, request, dueAt);
					else queue.push({ request, dueAt });
				}
				setTimeout(tick, 1);
			};
			tick();
		} else {
			grant = (bursts) => {
				limit += bursts;
				startIdle();
			};
			end = stop;
			if (shape.type === 'closed') {
				setTimeout(stop, (shape.seconds + shape.warmUpSeconds) * 1000);
				startIdle();
			}
		}
	});
}

/** The requests in the order of their arrival, some built ahead. */
function createRequests(job: LoadJob, nextArrival: () => Arrival | undefined) {
	const { targets, customers, burstSize } = job;
	const host = `${job.host}:${job.port}`;
	const run = randomBytes(5).toString('hex').toUpperCase();
	const ready: Buffer[] = [];
	let head = 0;
	let begun = 0;

	function build(): Buffer | undefined {
		const arrival = nextArrival();
		if (!arrival) return undefined;
		begun = Math.max(begun, arrival.burst + 1);
		const customer = customers.first + (arrival.burst % customers.count);
		const target = targets[customer % targets.length];
		if (!target) throw new Error('There is no account to send to.');
		return wahaRequest(target, {
			customer, part: arrival.part, size: burstSize, id: `3EB0${run}${(arrival.burst * burstSize + arrival.part).toString(16).toUpperCase().padStart(10, '0')}`, host, now: Date.now(),
		});
	}
	return {
		prepare(count: number): void {
			for (let made = 0; made < count; made += 1) {
				const request = build();
				if (!request) return;
				ready.push(request);
			}
		},
		next(): Buffer | undefined {
			const prepared = ready[head];
			if (!prepared) return build();
			ready[head] = NOTHING;
			head += 1;
			return prepared;
		},
		bursts: () => begun,
	};
}
const NOTHING = Buffer.alloc(0);
