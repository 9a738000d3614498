import pg from 'pg';
import { channelAdapters } from '../../core/channels/channels.ts';
import type { ChannelName } from '../../core/channels/channel.ts';
import { createBusiness } from '../../provisioner/src/testing/business.ts';
import { createDatabase } from '../../provisioner/src/store/database.ts';
import { seeded } from '../chaos/random.ts';
import { FORGED, makeCall } from './deliveries.ts';
import type { Call } from './deliveries.ts';
import { createSender } from './sender.ts';
import type { Answer } from './sender.ts';
import { startTarget } from './target.ts';

export interface FuzzOptions {
	readonly ownerUrl: string;
	readonly appUrl: string;
	readonly logFile: string;
	readonly seed: number;
	/** Calls a channel. */
	readonly count: number;
}

export interface FuzzResult {
	readonly requests: number;
	readonly stored: number;
	readonly answers: Readonly<Record<string, number>>;
	/** What should not have been, in words; empty: all is well. */
	readonly failures: readonly string[];
	readonly growthMb: number;
}

/** After a warm-up, what the process holds may grow by no more than this, however many calls follow. */
export const MOST_GROWTH_MB = 8;
const WARM_UP = 0.25;
/** What the gateway takes. */
const MOST_BYTES = 1024 * 1024;
const SENDERS = 16;
const CHANNELS: readonly ChannelName[] = ['whatsapp', 'telegram'];

/** Sends `count` calls a channel to a provisioner of its own, and holds what it answers and stores against what was sent. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
	const owner = new pg.Pool({ connectionString: options.ownerUrl, max: 2 });
	const database = createDatabase(options.appUrl);
	const asOwner = async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => (await owner.query<Row>(text, values)).rows;
	const db = { database, appUrl: options.appUrl, ownerUrl: options.ownerUrl, asOwner, close: () => Promise.resolve() };
	const target = await startTarget(options);
	const ledger = createLedger();
	try {
		const business = await createBusiness(db, 'fuzz', { quietMs: 60_000, maxWaitMs: 60_000 });
		const random = seeded(options.seed);
		const calls = async (from: number, to: number) => {
			let next = from;
			const work = async () => {
				const sender = createSender(target.port);
				while (next < to && target.ended() === null) {
					const n = next;
					next += 1;
					for (const channel of CHANNELS) {
						const call = makeCall(channel, business[channel].path, n, random.fork(`${channel} ${n}`));
						ledger.note(n, call, await sender.send(call.wire, call.last));
						// The vendor did not hear the answer, and delivers again.
						if (call.expectedId !== null && n % 5 === 0) ledger.note(n, call, await sender.send(call.wire, call.last));
					}
				}
				sender.close();
			};
			await Promise.all(Array.from({ length: SENDERS }, work));
		};
		const warm = Math.ceil(options.count * WARM_UP);
		await calls(0, warm);
		const before = await target.memory();
		await calls(warm, options.count);
		const after = await target.memory();
		const growthMb = (after.heapUsed + after.external - before.heapUsed - before.external) / 1024 / 1024;
		const rows = await asOwner<StoredMessage>(`SELECT vendor_message_id AS id, address, text FROM messages WHERE direction = 'in'`);
		const others = await asOwner<{ text: string }>('SELECT chat_id || customer_name AS text FROM conversations UNION ALL SELECT alias FROM customer_aliases');
		const failures = [
			...(target.ended() === null ? [] : [`the process ended: ${String(target.ended())}`]),
			...ledger.failures,
			...ledger.compare(rows),
			...others.filter(({ text }) => text.includes(FORGED)).map(({ text }) => `a forged customer was stored: ${text.slice(0, 60)}`),
			...target.errors().map((line) => `logged: ${line.slice(0, 1_000)}`),
			...(growthMb <= MOST_GROWTH_MB ? [] : [`the process grew by ${growthMb.toFixed(1)} MB`]),
		];
		return { requests: ledger.requests(), stored: rows.length, answers: ledger.answers, failures, growthMb };
	} finally {
		await target.stop();
		await database.close();
		await owner.end();
	}
}

interface StoredMessage {
	readonly id: string;
	readonly address: string;
	readonly text: string;
}

/** What was sent and how it was answered, and what must therefore be stored. */
function createLedger() {
	const answers: Record<string, number> = {};
	const failures: string[] = [];
	/** Of signed calls: nothing else may be stored. */
	const allowed = new Set<string>();
	/** Of messages that were acknowledged. */
	const acknowledged = new Map<string, number>();
	const exact = new Map<string, string>();
	let requests = 0;

	return {
		answers,
		failures,
		requests: () => requests,
		note(n: number, call: Call, answer: Answer): void {
			requests += 1;
			answers[answer] = (answers[answer] ?? 0) + 1;
			const complain = (what: string) => failures.push(`${call.channel} ${n}: ${what}; body ${call.body.subarray(0, 400).toString('latin1')}`);
			if (answer === 'silent' || (answer === 'closed' && !call.last)) complain(`not answered (${answer})`);
			if (typeof answer === 'number' && (answer >= 500 || answer < 200)) complain(`answered ${answer}`);
			if (!call.signed) {
				if (answer === 200) complain('forged, and answered 200');
				return;
			}
			const said = whatIsSaid(call);
			if (call.wellFormed && said === null && answer !== 400 && answer !== 413) complain(`can't be read, and answered ${answer}`);
			const tooLarge = call.body.length > MOST_BYTES;
			if (tooLarge && answer === 200) complain('too large, and answered 200');
			if (call.wellFormed && said !== null && !tooLarge && answer !== 200) complain(`signed and legible, and answered ${answer}`);
			for (const { id, must } of said ?? []) {
				allowed.add(id);
				if (must && answer === 200) acknowledged.set(id, n);
			}
			if (call.expectedId !== null) exact.set(call.expectedId, `${call.channel} ${n}`);
		},
		compare(rows: readonly StoredMessage[]): string[] {
			const found: string[] = [];
			const times = new Map<string, number>();
			for (const { id, address, text } of rows) {
				// Another's message with the same id is stored under the id and the address.
				const plain = id.endsWith(`/${address}`) && !allowed.has(id) ? id.slice(0, -address.length - 1) : id;
				times.set(plain, (times.get(plain) ?? 0) + 1);
				if (!allowed.has(plain)) found.push(`stored without having been signed: ${id.slice(0, 60)}`);
				if ((id + address + text).includes(FORGED)) found.push(`forged and stored: ${id.slice(0, 60)}`);
			}
			for (const [id, n] of acknowledged) if (!times.has(id)) found.push(`acknowledged and not stored: ${n}, ${id.slice(0, 60)}`);
			for (const [id, who] of exact) if (times.get(id) !== 1) found.push(`stored ${times.get(id) ?? 0} times: ${who}`);
			return found;
		},
	};
}

interface Said {
	readonly id: string;
	/** Once it is acknowledged, it is stored. */
	readonly must: boolean;
}

/** What the channel's adapter reads from the body; null: nothing can be read. */
function whatIsSaid(call: Call): readonly Said[] | null {
	let json: unknown;
	try {
		json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(call.body));
	} catch {
		return null;
	}
	return channelAdapters[call.channel].parse(json, new Date()).flatMap((event): Said[] => {
		if (event.type === 'message' || event.type === 'edited') return [{ id: event.message.id, must: true }];
		// A mark for a message that has not come yet; none for a customer who is not known.
		return event.type === 'deleted' ? [{ id: event.id, must: false }] : [];
	});
}
