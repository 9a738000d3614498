/** W3C Trace Context, version 00: https://www.w3.org/TR/trace-context/#traceparent-header */
export interface TraceContext {
	/** 32 hex digits. */
	readonly traceId: string;
	/** 16 hex digits. */
	readonly spanId: string;
	readonly sampled: boolean;
}

/** The header's name, and the field of a turn's event and of a batch's entries. */
export const TRACEPARENT = 'traceparent';

const FORM = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?=-|$)/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** A later version may append fields; nothing sensible is longer. */
const MOST_CHARACTERS = 200;

/** null for anything that isn't one: a malformed header is no error, it starts a new trace. */
export function parseTraceparent(value: unknown): TraceContext | null {
	if (typeof value !== 'string' || value.length > MOST_CHARACTERS) return null;
	const [, traceId, spanId, flags] = FORM.exec(value) ?? [];
	if (traceId === undefined || spanId === undefined || flags === undefined) return null;
	if (traceId === NO_TRACE || spanId === NO_SPAN) return null;
	// Version 00 has exactly these four fields.
	if (value.startsWith('00') && value.length !== 55) return null;
	return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
	return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

/** What to continue: `received` when it belongs to the trace of `own`, else `own`. A batch, or a proxy, may have put another's there. */
export function sameTrace(received: unknown, own: string): string {
	const here = parseTraceparent(own);
	const there = parseTraceparent(received);
	if (here === null) return there === null ? '' : formatTraceparent(there);
	return there?.traceId === here.traceId ? formatTraceparent(there) : own;
}

/** '' without one. */
export function traceIdOf(traceparent: string): string {
	return parseTraceparent(traceparent)?.traceId ?? '';
}
