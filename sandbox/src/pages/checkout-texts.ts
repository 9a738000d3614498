/** The words of the checkout page in one language. */
export interface CheckoutTexts {
	readonly lang: string;
	readonly pay: (amount: string) => string;
	readonly cancel: string;
	readonly total: string;
	readonly shipping: string;
	readonly email: string;
	readonly name: string;
	readonly card: string;
	readonly quantity: (quantity: number, unit: string) => string;
	readonly expiredTitle: string;
	readonly expiredText: string;
	readonly paidTitle: string;
	readonly paidText: (amount: string) => string;
	readonly back: string;
	readonly unknownTitle: string;
	readonly unknownText: string;
}

const ENGLISH: CheckoutTexts = {
	lang: 'en',
	pay: (amount) => `Pay ${amount}`,
	cancel: 'Cancel',
	total: 'Total',
	shipping: 'Delivery',
	email: 'E-mail',
	name: 'Name on card',
	card: 'Test card',
	quantity: (quantity, unit) => `${quantity} × ${unit}`,
	expiredTitle: 'This payment page has expired',
	expiredText: 'Nothing was charged. Ask the shop for a new link.',
	paidTitle: 'Payment received',
	paidText: (amount) => `${amount} was paid. There is nothing more to do here.`,
	back: 'Back',
	unknownTitle: 'There is no such payment page',
	unknownText: 'Check the link, or ask the shop for a new one.',
};

const SPANISH: CheckoutTexts = {
	lang: 'es',
	pay: (amount) => `Pagar ${amount}`,
	cancel: 'Cancelar',
	total: 'Total',
	shipping: 'Envío',
	email: 'Correo electrónico',
	name: 'Nombre en la tarjeta',
	card: 'Tarjeta de prueba',
	quantity: (quantity, unit) => `${quantity} × ${unit}`,
	expiredTitle: 'Esta página de pago ha caducado',
	expiredText: 'No se ha cobrado nada. Pide un enlace nuevo a la tienda.',
	paidTitle: 'Pago recibido',
	paidText: (amount) => `Se han pagado ${amount}. No tienes que hacer nada más.`,
	back: 'Volver',
	unknownTitle: 'Esta página de pago no existe',
	unknownText: 'Comprueba el enlace o pide uno nuevo a la tienda.',
};

const RUSSIAN: CheckoutTexts = {
	lang: 'ru',
	pay: (amount) => `Оплатить ${amount}`,
	cancel: 'Отмена',
	total: 'Итого',
	shipping: 'Доставка',
	email: 'Эл. почта',
	name: 'Имя на карте',
	card: 'Тестовая карта',
	quantity: (quantity, unit) => `${quantity} × ${unit}`,
	expiredTitle: 'Срок этой страницы оплаты истёк',
	expiredText: 'Деньги не списаны. Попросите у магазина новую ссылку.',
	paidTitle: 'Оплата получена',
	paidText: (amount) => `Оплачено ${amount}. Больше ничего делать не нужно.`,
	back: 'Назад',
	unknownTitle: 'Такой страницы оплаты нет',
	unknownText: 'Проверьте ссылку или попросите новую.',
};

const UKRAINIAN: CheckoutTexts = {
	lang: 'uk',
	pay: (amount) => `Сплатити ${amount}`,
	cancel: 'Скасувати',
	total: 'Разом',
	shipping: 'Доставка',
	email: 'Ел. пошта',
	name: 'Ім’я на картці',
	card: 'Тестова картка',
	quantity: (quantity, unit) => `${quantity} × ${unit}`,
	expiredTitle: 'Термін дії цієї сторінки оплати минув',
	expiredText: 'Гроші не списано. Попросіть у магазину нове посилання.',
	paidTitle: 'Оплату отримано',
	paidText: (amount) => `Сплачено ${amount}. Більше нічого робити не потрібно.`,
	back: 'Назад',
	unknownTitle: 'Такої сторінки оплати немає',
	unknownText: 'Перевірте посилання або попросіть нове.',
};

const GERMAN: CheckoutTexts = {
	lang: 'de',
	pay: (amount) => `${amount} bezahlen`,
	cancel: 'Abbrechen',
	total: 'Gesamt',
	shipping: 'Lieferung',
	email: 'E-Mail',
	name: 'Name auf der Karte',
	card: 'Testkarte',
	quantity: (quantity, unit) => `${quantity} × ${unit}`,
	expiredTitle: 'Diese Zahlungsseite ist abgelaufen',
	expiredText: 'Es wurde nichts abgebucht. Bitten Sie das Geschäft um einen neuen Link.',
	paidTitle: 'Zahlung erhalten',
	paidText: (amount) => `${amount} wurden bezahlt. Hier ist nichts weiter zu tun.`,
	back: 'Zurück',
	unknownTitle: 'Diese Zahlungsseite gibt es nicht',
	unknownText: 'Prüfen Sie den Link oder bitten Sie um einen neuen.',
};

const TEXTS: Readonly<Record<string, CheckoutTexts>> = { en: ENGLISH, es: SPANISH, ru: RUSSIAN, uk: UKRAINIAN, de: GERMAN };

/** Texts for a session's `locale`, or for the browser's languages when the session leaves it to the page. */
export function textsFor(locale: string | null, acceptLanguage: string): CheckoutTexts {
	const wanted = locale === null || locale === 'auto' ? acceptLanguage.split(',') : [locale];
	const found = wanted.map((tag) => TEXTS[tag.trim().slice(0, 2).toLowerCase()]).find((texts) => texts !== undefined);
	return found ?? ENGLISH;
}

/** "59,90 €"; currencies without minor units are rare here and are shown with two digits like the API counts them. */
export function formatAmount(minorUnits: number, currency: string, lang: string): string {
	return new Intl.NumberFormat(lang, { style: 'currency', currency: currency.toUpperCase() }).format(minorUnits / 100);
}
