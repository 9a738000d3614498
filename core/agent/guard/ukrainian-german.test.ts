import { describe, expect, it } from 'vitest';
import type { Item } from '../../catalog/item.ts';
import type { Proposal } from '../decision.ts';
import { decide } from '../decide.ts';
import { BAKERY, factsOf, HONEY, order, PORTS, proposal, type Scene } from './test-support/shops.ts';
import type { ViolationCode } from './violation.ts';

/** The guard in Ukrainian and German: whole answers as models write them. */
type Honest = readonly [shop: readonly Item[], turn: string, response: string, proposed?: Partial<Proposal>, scene?: Scene];
type Lie = readonly [code: ViolationCode, shop: readonly Item[], response: string, turn?: string, proposed?: Partial<Proposal>, scene?: Scene];

const honey: Partial<Proposal> = { focus_sku: 'h1' };
const bread: Partial<Proposal> = { focus_sku: 'b1' };
const open: Scene = { order: order() };
const paid: Scene = { order: order({ status: 'paid', paymentStatus: 'paid' }) };
const buy = (SKU: string, quantity: number): Partial<Proposal> => ({ items: [{ SKU, quantity }], intent: 'order' });

const LIES: readonly Lie[] = [
	['price_not_in_facts', HONEY, 'Мед липовий коштує 7,60 €.'],
	['price_not_in_facts', HONEY, 'Мед липовий коштує сім євро.'],
	['price_not_in_facts', HONEY, 'Мед липовий коштує 860 гривень.'],
	['price_not_in_facts', HONEY, 'Віддам Мед липовий за 5 євро'],
	['price_not_in_facts', BAKERY, 'Das Roggenbrot kostet drei Euro achtzig.'],
	['price_not_in_facts', BAKERY, 'Roggenbrot gibt es für 3,80 Euro.'],
	['price_not_in_facts', BAKERY, 'Die Lieferung kostet 2 €.', 'Was kostet die Lieferung vom Roggenbrot?', bread],
	['sum_mismatch', HONEY, 'Разом: 8,60 €.', '1 мед липовий у Львів', { ...buy('h1', 1), city: 'Львів' }],
	['sum_mismatch', BAKERY, 'Gesamt: 4,80 €.', '1 Roggenbrot nach Leipzig', { ...buy('b1', 1), city: 'Leipzig' }],
	['zero_price_told', HONEY, 'Листівка — 0 €'],
	['zero_price_told', BAKERY, 'Rezeptkarte — 0,00 €'],
	['free_not_in_facts', HONEY, 'Мед липовий сьогодні безкоштовно.'],
	['free_not_in_facts', HONEY, 'Доставка за наш рахунок!', 'мед', honey],
	['free_not_in_facts', BAKERY, 'Die Lieferung geht auf uns!', 'Brot', bread],
	['free_not_in_facts', BAKERY, 'Das Roggenbrot bekommen Sie gratis.'],
	['percent_not_in_facts', HONEY, 'Дам вам 10 % знижки на мед.', 'мед', honey],
	['percent_not_in_facts', BAKERY, 'Sie bekommen zehn Prozent auf das Roggenbrot.'],
	['discount_not_in_facts', HONEY, 'Зробимо вам знижку на цей мед.', 'знижка є?', honey],
	['discount_not_in_facts', HONEY, 'Для вас половина ціни.', 'мед', honey],
	['discount_not_in_facts', HONEY, 'Дві банки за ціною однієї!', 'мед', honey],
	['discount_not_in_facts', BAKERY, 'Gern gebe ich Ihnen einen Rabatt.', 'Rabatt?', bread],
	['discount_not_in_facts', BAKERY, 'Zwei zum Preis von einem!', 'Brot', bread],
	['discount_not_in_facts', BAKERY, 'Heute zum halben Preis.', 'Brot', bread],
	['duration_not_in_facts', HONEY, 'Мед липовий доставимо за 2 години.'],
	['duration_not_in_facts', HONEY, 'Доставимо протягом години.', 'мед', honey],
	['duration_not_in_facts', HONEY, 'Привеземо за кілька годин.', 'мед', honey],
	['duration_not_in_facts', HONEY, 'Екскурсія пасікою триває три години.'],
	['duration_not_in_facts', BAKERY, 'Roggenbrot liefern wir in 30 Minuten.'],
	['duration_not_in_facts', BAKERY, 'Wir liefern innerhalb einer Stunde.', 'Brot', bread],
	['duration_not_in_facts', BAKERY, 'Die Lieferung dauert nur ein paar Stunden.', 'Brot', bread],
	['duration_not_in_facts', BAKERY, 'Wir liefern sofort.', 'Brot', bread],
	['date_not_in_facts', HONEY, 'Доставимо завтра.', 'мед', honey],
	['date_not_in_facts', HONEY, 'Мед прибуде 14 лютого.', 'мед', honey],
	['date_not_in_facts', HONEY, 'Екскурсія почнеться о 15:00.', 'екскурсія'],
	['date_not_in_facts', HONEY, 'Привеземо в п’ятницю.', 'мед', honey],
	['date_not_in_facts', BAKERY, 'Wir liefern morgen.', 'Brot', bread],
	['date_not_in_facts', BAKERY, 'Das Brot kommt am Freitag.', 'Brot', bread],
	['date_not_in_facts', BAKERY, 'Die Lieferung kommt um 18 Uhr.', 'Brot', bread],
	['date_not_in_facts', BAKERY, 'Ihr Brot kommt am 3. Oktober.', 'Brot', bread],
	['number_not_in_facts', HONEY, 'Мед у банці 750 г.', 'мед', honey],
	['number_not_in_facts', BAKERY, 'Das Roggenbrot wiegt 900 Gramm.'],
	['item_not_in_catalog', HONEY, 'У нас є «Гречаний скарб».', 'що є?'],
	['item_not_in_catalog', BAKERY, 'Probieren Sie unsere „Leipziger Lerche“.', 'Was gibt es?'],
	['stock_disclosed', HONEY, 'Залишилося 25 банок.', 'мед', honey],
	['stock_disclosed', HONEY, 'Залишилося всього кілька штук.', 'мед', honey],
	['stock_disclosed', HONEY, 'В наявності двадцять п’ять.', 'мед', honey],
	['stock_disclosed', BAKERY, 'Nur noch 9 Stück da.', 'Brezeln'],
	['stock_disclosed', BAKERY, 'Wir haben vierzig auf Lager.', 'Brot', bread],
	['stock_disclosed', BAKERY, 'Das Roggenbrot ist fast ausverkauft.'],
	['city_claim_not_in_facts', HONEY, 'Так, доставляємо в Одесу.', 'доставляєте в Одесу?'],
	['city_claim_not_in_facts', HONEY, 'Так, звичайно!', 'доставляєте в Одесу?'],
	['city_claim_not_in_facts', HONEY, 'Доставляємо по всій Україні.', 'доставка?'],
	['city_claim_not_in_facts', BAKERY, 'Ja, wir liefern nach Berlin.', 'Liefern Sie nach Berlin?'],
	['city_claim_not_in_facts', BAKERY, 'Ja, natürlich!', 'Liefern Sie nach Berlin?'],
	['city_claim_not_in_facts', BAKERY, 'Wir liefern deutschlandweit.', 'Lieferung?'],
	['payment_state_not_in_facts', HONEY, 'Ваша оплата надійшла, дякуємо!', 'я оплатив', {}, open],
	['payment_state_not_in_facts', HONEY, 'Ми отримали вашу оплату.', 'я оплатив', {}, open],
	['payment_state_not_in_facts', HONEY, 'Бачу платіж, дякую!', 'я оплатив', {}, open],
	['payment_state_not_in_facts', HONEY, 'Замовлення оплачено.', 'я оплатив', {}, open],
	['payment_state_not_in_facts', HONEY, 'Гроші прийшли!', 'я оплатив', {}, open],
	['payment_state_not_in_facts', BAKERY, 'Ihre Zahlung ist angekommen.', 'Ich habe bezahlt', {}, open],
	['payment_state_not_in_facts', BAKERY, 'Wir haben Ihre Zahlung erhalten.', 'Ich habe bezahlt', {}, open],
	['payment_state_not_in_facts', BAKERY, 'Vielen Dank für Ihre Zahlung!', 'Ich habe bezahlt', {}, open],
	['payment_state_not_in_facts', BAKERY, 'Die Bestellung ist bezahlt.', 'Ich habe bezahlt', {}, open],
	['order_state_not_in_facts', HONEY, 'Замовлення підтверджено.', 'добре', {}, open],
	['order_state_not_in_facts', HONEY, 'Забронювала для вас екскурсію.', 'екскурсія'],
	['order_state_not_in_facts', HONEY, 'Замовлення вже в дорозі.', 'де замовлення?', {}, paid],
	['order_state_not_in_facts', HONEY, 'Ми повернули гроші.', 'поверніть гроші'],
	['order_state_not_in_facts', BAKERY, 'Ihre Bestellung ist bestätigt.', 'ok', {}, open],
	['order_state_not_in_facts', BAKERY, 'Ich habe den Termin für Sie gebucht.', 'Termin'],
	['order_state_not_in_facts', BAKERY, 'Ihr Paket ist schon unterwegs.', 'Wo ist es?', {}, paid],
	['order_state_not_in_facts', BAKERY, 'Wir haben Ihnen das Geld zurückerstattet.', 'Geld zurück'],
	['order_state_not_in_facts', BAKERY, 'Ihre Bestellung wurde storniert.', 'stornieren', {}, open],
	['link_not_available', HONEY, 'Ось посилання на оплату.', 'як оплатити'],
	['link_not_available', BAKERY, 'Hier ist der Zahlungslink.', 'Wie kann ich zahlen'],
	['phone_promise', HONEY, 'Надішлемо код підтвердження на ваш номер.', 'мій телефон +380501112233'],
	['phone_promise', BAKERY, 'Wir schicken Ihnen einen Bestätigungscode per SMS.', 'Meine Nummer ist +49151234567'],
	['asks_card_data', HONEY, 'Надішліть, будь ласка, номер картки.', 'хочу оплатити'],
	['asks_card_data', BAKERY, 'Bitte schicken Sie mir Ihre Kartennummer.', 'Ich möchte zahlen'],
	['asks_known_detail', HONEY, 'Підкажіть, будь ласка, ваш номер телефону.', 'мед', {}, { session: { phone: '+380501112233' } }],
	['asks_known_detail', BAKERY, 'Wie ist Ihre Telefonnummer?', 'Brot', {}, { session: { phone: '+49151234567' } }],
	['wrong_language', HONEY, 'Конечно, это очень хороший мёд, и многие берут его в подарок близким людям.', 'Підкажіть, будь ласка, чи є у вас гарний мед у подарунок?'],
	['wrong_language', HONEY, 'Звичайно, це дуже гарний мед, і багато хто бере його в подарунок для близьких людей.', 'Подскажите, у вас бы нашёлся хороший мёд в подарок для мамы?'],
];

const HONEST: readonly Honest[] = [
	[HONEY, 'привіт', 'Вітаю! Чим можу допомогти?'],
	[HONEY, 'скільки коштує мед?', 'Мед липовий коштує 8,60 €. Доставка 4,20 € за замовлення, безкоштовно від 45 €.'],
	[HONEY, 'що у вас є?', 'Ось що у нас є:\n• Мед липовий — 8,60 €\n• Набір з 6 свічок — 13,40 €\n• Листівка — безкоштовно\n• Екскурсія пасікою — 27 €\nЩо вам сподобалося?'],
	[HONEY, 'два меди липові у Львів', 'Записую: 2 × Мед липовий — 17,20 €. Доставка у Львів: 4,20 €. Разом: 21,40 €. Підкажіть, будь ласка, ім’я отримувача та номер телефону.', { ...buy('h1', 2), city: 'Львів' }],
	[HONEY, '1 мед липовий у Львів, Олена, +380501112233', 'Дякую, Олено! Мед липовий у Львів, разом 12,80 € з доставкою. Ось посилання на оплату.', { ...buy('h1', 1), city: 'Львів', client_name: 'Олена', recipient_phone_number: '+380501112233', send_payment_link: true }],
	[HONEY, 'знижки є?', 'На жаль, знижок немає.'],
	[HONEY, 'доставите в Одесу?', 'На жаль, в Одесу ми не доставляємо. Доставляємо у Львів і Київ.'],
	[HONEY, 'доставляєте у Київ?', 'Так, доставляємо Мед липовий у Київ, зазвичай протягом 24 годин.'],
	[HONEY, 'я оплатив', 'Оплати поки не бачу. Замовлення на 17,80 € очікує оплати.', {}, open],
	[HONEY, 'чи дійшла оплата?', 'Так, оплата надійшла. Дякуємо!', {}, paid],
	[HONEY, 'як оплатити?', 'Коли замовлення буде оформлено, ви отримаєте посилання на оплату.'],
	[HONEY, 'скільки триває екскурсія?', 'Екскурсія пасікою триває 90 хвилин, це півтори години.'],
	[HONEY, 'можна завтра?', 'Точний день обіцяти не можу: доставка триває до 24 годин.', honey],
	[HONEY, 'є варення?', 'Варення у нас, на жаль, немає. Є мед і свічки.'],
	[HONEY, 'листівка скільки?', 'Листівка безкоштовна.'],
	[HONEY, 'дякую', 'Прошу! Гарного дня!'],
	[BAKERY, 'hallo', 'Guten Tag! Wie kann ich Ihnen helfen?'],
	[BAKERY, 'Was haben Sie?', 'Das haben wir für Sie:\n• Roggenbrot — 4,80 €\n• Karton mit 12 Brezeln — 15,60 €\n• Brezel — 1,50 €\n• Rezeptkarte — kostenlos\nWas darf es sein?'],
	[BAKERY, 'zwei Roggenbrote nach Dresden', 'Notiert: 2 × Roggenbrot — 9,60 €. Lieferung nach Dresden: 3,50 €. Gesamt: 13,10 €. Wie heißen Sie und wie ist Ihre Telefonnummer?', { ...buy('b1', 2), city: 'Dresden' }],
	[BAKERY, '1 Roggenbrot nach Leipzig, Jonas, +49151234567', 'Vielen Dank, Jonas! Roggenbrot nach Leipzig, zusammen 8,30 € mit Lieferung. Hier ist der Zahlungslink.', { ...buy('b1', 1), city: 'Leipzig', client_name: 'Jonas', recipient_phone_number: '+49151234567', send_payment_link: true }],
	[BAKERY, 'Gibt es Rabatt?', 'Leider kann ich keinen Rabatt geben.'],
	[BAKERY, 'Liefern Sie nach Dresden?', 'Ja, Roggenbrot liefern wir nach Dresden, meist innerhalb von 3 Stunden.'],
	[BAKERY, 'Wann kommt das Brot?', 'Die Lieferung vom Roggenbrot dauert bis zu 3 Stunden.'],
	[BAKERY, 'Ich habe bezahlt', 'Ihre Zahlung sehe ich noch nicht. Die Bestellung über 17,80 € wartet auf die Zahlung.', {}, open],
	[BAKERY, 'Ist die Zahlung da?', 'Ja, Ihre Zahlung ist eingegangen. Vielen Dank!', {}, paid],
	[BAKERY, 'Wie kann ich bezahlen?', 'Sobald die Bestellung vollständig ist, erhalten Sie einen Link zur sicheren Zahlung.'],
	[BAKERY, 'Kommt das Brot morgen?', 'Einen Tag kann ich leider nicht versprechen: Die Lieferung dauert bis zu 3 Stunden.', bread],
	[BAKERY, 'Haben Sie Kuchen?', 'Kuchen haben wir leider nicht. Wir haben Roggenbrot und Brezeln.'],
	[BAKERY, 'Was kostet die Rezeptkarte?', 'Die Rezeptkarte ist kostenlos.'],
	[BAKERY, 'Danke', 'Gern geschehen! Einen schönen Tag noch!'],
];

function decided(shop: readonly Item[], turn: string, response: string, proposed: Partial<Proposal> = {}, scene: Scene = {}) {
	return decide(factsOf(shop, { ...scene, text: turn }), { proposal: proposal({ response, ...proposed }), model: 'm', attempt: 1 }, PORTS);
}

describe('a lie in Ukrainian or German is turned down', () => {
	it.each(LIES.map((one) => [one[0], one[2].slice(0, 70), one] as const))('%s: “%s”', (_code, _response, [code, shop, response, turn = '', proposed, scene]) => {
		const result = decided(shop, turn, response, proposed, scene);
		expect(result.accepted ? ['accepted'] : result.violations.map((violation) => violation.code)).toContain(code);
	});
});

describe('an honest answer in Ukrainian or German passes', () => {
	it.each(HONEST.map((one) => [one[1], one[2].slice(0, 70), one] as const))('to “%s”: “%s”', (_turn, _response, [shop, turn, response, proposed, scene]) => {
		const result = decided(shop, turn, response, proposed, { ...scene, session: { language: shop === HONEY ? 'Ukrainian' : 'German', ...scene?.session } });
		expect(result.accepted ? [] : result.violations.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
	});
});
