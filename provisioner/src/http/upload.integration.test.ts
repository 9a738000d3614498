import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createKeys } from '../features/keys/keys.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY, type Json, type TestApi } from '../testing/api.ts';
import { endpoint } from './endpoint.ts';

let db: TestDatabase;
let api: TestApi;
let handled = 0;
// Of its own: other tests receive files meanwhile.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'concierge-uploads-'));

beforeAll(async () => {
	db = await createTestDatabase();
	await createKeys({ database: db.database, masterKey: MASTER_KEY }).ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	api = await startTestApi({
		database: db.database,
		endpoints: [
			endpoint({
				method: 'post', path: '/v1/files', summary: 'x', tag: 'x', scopes: ['platform'], idempotent: true, responses: { 200: null },
				upload: { contentTypes: ['text/csv'], maxBytes: 1_000 },
				async handle({ upload }) {
					handled++;
					const text = await readFile(upload?.path ?? '', 'utf8');
					if (text === 'fail') throw new Error('as told');
					return { status: 200, body: { text, bytes: upload?.bytes } };
				},
			}),
		],
	});
});
afterAll(async () => {
	await api.close();
	await db.close();
	await rm(tmpdir(), { recursive: true });
});

const left = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('concierge-upload-'));
async function send(body: RequestInit['body'], headers: Record<string, string> = {}) {
	const response = await fetch(`${api.url}/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${PLATFORM_KEY}`, 'content-type': 'text/csv', ...headers }, body: body ?? null, duplex: 'half' } as RequestInit);
	return { status: response.status, body: (await response.json()) as Json };
}
const inPieces = (...pieces: string[]) => ReadableStream.from(pieces.map((piece) => Buffer.from(piece)));

describe('a file as the body', () => {
	test('reaches the handler on the disk, whole, packed or in pieces, and is gone afterwards', async () => {
		expect(await send('a,b')).toEqual({ status: 200, body: { text: 'a,b', bytes: 3 } });
		expect(await send(inPieces('a', ',b'))).toEqual({ status: 200, body: { text: 'a,b', bytes: 3 } });
		expect(await send(new Uint8Array(gzipSync('a,b')), { 'content-encoding': 'gzip' })).toEqual({ status: 200, body: { text: 'a,b', bytes: 3 } });
		expect((await send('fail')).status).toBe(500);
		expect(await left()).toEqual([]);
	});

	test('over the limit is 413, whether its length is stated, not stated, or of a bomb', async () => {
		const before = handled;
		for (const [body, headers] of [['x'.repeat(1_001), {}], [inPieces('x'.repeat(600), 'x'.repeat(600)), {}], [new Uint8Array(gzipSync('x'.repeat(100_000))), { 'content-encoding': 'gzip' }]] as const) {
			expect(await send(body, headers)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
		}
		expect([handled, await left()]).toEqual([before, []]);
	});

	test('of another type, or packed in a way nobody knows or wrongly, is 415', async () => {
		expect(await send('{}', { 'content-type': 'application/json' })).toMatchObject({ status: 415, body: { code: 'content_type_not_supported', detail: expect.stringContaining('text/csv') } });
		expect(await send('a', { 'content-encoding': 'zstd' })).toMatchObject({ status: 415, body: { code: 'encoding_not_supported' } });
		expect(await send('not gzip', { 'content-encoding': 'gzip' })).toMatchObject({ status: 415, body: { code: 'encoding_not_supported' } });
		expect(await left()).toEqual([]);
	});

	test('whose sender goes away is never handled, and nothing of it stays', async () => {
		const before = handled;
		const sender = request(`${api.url}/v1/files`, { method: 'POST', headers: { authorization: `Bearer ${PLATFORM_KEY}`, 'content-type': 'text/csv', 'content-length': '900' } });
		sender.on('error', () => undefined);
		sender.write('half');
		await vi.waitUntil(async () => (await left()).length === 1, { timeout: 5_000 });
		sender.destroy();
		await vi.waitUntil(async () => (await left()).length === 0, { timeout: 5_000 });
		expect(handled).toBe(before);
	});

	test('sent again under its idempotency key is not handled again; another file under it is refused', async () => {
		const before = handled;
		const key = { 'idempotency-key': 'once' };
		expect(await send('first', key)).toEqual(await send('first', key));
		expect(handled).toBe(before + 1);
		expect(await send('second', key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
	});
});
