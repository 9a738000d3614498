import { priceCart } from '../../orders/price.ts';
import type { Rule } from './draft.ts';
import { readPhone } from '../reading/phone.ts';
import { needsPlace } from './items.ts';
import { words } from './text/lexicon.ts';
import { violation } from './violation.ts';

const ASKING = words('?', 'please', 'tell me', 'send me', 'share', 'provide', 'let me know', 'what', 'which', 'could you', 'may i', 'i need', 'we need', 'indícame', 'indíqueme', 'dime', 'dígame', 'envíame', 'facilít*', 'necesito', 'necesitamos', 'por favor', 'cuál', 'qué', 'напишите', 'укажите', 'подскажите', 'сообщите', 'пришлите', 'назовите', 'нужен', 'нужно', 'нужны', 'какой', 'как', 'пожалуйста', 'в какой', 'bitte', 'напишіть', 'вкажіть', 'підкажіть', 'повідомте', 'надішліть', 'назвіть', 'потрібен', 'потрібно', 'потрібні', 'який', 'яка', 'як', 'будь ласка', 'wie', 'welche*', 'nennen sie', 'schreiben sie', 'teilen sie', 'geben sie', 'ich brauche', 'wir brauchen', 'sagen sie');
const YOUR_PHONE = words('your phone', 'your phone number', 'phone number', 'contact number', 'telephone number', 'tu teléfono', 'su teléfono', 'número de teléfono', 'teléfono de contacto', 'un teléfono', 'номер телефона', 'ваш телефон', 'ваш номер', 'телефон для связи', 'контактный телефон', 'telefonnummer', 'номер телефону', 'ваш телефон', 'ваш номер', 'телефон для зв\'язку', 'контактний телефон', 'ihre nummer', 'ihre telefonnummer', 'eine telefonnummer', 'rufnummer', 'handynummer');
const YOUR_NAME = words('your name', 'recipient\'s name', 'recipient name', 'name of the recipient', 'full name', 'tu nombre', 'su nombre', 'nombre del destinatario', 'nombre completo', 'a nombre de quién', 'ваше имя', 'имя получателя', 'как вас зовут', 'ihren namen', 'dein name', 'ваше ім\'я', 'ім\'я отримувача', 'як вас звати', 'на чиє ім\'я', 'ihr name', 'ihren namen', 'wie heißen sie', 'name des empfängers', 'namen des empfängers', 'auf welchen namen');
const YOUR_CITY = words('у якому ви місті', 'у якому місті ви', 'в каком вы городе', 'in welcher stadt', 'en qué ciudad', 'which city', 'what city', 'your city', 'delivery city', 'city of delivery', 'where should we deliver', 'where to deliver', 'qué ciudad', 'tu ciudad', 'su ciudad', 'ciudad de entrega', 'cuál es la ciudad', 'какой город', 'в какой город', 'ваш город', 'город доставки', 'в каком городе', 'welche stadt', 'welcher stadt', 'яке місто', 'у яке місто', 'в яке місто', 'ваше місто', 'місто доставки', 'у якому місті', 'в якому місті', 'in welche stadt', 'lieferstadt', 'ihre stadt', 'wohin sollen wir', 'wohin dürfen wir');
const CORRECTION = words('correct', 'right', 'valid', 'again', 'complete', 'incorrect', 'invalid', 'missing', 'country code', 'confirm', 'correct?', 'correcto', 'válido', 'de nuevo', 'otra vez', 'completo', 'confirma*', 'código de país', 'prefijo', 'верно', 'правильн*', 'ещё раз', 'полностью', 'подтверд*', 'код страны', 'с кодом', 'ще раз', 'повністю', 'правильн*', 'підтверд*', 'код країни', 'з кодом', 'korrekt', 'richtig', 'noch einmal', 'vollständig', 'ländervorwahl', 'vorwahl', 'bestätig*', 'ungültig');

/** Rule 10: what is known is not asked again; nothing that is online is asked where. */
export const knownDetailRule: Rule = (facts, { answer, order, proposal }) => {
	// A detail that came in this turn and didn't hold may be asked for again.
	const rejected = order.violations.length > 0 || CORRECTION.test(answer.text.toLowerCase());
	return answer.sentences.flatMap((sentence) => {
		const text = sentence.claims.text;
		if (!sentence.question && !ASKING.test(text)) return [];
		// Of an order that isn't there yet, what the answer is about.
		const about = order.lines.length > 0 ? order.lines.map(({ item }) => item) : answer.named;
		const allOnline = about.length > 0 && !about.some(needsPlace);
		if (allOnline && YOUR_CITY.test(text)) return [violation('asks_city_online', 'Everything in the order is online: a city is never asked for.')];
		if (rejected || proposal.handover !== null) return [];
		const known: string[] = [];
		if (YOUR_PHONE.test(text) && (order.phone !== '' || readPhone(facts.turn.text, false).kind === 'number')) known.push('phone');
		if (YOUR_NAME.test(text) && order.clientName !== '') known.push('name');
		if (YOUR_CITY.test(text) && order.city !== '' && order.lines.length > 0 && facts.session.city !== '') known.push('city');
		return known.map((detail) => violation('asks_known_detail', `The customer has already given the ${detail}: don't ask for it again.`));
	});
};

/** Rule 10: once the customer has committed, nothing else is offered in the same answer. */
export const otherItemRule: Rule = (_facts, { answer, order }) => {
	if (!order.commits || priceCart(order.lines).units === 0) return [];
	const ordered = new Set(order.lines.map(({ item }) => item.sku));
	const other = answer.sentences.flatMap(({ mentions }) => mentions).find(({ items }) => !items.some(({ sku }) => ordered.has(sku)));
	return other === undefined ? [] : [violation('other_item_at_checkout', `The customer has committed: take "${other.written}" out of the answer.`)];
};
