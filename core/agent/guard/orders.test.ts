import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import { readAsks } from './asks.ts';
import { readOrder } from './order-part.ts';
import { normalisePhone } from './phone.ts';
import { quotedIn } from './quotes.ts';
import { fitsChannel, shorten } from '../channel-length.ts';
import { BAKERY, BIKES, factsOf, item, order as madeOrder, proposal, TEA, type Scene } from './test-support/shops.ts';

type Lines = readonly (readonly [sku: string, quantity: number])[];
type Requested = readonly (readonly [count: number, noun: string, quote: string])[];

function order(shop: readonly Item[], text: string, lines: Lines | null, fields: { requested?: Requested; city?: string; phone?: string; name?: string; commits?: boolean } = {}, scene: Scene = {}) {
	const facts = factsOf(shop, { ...scene, text });
	const proposed = proposal({
		items: lines === null ? null : lines.map(([SKU, quantity]) => ({ SKU, quantity })), requested: (fields.requested ?? []).map(([count, noun, quote]) => ({ count, noun, quote })),
		city: fields.city ?? '', recipient_phone_number: fields.phone ?? '', client_name: fields.name ?? '', send_payment_link: fields.commits ?? false,
	});
	return readOrder(facts, proposed, readAsks(text));
}
const codes = (...args: Parameters<typeof order>) => order(...args).violations.map(({ code }) => code);

describe('quantities and packs (rules 10 and 11)', () => {
	const RIGHT: readonly (readonly [readonly Item[], string, Lines, Requested?])[] = [
		[FLORIST, '20 роз', [['1001', 1]]],
		[FLORIST, '20 роз', [['1002', 2]]],
		[FLORIST, '30 роз', [['1001', 1], ['1002', 1]]],
		[FLORIST, '5 роз', [['1003', 5]]],
		[FLORIST, '25 роз', [['1001', 1], ['1003', 5]]],
		[FLORIST, 'quiero 20 rosas', [['1001', 1]], [[20, 'rosas', '20 rosas']]],
		[FLORIST, '2 ramos de 20 rosas', [['1001', 2]], [[2, 'ramos', '2 ramos'], [20, 'rosas', '20 rosas']]],
		[FLORIST, 'два букета по 20 роз', [['1001', 2]]],
		[FLORIST, 'two bouquets of 20 roses and three cards', [['1001', 2], ['1005', 3]], [[3, 'cards', 'three cards']]],
		[FLORIST, 'букет роз и открытку', [['1002', 1], ['1005', 1]]],
		[BAKERY, '24 Brezeln', [['b2', 2]]],
		[BAKERY, '12 Brezeln und 3 Roggenbrote', [['b2', 1], ['b1', 3]]],
		[BAKERY, '14 Brezeln', [['b2', 1], ['b3', 2]]],
		[BAKERY, 'zwei Kartons mit 12 Brezeln', [['b2', 2]]],
		[TEA, 'two boxes of 6 candles', [['t3', 2]]],
		[TEA, '12 candles', [['t3', 2]]],
		[TEA, '3 green teas, 2 black teas', [['t1', 3], ['t2', 2]]],
		[TEA, 'a dozen green teas', [['t1', 12]]],
		[HOTEL, 'whales for 2', [['106', 2]]],
		[BIKES, 'duas bicicletas', [['501', 2]]],
		[TEA, 'пять банок зелёного чая', [['t1', 5]]],
		[TEA, 'vijf groene thee', [['t1', 5]], [[5, 'thee', 'vijf groene thee']]],
	];
	it.each(RIGHT.map((one) => [one[1], one] as const))('“%s”', (_text, [shop, text, lines, requested = []]) => {
		expect(codes(shop, text, lines, { requested })).toEqual([]);
		expect(order(shop, text, lines, { requested }).lines.map((line) => [line.item.sku, line.quantity])).toEqual(lines);
	});

	const WRONG: readonly (readonly [string, readonly Item[], string, Lines, Requested?])[] = [
		['pack_mismatch', FLORIST, '20 роз', [['1003', 19]]],
		['pack_mismatch', FLORIST, '20 роз', [['1002', 1]]],
		['pack_mismatch', FLORIST, '2 букета по 20 роз', [['1001', 1]]],
		['pack_mismatch', BAKERY, '12 Brezeln', [['b2', 2]]],
		['pack_mismatch', TEA, '6 candles', [['t3', 6]]],
		['quantity_not_from_customer', TEA, 'green tea', [['t1', 4]]],
		['quantity_not_from_customer', TEA, 'vijf groene thee', [['t1', 5]]],
		['quote_not_in_turn', TEA, 'green tea', [['t1', 1]], [[2, 'teas', 'two teas']]],
		['unknown_sku', TEA, 'green tea', [['T1', 1]]],
	];
	it.each(WRONG.map((one) => [one[0], one[2], one] as const))('%s: “%s”', (_code, _text, [code, shop, text, lines, requested = []]) => {
		expect(codes(shop, text, lines, { requested })).toContain(code);
	});

	it('keep what is in the cart, and count from there', () => {
		const scene: Scene = { session: { cart: [{ sku: 't1', quantity: 3 }] } };
		expect(codes(TEA, 'yes', [['t1', 3]], {}, scene)).toEqual([]);
		expect(codes(TEA, 'one more please', [['t1', 4]], {}, scene)).toEqual([]);
		expect(codes(TEA, '2 more', [['t1', 5]], {}, scene)).toEqual([]);
		expect(codes(TEA, 'yes', [['t1', 9]], {}, scene)).toEqual(['quantity_not_from_customer']);
		expect(order(TEA, 'yes', null, {}, scene).lines.map((line) => line.quantity)).toEqual([3]);
	});

	it('over the stock are refused without a figure', () => {
		const { violations, lines } = order(TEA, '13 green teas', [['t1', 13]]);
		expect(lines).toEqual([]);
		expect(violations).toMatchObject([{ code: 'quantity_not_available', rule: 4 }]);
		expect(violations[0]?.message).not.toMatch(/12|13/u);
	});

	it.each<readonly [string, readonly Item[], string, Lines, number, boolean]>([
		['another count before the whole name of a pack', FLORIST, '35 Букет из 20 роз', [['1001', 1]], 1, false],
		['another count before the whole name of a pack, of which there was another number', FLORIST, '35 Букет из 20 роз', [['1001', 1]], 2, false],
		['another count before the item’s own words', TEA, 'send 35 green teas', [['t1', 1]], 1, false],
		['the count that was ordered', FLORIST, '1 Букет из 20 роз', [['1001', 1]], 1, true],
		['what is in the pack', FLORIST, '20 роз', [['1001', 1]], 1, true],
		['one more than there was', FLORIST, 'добавьте 1 Букет из 20 роз', [['1001', 2]], 1, true],
		['nothing of it', TEA, 'yes please', [['t1', 2]], 2, true],
	])('when the customer says %s, what was ordered before stands or not', (_, shop, text, lines, before, stands) => {
		const sku = lines[0]?.[0] ?? '';
		const scene: Scene = { order: madeOrder({ lines: [{ sku, name: shop.find((each) => each.sku === sku)?.name ?? '', quantity: before }] }) };
		expect(codes(shop, text, lines, {}, scene).filter((code) => code === 'quantity_not_from_customer')).toEqual(stands ? [] : ['quantity_not_from_customer']);
	});

	it('of the same sku on two lines are one line', () => {
		expect(order(TEA, '2 and 3 green teas, 5 in all', [['t1', 2], ['t1', 3]]).lines.map(({ quantity }) => quantity)).toEqual([5]);
	});
});

describe('the city (rule 8)', () => {
	it.each<readonly [string, readonly Item[], string, Lines, string]>([
		['Валенсия', FLORIST, 'en Valencia por favor', [['1001', 1]], 'Valencia'],
		['Валенсия', FLORIST, 'доставка в Валенсию', [['1001', 1], ['1005', 1]], 'Валенсия'],
		['Lyon', TEA, 'to LYON', [['t1', 1]], 'lyon'],
		['Porto', BIKES, 'no Porto', [['601', 1], ['602', 1]], 'Porto'],
		['online', BIKES, 'a conversa', [['602', 1]], ''],
		['online', BIKES, 'a conversa em Faro', [['602', 1]], 'Faro'],
	])('is %s', (expected, shop, text, lines, city) => {
		expect([order(shop, text, lines, { city }).city, codes(shop, text, lines, { city })]).toEqual([expected, []]);
	});

	it('has to be valid for every item of the order', () => {
		expect(codes(BIKES, 'bike and helmet to Faro', [['501', 1], ['502', 1]], { city: 'Faro' })).toEqual(['city_not_served']);
		expect(order(BIKES, 'bike and helmet to Faro', [['501', 1], ['502', 1]], { city: 'Faro' }).city).toBe('');
	});

	it('known from before stops applying when the order moves elsewhere, and can be replaced', () => {
		const scene: Scene = { session: { city: 'Faro' } };
		expect([order(BIKES, 'a bike', [['501', 1]], {}, scene).city, codes(BIKES, 'a bike', [['501', 1]], {}, scene)]).toEqual(['', []]);
		expect(order(BIKES, 'to Braga then', [['501', 1]], { city: 'Braga' }, scene).city).toBe('Braga');
	});
});

describe('the phone (rule 9)', () => {
	it.each([['+34 600 111 222', '+34600111222'], ['0034600111222', '+34600111222'], ['(600) 111-222', '+600111222'], ['+1.202.555.0143', '+12025550143'], ['12345', null], ['+1234567890123456789012', null], ['call me', null], ['', null]])('%s → %s', (written, phone) => {
		expect(normalisePhone(written)).toBe(phone);
	});

	it('is one that the customer gave, now or before', () => {
		expect(order(TEA, 'it is 600 111 222', null, { phone: '+34600111222' }).phone).toBe('+34600111222');
		expect(order(TEA, 'yes', null, { phone: '+34600111222' }, { session: { phone: '+34600111222' } }).phone).toBe('+34600111222');
		expect(order(TEA, 'yes', null, { phone: '+34600111223' }, { session: { phone: '+34600111222' } })).toMatchObject({ phone: '+34600111222', violations: [{ code: 'phone_not_from_customer' }] });
	});

	it('is the one they write from on WhatsApp when they say so, or when it was asked for', () => {
		const scene: Scene = { customerPhone: '+34600111222' };
		expect(codes(TEA, 'use my current number', null, { phone: '+34600111222' }, scene)).toEqual([]);
		expect(codes(TEA, 'yes', null, { phone: '+34600111222' }, { ...scene, session: { awaiting: ['phone'] } })).toEqual([]);
		expect(codes(TEA, 'green tea', null, { phone: '+34600111222' }, scene)).toEqual(['phone_not_from_customer']);
		expect(codes(TEA, 'use my current number', null, { phone: '+34600111222' }, { ...scene, channel: 'telegram' })).toEqual(['phone_not_from_customer']);
	});
});

describe('the name (rule 10)', () => {
	it('is the customer’s own, in any script', () => {
		expect(order(FLORIST, 'Анна Петрова', null, { name: 'Anna Petrova' })).toMatchObject({ clientName: 'Anna Petrova', violations: [] });
		expect(codes(TEA, 'for my mother', null, { name: 'Maria' })).toEqual(['name_not_from_customer']);
	});
});

describe('committing (rules 3, 10 and 12)', () => {
	const all = { city: 'Lyon', phone: '+33600111222', name: 'Anna', commits: true };
	const text = 'one to Lyon, Anna, +33600111222';

	it('needs everything, for free orders too', () => {
		expect(order(TEA, text, [['t4', 1]], all).commits).toBe(true);
		expect(order(TEA, 'one to Lyon, Anna', [['t4', 1]], { ...all, phone: '' })).toMatchObject({ commits: false, missing: ['phone'], violations: [{ code: 'missing_details' }] });
		expect(order(TEA, text, [], all)).toMatchObject({ commits: false, missing: ['items'] });
		expect(order(TEA, 'one, Anna, +33600111222', [['t6', 1]], { ...all, city: '' })).toMatchObject({ commits: true, city: 'online' });
	});

	it('takes the smallest reminder among the paid items, whatever the free ones say', () => {
		expect(order(TEA, text, [['t1', 1], ['t2', 1], ['t4', 1]], all).reminderHours).toBe(3);
		expect(order(TEA, text, [['t7', 1], ['t2', 1]], all)).toMatchObject({ commits: true, reminderHours: 6 });
	});

	it('is withheld with a note when no paid item has a reminder or the account isn’t ready', () => {
		expect(order(TEA, text, [['t7', 1]], all)).toMatchObject({ commits: false, withheld: true, violations: [], notes: [{ code: 'no_payment_reminder' }] });
		expect(order(TEA, text, [['t1', 1]], all, { company: { paymentReady: false } })).toMatchObject({ commits: false, notes: [{ code: 'payment_account_not_ready' }] });
		expect(order(TEA, text, [['t4', 1]], all, { company: { paymentReady: false } })).toMatchObject({ commits: true, notes: [] });
	});

	it('reads the reminder of what is free but costs delivery', () => {
		const shop = [item('product', 'g', 'Gift Tin', { deliveryCents: 300, paymentReminderHours: 5, cities: ['Lyon'] })];
		expect(order(shop, text, [['g', 1]], all)).toMatchObject({ commits: true, reminderHours: 5, price: { totalCents: 300 } });
	});
});

describe('quotes', () => {
	it('stand in the turn word for word, case, accents and punctuation apart', () => {
		expect(quotedIn('¡Quiero HABLAR con alguien!', 'quiero hablar con')).toBe(true);
		expect([quotedIn('hello', 'hullo'), quotedIn('hello', ''), quotedIn('hello', 'h')]).toEqual([false, false, false]);
	});
});

describe('length (rule 6)', () => {
	it('has a limit for every channel, in bytes too for Instagram', () => {
		expect([fitsChannel('x'.repeat(3800), 'whatsapp'), fitsChannel('x'.repeat(3801), 'telegram'), fitsChannel('я'.repeat(501), 'instagram'), fitsChannel('x'.repeat(800), 'instagram'), fitsChannel('x'.repeat(1951), 'facebook'), fitsChannel('x'.repeat(7000), 'email'), fitsChannel('x'.repeat(1951), 'web')]).toEqual([true, false, false, true, false, true, false]);
	});

	it('is cut at a sentence, at a word when there is none, and offers to go on', () => {
		expect(shorten('short', 'whatsapp', 'More?')).toBe('short');
		expect(shorten('One two. '.repeat(300), 'facebook', 'More?')).toMatch(/^(?:One two\. ?)+\n\nMore\?$/u);
		for (const text of ['word '.repeat(900), '🙂'.repeat(3000), 'я'.repeat(4000)]) {
			const cut = shorten(text, 'instagram', 'More?');
			expect([fitsChannel(cut, 'instagram'), cut.endsWith('More?'), cut.isWellFormed()]).toEqual([true, true, true]);
		}
	});
});

describe('one where the customer says another number', () => {
	it('is not the customer’s', () => {
		expect(codes(TEA, '2 Morning Mist Green Teas please', [['t1', 1]])).toEqual(['quantity_not_from_customer']);
		expect(codes(TEA, 'I have 2 kids. Morning Mist Green Tea please', [['t1', 1]])).toEqual([]);
		expect(codes(TEA, '1 Morning Mist Green Tea and 2 Smoky Pine Black Teas', [['t1', 1], ['t2', 2]])).toEqual([]);
	});
});

describe('a channel that counts bytes', () => {
	it('is not cut short while the answer fits, and ends with a sentence when it does not', () => {
		const answer = 'Morning Mist Green Tea. '.repeat(20).trim();
		expect(shorten(answer, 'instagram', 'More?')).toBe(answer);
		const cut = shorten('Зелёный чай. '.repeat(80), 'instagram', 'Ещё?');
		expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1000);
		expect(cut).toMatch(/чай\.\n\nЕщё\?$/);
	});
});
