/** Wall time of IANA zones, for the API's RFC 3339 texts. */

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
	let format = FORMATS.get(zone);
	if (format === undefined) {
		format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });
		FORMATS.set(zone, format);
	}
	return format;
}

export function isZone(zone: string): boolean {
	if (!/^[A-Za-z]/.test(zone)) return false;
	try {
		return formatOf(zone) !== undefined;
	} catch {
		return false;
	}
}

/** Milliseconds that clocks are ahead of UTC. */
function offsetAt(zone: string, instant: number): number {
	const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (formatOf(zone).format(instant).match(/\d+/g) ?? []).map(Number);
	return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}

/** What clocks of a zone show at an instant: "2026-11-30T10:00:00+01:00". */
export function rfc3339(instant: number, zone: string): string {
	const offset = offsetAt(zone, instant);
	const local = new Date(instant + offset).toISOString().slice(0, 19);
	if (offset === 0) return `${local}Z`;
	const minutes = Math.abs(offset) / 60_000;
	const two = (value: number) => String(value).padStart(2, '0');
	return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function dateIn(instant: number, zone: string): string {
	return rfc3339(instant, zone).slice(0, 10);
}

/** The instant of a text with an offset, or of a wall time in a zone (the earlier of two, the later side of a gap); NaN for neither. */
export function instantOf(text: string, zone: string | null): number {
	if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?$/i.test(text)) return Number.NaN;
	if (/(?:Z|[+-]\d\d:?\d\d)$/i.test(text)) return Date.parse(text);
	return zone === null ? Number.NaN : wallInstant(Date.parse(`${text}Z`), zone);
}

/** Midnight of a date, "2026-11-30", in a zone; NaN when it is no date. */
export function midnightOf(date: string, zone: string): number {
	return /^\d{4}-\d\d-\d\d$/.test(date) ? wallInstant(Date.parse(`${date}T00:00:00Z`), zone) : Number.NaN;
}

function wallInstant(wall: number, zone: string): number {
	if (Number.isNaN(wall)) return wall;
	const before = wall - offsetAt(zone, wall - 86_400_000);
	return before + offsetAt(zone, before) === wall ? before : wall - offsetAt(zone, before);
}
