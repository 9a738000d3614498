import type { AgentFacts } from '../facts.ts';
import type { Draft, Rule, Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable } from './sentences.ts';
import { CONDITION, FUTURE, isNegated, words, wordsSource } from './text/lexicon.ts';
import { statementsOf } from './text/segments.ts';
import { violation, type ViolationCode } from './violation.ts';

const LINK_NOUNS = [
	'payment link', 'link to pay', 'link for payment', 'checkout link', 'payment page', 'pay link', 'link below', 'secure link', 'payment url', 'enlace de pago', 'link de pago', 'enlace para pagar', 'enlace para el pago', 'link para pagar', 'página de pago',
	'ссылка на оплату', 'ссылку на оплату', 'ссылка для оплаты', 'ссылку для оплаты', 'ссылкой на оплату', 'ссылке на оплату', 'ссылки на оплату', 'ссылка', 'ссылку', 'zahlungslink', 'link zur zahlung', 'link de pagamento', 'lien de paiement', 'link di pagamento', 'посилання на оплату', 'посиланням на оплату', 'посилання для оплати', 'посилання', 'link zum bezahlen', 'bezahllink', 'link zur bezahlung', 'zahlungsseite', 'link zum zahlen',
];
const LINK = words(...LINK_NOUNS);
const LINKS = new RegExp(wordsSource(...LINK_NOUNS), 'gu');
const LINK_GIVEN = words(
	'here', 'here\'s', 'below', 'attached', 'sent', 'i\'ve sent', 'sending', 'following', 'next message', 'has been sent', 'this', 'use the', 'click', 'aquí', 'abajo', 'adjunto', 'enviado', 'envié', 'te envío', 'le envío', 'a continuación', 'este', 'siguiente', 'usa el', 'pulsa',
	'вот', 'ниже', 'отправил*', 'отправляю', 'высылаю', 'выслал*', 'прикрепил*', 'держите', 'ловите', 'отправлена', 'по ссылке', 'hier', 'unten', 'geschickt', 'aqui está', 'segue', 'voici', 'ecco', 'ось', 'нижче', 'надіслав*', 'надіслал*', 'надсилаю', 'відправив*', 'відправил*', 'відправляю', 'прикріпи*', 'тримайте', 'ловіть', 'за посиланням', 'schicke', 'gesendet', 'sende', 'anbei', 'angehängt', 'folgende*', 'nachfolgend', 'follows', 'comes',
);
const MONEY_NOUN = 'payment|pago|transferencia|transfer|money|dinero|deposit|zahlung|geld|pagamento|paiement|оплат\\p{L}*|платеж\\p{L}*|деньги|перевод|средства|кошти|коштів|платіж\\p{L}*|гроші|переказ\\p{L}*|bezahlung|uberweisung|geldeingang';
const RECEIVED = 'received|arrived|reached us|reached our|(?:all |is |are )(?:good|fine|ok|okay|correct|in order)|esta correct[oa]|esta bien|en orden|todo correcto|в порядке|на месте|confirmed|completed|complete|successful|succeeded|accepted|approved|processed|registered|credited|(?:in|done)(?=\\s*[.!✅]|\\s*$)|went through|gone through|come through|came through|recibid[oa]s?|recibimos|confirmad[oa]s?|realizad[oa]s?|aprobad[oa]|completad[oa]|procesad[oa]|acreditad[oa]|llego|ha llegado|registrad[oa]|exitoso|получен[аоы]?|получили|прошла|прошел|прошло|поступил[аои]?|пришл[аои]|пришел|подтвержден[аоы]?|принят[аоы]?|зачислен[аоы]?|успешн\\p{L}*|проведен[аоы]?|eingegangen|erhalten|bestatigt|erfolgreich|recebid[oa]|confirmad[oa]|recu|confirme|ricevuto|отриман[аоі]?|отримали|надійшл[аои]|надійшов|прийшл[аои]|прийшов|пройшл[аои]|пройшов|зарахован[аоі]?|підтверджен[аоі]?|прийнят[аоі]?|успішн\\p{L}*|проведен[аоі]?|в порядку|на місці|angekommen|eingetroffen|ist da|verbucht|gutgeschrieben|durchgegangen|abgeschlossen|akzeptiert|geklappt|genehmigt|in ordnung';
const PAYMENT_ARRIVED = new RegExp(`(?<!\\p{L})(?:${MONEY_NOUN})(?!\\p{L}).{0,60}?(?<!\\p{L})(?:${RECEIVED})(?!\\p{L})|(?<!\\p{L})(?:received|got|have|has|confirm(?:ed)?|see|recibido|recibimos|confirmamos|получили|получил[аи]?|вижу|подтверждаем|подтвердили|видим|отримали|отримав|отримала|бачу|бачимо|підтверджуємо|підтвердили|erhalten|haben|sehe|sehen|bestatigen|recebemos|recu)(?!\\p{L})(?:\\s+(?:your|the|tu|su|el|la|vuestro|вашу|ваш|ваші|твою|твой|твій|свою|ihre|deine|die|das|o|seu|votre))+\\s+(?:full\\s+)?(?:${MONEY_NOUN})(?!\\p{L})`, 'u');
const PAYMENT_SEEN = new RegExp(`(?<!\\p{L})(?:see|received|got|veo|vemos|recibido|recibimos|вижу|видим|получили|получил[аи]?|бачу|бачимо|отримали|отримав|отримала|sehe|sehen|erhalten|bekommen|vejo|recebemos)\\s+(?:(?:your|the|tu|su|el|la|a|o|вашу|ваш|ваші|твою|твой|твій|ihre|die|das|schon|bereits)\\s+)*(?:${MONEY_NOUN})(?!\\p{L})`, 'u');
const PAID = words(
	'is paid', 'are paid', 'been paid', 'was paid', 'is now paid', 'fully paid', 'paid successfully', 'paid in full', 'you\'ve paid', 'you have paid', 'you paid', 'you already paid', 'you\'ve already paid', 'thanks for paying', 'thank you for paying', 'thanks for your payment', 'thank you for your payment', 'thanks for the payment', 'thank you for the payment', 'marked as paid', 'payment complete', 'all paid',
	'está pagado', 'está pagada', 'ya está pagad*', 'pedido pagado', 'reserva pagada', 'queda pagad*', 'has sido pagado', 'ha sido pagad*', 'ya has pagado', 'ya ha pagado', 'ya pagaste', 'gracias por tu pago', 'gracias por su pago', 'gracias por el pago', 'gracias por pagar', 'pago completo',
	'оплачен', 'оплачена', 'оплачено', 'оплачены', 'уже оплатили', 'вы оплатили', 'спасибо за оплату', 'благодарим за оплату', 'ist bezahlt', 'wurde bezahlt', 'danke für die zahlung', 'está pago', 'foi pago', 'obrigado pelo pagamento', 'est payé', 'merci pour votre paiement', 'è pagato',
	'оплачене', 'оплачені', 'сплачен*', 'вже оплатили', 'ви оплатили', 'ви сплатили', 'дякую за оплату', 'дякуємо за оплату', 'vollständig bezahlt', 'sind bezahlt', 'schon bezahlt', 'bereits bezahlt', 'sie haben bezahlt', 'haben sie bezahlt', 'danke für ihre zahlung', 'danke für die bezahlung', 'vielen dank für ihre zahlung', 'vielen dank für die zahlung', 'danke fürs bezahlen', 'als bezahlt markiert', 'alles bezahlt',
);
const PAID_IDIOM = /paid\s+(?:service|item|order|option|product|delivery|separately|online|by)/u;
const ORDER_NOUN = 'order|booking|reservation|appointment|purchase|pedido|reserva|cita|encargo|compra|заказ|бронь|бронирование|запись|покупка|bestellung|buchung|reservierung|termin|auftrag|kauf|encomenda|reserva|commande|ordine|замовлення|бронювання|запис|покупка';
const CONFIRMED = new RegExp(
	`(?<!\\p{L})(?:${ORDER_NOUN})(?!\\p{L}).{0,40}?(?<!\\p{L})(?:confirmed|booked|reserved|secured|finalized|finalised|complete|completed|all set|confirmad[oa]|reservad[oa]|completad[oa]|подтвержден[аоы]?|забронирован[аоы]?|выполнен[аоы]?|підтверджен[аеоі]?|заброньован[аеоі]?|виконан[аеоі]?|bestatigt|gebucht|reserviert|gesichert|abgeschlossen|erledigt|confirmee?|confermato)(?!\\p{L})|` +
		wordsSource('you\'re booked', 'you are booked', 'i\'ve booked', 'i have booked', 'we\'ve booked', 'we have booked', 'is booked', 'are booked', 'been booked', 'i\'ve reserved', 'i have reserved', 'we have reserved', 'we\'ve reserved', 'been reserved', 'he reservado', 'hemos reservado', 'queda reservad*', 'te he reservado', 'está reservad*', 'забронировал*', 'забронировали', 'вы записаны', 'записал вас', 'записала вас', 'записали вас', 'ich habe gebucht', 'wir haben gebucht', 'забронював*', 'забронювал*', 'ви записані', 'записав вас', 'записала вас', 'записали вас', 'заброньовано', 'für sie gebucht', 'für sie reserviert', 'habe * gebucht', 'haben * gebucht', 'habe * reserviert', 'haben * reserviert', 'sie sind gebucht', 'ist gebucht', 'ist reserviert', 'sind gebucht', 'sind reserviert'),
	'u',
);
const PLACED = new RegExp(
	`(?<!\\p{L})(?:${ORDER_NOUN})(?!\\p{L}).{0,30}?(?<!\\p{L})(?:placed|accepted|registered|received|realizad[oa]|registrad[oa]|aceptad[oa]|recibid[oa]|оформлен[аоы]?|принят[аоы]?|создан[аоы]?|зарегистрирован[аоы]?|оформлен[аеоі]?|прийнят[аеоі]?|створен[аеоі]?|зареєстрован[аеоі]?|aufgegeben|angenommen|eingegangen|registriert|aufgenommen|registad[oa])(?!\\p{L})`,
	'u',
);
const ON_ITS_WAY = words(
	'on its way', 'on the way', 'out for delivery', 'has been shipped', 'have been shipped', 'was shipped', 'has shipped', 'has been dispatched', 'was dispatched', 'has been sent', 'have been sent', 'was sent', 'has been delivered', 'have been delivered', 'was delivered', 'already delivered', 'already shipped', 'already sent', 'we\'ve shipped', 'we have shipped', 'we shipped', 'we delivered', 'courier has left', 'courier is on',
	'en camino', 'ha sido enviad*', 'han sido enviad*', 'fue enviad*', 'ya enviad*', 'ya ha salido', 'se ha enviado', 'hemos enviado', 'ha sido entregad*', 'fue entregad*', 'ya entregad*', 'en reparto', 'pedido enviado', 'pedido entregado',
	'в пути', 'уже отправ*', 'отправлен', 'отправлено', 'отправлены', 'отправили', 'доставлен', 'доставлена', 'доставлено', 'доставили', 'передан курьеру', 'передали курьеру', 'курьер выехал', 'курьер уже', 'уже едет', 'уже везут', 'unterwegs', 'wurde versandt', 'wurde geliefert', 'a caminho', 'foi enviado', 'foi entregue', 'en route', 'a été expédié',
	'у дорозі', 'в дорозі', 'вже відправ*', 'відправлен*', 'надіслано', 'відправили', 'доставлен*', 'доставили', 'передано кур\'єру', 'передали кур\'єру', 'кур\'єр виїхав', 'кур\'єр уже', 'кур\'єр вже', 'уже їде', 'вже їде', 'вже везуть', 'уже везуть', 'wurde versendet', 'wurde verschickt', 'wurde zugestellt', 'wurde losgeschickt', 'ist versandt', 'ist versendet', 'ist verschickt', 'haben wir verschickt', 'haben wir versendet', 'wir haben geliefert', 'bereits geliefert', 'schon geliefert', 'bereits verschickt', 'schon verschickt', 'schon unterwegs', 'an den kurier übergeben', 'kurier ist',
);
const REFUNDED = words(
	'refund has been', 'refund was', 'been refunded', 'was refunded', 'we refunded', 'we\'ve refunded', 'we have refunded', 'i\'ve refunded', 'i have refunded', 'refund is approved', 'refund approved', 'refund issued', 'refund is on', 'full refund', 'money back', 'we will refund', 'we\'ll refund', 'i will refund', 'i\'ll refund',
	'reembolso ha sido', 'reembolso fue', 'reembolsado', 'hemos reembolsado', 'reembolso aprobado', 'reembolso completo', 'te devolveremos', 'le devolveremos', 'devolveremos el dinero', 'devolución aprobada',
	'возврат оформлен', 'возврат одобрен', 'возврат выполнен', 'деньги возвращены', 'деньги вернутся', 'мы вернули', 'вернули деньги', 'вернем деньги', 'вернём деньги', 'полный возврат', 'возместим', 'rückerstattung erfolgt', 'rückerstattet', 'reembolsamos',
	'повернення оформлен*', 'повернення схвален*', 'повернення виконан*', 'гроші повернут*', 'кошти повернут*', 'гроші повернуться', 'ми повернули', 'повернули гроші', 'повернули кошти', 'повернемо гроші', 'повернемо кошти', 'повне повернення', 'відшкодуємо', 'geld zurückerstattet', 'haben erstattet', 'wurde erstattet', 'wurde zurückerstattet', 'ist erstattet', 'rückerstattung wurde', 'rückerstattung ist unterwegs', 'rückerstattung genehmigt', 'rückerstattung veranlasst', 'volle rückerstattung', 'vollständige rückerstattung', 'geld zurück', 'erstatten ihnen', 'erstatten wir', 'wir erstatten', 'ich erstatte', 'rückerstattung erhalten',
);
const CANCELLED = words('order has been cancelled', 'order has been canceled', 'order was cancelled', 'order is cancelled', 'i\'ve cancelled your order', 'i have cancelled', 'we\'ve cancelled your order', 'pedido cancelado', 'pedido ha sido cancelado', 'hemos cancelado', 'he cancelado', 'reserva cancelada', 'заказ отменен', 'отменил заказ', 'отменила заказ', 'отменили заказ', 'бронь отменена', 'bestellung storniert', 'замовлення скасован*', 'скасував замовлення', 'скасувала замовлення', 'скасували замовлення', 'бронювання скасован*', 'bestellung ist storniert', 'bestellung wurde storniert', 'habe ihre bestellung storniert', 'haben ihre bestellung storniert', 'buchung storniert', 'buchung wurde storniert', 'bestellung ist abgesagt');

const BOOKING_NOUN = 'appointment|booking|reservation|cita|reserva|запис\\p{L}*|брон\\p{L}*|визит\\p{L}*|візит\\p{L}*|termin|buchung|reservierung';
/** Claims about what is booked already, whatever the order's state. */
const BOOKING_CANCELLED = aboutBooking('cancel(?:l)?ed|cancelad[oa]|anulad[oa]|отменен[аоы]?|отменил[аи]?|скасован[аоеи]?|скасував|скасувал[аи]|storniert|abgesagt');
const BOOKING_MOVED = aboutBooking('moved|rescheduled|movid[oa]|cambiad[oa]|reprogramad[oa]|aplazad[oa]|перенесен[аоы]?|перенес|перенесл[аи]|переніс|verschoben|umgebucht|verlegt');

function aboutBooking(done: string): RegExp {
	return new RegExp(`(?<!\\p{L})(?:${BOOKING_NOUN})(?!\\p{L}).{0,40}?(?<!\\p{L})(?:${done})(?!\\p{L})|(?<!\\p{L})(?:${done})(?!\\p{L}).{0,40}?(?<!\\p{L})(?:${BOOKING_NOUN})(?!\\p{L})`, 'u');
}

interface StateClaim {
	readonly code: ViolationCode;
	readonly pattern: RegExp;
	readonly holds: (facts: AgentFacts, draft: Draft) => boolean;
	readonly instruction: string;
}

const isPaid = ({ order, session }: AgentFacts): boolean => order?.status === 'paid' || (order?.paymentStatus === 'paid' && order.status !== 'cancelled') || session.paymentStatus === 'paid';
const isConfirmed = (facts: AgentFacts, draft: Draft): boolean => isPaid(facts) || facts.bookings.length > 0 || facts.order?.status === 'confirmed' || (draft.order.commits && draft.order.price.totalCents === 0);

const CLAIMS: readonly StateClaim[] = [
	{ code: 'payment_state_not_in_facts', pattern: PAYMENT_ARRIVED, holds: isPaid, instruction: 'No payment has arrived for this order. Only order events say so.' },
	{ code: 'payment_state_not_in_facts', pattern: PAYMENT_SEEN, holds: isPaid, instruction: 'No payment is visible. Only order events say so.' },
	{ code: 'payment_state_not_in_facts', pattern: PAID, holds: isPaid, instruction: 'The order is not paid. Only order events say so.' },
	{ code: 'order_state_not_in_facts', pattern: CONFIRMED, holds: isConfirmed, instruction: 'Nothing is confirmed or booked yet.' },
	{ code: 'order_state_not_in_facts', pattern: PLACED, holds: (facts, draft) => isConfirmed(facts, draft) || draft.order.commits || draft.order.withheld || facts.order?.status === 'awaiting_payment' || facts.order?.status === 'payment_on_its_way', instruction: 'No order has been placed yet.' },
	{ code: 'order_state_not_in_facts', pattern: ON_ITS_WAY, holds: () => false, instruction: 'Nothing is known about where the order is.' },
	{ code: 'order_state_not_in_facts', pattern: REFUNDED, holds: () => false, instruction: 'Refunds are not made or promised here; give the refund contact or hand over.' },
	{ code: 'order_state_not_in_facts', pattern: CANCELLED, holds: ({ order }, { change }) => order?.status === 'cancelled' || order?.status === 'expired' || change.change?.action === 'cancel', instruction: 'The order has not been cancelled.' },
	{ code: 'order_state_not_in_facts', pattern: BOOKING_CANCELLED, holds: (_facts, { change }) => change.change?.action === 'cancel', instruction: 'The booking has not been cancelled: that takes booking_change.' },
	{ code: 'order_state_not_in_facts', pattern: BOOKING_MOVED, holds: (_facts, { change }) => change.change?.action === 'move', instruction: 'The booking has not been moved: that takes booking_change and a free slot.' },
];

/** Rules 1 and 13: what the answer says about payments, orders and bookings is what the order events say. */
export const stateRule: Rule = (facts, draft) =>
	draft.answer.sentences.flatMap((sentence) => [
		...promised(sentence),
		...assertions(sentence).flatMap((statement) => {
			const text = statement.replace(LINKS, ' ').replace(PAID_IDIOM, ' ');
			const broken = CLAIMS.find(({ pattern, holds }) => pattern.test(text) && !holds(facts, draft) && !isInTexts(pattern, sentence, draft));
			return broken === undefined || LINK.test(statement) ? [] : [violation(broken.code, `"${readable(sentence)}": ${broken.instruction}`)];
		}),
	]);

/** What isn't ours to promise, not even for later: money back, a courier. */
const PROMISED = words(
	'get your money back', 'have your money back', 'receive your money back', 'get a refund', 'receive a refund', 'receive your refund', 'get your refund', 'recibirá* el reembolso', 'recibirás el reembolso', 'recibirá* tu dinero', 'recuperarás tu dinero', 'деньги вернутся', 'получите деньги обратно', 'получите возврат', 'вернем вам деньги',
	'va en camino', 'está en camino', 'ya va en camino',
	'гроші повернуться', 'отримаєте гроші назад', 'отримаєте повернення', 'повернемо вам гроші', 'повернемо вам кошти', 'bekommen ihr geld zurück', 'bekommen sie ihr geld zurück', 'erhalten ihr geld zurück', 'erhalten sie ihr geld zurück', 'erhalten eine rückerstattung', 'erhalten sie eine rückerstattung', 'bekommen eine rückerstattung', 'ist unterwegs zu ihnen', 'вже в дорозі',
);

function promised(sentence: Sentence) {
	const told = statementsOf(sentence.claims.text).some((statement) => PROMISED.test(statement) && !sentence.question && !isNegated(statement) && !CONDITION.test(statement));
	return told ? [violation('order_state_not_in_facts', `"${readable(sentence)}": neither a refund nor a courier is ours to promise. Give the refund contact or hand over.`)] : [];
}

/** Rule 13: a link is promised only when one follows or one is open. */
export const linkRule: Rule = (facts, draft) => {
	const follows = draft.order.commits && draft.order.price.totalCents > 0;
	const isOpen = facts.order?.status === 'awaiting_payment' && facts.order.paymentUrl !== '';
	if (follows || isOpen) return [];
	return draft.answer.sentences.flatMap((sentence) => {
		const promised = statementsOf(sentence.claims.text).filter((statement) => {
			if (!LINK.test(statement) || isNegated(statement) || sentence.question) return false;
			// With nothing that could follow, even a later link is a promise that can't be kept.
			if (draft.order.withheld) return true;
			return LINK_GIVEN.test(statement) && !CONDITION.test(sentence.claims.text) && !FUTURE.test(sentence.claims.text);
		});
		return promised.slice(0, 1).map(() => violation('link_not_available', `"${readable(sentence)}": no payment link goes out with this answer.`));
	});
};

/** Statements that claim something: not questions, not denied, not about what comes later. */
function assertions({ claims: { text }, question }: Sentence): string[] {
	const statements = statementsOf(text);
	return statements.filter((statement, index) => !(question && index === statements.length - 1) && !isNegated(statement) && !CONDITION.test(statement) && !FUTURE.test(statement));
}

/** "Free cancellation, full refund" in an item's own text. */
function isInTexts(pattern: RegExp, { mentions }: Sentence, { answer, asks }: Draft): boolean {
	const scope = mentions.length > 0 ? mentions.flatMap(({ items }) => items) : answer.subjects;
	return scope.some((item) => pattern.test(itemFacts(item, asks).text));
}
