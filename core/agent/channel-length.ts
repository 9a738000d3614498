interface Limit {
	/** UTF-16 code units, which is how the vendors count. */
	readonly characters: number;
	readonly bytes?: number;
}

/** Rule 6 of docs/agent.md. */
const LIMITS: Readonly<Record<string, Limit>> = {
	instagram: { characters: 800, bytes: 1000 },
	facebook: { characters: 1950 },
	whatsapp: { characters: 3800 },
	telegram: { characters: 3800 },
	email: { characters: 7000 },
};
const OTHER: Limit = { characters: 1950 };

export function fitsChannel(text: string, channel: string): boolean {
	const { characters, bytes } = LIMITS[channel] ?? OTHER;
	return text.length <= characters && (bytes === undefined || Buffer.byteLength(text) <= bytes);
}

/** The length to aim at: 87 % of the hard limit. */
export function aimedLength(channel: string): number {
	return Math.floor((LIMITS[channel] ?? OTHER).characters * 0.87);
}

/** Cuts at the last sentence or line that leaves room for `offer` ("Shall I send more?"). */
export function shorten(text: string, channel: string, offer: string): string {
	if (fitsChannel(text, channel)) return text;
	let cut = text.slice(0, (LIMITS[channel] ?? OTHER).characters - offer.length - 2);
	while (!fitsChannel(`${cut}\n\n${offer}`, channel)) cut = cut.slice(0, Math.floor(cut.length * 0.95));
	const ends = [...cut.matchAll(/[.!?…](?=\s)|\n/gu)].map(({ index }) => index + 1);
	const end = ends.findLast((at) => at > cut.length / 3) ?? lastSpace(cut);
	return `${withoutHalf(cut.slice(0, end)).trim()}\n\n${offer}`;
}

/** No sentence ends in time: at a word. */
function lastSpace(text: string): number {
	const space = text.lastIndexOf(' ');
	return space > 0 ? space : text.length;
}

/** A cut never leaves half of a surrogate pair. */
function withoutHalf(text: string): string {
	return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
}
