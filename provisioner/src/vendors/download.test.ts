import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTranscriptionClient } from './openai/client.ts';
import { createTelegramClient } from './telegram/client.ts';
import { createWahaClient } from './waha/client.ts';

const KEY = 'the-api-key';
const TOKEN = '1:the-bot-token';

let url: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: { path: string; key: string | string[] | undefined }[];
let close: () => Promise<void>;

beforeEach(async () => {
	asked = [];
	const server = createServer((request, response) => {
		asked.push({ path: request.url ?? '', key: request.headers['x-api-key'] });
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	answer = (_request, response) => response.setHeader('content-type', 'audio/ogg').end('OggS');
	close = () =>
		new Promise((resolve) => {
			server.closeAllConnections();
			server.close(() => resolve());
		});
});
afterEach(() => close());

const failure = (work: Promise<unknown>) => work.then(() => undefined, (error: unknown) => error as Error & { code: string });
const fromWaha = (mediaUrl: string, maxBytes = 100) => createWahaClient({ url: `${url}/waha`, apiKey: KEY }).download(mediaUrl, { maxBytes });

describe("WAHA's files", () => {
	test('come from the configured WAHA, whatever host the message names', async () => {
		for (const host of [`${url}/waha`, 'http://localhost:3000', 'https://169.254.169.254', 'http://evil.example:80/x']) {
			expect(Buffer.from((await fromWaha(`${host}/api/files/s/a.oga`)).bytes).toString()).toBe('OggS');
		}
		expect(asked).toEqual(Array.from({ length: 4 }, () => ({ path: '/waha/api/files/s/a.oga', key: KEY })));
	});

	test('nothing else is fetched, and no path leads out of them', async () => {
		const others = [
			'', 'nothing', 'file:///etc/passwd', 'http://169.254.169.254/latest/meta-data', `${url}/waha/api/sessions`, `${url}/waha/api/files/../sessions`,
			`${url}/waha/api/files/%2e%2e/sessions`, 'https://bucket.example/a.oga?x=/api/files/a',
		];
		for (const other of others) expect(await failure(fromWaha(other))).toMatchObject({ code: 'waha_refused' });
		expect(asked).toEqual([]);
	});

	test('a redirect is not followed: the key would go with it', async () => {
		answer = (_request, response) => response.writeHead(302, { location: `${url}/elsewhere` }).end();
		expect(await failure(fromWaha(`${url}/api/files/a.oga`))).toMatchObject({ code: 'waha_refused', vendorStatus: 302 });
		expect(asked).toHaveLength(1);
	});

	test('one that is too large is refused, announced or streamed', async () => {
		answer = (_request, response) => response.writeHead(200, { 'content-length': 101 }).end('x'.repeat(101));
		expect(await failure(fromWaha(`${url}/api/files/a.oga`))).toMatchObject({ code: 'waha_refused' });
		answer = (_request, response) => {
			const timer = setInterval(() => response.write('x'.repeat(30)), 1);
			response.on('close', () => clearInterval(timer));
		};
		expect(await failure(fromWaha(`${url}/api/files/a.oga`))).toMatchObject({ code: 'waha_refused' });
	});
});

describe("Telegram's files", () => {
	const download = () => createTelegramClient({ url }).download(TOKEN, 'AwAC', { maxBytes: 100 });
	const path = (filePath: string) => {
		answer = (request, response) => {
			if (request.url?.endsWith('/getFile') === true) response.end(JSON.stringify({ ok: true, result: { file_id: 'AwAC', file_path: filePath } }));
			else response.end('OggS');
		};
	};

	test('are asked for their path, then fetched', async () => {
		path('voice/file_1.oga');
		expect(Buffer.from((await download()).bytes).toString()).toBe('OggS');
		expect(asked.map((one) => one.path)).toEqual([`/bot${TOKEN}/getFile`, `/file/bot${TOKEN}/voice/file_1.oga`]);
	});

	test.each(['/etc/passwd', '../../bot1:x/getMe', 'https://evil.example/x', '//evil.example/x'])('a path that leads elsewhere is not fetched: %s', async (filePath) => {
		path(filePath);
		const error = await failure(download());
		expect(error).toMatchObject({ code: 'telegram_refused' });
		expect(error?.message).not.toContain(TOKEN);
		expect(asked).toHaveLength(1);
	});
});

describe('transcription', () => {
	const transcribe = (mimetype = 'audio/ogg; codecs=opus') =>
		createTranscriptionClient({ url, apiKey: KEY, model: 'whisper-1' }).transcribe({ bytes: new Uint8Array(Buffer.from('OggS')), mimetype });
	const replies = (status: number, body: unknown, headers: Record<string, string> = {}) => {
		answer = (_request, response) => response.writeHead(status, headers).end(JSON.stringify(body));
	};

	test('goes as the documentation says: the file by its kind, the model', async () => {
		let sent = '';
		answer = (request, response) => {
			request.on('data', (chunk: Buffer) => (sent += chunk.toString('latin1')));
			request.on('end', () => response.end('{"text":" Hola "}'));
		};
		expect(await transcribe()).toBe('Hola');
		expect(asked[0]?.path).toBe('/v1/audio/transcriptions');
		expect(sent).toMatch(/name="file"; filename="voice\.ogg"\r\nContent-Type: audio\/ogg\r\n\r\nOggS/i);
		expect(sent).toMatch(/name="model"\r\n\r\nwhisper-1/);
		await transcribe('audio/mp4');
		expect(sent).toContain('filename="voice.m4a"');
	});

	test.each([
		[429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 'openai_rate_limited'],
		[429, { error: { message: 'pay', code: 'insufficient_quota' } }, 'openai_refused'],
		[400, { error: { message: `bad key ${KEY}` } }, 'openai_refused'],
		[502, {}, 'openai_ambiguous'],
		[200, { words: 'Hola' }, 'openai_refused'],
	])('%i %j: %s', async (status, body, code) => {
		replies(status, body, { 'retry-after': '7' });
		const error = await failure(transcribe());
		expect(error).toMatchObject({ code });
		expect(error?.message).not.toContain(KEY);
	});
});
