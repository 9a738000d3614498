/** Until when a customer may move or cancel an appointment by themselves. */
export interface ChangePolicy {
	/** Free until so many hours before the start; 0 until the start itself, null: never, a person decides. */
	readonly freeUntilHours: number | null;
}

export type ChangeAnswer =
	| { readonly ok: true; /** ISO UTC. */ readonly freeUntil: string }
	| { readonly ok: false; readonly reason: 'too_late'; readonly freeUntil: string }
	| { readonly ok: false; readonly reason: 'not_allowed'; readonly freeUntil: null };

/**
 * Whether an appointment that starts at `start` may still be moved or cancelled at `now`: up to and including the moment `freeUntilHours` before it.
 * Hours are real hours: a change of the clocks in between makes none shorter.
 *
 * @param start ISO 8601
 */
export function mayChange(policy: ChangePolicy, start: string, now: Date): ChangeAnswer {
	if (policy.freeUntilHours === null) return { ok: false, reason: 'not_allowed', freeUntil: null };
	const until = Date.parse(start) - policy.freeUntilHours * 3_600_000;
	const freeUntil = new Date(until).toISOString();
	// At 0 hours the start itself is too late: the appointment has begun.
	const inTime = policy.freeUntilHours === 0 ? now.getTime() < until : now.getTime() <= until;
	return inTime ? { ok: true, freeUntil } : { ok: false, reason: 'too_late', freeUntil };
}

/** What is paid for begins no sooner than that after it is offered: the customer takes a while to answer, and no payment page may outlive the time that it pays for. */
export const TIME_TO_PAY_MS = 45 * 60_000;
