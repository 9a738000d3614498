import { createHmac } from 'node:crypto';
import { fixture, HOOK_SECRET } from '../../provisioner/src/testing/business.ts';
import type { ChannelName } from '../../core/channels/channel.ts';
import { mutateBytes, mutateJson } from './mutate-body.ts';
import type { Json } from './mutate-body.ts';
import type { Random } from '../chaos/random.ts';

/** One webhook call as it goes over the wire, and what we know of it. */
export interface Call {
	readonly channel: ChannelName;
	readonly body: Buffer;
	/** Head and body as sent. */
	readonly wire: readonly Buffer[];
	/** The vendor could have sent it: the right secret, over these very bytes. */
	readonly signed: boolean;
	/** The head is as it should be: a signed body must be taken if it can be read. */
	readonly wellFormed: boolean;
	/** Of an unchanged and signed message: the id under which it is stored, once. */
	readonly expectedId: string | null;
	/** The socket is closed after it: the head lies about the body. */
	readonly last: boolean;
}

/** In each forged body; nothing stored has it. */
export const FORGED = 'F0RGED';
const PHONE = '34699';

function wahaBody(id: string, from: string, text: string): { [key: string]: Json } {
	const recorded = JSON.parse(fixture('waha-message.json').toString('utf8')) as { payload: { [key: string]: Json } };
	return { ...recorded, timestamp: Date.now(), payload: { ...recorded.payload, id: `false_${from}_${id}`, from, body: text, timestamp: Math.floor(Date.now() / 1000) } };
}

function wahaVariants(id: string, from: string, text: string, random: Random): Json {
	const body = wahaBody(id, from, text);
	const payload = body['payload'] as { [key: string]: Json };
	switch (random.between(0, 5)) {
		case 0:
			return JSON.parse(fixture('waha-session-status.json').toString('utf8')) as Json;
		case 1:
			return { ...body, event: 'message.edited', payload: { ...payload, editedMessageId: id } };
		case 2:
			return { ...body, event: 'message.revoked', payload: { revokedMessageId: id, after: payload, before: null } };
		case 3:
			return { ...body, payload: { ...payload, hasMedia: true, media: { url: 'http://waha/file.jpg', mimetype: 'image/jpeg' }, _data: { notifyName: 'Ana', type: 'image' } } };
		case 4:
			return { ...body, payload: { ...payload, from: from.replace('@c.us', '@lid'), location: { latitude: '41.4', longitude: 2.1 }, vCards: ['BEGIN:VCARD'] } };
		default:
			return body;
	}
}

function telegramBody(n: number, text: string): { [key: string]: Json } {
	const recorded = JSON.parse(fixture('telegram-text.json').toString('utf8')) as { message: { [key: string]: Json } };
	return { update_id: n, message: { ...recorded.message, message_id: n, chat: { id: 1_000 + n, type: 'private' }, from: { id: 1_000 + n, is_bot: false, first_name: 'A' }, text } };
}

function telegramVariants(n: number, text: string, random: Random): Json {
	const body = telegramBody(n, text);
	const message = body['message'] as { [key: string]: Json };
	switch (random.between(0, 3)) {
		case 0:
			return { update_id: n, edited_message: { ...message, edit_date: Number(message['date']) + 5 } };
		case 1:
			return { update_id: n, callback_query: { id: String(n), from: message['from'] ?? null, message, data: text } };
		case 2:
			return { ...(JSON.parse(fixture('telegram-voice.json').toString('utf8')) as { [key: string]: Json }), update_id: n };
		default:
			return body;
	}
}

type Header = readonly [name: string, value: string];

function signature(channel: ChannelName, body: Buffer, secret: string): readonly Header[] {
	if (channel === 'telegram') return [['X-Telegram-Bot-Api-Secret-Token', secret]];
	return [['X-Webhook-Hmac', createHmac('sha512', secret).update(body).digest('hex')], ['X-Webhook-Hmac-Algorithm', 'sha512']];
}

/** Headers that no vendor who knows the secret would send for this body. */
function forgery(channel: ChannelName, body: Buffer, random: Random): readonly Header[] {
	const right = signature(channel, body, HOOK_SECRET);
	const [name, value] = right[0] ?? ['', ''];
	const rest = right.slice(1);
	switch (random.between(0, 9)) {
		case 0:
			return [];
		case 1:
			return signature(channel, body, 'another secret');
		case 2:
			return [[name, ''], ...rest];
		case 3:
			return [[name, value.slice(0, -1)], ...rest];
		case 4:
			return [[name, value], [name, value], ...rest];
		case 5:
			return [[name, 'wrong'], [name, value], ...rest];
		case 6:
			return channel === 'whatsapp' ? [[name, value], ['X-Webhook-Hmac-Algorithm', random.pick(['md5', 'sha256', 'none', '', '__proto__'])]] : [[name, `${value} ${value}`]];
		case 7:
			return signature(channel, Buffer.concat([body, Buffer.from(' ')]), channel === 'telegram' ? 'x' : HOOK_SECRET);
		case 8:
			return [[name, random.pick(['0'.repeat(128), 'é', '[object Object]', 'null', 'undefined', 'x'.repeat(4_000)])], ...rest];
		default:
			return signature(channel === 'telegram' ? 'whatsapp' : 'telegram', body, HOOK_SECRET);
	}
}

/** The nth call for a channel. Most are changed; half are signed; some heads lie. */
export function makeCall(channel: ChannelName, path: string, n: number, random: Random): Call {
	const signed = random.chance(0.5);
	const intact = random.chance(0.25);
	const mark = signed ? `fz${n}` : `${FORGED}${n}`;
	const from = `${PHONE}${String(n).padStart(7, '0')}@c.us`;
	const plain = channel === 'whatsapp' ? wahaBody(mark, from, mark) : telegramBody(n + 1, mark);
	const base = intact ? plain : channel === 'whatsapp' ? wahaVariants(mark, from, mark, random) : telegramVariants(n + 1, mark, random);
	let body: Buffer = Buffer.from(intact ? JSON.stringify(base) : mutateJson(base, random));
	if (!intact && random.chance(0.2)) body = mutateBytes(body, random);
	const expectedId = signed && intact ? (channel === 'whatsapp' ? mark : `${1_000 + n + 1}:${n + 1}`) : null;
	const headers = signed ? signature(channel, body, HOOK_SECRET) : forgery(channel, body, random);
	return { channel, body, signed, expectedId, ...onWire(path, headers, body, intact, random) };
}

function onWire(path: string, headers: readonly Header[], body: Buffer, intact: boolean, random: Random): Pick<Call, 'wire' | 'wellFormed' | 'last'> {
	const head = (target: string, more: readonly Header[]) =>
		Buffer.from([`POST ${target} HTTP/1.1`, 'Host: fuzz', ...[...headers, ...more].map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'));
	const length: Header = ['Content-Length', String(body.length)];
	const type: Header = ['Content-Type', 'application/json'];
	const as = (wire: readonly Buffer[], wellFormed = true, last = false) => ({ wire, wellFormed, last });
	switch (intact ? 99 : random.between(0, 23)) {
		case 0:
			return as([head(path, [type, ['Content-Length', String(body.length + 1 + random.between(0, 999))]]), body], false, true);
		case 1:
			return as([head(path, [type, ['Content-Length', String(random.between(0, Math.max(1, body.length) - 1))]]), body], false, true);
		case 2:
			return as([head(path, [type, ['Content-Length', random.pick(['-1', 'abc', '1e3', '99999999999999999999', '0x10', ''])]]), body], false, true);
		case 3:
			return as([head(path, [type, length, ['Transfer-Encoding', 'chunked']]), body], false, true);
		case 4:
			return as([head(path, [type, ['Transfer-Encoding', 'chunked']]), ...chunked(body, random)]);
		case 5:
			return as([head(path, [type, length, ['Content-Encoding', random.pick(['gzip', 'br', 'identity, gzip', ''])]]), body], false, true);
		case 6:
			return as([head(`${path}${random.pick(['/', '%00', '..', 'x', '/../../v1/tenants', '%2f', '?a=1#b', '\u00e9'])}`, [type, length]), body], false, true);
		case 7:
			return as([head(path.slice(0, -1 - random.between(0, 29)), [type, length]), body], false, true);
		case 8:
			return as([head(path.replace(/whatsapp|telegram/, (name) => random.pick([name === 'whatsapp' ? 'telegram' : 'whatsapp', '__proto__', 'constructor', 'STRIPE', ''])), [type, length]), body], false, true);
		case 9:
			return as([head(path, [type, length, ['X-Long', 'y'.repeat(random.pick([2_000, 20_000]))]]), body], false, true);
		case 10:
			return as([head(path, [['Content-Type', random.pick(['text/plain', '', 'application/json; charset=utf-16', 'multipart/form-data'])], length]), body]);
		case 11:
			return as([head(path, [type, length, ['traceparent', random.pick(['', '00-0-0-0', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'x'.repeat(500)])]]), body]);
		default:
			return as([head(path, [type, length]), body]);
	}
}

function chunked(body: Buffer, random: Random): Buffer[] {
	const cut = random.between(0, Math.max(1, body.length) - 1);
	const pieces = [body.subarray(0, cut), body.subarray(cut)].filter((piece) => piece.length > 0);
	return [...pieces.map((piece) => Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])), Buffer.from('0\r\n\r\n')];
}
