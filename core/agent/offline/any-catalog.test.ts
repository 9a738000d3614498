import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyItem } from '../../catalog/item.ts';
import type { Item } from '../../catalog/item.ts';
import { createCatalog } from '../../catalog/search.ts';
import { priceCart } from '../../orders/price.ts';
import { PHRASE_LANGUAGES } from '../phrases/index.ts';
import { formatMoney } from '../phrases/money.ts';
import { NEW_SESSION } from '../session.ts';
import { respondOffline } from './respond.ts';
import { factsOf, talkTo } from './test-support/talk.ts';

/** A shop in German, its customers write English. */
const PATISSERIE: readonly Item[] = [
	{ ...emptyItem('T-1', 'product', 'Schokoladentorte'), description: 'Saftige Torte mit Kirschen', priceCents: 3250, deliveryCents: 490, freeDeliveryFromCents: 6000, stock: 5, paymentReminderHours: 12, cities: ['Köln', 'Düsseldorf'] },
	{ ...emptyItem('M-6', 'product', 'Schachtel mit 6 Makronen'), description: 'Sechs Makronen', priceCents: 990, deliveryCents: 490, paymentReminderHours: 12, stock: 40, cities: ['Köln', 'Düsseldorf', 'Bonn'] },
	{ ...emptyItem('M-12', 'product', 'Schachtel mit 12 Makronen'), description: 'Zwölf Makronen', priceCents: 1790, deliveryCents: 490, paymentReminderHours: 12, stock: 40, cities: ['Köln', 'Düsseldorf', 'Bonn'] },
	{ ...emptyItem('K-1', 'product', 'Kerze'), description: 'Geburtstagskerze', stock: 100, cities: ['Köln', 'Düsseldorf', 'Bonn'] },
];

describe('a German catalog with English customers', () => {
	it('takes an order in one message, and sums it up in English', () => {
		const commit = talkTo(PATISSERIE, 'English').say('Hello! I\'d like one Schokoladentorte and 12 Makronen to Cologne, my name is Paul, +49 221 5550100');
		expect(commit.items).toEqual([{ SKU: 'T-1', quantity: 1 }, { SKU: 'M-12', quantity: 1 }]);
		expect(commit).toMatchObject({ send_payment_link: true, city: 'Köln', client_name: 'Paul', recipient_phone_number: '+492215550100' });
		// 32.50 + 17.90, and one delivery: the macarons have no threshold.
		expect(commit.response).toContain('Products: €50.40\nDelivery: €4.90\nTotal: €55.30');
	});

	it('takes it one detail per message', () => {
		const talk = talkTo(PATISSERIE, 'English');
		expect(talk.say('How much are the Makronen?').response).toContain('Schachtel mit 6 Makronen — €9.90');
		expect(talk.say('24 Makronen please').response).toContain('1. Schachtel mit 12 Makronen — €17.90');
		expect(talk.say('the first one').items).toEqual([{ SKU: 'M-12', quantity: 2 }]);
		talk.say('Bonn');
		talk.say('Paul');
		expect(talk.say('+49 221 5550100')).toMatchObject({ send_payment_link: true, city: 'Bonn', client_name: 'Paul', items: [{ SKU: 'M-12', quantity: 2 }] });
	});

	it('says what is not delivered somewhere', () => {
		const refused = talkTo(PATISSERIE, 'English').say('I want the Schokoladentorte to Bonn');
		expect(refused).toMatchObject({ city: '', send_payment_link: false });
		expect(refused.response).toContain('«Schokoladentorte» can’t be delivered or provided there');
		expect(refused.response).toContain('Köln and Düsseldorf');
	});
});

const SYLLABLES = ['ka', 'lo', 'mi', 'tu', 'bre', 'son', 'vi', 'dar', 'gol', 'pen', 'ru', 'fa', 'zel', 'nom', 'tri'];
const word = fc.array(fc.constantFrom(...SYLLABLES), { minLength: 3, maxLength: 4 }).map((parts) => parts.join(''));
const name = fc.uniqueArray(word, { minLength: 2, maxLength: 4 }).map((words) => words.join(' '));
const CITIES = ['Lisboa', 'Porto', 'Faro'];

const shop = fc
	.uniqueArray(fc.record({ name, price: fc.integer({ min: 0, max: 500_000 }), fee: fc.constantFrom(0, 350, 999), pack: fc.option(fc.integer({ min: 2, max: 60 })) }), {
		minLength: 1, maxLength: 12, selector: (row) => row.name,
	})
	.map((rows) =>
		rows.map((row, n): Item => ({
			...emptyItem(`sku-${n}`, 'product', row.pack === null ? row.name : `${row.name} de ${row.pack} ${SYLLABLES[n]}zos`),
			priceCents: row.price, deliveryCents: row.fee, stock: 50, paymentReminderHours: 5, cities: CITIES,
		})),
	);

describe('any catalog', () => {
	it('commits exactly the line that was ordered in one message', () => {
		fc.assert(
			fc.property(shop, fc.nat(), fc.integer({ min: 1, max: 50 }), fc.constantFrom(...CITIES), (items, which, quantity, city) => {
				const item = items[which % items.length] ?? emptyItem('', 'product', '');
				const commit = talkTo(items, 'English').say(`I'd like ${quantity} ${item.name} to ${city}, my name is Maria Costa, +351600111222`);
				expect(commit.items).toEqual([{ SKU: item.sku, quantity }]);
				expect(commit).toMatchObject({ send_payment_link: true, city, client_name: 'Maria Costa', recipient_phone_number: '+351600111222' });
				const { totalCents } = priceCart([{ item, quantity }]);
				expect(commit.response).toContain(totalCents === 0 ? 'nothing to pay' : `Total: ${formatMoney(totalCents, 'eur', 'English')}`);
			}),
			{ numRuns: 150 },
		);
	});

	it('never shows a price of 0 and never names stock, whatever is asked', () => {
		const texts = ['hello', 'how much is it?', 'precios?', 'сколько стоит доставка?', 'I want 51', 'more', 'details', '2', 'yes', 'quiero todo', 'доставка в Порту?'];
		fc.assert(
			fc.property(shop, fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 5 }), fc.constantFrom(...PHRASE_LANGUAGES), (items, turns, language) => {
				const talk = talkTo(items, language);
				for (const turn of [...turns, `how much is ${items[0]?.name}?`]) {
					const { response } = talk.say(turn);
					expect(response).not.toMatch(/(?<![\d.,])0(?:[.,]0+)? ?€|€ ?0(?:[.,]0+)?(?![\d.,])/);
					expect(response).not.toBe('');
					expect(response.length).toBeLessThanOrEqual(3800);
				}
			}),
			{ numRuns: 60 },
		);
	});

	it('never throws, whatever the customer writes', () => {
		const catalog = createCatalog(PATISSERIE);
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.lorem({ maxCount: 20 })), (text) => {
				expect(respondOffline(factsOf(catalog, text, NEW_SESSION), 'English').proposal.response).not.toBe('');
			}),
			{ numRuns: 200 },
		);
	});

	it('answers within 20 ms at 10,000 items', () => {
		const items = Array.from({ length: 10_000 }, (_, n): Item => ({
			...emptyItem(`s${n}`, 'product', `${SYLLABLES[n % 15]}${SYLLABLES[(n >> 4) % 15]}ra Modell ${n} mit ${1 + (n % 30)} Teilen`), priceCents: 100 + n, paymentReminderHours: 1, cities: [CITIES[n % 3] ?? ''],
		}));
		const catalog = createCatalog(items);
		const turns = ['hello', 'I\'d like 3 Modell 777 to Porto, my name is Ann, +351600111222', 'how much is Modell?', 'do you have unicorns?', 'how much is delivery?', 'which cities?'];
		const ask = (text: string): number => {
			const before = performance.now();
			respondOffline(factsOf(catalog, text, NEW_SESSION), 'English');
			return performance.now() - before;
		};
		for (const turn of turns) ask(turn);
		const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
		for (const turn of turns) expect(median(Array.from({ length: 9 }, () => ask(turn))), turn).toBeLessThan(20);
	});
});
