import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../core/errors.ts';
import { CATALOG_CSV, createWorld, type Business, type World } from './world.ts';

let world: World;
let shop: Business;
let other: Business;
let customers = 0;

beforeAll(async () => {
	world = await createWorld();
	shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
});
afterAll(async () => await world.close());
beforeEach(() => world.db.asOwner('DELETE FROM model_breakers'));

const write = async (business: Business, text = 'hello') => await world.customerWrites(business, `3460000${1_000 + ++customers}`, text);
/** Which of the models a new turn is not to ask. */
async function unavailable(business: Business, ...models: string[]): Promise<unknown> {
	const { body } = await world.call('GET', `/v1/turns/${await write(business)}/context?models=${encodeURIComponent(JSON.stringify(models))}`);
	return body['unavailableModels'];
}
/** A turn whose first model failed so; the built-in responder answers, or `by` does. */
async function fail(business: Business, model: string, code = 'call_failed', by = 'offline'): Promise<void> {
	const proposal = by === 'offline' ? null : { response: 'Hello!', language: 'English', intent: 'greeting' };
	const { status } = await world.call('POST', `/v1/turns/${await write(business)}/decision`, { proposal, model: by, failures: [{ model, code }] });
	expect(status).toBe(200);
}
const later = (seconds: number) => world.db.asOwner(`UPDATE model_breakers SET open_until = open_until - make_interval(secs => $1), failed_at = ARRAY(SELECT at - make_interval(secs => $1) FROM unnest(failed_at) at)`, [seconds]);

describe('a model that fails', () => {
	test('three times in a minute is not asked for half a minute; then one turn tries it, and the others wait for what comes of it', async () => {
		await fail(shop, 'gpt');
		await fail(shop, 'gpt');
		expect(await unavailable(shop, 'gpt')).toEqual([]);
		await fail(shop, 'gpt');
		expect(await unavailable(shop, 'gpt', 'claude')).toEqual(['gpt']);
		expect(await unavailable(other, 'gpt')).toEqual([]);
		await later(31);
		expect(await Promise.all([1, 2, 3, 4].map(() => unavailable(shop, 'gpt')))).toEqual(expect.arrayContaining([[], ['gpt'], ['gpt'], ['gpt']]));
		await fail(shop, 'gpt');
		expect(await unavailable(shop, 'gpt')).toEqual(['gpt']);
		await later(31);
		expect(await unavailable(shop, 'gpt')).toEqual([]);
		await world.call('POST', `/v1/turns/${await write(shop)}/decision`, { proposal: { response: 'Hello!', language: 'English', intent: 'greeting' }, model: 'gpt' });
		expect(await unavailable(shop, 'gpt')).toEqual([]);
		await fail(shop, 'gpt');
		expect(await unavailable(shop, 'gpt')).toEqual([]);
	});

	test('now and then stays in use, and so does one that only refused or was cut off', async () => {
		for (let round = 0; round < 4; round++) {
			await fail(shop, 'gpt');
			await later(31);
		}
		for (const code of ['refused', 'cut_off', 'unavailable', 'refused', 'cut_off']) await fail(shop, 'claude', code);
		expect(await unavailable(shop, 'gpt', 'claude')).toEqual([]);
	});

	test('for many turns of one call at once is not asked any more; one that answered some of them is', async () => {
		const turns = await Promise.all([1, 2, 3, 4].map(() => write(shop)));
		const data = turns.map((turn_id, index) => ({
			turn_id, failures: [{ model: 'gpt', code: 'timed_out' }, ...(index < 3 ? [{ model: 'claude', code: 'timed_out' }] : [])],
			...(index < 3 ? { proposal: null } : { proposal: { response: 'Hello!', language: 'English', intent: 'greeting' }, model: 'claude' }),
		}));
		const { body } = await world.call('POST', '/v1/turns/decisions', { data });
		expect(body.data?.map(({ ok }) => ok)).toEqual([true, true, true, true]);
		expect(await unavailable(shop, 'gpt', 'claude')).toEqual(['gpt']);
	});

	test('names that are no JSON array are refused', async () => {
		expect(await world.call('GET', `/v1/turns/${await write(shop)}/context?models=gpt`)).toMatchObject({ status: 400, body: { code: 'invalid_request', detail: expect.stringContaining('JSON array') } });
	});
});

describe('pictures of a turn', () => {
	const PNG = Buffer.from('89504e470d0a1a0a00', 'hex');

	async function picture(): Promise<{ turnId: string; messageId: string; path: string }> {
		const turnId = await write(shop);
		const [message] = await world.db.asOwner<{ id: string }>(`UPDATE messages SET type = 'image', media = '{"url":"http://waha/p.png"}' WHERE turn_id = $1 RETURNING id`, [turnId]);
		return { turnId, messageId: message?.id ?? '', path: `/v1/turns/${turnId}/pictures/${message?.id}` };
	}
	const load = async (path: string, key?: string) => {
		const response = await fetch(world.api.url + path, { headers: { authorization: `Bearer ${key ?? shop.key}` } });
		return { status: response.status, type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
	};

	test('are named in the context and given from the channel, as what their bytes say', async () => {
		const { turnId, messageId, path } = await picture();
		world.attachments.fetch = async ({ channel, media, maxBytes }) => {
			expect([channel, media, maxBytes]).toEqual(['whatsapp', { url: 'http://waha/p.png' }, 1024 * 1024]);
			return { bytes: new Uint8Array(PNG), mimetype: 'text/html' };
		};
		expect((await world.call('GET', `/v1/turns/${turnId}/context`)).body['pictures']).toEqual([messageId]);
		expect(await load(path)).toEqual({ status: 200, type: 'image/png', bytes: PNG });
		expect((await load(path, other.key)).status).toBe(404);
		expect((await load(`/v1/turns/${await write(shop)}/pictures/${messageId}`)).status).toBe(404);
	});

	test('that are none, or gone, are told with a code by which the answer goes on without', async () => {
		const { path } = await picture();
		world.attachments.fetch = async () => ({ bytes: new Uint8Array(Buffer.from('<svg onload=alert(1)>')), mimetype: 'image/png' });
		expect(await world.call('GET', path)).toMatchObject({ status: 415, body: { code: 'picture_not_supported' } });
		world.attachments.fetch = async () => await Promise.reject(new AppError('attachment_missing', 'gone', { status: 404 }));
		expect(await world.call('GET', path)).toMatchObject({ status: 502, body: { code: 'picture_not_available' } });
		world.attachments.fetch = async () => await Promise.reject(new TypeError('a defect'));
		expect((await world.call('GET', path)).status).toBe(500);
	});
});
