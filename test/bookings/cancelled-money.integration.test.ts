import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../provisioner/src/testing/api.ts';
import { until } from '../../provisioner/src/testing/until.ts';
import type { World } from '../orders/world.ts';
import { createConversations, day, orderIdOf, slot, type Conversations, type Salon } from './conversations.ts';

let its: Conversations;
let world: World;
beforeAll(async () => {
	its = await createConversations();
	world = its.world;
});
afterEach(async () => {
	await world.control('DELETE', '/faults');
	world.clock.offsetMs = 0;
});
afterAll(() => world.close());

const orderOf = async (salon: Salon, orderId: string): Promise<Json> => (await world.call('GET', `/v1/orders/${orderId}`, undefined, salon.key)).body;
const attentionOf = async (salon: Salon): Promise<unknown[]> => ((await world.call('GET', `/v1/bookings?company_id=${salon.companyId}&attention=true`, undefined, salon.key)).body.data ?? []).map(({ id, attention }) => [id, attention]);
const cancels = async (salon: Salon, customer: string, id: string) => {
	const wish = await its.changes(salon, customer, { booking_change: { id, action: 'cancel' } });
	expect((await its.reply(wish)).body['status']).toBe('queued');
	const told = (await its.lastTold(customer))?.['text'];
	// What is not sent yet would be taken back when the customer writes again.
	await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [wish.turnId]);
	return told;
};
/** What workflows are told of the cancellation. */
const heard = (orderId: string) => world.db.asOwner<{ data: Json }>(`SELECT data - 'booking_id' AS data FROM order_events WHERE order_id = $1 AND type = 'order.booking_cancelled' ORDER BY position`, [orderId]).then((rows) => rows.map(({ data }) => data));
const refundsOf = (orderId: string) => world.db.asOwner<{ cents: number; state: string; attempts: number }>('SELECT cents, state, attempts FROM cancellation_refunds WHERE order_id = $1 ORDER BY position', [orderId]);
const refunded = (salon: Salon, orderId: string, cents: number) => until(`${cents} of ${orderId} back`, async () => (await orderOf(salon, orderId))['refunded_cents'] === cents);

/** Paid: a massage for 50 € and yoga for two, 30 €. */
async function bookedTwo(salon: Salon) {
	const wish = await its.wishes(salon, [slot('M1', day(6, 10)), slot('Y1', day(6, 14))], { text: 'I want 1 Massage and 2 Yoga class in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm' });
	const answer = await its.checkout(wish);
	await its.reply(wish);
	await its.pay(salon, answer);
	await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [wish.turnId]);
	const orderId = orderIdOf(answer);
	const bookings = await its.bookingsOf(salon, orderId);
	const idOf = (sku: string) => String(bookings.find((one) => one['sku'] === sku)?.id);
	expect(await orderOf(salon, orderId)).toMatchObject({ status: 'paid', total_cents: 8_000 });
	return { customer: wish.customer, orderId, massage: idOf('M1'), yoga: idOf('Y1') };
}

describe('while the company has not decided that money goes back', () => {
	test('the team finds a paid booking that its customer cancelled, and the customer is told that it sees to the money', async () => {
		const salon = await its.addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		expect(await cancels(salon, customer, id)).toBe('It is done.\n\nYou have paid for it: our team will look at the payment and write to you here.');
		expect(await attentionOf(salon)).toEqual([[id, 'refund_due']]);
		expect((await world.call('GET', `/v1/companies/${salon.companyId}/calendar`, undefined, salon.key)).body['bookings_needing_attention']).toBe(1);
		expect(await heard(orderId)).toEqual([{ by: 'customer', refund: 'team' }]);
		// The calendar, away or not, takes nothing of it.
		await world.bookings.work();
		expect(await attentionOf(salon)).toEqual([[id, 'refund_due']]);
		expect([await world.payments.refundCancelled(), (await orderOf(salon, orderId))['refunded_cents']]).toEqual([0, 0]);
	});

	test('it is seen to when all of the money has gone back, or when a person says so', async () => {
		const salon = await its.addSalon();
		const [first, second] = [await its.booked(salon, day(6, 10)), await its.booked(salon, day(6, 12))];
		await cancels(salon, first.customer, first.id);
		await cancels(salon, second.customer, second.id);
		expect((await world.call('POST', `/v1/orders/${first.orderId}/refunds`, {}, salon.key)).status).toBe(200);
		await until('the refund', async () => (await orderOf(salon, first.orderId))['status'] === 'refunded');
		expect(await attentionOf(salon)).toEqual([[second.id, 'refund_due']]);
		expect((await world.call('POST', `/v1/bookings/${second.id}/refund-settled`, undefined, salon.key)).body).toMatchObject({ status: 'cancelled', attention: null });
		expect(await attentionOf(salon)).toEqual([]);
	});

	test('the failing calendar does not hide it', async () => {
		const salon = await its.addSalon();
		const { customer, id } = await its.booked(salon, day(6, 10));
		await world.bookings.work();
		await cancels(salon, customer, id);
		await world.control('POST', '/faults', { vendor: 'google-calendar', mode: 'status', status: 503, count: 50 });
		for (let tries = 0; tries < 6; tries++) {
			world.clock.offsetMs += 20 * 60_000;
			await world.bookings.work();
		}
		expect(await attentionOf(salon)).toEqual([[id, 'refund_due']]);
		await world.control('DELETE', '/faults');
		world.clock.offsetMs += 20 * 60_000;
		await world.bookings.work();
		expect(await its.events(salon)).toEqual([]);
		expect(await attentionOf(salon)).toEqual([[id, 'refund_due']]);
	});

	test('a free booking is nobody’s matter', async () => {
		const salon = await its.addSalon({ settings: { refund_on_cancellation: true } });
		const wish = await its.wishes(salon, [slot('T1', day(6, 10))], { text: 'I want 1 Trial lesson in Madrid, my name is Anna, my phone is +34 600 111 222, yes I confirm' });
		const orderId = orderIdOf(await its.checkout(wish));
		await its.reply(wish);
		await world.db.asOwner(`UPDATE outbox SET state = 'sent' WHERE turn_id = $1`, [wish.turnId]);
		const [booking] = await its.bookingsOf(salon, orderId);
		expect(await cancels(salon, wish.customer, String(booking?.id))).toBe('It is done.');
		expect([await attentionOf(salon), await heard(orderId)]).toEqual([[], [{ by: 'customer' }]]);
	});
});

describe('with refund_on_cancellation', () => {
	const addSalon = () => its.addSalon({ settings: { refund_on_cancellation: true } });

	test('the money goes back through the provider, once, and the customer is told when it does', async () => {
		const salon = await addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		expect(await cancels(salon, customer, id)).toBe('It is done.\n\nI have asked for €50.00 to be given back to you. We’ll write to you here when that is done.');
		expect(await heard(orderId)).toEqual([{ by: 'customer', refund: 'asked', refund_cents: 5_000 }]);
		// While it is on its way a person does not give the same money back.
		expect((await world.call('POST', `/v1/orders/${orderId}/refunds`, {}, salon.key)).body.code).toBe('refund_on_its_way');
		const looked = await Promise.all([world.payments.refundCancelled(), world.payments.refundCancelled()]);
		expect(looked.reduce((sum, some) => sum + some, 0)).toBe(1);
		await refunded(salon, orderId, 5_000);
		expect([await orderOf(salon, orderId), await refundsOf(orderId), await attentionOf(salon)]).toMatchObject([{ status: 'refunded' }, [{ cents: 5_000, state: 'done' }], []]);
		await until('the message', async () => (await its.lastTold(customer))?.['text'] === 'We are giving €50.00 back to you. It can take a few days until your bank shows it.');
		expect(await world.payments.refundCancelled()).toBe(0);
	});

	test('by the API, for its customer, it is the same; cancelled by the company it is the company’s matter', async () => {
		const salon = await addSalon();
		const [first, second] = [await its.booked(salon, day(6, 10)), await its.booked(salon, day(6, 12))];
		await world.call('POST', `/v1/bookings/${first.id}/cancel`, { by: 'customer' }, salon.key);
		await world.call('POST', `/v1/bookings/${first.id}/cancel`, { by: 'customer' }, salon.key);
		await world.call('POST', `/v1/bookings/${second.id}/cancel`, { by: 'company' }, salon.key);
		expect([await refundsOf(first.orderId), await refundsOf(second.orderId)]).toMatchObject([[{ cents: 5_000, state: 'due' }], []]);
		await world.payments.refundCancelled();
		await refunded(salon, first.orderId, 5_000);
	});

	test('of several bookings the part that is cancelled goes back, and with the last one the rest', async () => {
		const salon = await addSalon();
		const { customer, orderId, massage, yoga } = await bookedTwo(salon);
		expect(await cancels(salon, customer, yoga)).toContain('€30.00');
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 3_000);
		expect([await orderOf(salon, orderId), await its.bookingsOf(salon, orderId)]).toMatchObject([{ status: 'paid' }, expect.arrayContaining([expect.objectContaining({ id: massage, status: 'confirmed' })])]);
		expect(await cancels(salon, customer, massage)).toContain('€50.00');
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 8_000);
		expect([(await orderOf(salon, orderId))['status'], await refundsOf(orderId)]).toMatchObject(['refunded', [{ cents: 3_000 }, { cents: 5_000 }]]);
	});

	test('two that are cancelled at the same moment give back all of it, each its part', async () => {
		const salon = await addSalon();
		const { orderId, massage, yoga } = await bookedTwo(salon);
		await Promise.all([massage, yoga].map((id) => world.call('POST', `/v1/bookings/${id}/cancel`, { by: 'customer' }, salon.key)));
		expect((await refundsOf(orderId)).reduce((sum, { cents }) => sum + cents, 0)).toBe(8_000);
		while ((await world.payments.refundCancelled()) > 0);
		await refunded(salon, orderId, 8_000);
		expect((await orderOf(salon, orderId))['status']).toBe('refunded');
	});

	test('what somebody has given back already is not given twice; a part that is not exact any more is the team’s', async () => {
		const salon = await addSalon();
		const one = await its.booked(salon, day(6, 20));
		await world.call('POST', `/v1/orders/${one.orderId}/refunds`, { amount_cents: 1_000 }, salon.key);
		await refunded(salon, one.orderId, 1_000);
		expect(await cancels(salon, one.customer, one.id)).toContain('€40.00');
		await world.payments.refundCancelled();
		await refunded(salon, one.orderId, 5_000);

		const two = await bookedTwo(salon);
		await world.call('POST', `/v1/orders/${two.orderId}/refunds`, { amount_cents: 1_000 }, salon.key);
		await refunded(salon, two.orderId, 1_000);
		expect(await cancels(salon, two.customer, two.yoga)).toContain('our team will look at the payment');
		expect([await attentionOf(salon), await refundsOf(two.orderId)]).toEqual([[[two.yoga, 'refund_due']], []]);
	});

	test('a provider that is away is asked again, and makes one refund', async () => {
		const salon = await addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await cancels(salon, customer, id);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'refunds.create', mode: 'status', status: 503, count: 20 });
		await world.payments.refundCancelled();
		expect([await refundsOf(orderId), await attentionOf(salon)]).toMatchObject([[{ state: 'due', attempts: 1 }], []]);
		expect(await world.payments.refundCancelled()).toBe(0);
		await world.control('DELETE', '/faults');
		world.clock.offsetMs = 6_000;
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 5_000);
		expect(await refundsOf(orderId)).toMatchObject([{ state: 'done' }]);
	});

	test('a refund whose answer was lost is the same refund when it is asked for again', async () => {
		const salon = await addSalon();
		const { customer, orderId, yoga } = await bookedTwo(salon);
		await cancels(salon, customer, yoga);
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 3_000);
		// The process ended before it had written down that the refund was made.
		await world.db.asOwner(`UPDATE cancellation_refunds SET state = 'due', next_attempt_at = now() WHERE booking_id = $1`, [yoga]);
		await world.payments.refundCancelled();
		expect([await refundsOf(orderId), (await orderOf(salon, orderId))['refunded_cents']]).toMatchObject([[{ state: 'done' }], 3_000]);
	});

	test('one that was made although the provider answered with an error is not made again', async () => {
		const salon = await addSalon();
		const { customer, orderId, yoga } = await bookedTwo(salon);
		await cancels(salon, customer, yoga);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'refunds.create', mode: 'hang_after_accept', count: 20 });
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 3_000);
		await world.control('DELETE', '/faults');
		// As if its event had not come yet, and the error had been one that a repeat of the key gets again.
		await world.db.asOwner(`UPDATE cancellation_refunds SET state = 'due', key_number = 1, attempts = 1, next_attempt_at = now() WHERE booking_id = $1`, [yoga]);
		await world.db.asOwner('UPDATE orders SET refunded_cents = 0 WHERE id = $1', [orderId]);
		await world.payments.refundCancelled();
		expect(await refundsOf(orderId)).toMatchObject([{ state: 'done' }]);
		const [session] = (await world.sessionsOf(salon.accountId)).filter((one) => one['client_reference_id'] === orderId);
		const provider = await world.db.database.withTenant(salon.tenantId, (sql) => world.providers.open(sql, salon.tenantId, 'stripe', salon.accountId));
		expect((await provider?.retrieve(String(session?.id)))?.refundedCents).toBe(3_000);
	});

	test('what the provider refuses waits for the team, and the customer is told', async () => {
		const salon = await addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await cancels(salon, customer, id);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'refunds.create', mode: 'status', status: 402, count: 1 });
		await world.payments.refundCancelled();
		expect([await refundsOf(orderId), await attentionOf(salon)]).toMatchObject([[{ state: 'team' }], [[id, 'refund_due']]]);
		expect((await its.lastTold(customer))?.['text']).toBe('€50.00 could not be given back to you automatically. Our team is looking into it and will write to you here.');
		expect(world.logLines.filter((line) => line['alert'] === 'cancelled_booking_not_refunded')).toMatchObject([{ level: 50, bookingId: id, orderId }]);
		// A person does it then.
		await world.call('POST', `/v1/orders/${orderId}/refunds`, {}, salon.key);
		await refunded(salon, orderId, 5_000);
		expect(await attentionOf(salon)).toEqual([]);
	});

	test('a provider that is away for long leaves it to the team, and no more is tried', async () => {
		const salon = await addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await cancels(salon, customer, id);
		await world.db.asOwner('UPDATE cancellation_refunds SET attempts = 11 WHERE booking_id = $1', [id]);
		await world.control('POST', '/faults', { vendor: 'stripe', operation: 'refunds.create', mode: 'status', status: 503, count: 20 });
		await world.payments.refundCancelled();
		expect([await refundsOf(orderId), await attentionOf(salon)]).toMatchObject([[{ state: 'team' }], [[id, 'refund_due']]]);
	});

	test('a refund that the customer’s bank sends back is the team’s', async () => {
		const salon = await addSalon();
		const { customer, id, orderId } = await its.booked(salon, day(6, 10));
		await cancels(salon, customer, id);
		await world.payments.refundCancelled();
		await refunded(salon, orderId, 5_000);
		const [made] = await world.db.asOwner<{ id: string }>('SELECT r.id FROM payment_refunds r JOIN checkout_sessions s USING (account_id, payment_intent_id) WHERE s.order_id = $1', [orderId]);
		await world.control('POST', `/stripe/refunds/${made?.id ?? ''}/fail`);
		await refunded(salon, orderId, 0);
		expect([(await orderOf(salon, orderId))['status'], await attentionOf(salon), await refundsOf(orderId)]).toMatchObject(['paid', [[id, 'refund_due']], [{ state: 'team' }]]);
	});

	test('of an order that was paid twice, one that may have been made is looked up by the team', async () => {
		const salon = await addSalon();
		const { customer, orderId, yoga } = await bookedTwo(salon);
		await cancels(salon, customer, yoga);
		await world.db.asOwner(
			`INSERT INTO checkout_sessions (id, tenant_id, order_id, account_id, url, amount_cents, currency, status, expires_at, attempt, payment_intent_id, paid_at)
			 SELECT id || '_b', tenant_id, order_id, account_id, '', amount_cents, currency, 'complete', expires_at, attempt + 1, 'pi_twice', paid_at - interval '1 hour' FROM checkout_sessions WHERE order_id = $1`,
			[orderId],
		);
		await world.db.asOwner(`UPDATE cancellation_refunds SET attempts = 1, next_attempt_at = now() WHERE booking_id = $1`, [yoga]);
		await world.payments.refundCancelled();
		expect([await refundsOf(orderId), await attentionOf(salon)]).toMatchObject([[{ state: 'team' }], [[yoga, 'refund_due']]]);
	});
});

test('where payments are made by hand nothing is promised and the team sends the money', async () => {
	const salon = await its.addSalon({ settings: { refund_on_cancellation: true } });
	const { customer, id } = await its.booked(salon, day(6, 10));
	await world.db.asOwner(`UPDATE checkout_sessions SET provider = 'manual' WHERE order_id = (SELECT order_id FROM bookings WHERE id = $1)`, [id]);
	expect(await cancels(salon, customer, id)).toContain('our team will look at the payment');
	expect(await attentionOf(salon)).toEqual([[id, 'refund_due']]);
});
