import type { Random } from '../chaos/random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Stands for JSON text that no JavaScript value makes: numbers beyond doubles, deep nesting, the same key twice. */
const RAW = '@@raw@@';
const RAW_TEXTS: readonly string[] = [
	'1e400', '-1e400', '-0', '123456789012345678901234567890', '0.1e-400', '1E+2', '"\\u0000"', '"\\ud800"', '"\\udc00\\ud800"', '"a\\u0000b\\udfffc"',
	'[]', '{"a":1,"a":2}', '{"__proto__":{"fromMe":false},"constructor":{"prototype":{"id":"x"}}}', '{"length":1e9}', '"\\u202e\\ufeff"',
];
const VALUES: readonly Json[] = [
	null, true, false, 0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 53) - 2, 253_402_300_800, '', ' ', '0', 'true', 'null', '\u0000', 'x\u0000y', '\ud800',
	'\ud83d', '🌹'.repeat(200), "'; DROP TABLE messages; --", '%00', '@c.us', '@lid', '@g.us', 'false__', 'true_1@c.us_A', '1@s.whatsapp.net', [], [[]], {}, { id: '' }, [null],
];
const KEYS: readonly string[] = [
	'__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '', '\u0000', 'event', 'payload', 'media', '_data', 'location', 'vCards', 'from', 'text',
	'caption', 'photo', 'voice', 'sticker', 'callback_query', 'edited_message', 'message', 'editedMessageId', 'revokedMessageId', 'after', 'before', 'hasMedia', 'edit_date',
];
const WORDS: readonly string[] = [
	'message', 'message.any', 'message.edited', 'message.revoked', 'message.ack', 'session.status', 'WORKING', 'FAILED', 'private', 'group', 'supergroup', 'channel', 'app', 'api',
];

/** One to four changes somewhere in the body; as JSON text. */
export function mutateJson(body: Json, random: Random): string {
	let changed = structuredClone(body);
	const raws: string[] = [];
	for (let times = 1 + random.between(0, 3); times > 0; times -= 1) changed = mutateOnce(changed, random, raws);
	let text = JSON.stringify(changed, null, random.pick([0, 0, 1, '\t']));
	for (const raw of raws) text = text.replace(JSON.stringify(`${RAW}${raw}`), () => raw);
	return text;
}

function mutateOnce(body: Json, random: Random, raws: string[]): Json {
	const places = placesIn(body);
	if (places.length === 0) return strange(random, raws);
	const { holder, key } = random.pick(places);
	const value = holder[key] as Json;
	switch (random.between(0, 7)) {
		case 0:
			if (Array.isArray(holder)) holder.splice(Number(key), 1);
			else delete holder[key];
			break;
		case 1:
			set(holder, random.pick(KEYS), strange(random, raws));
			break;
		case 2:
			set(holder, key, otherType(value));
			break;
		case 3:
			set(holder, key, random.pick(WORDS));
			break;
		case 4: {
			// Something of elsewhere in the body, in this place.
			const other = random.pick(places);
			set(holder, key, structuredClone(other.holder[other.key] as Json));
			break;
		}
		case 5:
			if (typeof value === 'number') set(holder, key, random.pick([-value, value * 1000, value / 1000, value + 0.5, value + 2 ** 52]));
			else if (typeof value === 'string') set(holder, key, longer(value, random));
			else set(holder, key, [structuredClone(value), value]);
			break;
		default:
			set(holder, key, strange(random, raws));
	}
	return body;
}

function strange(random: Random, raws: string[]): Json {
	// A copy: it may be changed in turn, and the next call must find the list as it was.
	if (random.chance(0.6)) return structuredClone(random.pick(VALUES));
	const depth = random.pick([10, 500, 5_000, 50_000]);
	const raw = random.chance(0.2) ? random.pick(['['.repeat(depth) + ']'.repeat(depth), '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)]) : random.pick(RAW_TEXTS);
	raws.push(raw);
	return `${RAW}${raw}`;
}

function otherType(value: Json): Json {
	if (typeof value === 'string') return Number(value) || 0;
	if (typeof value === 'number') return String(value);
	if (typeof value === 'boolean') return value ? 'true' : 0;
	if (Array.isArray(value)) return Object.fromEntries(value.map((item, index) => [String(index), item]));
	return value === null ? {} : Object.values(value);
}

function longer(value: string, random: Random): string {
	return random.pick([value.repeat(50), value + 'x'.repeat(random.pick([300, 5_000, 100_000])), value.toUpperCase(), `${value}\u0000`, `\ud800${value}`, value.slice(1), ` ${value}\n`]);
}

interface Place {
	readonly holder: Record<string, Json>;
	readonly key: string;
}

function placesIn(value: Json): Place[] {
	if (typeof value !== 'object' || value === null) return [];
	const holder = value as Record<string, Json>;
	return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key] as Json)]);
}

/** As JSON.parse does it: `__proto__` becomes a key like any other. A list has no keys: there the value goes to its end. */
function set(holder: Record<string, Json>, key: string, value: Json): void {
	if (Array.isArray(holder) && !/^\d+$/.test(key)) holder.push(value);
	else Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Breaks the bytes: not JSON any more, mostly, or not UTF-8. */
export function mutateBytes(body: Buffer, random: Random): Buffer {
	const at = random.between(0, Math.max(1, body.length) - 1);
	switch (random.between(0, 6)) {
		case 0:
			return body.subarray(0, at);
		case 1:
			return Buffer.concat([body.subarray(0, at), Buffer.from(random.pick([[0xff, 0xfe], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x00], [0xf8, 0x88, 0x80, 0x80]])), body.subarray(at)]);
		case 2:
			return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]);
		case 3:
			return random.pick([Buffer.alloc(0), Buffer.from(' \n'), Buffer.from('null'), Buffer.from('"text"'), Buffer.from('[]'), Buffer.from('42'), Buffer.from('[' .repeat(100_000))]);
		case 4:
			return Buffer.concat([body, body]);
		case 5:
			return random.chance(0.05) ? Buffer.alloc(1_100_000, 0x20) : Buffer.concat([body, Buffer.from('}')]);
		default: {
			const flipped = Buffer.from(body);
			for (let times = 1 + random.between(0, 4); times > 0; times -= 1) {
				const byte = random.between(0, Math.max(1, flipped.length) - 1);
				flipped[byte] = (flipped[byte] ?? 0) ^ (1 << random.between(0, 7));
			}
			return flipped;
		}
	}
}
