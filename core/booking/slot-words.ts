import { spellings } from '../agent/reading/lexicon.ts';

/**
 * The words by which customers say when, in English, Spanish, Russian, Ukrainian and German together: people mix languages, and a short message
 * rarely shows which one it is. Written as their speakers write them; matched without case and accents. A list, not a grammar.
 */

/** A pattern's source that matches any of the phrases as whole words, longest first; a space stands for any space. */
export function anyOf(phrases: readonly string[]): string {
	const spelled = [...new Set(phrases.flatMap(spellings))].sort((a, b) => b.length - a.length);
	return `(?:${spelled.map((phrase) => phrase.replace(/[.?+()[\]{}|\\^$]/gu, '\\$&').replaceAll(' ', '\\s+')).join('|')})`;
}

/** Whole words only. */
export const WORD_START = "(?<![\\p{L}\\p{N}'])";
export const WORD_END = "(?![\\p{L}\\p{N}])";

/** By weekday, Monday first. German abbreviations of two letters are words of other languages: see `GERMAN_DAYS`. */
export const WEEKDAY_WORDS: readonly (readonly string[])[] = [
	['monday', 'mondays', 'mon', 'lunes', 'lun', 'понедельник', 'понедельника', 'понедельнику', 'пн', 'понеділок', 'понеділка', 'понеділку', 'montag', 'montags'],
	['tuesday', 'tuesdays', 'tue', 'tues', 'martes', 'вторник', 'вторника', 'вторнику', 'вт', 'вівторок', 'вівторка', 'вівторку', 'dienstag', 'dienstags'],
	['wednesday', 'wednesdays', 'wed', 'miércoles', 'mié', 'среда', 'среду', 'среды', 'среде', 'ср', 'середа', 'середу', 'середи', 'середі', 'mittwoch', 'mittwochs'],
	['thursday', 'thursdays', 'thu', 'thur', 'thurs', 'jueves', 'jue', 'четверг', 'четверга', 'четвергу', 'чт', 'четвер', 'четверга', 'donnerstag', 'donnerstags'],
	['friday', 'fridays', 'fri', 'viernes', 'vie', 'пятница', 'пятницу', 'пятницы', 'пятнице', 'пт', "п'ятниця", "п'ятницю", "п'ятниці", 'freitag', 'freitags'],
	['saturday', 'saturdays', 'sat', 'sábado', 'sáb', 'суббота', 'субботу', 'субботы', 'субботе', 'сб', 'субота', 'суботу', 'суботи', 'суботі', 'samstag', 'samstags', 'sonnabend'],
	['sunday', 'sundays', 'sun', 'domingo', 'dom', 'воскресенье', 'воскресенья', 'вс', 'неділя', 'неділю', 'неділі', 'нд', 'sonntag', 'sonntags'],
];
export const GERMAN_DAYS = ['mo', 'di', 'mi', 'do', 'fr', 'sa', 'so'] as const;

/** By days from today. */
export const RELATIVE_DAYS: readonly (readonly string[])[] = [
	['today', 'tonight', 'hoy', 'esta tarde', 'esta noche', 'esta mañana', 'сегодня', 'сьогодні', 'heute'],
	['tomorrow', 'tmrw', 'tmr', 'mañana', 'завтра', 'morgen'],
	['day after tomorrow', 'the day after tomorrow', 'pasado mañana', 'послезавтра', 'післязавтра', 'übermorgen'],
];
export const DAYS_FROM_NOW = ['in # days', 'in # day', 'dentro de # días', 'en # días', 'через # дня', 'через # дней', 'через # день', 'через # дні', 'через # днів', 'in # tagen', 'in # tag'];
export const IN_A_WEEK = ['in a week', 'a week from today', 'en una semana', 'dentro de una semana', 'через неделю', 'через тиждень', 'in einer woche'];
export const NEXT_WEEK = ['next week', 'the following week', 'la próxima semana', 'próxima semana', 'la semana que viene', 'semana que viene', 'следующей неделе', 'следующую неделю', 'наступного тижня', 'наступний тиждень', 'наступному тижні', 'nächste woche', 'nächster woche', 'kommende woche', 'kommender woche'];
export const THIS_WEEK = ['this week', 'esta semana', 'этой неделе', 'цього тижня', 'цьому тижні', 'diese woche', 'dieser woche'];
export const WEEKEND = ['weekend', 'fin de semana', 'finde', 'выходные', 'выходных', 'вихідні', 'вихідних', 'wochenende'];
/** Before a weekday: of this week or of the one after, people don't agree which. */
export const NEXT = ['next', 'próximo', 'próxima', 'que viene', 'следующий', 'следующую', 'следующее', 'следующая', 'наступний', 'наступну', 'наступного', 'наступної', 'nächsten', 'nächster', 'nächste', 'kommenden', 'kommender'];

export const MONTH_WORDS: readonly (readonly string[])[] = [
	['january', 'jan', 'enero', 'ene', 'января', 'январь', 'янв', 'січня', 'січень', 'січ', 'januar', 'jän', 'jänner'],
	['february', 'feb', 'febrero', 'февраля', 'февраль', 'февр', 'фев', 'лютого', 'лютий', 'лют', 'februar'],
	['march', 'mar', 'marzo', 'марта', 'март', 'мар', 'березня', 'березень', 'бер', 'märz', 'mär'],
	['april', 'apr', 'abril', 'abr', 'апреля', 'апрель', 'апр', 'квітня', 'квітень', 'квіт'],
	['may', 'mayo', 'мая', 'май', 'травня', 'травень', 'трав', 'mai'],
	['june', 'jun', 'junio', 'июня', 'июнь', 'июн', 'червня', 'червень', 'черв', 'juni'],
	['july', 'jul', 'julio', 'июля', 'июль', 'июл', 'липня', 'липень', 'лип', 'juli'],
	['august', 'aug', 'agosto', 'ago', 'августа', 'август', 'авг', 'серпня', 'серпень', 'серп'],
	['september', 'sept', 'sep', 'septiembre', 'сентября', 'сентябрь', 'сент', 'сен', 'вересня', 'вересень', 'вер'],
	['october', 'oct', 'octubre', 'октября', 'октябрь', 'окт', 'жовтня', 'жовтень', 'жовт', 'oktober', 'okt'],
	['november', 'nov', 'noviembre', 'ноября', 'ноябрь', 'нояб', 'листопада', 'листопад', 'лист'],
	['december', 'dec', 'diciembre', 'dic', 'декабря', 'декабрь', 'дек', 'грудня', 'грудень', 'груд', 'dezember', 'dez'],
];

/** Parts of a day in minutes after midnight, from and to; night is two. In order: what holds another one's words comes first. */
export const DAY_PARTS: readonly { readonly ranges: readonly (readonly [number, number])[]; readonly words: readonly string[] }[] = [
	{ ranges: [[12 * 60, 12 * 60 + 1]], words: ['noon', 'midday', 'at noon', 'al mediodía', 'mediodía', 'полдень', 'в полдень', 'опівдні', 'mittags', 'zu mittag', 'am mittag', 'mittag'] },
	{ ranges: [[0, 1], [24 * 60 - 1, 24 * 60]], words: ['midnight', 'medianoche', 'полночь', 'в полночь', 'опівночі', 'mitternacht'] },
	{ ranges: [[12 * 60, 18 * 60]], words: ['afternoon', 'in the afternoon', 'after lunch', 'днем', 'дня', 'после обеда', 'вдень', 'після обіду', 'nachmittag', 'am nachmittag', 'nachmittags'] },
	{ ranges: [[12 * 60, 21 * 60]], words: ['por la tarde', 'de la tarde', 'a la tarde', 'tarde'] },
	{ ranges: [[3 * 60, 12 * 60]], words: ['morning', 'in the morning', 'por la mañana', 'de la mañana', 'a la mañana', 'por las mañanas', 'утром', 'утра', 'с утра', 'до обеда', 'вранці', 'зранку', 'ранку', 'до обіду', 'morgens', 'am morgen', 'vormittag', 'vormittags', 'am vormittag', 'in der früh', 'früh'] },
	{ ranges: [[17 * 60, 24 * 60]], words: ['evening', 'in the evening', 'вечером', 'вечера', 'ввечері', 'увечері', 'вечора', 'abend', 'abends', 'am abend'] },
	{ ranges: [[18 * 60, 24 * 60], [0, 5 * 60]], words: ['night', 'at night', 'por la noche', 'de la noche', 'a la noche', 'noche', 'ночью', 'ночи', 'вночі', 'ночі', 'nachts', 'in der nacht'] },
];
/** "Heute morgen" is this morning, "morgen früh" is tomorrow's: what must not be read word by word. */
export const MORNING_OF = { today: ['heute morgen', 'heute früh', 'esta mañana', 'this morning'], tomorrow: ['morgen früh', 'morgen vormittag'] } as const;
export const EVENING_OF_TODAY = ['tonight', 'esta noche'];
export const AFTERNOON_OF_TODAY = ['esta tarde'];

/** Not of this list: "my first time here". */
export const OTHER_TIMES = ['first time', 'last time', 'second time', 'primera vez', 'última vez', 'segunda vez', 'первый раз', 'последний раз', 'второй раз', 'в прошлый раз', 'перший раз', 'останній раз', 'другий раз', 'вперше', 'минулого разу', 'erste mal', 'ersten mal', 'letzte mal', 'letztes mal', 'zweite mal'];

/** Before a time of day: what follows is an hour. */
export const AT = ['at', 'around', 'about', '@', 'a las', 'a la', 'para las', 'sobre las', 'las', 'в', 'во', 'на', 'около', 'к', 'о', 'об', 'у', 'близько', 'um', 'gegen', 'ca'];
export const AFTER = ['after', 'from', 'not before', 'no earlier than', 'later than', 'después de las', 'después de la', 'a partir de las', 'a partir de la', 'desde las', 'no antes de las', 'más tarde de las', 'после', 'с', 'не раньше', 'не ранее', 'позже', 'після', 'з', 'від', 'не раніше', 'пізніше', 'ab', 'nach', 'nicht vor', 'frühestens um', 'frühestens'];
export const BEFORE = ['before', 'until', 'till', 'by', 'no later than', 'not later than', 'earlier than', 'antes de las', 'antes de la', 'hasta las', 'no más tarde de las', 'до', 'не позже', 'не позднее', 'раньше', 'не пізніше', 'раніше', 'vor', 'bis', 'spätestens um', 'spätestens', 'nicht später als'];
export const BETWEEN = ['between', 'from', 'entre las', 'entre', 'de', 'desde las', 'с', 'от', 'между', 'з', 'від', 'між', 'zwischen', 'von'];
export const AND_TO = ['and', 'to', 'till', 'until', 'y las', 'y', 'a las', 'a', 'hasta las', 'и', 'до', 'по', 'і', 'й', 'та', 'und', 'bis'];
/** After an hour. Those of `HOURS_LONG` may tell how long as well. */
export const OCLOCK = ["o'clock", 'oclock', 'hrs', 'uhr'];
export const HOURS_LONG = ['часов', 'часа', 'час', 'ч', 'годин', 'години', 'годину', 'година', 'год', 'horas', 'hora', 'hs', 'h'];
export const AM = ['am', 'a.m.', 'a.m'];
export const PM = ['pm', 'p.m.', 'p.m'];
/** With the hour before: "half past ten", "diez y media". With the one after: "halb elf", «половина одиннадцатого». */
export const HALF_PAST = ['half past', 'half'];
export const AND_HALF = ['y media'];
export const HALF_TO = ['halb', 'половина', 'половине', 'половину', 'пол', 'пів на', 'о пів на', 'пів'];
export const QUARTER_PAST = ['quarter past', 'a quarter past', 'viertel nach', 'чверть по', 'чверть на'];
export const QUARTER_TO = ['quarter to', 'a quarter to', 'viertel vor', 'без четверти', 'за чверть'];
export const AND_QUARTER = ['y cuarto'];
export const LESS_QUARTER = ['menos cuarto'];

/** Hours as they are said with an ordinal: «о десятій», «половина одиннадцатого». From one o'clock on. */
export const HOUR_ORDINALS: readonly (readonly string[])[] = [
	['первого', 'першій', 'першу'], ['второго', 'другій', 'другу'], ['третьего', 'третій', 'третю'], ['четвертого', 'четвертій', 'четверту'], ['пятого', "п'ятій", "п'яту"], ['шестого', 'шостій', 'шосту'],
	['седьмого', 'сьомій', 'сьому'], ['восьмого', 'восьмій', 'восьму'], ['девятого', "дев'ятій", "дев'яту"], ['десятого', 'десятій', 'десяту'], ['одиннадцатого', 'одинадцятій', 'одинадцяту'], ['двенадцатого', 'дванадцятій', 'дванадцяту'],
];

export const INDEX_BEFORE = ['number', 'no.', 'nr', 'nr.', '#', '№', 'option', 'variant', 'slot', 'número', 'opción', 'номер', 'вариант', 'варіант', 'слот', 'nummer'];
export const LAST = ['last one', 'the last', 'last', 'último', 'última', 'el último', 'la última', 'последний', 'последнюю', 'последнее', 'последняя', 'останній', 'останню', 'останнє', 'остання', 'letzte', 'letzten', 'letzter', 'letztes'];
export const EARLIEST = ['first available', 'first free', 'next available', 'primer hueco', 'primera disponible', 'primero disponible', 'primera hora disponible', 'первое свободное', 'первый свободный', 'первую свободную', 'перший вільний', 'перше вільне', 'erste freie', 'ersten freien', 'erster freier', 'earliest', 'soonest', 'as soon as possible', 'asap', 'as early as possible', 'lo antes posible', 'cuanto antes', 'el más temprano', 'самое раннее', 'самый ранний', 'самую раннюю', 'как можно раньше', 'как можно скорее', 'ближайшее', 'ближайший', 'найраніше', 'найраніший', 'якнайшвидше', 'якомога раніше', 'найближчий', 'найближче', 'frühesten', 'früheste', 'frühester', 'so früh wie möglich', 'so bald wie möglich', 'schnellstmöglich'];
export const LATEST = ['latest', 'as late as possible', 'el más tarde', 'lo más tarde posible', 'самое позднее', 'самый поздний', 'найпізніше', 'найпізніший', 'spätester', 'späteste', 'spätesten', 'so spät wie möglich'];
export const ANY = ['any', 'any of them', 'anytime', 'whichever', 'whatever', "doesn't matter", "don't mind", 'either', 'cualquiera', 'cualquier', 'me da igual', 'da igual', 'любой', 'любое', 'любую', 'все равно', 'без разницы', 'будь-який', 'будь-яке', 'будь-яку', 'байдуже', 'все одно', 'egal', 'irgendeine', 'irgendeinen', 'irgendwann'];
export const OR = ['or', 'o', 'u', 'или', 'либо', 'або', 'чи', 'oder'];
/** Words after which, and before which, in the same part of a sentence, something isn't wanted. */
export const NOT = ['not', 'no', "can't", 'cant', 'cannot', "doesn't", 'doesnt', "isn't", "won't", 'except', 'any day but', 'any time but', 'any but', 'anything but', 'tampoco', 'excepto', 'menos', 'salvo', 'не', 'нет', 'кроме', 'ні', 'окрім', 'крім', 'nicht', 'kein', 'keine', 'keinen', 'außer'];
/** Where one part of a sentence ends without a mark. */
export const BUT = ['but', 'rather', 'better', 'instead', 'pero', 'sino', 'mejor', 'но', 'а', 'лучше', 'але', 'краще', 'aber', 'sondern', 'lieber', 'besser'];
/** What a choice is wrapped in; a bare number beside other words counts those. */
export const FILLERS = ['please', 'pls', 'yes', 'ok', 'okay', 'fine', 'good', 'great', 'perfect', 'sure', 'take', 'book', 'reserve', 'choose', 'pick', 'works', 'work', 'suits', 'time', 'one', 'hi', 'hello', 'thanks', 'thank', 'prefer', "let's", 'go', 'with', "i'll", "i'd", 'like', 'me', 'for', 'on', 'st', 'nd', 'rd', 'th', 'then', 'por', 'favor', 'vale', 'perfecto', 'bien', 'reserva', 'reservar', 'resérvame', 'elijo', 'escojo', 'prefiero', 'hora', 'sí', 'gracias', 'hola', 'me', 'viene', 'va', 'да', 'давайте', 'давай', 'хорошо', 'подходит', 'подойдет', 'запишите', 'запиши', 'забронируйте', 'бронируйте', 'выбираю', 'беру', 'время', 'пожалуйста', 'спасибо', 'числа', 'так', 'добре', 'підходить', 'підійде', 'запишіть', 'забронюйте', 'обираю', 'вибираю', 'час', 'будь', 'ласка', 'дякую', 'ja', 'gut', 'gerne', 'passt', 'bitte', 'nehme', 'nehmen', 'buchen', 'buche', 'reservieren', 'wähle', 'danke', 'termin', 'uhrzeit', 'cita', 'turno', 'appointment', 'запись', 'запис', 'sharp', 'exactly', 'en', 'punto', 'ровно', 'рівно', 'genau', 'punkt'];
/** A number with one of these tells a price, a share. */
export const MONEY = ['eur', 'euro', 'euros', 'usd', 'евро', 'євро', 'грн', 'руб'];
/** «На двух», "for dos": forms that count people and never tell an hour. */
export const COUNTS_ONLY = ['двух', 'трех', 'двох', 'двоє', 'трьох', 'пара', 'пару', 'couple', 'paar', 'par', 'одного', 'одной', 'однієї', 'ein', 'eine', 'einen', 'einem', 'einer', 'un'];
export const ONE_ALONE = ['one', 'uno', 'una', 'один', 'одна', 'eins'];
/** Small words that count nothing. "People" and "pieces" are not among them. */
export const SMALL_WORDS = ['the', 'a', 'an', 'i', 'it', 'is', 'to', 'we', 'you', 'of', 'that', 'this', 'can', 'could', 'will', 'would', 'do', 'at', 'in', 'and', 'el', 'la', 'los', 'las', 'lo', 'un', 'es', 'de', 'del', 'en', 'para', 'y', 'yo', 'que', 'se', 'puede', 'puedo', 'я', 'мне', 'мы', 'нам', 'в', 'во', 'на', 'у', 'это', 'и', 'можно', 'мені', 'ми', 'це', 'та', 'і', 'можна', 'нехай', 'хай', 'пусть', 'будет', 'буде', 'der', 'die', 'das', 'den', 'dem', 'ich', 'wir', 'mir', 'uns', 'um', 'am', 'im', 'und', 'wäre', 'ist', 'geht', 'kann', 'dann', 'uhr'];
