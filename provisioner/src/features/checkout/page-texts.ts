import type { ItemKind } from '../../../../core/catalog/item.ts';

/** What the pages behind a payment link say, and the provider's name for delivery. One file of texts, no facts. */
export interface PageTexts {
	readonly lang: string;
	readonly delivery: Readonly<Record<ItemKind, string>>;
	readonly paid: Message;
	/** The customer came back before the provider's event. */
	readonly thanks: Message;
	readonly processing: Message;
	readonly expired: Message;
	readonly cancelled: Message;
	readonly free: Message;
	readonly unavailable: Message;
	/** Others have bought, or are paying for, the last pieces. */
	readonly soldOut: Message;
	/** The time that the order held is past, or others have taken it. */
	readonly slotTaken: Message;
	readonly refunded: Message;
	readonly tryAgain: Message;
	readonly unknown: Message;
	/** How to pay without a provider's page; the company's own words follow. */
	readonly byHand: { readonly title: string; text(sum: string, orderNumber: string): string; readonly confirmed: string };
}

export interface Message {
	readonly title: string;
	readonly text: string;
}

const ENGLISH: PageTexts = {
	lang: 'en',
	delivery: { product: 'Delivery', service: 'Travel' },
	paid: { title: 'Thank you!', text: 'Your order is paid. You can go back to the chat.' },
	thanks: { title: 'Thank you!', text: 'We will confirm your payment in the chat in a moment.' },
	processing: { title: 'Your payment is on its way', text: 'It can take a few days to arrive. We will confirm it in the chat.' },
	expired: { title: 'This link has expired', text: 'Nothing was charged. Write to us in the chat, and we will gladly make a new order.' },
	cancelled: { title: 'This order is closed', text: 'It was cancelled or replaced by a newer one. Please use the latest link in the chat.' },
	free: { title: 'Nothing to pay', text: 'Your order is free and confirmed.' },
	unavailable: { title: 'Online payment is not available', text: 'Our team will arrange the payment with you in the chat.' },
	soldOut: { title: 'Sold out for now', text: 'Others were faster, and nothing was charged. Write to us in the chat, and we will find something else.' },
	slotTaken: { title: 'That time is not free any more', text: 'Others have taken it, and nothing was charged. Write to us in the chat, and we will find another time.' },
	refunded: { title: 'Your money is on its way back', text: 'This order was refunded. It can take a few days until your bank shows it.' },
	tryAgain: { title: 'One moment, please', text: 'The payment page can’t be opened right now. Please try the link again in a minute.' },
	unknown: { title: 'There is nothing here', text: 'Please check that you opened the whole link from the chat.' },
	byHand: { title: 'How to pay', text: (sum, number) => `Please pay ${sum} and name your order number: ${number}.`, confirmed: 'We will confirm your payment in the chat once it has arrived.' },
};

const SPANISH: PageTexts = {
	lang: 'es',
	delivery: { product: 'Envío', service: 'Desplazamiento' },
	paid: { title: '¡Gracias!', text: 'Su pedido está pagado. Puede volver al chat.' },
	thanks: { title: '¡Gracias!', text: 'Enseguida confirmaremos su pago en el chat.' },
	processing: { title: 'Su pago está en camino', text: 'Puede tardar unos días en llegar. Lo confirmaremos en el chat.' },
	expired: { title: 'Este enlace ha caducado', text: 'No se ha cobrado nada. Escríbanos en el chat y haremos un nuevo pedido.' },
	cancelled: { title: 'Este pedido está cerrado', text: 'Se canceló o se sustituyó por otro más reciente. Use el último enlace del chat.' },
	free: { title: 'Nada que pagar', text: 'Su pedido es gratis y está confirmado.' },
	unavailable: { title: 'El pago en línea no está disponible', text: 'Nuestro equipo acordará el pago con usted en el chat.' },
	soldOut: { title: 'Agotado por ahora', text: 'Otros clientes se adelantaron y no se ha cobrado nada. Escríbanos en el chat y buscaremos otra opción.' },
	slotTaken: { title: 'Esa hora ya no está libre', text: 'Otros clientes la han reservado y no se ha cobrado nada. Escríbanos en el chat y buscaremos otra hora.' },
	refunded: { title: 'Su dinero está en camino', text: 'Este pedido fue reembolsado. Su banco puede tardar unos días en mostrarlo.' },
	tryAgain: { title: 'Un momento, por favor', text: 'La página de pago no se puede abrir ahora. Pruebe el enlace de nuevo en un minuto.' },
	unknown: { title: 'Aquí no hay nada', text: 'Compruebe que ha abierto el enlace completo del chat.' },
	byHand: { title: 'Cómo pagar', text: (sum, number) => `Pague ${sum} e indique su número de pedido: ${number}.`, confirmed: 'Confirmaremos su pago en el chat en cuanto llegue.' },
};

const RUSSIAN: PageTexts = {
	lang: 'ru',
	delivery: { product: 'Доставка', service: 'Выезд' },
	paid: { title: 'Спасибо!', text: 'Заказ оплачен. Можно вернуться в чат.' },
	thanks: { title: 'Спасибо!', text: 'Мы сейчас подтвердим оплату в чате.' },
	processing: { title: 'Платёж в пути', text: 'Он может идти несколько дней. Мы подтвердим его в чате.' },
	expired: { title: 'Срок ссылки истёк', text: 'Деньги не списаны. Напишите нам в чат, и мы оформим новый заказ.' },
	cancelled: { title: 'Этот заказ закрыт', text: 'Он отменён или заменён более новым. Откройте последнюю ссылку из чата.' },
	free: { title: 'Платить не нужно', text: 'Ваш заказ бесплатный и подтверждён.' },
	unavailable: { title: 'Онлайн-оплата недоступна', text: 'Наши сотрудники договорятся с вами об оплате в чате.' },
	soldOut: { title: 'Пока распродано', text: 'Другие покупатели успели раньше, деньги не списаны. Напишите нам в чат, и мы подберём что-нибудь другое.' },
	slotTaken: { title: 'Это время уже занято', text: 'Его заняли другие, деньги не списаны. Напишите нам в чат, и мы подберём другое время.' },
	refunded: { title: 'Деньги возвращаются', text: 'По этому заказу оформлен возврат. Банк может показать его через несколько дней.' },
	tryAgain: { title: 'Одну минуту', text: 'Страница оплаты сейчас не открывается. Попробуйте ссылку ещё раз через минуту.' },
	unknown: { title: 'Здесь ничего нет', text: 'Проверьте, что вы открыли ссылку из чата целиком.' },
	byHand: { title: 'Как оплатить', text: (sum, number) => `Оплатите ${sum} и укажите номер заказа: ${number}.`, confirmed: 'Мы подтвердим оплату в чате, как только она поступит.' },
};

const UKRAINIAN: PageTexts = {
	lang: 'uk',
	delivery: { product: 'Доставка', service: 'Виїзд' },
	paid: { title: 'Дякуємо!', text: 'Замовлення оплачено. Можна повернутися в чат.' },
	thanks: { title: 'Дякуємо!', text: 'Зараз ми підтвердимо оплату в чаті.' },
	processing: { title: 'Платіж у дорозі', text: 'Він може йти кілька днів. Ми підтвердимо його в чаті.' },
	expired: { title: 'Термін дії посилання минув', text: 'Гроші не списано. Напишіть нам у чат, і ми оформимо нове замовлення.' },
	cancelled: { title: 'Це замовлення закрито', text: 'Його скасовано або замінено новішим. Відкрийте останнє посилання з чату.' },
	free: { title: 'Платити не потрібно', text: 'Ваше замовлення безкоштовне й підтверджене.' },
	unavailable: { title: 'Онлайн-оплата недоступна', text: 'Наша команда домовиться з вами про оплату в чаті.' },
	soldOut: { title: 'Поки що розпродано', text: 'Інші покупці встигли раніше, гроші не списано. Напишіть нам у чат, і ми підберемо щось інше.' },
	slotTaken: { title: 'Цей час уже зайнятий', text: 'Його зайняли інші, гроші не списано. Напишіть нам у чат, і ми підберемо інший час.' },
	refunded: { title: 'Гроші повертаються', text: 'За цим замовленням оформлено повернення. Банк може показати його за кілька днів.' },
	tryAgain: { title: 'Одну хвилинку', text: 'Сторінка оплати зараз не відкривається. Спробуйте посилання ще раз за хвилину.' },
	unknown: { title: 'Тут нічого немає', text: 'Перевірте, чи ви відкрили посилання з чату повністю.' },
	byHand: { title: 'Як оплатити', text: (sum, number) => `Сплатіть ${sum} і вкажіть номер замовлення: ${number}.`, confirmed: 'Ми підтвердимо оплату в чаті, щойно вона надійде.' },
};

const GERMAN: PageTexts = {
	lang: 'de',
	delivery: { product: 'Lieferung', service: 'Anfahrt' },
	paid: { title: 'Vielen Dank!', text: 'Ihre Bestellung ist bezahlt. Sie können zum Chat zurückkehren.' },
	thanks: { title: 'Vielen Dank!', text: 'Wir bestätigen Ihre Zahlung gleich im Chat.' },
	processing: { title: 'Ihre Zahlung ist unterwegs', text: 'Sie kann einige Tage dauern. Wir bestätigen sie im Chat.' },
	expired: { title: 'Dieser Link ist abgelaufen', text: 'Es wurde nichts abgebucht. Schreiben Sie uns im Chat, und wir nehmen gern eine neue Bestellung auf.' },
	cancelled: { title: 'Diese Bestellung ist geschlossen', text: 'Sie wurde storniert oder durch eine neuere ersetzt. Bitte öffnen Sie den letzten Link aus dem Chat.' },
	free: { title: 'Nichts zu bezahlen', text: 'Ihre Bestellung ist kostenlos und bestätigt.' },
	unavailable: { title: 'Online-Zahlung ist nicht möglich', text: 'Unser Team stimmt die Zahlung im Chat mit Ihnen ab.' },
	soldOut: { title: 'Zurzeit ausverkauft', text: 'Andere waren schneller, und es wurde nichts abgebucht. Schreiben Sie uns im Chat, dann finden wir etwas anderes.' },
	slotTaken: { title: 'Dieser Termin ist nicht mehr frei', text: 'Andere waren schneller, und es wurde nichts abgebucht. Schreiben Sie uns im Chat, dann finden wir eine andere Zeit.' },
	refunded: { title: 'Ihr Geld ist auf dem Weg zurück', text: 'Diese Bestellung wurde erstattet. Es kann einige Tage dauern, bis Ihre Bank es anzeigt.' },
	tryAgain: { title: 'Einen Moment, bitte', text: 'Die Zahlungsseite lässt sich gerade nicht öffnen. Bitte versuchen Sie den Link in einer Minute noch einmal.' },
	unknown: { title: 'Hier ist nichts', text: 'Bitte prüfen Sie, ob Sie den ganzen Link aus dem Chat geöffnet haben.' },
	byHand: { title: 'So bezahlen Sie', text: (sum, number) => `Bitte zahlen Sie ${sum} und geben Sie Ihre Bestellnummer an: ${number}.`, confirmed: 'Wir bestätigen Ihre Zahlung im Chat, sobald sie eingegangen ist.' },
};

const TEXTS: Readonly<Record<string, PageTexts>> = { English: ENGLISH, Spanish: SPANISH, Russian: RUSSIAN, Ukrainian: UKRAINIAN, German: GERMAN };

/** @param language English name of a language; one without texts gives English. */
export function pageTexts(language: string): PageTexts {
	return TEXTS[language] ?? ENGLISH;
}

/** For a visitor whose order is not known: the first language of `Accept-Language` that there are texts in. */
export function pageTextsFor(acceptLanguage: string | undefined): PageTexts {
	const wanted = (acceptLanguage ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase());
	const all = Object.values(TEXTS);
	return wanted.flatMap((code) => all.filter(({ lang }) => lang === code))[0] ?? ENGLISH;
}
