import { describe, expect, it } from 'vitest';
import { emptyItem } from '../../catalog/item.ts';
import { FLORIST } from './test-support/shops.ts';
import { talkTo } from './test-support/talk.ts';

const skus = (items: readonly { SKU: string; quantity: number }[] | null): string => (items ?? []).map(({ SKU, quantity }) => `${quantity}×${SKU}`).join(' ');

describe('packs (rule 11)', () => {
	it('offers the ways to put a number together when there are several, and takes the chosen one', () => {
		const talk = talkTo(FLORIST, 'Russian');
		const asked = talk.say('Хочу 40 роз');
		expect(asked.items).toBeNull();
		expect(asked.response).toContain('1. Букет из 20 роз — 59,90 €;\n2. Букет из 10 роз — 34,50 €');
		const chosen = talk.say('второй вариант');
		expect(skus(chosen.items)).toBe('4×1002');
		expect(chosen.requested).toEqual([{ count: 4, noun: 'букет', quote: 'второй' }]);
	});

	it('asks how many when a way was chosen by its bare number', () => {
		const talk = talkTo(FLORIST, 'Russian');
		talk.say('Хочу 40 роз');
		expect(talk.say('1').response).toContain('количество («Букет из 20 роз»)');
		expect(skus(talk.say('2').items)).toBe('2×1001');
	});

	it('takes the only exact combination that the city has', () => {
		const talk = talkTo(FLORIST.filter(({ sku }) => sku !== '1003'), 'Russian');
		expect(skus(talk.say('30 роз в Мадрид').items)).toBe('3×1002');
	});

	it('combines two sizes when none divides the number', () => {
		const shop = [
			{ ...emptyItem('a', 'product', 'Box of 6 eggs'), priceCents: 200, online: true },
			{ ...emptyItem('b', 'product', 'Box of 10 eggs'), priceCents: 300, online: true },
		];
		expect(skus(talkTo(shop, 'English').say('I want 16 eggs').items)).toBe('1×a 1×b');
	});

	it('asks one question when no combination is exact', () => {
		const talk = talkTo(FLORIST.filter(({ sku }) => sku !== '1003'), 'English');
		const asked = talk.say('I want 25 roses to Madrid');
		expect(asked.items).toBeNull();
		expect(asked.response.match(/\?/g)).toHaveLength(1);
	});

	it('counts bouquets when bouquets are counted', () => {
		expect(skus(talkTo(FLORIST, 'Russian').say('Хочу 2 букета из 20 роз').items)).toBe('2×1001');
		expect(skus(talkTo(FLORIST, 'English').say('I want 3 bouquets of 10 roses').items)).toBe('3×1002');
		expect(skus(talkTo(FLORIST, 'Spanish').say('quiero el ramo, bouquet de 20 rosas').items)).toBe('1×1001');
	});

	it('takes two bouquets of 10 where the bouquet of 20 is sold out', () => {
		const shop = FLORIST.map((item) => (item.sku === '1001' ? { ...item, stock: 0 } : item));
		expect(skus(talkTo(shop, 'English').say('20 roses to Valencia').items)).toBe('2×1002');
	});
});

describe('changing the cart', () => {
	it('adds, changes and removes', () => {
		const talk = talkTo(FLORIST, 'Russian');
		expect(skus(talk.say('Хочу букет из 20 роз').items)).toBe('1×1001');
		expect(skus(talk.say('и ещё 3 открытки').items)).toBe('1×1001 3×1005');
		expect(skus(talk.say('нет, 2 открытки').items)).toBe('1×1001 2×1005');
		expect(skus(talk.say('убери открытки').items)).toBe('1×1001');
		expect(skus(talk.say('лучше 10 роз').items)).toBe('1×1002');
		expect(talk.say('отмените заказ').items).toEqual([]);
		expect(talk.session().cart).toEqual([]);
	});

	it('reads "no, 2 of those" and "make it 3" as the item just ordered', () => {
		const talk = talkTo(FLORIST, 'English');
		talk.say('I\'d like the bouquet of 20 roses');
		expect(skus(talk.say('no, 2 of those').items)).toBe('2×1001');
		expect(skus(talk.say('make it 3').items)).toBe('3×1001');
	});

	it('keeps asking for what is missing after the change, and commits with it', () => {
		const talk = talkTo(FLORIST, 'Spanish');
		talk.say('quiero 10 rosas');
		talk.say('mejor 20 rosas, a Madrid');
		const commit = talk.say('Ana\n+34600111222');
		expect(commit.send_payment_link).toBe(true);
		expect(skus(commit.items)).toBe('1×1001');
	});

	it('goes on from the open order when something is added to it', () => {
		const order = {
			id: 'o1', status: 'awaiting_payment', paymentStatus: 'payment_link_sent', totalCents: 6740, paymentUrl: 'https://pay.example/1',
			lines: [{ sku: '1001', name: 'Букет из 20 роз', quantity: 1 }],
		} as const;
		const session = { greeted: true, city: 'Валенсия', phone: '+34600111222', clientName: 'Анна' };
		const added = talkTo(FLORIST, 'Russian', { order, session }).say('добавьте ещё открытку');
		expect(skus(added.items)).toBe('1×1001 1×1005');
		expect(added.send_payment_link).toBe(true);
		const other = talkTo(FLORIST, 'Russian', { order, session }).say('хочу открытку');
		expect(skus(other.items)).toBe('1×1005');
	});
});

describe('what can\'t be ordered', () => {
	it('refuses a quantity above stock without telling how much there is, and takes a smaller one', () => {
		const talk = talkTo(FLORIST, 'English');
		const refused = talk.say('I want 15 bouquets of 20 roses to Madrid, Anna, +34600111222');
		expect(refused.send_payment_link).toBe(false);
		expect(refused.response).toContain('“Букет из 20 роз” is not available in that quantity.');
		expect(refused.response).not.toContain('14');
		const commit = talk.say('2');
		expect(skus(commit.items)).toBe('2×1001');
		expect(commit.send_payment_link).toBe(true);
	});

	it('asks which one when several fit, and reads the answer by number, pack or name', () => {
		for (const choice of ['1', '20', 'букет из 20', 'первый']) {
			const talk = talkTo(FLORIST, 'Russian');
			expect(talk.say('Хочу букет').items).toBeNull();
			expect(skus(talk.say(choice).items)).toBe('1×1001');
		}
	});

	it('says that it can\'t find something and asks, instead of dropping it from the order', () => {
		const talk = talkTo(FLORIST, 'English');
		const asked = talk.say('I want 20 roses and a cake to Valencia, my name is Anna, +34600111222');
		expect(asked.send_payment_link).toBe(false);
		expect(asked.response).toContain('I couldn’t find everything you named');
		expect(talk.say('no, leave it')).toMatchObject({ send_payment_link: true, items: [{ SKU: '1001', quantity: 1 }] });
		expect(talkTo(FLORIST, 'Spanish').say('quiero tulipanes').response).toContain('No encuentro eso entre nuestros productos');
	});

	it('finds an item by its description when no name fits', () => {
		expect(skus(talkTo(FLORIST, 'Russian').say('хочу подсолнухи').items)).toBe('1×1004');
	});

	it('asks how many when a plural was named without a number', () => {
		const talk = talkTo(FLORIST, 'Russian');
		expect(talk.say('Хочу заказать открытки в Мадрид').response).toContain('количество («Открытка»)');
		expect(skus(talk.say('5').items)).toBe('5×1005');
	});

	it('offers cities and what is available there when a city is not served, and keeps the order', () => {
		const talk = talkTo(FLORIST, 'English');
		const refused = talk.say('20 roses to Girona, Anna, +34600111222');
		expect(refused).toMatchObject({ city: '', send_payment_link: false });
		expect(refused.response).toContain('Барселона, Валенсия and Мадрид');
		expect(refused.response).toContain('• Композиция «Лето» — €1,234.50\n• Открытка — free');
		expect(talk.say('ok, to Madrid then')).toMatchObject({ city: 'Мадрид', send_payment_link: true });
	});

	it('says which cities are served when another one is named', () => {
		const talk = talkTo(FLORIST, 'Russian');
		const refused = talk.say('Хочу 20 роз в Париж');
		expect(refused.city).toBe('');
		expect(refused.response).toContain('туда мы не доставляем');
		expect(refused.response).toContain('Барселона, Валенсия и Мадрид');
		expect(talk.session().awaiting).toContain('city');
	});
});

it('offers cities when the answer to the question for one names none we know', () => {
	const talk = talkTo(FLORIST, 'English', { session: { clientName: 'Kate', phone: '+34600111222' } });
	talk.say('20 roses please');
	for (const city of ['Smallville', 'Paris', 'to Nice']) expect(talk.say(city).response).toContain('We deliver to: Барселона, Валенсия and Мадрид.');
	expect(talk.say('Madrid')).toMatchObject({ send_payment_link: true, city: 'Мадрид' });
});

describe('phone numbers (rule 9)', () => {
	it('asks again for a number without a country code, saying what is missing', () => {
		const talk = talkTo(FLORIST, 'English');
		talk.say('20 roses to Madrid, my name is Kate');
		const again = talk.say('600111222');
		expect(again).toMatchObject({ recipient_phone_number: '', send_payment_link: false });
		expect(again.response).toBe('That phone number doesn’t look complete: please write it with + and the country code.');
		expect(talk.say('+34600111222').send_payment_link).toBe(true);
	});

	it('takes the customer\'s own number on WhatsApp only', () => {
		const customerPhone = '+79990001122';
		const onWhatsApp = talkTo(FLORIST, 'Russian', { customerPhone });
		onWhatsApp.say('10 роз в Мадрид');
		expect(onWhatsApp.say('на мой номер, Ирина')).toMatchObject({ recipient_phone_number: customerPhone, client_name: 'Ирина', send_payment_link: true });

		const onTelegram = talkTo(FLORIST, 'Russian', { customerPhone, channel: 'telegram' });
		onTelegram.say('10 роз в Мадрид');
		const refused = onTelegram.say('на мой номер, Ирина');
		expect(refused).toMatchObject({ recipient_phone_number: '', client_name: 'Ирина', send_payment_link: false });
		expect(refused.response).toContain('мне не виден ваш номер');
	});
});

it('announces a price that changed since it was told', () => {
	const talk = talkTo(FLORIST, 'English', { session: { greeted: true, quotedCents: { 1001: 4990 } } });
	expect(talk.say('20 roses to Madrid').response).toContain('the price of “Букет из 20 роз” has changed: it is now €59.90');
});
