import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';

export interface ReceivedSpan {
	readonly name: string;
	readonly traceId: string;
	readonly spanId: string;
	/** '' for the first of a trace. */
	readonly parentSpanId: string;
	readonly kind: number;
	readonly failed: string | undefined;
	readonly attributes: Readonly<Record<string, unknown>>;
}

export interface OtlpReceiver {
	readonly endpoint: string;
	/** In the order in which they began. */
	spans(): ReceivedSpan[];
	/** All that was posted, as text. */
	bodies(): string;
	readonly headers: Record<string, unknown>[];
	close(): Promise<void>;
}

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
const payload = z.object({
	resourceSpans: z.array(
		z.object({
			scopeSpans: z.array(
				z.object({
					spans: z.array(
						z.object({
							name: z.string(),
							traceId: z.string(),
							spanId: z.string(),
							parentSpanId: z.string().optional(),
							kind: z.number(),
							startTimeUnixNano: z.string(),
							status: z.object({ code: z.number(), message: z.string().optional() }),
							attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
						}),
					),
				}),
			),
		}),
	),
});

/** An OTLP/HTTP receiver (JSON), as a collector would be. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
	const found: (ReceivedSpan & { start: bigint })[] = [];
	const bodies: string[] = [];
	const headers: Record<string, unknown>[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const body = Buffer.concat(chunks).toString('utf8');
			bodies.push(body);
			headers.push({ ...request.headers, path: request.url });
			for (const span of payload.parse(JSON.parse(body)).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))) {
				const { name, traceId, spanId, parentSpanId = '', kind, status, startTimeUnixNano } = span;
				const attributes = Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
				found.push({ name, traceId, spanId, parentSpanId, kind, failed: status.code === 2 ? (status.message ?? '') : undefined, attributes, start: BigInt(startTimeUnixNano) });
			}
			response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		spans: () => found.toSorted((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0)).map(({ start: _start, ...span }) => span),
		bodies: () => bodies.join('\n'),
		headers,
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
