import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { fileOf } from '../../testing/files.ts';
import { createCloudinaryClient, readCloudinaryUrl } from './client.ts';

let server: Server | undefined;
afterEach(() => {
	server?.closeAllConnections();
	server?.close();
});

const SECRET = 'cloud&secret';
const NOW = new Date('2030-01-02T10:00:00.000Z');

interface Seen {
	readonly line: string;
	readonly authorization: string | undefined;
	readonly form: Readonly<Record<string, string>>;
}

/** Cloudinary that answers these in turn, the last one for ever. */
async function answering(...answers: readonly { status: number; body: unknown }[]) {
	const seen: Seen[] = [];
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			void formIn(Buffer.concat(chunks), request.headers['content-type'] ?? '').then((form) => {
				seen.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, form });
				const answer = answers[Math.min(seen.length, answers.length) - 1];
				response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' });
				response.end(JSON.stringify(answer?.body));
			});
		});
	});
	await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { seen, client: createCloudinaryClient({ url, account: { cloudName: 'shop', apiKey: 'key-1', apiSecret: SECRET }, now: () => NOW }) };
}

/** A file is shown as its name, type and text. */
async function formIn(body: Buffer, type: string): Promise<Record<string, string>> {
	if (!type.startsWith('multipart/')) return {};
	const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
	const fields = [...form].map(async ([name, value]): Promise<[string, string]> => [name, typeof value === 'string' ? value : `${value.name} ${value.type} ${await value.text()}`]);
	return Object.fromEntries(await Promise.all(fields));
}

const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
const target = { resourceType: 'image', publicId: 'concierge/com_1/med_1', assetFolder: 'concierge/com_1' } as const;
const upload = (client: ReturnType<typeof createCloudinaryClient>) => client.upload({ path: fileOf('bytes'), contentType: 'image/png' }, target);

describe('Cloudinary client', () => {
	test('uploads under our id, signed: all but the file and the key, in order, then the secret', async () => {
		const { client, seen } = await answering({ status: 200, body: { secure_url: 'https://res.example/1.png', bytes: 5, format: 'png', more: true } });
		expect(await upload(client)).toEqual({ url: 'https://res.example/1.png', bytes: 5, format: 'png' });
		const signed = 'asset_folder=concierge/com_1&invalidate=true&overwrite=true&public_id=concierge/com_1/med_1&timestamp=1893578400';
		expect(seen).toEqual([
			{
				line: 'POST /v1_1/shop/image/upload', authorization: undefined,
				form: {
					asset_folder: 'concierge/com_1', invalidate: 'true', overwrite: 'true', public_id: 'concierge/com_1/med_1', timestamp: '1893578400', api_key: 'key-1',
					file: 'med_1 image/png bytes', signature: sha1(signed + SECRET),
				},
			},
		]);
	});

	test('destroys from the caches too; what is there no longer is no error', async () => {
		const { client, seen } = await answering({ status: 200, body: { result: 'not found' } });
		await client.destroy('video', 'concierge/com_1/med_1');
		expect(seen).toMatchObject([{ line: 'POST /v1_1/shop/video/destroy', form: { public_id: 'concierge/com_1/med_1', signature: sha1(`invalidate=true&public_id=concierge/com_1/med_1&timestamp=1893578400${SECRET}`) } }]);
	});

	test('destroys a folder page by page, photos and videos, and then itself; one that never was is no error', async () => {
		const { client, seen } = await answering({ status: 200, body: { deleted: {}, next_cursor: 'c2' } }, { status: 200, body: { deleted: {} } }, { status: 200, body: { deleted: {} } }, { status: 404, body: { error: { message: "Can't find folder" } } });
		await client.destroyFolder('concierge/com_1');
		expect(seen.map(({ line }) => line)).toEqual([
			'DELETE /v1_1/shop/resources/image/upload?prefix=concierge%2Fcom_1%2F&invalidate=true',
			'DELETE /v1_1/shop/resources/image/upload?prefix=concierge%2Fcom_1%2F&invalidate=true&next_cursor=c2',
			'DELETE /v1_1/shop/resources/video/upload?prefix=concierge%2Fcom_1%2F&invalidate=true',
			'DELETE /v1_1/shop/folders/concierge/com_1',
		]);
		expect(new Set(seen.map(({ authorization }) => authorization))).toEqual(new Set([`Basic ${Buffer.from(`key-1:${SECRET}`).toString('base64')}`]));
	});

	test.each([
		[400, 'refused'],
		[401, 'refused'],
		[420, 'rate_limited'],
		[429, 'rate_limited'],
		[502, 'ambiguous'],
	])('%i is %s, with the vendor’s words and without the secret', async (status, outcome) => {
		const { client } = await answering({ status, body: { error: { message: `Bad ${SECRET}` } } });
		await expect(upload(client)).rejects.toMatchObject({ code: `cloudinary_${outcome}`, vendorStatus: status, message: `cloudinary answered ${status} to upload: Bad •••` });
	});

	test('an answer of 200 that says nothing of the file is ambiguous', async () => {
		const { client } = await answering({ status: 200, body: {} });
		await expect(upload(client)).rejects.toMatchObject({ code: 'cloudinary_ambiguous', vendorStatus: 200 });
	});
});

describe('CLOUDINARY_URL', () => {
	test('is read as the console shows it', () => {
		expect(readCloudinaryUrl('cloudinary://123:a%26b@My-Shop')).toEqual({ cloudName: 'My-Shop', apiKey: '123', apiSecret: 'a&b' });
	});

	test.each(['', 'https://123:abc@shop', 'cloudinary://shop', 'cloudinary://123@shop', 'cloudinary://123:abc@'])('is not %j', (text) => expect(readCloudinaryUrl(text)).toBeNull());
});
