import { describe, expect, it } from 'vitest';
import { moneyIn, spelledMoney } from './money.ts';
import { normaliseText, plain } from './normalise.ts';

const read = (text: string) => moneyIn(spelledMoney(plain(normaliseText(text))));

describe('the currency of an amount', () => {
	it.each([
		['eur', '5 €', '5 EUR', '5 euros', '5 euro', '5 евро', '5 євро', '5 єв'],
		['usd', 'US$ 5', '5 usd'],
		['usd cad aud nzd mxn clp cop ars sgd hkd', '$5', '5 dollars', '5 dólares', '5 долларов', '5 доларів', '5 bucks'],
		['gbp', '£5', '5 gbp', '5 pounds', '5 libras', '5 Pfund', '5 фунтов', '5 quid'],
		['rub byn', '5 ₽', '5 rub', '5 rubles', '5 руб.', '5 рублей', '5 р.', '5 Rubel'],
		['uah', '5 ₴', '5 uah', '5 грн', '5 гривень', '5 Hrywnja', '5 Griwna'],
		['kzt', '5 ₸', '5 kzt', '5 тенге', '5 tenge', '5 тг'],
		['pln', '5 zł', '5 pln', '5 zlotych', '5 злотых'],
		['chf', '5 chf', '5 Franken', '5 francs', '5 франков'],
		['czk', '5 kč', '5 czk', '5 korun'],
		['sek nok dkk isk', '5 kr', '5 sek', '5 kronor', '5 kroner'],
		['try', '5 ₺', '5 tl', '5 лир'],
		['brl', 'R$ 5', '5 brl', '5 reais'],
		['mxn clp cop ars php uyu dop', '5 pesos', '5 песо'],
		['ils', '5 ₪', '5 ils', '5 shekels', '5 шекелей'],
		['inr', '5 ₹', '5 inr', '5 rupees', '5 рупий'],
		['jpy cny', '¥5', '5 jpy', '5 yen', '5 юаней', '5 иен'],
		['ron', '5 ron', '5 lei'],
		['huf', '5 huf', '5 ft', '5 forint'],
		['aed', '5 aed', '5 dirhams', '5 дирхамов'],
		['', '₩5', '5 ₿'],
	])('is %s', (currencies, ...texts) => {
		for (const text of texts) expect(read(text), text).toMatchObject([{ currencies: currencies === '' ? [] : currencies.split(' '), cents: [500] }]);
	});
});

describe('amounts', () => {
	it.each<[string, readonly (readonly [string, number])[]]>([
		['from €4 to 60 euros', [['€4', 400], ['60 euros', 6000]]], ['5€, €6 or 7 €', [['5€', 500], ['€6', 600], ['7 €', 700]]], ['€5 and 90 cents', [['€5', 500], ['90 cents', 90]]],
		['5 € 90 cents', [['5 € 90 cents', 590]]], ['5 €, 90 cents', [['5 €, 90 cents', 590]]], ['5 euros con 90', [['5 euros con 90', 590]]], ['5 euro und 90', [['5 euro und 90', 590]]], ['5 евро и 90 центов', [['5 евро и 90 центов', 590]]],
		['5 euros and 90 tins', [['5 euros', 500]]], ['5 euros and 90 × mugs', [['5 euros', 500]]], ['5 euros and 900', [['5 euros', 500]]], ['5 euros and 9', [['5 euros', 500]]], ['5 euros and then 90', [['5 euros', 500]]],
		['5€90', [['5€90', 590]]], ['5€905', [['5€', 500]]], ['5€ 90', [['5€', 500]]], ['5 €90', [['€90', 9000]]], ['5€90.', [['5€', 500]]],
		['2k €', [['2k €', 200_000]]], ['€2k', [['€2k', 200_000]]], ['€2 kg', [['€2', 200]]], ['€ 1.5k', [['€ 1.5k', 150_000]]],
		['5 (€)', [['5 (€', 500]]], ['€: 5', [['€: 5', 500]]], ['€~*5', [['€~*5', 500]]], ['5 - €', [['5 - €', 500]]],
		['90 cents and the price is 45', [['90 cents', 90], ['45', 4500]]], ['it costs 45 each, the card costs 3', [['45', 4500], ['3', 300]]], ['price 45 €', [['45 €', 4500]]],
		['euros', []], ['euro 2030 finals of €', [['euro 2030', 203_000]]], ['15 grams', []], ['5 krakens', []],
	])('%s', (text, amounts) => {
		const written = spelledMoney(plain(normaliseText(text)));
		const found = moneyIn(written);
		expect(found.map(({ written: as, cents }) => [as, cents[0]])).toEqual(amounts);
		for (const { at, end, written: as } of found) expect(written.slice(at, end)).toBe(as);
	});
});
