import { describe, expect, test } from 'vitest';
import { moneyOfCancelled, refundStep, type CancelledBooking, type CancelledOrder } from './cancelled-money.ts';

const massage = { sku: 'M1', kind: 'service', quantity: 1, unit_cents: 5_000 } as const;
const yoga = { sku: 'Y1', kind: 'service', quantity: 2, unit_cents: 1_500 } as const;
const oil = { sku: 'P1', kind: 'product', quantity: 3, unit_cents: 800 } as const;
const free = { sku: 'T1', kind: 'service', quantity: 1, unit_cents: 0 } as const;

const ofMassage: CancelledBooking = { kind: 'appointment', sku: 'M1', places: 1 };
const ofYoga: CancelledBooking = { kind: 'appointment', sku: 'Y1', places: 2 };
const ofOil: CancelledBooking = { kind: 'delivery', sku: 'P1', places: 1 };

function order(lines: CancelledOrder['lines'], more: Partial<CancelledOrder> = {}): CancelledOrder {
	const deliveryCents = more.deliveryCents ?? 0;
	const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, deliveryCents);
	return { status: 'paid', lines, deliveryCents, totalCents, refundedCents: 0, disputed: false, askedCents: 0, ...more };
}
const rule = { givesBack: true, isDelivered: (sku: string) => sku === 'P1' };
const alone = { cancelled: [], standing: 0 };
const refund = (cents: number) => ({ is: 'refund', cents });
const [none, team] = [{ is: 'none' }, { is: 'team' }];

describe('the money of a booking that its customer cancels', () => {
	test.each([
		['all of it, when it was all of the order', order([massage]), ofMassage, alone, refund(5_000)],
		['with the delivery fee, when nothing is left of the order', order([oil], { deliveryCents: 700 }), ofOil, alone, refund(3_100)],
		['what is left of it after a part went back', order([massage], { refundedCents: 1_000 }), ofMassage, alone, refund(4_000)],
		['its own line, while others stand', order([massage, yoga]), ofYoga, { cancelled: [], standing: 1 }, refund(3_000)],
		['what the delivered products cost, while a service stands', order([massage, oil]), ofOil, { cancelled: [], standing: 1 }, refund(2_400)],
		['the rest, with the last one', order([massage, yoga], { askedCents: 3_000 }), ofMassage, { cancelled: [ofYoga], standing: 0 }, refund(5_000)],
		['also what a person had not given back of the first', order([massage, yoga]), ofMassage, { cancelled: [ofYoga], standing: 0 }, refund(8_000)],
		['its own line, when a product without a delivery was bought too', order([massage, { ...oil, sku: 'E1' }]), ofMassage, alone, refund(5_000)],
	])('goes back: %s', (_what, of, booking, others, expected) => {
		expect(moneyOfCancelled(of, booking, others, rule)).toEqual(expected);
	});

	test.each([
		['a part of an order with a delivery fee', order([massage, oil], { deliveryCents: 700 }), ofMassage, { cancelled: [], standing: 1 }],
		['a part, when somebody has given money back', order([massage, yoga], { refundedCents: 500 }), ofYoga, { cancelled: [], standing: 1 }],
		['places of a line that are not all of it', order([yoga]), { ...ofYoga, places: 1 }, { cancelled: [], standing: 1 }],
		['an item that the order does not have', order([massage]), { ...ofMassage, sku: 'X' }, { cancelled: [], standing: 1 }],
		['products that the catalog does not know any more', order([{ ...oil, sku: 'E1' }]), ofOil, alone],
		['a payment that is disputed', order([massage], { disputed: true }), ofMassage, alone],
	])('is for the team: %s', (_what, of, booking, others) => {
		expect(moneyOfCancelled(of, booking, others, rule)).toEqual(team);
	});

	test('is for the team when the company gives nothing back by itself', () => {
		expect(moneyOfCancelled(order([massage]), ofMassage, alone, { ...rule, givesBack: false })).toEqual(team);
	});

	test.each([
		['it was not paid', order([massage], { status: 'confirmed' }), ofMassage, alone],
		['it cost nothing, beside something that did', order([massage, free]), { ...ofMassage, sku: 'T1' }, { cancelled: [], standing: 1 }],
		['all of it has gone back', order([massage], { refundedCents: 5_000 }), ofMassage, alone],
		['all of it is on its way back', order([massage], { askedCents: 5_000 }), ofMassage, alone],
	])('is nobody’s matter: %s', (_what, of, booking, others) => {
		expect(moneyOfCancelled(of, booking, others, rule)).toEqual(none);
	});
});

describe('a refund that was decided', () => {
	const decided = { cents: 3_000, givenBefore: 1_000 };
	test.each([
		['is made', { status: 'paid', refundedCents: 1_000 }, 'give'],
		['is made while the provider has not told of the earlier one', { status: 'paid', refundedCents: 0 }, 'give'],
		['was made, and only the answer was lost', { status: 'paid', refundedCents: 4_000 }, 'given'],
		['was made with all the rest', { status: 'refunded', refundedCents: 9_000 }, 'given'],
		['waits for a person who has given back another sum', { status: 'paid', refundedCents: 1_500 }, 'team'],
		['waits for a person while the bank decides', { status: 'paid', refundedCents: 1_000, disputed: true }, 'team'],
	] as const)('%s', (_what, now, expected) => {
		expect(refundStep({ disputed: false, ...now }, decided)).toBe(expected);
	});
});
