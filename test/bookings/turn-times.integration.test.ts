import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { AgentFacts } from '../../core/agent/facts.ts';
import type { Item } from '../../core/catalog/item.ts';
import { busyTimeOf, readTurns, toFacts } from '../../provisioner/src/features/agent/facts.ts';
import { createCatalogs } from '../../provisioner/src/features/catalog/catalogs.ts';
import { createTestLog } from '../../provisioner/src/testing/log.ts';
import { CATALOG_CSV, type Business, type World } from '../orders/world.ts';
import { createConversations, day, slot, type Conversations } from './conversations.ts';

let its: Conversations;
let world: World;
beforeAll(async () => {
	its = await createConversations();
	world = its.world;
});
afterAll(() => world.close());

describe('what a turn knows of times', () => {
	async function factsOf(salon: Business, customer = its.newCustomer()): Promise<AgentFacts> {
		const turnId = await world.customerWrites(salon, customer, 'Hello');
		const now = new Date(Date.now() + world.clock.offsetMs);
		const [record] = await readTurns(world.db.database.system, null, [turnId], now);
		if (!record) throw new Error('no turn');
		const { loadCatalog } = createCatalogs({ database: world.db.database, databaseUrl: world.db.appUrl, log: createTestLog().log });
		const catalog = await world.db.database.withTenant(salon.tenantId, (sql) => loadCatalog(sql, salon.companyId));
		return toFacts(record, catalog, await busyTimeOf(record, world.bookings.busyTime), now, { publicUrl: 'http://pay.example', historyDays: 365 });
	}
	function itemOf({ catalog }: AgentFacts, sku: string): Item {
		const item = catalog.get(sku);
		if (!item) throw new Error(sku);
		return item;
	}
	const freeOn = (facts: AgentFacts, sku: string, date: string) =>
		facts.schedule?.free({ kind: 'appointment', item: itemOf(facts, sku), places: 1, city: '' }, { from: date, to: new Date(Date.parse(date) + 4 * 3_600_000).toISOString() })?.map(({ start }) => start);

	test('is what is free by the calendars and by the bookings of others, and what the company asks for', async () => {
		const salon = await its.addSalon({ settings: { place: 'Calle Menor 2', ask_address: true, ask_appointment_slot: true, ask_delivery_slot: false } });
		await world.control('POST', `/google/calendars/${salon.email}/busy`, { start: day(3, 0), end: day(3, 1) });
		await world.call('POST', '/v1/bookings', { company_id: salon.companyId, sku: 'M1', starts_at: day(3, 1) }, salon.key);
		const facts = await factsOf(salon);
		expect(facts.schedule).toMatchObject({ zone: 'UTC', asks: { appointmentSlot: true, deliverySlot: false, address: true }, deliveryNeedsCity: false, place: 'Calle Menor 2' });
		expect(freeOn(facts, 'M1', day(3, 0))).toEqual([day(3, 2), day(3, 3)]);
		// Each service has places of its own.
		expect(freeOn(facts, 'Y1', day(3, 0))).toEqual([day(3, 1), day(3, 2), day(3, 3)]);
		expect(facts.schedule?.free({ kind: 'appointment', item: itemOf(facts, 'M1'), places: 1, city: '' }, {}, 3)).toHaveLength(3);
		expect(facts.schedule?.free({ kind: 'appointment', item: itemOf(facts, 'M1'), places: 1, city: '' })?.at(-1)?.start).toBe(day(30, 23));
	});

	test('is its own bookings; what it holds for an order that it has not paid takes no time from it', async () => {
		const salon = await its.addSalon();
		const wish = await its.wishes(salon, [slot('M1', day(5, 0))]);
		const answer = await its.checkout(wish);
		await its.reply(wish);
		expect(freeOn(await factsOf(salon), 'M1', day(5, 0))).toEqual([day(5, 1), day(5, 2), day(5, 3)]);
		expect(await factsOf(salon, wish.customer).then((facts) => [freeOn(facts, 'M1', day(5, 0)), facts.bookings])).toEqual([[day(5, 0), day(5, 1), day(5, 2), day(5, 3)], []]);
		await its.pay(salon, answer);
		const facts = await factsOf(salon, wish.customer);
		expect(facts.bookings).toMatchObject([{ kind: 'appointment', sku: 'M1', name: 'Massage', start: day(5, 0), end: day(5, 1), places: 1, city: 'Madrid', changeable: true }]);
		expect(freeOn(facts, 'M1', day(5, 0))).toEqual([day(5, 1), day(5, 2), day(5, 3)]);
		await its.patch(salon, { free_change_hours: 240 });
		expect((await factsOf(salon, wish.customer)).bookings).toMatchObject([{ changeable: false }]);
		expect((await factsOf(salon)).bookings).toEqual([]);
		world.clock.offsetMs = 7 * 86_400_000;
		expect((await factsOf(salon, wish.customer).finally(() => (world.clock.offsetMs = 0))).bookings).toEqual([]);
	});

	test('is not guessed: while the calendar does not say, no appointment is free, and deliveries are', async () => {
		const csv = `${CATALOG_CSV.trim()}\n`;
		const shop = await its.addSalon({ type: 'product', csv, settings: { delivery_capacity: 1, delivery_cities: [{ city: 'Ghent', cut_off: '23:59' }] } });
		const salon = await its.addSalon();
		await world.control('POST', '/faults', { vendor: 'google-calendar', operation: 'freebusy.query', mode: 'status', status: 503, count: 1 });
		expect(freeOn(await factsOf(salon), 'M1', day(3, 0))).toBeUndefined();
		expect((await factsOf(salon)).schedule?.free({ kind: 'appointment', item: itemOf(await factsOf(salon), 'M1'), places: 1, city: '' })).toBeNull();
		expect(world.logLines.filter((line) => line['companyId'] === salon.companyId && String(line['msg']).includes('does not say what is taken'))).toHaveLength(1);
		// Nothing of it stands in a turn's way.
		const turnId = await world.customerWrites(salon, its.newCustomer(), 'Hello');
		expect((await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null })).body['accepted']).toBe(true);
		const facts = await factsOf(shop);
		expect(facts.schedule?.deliveryNeedsCity).toBe(true);
		// A lamp takes a day to get ready.
		expect(facts.schedule?.free({ kind: 'delivery', item: itemOf(facts, 'A1'), places: 1, city: 'Ghent' }, {}, 2)).toEqual([{ start: day(2), end: day(3) }, { start: day(3), end: day(4) }]);
	});

	test('is nothing without a connected calendar', async () => {
		const salon = await its.addSalon({ connected: false });
		expect((await factsOf(salon)).schedule).toBeNull();
		const lost = await its.addSalon();
		await world.db.asOwner(`UPDATE company_calendars SET state = 'error', refresh_token = NULL WHERE company_id = $1`, [lost.companyId]);
		expect((await factsOf(lost)).schedule).toBeNull();
	});

	test('costs no round trip more, with a calendar or without', async () => {
		const { database } = world.db;
		for (const salon of [await its.addSalon({ connected: false }), await its.addSalon()]) {
			await factsOf(salon);
			// The catalog and the key are in memory from here on.
			await world.call('POST', `/v1/turns/${await world.customerWrites(salon, its.newCustomer(), 'Hello')}/decision`, { proposal: null });
			const turnId = await world.customerWrites(salon, its.newCustomer(), 'Hello');
			const [statements, transactions] = [vi.spyOn(database.system, 'query'), vi.spyOn(database, 'withTenant')];
			try {
				expect((await world.call('POST', `/v1/turns/${turnId}/decision`, { proposal: null })).body['accepted']).toBe(true);
				expect([statements.mock.calls.map(([, , name]) => name), transactions.mock.calls.length]).toEqual([['facts_of_turns', 'store_decisions'], 0]);
			} finally {
				statements.mockRestore();
				transactions.mockRestore();
			}
		}
	});

	test('another tenant’s bookings and calendar are not in it', async () => {
		const [one, other] = [await its.addSalon(), await its.addSalon()];
		await its.booked(one, day(9, 0));
		expect(freeOn(await factsOf(other), 'M1', day(9, 0))).toEqual([day(9, 0), day(9, 1), day(9, 2), day(9, 3)]);
	});
});
