import { backoffMs } from '../../../../core/conversation/backoff.ts';

/** A message of ours as the vendor lists it. */
export interface ListedMessage {
	/** In the channel's canonical form (ChannelAdapter.sentMessageId). */
	readonly id: string;
	readonly fromMe: boolean;
	/** Text or caption. */
	readonly text: string;
	readonly hasMedia: boolean;
	/** Milliseconds, by the vendor's clock, to the second. */
	readonly sentAt: number;
}

/** A part whose send got no answer. */
export interface UncertainPart {
	/** The id that we gave the message, in canonical form; '' when the vendor takes none. */
	readonly givenId: string;
	readonly kind: 'text' | 'image' | 'video';
	readonly text: string;
	/** When the try began, in milliseconds of our clock. */
	readonly attemptedAt: number;
}

/** The vendor's clock may be this much behind ours. A message of the same words that is older is another one. */
export const CLOCK_TOLERANCE_MS = 60_000;

/**
 * The vendor's message that is this part: the one with the id we gave it, else our own with the same words, not older than the try and
 * not known as another part's (`recorded`); of several the nearest in time. undefined: none.
 */
export function findSent(listed: readonly ListedMessage[], part: UncertainPart, recorded: ReadonlySet<string>): ListedMessage | undefined {
	const own = listed.filter(({ id, fromMe }) => fromMe && id !== '');
	const given = own.find(({ id }) => id === part.givenId);
	if (given) return given;
	return own
		.filter(({ id, text, hasMedia, sentAt }) =>
			!recorded.has(id) && hasMedia === (part.kind !== 'text') && sameWords(text, part.text) && sentAt >= part.attemptedAt - CLOCK_TOLERANCE_MS)
		.toSorted((a, b) => Math.abs(a.sentAt - part.attemptedAt) - Math.abs(b.sentAt - part.attemptedAt))[0];
}

/** Vendors trim, and write line ends their own way. */
function sameWords(one: string, other: string): boolean {
	return one.replace(/\s+/g, ' ').trim() === other.replace(/\s+/g, ' ').trim();
}

export interface ResolutionRules {
	/** Missing for so long, at least `absentLooks` times: it was never sent. */
	readonly absentForMs: number;
	readonly absentLooks: number;
	/** A vendor that does not answer is asked for so long. */
	readonly giveUpAfterMs: number;
}

export const RESOLUTION_RULES: ResolutionRules = { absentForMs: 30_000, absentLooks: 3, giveUpAfterMs: 10 * 60_000 };

export interface LookedSoFar {
	/** Since the send was found uncertain. */
	readonly resolvingMs: number;
	/** Since the vendor first answered that it is not there; null: it has not. */
	readonly absentMs: number | null;
	/** How often it answered so, before this time. */
	readonly absentLooks: number;
}

export type Resolution =
	| { readonly state: 'sent'; readonly vendorMessageId: string }
	/** It was never sent, and is sent again. */
	| { readonly state: 'queued' }
	/** Nobody can tell: not sent again, shown to the operator. */
	| { readonly state: 'unknown' }
	| { readonly state: 'resolving'; readonly absent: boolean; readonly retryMs: number };

const FIRST_NO_ANSWER_MS = 1_000;
const MAX_NO_ANSWER_MS = 60_000;

/** What one look at the vendor's messages makes of an uncertain send. `look`: the message; absent: it is not there; no_answer: the vendor did not tell. */
export function resolveSend(look: ListedMessage | 'absent' | 'no_answer', soFar: LookedSoFar, rules: ResolutionRules = RESOLUTION_RULES): Resolution {
	if (look === 'no_answer') {
		if (soFar.resolvingMs >= rules.giveUpAfterMs) return { state: 'unknown' };
		// Twice the age at each try: exponential, without a counter.
		return { state: 'resolving', absent: false, retryMs: Math.min(MAX_NO_ANSWER_MS, Math.max(FIRST_NO_ANSWER_MS, Math.round(soFar.resolvingMs))) };
	}
	if (look !== 'absent') return { state: 'sent', vendorMessageId: look.id };
	if (soFar.absentLooks + 1 >= rules.absentLooks && (soFar.absentMs ?? 0) >= rules.absentForMs) return { state: 'queued' };
	return { state: 'resolving', absent: true, retryMs: backoffMs(soFar.absentLooks + 1, rules.absentForMs / 15, rules.absentForMs / 3) };
}
