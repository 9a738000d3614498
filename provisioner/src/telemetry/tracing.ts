import { randomBytes } from 'node:crypto';
import { formatTraceparent, parseTraceparent } from '../../../core/telemetry/traceparent.ts';

/** What a turn's trace consists of, in order. n8n adds its own between `turn.deliver` and `turn.decide` when it traces, too. */
export type SpanName = 'webhook.receive' | 'turn.deliver' | 'turn.decide' | 'turn.checkout' | 'turn.reply' | 'outbox.send';

/** Ids and counts; never a text, a name, a phone number or a token. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
	/** Of this span: what is called next gets it. */
	readonly traceparent: string;
	set(attributes: SpanAttributes): void;
	/** `failure` is a code, or a short reason without anybody's data. */
	end(failure?: string): void;
}

/** Carries a turn's trace from the webhook to the send. Without an exporter it passes on what it gets and records nothing. */
export interface Tracing {
	/** Whether spans are exported: attributes that cost something need not be gathered otherwise. */
	readonly active: boolean;
	/** A span under `parent` (a traceparent; '' or malformed: the first of a new trace). `startedAt`: milliseconds since 1970, default now. */
	start(name: SpanName, parent: string, attributes?: SpanAttributes, startedAt?: number): Span;
	/** Sends what is left. */
	stop(): Promise<void>;
}

export interface TracingOptions {
	/** Base URL of an OTLP/HTTP receiver, as in OTEL_EXPORTER_OTLP_ENDPOINT; undefined: nothing is recorded, and nothing loaded. */
	readonly endpoint: string | undefined;
	/** `key=value,…`, as in OTEL_EXPORTER_OTLP_HEADERS. */
	readonly headers?: string | undefined;
	readonly serviceName: string;
	/** 0 to 1: the share of new traces that is recorded. */
	readonly sampleRatio: number;
	readonly role: string;
	readonly onError: (error: unknown) => void;
}

export async function createTracing(options: TracingOptions): Promise<Tracing> {
	const { endpoint } = options;
	if (endpoint === undefined) return noTracing;
	const { createOtlpTracing } = await import('./otlp-tracing.ts');
	return createOtlpTracing({ ...options, endpoint });
}

export const noTracing: Tracing = {
	active: false,
	start: (_name, parent) => ({ traceparent: parent === '' ? newTraceparent() : continued(parent), set: ignore, end: ignore }),
	stop: () => Promise.resolve(),
};

/** The error's code: its message may name values. */
export function codeOf(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal_error';
}

function continued(parent: string): string {
	const context = parseTraceparent(parent);
	return context === null ? newTraceparent() : formatTraceparent(context);
}

/** Sampled: whoever traces further on (n8n, for one) may record it. */
function newTraceparent(): string {
	const hex = randomBytes(24).toString('hex');
	return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}

function ignore(): void {
	// Nothing is recorded.
}
