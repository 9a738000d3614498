import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SAMPLE_IMAGE } from '../media.ts';
import { startSandbox, type TestSandbox } from '../test-support.ts';
import { textToSign } from './signature.ts';

/** The vendor's own SDK. It takes its address and its scheme from the environment when it is loaded. */
let sdk: typeof import('cloudinary').v2;
let sandbox: TestSandbox;
const PNG = `data:image/png;base64,${SAMPLE_IMAGE.toString('base64')}`;

beforeAll(async () => {
	sandbox = await startSandbox();
	vi.stubEnv('CLOUDINARY_URL', `cloudinary://sandbox-key:sandbox-secret@sandbox?upload_prefix=${encodeURIComponent(`${sandbox.url}/cloudinary`)}`);
	({ v2: sdk } = await import('cloudinary'));
});
afterAll(async () => {
	vi.unstubAllEnvs();
	await sandbox.close();
});
beforeEach(async () => await sandbox.post('/reset'));

const upload = (publicId: string, options: object = {}) => sdk.uploader.upload(PNG, { public_id: publicId, asset_folder: publicId.split('/').slice(0, -1).join('/'), ...options });
const idsIn = async (prefix: string) => ((await sdk.api.resources({ type: 'upload', prefix })) as { resources: { public_id: string }[] }).resources.map(({ public_id: id }) => id);

describe('the signature', () => {
	it('is that of the vendor’s documentation', () => {
		const params = { timestamp: '1315060510', public_id: 'sample_image', eager: 'w_400,h_300,c_pad|w_260,h_200,c_crop' };
		expect(textToSign(params, 1)).toBe('eager=w_400,h_300,c_pad|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510');
		expect(sdk.utils.api_sign_request({ ...params }, 'abcd')).toBe('bfd09f95f331f558cbd1320e67aa8d488770583e');
	});

	it('leaves out what is empty and what is not signed, and in its second version writes & as %26', () => {
		expect(textToSign({ b: 'x&y', a: '', api_key: 'k', signature: 's', file: 'f' }, 2)).toBe('b=x%26y');
	});
});

describe('the Cloudinary stand-in, driven by the vendor’s SDK', () => {
	it('stores a picture, serves it, and takes it away', async () => {
		const asset = await upload('concierge/com_1/med_1', { tags: 'a&b' });
		expect(asset).toMatchObject({ public_id: 'concierge/com_1/med_1', resource_type: 'image', type: 'upload', format: 'png', bytes: SAMPLE_IMAGE.length, asset_folder: 'concierge/com_1' });
		const served = await fetch(asset.secure_url);
		expect([served.headers.get('content-type'), Buffer.from(await served.arrayBuffer()).equals(SAMPLE_IMAGE)]).toEqual(['image/png', true]);
		expect(await sdk.uploader.destroy('concierge/com_1/med_1')).toEqual({ result: 'ok' });
		expect(await sdk.uploader.destroy('concierge/com_1/med_1')).toEqual({ result: 'not found' });
		expect((await fetch(asset.secure_url)).status).toBe(404);
	});

	it('deletes by prefix, and a folder once it is empty', async () => {
		await upload('concierge/com_1/a');
		await upload('concierge/com_12/b');
		await expect(sdk.api.delete_folder('concierge/com_1')).rejects.toMatchObject({ error: { message: 'Folder is not empty', http_code: 400 } });
		expect(await sdk.api.delete_resources_by_prefix('concierge/com_1/')).toMatchObject({ deleted: { 'concierge/com_1/a': 'deleted' }, partial: false });
		expect(await sdk.api.delete_folder('concierge/com_1')).toMatchObject({ deleted: ['concierge/com_1'] });
		expect(await idsIn('concierge/')).toEqual(['concierge/com_12/b']);
	});

	it('deletes 1,000 at a time', async () => {
		const ids = Array.from({ length: 1_001 }, (_, index) => `many/${index}`);
		for (let from = 0; from < ids.length; from += 50) await Promise.all(ids.slice(from, from + 50).map((id) => upload(id)));
		const first = (await sdk.api.delete_resources_by_prefix('many/')) as { deleted: object; partial: boolean; next_cursor?: string };
		expect([Object.keys(first.deleted).length, first.partial, await idsIn('many/')]).toEqual([1_000, true, ['many/1000']]);
		const rest: unknown = await sdk.api.delete_resources_by_prefix('many/', { next_cursor: first.next_cursor });
		expect(rest).toMatchObject({ deleted: { 'many/1000': 'deleted' }, partial: false });
		expect(rest).not.toHaveProperty('next_cursor');
	});

	it('refuses another secret, a request that is old, a file of another kind', async () => {
		await expect(upload('x', { api_secret: 'wrong' })).rejects.toMatchObject({ http_code: 401, message: expect.stringContaining('Invalid Signature') });
		await expect(upload('x', { timestamp: 1_315_060_510 })).rejects.toMatchObject({ http_code: 401, message: expect.stringContaining('Stale request') });
		await expect(upload('x', { resource_type: 'video' })).rejects.toMatchObject({ http_code: 400, message: 'Unsupported video format or file' });
		expect(await idsIn('x')).toEqual([]);
	});
});
