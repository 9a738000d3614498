import type { Catalog } from '../../catalog/catalog.ts';
import { generalDelivery, type Draft, type Rule, type Sentence } from './draft.ts';
import { itemFacts } from './item-facts.ts';
import { readable, scopeOf } from './sentences.ts';
import type { Duration } from './text/claims.ts';
import { DELIVERY, isNegated, words } from './text/lexicon.ts';
import { numbersIn } from './text/numbers.ts';
import { violation } from './violation.ts';

const REMIND = words('remind*', 'reminder*', 'recordat*', 'recordar*', 'напомн*', 'напомин*', 'erinner*', 'lembr*', 'нагада*', 'нагаду*', 'erinnerung*');

/** Rule 1: durations and delivery times are those of the item. */
export const durationRule: Rule = ({ catalog }, draft) =>
	draft.answer.sentences.flatMap((sentence) => {
		const impossible = VAGUE_DELIVERY.test(sentence.claims.text) && DELIVERY.test(sentence.claims.text) && !isNegated(sentence.claims.text) ? [sentence.claims.text] : [];
		const wrong = sentence.claims.durations.filter((duration) => !durationHolds(catalog, draft, sentence, duration)).map(({ written }) => written);
		return [...wrong, ...impossible, ...wordedDurations(draft, sentence)].slice(0, 1).map((written) =>
			violation('duration_not_in_facts', `"${written.trim().slice(0, 60)}" in "${readable(sentence)}" is no duration or delivery time of the catalog.`),
		);
	});

const VAGUE_DELIVERY = words(
	'immediate', 'immediately', 'right away', 'straight away', 'couple of hours', 'couple of days', 'couple of minutes', 'par de horas', 'par de días', 'par de minutos', 'inmediat*', 'de inmediato', 'enseguida', 'al instante', 'мгновенн*', 'моментальн*', 'немедленн*', 'сразу же', 'к вечеру', 'до вечера', 'к утру', 'к обеду', 'esta tarde', 'esta noche', 'este mediodía', 'this evening', 'this afternoon', 'this morning',
	'a few hours', 'few hours', 'several hours', 'a few days', 'few days', 'several days', 'some days', 'a few minutes', 'express', 'instantly', 'overnight', 'unas horas', 'pocas horas', 'varias horas', 'unos días', 'pocos días', 'varios días', 'unos minutos', 'urgente',
	'нескольк* часов', 'пару часов', 'пара часов', 'нескольк* дней', 'пару дней', 'нескольк* минут', 'экспресс*', 'einige stunden', 'wenige stunden', 'einige tage', 'algumas horas', 'alguns dias',
	'миттєв*', 'негайно', 'одразу', 'відразу', 'до вечора', 'до ранку', 'до обіду', 'за кілька годин', 'кільк* годин', 'декільк* годин', 'пару годин', 'пара годин', 'кільк* днів', 'декільк* днів', 'пару днів', 'кільк* хвилин', 'експрес*', 'термінов*', 'sofort', 'sofortige*', 'umgehend', 'augenblicklich', 'im handumdrehen', 'paar stunden', 'ein paar stunden', 'paar tage*', 'ein paar minuten', 'paar minuten', 'wenigen stunden', 'einigen stunden', 'mehrere* stunden', 'wenige* tage*', 'einige* tage*', 'mehrere* tage*', 'expresslieferung', 'per express', 'heute abend', 'bis zum abend', 'bis abends', 'über nacht',
);
const ONE_UNIT: ReadonlyArray<readonly [number, RegExp]> = [
	[60, words('within an hour', 'within the hour', 'in an hour', 'in one hour', 'en una hora', 'dentro de una hora', 'за час', 'через час', 'в течение часа', 'in einer stunde', 'innerhalb einer stunde', 'binnen einer stunde', 'em uma hora', 'за годину', 'через годину', 'протягом години', 'упродовж години')],
	[30, words('half an hour', 'half hour', 'media hora', 'полчаса', 'halbe stunde', 'halben stunde', 'meia hora', 'півгодини', 'пів години')],
	[1440, words('within a day', 'in a day', 'en un día', 'за день', 'за сутки', 'в течение дня', 'в течение суток', 'через день', 'in einem tag', 'innerhalb eines tages', 'binnen eines tages', 'em um dia', 'за добу', 'протягом дня', 'протягом доби', 'упродовж доби')],
	[10080, words('within a week', 'in a week', 'en una semana', 'за неделю', 'через неделю', 'в течение недели', 'in einer woche', 'innerhalb einer woche', 'em uma semana', 'за тиждень', 'через тиждень', 'протягом тижня')],
];

function wordedDurations(draft: Draft, sentence: Sentence): string[] {
	const { text } = sentence.claims;
	if (!DELIVERY.test(text) || isNegated(text)) return [];
	const known = new Set(scopeOf(sentence, draft.answer.subjects).flatMap((item) => [(item.deliveryTimeHours ?? -1) * 60, ...itemFacts(item, draft.asks).minutes]));
	return ONE_UNIT.filter(([minutes, pattern]) => pattern.test(text) && !known.has(minutes)).map(() => text);
}

function durationHolds(catalog: Catalog, draft: Draft, sentence: Sentence, duration: Duration): boolean {
	const { text } = sentence.claims;
	const asked = sentence.question && duration.values.some((value) => numbersIn(draft.turn).has(value));
	// "Einen Tag kann ich nicht versprechen": an article, and a denial.
	if (asked || (duration.values.every((value) => value === 1) && isNegated(sentence.claims.text))) return true;
	const isDelivery = DELIVERY.test(text);
	const general = isDelivery && sentence.mentions.length === 0 ? generalDelivery(catalog)?.minutes : null;
	if (general !== null && general !== undefined && duration.minutes.includes(general)) return true;
	const isReminder = REMIND.test(text);
	return scopeOf(sentence, draft.answer.subjects).some((item) => {
		const told = itemFacts(item, draft.asks);
		const fields = [item.deliveryTimeHours === null ? null : item.deliveryTimeHours * 60, isDelivery ? null : item.durationMinutes, isReminder && item.paymentReminderHours !== null ? item.paymentReminderHours * 60 : null];
		// "120 minutes" is how long the service itself takes.
		const inTexts = [...told.minutes].filter((value) => !isDelivery || value !== item.durationMinutes);
		const minutes = new Set([...fields.filter((value) => value !== null), ...inTexts]);
		// "over 16 years" in a text that says "over 16".
		return duration.minutes.some((value) => minutes.has(value)) || (duration.unit === 'year' && duration.values.some((value) => told.numbers.has(value)));
	});
}
