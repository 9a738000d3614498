import { isSpanContextValid, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base';
import { formatTraceparent, parseTraceparent } from '../../../core/telemetry/traceparent.ts';
import type { SpanName, Tracing, TracingOptions } from './tracing.ts';

/** Loaded only when there is a receiver: see tracing.ts. */

const KINDS: Readonly<Record<SpanName, SpanKind>> = {
	'webhook.receive': SpanKind.SERVER,
	'turn.deliver': SpanKind.CLIENT,
	'turn.decide': SpanKind.SERVER,
	'turn.checkout': SpanKind.SERVER,
	'turn.reply': SpanKind.SERVER,
	'outbox.send': SpanKind.CLIENT,
};
/** Spans wait this long for others, and no more of them than this are held: under pressure the newest are dropped. */
const GATHER_MS = 1_000;
const MOST_WAITING = 8_192;
const EXPORT_TIMEOUT_MS = 5_000;

export function createOtlpTracing(options: TracingOptions & { readonly endpoint: string }): Tracing {
	const exporter = new OTLPTraceExporter({
		url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
		headers: readHeaders(options.headers ?? ''),
		timeoutMillis: EXPORT_TIMEOUT_MS,
	});
	const provider = new BasicTracerProvider({
		resource: resourceFromAttributes({ 'service.name': options.serviceName, 'concierge.role': options.role }),
		// What a caller has not sampled, and n8n therefore may not record, is not recorded here.
		sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
		spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: GATHER_MS, maxQueueSize: MOST_WAITING, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
	});
	// Not registered globally: no other library of the process sends its spans through it.
	const tracer = provider.getTracer('concierge');
	return {
		active: true,
		start(name, parent, attributes = {}, startedAt) {
			const span = tracer.startSpan(name, { kind: KINDS[name], attributes, ...(startedAt === undefined ? {} : { startTime: startedAt }) }, contextOf(parent));
			const context = span.spanContext();
			return {
				traceparent: isSpanContextValid(context)
					? formatTraceparent({ traceId: context.traceId, spanId: context.spanId, sampled: (context.traceFlags & TraceFlags.SAMPLED) !== 0 })
					: '',
				set: (more) => void span.setAttributes({ ...more }),
				end(failure) {
					if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
					span.end();
				},
			};
		},
		stop: () => provider.shutdown().catch(options.onError),
	};
}

function contextOf(parent: string): Context {
	const found = parseTraceparent(parent);
	if (found === null) return ROOT_CONTEXT;
	const { traceId, spanId, sampled } = found;
	return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true });
}

/** https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables */
function readHeaders(list: string): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const pair of list.split(',')) {
		const at = pair.indexOf('=');
		if (at > 0) headers[decodeURIComponent(pair.slice(0, at).trim())] = decodeURIComponent(pair.slice(at + 1).trim());
	}
	return headers;
}
