/** Something that waits to be stored, and whose it is. */
export interface Waiting {
	readonly connectionId: string;
	/** The customer's address in the connection. */
	readonly address: string;
	readonly bytes: number;
	/** Goes by itself, in its place between its customer's messages: an edit, a deletion. */
	readonly alone: boolean;
}

export interface WaitingLimits {
	readonly waiting: number;
	readonly waitingPerConnection: number;
	readonly batch: number;
	readonly batchBytes: number;
}

/**
 * Who goes next, of everything that waits: connections take turns, and within a connection its customers, so that a flood delays only
 * itself. What is taken holds its customer until it is `release`d: one customer's messages are never in two statements, and stay in order.
 */
export interface WaitingLine<Entry extends Waiting> {
	/** false: too much waits already, in all or of this connection. */
	add(entry: Entry): boolean;
	/** The next batch, in the order in which every process locks: connection, customer, arrival. Empty: nothing can go. */
	take(): readonly Entry[];
	release(batch: readonly Entry[]): void;
	/** How many wait and were not taken. */
	readonly size: number;
}

/** A customer's entries in order of arrival. */
interface Lane<Entry> {
	readonly connection: Connection<Entry>;
	readonly address: string;
	readonly entries: Entry[];
	held: boolean;
}

interface Connection<Entry> {
	readonly id: string;
	waiting: number;
	readonly lanes: Map<string, Lane<Entry>>;
	/** Lanes that nobody holds and whose first entry goes with others; the next one first. */
	readonly ready: Set<Lane<Entry>>;
}

export function createWaitingLine<Entry extends Waiting>(limits: WaitingLimits): WaitingLine<Entry> {
	const connections = new Map<string, Connection<Entry>>();
	/** Connections with a lane that is ready; the next one first. */
	const ready = new Set<Connection<Entry>>();
	/** Lanes that nobody holds and whose first entry goes alone. */
	const alone = new Set<Lane<Entry>>();
	let waiting = 0;
	let aloneBefore = false;

	function laneOf({ connectionId, address }: Waiting): Lane<Entry> | undefined {
		return connections.get(connectionId)?.lanes.get(address);
	}

	function addLane({ connectionId, address }: Waiting): Lane<Entry> {
		let connection = connections.get(connectionId);
		if (!connection) {
			connection = { id: connectionId, waiting: 0, lanes: new Map(), ready: new Set() };
			connections.set(connectionId, connection);
		}
		const lane: Lane<Entry> = { connection, address, entries: [], held: false };
		connection.lanes.set(address, lane);
		return lane;
	}

	function makeReady(lane: Lane<Entry>): void {
		if (lane.entries[0]?.alone === true) {
			alone.add(lane);
		} else {
			lane.connection.ready.add(lane);
			ready.add(lane.connection);
		}
	}

	function shift(lane: Lane<Entry>): Entry[] {
		const entry = lane.entries.shift();
		if (!entry) return [];
		lane.held = true;
		lane.connection.waiting -= 1;
		waiting -= 1;
		return [entry];
	}

	function takeAlone(): readonly Entry[] {
		const [lane] = alone;
		if (!lane) return [];
		alone.delete(lane);
		return shift(lane);
	}

	/** One entry a connection and round, of its customers in turn. */
	function takeTogether(): readonly Entry[] {
		const batch: Entry[] = [];
		const again = new Set<Lane<Entry>>();
		let bytes = 0;
		// A connection that is put back is visited again, behind the others.
		for (const connection of ready) {
			if (batch.length >= limits.batch || bytes >= limits.batchBytes) break;
			const [lane] = connection.ready;
			ready.delete(connection);
			if (!lane) continue;
			connection.ready.delete(lane);
			for (const entry of shift(lane)) {
				batch.push(entry);
				bytes += entry.bytes;
			}
			if (lane.entries[0]?.alone === false) {
				connection.ready.add(lane);
				again.add(lane);
			}
			if (connection.ready.size > 0) ready.add(connection);
		}
		for (const lane of again) {
			lane.connection.ready.delete(lane);
			if (lane.connection.ready.size === 0) ready.delete(lane.connection);
		}
		return batch.sort((a, b) => compare(a.connectionId, b.connectionId) || compare(a.address, b.address));
	}

	return {
		add(entry) {
			if (waiting >= limits.waiting || (connections.get(entry.connectionId)?.waiting ?? 0) >= limits.waitingPerConnection) return false;
			const lane = laneOf(entry) ?? addLane(entry);
			lane.entries.push(entry);
			lane.connection.waiting += 1;
			waiting += 1;
			if (!lane.held) makeReady(lane);
			return true;
		},
		take() {
			// In turns: a stream of either can't keep the other waiting.
			aloneBefore = alone.size > 0 && !(aloneBefore && ready.size > 0);
			return aloneBefore ? takeAlone() : takeTogether();
		},
		release(batch) {
			for (const entry of batch) {
				const lane = laneOf(entry);
				if (!lane?.held) continue;
				lane.held = false;
				if (lane.entries.length > 0) {
					makeReady(lane);
					continue;
				}
				lane.connection.lanes.delete(lane.address);
				if (lane.connection.lanes.size === 0) connections.delete(lane.connection.id);
			}
		},
		get size() {
			return waiting;
		},
	};
}

/** Sorting is stable: a customer's entries keep their order. */
function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
