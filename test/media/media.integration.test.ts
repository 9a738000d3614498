import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { createSandbox, type Sandbox } from '../../sandbox/src/server.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY, type Json, type TestApi } from '../../provisioner/src/testing/api.ts';
import { createCloudinaryClient, type CloudinaryClient } from '../../provisioner/src/vendors/cloudinary/client.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createCompanies } from '../../provisioner/src/features/companies/companies.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createMedia, type Media } from '../../provisioner/src/features/media/media.ts';

let db: TestDatabase;
let sandbox: Sandbox;
let api: TestApi;
let media: Media;
let cloudinary: CloudinaryClient;
let keyOfA: string;
let keyOfB: string;

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(40)]);
const MP4 = Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypisom'), Buffer.alloc(40)]);

beforeAll(async () => {
	db = await createTestDatabase();
	sandbox = await createSandbox({ port: 0 });
	const { database } = db;
	const keys = createKeys({ database, masterKey: MASTER_KEY });
	await keys.ensurePlatformKeys({ platformKey: PLATFORM_KEY, workerKey: WORKER_KEY });
	await db.asOwner(`INSERT INTO tenants (id, name, email, data_key) VALUES ('ten_a', 'A', 'a@a.example', ''), ('ten_b', 'B', 'b@b.example', '')`);
	await db.asOwner(`INSERT INTO companies (id, tenant_id, name, type) VALUES ('com_a', 'ten_a', 'A', 'hybrid'), ('com_b', 'ten_b', 'B', 'product')`);
	const keyOf = (tenantId: string) => database.withTenant(tenantId, async (sql) => (await keys.createTenantKey(sql, tenantId, { label: 'test' })).secret);
	[keyOfA, keyOfB] = [await keyOf('ten_a'), await keyOf('ten_b')];
	cloudinary = createCloudinaryClient({ url: `${sandbox.url}/cloudinary`, account: { cloudName: 'sandbox', apiKey: 'sandbox-key', apiSecret: 'sandbox-secret' } });
	media = createMedia({ database, cloudinary, now: () => new Date() });
	const off = createMedia({ database, cloudinary: null, now: () => new Date() });
	const catalogs = createCatalogs({ database, databaseUrl: db.appUrl, log: createTestLog().log });
	api = await startTestApi({ database, endpoints: [...media.endpoints, ...catalogs.endpoints, ...createCompanies({ database }).endpoints, ...off.endpoints.map((endpoint) => ({ ...endpoint, path: endpoint.path.replace('/v1/', '/off/') }))] });
});
afterAll(async () => {
	await api.close();
	await sandbox.close();
	await db.close();
});
beforeEach(async () => {
	await control('POST', '/reset');
	for (const table of ['media', 'catalog_items', 'catalog_versions']) await db.asOwner(`DELETE FROM ${table}`);
	await db.asOwner(`UPDATE companies SET settings = '{}', catalog_version = 0`);
});

async function control(method: string, path: string, body?: unknown): Promise<void> {
	const response = await fetch(`${sandbox.url}/control${path}`, { method, body: JSON.stringify(body ?? {}) });
	if (!response.ok) throw new Error(await response.text());
}
async function upload(file: Buffer, query = '', { key = keyOfA, company = 'com_a', type = 'application/octet-stream', base = '/v1' } = {}) {
	const response = await fetch(`${api.url}${base}/companies/${company}/media${query}`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': type }, body: new Uint8Array(file) });
	return { status: response.status, body: (await response.json()) as Json };
}
const call = (method: string, path: string, options: { key?: string; body?: unknown } = {}) => api.call(method, `/v1/companies/${path}`, { key: keyOfA, ...options });
const listed = async (query = '') => (await call('GET', `com_a/media${query}`)).body.data?.map(({ name }) => name);
const fetched = async (url: unknown) => (await fetch(String(url))).status;
const settings = async () => ((await call('GET', 'com_a')).body['settings'] as Json)['welcome_videos'];

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
		expect(await db.asOwner('SELECT 1 FROM media')).toEqual([]);
	});

	test('of another tenant are not there', async () => {
		const { body } = await upload(PNG);
		for (const [method, path] of [['GET', 'com_a/media'], ['GET', `com_a/media/${body.id}`], ['DELETE', `com_a/media/${body.id}`], ['GET', `com_b/media/${body.id}`]] as const) {
			expect([path, (await call(method, path, { key: keyOfB })).status]).toEqual([path, 404]);
		}
		expect((await upload(PNG, '', { key: keyOfB })).status).toBe(404);
		expect(await db.database.withTenant('ten_b', (sql) => sql.query('SELECT 1 FROM media'))).toMatchObject({ rowCount: 0 });
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
		const item = (sku: string, fields: object) => ({ sku, kind: 'product', name: `Rose ${sku}`, description: 'x', ...fields });
		await call('POST', 'com_a/items', { body: { data: [item('1', { image_url: photo['url'], video_url: film['url'] }), item('2', { image_url: photo['url'] }), item('3', {})] } });
		expect(await call('DELETE', `com_a/media/${photo.id}`)).toMatchObject({ status: 409, body: { code: 'medium_in_use', skus: ['1', '2'], detail: expect.stringContaining('unlink=true') } });
		expect(await fetched(photo['url'])).toBe(200);
		expect((await call('DELETE', `com_a/media/${photo.id}?unlink=true`)).status).toBe(204);
		expect((await call('GET', 'com_a/items')).body.data?.map(({ image_url: image, video_url: video }) => [image, video])).toEqual([['', film['url']], ['', ''], ['', '']]);
		expect(await fetched(photo['url'])).toBe(404);
		expect((await call('GET', 'com_a/catalog/versions')).body.data?.[0]).toMatchObject({ cause: 'edit', changed: 2 });
	});

	test('that the vendor does not take is tried again with the next call', async () => {
		const { body } = await upload(PNG);
		await control('POST', '/faults', { vendor: 'cloudinary', operation: 'destroy', mode: 'status', status: 500, count: 1 });
		expect(await call('DELETE', `com_a/media/${body.id}`)).toMatchObject({ status: 502, body: { code: 'cloudinary_refused' } });
		expect(await listed()).toEqual([]);
		await upload(PNG, '?name=next');
		expect(await fetched(body['url'])).toBe(404);
		expect(await db.asOwner('SELECT name FROM media')).toEqual([{ name: 'next' }]);
	});

	test('of a company waits for its media; of a tenant takes its folders, of more files than the vendor deletes at once', async () => {
		const { body } = await upload(PNG);
		const path = fileOf(PNG);
		const ids = Array.from({ length: 1_005 }, (_, index) => `concierge/com_a/extra_${index}`);
		const upload20 = (from: number) => Promise.all(ids.slice(from, from + 20).map((publicId) => cloudinary.upload({ path, contentType: 'image/png' }, { resourceType: 'image', publicId, assetFolder: 'concierge/com_a' })));
		for (let from = 0; from < ids.length; from += 20) await upload20(from);
		expect(await call('DELETE', 'com_a')).toMatchObject({ status: 409, body: { code: 'company_in_use', detail: expect.stringContaining('1 photo(s)') } });
		await media.removeOfTenant('ten_a');
		expect(await fetched(body['url'])).toBe(404);
		expect(await db.asOwner('SELECT 1 FROM media')).toEqual([]);
	});
});

describe('an upload that fails', () => {
	test('leaves nothing that is listed; its file, should there be one, goes with a later upload', async () => {
		await control('POST', '/faults', { vendor: 'cloudinary', operation: 'upload', mode: 'status', status: 420, count: 1 });
		expect(await upload(PNG)).toMatchObject({ status: 503, body: { code: 'cloudinary_rate_limited' } });
		expect(await listed()).toEqual([]);
		await db.asOwner(`UPDATE media SET created_at = now() - interval '11 minutes'`);
		await upload(PNG, '?name=again');
		expect(await db.asOwner('SELECT name, state FROM media')).toEqual([{ name: 'again', state: 'ready' }]);
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

	test('two at once: one stays', async () => {
		await Promise.all(['1', '2', '3'].map((name) => upload(MP4, `?welcome_video_for=product&name=${name}`)));
		const [stored] = await db.asOwner<{ url: string }>(`SELECT url FROM media WHERE welcome_kind = 'product' AND state = 'ready'`);
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
