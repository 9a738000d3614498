import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeAccountState, takeAccountTicket } from '../../provisioner/src/features/payments/apply-account-event.ts';
import type { Sql } from '../../provisioner/src/store/database.ts';
import { CATALOG_CSV, createWorld } from './world.ts';
import type { Business, World } from './world.ts';

let world: World;
beforeAll(async () => {
	world = await createWorld();
});
afterAll(() => world.close());

const account = async (method: string, business: Business, body?: unknown) => world.call(method, `/v1/companies/${business.companyId}/payment_account`, body, business.key);

test('is connected once, shows what is missing, and becomes ready by Stripe’s event', async () => {
	const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV, onboarded: false });
	const again = await account('POST', business, { country: 'es', email: 'owner@example.com' });
	expect(again.status).toBe(201);
	expect(again.body).toMatchObject({ id: business.accountId, object: 'payment_account', state: 'onboarding' });
	expect(String(again.body['onboarding_url'])).toMatch(/^http.*onboarding/);
	expect(again.body['requirements']).toEqual([
		'Give the details of the business: its name, address and registration. Until then this is off: payments by card.',
		'Give the address of the website, or of the business’s page in a social network. Until then this is off: payments by card.',
		'Add the bank account that payouts go to. Until then this is off: payments by card.',
	]);
	const stateOf = async () =>
		(await world.db.asOwner<{ payment_state: string }>('SELECT payment_state FROM companies WHERE id = $1', [business.companyId]))[0]?.payment_state;
	expect(await stateOf()).toBe('onboarding');
	await world.control('POST', `/stripe/accounts/${business.accountId}/complete-onboarding`);
	expect(await stateOf()).toBe('ready');
	expect((await account('GET', business)).body).toMatchObject({ id: business.accountId, state: 'ready', requirements: [], onboarding_url: '' });
});

test('is stored as the latest look saw it, whichever answer comes last', async () => {
	const business = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	const as = <T>(work: (sql: Sql) => Promise<T>) => world.db.database.withTenant(business.tenantId, work);
	const earlier = await as((sql) => takeAccountTicket(sql, business.accountId));
	const later = await as((sql) => takeAccountTicket(sql, business.accountId));
	await as((sql) => storeAccountState(sql, business.accountId, 'ready', later, new Date()));
	await as((sql) => storeAccountState(sql, business.accountId, 'onboarding', earlier, new Date()));
	expect(await world.db.asOwner('SELECT payment_state FROM companies WHERE id = $1', [business.companyId])).toEqual([{ payment_state: 'ready' }]);
});

test('of another tenant is not found', async () => {
	const shop = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	const other = await world.addBusiness({ type: 'product', csv: CATALOG_CSV });
	for (const [method, body] of [['GET'], ['DELETE'], ['POST', { country: 'ES', email: 'a@example.com' }]] as const) {
		const answer = await world.call(method, `/v1/companies/${other.companyId}/payment_account`, body, shop.key);
		expect([answer.status, answer.body.code]).toEqual([404, 'company_not_found']);
	}
});
