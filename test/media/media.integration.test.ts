import { describe, expect, test } from 'vitest';
import { MP4, PNG, useMediaPlatform } from './platform.ts';

const { addItems, asOwner, call, cloudinary, control, fault, fetched, keyOfB, listed, mediaWith, put, rowsSeenBy, settings, upload } = useMediaPlatform();

describe('photos and videos', () => {
	test('are uploaded, listed, and their links can be fetched by anybody', async () => {
		const { status, body } = await upload(PNG, '?name=Roses 🌹');
		expect({ status, body }).toMatchObject({ status: 201, body: { object: 'medium', company_id: 'com_a', type: 'image', content_type: 'image/png', bytes: PNG.length, name: 'Roses 🌹', welcome_video_for: null } });
		expect(String(body['url'])).toContain(`/concierge/com_a/${body.id}.png`);
		expect(await fetched(body['url'])).toBe(200);
		await upload(MP4, '?name=Film', { type: 'image/png' });
		expect(await listed()).toEqual(['Film', 'Roses 🌹']);
		expect(await listed('?type=image')).toEqual(['Roses 🌹']);
		expect((await call('GET', 'com_a/media?limit=1')).body).toMatchObject({ has_more: true });
		expect((await call('GET', `com_a/media/${body.id}`)).body).toEqual(body);
	});

	test('what is none, too large, or for nobody is refused, and nothing reaches the vendor', async () => {
		await control('POST', '/faults', { vendor: 'cloudinary', mode: 'status', status: 500, count: 9 });
		expect(await upload(Buffer.from('<svg onload=alert(1)>'), '', { type: 'image/svg+xml' })).toMatchObject({ status: 415, body: { code: 'media_type_not_supported' } });
		expect(await upload(Buffer.concat([PNG, Buffer.alloc(10 * 1024 * 1024)]))).toMatchObject({ status: 413, body: { code: 'body_too_large', detail: expect.stringContaining('at most 10') } });
		expect(await upload(PNG, '?welcome_video_for=product')).toMatchObject({ status: 422, body: { code: 'welcome_video_not_video' } });
		expect(await upload(PNG, '', { company: 'com_x' })).toMatchObject({ status: 404 });
		expect(await upload(PNG, '', { base: '/off' })).toMatchObject({ status: 503, body: { code: 'media_not_configured' } });
		expect(await asOwner('SELECT 1 FROM media')).toEqual([]);
	});

	test('of another tenant are not there', async () => {
		const { body } = await upload(PNG);
		for (const [method, path] of [['GET', 'com_a/media'], ['GET', `com_a/media/${body.id}`], ['DELETE', `com_a/media/${body.id}`], ['GET', `com_b/media/${body.id}`]] as const) {
			expect([path, (await call(method, path, { key: keyOfB() })).status]).toEqual([path, 404]);
		}
		expect((await upload(PNG, '', { key: keyOfB() })).status).toBe(404);
		expect([await rowsSeenBy('ten_a'), await rowsSeenBy('ten_b')]).toEqual([1, 0]);
		expect(await fetched(body['url'])).toBe(200);
	});
});

describe('deleting', () => {
	test('takes the file away at the vendor; a repeat is 404', async () => {
		const { body } = await upload(PNG);
		expect((await call('DELETE', `com_a/media/${body.id}`)).status).toBe(204);
		expect(await fetched(body['url'])).toBe(404);
		expect(await call('DELETE', `com_a/media/${body.id}`)).toMatchObject({ status: 404, body: { code: 'medium_not_found' } });
	});

	test('is refused while items show it; with unlink they have none, in a version that can be restored', async () => {
		const [photo, film] = [(await upload(PNG)).body, (await upload(MP4)).body];
		await addItems({ sku: '1', image_url: photo['url'], video_url: film['url'] }, { sku: '2', image_url: photo['url'] }, { sku: '3' });
		expect(await call('DELETE', `com_a/media/${photo.id}`)).toMatchObject({ status: 409, body: { code: 'medium_in_use', skus: ['1', '2'], detail: expect.stringContaining('unlink=true') } });
		expect(await fetched(photo['url'])).toBe(200);
		expect((await call('DELETE', `com_a/media/${photo.id}?unlink=true`)).status).toBe(204);
		expect((await call('GET', 'com_a/items')).body.data?.map(({ image_url: image, video_url: video }) => [image, video])).toEqual([['', film['url']], ['', ''], ['', '']]);
		expect(await fetched(photo['url'])).toBe(404);
		expect((await call('GET', 'com_a/catalog/versions')).body.data?.[0]).toMatchObject({ cause: 'edit', changed: 2 });
	});

	test('of a photo that items show cut to another size is refused as well', async () => {
		const { body } = await upload(PNG);
		await addItems({ sku: '1', image_url: String(body['url']).replace('/upload/', '/upload/w_400,h_300,c_fill/') });
		expect(await call('DELETE', `com_a/media/${body.id}`)).toMatchObject({ status: 409, body: { code: 'medium_in_use', skus: ['1'] } });
		await call('DELETE', `com_a/media/${body.id}?unlink=true`);
		expect((await call('GET', 'com_a/items')).body.data?.map(({ image_url: image }) => image)).toEqual(['']);
	});

	test('is done by a repeat when the vendor has the file no longer', async () => {
		const { body } = await upload(PNG);
		await fault('destroy', 500);
		await call('DELETE', `com_a/media/${body.id}`);
		await cloudinary().destroy('image', `concierge/com_a/${body.id}`);
		expect((await call('DELETE', `com_a/media/${body.id}`)).status).toBe(204);
		expect(await asOwner('SELECT 1 FROM media')).toEqual([]);
	});

	test('that the vendor does not take is tried again with the next call', async () => {
		const { body } = await upload(PNG);
		await fault('destroy', 500);
		expect(await call('DELETE', `com_a/media/${body.id}`)).toMatchObject({ status: 502, body: { code: 'cloudinary_refused' } });
		expect(await listed()).toEqual([]);
		await upload(PNG, '?name=next');
		expect(await fetched(body['url'])).toBe(404);
		expect(await asOwner('SELECT name FROM media')).toEqual([{ name: 'next' }]);
	});

	test('of a company waits for its media, then takes what a failed upload left, and the folder', async () => {
		await asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_c', 'ten_a', 'C', 'product')`);
		const { body } = await upload(PNG, '', { company: 'com_c' });
		expect(await call('DELETE', 'com_c')).toMatchObject({ status: 409, body: { code: 'company_in_use', detail: expect.stringContaining('1 photo(s)') } });
		await call('DELETE', `com_c/media/${body.id}`);
		await asOwner(`INSERT INTO media (id, tenant_id, company_id, state, type, name, content_type, bytes) VALUES ('med_c', 'ten_a', 'com_c', 'uploading', 'image', '', 'image/png', 1)`);
		const left = await put('concierge/com_c/med_c');
		expect(await call('DELETE', 'com_c')).toMatchObject({ status: 409, body: { code: 'company_in_use', detail: expect.stringContaining('1 upload(s)') } });
		await asOwner(`UPDATE media SET created_at = now() - interval '11 minutes'`);
		await fault('destroy', 500);
		expect(await call('DELETE', 'com_c')).toMatchObject({ status: 502, body: { code: 'cloudinary_refused' } });
		const stray = await put('concierge/com_c/stray');
		expect((await call('DELETE', 'com_c')).status).toBe(204);
		expect([await fetched(left), await fetched(stray)]).toEqual([404, 404]);
	});

	test('of a tenant takes its folders, of more files than the vendor deletes at once', async () => {
		const { body } = await upload(PNG);
		const ids = Array.from({ length: 1_005 }, (_, index) => `concierge/com_a/extra_${index}`);
		for (let from = 0; from < ids.length; from += 20) await Promise.all(ids.slice(from, from + 20).map(put));
		const report = [{ type: 'cloudinary_folder', id: 'concierge/com_a', name: '', outcome: 'removed' }];
		expect(await mediaWith({}).removeOfTenant('ten_a')).toEqual(report);
		expect(await fetched(body['url'])).toBe(404);
		// As after a failure further on: it tells the same.
		expect(await mediaWith({}).removeOfTenant('ten_a')).toEqual(report);
	});

	test('of a tenant that had media is refused while these are off', async () => {
		await upload(PNG);
		const off = mediaWith({ cloudinary: null });
		await expect(off.removeOfTenant('ten_a')).rejects.toMatchObject({ code: 'media_not_configured' });
		expect(await off.removeOfTenant('ten_b')).toEqual([]);
	});
});

describe('a welcome video', () => {
	test('is one for each kind: a new one takes the place of the old, and the company’s settings name it', async () => {
		const first = (await upload(MP4, '?welcome_video_for=product&name=1')).body;
		const service = (await upload(MP4, '?welcome_video_for=service&name=s')).body;
		expect(await settings()).toEqual({ product: first['url'], service: service['url'] });
		const second = (await upload(MP4, '?welcome_video_for=product&name=2')).body;
		expect(await settings()).toEqual({ product: second['url'], service: service['url'] });
		expect(await fetched(first['url'])).toBe(404);
		expect(await listed()).toEqual(['2', 's']);
		await call('DELETE', `com_a/media/${second.id}`);
		expect(await settings()).toEqual({ service: service['url'] });
	});

	test('that items show stays as a video like any other when a new one takes its place', async () => {
		const first = (await upload(MP4, '?welcome_video_for=product&name=1')).body;
		await addItems({ sku: '1', video_url: first['url'] });
		const second = (await upload(MP4, '?welcome_video_for=product&name=2')).body;
		expect(await fetched(first['url'])).toBe(200);
		expect((await call('GET', 'com_a/media')).body.data?.map(({ name, welcome_video_for: kind }) => [name, kind])).toEqual([['2', 'product'], ['1', null]]);
		expect(await settings()).toEqual({ product: second['url'] });
	});

	test('two at once: one stays', async () => {
		await Promise.all(['1', '2', '3'].map((name) => upload(MP4, `?welcome_video_for=product&name=${name}`)));
		const [stored] = await asOwner<{ url: string }>(`SELECT url FROM media WHERE welcome_kind = 'product' AND state = 'ready'`);
		await expect(asOwner(`INSERT INTO media SELECT 'med_2', tenant_id, company_id, state, type, welcome_kind, name, content_type, bytes, url FROM media`)).rejects.toThrow('media_one_welcome_video');
		expect(await settings()).toEqual({ product: stored?.url });
		expect(await listed()).toHaveLength(1);
	});

	test('other settings that are changed leave it', async () => {
		const { body } = await upload(MP4, '?welcome_video_for=product');
		await call('PATCH', 'com_a', { body: { settings: { instructions: 'Be warm.' } } });
		expect(await settings()).toEqual({ product: body['url'] });
		expect((await call('PATCH', 'com_a', { body: { settings: { welcome_videos: {} } } })).status).toBe(400);
	});
});
