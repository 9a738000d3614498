import { destination, pino, stdSerializers } from 'pino';
import type { DestinationStream, Logger } from 'pino';

/** Fields of PostgreSQL's errors that quote values: what a customer wrote, a phone number. https://www.postgresql.org/docs/current/protocol-error-fields.html */
const QUOTING = ['detail', 'where', 'hint', 'internalQuery', 'query', 'parameters'];

/** The service's log: JSON lines on standard output, written aside of the work that is logged. */
export function createLog(level: string, base: Readonly<Record<string, unknown>>, stream: DestinationStream = destination({ sync: false })): Logger {
	return pino({ level, base: { ...base }, serializers: { err: serializeError } }, stream);
}

function serializeError(error: Error): Record<string, unknown> {
	const serialized: Record<string, unknown> = { ...stdSerializers.err(error) };
	for (const field of QUOTING) delete serialized[field];
	return serialized;
}
