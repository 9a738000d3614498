import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ChatMessage } from './chat-log.ts';
import { isObject, parseJson } from './json.ts';
import type { CloudinaryState } from './cloudinary/state.ts';
import { emptyCloudinaryState } from './cloudinary/state.ts';
import type { GoogleState } from './google/state.ts';
import { emptyGoogleState } from './google/state.ts';
import type { OpenAiState } from './openai/state.ts';
import { emptyOpenAiState } from './openai/state.ts';
import type { StripeBillingState } from './stripe/billing/state.ts';
import { emptyStripeBillingState } from './stripe/billing/state.ts';
import type { StripeState } from './stripe/state.ts';
import { emptyStripeState } from './stripe/state.ts';
import type { TbankState } from './tbank/state.ts';
import { emptyTbankState } from './tbank/state.ts';
import type { TelegramState } from './telegram/state.ts';
import { emptyTelegramState } from './telegram/state.ts';
import type { WahaState } from './waha/state.ts';
import { emptyWahaState } from './waha/state.ts';

/** Everything the sandbox remembers, as its state file holds it. */
export interface SandboxState {
	version: 1;
	sequence: number;
	messages: ChatMessage[];
	waha: WahaState;
	telegram: TelegramState;
	stripe: StripeState;
	stripeBilling: StripeBillingState;
	openai: OpenAiState;
	cloudinary: CloudinaryState;
	google: GoogleState;
	tbank: TbankState;
}

export interface StateStore {
	/** The state now; `reset` replaces it, so don't keep a reference. */
	readonly current: SandboxState;
	/** Says that the state changed; it is written soon after. */
	changed(): void;
	/** Forgets everything. */
	reset(): void;
	/** Writes what has not been written. */
	flush(): void;
}

const WRITE_DELAY_MS = 150;

function emptyState(): SandboxState {
	return {
		version: 1,
		sequence: 0,
		messages: [],
		waha: emptyWahaState(),
		telegram: emptyTelegramState(),
		stripe: emptyStripeState(),
		stripeBilling: emptyStripeBillingState(),
		openai: emptyOpenAiState(),
		cloudinary: emptyCloudinaryState(),
		google: emptyGoogleState(),
		tbank: emptyTbankState(),
	};
}

/** Keeps the state in memory and, when a file is given, in that file (written whole, then renamed). */
export function createStateStore(file: string | undefined): StateStore {
	let state = file === undefined ? emptyState() : readState(file);
	let timer: NodeJS.Timeout | undefined;

	const flush = () => {
		if (timer === undefined || file === undefined) return;
		clearTimeout(timer);
		timer = undefined;
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
		renameSync(`${file}.new`, file);
	};
	const changed = () => {
		if (file !== undefined && timer === undefined) timer = setTimeout(flush, WRITE_DELAY_MS).unref();
	};
	return {
		get current() {
			return state;
		},
		changed,
		reset() {
			const { sequence } = state;
			state = { ...emptyState(), sequence };
			changed();
		},
		flush,
	};
}

function readState(file: string): SandboxState {
	let text: string;
	try {
		text = readFileSync(file, 'utf8');
	} catch {
		return emptyState();
	}
	const stored = parseJson(text);
	// A file of another version or one cut short is not worth failing for: it holds play data only.
	// A file of an earlier sandbox lacks what came later.
	if (!isState(stored)) return emptyState();
	return {
		...stored, openai: { ...emptyOpenAiState(), ...stored.openai }, cloudinary: { ...emptyCloudinaryState(), ...stored.cloudinary }, google: { ...emptyGoogleState(), ...stored.google },
		stripeBilling: { ...emptyStripeBillingState(), ...stored.stripeBilling }, tbank: { ...emptyTbankState(), ...stored.tbank },
	};
}

function isState(value: unknown): value is SandboxState {
	return (
		isObject(value) &&
		value['version'] === 1 &&
		Array.isArray(value['messages']) &&
		['waha', 'telegram', 'stripe', 'openai'].every((part) => isObject(value[part]))
	);
}
