import type { Rule } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable, scopeOf } from './sentences.ts';
import { saidOfSlots } from './slots.ts';
import { isNegated, words } from './text/lexicon.ts';
import { statementsOf } from './text/segments.ts';
import { violation } from './violation.ts';

const PROMISE = words(
	'you will have', 'you\'ll have', 'have it', 'with you', 'get it', 'tendrá*', 'tendrás', 'recibirá*', 'recibirás', 'получите', 'будет у вас', 'будут у вас', 'deliver*', 'arriv*', 'ship*', 'bring*', 'come', 'comes', 'book*', 'reserv*', 'available', 'confirm*', 'open', 'opens', 'start*', 'begin*', 'take place', 'takes place', 'held', 'schedul*', 'ready', 'valid', 'every', 'cada', 'se celebra', 'кажд*', 'проход*', 'jeden',
	'entrega*', 'llega*', 'envia*', 'lleva*', 'disponible*', 'confirm*', 'abr*', 'empieza*', 'listo', 'válid*', 'reserv*',
	'достав*', 'привез*', 'приед*', 'прибуд*', 'доступн*', 'подтвержд*', 'забронир*', 'записал*', 'открыт*', 'начал*', 'начина*', 'работа*', 'готов*', 'действу*', 'жд*',
	'liefer*', 'verfügbar', 'geöffnet', 'beginn*', 'entreg*', 'cheg*', 'disponív*', 'livr*', 'bereit', 'until', 'hasta', 'до', 'bis',
	'отримаєте', 'буде у вас', 'будуть у вас', 'доставл*', 'привезе*', 'приїде*', 'прибуде*', 'доступн*', 'підтвердж*', 'заброньов*', 'записал*', 'записав', 'відкрит*', 'відчинен*', 'почина*', 'розпочн*', 'працю*', 'готов*', 'діє', 'кожн*', 'щодня', 'щотижня', 'відбува*', 'проходить', 'чека*', 'bekommen', 'erhalten sie', 'kommt', 'kommen', 'haben sie es', 'ist da', 'gebucht', 'reserviert', 'bestätigt', 'startet', 'findet statt', 'fängt an', 'jeden', 'jede', 'täglich', 'wöchentlich', 'gültig', 'fertig',
);

/** Rule 1: dates, days and times of day are in the item's texts; the customer's own may be repeated, not promised. */
export const dateRule: Rule = (facts, draft) =>
	draft.answer.sentences.flatMap((sentence) => {
		const { claims } = sentence;
		const said = saidOfSlots(facts, draft, sentence);
		const wrong = [...claims.dates, ...claims.times].filter(({ written, at }) => {
			const word = written.trim();
			if (scopeOf(sentence, draft.answer.subjects).some((item) => itemFacts(item, draft.asks).text.includes(word))) return false;
			const isTold = said?.read.some((one) => one.at < at + written.length && at < one.end) === true;
			if (isTold && said?.allFit === true) return false;
			const statement = statementAt(claims.text, at);
			if (isTold && TAKEN.test(statement)) return false;
			// A time that isn't free is none to agree to, whoever named it.
			if (isTold && facts.schedule !== null && /\d/u.test(word) && !isNegated(statement) && !sentence.question) return true;
			const promised = PROMISE.test(statement) && !isNegated(statement) && !sentence.question;
			// "How can I help you today?" names no date.
			if (!/\d/u.test(word)) return promised && DELIVERY_OR_STATE.test(statement);
			return !draft.turn.includes(word) || promised;
		});
		return wrong.slice(0, 1).map(({ written }) => violation('date_not_in_facts', `"${written.trim()}" in "${readable(sentence)}": no such date or time is in the catalog. Promise none.`));
	});

/** "11:00 is taken": what is not free may be called so. */
const TAKEN = words('taken', 'occupied', 'gone', 'busy', 'full', 'ocupad*', 'completo', 'занят*', 'зайнят*', 'belegt', 'vergeben', 'ausgebucht', 'besetzt');

const DELIVERY_OR_STATE = words(
	'you will have', 'you\'ll have', 'have it', 'with you', 'get it', 'tendrá*', 'tendrás', 'recibirá*', 'recibirás', 'получите', 'будет у вас', 'будут у вас', 'deliver*', 'arriv*', 'ship*', 'bring', 'available', 'book*', 'open', 'opens', 'entrega*', 'llega*', 'enviamos', 'enviaremos', 'llevamos', 'disponible*', 'abrimos', 'reserv*', 'достав*', 'привез*', 'приед*', 'прибуд*', 'доступн*', 'забронир*', 'записал*', 'открыт*', 'работаем',
	'liefer*', 'verfügbar', 'geöffnet', 'entreg*', 'cheg*', 'disponív*', 'livr*', 'takes place', 'take place', 'every', 'held', 'starts', 'cada', 'se celebra', 'empieza', 'кажд*', 'проход*', 'начина*', 'jeden', 'confirmed', 'confirmad*', 'подтвержд*',
	'отримаєте', 'буде у вас', 'будуть у вас', 'доставл*', 'привезе*', 'приїде*', 'прибуде*', 'доступн*', 'заброньов*', 'записал*', 'відкрит*', 'відчинен*', 'працюємо', 'кожн*', 'щодня', 'відбува*', 'проходить', 'почина*', 'підтвердж*', 'bekommen sie', 'erhalten sie', 'kommt', 'haben sie es', 'ist da', 'gebucht', 'reserviert', 'bestätigt', 'findet statt', 'beginnt', 'startet', 'wir öffnen',
);

function statementAt(text: string, at: number): string {
	let start = 0;
	for (const statement of statementsOf(text)) {
		const found = text.indexOf(statement, start);
		start = found + statement.length;
		if (found <= at && at <= start) return statement;
	}
	return text;
}
