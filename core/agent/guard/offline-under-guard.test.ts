import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../catalog/search.ts';
import type { Item } from '../../catalog/item.ts';
import type { Decision } from '../decision.ts';
import { decide } from '../decide.ts';
import { FLORIST, HOTEL } from '../offline/test-support/shops.ts';
import type { AgentSession } from '../session.ts';
import { BAKERY, BIKES, factsOf, PORTS, TEA, type Scene } from './test-support/shops.ts';

/** A conversation with the guard in between; the session goes on as the backend keeps it. */
function talk(items: readonly Item[], turns: readonly string[], scene: Scene = {}): Decision[] {
	const shop = createCatalog(items);
	let session: Partial<AgentSession> = scene.session ?? {};
	return turns.map((text) => {
		const facts = { ...factsOf(items, { ...scene, session, text }), catalog: shop };
		const result = decide(facts, { proposal: null, model: 'offline', attempt: 1 }, PORTS);
		if (!result.accepted) throw new Error('offline answers are never rejected');
		session = result.session;
		return result.decision;
	});
}

const CONVERSATIONS: readonly (readonly [name: string, items: readonly Item[], turns: readonly string[]])[] = [
	['florist, Russian', FLORIST, ['Здравствуйте', 'сколько стоит букет из 20 роз?', 'а доставка?', 'когда привезете?', 'в какие города доставляете?', 'скидка будет?', 'хочу 20 роз и открытку в Валенсию', 'Анна, +34 600 111 222', 'спасибо']],
	['florist, Russian, doubt', FLORIST, ['30 роз в Мадрид', 'первый', 'роза 400 штук', 'а в Париж?', 'расскажите подробнее про композицию лето', 'контакт поставщика', 'есть видео?', 'сайт?', 'я оплатил', 'как оплатить?', 'хочу вернуть деньги', 'позовите менеджера']],
	['florist, Spanish', FLORIST, ['hola', 'quiero 20 rosas y una tarjeta para Valencia', 'sí', 'me llamo Ana, +34 600 111 222', 'cuánto cuesta la entrega?', 'cuándo llega?', 'tenéis descuento?', 'entregáis en París?']],
	['florist, English', FLORIST, ['hello', 'how much are 20 roses?', 'ok, I want it, to Valencia', 'Anna Smith +34600111222', 'where do you deliver?', 'is delivery free?', 'can I get 10% off?']],
	['hotel, English', HOTEL, ['hi', 'what do you have?', 'how much is the spa?', 'how long does it take?', 'what is included?', 'who should not do it?', 'contact of the specialist?', 'I want a holiday planning call', 'my name is Mark, +44 7700 900123', 'how much is diving', 'book introductory diving for me in Tenerife', 'yes', 'whales in Los Gigantes for 2', 'i paid']],
	['hotel, Spanish', HOTEL, ['buenas', 'qué servicios hay', 'cuánto cuesta el spa', 'quiero la llamada de planificación', 'Holiday planning call', 'Lucía, +34 611 000 999', 'cuánto dura?']],
	['hotel, Russian', HOTEL, ['привет', 'что у вас есть', 'сколько стоит Sunset', 'хочу Holiday planning call', 'Олег, +7 900 123 45 67', 'спа сколько длится']],
	['tea, English', TEA, ['hi', 'more', 'two morning mist green teas and a greeting card to Lyon', 'Anna, +33 600 111 222', 'do you deliver to Paris?', 'smoky pine to Paris', '50 smoky pine', 'what tea is under 10 euros', 'private blend workshop please', 'Lyon', 'yes']],
	['bakery, English phrases', BAKERY, ['hallo', 'Was kostet Roggenbrot?', '12 Brezeln nach Leipzig bitte', 'Jonas, +49 151 23456789']],
	['bikes, English phrases', BIKES, ['olá', 'quanto custa a revisão completa?', 'quero a Bicicleta urbana Ribeira no Porto', 'João, +351 912 345 678', 'Conversa sobre a bicicleta ideal']],
];

describe('what the offline responder says keeps the guard’s rules', () => {
	it.each(CONVERSATIONS)('%s', (_, items, turns) => {
		const withheld = talk(items, turns).flatMap(({ violations, response }, index) =>
			violations.some(({ code }) => code === 'offline_answer_withheld') ? [`${turns[index]} → ${response}: ${violations.map(({ code, message }) => `${code} ${message}`).join(' | ')}`] : [],
		);
		expect(withheld).toEqual([]);
	});
});

describe('orders taken without a model', () => {
	it('20 roses and a card to Valencia: 1 + 1, delivery once', () => {
		const last = talk(FLORIST, ['20 роз и открытку в Валенсию, Анна, +34 600 111 222']).at(-1);
		expect(last).toMatchObject({
			send_payment_link: true, units_to_buy: 2, products_sum: 5990, delivery_sum: 750, total_sum: 6740, city: 'Валенсия', client_name: 'Анна', recipient_phone_number: '+34600111222',
			items: [{ lineItems: [{ SKU: '1001', quantity: 1 }, { SKU: '1005', quantity: 1 }] }], payment_reminder_hours: 3, stripe_lang: 'ru', origin: 'offline', model: 'offline', violations: [],
		});
	});

	it('a free online service is committed without a city and without an amount', () => {
		const last = talk(HOTEL, ['I want the holiday planning call', 'Mark, +44 7700 900123']).at(-1);
		expect(last).toMatchObject({ send_payment_link: true, total_sum: 0, city: 'online', stripe_lang: null, violations: [] });
		expect(last?.response).not.toMatch(/\b0\b|€/u);
	});

	it('a service without a payment reminder: no link, and the operator sees why', () => {
		const last = talk(HOTEL, ['book introductory diving “Discover Scuba” in Tenerife, Mark, +44 7700 900123']).at(-1);
		expect(last).toMatchObject({ send_payment_link: false, stripe_lang: null, violations: [{ code: 'no_payment_reminder', rule: 12 }] });
	});
});
