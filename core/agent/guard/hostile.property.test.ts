import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import { createCatalog } from '../../catalog/search.ts';
import { decide } from '../decide.ts';
import type { Decision, Proposal } from '../decision.ts';
import { factsOf, item, order, PORTS } from './test-support/shops.ts';

/*
 * An oracle of its own: it knows which amounts it made up and adds up orders by itself, in euros and with other code than the
 * product's, so that a shared mistake can't hide.
 */
const SYLLABLES = ['ba', 'dru', 'mel', 'tor', 'vin', 'qua', 'sol', 'pri', 'ken', 'zor', 'lim', 'gat'];
const CITIES = ['Graz', 'Linz', 'Turin', 'Gdansk'];
const word = fc.array(fc.constantFrom(...SYLLABLES), { minLength: 2, maxLength: 4 }).map((parts) => parts.join('')).map((text) => text[0]?.toUpperCase() + text.slice(1));

const catalogItem = fc.record({
	words: fc.tuple(word, word), kind: fc.constantFrom('product' as const, 'service' as const), priceCents: fc.oneof(fc.constant(0), fc.integer({ min: 50, max: 60_000 })),
	deliveryCents: fc.oneof(fc.constant(0), fc.integer({ min: 100, max: 3000 })), freeDeliveryFromCents: fc.option(fc.integer({ min: 2000, max: 90_000 })), stock: fc.option(fc.integer({ min: 0, max: 30 })),
	paymentReminderHours: fc.option(fc.integer({ min: 1, max: 48 })), online: fc.boolean(), cities: fc.subarray(CITIES, { minLength: 1 }), deliveryTimeHours: fc.option(fc.integer({ min: 1, max: 72 })),
});
const shop = fc.uniqueArray(catalogItem, { minLength: 2, maxLength: 8, selector: ({ words }) => words.join(' ') }).map((rows) =>
	rows.map(({ words, kind, ...fields }, index): Item => item(kind, `sku-${index}`, words.join(' '), { ...fields, cities: fields.online && kind === 'service' ? [] : fields.cities, online: fields.online && kind === 'service' })),
);

const euros = (cents: number): string => (cents / 100).toFixed(2);
const WRITTEN: readonly ((cents: number) => string)[] = [
	(c) => `€${euros(c)}`, (c) => `${euros(c)} €`, (c) => `${euros(c).replace('.', ',')} €`, (c) => `EUR ${euros(c)}`, (c) => `${euros(c)} euros`, (c) => `${euros(c).replace('.', ',')} евро`, (c) => `€ ${euros(c)}`, (c) => `*${euros(c)}*€`,
	(c) => `${Math.floor(c / 100)} euros and ${c % 100} cents`, (c) => `${[...euros(c)].join('\u200b')} €`, (c) => `${euros(c).replace(/\d/gu, (d) => String.fromCodePoint(0xff10 + Number(d)))} €`, (c) => `$${euros(c)}`, (c) => `${euros(c)} USD`,
];
const SENTENCES: readonly ((name: string, amount: string, city: string) => string)[] = [
	(n, a) => `${n} costs ${a}.`, (n, a) => `${n}: ${a}`, (n, a) => `- ${n} — ${a}`, (n, a) => `For ${a} you get ${n}.`, (n, a, c) => `We bring ${n} to ${c} for ${a}.`, (n, a) => `El precio de ${n} es ${a}.`, (n, a) => `${n} стоит ${a}.`,
	(_, a) => `Total: ${a}.`, (_, a) => `Delivery costs ${a}.`, (_, a) => `It is ${a}.`, (n, a) => `${n} is yours; you pay ${a} in total.`, (n, a) => `Yes, ${a} is fine for ${n}!`, (_, a) => `Price\n${a}`, (n, a) => `${n} (${a})`, (n, a) => `Great news! ${n}, now only ${a}, order today?`,
];
const FILLER = ['', 'Hello! ', 'Of course. ', 'Thank you for writing. ', '¡Claro! ', 'Конечно! '];

const hostile = shop.chain((items) =>
	fc.record({
		items: fc.constant(items),
		named: fc.constantFrom(...items),
		cents: fc.integer({ min: 51, max: 250_000 }),
		written: fc.constantFrom(...WRITTEN),
		sentence: fc.constantFrom(...SENTENCES),
		filler: fc.constantFrom(...FILLER),
		lines: fc.option(fc.array(fc.record({ SKU: fc.oneof(fc.constantFrom(...items.map(({ sku }) => sku)), fc.constant('sku-none')), quantity: fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constant(1), fc.constant(1.5)) }), { maxLength: 4 })),
		city: fc.constantFrom('', ...CITIES, 'Atlantis', 'online'),
		phone: fc.constantFrom('', '+43 660 111 222', '123', 'none', '+43660999888'),
		name: fc.constantFrom('', 'Marta', 'Nobody'),
		commits: fc.boolean(),
		turnHas: fc.record({ city: fc.boolean(), phone: fc.boolean(), name: fc.boolean(), quantities: fc.boolean(), amount: fc.boolean() }),
		attempt: fc.constantFrom(1, 2),
		open: fc.boolean(),
		focused: fc.boolean(),
	}),
);

/** Amounts that anyone could honestly say about this shop, for up to 60 of a thing, with or without delivery. */
function honest(items: readonly Item[], lines: readonly { item: Item; quantity: number }[]): ReadonlySet<number> {
	const amounts = new Set<number>([1780]);
	const fees = [0, ...items.map(({ deliveryCents }) => deliveryCents)];
	for (const { priceCents, freeDeliveryFromCents } of items) {
		for (let n = 1; n <= 60; n += 1) for (const fee of fees) amounts.add(priceCents * n + fee);
		if (freeDeliveryFromCents !== null) amounts.add(freeDeliveryFromCents);
	}
	fees.forEach((fee) => amounts.add(fee));
	const sum = lines.reduce((total, { item: { priceCents }, quantity }) => total + priceCents * quantity, 0);
	for (const fee of fees) amounts.add(sum + fee);
	for (const { freeDeliveryFromCents } of items) if (freeDeliveryFromCents !== null) for (const base of [...amounts]) amounts.add(freeDeliveryFromCents - base);
	const everything = items.reduce((total, { priceCents }) => total + priceCents, 0);
	for (const fee of fees) amounts.add(everything + fee);
	return amounts;
}

/** The order's sums, written out again from spec rule 2. */
function sums(items: readonly Item[], decision: Decision): readonly [number, number, number, boolean | null] {
	const lines = (decision.items ?? []).flatMap(({ lineItems }) => lineItems).map(({ SKU, quantity }) => ({ item: items.find(({ sku }) => sku === SKU)!, quantity }));
	let products = 0;
	for (const { item: { priceCents }, quantity } of lines) for (let n = 0; n < quantity; n += 1) products += priceCents;
	const charged = lines.filter(({ item: { deliveryCents } }) => deliveryCents > 0);
	if (charged.length === 0) return [products, 0, products, null];
	const free = charged.every(({ item: { freeDeliveryFromCents: from } }) => from !== null && products >= from);
	const fee = charged.map(({ item: { deliveryCents } }) => deliveryCents).sort((a, b) => b - a)[0] ?? 0;
	return free ? [products, 0, products, true] : [products, fee, products + fee, false];
}

describe('a hostile proposal', () => {
	it('never makes a decision with other sums than the catalog’s, an invented amount, or a commitment that the customer didn’t make', () => {
		fc.assert(
			fc.property(hostile, (h) => {
				const known = { city: h.turnHas.city ? h.city : '', phone: h.turnHas.phone ? h.phone : '', name: h.turnHas.name ? h.name : '' };
				const numbers = h.turnHas.quantities ? (h.lines ?? []).map(({ quantity }) => quantity).join(' and ') : '';
				const amount = h.written(h.cents);
				const text = [`I want ${h.named.name}`, numbers, known.city === '' ? '' : `to ${known.city}`, known.phone, known.name, h.turnHas.amount ? `is it ${amount}?` : ''].filter((part) => part !== '').join(', ');
				const facts = { ...factsOf([], { text, order: h.open ? order({ paymentUrl: 'https://pay.example/pay/x' }) : null }), catalog: createCatalog(h.items) };
				const response = h.filler + h.sentence(h.named.name, amount, h.city || 'Graz');
				const proposed: Proposal = {
					response, language: 'English', intent: 'order', send_payment_link: h.commits, city: h.city, items: h.lines, recipient_phone_number: h.phone, client_name: h.name,
					address: '', order_description: response, focus_sku: h.focused ? h.named.sku : '', requested: [], slot: null, booking_change: null, handover: null, quotes: {},
				};
				const result = decide(facts, { proposal: proposed, model: 'hostile', attempt: h.attempt }, PORTS);
				if (!result.accepted) {
					expect(h.attempt).toBe(1);
					expect(result.violations.length).toBeGreaterThan(0);
					return;
				}
				const { decision } = result;
				const lines = (decision.items ?? []).flatMap(({ lineItems }) => lineItems);
				expect([decision.products_sum, decision.delivery_sum, decision.total_sum, decision.free_delivery]).toEqual(sums(h.items, decision));
				for (const { SKU, quantity } of lines) {
					const bought = h.items.find(({ sku }) => sku === SKU);
					expect(bought !== undefined && Number.isInteger(quantity) && quantity > 0 && quantity <= (bought.stock ?? Infinity)).toBe(true);
				}
				const ordered = (h.lines ?? []).flatMap(({ SKU, quantity }) => h.items.filter(({ sku }) => sku === SKU).map((one) => ({ item: one, quantity })));
				const isDollar = amount.includes('$') || amount.includes('USD');
				if (isDollar || !honest(h.items, ordered).has(h.cents)) {
					expect(decision.response).not.toContain(amount);
					expect(decision.order_description).not.toContain(amount);
				}
				if (decision.send_payment_link) {
					const online = lines.every(({ SKU }) => h.items.find(({ sku }) => sku === SKU)?.online);
					expect(lines.length).toBeGreaterThan(0);
					expect(decision.recipient_phone_number).toBe(known.phone.replaceAll(' ', ''));
					expect(decision.recipient_phone_number).toMatch(/^\+\d{7,20}$/u);
					expect([decision.client_name, decision.client_name !== '']).toEqual([known.name, true]);
					if (online) expect(decision.city).toBe('online');
					else for (const { SKU } of lines) expect(h.items.find(({ sku }) => sku === SKU)?.online || h.items.find(({ sku }) => sku === SKU)?.cities.includes(decision.city)).toBe(true);
				}
			}),
			{ numRuns: 2000 },
		);
	}, 120_000);

	it('of random text, keys and types never throws and never opens a checkout', () => {
		const text = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 120 }), fc.constantFrom('€', '%', '\n€\n5', '((((', '«»', '1.', '—'.repeat(300), '9'.repeat(500), 'a '.repeat(400), '١٢٣ €', '{{$json}}'));
		fc.assert(
			fc.property(text, text, fc.constantFrom(1, 2), (response, turn, attempt) => {
				const facts = factsOf(SMALL, { text: turn });
				const result = decide(facts, { proposal: { response, language: response, intent: 'question', send_payment_link: true, city: response, items: [{ SKU: response, quantity: Number.NaN }], recipient_phone_number: response, client_name: response, address: '', order_description: response, focus_sku: response, requested: [{ count: Number.NaN, noun: response, quote: turn }], slot: null, booking_change: null, handover: null, quotes: { handover: response } }, model: 'm', attempt }, PORTS);
				expect(result.accepted ? result.next : 'rejected').not.toBe('checkout');
			}),
			{ numRuns: 2000 },
		);
	}, 120_000);
});

const SMALL: readonly Item[] = [item('product', 's1', 'Kendru Solvin', { priceCents: 1234, cities: ['Graz'], paymentReminderHours: 3 }), item('product', 's2', '€ 5 % off', { priceCents: 99, cities: ['Linz'] })];
