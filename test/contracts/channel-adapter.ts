import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelAdapter, ChannelEvent, InboundMessage } from '../../core/channels/channel.ts';

export interface SignedDelivery {
	readonly headers: Readonly<Record<string, string>>;
}

export interface ChannelAdapterSubject {
	readonly adapter: ChannelAdapter;
	/** Headers as the vendor sends them with this body. */
	sign(rawBody: Buffer, secret: string): Readonly<Record<string, string>>;
	/** A raw recorded text message, and what it must be read as. */
	readonly text: { readonly body: unknown; readonly message: InboundMessage };
	/** A changed message, and what it must be read as: under the original's id. */
	readonly edited: { readonly body: unknown; readonly event: Extract<ChannelEvent, { type: 'edited' }> };
	/** A message taken back; null: the channel doesn't tell. */
	readonly deleted: { readonly body: unknown; readonly event: Extract<ChannelEvent, { type: 'deleted' }> } | null;
	/** A pressed button of each kind that the channel has, and what its message must say. */
	readonly buttons: readonly { readonly name: string; readonly body: unknown; readonly text: string }[];
	/** Deliveries that must start no turn. */
	readonly ignored: readonly { readonly name: string; readonly body: unknown; readonly reason: string }[];
	/** The signature covers the body (false: the vendor only repeats a secret). */
	readonly signsBody: boolean;
}

/** What every channel adapter must do. */
export function channelAdapterContract(subject: ChannelAdapterSubject): void {
	const { adapter, sign } = subject;
	const secret = 'a-secret-of-this-connection';
	const raw = Buffer.from(JSON.stringify(subject.text.body));
	const lookup = (headers: Readonly<Record<string, string>>) => (name: string) => headers[name];
	const receivedAt = new Date('2026-01-02T03:04:05.678Z');
	const signed = sign(raw, secret);
	const [signatureHeader] = Object.keys(signed).filter((name) => signed[name] === Object.values(signed)[0]);

	describe(`${adapter.name}: signature`, () => {
		test("the vendor's is accepted", () => expect(adapter.verify(raw, lookup(signed), secret)).toBe(true));

		test('none, an empty one, a wrong one and a shortened one are refused', () => {
			const given = signed[signatureHeader ?? ''] ?? '';
			expect(adapter.verify(raw, () => undefined, secret)).toBe(false);
			for (const forged of ['', 'x', given.slice(0, -1), `${given}0`, `${given.startsWith('a') ? 'b' : 'a'}${given.slice(1)}`]) {
				expect(adapter.verify(raw, lookup({ ...signed, [signatureHeader ?? '']: forged }), secret)).toBe(false);
			}
		});

		test('a connection without a secret accepts nothing', () => {
			expect(adapter.verify(raw, lookup(sign(raw, '')), '')).toBe(false);
			expect(adapter.verify(raw, () => '', '')).toBe(false);
		});

		test("another connection's is refused", () => expect(adapter.verify(raw, lookup(sign(raw, 'another')), secret)).toBe(false));

		// Telegram's header is a shared secret; it says nothing of the body.
		if (subject.signsBody) {
			test('one changed byte is refused', () => {
				const changed = Buffer.from(raw);
				changed[changed.length - 2] = 0x20;
				expect(adapter.verify(changed, lookup(signed), secret)).toBe(false);
			});
		}

		test('headers of any kind never throw', () => {
			fc.assert(fc.property(fc.string({ unit: 'binary' }), (value) => !adapter.verify(raw, () => value, secret)));
		});
	});

	describe(`${adapter.name}: parsing`, () => {
		test('a text message is read whole', () => {
			expect(adapter.parse(subject.text.body, receivedAt)).toEqual([{ type: 'message', message: subject.text.message }]);
		});

		test.each(subject.ignored.map(({ name, body, reason }) => [name, body, reason] as const))('%s starts no turn', (_name, body, reason) => {
			expect(adapter.parse(body, receivedAt)).toEqual([{ type: 'ignored', reason }]);
		});

		test("an edit carries the new words under the original's id", () => {
			expect(adapter.parse(subject.edited.body, receivedAt)).toEqual([subject.edited.event]);
			expect(subject.edited.event.message.id).toBe(subject.text.message.id);
			expect(subject.edited.event.message.customer).toEqual(subject.text.message.customer);
		});

		const { deleted } = subject;
		if (deleted) {
			test("a deletion names the original and its customer", () => {
				expect(adapter.parse(deleted.body, receivedAt)).toEqual([deleted.event]);
				expect([deleted.event.id, deleted.event.customer]).toEqual([subject.text.message.id, subject.text.message.customer]);
			});
		}

		test.each(subject.buttons.map(({ name, body, text }) => [name, body, text] as const))('%s is a message that says so', (_name, body, text) => {
			const [event] = adapter.parse(body, receivedAt);
			expect(event).toMatchObject({ type: 'message', message: { text, type: 'text', button: true, customer: subject.text.message.customer } });
			const message = event?.type === 'message' ? event.message : undefined;
			expect(message?.id).not.toBe('');
			expect(adapter.parse(body, new Date())).toMatchObject([{ message: { id: message?.id } }]);
			expect(message?.sentAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
		});

		test('any JSON is read without an exception', () => {
			fc.assert(fc.property(fc.jsonValue(), (body) => adapter.parse(body, receivedAt).length > 0));
		});

		const recorded = [subject.text.body, subject.edited.body, ...(deleted ? [deleted.body] : []), ...subject.buttons.map(({ body }) => body)];
		test.each(recorded.map((body, index) => [index, body] as const))('recorded body %i with any value replaced is read without an exception', (_index, body) => {
			const paths = pathsOf(body);
			const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('\u0000', '\ud800', '', -1, 1e300, null));
			fc.assert(
				fc.property(fc.constantFrom(...paths), value, (path, replacement) => {
					for (const event of adapter.parse(replaceAt(body, path, replacement), receivedAt)) {
						// What is stored as text, JSON and timestamp must be storable as such.
						expect(JSON.stringify(event)).not.toMatch(/\\u0000|\\ud[89a-f]/);
						for (const time of timesOf(event)) expect(time).toMatch(/^\d{4}-/);
					}
				}),
				{ numRuns: 300 },
			);
		});

		test('an unknown id of a sent message stays unknown', () => expect(adapter.sentMessageId('', 'chat')).toBe(''));
	});

	test(`${adapter.name}: limits are positive and say where they come from`, () => {
		expect(adapter.limits.textUnits).toBeGreaterThan(0);
		expect(adapter.limits.captionUnits).toBeGreaterThan(0);
		expect(adapter.limits.documentation).toMatch(/^https:\/\//);
	});
}

function timesOf(event: ChannelEvent): readonly string[] {
	switch (event.type) {
		case 'message':
			return [event.message.sentAt];
		case 'edited':
			return [event.message.sentAt, event.editedAt];
		case 'deleted':
			return [event.at];
		case 'status':
			return [event.status.at];
		case 'ignored':
			return [];
	}
}

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): Path[] {
	if (typeof value !== 'object' || value === null) return [path];
	return [path, ...Object.entries(value).flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}

function replaceAt(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
	if (key === undefined) return replacement;
	if (Array.isArray(value)) return value.map((child: unknown, index) => (String(index) === String(key) ? replaceAt(child, rest, replacement) : child));
	const copy = Object.fromEntries(Object.entries(value as Record<string, unknown>));
	return { ...copy, [key]: replaceAt(copy[key], rest, replacement) };
}
