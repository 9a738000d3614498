import { listOf, numberIn, plural } from './lists.ts';
import type { Phrases } from './phrases.ts';

const LOCALE = 'ru-RU';

export const RUSSIAN: Phrases = {
	language: 'Russian',
	locale: LOCALE,
	free: 'бесплатно',

	hello: 'Здравствуйте!',
	helloFrom: (company) => `Здравствуйте! Это ${company}.`,
	listIntro: { product: 'Вот что у нас есть:', service: 'Вот что мы предлагаем:', hybrid: 'Вот что мы предлагаем:' },
	listMore: 'Это ещё не всё: напишите «ещё».',
	listCategories: (categories) => `Это ещё не всё, есть разделы: ${categories}. Напишите «ещё», чтобы увидеть остальное, или скажите, что вы ищете.`,
	listEnd: 'Что вам понравилось?',
	listEmpty: 'Сейчас мы обновляем список и пока ничего предложить не можем.',

	whichOne: 'Что именно вы имеете в виду?',
	whichForCount: (count) => `Собрать ${count} можно по-разному. Какой вариант вам подходит?`,
	notFound: {
		product: 'Не нахожу такого среди наших товаров. Что именно вы ищете?',
		service: 'Не нахожу такого среди наших услуг. Что именно вы ищете?',
		hybrid: 'Не нахожу такого среди наших товаров и услуг. Что именно вы ищете?',
	},
	alsoHave: 'Ещё у нас есть:',
	partNotFound: 'Нашлось не всё, что вы назвали. Что ещё вы ищете, или оставим так?',
	quantityUnavailable: (name) => `«${name}» в таком количестве нет. Сколько тогда оформить?`,
	privacyPolicy: (url) => `Как мы обрабатываем ваши данные: ${url}`,
	priceChanged: (name, price) => `Обратите внимание: цена «${name}» изменилась, теперь ${price}.`,
	wantToOrder: 'Оформить заказ?',

	deliveryFee: { product: (fee) => `Доставка стоит ${fee} за заказ`, service: (fee) => `Выезд стоит ${fee} за заказ` },
	deliveryFreeFrom: (threshold) => `бесплатно от ${threshold}`,
	deliveryNone: { product: 'Доставка бесплатная.', service: 'За выезд ничего не нужно платить.' },
	deliveryTime: (hours) => `Срок доставки — до ${numberIn(LOCALE, hours)} ${plural(LOCALE, hours, { one: 'часа', other: 'часов' })}.`,
	deliveryVaries: {
		product: 'Стоимость доставки зависит от заказа. Что вам доставить?',
		service: 'Стоимость выезда зависит от услуги. Какая вас интересует?',
	},

	cities: { product: (cities) => `Мы доставляем в города: ${cities}.`, service: (cities) => `Наши услуги доступны здесь: ${cities}.` },
	itemCities: (name, cities) => `«${name}» доступно здесь: ${cities}.`,
	servedThere: { product: 'Да, туда доставляем.', service: 'Да, там это доступно.' },
	online: 'Проходит онлайн.',
	notServed: { product: 'К сожалению, туда мы не доставляем.', service: 'К сожалению, там это недоступно.' },
	itemsNotServed: (names) => `К сожалению, там недоступно: ${names}.`,
	allServedIn: (cities) => `Доступно здесь: ${cities}. Подойдёт что-нибудь из этого?`,
	availableThere: 'Там можем предложить:',

	duration: (duration) => `Длительность: ${duration}.`,
	format: (format) => `Формат: ${format}.`,
	detailLabel: {
		included: 'Входит', not_included: 'Не входит', what_guarantee: 'Гарантируем', what_not_guarantee: 'Не гарантируем',
		suitable_for: 'Подходит', not_suitable_for: 'Не подходит',
	},
	contactLabel: {
		supplier_contact: 'Поставщик', supplier_company_services: 'Возвраты', warehouse_address: 'Склад', specialist_contact: 'Контакт',
	},
	address: (address) => `Адрес: ${address}.`,
	website: (url) => `Вот страница: ${url}`,
	noneForItem: 'К сожалению, для этой позиции такого нет.',
	whichItem: 'Что именно вас интересует?',
	noContact: 'К сожалению, такого контакта у меня нет. Если хотите, передам вас коллеге.',
	refundIntro: 'Жаль, что так вышло. По вопросу возврата обратитесь, пожалуйста:',

	cartIntro: 'Записываю:',
	cartDelivery: { product: (fee) => `Доставка: ${fee}`, service: (fee) => `Выезд: ${fee}` },
	cartDeliveryFree: { product: 'Доставка: бесплатно', service: 'Выезд: бесплатно' },
	cartProducts: { product: (sum) => `Товары: ${sum}`, service: (sum) => `Услуги: ${sum}` },
	cartTotal: (total) => `Итого: ${total}`,
	cartCity: (city) => `Город: ${city}`,
	cartAddress: (address) => `Адрес: ${address}`,
	cartWhen: (when) => `Когда: ${when}`,
	cartDelivered: (when) => `Время доставки: ${when}`,
	removed: (name) => `Убрали «${name}».`,
	cartEmpty: 'Теперь в заказе ничего нет. Что бы вы хотели?',

	missing: (details, { kind, item, cities }) => {
		const where = kind === 'product' ? 'город доставки' : 'город';
		const words = {
			quantity: item === '' ? 'количество' : `количество («${item}»)`,
			city: cities === '' ? where : `${where} (${cities})`,
			phone: 'номер телефона с + и кодом страны',
			name: kind === 'product' ? 'имя получателя' : 'ваше имя',
			address: 'улицу и номер дома',
		};
		return `Чтобы оформить заказ, напишите, пожалуйста, ${listOf(LOCALE, details.map((detail) => words[detail]))}.`;
	},
	phoneInvalid: 'Похоже, в номере телефона чего-то не хватает: напишите его, пожалуйста, с + и кодом страны.',
	numberNotVisible: 'Здесь мне не виден ваш номер, поэтому напишите его, пожалуйста, цифрами, с + и кодом страны.',
	noted: 'Спасибо, записано.',

	committed: (name) => `Спасибо, ${name}! Ваш заказ:`,
	linkFollows: 'Вот ссылка на оплату.',
	nothingToPay: 'Заказ подтверждён, платить ничего не нужно.',
	teamArrangesPayment: 'Заказ передан нашей команде: она договорится с вами об оплате.',

	payHow: 'Когда заказ будет оформлен, вы получите ссылку на безопасную оплату онлайн.',
	payByTeam: 'Когда заказ будет оформлен, наша команда договорится с вами об оплате.',
	noOrderYet: 'Заказа, который нужно оплатить, пока нет.',
	awaitingPayment: (total) => `Ваш заказ на ${total} ждёт оплаты.`,
	notPaidYet: (total) => `Оплаты вашего заказа на ${total} пока не видно.`,
	paymentLink: (url) => `Оплатить можно здесь: ${url}`,
	paid: 'Ваш заказ оплачен. Спасибо!',
	refunded: (sum) => `Возвращаем вам ${sum}. Банк может показать эти деньги через несколько дней.`,
	freeOrder: 'Ваш заказ бесплатный и подтверждён, платить ничего не нужно.',
	orderClosed: 'Ваш прошлый заказ закрыт. С радостью оформим новый.',

	whenSuits: (name) => `Когда вам удобно («${name}»)? Выберите вариант:`,
	whenDelivered: 'Когда доставить? Выберите вариант:',
	freeTimes: 'Свободно:',
	timeNotFree: 'Это время занято. Свободно:',
	noTimeFree: (name) => `Сейчас нет свободного времени для «${name}». Если хотите, я передам вас коллеге.`,
	yourBookings: 'Вот что у вас забронировано:',
	cancelBooking: (name, when) => `Отменить «${name}» (${when})? Ответьте «да» или «нет».`,
	bookingIsCancelled: (name, when) => `Готово: «${name}» (${when}) — отменено.`,
	moveBooking: (name) => `Какое время для «${name}» вам подойдёт вместо этого?`,
	bookingIsMoved: (name, when) => `Готово: «${name}» теперь ${when}.`,
	bookingFixed: (name) => `Изменить «${name}» здесь уже нельзя, поэтому передаю вас коллеге: он ответит вам здесь.`,

	bookingMoved: (name, when) => `Обратите внимание: «${name}» — новое время: ${when}. Если вам неудобно, напишите нам.`,
	bookingCancelled: (name, when) => `К сожалению, запись «${name}» (${when}) отменена. Напишите нам, и мы подберём другое время.`,

	cancelled: 'Хорошо, заказ очищен. Если что-то понадобится, напишите.',
	cancelledUnpaid: 'Хорошо. Платить ничего не нужно: неоплаченный заказ просто сгорит.',
	handover: 'Конечно, передаю вас коллеге, он ответит вам здесь.',
	complaint: 'Нам очень жаль. Передаю ваше сообщение коллеге, он ответит вам здесь.',
	thanks: 'Пожалуйста!',
	whatElse: 'Чем могу помочь?',
	identity: (company) => (company === '' ? 'Я автоматический помощник. Если хотите поговорить с человеком, просто напишите об этом.' : `Я автоматический помощник ${company}. Если хотите поговорить с человеком, просто напишите об этом.`),
	pleaseWrite: 'Не могу это разобрать: напишите, пожалуйста, словами. Что вы ищете?',
	noDiscount: 'Скидок предложить не могу: цены такие, как в списке.',
	noHours: 'Часов работы у меня нет. Если хотите, передам вас коллеге.',
	dateOpen: 'День и время здесь назначить не могу: их согласует с вами наша команда.',
	whatToChange: 'Хорошо. Что поменять?',
	offTopic: {
		product: 'С этим не помогу, зато с радостью расскажу о наших товарах, ценах и доставке.',
		service: 'С этим не помогу, зато с радостью расскажу о наших услугах и ценах.',
		hybrid: 'С этим не помогу, зато с радостью расскажу о наших товарах, услугах и ценах.',
	},
	unclear: {
		product: 'Извините, не получилось вас понять. Что вы хотите заказать или узнать о наших товарах?',
		service: 'Извините, не получилось вас понять. На что вы хотите записаться или что узнать о наших услугах?',
		hybrid: 'Извините, не получилось вас понять. Что вы хотите заказать или узнать о наших товарах и услугах?',
	},
	cutOff: 'Прислать ещё?',
};
