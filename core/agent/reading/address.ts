/** A street address in a customer's words, with where it stands. */
export interface AddressReading {
	readonly address: string;
	readonly start: number;
	readonly end: number;
}

const NUMBER = '\\d{1,5}\\s?(?:[-/]\\s?\\d{1,4})?\\s?(?:[a-zа-яіїєґ](?![\\p{L}]))?';
/** "apt 4", "2º B", "кв. 12": what may follow a house number. */
const UNIT = '(?:apt|apartment|flat|unit|suite|floor|door|piso|puerta|pta|esc|escalera|planta|bajo|ático|кв|квартира|корп|корпус|строение|стр|подъезд|п|этаж|эт|под\'їзд|поверх|wohnung|whg|etage|stock|og|eg|hinterhaus|tür)(?![\\p{L}])\\.?\\s*[\\p{L}\\d№º°ª-]{0,8}';
const UNITS = `(?:[,\\s]+(?:${UNIT}|\\d{1,3}[ºª°](?:\\s?\\p{L}(?!\\p{L}))?|\\d{4,6}(?!\\d)))*`;
const TAIL = `[,\\s]+(?:д(?:ом|\\.)?|буд(?:инок|\\.)?|nº|n°|núm\\.?|№|no\\.?)?\\s*${NUMBER}${UNITS}`;
const WORDS = "[\\p{L}\\p{M}.'’-]+(?:\\s+[\\p{L}\\p{M}.'’-]+){0,4}?";
const STREETS: readonly string[] = [
	// 12 Baker Street
	`${NUMBER}\\s*,?\\s+${WORDS}\\s+(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|square|sq|boulevard|blvd|court|ct|way|place|terrace|close|crescent)(?![\\p{L}])\\.?${UNITS}`,
	`(?:calle|c/|avenida|avda|avd|av|plaza|pza|paseo|camino|carrer|ronda|travesía|callejón|pasaje)(?![\\p{L}])\\.?\\s*${WORDS}${TAIL}`,
	`(?:ул|улица|улице|улицу|пр|пр-т|просп|проспект|пер|переулок|наб|набережная|бул|бульвар|б-р|площадь|пл|шоссе|вул|вулиця|вулиці|вулицю|пров|провулок|площа)(?![\\p{L}])\\.?\\s*${WORDS}${TAIL}`,
	`(?:[\\p{L}.'-]+\\s+){0,3}?[\\p{L}.-]*(?:straße|strasse|str|weg|gasse|platz|allee|ring|ufer|damm|chaussee)(?![\\p{L}])\\.?\\s*${NUMBER}${UNITS}`,
];
const STREET = STREETS.map((source) => new RegExp(`(?<![\\p{L}\\p{N}])(?:${source})(?![\\p{L}\\p{N}])`, 'iu'));
const INTRO = /(?:address(?:\s+is)?|dirección(?:\s+es)?|адрес(?:\s+доставки)?|адреса(?:\s+доставки)?|(?:liefer)?adresse(?:\s+ist|\s+lautet)?)\s*[:—–-]?\s*(\S[^\n;]{3,120})/iu;
/** "Rosengarten 5", "Ленина 12, кв. 4": a name and a house number, where nothing but an address was asked for. */
const NAME_AND_NUMBER = new RegExp(`(?<![\\p{L}\\p{N}+])\\p{L}[\\p{L}\\p{M}.'’-]+(?:\\s+[\\p{L}\\p{M}.'’-]+){0,3}${TAIL}(?![\\p{L}\\p{N}])`, 'iu');
/** A street without a number, where an address was asked for. */
const STREET_ONLY = /(?<![\p{L}\p{N}])(?:calle|avenida|avda|plaza|paseo|camino|carrer|улица|проспект|переулок|площадь|набережная|вулиця|провулок|площа)(?!\p{L})\.?\s+[^,;\n]{2,60}/iu;

/**
 * The address that a text gives. A street word and a house number tell it; where an address was asked for, a name with a number does too. What stands in
 * `taken` (a phone number, a time, an item) is no part of it.
 */
export function readAddress(text: string, awaited: boolean, taken: readonly { readonly start: number; readonly end: number }[] = []): AddressReading | null {
	const free = taken.reduce((left, { start, end }) => left.slice(0, start) + '\n'.repeat(end - start) + left.slice(end), text);
	const introduced = INTRO.exec(free);
	const introducedAt = introduced?.[1] === undefined ? 0 : introduced.index + introduced[0].length - introduced[1].length;
	for (const pattern of STREET) {
		// "My address is" is no part of the street's name.
		for (const from of new Set([introducedAt, 0])) {
			const found = pattern.exec(free.slice(from));
			if (found !== null) return reading(found[0], from + found.index);
		}
	}
	if (introduced?.[1] !== undefined) return reading(introduced[1], introducedAt);
	const named = awaited ? (NAME_AND_NUMBER.exec(free) ?? STREET_ONLY.exec(free)) : null;
	return named === null ? null : reading(named[0], named.index);
}

function reading(written: string, at: number): AddressReading | null {
	const address = written.replace(/[\s,.;]+$/u, '');
	return address.trim() === '' ? null : { address: address.trim().replace(/\s+/gu, ' '), start: at, end: at + address.length };
}
