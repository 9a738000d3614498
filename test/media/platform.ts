import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../database.ts';
import { createSandbox, type Sandbox } from '../../sandbox/src/server.ts';
import { MASTER_KEY, PLATFORM_KEY, startTestApi, WORKER_KEY, type Json, type TestApi } from '../../provisioner/src/testing/api.ts';
import { createCloudinaryClient, type CloudinaryClient } from '../../provisioner/src/vendors/cloudinary/client.ts';
import { createCatalogs, type Catalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createCompanies } from '../../provisioner/src/features/companies/companies.ts';
import { createKeys } from '../../provisioner/src/features/keys/keys.ts';
import { fileOf } from '../../provisioner/src/testing/files.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { createMedia } from '../../provisioner/src/features/media/media.ts';

export const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(40)]);
export const MP4 = Buffer.concat([Buffer.from('00000018', 'hex'), Buffer.from('ftypisom'), Buffer.alloc(40)]);

/** Tenants A and B with a company each, the media endpoints over the sandbox's Cloudinary (`/off`: without one), empty before each test of the file. */
export function useMediaPlatform() {
	let db: TestDatabase;
	let sandbox: Sandbox;
	let api: TestApi;
	let cloudinary: CloudinaryClient;
	let catalogs: Catalogs;
	let keyOfA: string;
	let keyOfB: string;

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
		const { log } = createTestLog();
		catalogs = createCatalogs({ database, databaseUrl: db.appUrl, log });
		const media = mediaWith({});
		const off = mediaWith({ cloudinary: null });
		api = await startTestApi({ database, endpoints: [...media.endpoints, ...catalogs.endpoints, ...createCompanies({ database, media, catalogs }).endpoints, ...off.endpoints.map((endpoint) => ({ ...endpoint, path: endpoint.path.replace('/v1/', '/off/') }))] });
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
		await db.asOwner(`UPDATE tenants SET status = 'active'`);
	});

	const mediaWith = (other: Partial<Parameters<typeof createMedia>[0]>) => createMedia({ database: db.database, catalogs, cloudinary, now: () => new Date(), log: createTestLog().log, ...other });
	const uploaded = (file: Buffer) => ({ path: fileOf(file), bytes: file.length, sha256: '' });
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
	const addItems = async (...items: { sku: string; image_url?: unknown; video_url?: unknown }[]) =>
		await call('POST', 'com_a/items', { body: { data: items.map((item) => ({ kind: 'product', name: `Rose ${item.sku}`, description: 'x', ...item })) } });
	const put = async (publicId: string) => (await cloudinary.upload({ path: fileOf(PNG), contentType: 'image/png' }, { resourceType: 'image', publicId, assetFolder: 'concierge' })).url;
	const fault = async (operation: string, status: number) => await control('POST', '/faults', { vendor: 'cloudinary', operation, mode: 'status', status, count: 1 });
	const settings = async () => ((await call('GET', 'com_a')).body['settings'] as Json)['welcome_videos'];

	return {
		upload, call, listed, fetched, addItems, put, fault, settings, control, mediaWith, uploaded,
		asOwner: <Row extends Record<string, unknown>>(query: string) => db.asOwner<Row>(query),
		rowsSeenBy: (tenantId: string) => db.database.withTenant(tenantId, async (sql) => (await sql.query('SELECT 1 FROM media')).rowCount),
		keyOfB: () => keyOfB,
		cloudinary: () => cloudinary,
	};
}
