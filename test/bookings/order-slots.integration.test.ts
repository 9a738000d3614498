import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATALOG_CSV, ORDER_TEXT, type World } from '../orders/world.ts';
import { createConversations, day, orderIdOf, orderText, reasonOf, slot, told, type Conversations, type Wish } from './conversations.ts';

let its: Conversations;
let world: World;
beforeAll(async () => {
	its = await createConversations();
	world = its.world;
});
afterAll(() => world.close());

describe('an order with a time', () => {
	test('of 20 customers and one slot exactly one gets a link; the others are told the next ones', async () => {
		const salon = await its.addSalon();
		await world.control('POST', `/google/calendars/${salon.email}/busy`, { start: day(4, 11), end: day(4, 12) });
		const all: Wish[] = [];
		for (let customer = 0; customer < 20; customer++) all.push(await its.wishes(salon, [slot('M1', day(4, 10))]));
		const answers = await Promise.all(all.map(its.checkout));
		expect(answers.filter(({ status }) => status === 'payment_link_sent')).toHaveLength(1);
		expect(answers.filter((answer) => reasonOf(answer) === 'slot_taken')).toHaveLength(19);
		expect(await world.sessionsOf(salon.accountId)).toHaveLength(1);
		expect(await world.db.asOwner(`SELECT count(*)::int AS orders FROM orders WHERE company_id = $1`, [salon.companyId])).toEqual([{ orders: 1 }]);
		const lost = all.filter((_, index) => answers[index]?.['status'] === 'refused');
		for (const wish of lost) {
			await its.reply(wish);
			// What is taken in the calendar by hand is not among them.
			const next = [day(4, 12), day(4, 13), day(4, 14), day(4, 15), day(4, 16)];
			expect((await its.lastTold(wish.customer))?.text).toBe(
				`Unfortunately, the time you chose for “Massage” has just been taken. These times are free:\n${next.map((start, index) => `${index + 1}. ${told(start)}`).join('\n')}`,
			);
			expect(await its.sessionStored(wish.customer)).toMatchObject({
				cart: [{ sku: 'M1', quantity: 1 }], clientName: 'Anna', phone: '+34600111222', slots: [], awaiting: ['slot'], paymentStatus: 'no_payment_link',
				offeredSlots: next.map((start) => ({ kind: 'appointment', sku: 'M1', start })),
			});
		}
	});

	test('of a repeated checkout is refused the same way, and the other times and the address are kept', async () => {
		const salon = await its.addSalon();
		await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))]));
		const text = 'I want 1 Massage and 1 Yoga class in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm';
		const wish = await its.wishes(salon, [slot('Y1', day(4, 9)), slot('M1', day(4, 10))], { text, address: 'Gran Vía 1' });
		expect([reasonOf(await its.checkout(wish)), reasonOf(await its.checkout(wish))]).toEqual(['slot_taken', 'slot_taken']);
		await its.reply(wish);
		expect(await its.sessionStored(wish.customer)).toMatchObject({ address: 'Gran Vía 1', slots: [{ kind: 'appointment', sku: 'Y1', start: day(4, 9) }], cart: [{ quantity: 1 }, { quantity: 1 }] });
		// What it held before it was refused is free.
		expect(await world.db.asOwner(`SELECT sku, status FROM bookings WHERE company_id = $1`, [salon.companyId])).toEqual([{ sku: 'M1', status: 'held' }]);
	});

	test('whose answer is superseded before it was sent gives its time back', async () => {
		const salon = await its.addSalon();
		const wish = await its.wishes(salon, [slot('M1', day(4, 10))]);
		const answer = await its.checkout(wish);
		expect(await its.bookingsOf(salon, orderIdOf(answer))).toMatchObject([{ status: 'held' }]);
		await world.customerWrites(salon, wish.customer, 'no, forget it');
		expect((await its.reply(wish)).body['status']).toBe('superseded');
		expect(await world.orders.cancelSuperseded()).toBe(1);
		expect(await its.bookingsOf(salon, orderIdOf(answer))).toMatchObject([{ status: 'released' }]);
		expect((await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))])))['status']).toBe('payment_link_sent');
	});

	test('that is no slot any more is refused with the next ones', async () => {
		const salon = await its.addSalon();
		const wish = await its.wishes(salon, [slot('M1', new Date(Date.parse(day(4, 10)) + 60_000).toISOString())]);
		expect(reasonOf(await its.checkout(wish))).toBe('slot_not_offered');
		await its.reply(wish);
		expect((await its.lastTold(wish.customer))?.text).toContain(`1. ${told(day(4, 11))}`);
	});

	test('that is refused while the calendar does not say has no times on a guess', async () => {
		const salon = await its.addSalon();
		await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))]));
		const wish = await its.wishes(salon, [slot('M1', day(4, 10))]);
		// Other calendars are another question.
		await its.patch(salon, { busy_calendar_ids: ['gone@group.calendar.google.com'] });
		expect(reasonOf(await its.checkout(wish))).toBe('slot_taken');
		await its.reply(wish);
		expect((await its.lastTold(wish.customer))?.text).toBe('Unfortunately, the time you chose for “Massage” has just been taken. What other time would suit you?');
		expect(await its.sessionStored(wish.customer)).toMatchObject({ offeredSlots: [], awaiting: ['slot'] });
	});

	test('that is free is booked at once, and comes into the calendar', async () => {
		const salon = await its.addSalon();
		const all = [await its.wishes(salon, [slot('T1', day(4, 10))], { text: orderText('Trial lesson') }), await its.wishes(salon, [slot('T1', day(4, 10))], { text: orderText('Trial lesson') })];
		const answers = await Promise.all(all.map(its.checkout));
		expect(answers.map(({ status }) => status).sort()).toEqual(['free', 'refused']);
		const [order] = answers.filter(({ status }) => status === 'free').map(orderIdOf);
		expect(await its.bookingsOf(salon, String(order))).toMatchObject([{ status: 'confirmed', starts_at: day(4, 10), held_until: null }]);
		await world.bookings.work();
		expect(await its.events(salon)).toMatchObject([{ summary: 'Trial lesson · Anna' }]);
	});

	test('is held as long as it can be paid, and booked with the payment; the address goes with it', async () => {
		const shop = await its.addSalon({ type: 'product', csv: CATALOG_CSV });
		const answer = await its.checkout(await its.wishes(shop, [slot('A1', day(4), 24)], { text: ORDER_TEXT, address: 'Korenmarkt 5' }));
		const [held] = await its.bookingsOf(shop, orderIdOf(answer));
		const session = await its.sessionOf(shop, answer);
		expect(held).toMatchObject({ kind: 'delivery', status: 'held', place: 'Korenmarkt 5, Ghent' });
		expect(Math.floor(Date.parse(String(held?.['held_until'])) / 1_000) * 1_000).toBe(Number(session['expires_at']) * 1_000 + 15 * 60_000);
		await its.pay(shop, answer);
		expect((await its.orderOf(shop, answer))).toMatchObject({ status: 'paid', address: 'Korenmarkt 5' });
		await world.bookings.work();
		expect(await its.events(shop, 'delivery')).toMatchObject([{ summary: 'Blue lamp · Anna', location: 'Korenmarkt 5, Ghent' }]);
	});

	test('can’t be paid when its time has begun', async () => {
		const salon = await its.addSalon();
		const answer = await its.checkout(await its.wishes(salon, [slot('M1', day(2, 10))]));
		expect((await its.orderOf(salon, answer))['expires_at']).toBe(day(2, 10));
	});

	test('whose payment page has ended gives its time to others; opened again it takes it if it is still free', async () => {
		const salon = await its.addSalon();
		const first = await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))]));
		await its.expire(salon, first);
		expect(await its.bookingsOf(salon, orderIdOf(first))).toMatchObject([{ status: 'released' }]);
		expect((await its.open(first)).status).toBe(303);
		expect(await its.bookingsOf(salon, orderIdOf(first))).toMatchObject([{ status: 'held' }]);
		expect(reasonOf(await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))])))).toBe('slot_taken');
		await its.expire(salon, first);
		const second = await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))]));
		expect(second['status']).toBe('payment_link_sent');
		const sessions = (await world.sessionsOf(salon.accountId)).length;
		for (const [language, title] of [
			['English', 'That time is not free any more'], ['Spanish', 'Esa hora ya no está libre'], ['Russian', 'Это время уже занято'], ['Ukrainian', 'Цей час уже зайнятий'], ['German', 'Dieser Termin ist nicht mehr frei'],
		]) {
			await world.db.asOwner('UPDATE orders SET language = $2 WHERE id = $1', [orderIdOf(first), language]);
			const page = await its.open(first);
			expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(String(title))]);
		}
		expect(await world.sessionsOf(salon.accountId)).toHaveLength(sessions);
		await its.expire(salon, second);
		expect((await its.open(first)).status).toBe(303);
		await its.pay(salon, first);
		expect(await its.bookingsOf(salon, orderIdOf(first))).toMatchObject([{ status: 'confirmed' }]);
	});

	test('of a newer order is the older one’s; a newer one that gets no time leaves the older as it was', async () => {
		const salon = await its.addSalon();
		const wish = await its.wishes(salon, [slot('M1', day(4, 10))]);
		const first = await its.checkout(wish);
		await its.reply(wish);
		const second = await its.checkout(await its.wishes(salon, [slot('M1', day(4, 10))], { customer: wish.customer }));
		expect([second['status'], await its.bookingsOf(salon, orderIdOf(first)), await its.bookingsOf(salon, orderIdOf(second))]).toMatchObject(['payment_link_sent', [{ status: 'released' }], [{ status: 'held', starts_at: day(4, 10) }]]);
		await its.checkout(await its.wishes(salon, [slot('M1', day(4, 12))]));
		await world.db.asOwner(`UPDATE turns SET state = 'done' WHERE conversation_id = (SELECT id FROM conversations WHERE chat_id = $1)`, [`${wish.customer}@c.us`]);
		const third = await its.checkout(await its.wishes(salon, [slot('M1', day(4, 12))], { customer: wish.customer }));
		expect([reasonOf(third), third['order']]).toEqual(['slot_taken', null]);
		expect([(await its.orderOf(salon, second))['status'], await its.bookingsOf(salon, orderIdOf(second))]).toMatchObject(['awaiting_payment', [{ status: 'held' }]]);
	});

	test('that begins before a payment page could end gets none: nobody pays for the past', async () => {
		const salon = await its.addSalon();
		const answer = await its.checkout(await its.wishes(salon, [slot('M1', day(6, 10))]));
		const orderId = orderIdOf(answer);
		await world.db.asOwner(`UPDATE checkout_sessions SET status = 'expired' WHERE order_id = $1`, [orderId]);
		await world.db.asOwner(`UPDATE bookings SET starts_at = $2 WHERE order_id = $1`, [orderId, new Date(Date.now() + 20 * 60_000)]);
		const page = await fetch(`${world.api.url}/pay/${String(answer['payment_url']).split('/').at(-1)}`, { redirect: 'manual' });
		expect([page.status, (await page.text()).includes('That time is not free any more')]).toEqual([200, true]);
	});

	test('beside which the customer orders something else keeps its time while its payment is on its way', async () => {
		const salon = await its.addSalon();
		const wish = await its.wishes(salon, [slot('M1', day(7, 10))]);
		const first = await its.checkout(wish);
		await its.reply(wish);
		await its.pay(salon, first, { delayed: true });
		const second = await its.checkout(await its.wishes(salon, [slot('M1', day(7, 12))], { customer: wish.customer }));
		expect([await its.bookingsOf(salon, orderIdOf(first)), await its.bookingsOf(salon, orderIdOf(second))]).toMatchObject([[{ status: 'held' }], [{ status: 'held' }]]);
	});

	test('whose payment is on its way keeps its time', async () => {
		const salon = await its.addSalon();
		const answer = await its.checkout(await its.wishes(salon, [slot('M1', day(20, 10))]));
		await its.pay(salon, answer, { delayed: true });
		// Also when its time to be paid is over.
		await world.db.asOwner(`UPDATE orders SET status = 'expired' WHERE id = $1`, [orderIdOf(answer)]);
		await world.bookings.work();
		const [held] = await its.bookingsOf(salon, orderIdOf(answer));
		expect(held).toMatchObject({ status: 'held' });
		expect(Date.parse(String(held?.['held_until']))).toBeGreaterThan(Date.parse(day(12)));
		await world.control('POST', `/stripe/sessions/${String((await its.sessionOf(salon, answer)).id)}/settle`, { succeeded: false });
		expect(await its.bookingsOf(salon, orderIdOf(answer))).toMatchObject([{ status: 'released' }]);
	});
});
