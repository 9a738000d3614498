import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { unlimitedPaces, useOutbox, vendorError } from '../../testing/outbox.ts';
import { until } from '../../testing/until.ts';
import { createTelegramClient } from '../../vendors/telegram/client.ts';
import { createWahaClient } from '../../vendors/waha/client.ts';
import type { ListedMessage } from './resolution.ts';
import { createLookups, createSenders } from './senders.ts';
import type { Lookup } from './senders.ts';

const t = useOutbox();
const { answer, customerWrites, failNext, parts, sent, start, states, texts } = t;

const QUICK = { absentForMs: 300, absentLooks: 3, giveUpAfterMs: 800 };
const rows = () => t.db.asOwner<{ absent_looks: number; last_error: string | null }>('SELECT absent_looks, last_error FROM outbox ORDER BY position');

/** A vendor that can be asked; `listed` is what it says. */
function asked(listed: () => readonly ListedMessage[] | Promise<readonly ListedMessage[]>) {
	const looks: string[] = [];
	const lookup: Lookup = {
		givenId: () => '',
		async list(_account, chatId) {
			looks.push(chatId);
			return listed();
		},
	};
	return { looks, options: { lookups: { whatsapp: lookup }, resolution: QUICK } };
}
const own = (text: string, id = 'REAL1'): ListedMessage => ({ id, fromMe: true, text, hasMedia: false, sentAt: Date.now() });

describe('a send that got no answer, at a vendor that can tell', () => {
	test('it is there: sent with its id; what follows waits until that is known', async () => {
		let listed: readonly ListedMessage[] = [];
		const { looks, options } = asked(() => listed);
		failNext(vendorError('ambiguous'));
		start({ ...options, resolution: { ...QUICK, absentForMs: 3_000 } });
		await answer(await customerWrites('U1'), ['maybe', 'next']);
		await until('it was looked for', async () => ((await rows())[0]?.absent_looks ?? 0) > 0);
		expect(await states()).toEqual(['resolving', 'queued']);
		listed = [own('maybe')];
		await until('all is sent', async () => (await states()).join() === 'sent,sent');
		expect(texts()).toEqual(['next']);
		expect(await parts()).toMatchObject([{ vendor_message_id: 'REAL1', last_error: null }, {}]);
		expect(looks.length).toBeGreaterThan(1);
		expect(await t.db.asOwner(`SELECT vendor_message_id FROM messages WHERE direction = 'out' ORDER BY sent_at`)).toEqual([{ vendor_message_id: 'REAL1' }, { vendor_message_id: 'OUT1' }]);
	});

	test('it stays away: it was never sent, and is sent again, in order', async () => {
		const { options } = asked(() => []);
		failNext(vendorError('ambiguous'));
		start(options);
		await answer(await customerWrites('U2'), ['lost', 'next']);
		await until('all is sent', async () => (await states()).join() === 'sent,sent');
		expect(texts()).toEqual(['lost', 'next']);
		expect(await parts()).toMatchObject([{ attempts: 2 }, { attempts: 1 }]);
	});

	test('the vendor does not tell: unknown in the end, and not sent again', async () => {
		const { options } = asked(() => {
			throw vendorError('unreachable');
		});
		failNext(vendorError('ambiguous'));
		start(options);
		await answer(await customerWrites('U3'), ['never known', 'next']);
		await until('it is given up', async () => (await states()).join() === 'unknown,sent', 10_000);
		expect(texts()).toEqual(['next']);
		expect((await parts())[0]?.last_error).toContain('waha unreachable');
	});

	test('a message that is another part’s is not taken for it', async () => {
		const { options } = asked(() => [own('same words', 'OUT1')]);
		t.vendor = () => {
			if (sent.length === 1 && !failed) {
				failed = true;
				throw vendorError('ambiguous');
			}
		};
		let failed = false;
		start(options);
		await answer(await customerWrites('U4'), ['same words', 'same words']);
		await until('both are sent', async () => (await states()).join() === 'sent,sent');
		expect(texts()).toEqual(['same words', 'same words']);
		expect((await parts()).map((part) => part.vendor_message_id)).toEqual(['OUT1', 'OUT2']);
	});

	test('the process ends while sending: asked by another', async () => {
		await answer(await customerWrites('U5'), ['left']);
		await t.db.asOwner(`UPDATE outbox SET state = 'sending', attempted_at = now(), lease_until = now(), next_attempt_at = now()`);
		const { options } = asked(() => [own('left')]);
		start(options);
		await until('it is known', async () => (await states())[0] === 'sent');
		expect(texts()).toEqual([]);
	});

	test('the vendor takes it and never answers while the process stops: it is left to be asked, within the grace, and then found', async () => {
		t.vendor = () => new Promise(() => undefined);
		const { options } = asked(() => [own('hangs')]);
		const outbox = start({ ...options, stopGraceMs: 200 });
		await answer(await customerWrites('U6'), ['hangs', 'next']);
		await until('it begins to leave', async () => (await states())[0] === 'sending');
		const began = performance.now();
		await outbox.stop();
		expect(performance.now() - began).toBeLessThan(3_000);
		expect(await states()).toEqual(['resolving', 'queued']);
		t.vendor = () => undefined;
		start(options);
		await until('all is sent', async () => (await states()).join() === 'sent,sent');
		expect(texts()).toEqual(['next']);
	});

	test('a vendor that hangs longer than a part may: asked for before another process could take the part up', async () => {
		t.vendor = () => new Promise(() => undefined);
		const { options } = asked(() => [own('slow')]);
		const leaseMs = 1_200;
		start({ ...options, leaseMs });
		const turn = await customerWrites('U7');
		const began = performance.now();
		await answer(turn, ['slow']);
		await until('it is in doubt', async () => (await rows())[0]?.last_error?.includes('did not answer in time') || undefined);
		expect(performance.now() - began).toBeLessThan(leaseMs);
		await until('it is known', async () => (await states())[0] === 'sent');
		expect(texts()).toEqual([]);
	});

	test('a newer message while it is asked for: the answer has begun to leave, and goes to its end', async () => {
		const { options } = asked(() => []);
		failNext(vendorError('ambiguous'));
		start(options);
		const first = await customerWrites('U7');
		await answer(first, ['one', 'two']);
		await until('it is asked for', async () => (await states())[0] === 'resolving');
		const second = await customerWrites('U8');
		expect(second.turnId).not.toBe(first.turnId);
		await until('all is sent', async () => (await states()).join() === 'sent,sent');
		expect(await t.db.asOwner(`SELECT count(*)::int AS n FROM messages WHERE turn_id = $1 AND direction = 'in'`, [second.turnId])).toEqual([{ n: 1 }]);
	});

	test('a person takes over while it is asked for: never sent, it stays so', async () => {
		const { options } = asked(() => []);
		failNext(vendorError('ambiguous'));
		start(options);
		await answer(await customerWrites('U9'), ['bot', 'more bot']);
		await until('it is asked for', async () => (await states())[0] === 'resolving');
		await t.db.asOwner(`UPDATE conversations SET state = 'human'`);
		await until('both are withheld', async () => (await states()).join() === 'superseded,superseded');
		expect(texts()).toEqual([]);
	});
});

test('refused when a newer message came during the try: sent all the same, for its messages are in no other turn', async () => {
	let refuse = (): void => undefined;
	t.vendor = () => new Promise((_resolve, reject) => (refuse = () => reject(vendorError('rate_limited'))));
	start({ paces: unlimitedPaces });
	const first = await customerWrites('V1');
	await answer(first, ['answer']);
	await until('it begins to leave', async () => (await states())[0] === 'sending');
	await customerWrites('V2');
	t.vendor = () => undefined;
	refuse();
	await until('it is sent', async () => (await states())[0] === 'sent');
	expect(texts()).toEqual(['answer']);
});

describe('a vendor that answers with an error of its own', () => {
	/** A WAHA that takes texts, and answers what `answerTo` says instead of 201. */
	async function wahaThat(answerTo: (text: string) => { status: number; retryAfter?: string } | undefined) {
		const taken: { id: string; body: string; timestamp: number; fromMe: boolean; hasMedia: boolean }[] = [];
		const server = createServer((request, response) => {
			if (request.method === 'GET') return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(taken.toReversed()));
			let body = '';
			request.on('data', (chunk: Buffer) => (body += chunk.toString()));
			request.on('end', () => {
				const { chatId, text, id } = JSON.parse(body) as { chatId: string; text: string; id: string };
				const answer = answerTo(text);
				const limited = answer?.retryAfter !== undefined;
				if (!limited) taken.push({ id: `true_${chatId}_${id}`, body: text, timestamp: Math.floor(Date.now() / 1000), fromMe: true, hasMedia: false });
				response.writeHead(answer?.status ?? 201, { 'content-type': 'application/json', ...(limited ? { 'retry-after': answer.retryAfter } : {}) });
				response.end(answer ? '{"message":"Internal server error"}' : JSON.stringify(taken.at(-1)));
			});
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		onTestFinished(() => void server.close());
		const waha = createWahaClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'k' });
		const clients = { waha, telegram: createTelegramClient({ url: 'http://127.0.0.1:1' }) };
		return { taken, options: { senders: createSenders(clients), lookups: createLookups(clients), resolution: QUICK } };
	}

	test('500 after it was taken: the vendor is asked, and it is not sent twice', async () => {
		const { taken, options } = await wahaThat((text) => (text === 'one' ? { status: 500 } : undefined));
		start(options);
		await answer(await customerWrites('W1'), ['one', 'two']);
		await until('all is sent', async () => (await states()).join() === 'sent,sent');
		expect(taken.map(({ body }) => body)).toEqual(['one', 'two']);
		expect(await parts()).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
	});

	test('503 with retry-after: it waits for so long, and leaves', async () => {
		let limited = 0;
		const { taken, options } = await wahaThat(() => (limited++ === 0 ? { status: 503, retryAfter: '1' } : undefined));
		start(options);
		await answer(await customerWrites('W2'), ['one']);
		await until('it is sent', async () => (await states()).join() === 'sent');
		expect(taken.map(({ body }) => body)).toEqual(['one']);
		expect(await parts()).toMatchObject([{ attempts: 1 }]);
	});
});
