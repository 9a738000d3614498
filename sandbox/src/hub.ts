import type { JsonObject } from './json.ts';

/** Something that happened, as `GET /control/events` tells it. `seq` rises by one. */
export interface SandboxEvent {
	readonly seq: number;
	readonly at: number;
	readonly type: 'message' | 'typing' | 'seen' | 'session' | 'bot' | 'checkout' | 'account' | 'calendar' | 'reset';
	readonly [key: string]: unknown;
}

export interface EventHub {
	/** Publishes an event to all listeners. */
	emit(type: SandboxEvent['type'], details: JsonObject, seq: number, at: number): void;
	/** Calls `listener` with every event from now on; the result stops it. */
	listen(listener: (event: SandboxEvent) => void): () => void;
	/** Recent events newer than `seq`, oldest first. */
	since(seq: number): readonly SandboxEvent[];
}

const KEPT_EVENTS = 500;

export function createEventHub(): EventHub {
	const listeners = new Set<(event: SandboxEvent) => void>();
	const recent: SandboxEvent[] = [];
	return {
		emit(type, details, seq, at) {
			const event: SandboxEvent = { ...details, seq, at, type };
			recent.push(event);
			if (recent.length > KEPT_EVENTS) recent.shift();
			for (const listener of listeners) listener(event);
		},
		listen(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		since: (seq) => recent.filter((event) => event.seq > seq),
	};
}
