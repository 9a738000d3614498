/**
 * What a Slavic or Kazakh place name may be in the nominative: «Валенсию» → «валенсию», «валенсия», …; «Мадриде» → «мадрид», ….
 * Rules of endings only, so most candidates are no words at all; a caller compares them with names that it knows.
 * The word as written (lower case) comes first. Words of other scripts have no other candidate.
 */
export function nominativeCandidates(word: string): readonly string[] {
	const written = word.toLowerCase().normalize('NFC');
	if (!CYRILLIC_WORD.test(written)) return [written];
	const candidates = new Set([written]);
	for (const [ending, nominatives] of CASE_ENDINGS) {
		if (!written.endsWith(ending) || written.length - ending.length < 2) continue;
		for (const nominative of nominatives) candidates.add(written.slice(0, -ending.length) + nominative);
	}
	return [...candidates];
}

const CYRILLIC_WORD = /^[\p{Script=Cyrillic}'’ʼ]+$/u;

/** Ending → what it may have been. Russian, Ukrainian, then Kazakh (a word may lose its ending altogether). */
const CASE_ENDINGS: ReadonlyArray<readonly [string, readonly string[]]> = [
	['ию', ['ия']],
	['ии', ['ия']],
	['ией', ['ия']],
	['ію', ['ія']],
	['ії', ['ія']],
	['ією', ['ія']],
	['у', ['а', '']],
	['ю', ['я', 'ь', 'й']],
	['ы', ['а']],
	['и', ['а', 'ь', 'я']],
	['е', ['а', '', 'ь', 'о', 'я']],
	['і', ['а', '', 'ь', 'я', 'о']],
	['а', ['', 'о']],
	['я', ['ь', 'й']],
	['ой', ['а', 'ая']],
	['ою', ['а']],
	['ей', ['я', 'а']],
	['ею', ['я', 'а']],
	['ом', ['', 'о', 'ый', 'ий']],
	['ем', ['ь', '', 'й', 'ий']],
	['ём', ['ь']],
	['ью', ['ь']],
	['ов', ['ы']],
	['ам', ['ы', 'и', 'а']],
	['ами', ['ы', 'и', 'а']],
	['ах', ['ы', 'и', 'а']],
	['ям', ['и', 'я']],
	['ями', ['и', 'я']],
	['ях', ['и', 'я']],
	['ого', ['ый', 'ий']],
	['его', ['ий']],
	['ому', ['ый', 'ий']],
	['ему', ['ий']],
	['ую', ['ая']],
	['ых', ['ые']],
	['их', ['ие']],
	['ова', ['ів', 'ов']],
	['ові', ['ів', 'ов']],
	['овом', ['ів', 'ов']],
	['єва', ['їв']],
	['єві', ['їв']],
	...['да', 'де', 'та', 'те', 'ға', 'ге', 'қа', 'ке', 'дан', 'ден', 'тан', 'тен', 'нан', 'нен'].map((ending) => [ending, ['']] as const),
	...['ның', 'нің', 'дың', 'дің', 'тың', 'тің', 'ны', 'ні', 'ды', 'ді', 'ты', 'ті'].map((ending) => [ending, ['']] as const),
];
