import { z } from 'zod';

/** What an answer can do beside telling facts. */
export const ACTS = [
	'asks_city', 'asks_phone', 'asks_name', 'asks_quantity', 'asks_which', 'not_found', 'not_served', 'not_in_quantity', 'payment_not_seen', 'no_discount', 'nothing_to_pay', 'link_follows', 'team_arranges',
	'hands_over', 'declines', 'none_for_item', 'price_changed', 'phone_incomplete', 'no_date', 'more_to_come',
	'asks_address', 'asks_time', 'time_not_free', 'team_agrees_time', 'asks_to_cancel', 'booking_cancelled', 'booking_moved',
] as const;
export type Act = (typeof ACTS)[number];
export const actSchema = z.enum(ACTS);

export type Speech = 'English' | 'Spanish' | 'Russian' | 'Ukrainian' | 'German';

interface ActWords {
	/** Any of the five languages: which one it is, is judged apart. */
	readonly heard: RegExp;
	/** How the `good` model says it. */
	readonly said: Readonly<Record<Speech, string>>;
}

/** Written for the judge alone: none of it comes from the guard's or the responder's own word lists. */
export const ACT_WORDS: Readonly<Record<Act, ActWords>> = {
	asks_city: {
		heard: /city|where|ciudad|dónde|город|куда|місто|куди|stadt|wohin|ort\b/iu,
		said: { English: 'Which city is it for?', Spanish: '¿Para qué ciudad es?', Russian: 'В какой город?', Ukrainian: 'У яке місто?', German: 'In welche Stadt?' },
	},
	asks_phone: {
		heard: /phone|number|tel[ée]fono|n[úu]mero|телефон|номер|telefon|nummer/iu,
		said: { English: 'What is the phone number, with + and the country code?', Spanish: '¿Cuál es el teléfono, con + y el código del país?', Russian: 'Какой номер телефона, с + и кодом страны?', Ukrainian: 'Який номер телефону, з + і кодом країни?', German: 'Wie ist die Telefonnummer, mit + und Landesvorwahl?' },
	},
	asks_name: {
		heard: /name|nombre|имя|зовут|ім.?я|звати|namen?/iu,
		said: { English: 'What is the recipient’s name?', Spanish: '¿Cuál es el nombre del destinatario?', Russian: 'Напишите, пожалуйста, имя получателя.', Ukrainian: 'Напишіть, будь ласка, ім’я отримувача.', German: 'Wie ist der Name des Empfängers?' },
	},
	asks_quantity: {
		heard: /how many|cu[áa]nt[oa]s|сколько|количеств|скільки|кількіст|wie viele/iu,
		said: { English: 'How many would you like?', Spanish: '¿Cuántas unidades quieres?', Russian: 'Сколько оформить?', Ukrainian: 'Скільки оформити?', German: 'Wie viele möchten Sie?' },
	},
	asks_which: {
		heard: /\?/u,
		said: { English: 'Which one do you mean?', Spanish: '¿Cuál de ellos?', Russian: 'Какой именно?', Ukrainian: 'Який саме?', German: 'Welches meinen Sie?' },
	},
	not_found: {
		heard: /(can.?t|couldn.?t|cannot|not) find|don.?t have|no (lo |la )?(encuentro|tenemos)|no he encontrado|не нахо|не наш[её]л|нет такого|нашлось не|не знай|не знаход|немає|nicht finden|finde .{0,40}nicht|haben wir nicht|nicht gefunden/iu,
		said: { English: 'I can’t find that among what we have.', Spanish: 'No encuentro eso entre lo que tenemos.', Russian: 'Не нахожу такого у нас.', Ukrainian: 'Не знаходжу такого в нас.', German: 'Das kann ich bei uns nicht finden.' },
	},
	not_served: {
		heard: /don.?t deliver|isn.?t available there|not available|can.?t be delivered|no (entregamos|est[áa] disponible|podemos)|не доставляем|недоступно|не доставля|nicht (dorthin|verfügbar)|dorthin .{0,30}nicht|dort .{0,60}nicht|liefern wir (leider )?nicht/iu,
		said: { English: 'Unfortunately, we don’t deliver there.', Spanish: 'Lo siento, allí no entregamos.', Russian: 'К сожалению, туда мы не доставляем.', Ukrainian: 'На жаль, туди ми не доставляємо.', German: 'Leider liefern wir dorthin nicht.' },
	},
	not_in_quantity: {
		heard: /not available in that quantity|no est[áa] disponible en esa cantidad|в таком количестве нет|[ву] такій кількості|in dieser menge/iu,
		said: { English: 'It is not available in that quantity.', Spanish: 'No está disponible en esa cantidad.', Russian: 'В таком количестве нет.', Ukrainian: 'У такій кількості немає.', German: 'In dieser Menge ist es nicht verfügbar.' },
	},
	payment_not_seen: {
		heard: /don.?t see|not (yet )?visible|isn.?t visible|waiting for payment|no veo|pendiente de pago|no (es|está) visible|не видно|не вижу|жд[её]т оплат|не бачу|очікує|nicht (zu )?sehen|sehe .{0,40}nicht|noch nicht sichtbar|wartet auf/iu,
		said: { English: 'I don’t see the payment yet.', Spanish: 'Todavía no veo el pago.', Russian: 'Оплаты пока не видно.', Ukrainian: 'Оплати поки не видно.', German: 'Ich sehe die Zahlung noch nicht.' },
	},
	no_discount: {
		heard: /can.?t give|no discount|no puedo hacer|sin descuento|скид[а-яі]* .{0,20}(не|нет|немає)|(не|нет|немає) .{0,25}(скид|знижк)|зниж[ко].{0,25}(не|немає)|kein(en)? rabatt|rabatt.{0,25}nicht/iu,
		said: { English: 'I can’t give any discount.', Spanish: 'No puedo hacer descuentos.', Russian: 'Скидок предложить не могу.', Ukrainian: 'Знижок запропонувати не можу.', German: 'Ich kann keinen Rabatt geben.' },
	},
	nothing_to_pay: {
		heard: /nothing to pay|no hay nada que pagar|платить ничего не|платити нічого не|нічого платити|nichts zu (be)?zahlen/iu,
		said: { English: 'There is nothing to pay.', Spanish: 'No hay nada que pagar.', Russian: 'Платить ничего не нужно.', Ukrainian: 'Платити нічого не треба.', German: 'Es ist nichts zu bezahlen.' },
	},
	link_follows: {
		heard: /link|enlace|ссылк|посиланн/iu,
		said: { English: 'Here is the payment link.', Spanish: 'Aquí tienes el enlace de pago.', Russian: 'Вот ссылка на оплату.', Ukrainian: 'Ось посилання на оплату.', German: 'Hier ist der Zahlungslink.' },
	},
	team_arranges: {
		heard: /our team|nuestro equipo|наш(ей|а) команд|наш(ій|а) команд|unser team/iu,
		said: { English: 'Our team will arrange the payment with you.', Spanish: 'Nuestro equipo acordará el pago contigo.', Russian: 'Наша команда договорится с вами об оплате.', Ukrainian: 'Наша команда домовиться з вами про оплату.', German: 'Unser Team vereinbart die Zahlung mit Ihnen.' },
	},
	hands_over: {
		heard: /colleague|compañer|коллег|колез|kolleg/iu,
		said: { English: 'I’m passing you on to a colleague.', Spanish: 'Te paso con un compañero.', Russian: 'Передаю вас коллеге.', Ukrainian: 'Передаю вас колезі.', German: 'Ich gebe Sie an eine Kollegin weiter.' },
	},
	declines: {
		heard: /can.?t help|no puedo ayudar|не помогу|не могу помочь|не допоможу|не можу допомогти|nicht helfen|nicht weiterhelfen/iu,
		said: { English: 'I can’t help with that.', Spanish: 'Con eso no puedo ayudarte.', Russian: 'С этим не помогу.', Ukrainian: 'З цим не допоможу.', German: 'Dabei kann ich nicht helfen.' },
	},
	none_for_item: {
		heard: /there is none|no hay|такого нет|такого немає|немає|gibt es (hierfür |hier )?(leider )?(keine?|nicht)/iu,
		said: { English: 'There is none for this item.', Spanish: 'Para este artículo no hay.', Russian: 'Для этой позиции такого нет.', Ukrainian: 'Для цієї позиції такого немає.', German: 'Für diesen Artikel gibt es keine.' },
	},
	price_changed: {
		heard: /has changed|ha cambiado|изменилась|змінилася|geändert/iu,
		said: { English: '', Spanish: '', Russian: '', Ukrainian: '', German: '' },
	},
	phone_incomplete: {
		heard: /complete|country code|código del país|не хватает|кодом страны|кодом країни|vollständig|landesvorwahl/iu,
		said: { English: 'That number isn’t complete: please write it again with + and the country code.', Spanish: 'Ese teléfono no está completo: escríbelo de nuevo con + y el código del país.', Russian: 'Номер неполный: напишите его ещё раз с + и кодом страны.', Ukrainian: 'Номер неповний: напишіть його ще раз з + і кодом країни.', German: 'Die Nummer ist nicht vollständig: bitte noch einmal mit + und Landesvorwahl.' },
	},
	no_date: {
		heard: /(can.?t|cannot) set|no puedo fijar|назначить не могу|призначити не можу|kann .{0,40}(nicht|keinen)/iu,
		said: { English: 'I can’t set a day or time here: our team will agree on it with you.', Spanish: 'Aquí no puedo fijar día ni hora: nuestro equipo lo acordará contigo.', Russian: 'День и время здесь назначить не могу.', Ukrainian: 'День і час тут призначити не можу.', German: 'Tag und Uhrzeit kann ich hier nicht festlegen.' },
	},
	more_to_come: {
		heard: /more|más|ещё|еще|ще\b|mehr|weitere/iu,
		said: { English: 'There is more: shall I go on?', Spanish: 'Hay más: ¿sigo?', Russian: 'Это ещё не всё: продолжить?', Ukrainian: 'Це ще не все: продовжити?', German: 'Es gibt noch mehr: soll ich weitermachen?' },
	},
	asks_address: {
		heard: /street|address|calle|dirección|улиц|адрес|вулиц|straße|adresse/iu,
		said: { English: 'What are the street and the house number?', Spanish: '¿Cuál es la calle y el número?', Russian: 'Напишите улицу и номер дома.', Ukrainian: 'Напишіть вулицю та номер будинку.', German: 'Wie sind Straße und Hausnummer?' },
	},
	asks_time: {
		heard: /when|which of these|which one|cuándo|cuál|когда|какое время|что именно|коли|який час|що саме|wann|welche|was genau/iu,
		said: { English: 'When would suit you?', Spanish: '¿Cuándo te viene bien?', Russian: 'Когда вам удобно?', Ukrainian: 'Коли вам зручно?', German: 'Wann passt es Ihnen?' },
	},
	time_not_free: {
		heard: /isn.t free|not free|is taken|no está libre|está ocupad|занят|не свобод|зайнят|не вільн|nicht frei|belegt/iu,
		said: { English: 'That time is taken.', Spanish: 'Esa hora está ocupada.', Russian: 'Это время занято.', Ukrainian: 'Цей час зайнятий.', German: 'Diese Zeit ist belegt.' },
	},
	team_agrees_time: {
		heard: /our team|nuestro equipo|наш(ей|а) команд|наш(ій|а) команд|unser team/iu,
		said: { English: 'Our team will agree on the time with you.', Spanish: 'Nuestro equipo acordará la hora contigo.', Russian: 'Наша команда договорится с вами о времени.', Ukrainian: 'Наша команда домовиться з вами про час.', German: 'Unser Team stimmt die Zeit mit Ihnen ab.' },
	},
	asks_to_cancel: {
		heard: /(cancel|отмен|скас|absag|stornier)[^]*\?/iu,
		said: { English: 'Shall I cancel it?', Spanish: '¿La cancelo?', Russian: 'Отменить её?', Ukrainian: 'Скасувати його?', German: 'Soll ich ihn absagen?' },
	},
	booking_cancelled: {
		heard: /(is|been) cancelled|(está|sido) cancelad|отменен|скасован|abgesagt|storniert/iu,
		said: { English: 'Your appointment has been cancelled.', Spanish: 'Tu cita ha sido cancelada.', Russian: 'Ваша запись отменена.', Ukrainian: 'Ваш запис скасовано.', German: 'Ihr Termin wurde abgesagt.' },
	},
	booking_moved: {
		heard: /is now on|been moved|es ahora|sido cambiad|теперь|перенесен|тепер|перенесено|ist jetzt|verschoben/iu,
		said: { English: 'Your appointment has been moved.', Spanish: 'Tu cita ha sido cambiada.', Russian: 'Ваша запись перенесена.', Ukrainian: 'Ваш запис перенесено.', German: 'Ihr Termin wurde verschoben.' },
	},
};
