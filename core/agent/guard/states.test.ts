import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { OrderFacts } from '../facts.ts';
import { codesOf, violationsOf } from './test-support/codes.ts';
import { item, order, TEA, type Scene } from './test-support/shops.ts';

const PAYMENT = 'payment_state_not_in_facts';
const STATE = 'order_state_not_in_facts';
const LINK = 'link_not_available';
const is = (status: OrderFacts['status'], paymentStatus: OrderFacts['paymentStatus'] = 'payment_link_sent'): Scene => ({ order: order({ status, paymentStatus }) });
const COMMIT = { intent: 'order', send_payment_link: true, city: 'Lyon', client_name: 'Anna', recipient_phone_number: '+33600111222' } as const;
const TEXT = 'one to Lyon, Anna, +33600111222';
const commit = (sku: string) => ({ ...COMMIT, items: [{ SKU: sku, quantity: 1 }] });

describe('what an order’s events say may be said', () => {
	const PAID: Scene[] = [is('paid', 'no_payment_link'), is('awaiting_payment', 'paid'), { session: { paymentStatus: 'paid' } }];
	const UNPAID: Scene[] = [{}, is('awaiting_payment'), is('cancelled', 'paid'), is('confirmed'), is('expired'), is('refunded')];

	it.each(['Your payment has arrived.', 'We have received your payment.', 'I see your payment.', 'The order is paid.', 'Vemos tu pago.', 'Вижу вашу оплату.', 'Бачу ваш платіж.', 'Ihre Zahlung ist da.'])('“%s” of a paid order only', (response) => {
		for (const scene of PAID) expect(codesOf(response, 'hm', TEA, {}, scene)).toBe('');
		for (const scene of UNPAID) expect(codesOf(response, 'hm', TEA, {}, scene)).toBe(PAYMENT);
	});

	it('“Your order is confirmed” of a paid and of a confirmed one, and of one that costs nothing', () => {
		for (const scene of [...PAID, is('confirmed')]) expect(codesOf('Your order is confirmed.', 'hm', TEA, {}, scene)).toBe('');
		for (const scene of [{}, is('awaiting_payment'), is('cancelled'), is('expired')]) expect(codesOf('Your order is confirmed.', 'hm', TEA, {}, scene)).toBe(STATE);
		expect(codesOf('Your order is confirmed.', TEXT, TEA, commit('t4'))).toBe('');
		expect(codesOf('Your order is confirmed.', TEXT, TEA, commit('t1'))).toBe(STATE);
		expect(codesOf('Your order is confirmed.', TEXT, TEA, { ...commit('t4'), send_payment_link: false })).toBe(STATE);
	});

	it('“Your order is placed” also of one that waits for its payment, or that follows from this answer', () => {
		for (const scene of [...PAID, is('confirmed'), is('awaiting_payment')]) expect(codesOf('Your order is placed.', 'hm', TEA, {}, scene)).toBe('');
		for (const scene of [{}, is('cancelled'), is('expired')]) expect(codesOf('Your order is placed.', 'hm', TEA, {}, scene)).toBe(STATE);
		expect(codesOf('Your order is placed.', TEXT, TEA, commit('t1'))).toBe('');
		expect(codesOf('Your order is placed.', TEXT, TEA, commit('t1'), { company: { paymentReady: false } })).toBe('');
	});

	it('“Your order has been cancelled” of a cancelled and of an expired one', () => {
		for (const scene of [is('cancelled'), is('expired')]) expect(codesOf('Your order has been cancelled.', 'hm', TEA, {}, scene)).toBe('');
		for (const scene of [{}, is('paid'), is('awaiting_payment')]) expect(codesOf('Your order has been cancelled.', 'hm', TEA, {}, scene)).toBe(STATE);
	});

	it('nothing of where it is, or of money back, whatever its state', () => {
		for (const scene of [{}, is('paid'), is('refunded')]) for (const response of ['Your order has been shipped.', 'Your refund was made.', 'You will get a refund.']) expect(codesOf(response, 'hm', TEA, {}, scene)).toBe(STATE);
	});
});

describe('what is no claim', () => {
	it.each([
		'Once your payment has arrived, we pack the tea.', 'Has your payment arrived?', 'Your payment has not arrived yet.', 'Your order will be confirmed later.', 'The paid  service is optional.', 'Paid delivery is separate.', 'If your refund was made, tell us.', 'No refund has been made.', 'Will you get a refund?', 'You will not get a refund.', 'After that you get a refund.',
	])('“%s”', (response) => expect(codesOf(response, 'hm')).toBe(''));

	it('a statement before a question is one', () => {
		expect(codesOf('Your order is confirmed, is that all right?', 'hm')).toBe(STATE);
		expect(codesOf('All right, is your order confirmed?', 'hm')).toBe('');
	});

	const SHOP: readonly Item[] = [item('service', 'p', 'Planning Hour', { description: 'Your booking is confirmed by phone', cities: ['Lyon'] }), item('service', 'q', 'Quiet Room', { cities: ['Lyon'] })];
	it('what the item’s own text says is none, of that item', () => {
		expect(codesOf('With Planning Hour the booking is confirmed.', 'hm', SHOP)).toBe('');
		expect(codesOf('With Quiet Room the booking is confirmed.', 'planning hour?', SHOP)).toBe(STATE);
		expect(codesOf('The booking is confirmed.', 'planning hour?', SHOP)).toBe('');
		expect(codesOf('The booking is confirmed.', 'quiet room?', SHOP)).toBe(STATE);
	});
});

describe('the payment link', () => {
	it.each(['Here is your payment link.', 'The payment link follows.', 'I am sending the payment link.'])('“%s” with a checkout that costs something, or with the link that is out', (response) => {
		expect(codesOf(response, TEXT, TEA, commit('t1'))).toBe('');
		expect(codesOf(response, TEXT, TEA, commit('t4'))).toBe(LINK);
		expect(codesOf(response, 'hm', TEA, {}, is('awaiting_payment'))).toBe('');
		expect(codesOf(response, 'hm', TEA, {}, { order: order({ paymentUrl: '' }) })).toBe(LINK);
		expect(codesOf(response, 'hm', TEA, {}, is('expired'))).toBe(LINK);
		expect(codesOf(response, 'hm')).toBe(LINK);
	});

	it.each(['You will get a payment link once you confirm.', 'Do you want the payment link?', 'There is no payment link yet.', 'You pay by a payment link.'])('“%s” promises none now', (response) => expect(codesOf(response, 'hm')).toBe(''));
});

it('each says what is wrong', () => {
	const told = (response: string) => violationsOf(response, 'hm').map(({ message }) => message);
	expect(told('Your payment has arrived.')).toEqual(['"your payment has arrived.": No payment has arrived for this order. Only order events say so.']);
	expect(told('Vemos tu pago.')).toEqual(['"vemos tu pago.": No payment is visible. Only order events say so.']);
	expect(told('It is paid.')).toEqual(['"it is paid.": The order is not paid. Only order events say so.']);
	expect(told('Your order is confirmed.')).toEqual(['"your order is confirmed.": Nothing is confirmed or booked yet.']);
	expect(told('Your order is placed.')).toEqual(['"your order is placed.": No order has been placed yet.']);
	expect(told('It has been shipped.')).toEqual(['"it has been shipped.": Nothing is known about where the order is.']);
	expect(told('It was refunded.')).toEqual(['"it was refunded.": Refunds are not made or promised here; give the refund contact or hand over.']);
	expect(told('The order was cancelled.')).toEqual(['"the order was cancelled.": The order has not been cancelled.']);
	expect(told('You get a refund.')).toEqual(['"you get a refund.": neither a refund nor a courier is ours to promise. Give the refund contact or hand over.']);
	expect(told('Here is the payment link, here is the checkout link.')).toEqual(['"here is the payment link, here is the checkout link.": no payment link goes out with this answer.']);
});
