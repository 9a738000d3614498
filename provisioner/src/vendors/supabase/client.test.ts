import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createSupabaseClient } from './client.ts';

let server: Server | undefined;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

const SECRET = 'shared-secret-with-at-least-32-characters';
const NOW = Date.parse('2030-01-02T10:00:00Z');

/** A project that answers these in turn, the last one for ever; a status of 0 closes the connection. */
async function answering(...answers: readonly { status: number; body?: string }[]) {
	const seen: { line: string; headers: IncomingHttpHeaders; body: string }[] = [];
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(chunks).toString() });
			const answer = answers[Math.min(seen.length, answers.length) - 1] ?? { status: 500 };
			if (answer.status === 0) return void request.socket.destroy();
			response.writeHead(answer.status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/elsewhere' });
			response.end(answer.body ?? '');
		});
	});
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/supabase`;
	let now = NOW;
	const client = createSupabaseClient({ url, publishableKey: 'sb_publishable_1', jwtSecret: SECRET }, () => new Date(now));
	return { seen, client, db: client.forTenant('ten_a'), pass: (ms: number) => void (now += ms) };
}

const numbers = z.array(z.number());
const error = (status: number, code: string, message: string) => ({ status, body: JSON.stringify({ code, message, details: null, hint: null }) });

describe('Supabase client', () => {
	test('every request has the publishable key and a token of its tenant: five minutes, one role, one tenant', async () => {
		const { seen, db } = await answering({ status: 200, body: '[1]' });
		expect(await db.call('ids', { company: 'com_1' }, numbers)).toEqual([1]);
		const [request] = seen;
		expect([request?.line, request?.body, request?.headers['apikey']]).toEqual(['POST /supabase/rest/v1/rpc/ids', '{"company":"com_1"}', 'sb_publishable_1']);
		const [head = '', claims = '', signature] = (request?.headers.authorization ?? '').replace('Bearer ', '').split('.');
		expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'HS256', typ: 'JWT' });
		expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ role: 'authenticated', aud: 'authenticated', tenant_id: 'ten_a', exp: NOW / 1000 + 300 });
		expect(signature).toBe(createHmac('sha256', SECRET).update(`${head}.${claims}`).digest('base64url'));
		expect(Object.keys(request?.headers ?? {}).filter((name) => name.startsWith('x-concierge'))).toEqual([]);
	});

	test('a token is used again until it has a minute left, and never for another tenant', async () => {
		const { seen, client, db, pass } = await answering({ status: 200, body: '[1]' });
		const token = async (tenant = db) => {
			await tenant.call('ids', {}, numbers);
			return seen.at(-1)?.headers.authorization;
		};
		const first = await token();
		pass(239_000);
		expect(await token()).toBe(first);
		expect(await token(client.forTenant('ten_b'))).not.toBe(first);
		pass(1_000);
		expect(await token()).not.toBe(first);
	});

	test('reads and writes rows as PostgREST takes them', async () => {
		const { seen, db } = await answering({ status: 200, body: '[{"version":3}]' }, { status: 201 });
		expect(await db.rows('catalog_versions', 'version', (rows) => rows.eq('company_id', 'com_1').lt('version', 4).order('version', { ascending: false }).limit(1), z.object({ version: z.number() }))).toEqual([{ version: 3 }]);
		await db.upsert('catalog_incoming', [{ sku: 'a' }], 'company_id,sku');
		expect(seen.map(({ line }) => line)).toEqual(['GET /supabase/rest/v1/catalog_versions?select=version&company_id=eq.com_1&version=lt.4&order=version.desc&limit=1', 'POST /supabase/rest/v1/catalog_incoming?on_conflict=company_id%2Csku&columns=%22sku%22']);
		expect([seen[1]?.body, seen[1]?.headers]).toMatchObject(['[{"sku":"a"}]', { prefer: 'resolution=merge-duplicates', 'content-type': 'application/json', apikey: 'sb_publishable_1', authorization: seen[0]?.headers.authorization }]);
		expect(Object.keys(seen[1]?.headers ?? {}).filter((name) => name.startsWith('x-concierge'))).toEqual([]);
		await db.upsert('catalog_incoming', [], 'company_id,sku');
		expect(seen).toHaveLength(2);
	});

	test.each([
		[error(404, 'PGRST202', 'no function'), { outcome: 'refused', vendorCode: 'PGRST202', vendorStatus: 404 }],
		[error(409, 'PT409', 'changed'), { outcome: 'refused', vendorCode: 'PT409' }],
		[error(401, 'PGRST301', `bad ${SECRET} and sb_publishable_1`), { outcome: 'refused', message: 'supabase answered 401 to ids: bad ••• and •••' }],
		[error(500, '57014', 'canceling statement due to statement timeout'), { outcome: 'refused', vendorStatus: 500 }],
		[{ status: 429, body: '{"message":"slow down"}' }, { outcome: 'rate_limited', vendorCode: '' }],
		[{ status: 503, body: '{"message":"name resolution failed"}' }, { outcome: 'ambiguous', vendorCode: '' }],
		[{ status: 522, body: '<html>' }, { outcome: 'ambiguous' }],
		[{ status: 302 }, { outcome: 'refused', vendorStatus: 302 }],
		[{ status: 0 }, { outcome: 'ambiguous', vendorStatus: null }],
		[{ status: 200, body: '["x"]' }, { outcome: 'ambiguous', message: expect.stringContaining('in an unknown form') as string }],
	])('an answer of %j is told as it is, once', async (answer, expected) => {
		const { db, seen } = await answering(answer);
		await expect(db.call('ids', {}, numbers)).rejects.toMatchObject(expected);
		expect(seen).toHaveLength(1);
	});

	test('a read is not tried again behind our back', async () => {
		const { db, seen } = await answering({ status: 503 });
		await expect(db.rows('catalog_heads', 'version', (rows) => rows, z.unknown())).rejects.toMatchObject({ code: 'supabase_ambiguous' });
		expect(seen).toHaveLength(1);
	});

	test('what says nothing in time is ambiguous, and the message holds no token', async () => {
		const { db } = await answering({ status: 200, body: '[1]' });
		server?.removeAllListeners('request');
		await expect(db.call('ids', {}, numbers, 50)).rejects.toMatchObject({ outcome: 'ambiguous', message: 'supabase: no answer within 50 ms to ids. It may have been done.' });
	});

	test('after five failures in a row nobody waits for three seconds; then one is a trial', async () => {
		const { db, seen, pass } = await answering({ status: 503 });
		const call = () => db.call('ids', {}, numbers);
		for (let n = 1; n <= 5; n++) await expect(call()).rejects.toMatchObject({ outcome: 'ambiguous' });
		await expect(call()).rejects.toMatchObject({ outcome: 'unreachable', message: expect.stringContaining('was not tried') });
		expect(seen).toHaveLength(5);
		pass(3_001);
		await expect(call()).rejects.toMatchObject({ outcome: 'ambiguous' });
		await expect(call()).rejects.toMatchObject({ outcome: 'unreachable' });
		expect(seen).toHaveLength(6);
	});

	test('the database’s own errors are no failure to answer', async () => {
		const { db, seen } = await answering(error(500, '57014', 'timeout'));
		for (let n = 1; n <= 7; n++) await expect(db.call('ids', {}, numbers)).rejects.toMatchObject({ vendorCode: '57014' });
		expect(seen).toHaveLength(7);
	});
});
