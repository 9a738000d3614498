import { describe, expect, test } from 'vitest';
import { PLATFORM_KEY } from '../../provisioner/src/testing/api.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { MP4, PNG, useMediaPlatform } from './platform.ts';

const { asOwner, cloudinary, fault, fetched, listed, mediaWith, put, upload, uploaded } = useMediaPlatform();

describe('an upload that fails', () => {
	test('leaves nothing that is listed; its file, should there be one, goes with a later upload', async () => {
		await fault('upload', 504);
		expect(await upload(PNG)).toMatchObject({ status: 502, body: { code: 'cloudinary_ambiguous' } });
		expect(await listed()).toEqual([]);
		const [row] = await asOwner<{ id: string; state: string }>('SELECT id, state FROM media');
		expect(row?.state).toBe('uploading');
		const late = await put(`concierge/com_a/${row?.id}`);
		await asOwner(`UPDATE media SET created_at = now() - interval '11 minutes'`);
		await upload(PNG, '?name=again');
		expect(await asOwner('SELECT name, state FROM media')).toEqual([{ name: 'again', state: 'ready' }]);
		expect(await fetched(late)).toBe(404);
	});

	test('because the vendor refused it leaves no row; a file that it can’t read is the caller’s matter', async () => {
		await fault('upload', 420);
		expect(await upload(PNG)).toMatchObject({ status: 503, body: { code: 'cloudinary_rate_limited' } });
		await fault('upload', 400);
		expect(await upload(PNG)).toMatchObject({ status: 422, body: { code: 'media_refused', detail: expect.stringContaining('Sandbox fault') } });
		expect(await asOwner('SELECT 1 FROM media')).toEqual([]);
	});

	test('because its company was deleted meanwhile takes its file along', async () => {
		await asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_d', 'ten_a', 'D', 'product')`);
		let url = '';
		const racing = mediaWith({
			cloudinary: {
				...cloudinary(),
				async upload(...args) {
					const asset = await cloudinary().upload(...args);
					url = asset.url;
					await asOwner(`DELETE FROM companies WHERE id = 'com_d'`);
					return asset;
				},
			},
		});
		await expect(racing.add('ten_a', 'com_d', uploaded(PNG), { name: '', welcomeKind: null })).rejects.toMatchObject({ status: 404, code: 'company_not_found' });
		expect(await fetched(url)).toBe(404);
	});

	test('is none because an old file stays at the vendor: that one is tried again with the next', async () => {
		const { log, lines } = createTestLog();
		const first = (await upload(MP4, '?welcome_video_for=product')).body;
		await fault('destroy', 500);
		const second = await mediaWith({ log }).add('ten_a', 'com_a', uploaded(MP4), { name: '2', welcomeKind: 'product' });
		expect([await listed(), await fetched(second.url), await fetched(first['url'])]).toEqual([['2'], 200, 200]);
		expect(lines).toMatchObject([{ company: 'com_a', code: 'cloudinary_refused' }]);
		await upload(PNG);
		expect(await fetched(first['url'])).toBe(404);
	});

	test('and one for a tenant that is being deleted, is refused before anything is stored', async () => {
		await asOwner(`UPDATE tenants SET status = 'deleting' WHERE id = 'ten_a'`);
		expect(await upload(PNG, '', { key: PLATFORM_KEY })).toMatchObject({ status: 409, body: { code: 'tenant_not_active' } });
		expect(await asOwner('SELECT 1 FROM media')).toEqual([]);
	});
});
