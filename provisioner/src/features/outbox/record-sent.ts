import type { Database } from '../../store/database.ts';

export interface SentPart {
	readonly id: string;
	/** A new id, of the message that is stored. */
	readonly messageId: string;
	/** Canonical; '' when the vendor gave none. */
	readonly vendorMessageId: string;
}

interface Waiting {
	readonly part: SentPart;
	readonly done: () => void;
	readonly failed: (error: unknown) => void;
}

const MOST_AT_ONCE = 500;

/** Records what was sent, all that comes together in one statement: what arrives while one runs goes with the next. Resolves when it is durable. */
export function createSentRecorder(database: Database): (part: SentPart) => Promise<void> {
	let waiting: Waiting[] = [];
	let writing = false;

	async function write(): Promise<void> {
		writing = true;
		// Answers that came in with the same turn of the event loop.
		await new Promise((resolve) => setImmediate(resolve));
		while (waiting.length > 0) {
			const batch = waiting.slice(0, MOST_AT_ONCE);
			waiting = waiting.slice(MOST_AT_ONCE);
			try {
				await database.system.query('SELECT outbox_sent_many($1)', [
					JSON.stringify(batch.map(({ part }) => ({ id: part.id, message_id: part.messageId, vendor_message_id: part.vendorMessageId }))),
				], 'outbox_sent_many');
				for (const { done } of batch) done();
			} catch (error) {
				for (const { failed } of batch) failed(error);
			}
		}
		writing = false;
	}

	return (part) =>
		new Promise((done, failed) => {
			waiting.push({ part, done, failed });
			if (!writing) void write();
		});
}
