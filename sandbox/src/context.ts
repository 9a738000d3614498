import type { ChatMessage } from './chat-log.ts';
import type { Deliveries } from './deliveries.ts';
import type { Faults } from './faults.ts';
import type { EventHub, SandboxEvent } from './hub.ts';
import type { JsonObject } from './json.ts';
import type { MediaStore } from './media.ts';
import type { StateStore } from './state.ts';
import type { Timers } from './timers.ts';

/** What every stand-in gets: where state lives, how webhooks leave, how the world is told. */
export interface SandboxContext {
	readonly store: StateStore;
	readonly hub: EventHub;
	readonly faults: Faults;
	readonly deliveries: Deliveries;
	readonly timers: Timers;
	readonly media: MediaStore;
	readonly wahaKey: string;
	/** Base URL of this process, without a slash at the end. */
	url(): string;
	/** Unix milliseconds. */
	now(): number;
	/** Records a chat message and announces it. */
	logMessage(message: Omit<ChatMessage, 'seq' | 'at'>): ChatMessage;
	/** Changes what a logged message says. */
	reviseMessage(message: ChatMessage, change: { readonly text: string }): void;
	/** Announces something that is not a message. */
	announce(type: Exclude<SandboxEvent['type'], 'message'>, details: JsonObject): void;
}

const KEPT_MESSAGES = 5_000;

export function createContext(parts: Omit<SandboxContext, 'logMessage' | 'reviseMessage' | 'announce'>): SandboxContext {
	const next = () => {
		parts.store.current.sequence += 1;
		parts.store.changed();
		return parts.store.current.sequence;
	};
	return {
		...parts,
		logMessage(message) {
			const logged: ChatMessage = { ...message, seq: next(), at: parts.now() };
			const { messages } = parts.store.current;
			messages.push(logged);
			if (messages.length > KEPT_MESSAGES) messages.shift();
			// An event's `type` says that it is a message; what kind of message is in `kind`.
			parts.hub.emit('message', { ...logged, kind: logged.type }, logged.seq, logged.at);
			return logged;
		},
		reviseMessage(message, { text }) {
			const { messages } = parts.store.current;
			const index = messages.indexOf(message);
			if (index >= 0) messages[index] = { ...message, text };
			parts.store.changed();
		},
		announce(type, details) {
			parts.hub.emit(type, details, next(), parts.now());
		},
	};
}
