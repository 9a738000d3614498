import { plain } from './normalise.ts';
import { remembered } from '../../../remembered.ts';

/** A number as people write it: 59,90 · 1 234.50 · 1.234,50 · 1'234. */
export const NUMBER = "(?:\\d{1,3}(?:[ .,'´]\\d{3})+(?!\\d)(?:[.,]\\d{1,2}(?!\\d))?|\\d+(?:[.,]\\d{1,2}(?!\\d))?)";

/** What a written number may mean. "1.234" is ambiguous: both readings are returned. */
export function numberValues(written: string): number[] {
	const compact = written.replace(/[\s'´]/gu, '');
	const separators = compact.match(/[.,]/gu) ?? [];
	const last = separators.at(-1);
	if (last === undefined) return [Number(compact)];
	const tail = compact.slice(compact.lastIndexOf(last) + 1);
	const grouped = Number(compact.replace(/[.,]/gu, ''));
	const decimal = Number(`${compact.slice(0, compact.lastIndexOf(last)).replace(/[.,]/gu, '')}.${tail}`);
	if (tail.length < 3) return [decimal];
	return separators.length === 1 ? [grouped, decimal] : [grouped];
}

const GERMAN_ONES = ['', 'ein', 'zwei', 'drei', 'vier', 'fünf', 'sechs', 'sieben', 'acht', 'neun'] as const;
const GERMAN_TENS = ['zwanzig', 'dreißig', 'vierzig', 'fünfzig', 'sechzig', 'siebzig', 'achtzig', 'neunzig'] as const;
/** One word in German: "einundzwanzig", "zweihundert". */
const GERMAN_COMPOUNDS: Readonly<Record<string, number>> = Object.fromEntries(
	GERMAN_ONES.flatMap((one, ones) => (ones === 0 ? [] : [...GERMAN_TENS.map((ten, tens) => [`${one}und${ten}`, (tens + 2) * 10 + ones] as const), [`${one}hundert`, ones * 100] as const, [`${one}tausend`, ones * 1000] as const])),
);

const SPELLED: ReadonlyMap<string, number> = new Map(
	[
		'one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen',
		'un|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieciséis|diecisiete|dieciocho|diecinueve',
		'один|два|три|четыре|пять|шесть|семь|восемь|девять|десять|одиннадцать|двенадцать|тринадцать|четырнадцать|пятнадцать|шестнадцать|семнадцать|восемнадцать|девятнадцать',
		'одного|двух|трех|четырех|пяти|шести|семи|восьми|девяти|десяти|одиннадцати|двенадцати|тринадцати|четырнадцати|пятнадцати|шестнадцати|семнадцати|восемнадцати|девятнадцати',
		'eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|dreizehn|vierzehn|fünfzehn|sechzehn|siebzehn|achtzehn|neunzehn',
		'один|два|три|чотири|п\'ять|шість|сім|вісім|дев\'ять|десять|одинадцять|дванадцять|тринадцять|чотирнадцять|п\'ятнадцять|шістнадцять|сімнадцять|вісімнадцять|дев\'ятнадцять',
		'одного|двох|трьох|чотирьох|п\'яти|шести|семи|восьми|дев\'яти|десяти|одинадцяти|дванадцяти|тринадцяти|чотирнадцяти|п\'ятнадцяти|шістнадцяти|сімнадцяти|вісімнадцяти|дев\'ятнадцяти',
		'um|dois|três|quatro|cinco|seis|sete|oito|nove|dez|onze|doze|treze|catorze|quinze|dezasseis|dezassete|dezoito|dezanove',
	].flatMap((row) => row.split('|').map((word, index) => [plain(word), index + 1] as const)).concat(
		[
			'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred',
			'veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|cien',
			'двадцать|тридцать|сорок|пятьдесят|шестьдесят|семьдесят|восемьдесят|девяносто|сто',
			'двадцати|тридцати|сорока|пятидесяти|шестидесяти|семидесяти|восьмидесяти|девяноста|ста',
			'двадцять|тридцять|сорок|п\'ятдесят|шістдесят|сімдесят|вісімдесят|дев\'яносто|сто',
			'двадцяти|тридцяти|сорока|п\'ятдесяти|шістдесяти|сімдесяти|вісімдесяти|дев\'яноста|ста',
			'zwanzig|dreißig|vierzig|fünfzig|sechzig|siebzig|achtzig|neunzig|hundert',
			'vinte|trinta|quarenta|cinquenta|sessenta|setenta|oitenta|noventa|cem',
		].flatMap((row) => row.split('|').map((word, index) => [plain(word), (index + 2) * 10] as const)),
		Object.entries({
			una: 1, uno: 1, одна: 1, одну: 1, одно: 1, две: 2, двум: 2, дві: 2, одне: 1, двоє: 2, дюжини: 12, двісті: 200, чотириста: 400, "п'ятсот": 500, шістсот: 600, сімсот: 700, вісімсот: 800, "дев'ятсот": 900, тисячу: 1000, тисяч: 1000, півгодини: 0.5, ein: 1, eine: 1, einem: 1, einer: 1, zwo: 2, beide: 2, einen: 1, uma: 1, duas: 2, couple: 2, both: 2, пара: 2, пару: 2, dozen: 12, docena: 12, дюжина: 12, дюжину: 12, dutzend: 12,
			veintiuno: 21, veintidos: 22, veinticinco: 25, ciento: 100, doscientos: 200, trescientos: 300, quinientos: 500,
			двести: 200, триста: 300, четыреста: 400, пятьсот: 500, шестьсот: 600, семьсот: 700, восемьсот: 800, девятьсот: 900,
			thousand: 1000, mil: 1000, тысяча: 1000, тысячи: 1000, тысяч: 1000, тисяча: 1000, тисячі: 1000, tausend: 1000, half: 0.5, halbe: 0.5, ...GERMAN_COMPOUNDS, полчаса: 0.5, media: 0.5,
		}).map(([word, value]) => [plain(word), value] as const),
	),
);

const SPELLED_WORD = `(?:${[...SPELLED.keys()].sort((a, b) => b.length - a.length).join('|')})`;
const SPELLED_RUN = `(?<![\\p{L}\\p{N}])${SPELLED_WORD}(?:(?:\\s+and\\s+|\\s+und\\s+|\\s+y\\s+|-|\\s+)${SPELLED_WORD})*(?![\\p{L}\\p{N}])`;
const ANY_SPELLED = new RegExp(SPELLED_RUN, 'gu');

/** Writes spelled numbers as digits where `follows` (a pattern source) comes next: "fifty euros" is "50 euros". */
export function spelledToDigits(follows: string): (text: string) => string {
	const pattern = new RegExp(`${SPELLED_RUN}(?=[\\s-]*(?:of\\s+|an?\\s+)?(?:${follows}))`, 'gu');
	return (text) => text.replace(pattern, (run) => String(valueOfRun(run)));
}

/** Every spelled number but "one" (an article in most languages) as digits: "fourteen in stock" is "14 in stock". */
export const withDigits = remembered((plainText): string => plainText.replace(ANY_SPELLED, (run) => (valueOfRun(run) === 1 ? run : String(valueOfRun(run)))));

const ANY_NUMBER = new RegExp(NUMBER, 'gu');

/** Every number of a text, in digits or spelled (en, es, ru, uk, de, pt). */
export const numbersIn = remembered((plainText): ReadonlySet<number> => {
	const digits = [...plainText.matchAll(ANY_NUMBER)].flatMap(([written]) => numberValues(written));
	const spelled = [...plainText.matchAll(ANY_SPELLED)].map(([run]) => valueOfRun(run));
	return new Set([...digits, ...spelled]);
});

function valueOfRun(run: string): number {
	let total = 0;
	let group = 0;
	for (const word of run.split(/[\s-]+/u)) {
		const value = SPELLED.get(word);
		if (value === undefined) continue;
		if (value >= 100 && value % 100 === 0 && group > 0 && group < 100) group *= value;
		else if (value === 12 && group > 0 && /doz|doc|дюж|dut/u.test(word)) group *= 12;
		else group += value;
		if (value === 1000) {
			total += group;
			group = 0;
		}
	}
	return total + group;
}
