import { setTimeout as delay } from 'node:timers/promises';
import type { Load } from '../load/load.ts';
import { chatIdOf } from '../load/waha-request.ts';
import { during, say } from '../progress.ts';
import type { Durations, Results, WindowResult } from '../results.ts';
import type { SeededConnection } from '../seed.ts';
import type { Stage } from '../stage.ts';
import { rounded, summarise } from '../statistics.ts';

const TURNS_PER_SECOND = 5;
const QUIET_WINDOW_MS = 1_000;
/** The first turns after a start are not looked at. */
const WARM_UP_SECONDS = 3;
const ANSWERED_WITHIN_MS = 30_000;

/** End of the quiet window (as the database has it) → arrival at the vendor, at a steady rate. */
export async function measureWindow(stage: Stage, connections: readonly SeededConnection[], durations: Durations): Promise<NonNullable<Results['windowToVendorMs']>> {
	await stage.startAnswering({ env: { QUIET_WINDOW_MS: String(QUIET_WINDOW_MS), MAX_WAIT_MS: '15000' } });
	const measured = await during(`end of the window → vendor, ${TURNS_PER_SECOND} turns/s`, durations.window + 5, () =>
		windowToVendor(stage, stage.load, connections, { turnsPerSecond: TURNS_PER_SECOND, seconds: durations.window, firstCustomer: 0 }),
	);
	say(`    ${describe(measured)}`);
	return { ...measured, turnsPerSecond: TURNS_PER_SECOND, seconds: durations.window };
}

/** Sends bursts of 3 and looks up, for each of them, when its window ended and when its answer arrived. */
export async function windowToVendor(
	stage: Stage,
	load: Load,
	connections: readonly SeededConnection[],
	options: { turnsPerSecond: number; seconds: number; firstCustomer: number },
): Promise<WindowResult> {
	const { bursts } = await load.run({
		...stage.gateway, targets: connections, burstSize: 3, gapMs: 300, connections: 8, prepared: 0,
		customers: { first: options.firstCustomer, count: 1_000_000 },
		shape: { type: 'open', messagesPerSecond: options.turnsPerSecond * 3, seconds: options.seconds + WARM_UP_SECONDS, warmUpSeconds: 0 },
	});
	const chats = Array.from({ length: bursts }, (_, index) => chatIdOf(options.firstCustomer + index));
	const deadline = Date.now() + ANSWERED_WITHIN_MS;
	let arrivals = await stage.vendor.arrivals();
	while (chats.some((chat) => !arrivals.get(chat)) && Date.now() < deadline) {
		await delay(200);
		arrivals = await stage.vendor.arrivals();
	}
	const { rows } = await stage.database.query<{ chat_id: string; flush_at: number }>(
		`SELECT c.chat_id, extract(epoch FROM max(t.flush_at))::float * 1000 AS flush_at
		 FROM turns t JOIN conversations c ON c.id = t.conversation_id WHERE c.chat_id = ANY ($1) GROUP BY 1`,
		[chats],
	);
	const flushAt = new Map(rows.map((row) => [row.chat_id, row.flush_at]));
	const measured: number[] = [];
	let unanswered = 0;
	for (const chat of chats.slice(WARM_UP_SECONDS * options.turnsPerSecond)) {
		const arrival = arrivals.get(chat);
		const end = flushAt.get(chat);
		if (arrival && end !== undefined) measured.push(arrival.at - end);
		else unanswered += 1;
	}
	return { ...summarise(measured), unanswered };
}

export function describe({ p50, p95, max, count, unanswered }: WindowResult): string {
	return `p50 ${rounded(p50)} ms, p95 ${rounded(p95)} ms, max ${rounded(max)} ms over ${count} turns${unanswered > 0 ? `; ${unanswered} NOT answered` : ''}`;
}
