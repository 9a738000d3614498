import type { Document } from 'bson';
import { deserialize, serialize } from 'bson';

/** MongoDB's wire protocol, as much as its drivers speak since 4.4: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
/** Of a message, as `hello` tells it. */
export const MAX_MESSAGE_BYTES = 48_000_000;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits below 16 that a receiver does not know must fail the message. */
const REQUIRED_BITS = 0xffff;

/** A command as a driver sent it: the body with its document sequences put back into it. */
export interface WireRequest {
	readonly requestId: number;
	readonly command: Document;
	/** The sender waits for no answer (writes that are not acknowledged). */
	readonly silent: boolean;
	/** The first words of a driver, before it knows that the server understands OP_MSG. */
	readonly legacy: boolean;
}

/** The bytes are no message that a server takes: it closes the connection. */
export class WireError extends Error {}

/** Collects a connection's bytes and gives its whole messages. Throws WireError. */
export function createMessageReader(): (bytes: Buffer) => Buffer[] {
	let rest: Buffer = Buffer.alloc(0);
	return (bytes) => {
		rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
		const messages: Buffer[] = [];
		while (rest.length >= HEADER_BYTES) {
			const length = rest.readInt32LE(0);
			if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES) throw new WireError(`a message of ${length} bytes`);
			if (rest.length < length) break;
			messages.push(rest.subarray(0, length));
			rest = rest.subarray(length);
		}
		return messages;
	};
}

/** Throws WireError. */
export function readRequest(message: Buffer): WireRequest {
	const requestId = message.readInt32LE(4);
	const opCode = message.readInt32LE(12);
	if (opCode === OP_QUERY) return { requestId, ...readQuery(message), silent: false, legacy: true };
	if (opCode !== OP_MSG) throw new WireError(`opcode ${opCode}`);
	const flags = message.readUInt32LE(HEADER_BYTES);
	if ((flags & REQUIRED_BITS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) throw new WireError(`unknown flags ${flags}`);
	const end = message.length - ((flags & CHECKSUM_PRESENT) === 0 ? 0 : 4);
	return { requestId, command: readSections(message.subarray(HEADER_BYTES + 4, end)), silent: (flags & MORE_TO_COME) !== 0, legacy: false };
}

export function answerTo(request: WireRequest, body: Document, responseId: number): Buffer {
	const document = Buffer.from(serialize(body));
	if (request.legacy) {
		// Flags (8: AwaitCapable), cursor id, starting from, number returned.
		const fields = Buffer.alloc(20);
		fields.writeInt32LE(8, 0);
		fields.writeInt32LE(1, 16);
		return framed(request, responseId, OP_REPLY, [fields, document]);
	}
	return framed(request, responseId, OP_MSG, [Buffer.from([0, 0, 0, 0, 0]), document]);
}

function framed({ requestId }: WireRequest, responseId: number, opCode: number, parts: readonly Buffer[]): Buffer {
	const header = Buffer.alloc(HEADER_BYTES);
	header.writeInt32LE(HEADER_BYTES + parts.reduce((bytes, part) => bytes + part.length, 0), 0);
	header.writeInt32LE(responseId, 4);
	header.writeInt32LE(requestId, 8);
	header.writeInt32LE(opCode, 12);
	return Buffer.concat([header, ...parts]);
}

/** One body (kind 0), and document sequences (kind 1) that stand for arrays of it. */
function readSections(sections: Buffer): Document {
	let body: Document | undefined;
	const sequences: Record<string, Document[]> = {};
	for (let at = 0; at < sections.length; ) {
		const kind = sections[at];
		const size = at + 5 <= sections.length ? sections.readInt32LE(at + 1) : 0;
		const end = at + 1 + size;
		if (size < 5 || end > sections.length) throw new WireError(`a section of ${size} bytes`);
		if (kind === 0) {
			if (body !== undefined) throw new WireError('two bodies');
			body = deserialize(sections.subarray(at + 1, end));
		} else if (kind === 1) {
			const nameEnd = sections.indexOf(0, at + 5);
			const name = sections.toString('utf8', at + 5, nameEnd);
			if (name in sequences) throw new WireError(`two sequences "${name}"`);
			sequences[name] = readDocuments(sections.subarray(nameEnd + 1, end));
		} else {
			throw new WireError(`a section of kind ${String(kind)}`);
		}
		at = end;
	}
	if (body === undefined) throw new WireError('no body');
	for (const name of Object.keys(sequences)) if (name in body) throw new WireError(`"${name}" in the body and as a sequence`);
	return { ...body, ...sequences };
}

function readDocuments(bytes: Buffer): Document[] {
	const documents: Document[] = [];
	for (let at = 0; at < bytes.length; ) {
		const size = at + 4 <= bytes.length ? bytes.readInt32LE(at) : 0;
		if (size < 5 || at + size > bytes.length) throw new WireError(`a document of ${size} bytes`);
		documents.push(deserialize(bytes.subarray(at, at + size)));
		at += size;
	}
	return documents;
}

/** Flags, collection name, number to skip, number to return, query. */
function readQuery(message: Buffer): { command: Document } {
	const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
	const at = nameEnd + 9;
	if (nameEnd < 0 || at + 4 > message.length) throw new WireError('a query without a document');
	return { command: deserialize(message.subarray(at, at + message.readInt32LE(at))) };
}
