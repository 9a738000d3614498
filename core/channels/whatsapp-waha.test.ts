import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channelAdapterContract } from '../../test/contracts/channel-adapter.ts';
import type { ChannelEvent, InboundMessage } from './channel.ts';
import { whatsappWaha } from './whatsapp-waha.ts';

const recorded = (name: string) =>
	JSON.parse(readFileSync(new URL(`../../test/fixtures/data/webhooks/${name}`, import.meta.url), 'utf8')) as { payload: object; event: string };
const text = recorded('waha-message.json');
const parse = (body: unknown) => whatsappWaha.parse(body, new Date());
const withPayload = (change: object, event = 'message') => ({ ...text, event, payload: { ...text.payload, ...change } });

/** The event of a change, as GOWS and NOWEB show it: an id of its own, and the original's. */
const edit = withPayload({ id: 'false_34699111222@c.us_3EB0EDIT', timestamp: 1758262300, body: 'Hola, quiero 30 rosas', editedMessageId: '3EB0AAAA', _data: { Message: { protocolMessage: {} } } }, 'message.edited');
const note = { ...text.payload, id: 'false_34699111222@c.us_3EB0NOTE', body: '', _data: { Message: { protocolMessage: { type: 0 } } } };
const revoked = (payload: object) => ({ ...text, event: 'message.revoked', payload });
const pressed = (data: object, body = '') => withPayload({ id: 'false_34699111222@c.us_3EB0BUTTON', body, _data: data });

channelAdapterContract({
	adapter: whatsappWaha,
	signsBody: true,
	sign: (raw, secret) => ({ 'x-webhook-hmac': createHmac('sha512', secret).update(raw).digest('hex'), 'x-webhook-hmac-algorithm': 'sha512' }),
	text: {
		body: text,
		message: {
			id: '3EB0AAAA',
			order: 1758262260217,
			customer: { chatId: '34699111222@c.us', phone: '34699111222', name: '', addressKind: 'c.us' },
			type: 'text',
			text: 'Hola, quiero 20 rosas',
			media: null,
			button: false,
			sentAt: '2025-09-19T06:10:59.000Z',
		},
	},
	edited: {
		body: edit,
		event: {
			type: 'edited',
			editedAt: '2025-09-19T06:11:00.217Z',
			message: {
				id: '3EB0AAAA',
				order: 1758262260217,
				customer: { chatId: '34699111222@c.us', phone: '34699111222', name: '', addressKind: 'c.us' },
				type: 'text',
				text: 'Hola, quiero 30 rosas',
				media: null,
				button: false,
				sentAt: '2025-09-19T06:11:40.000Z',
			},
		},
	},
	deleted: {
		body: revoked({ revokedMessageId: '3EB0AAAA', after: note, before: null }),
		event: {
			type: 'deleted',
			id: '3EB0AAAA',
			customer: { chatId: '34699111222@c.us', phone: '34699111222', name: '', addressKind: 'c.us' },
			at: '2025-09-19T06:11:00.217Z',
		},
	},
	buttons: [
		{ name: 'a button (WEBJS)', body: pressed({ type: 'buttons_response', selectedButtonId: 'item:rose' }, 'Rosas'), text: 'Rosas' },
		{ name: 'a list row without its label (WEBJS)', body: pressed({ type: 'list_response', listResponse: { singleSelectReply: { selectedRowId: 'item:rose' } } }), text: 'item:rose' },
		{ name: 'a button (NOWEB)', body: pressed({ message: { buttonsResponseMessage: { selectedButtonId: 'item:rose', selectedDisplayText: 'Rosas' } } }), text: 'Rosas' },
		{ name: 'a button (GOWS)', body: pressed({ Message: { buttonsResponseMessage: { selectedButtonID: 'item:rose', Response: { SelectedDisplayText: 'Rosas' } } } }), text: 'Rosas' },
		{ name: "a template's button", body: pressed({ message: { templateButtonReplyMessage: { selectedId: 'item:rose', selectedDisplayText: 'Rosas' } } }), text: 'Rosas' },
		{ name: 'a list row', body: pressed({ message: { listResponseMessage: { title: 'Rosas', singleSelectReply: { selectedRowId: 'item:rose' } } } }), text: 'Rosas' },
		{ name: 'a list row without its label (GOWS)', body: pressed({ Message: { listResponseMessage: { singleSelectReply: { selectedRowID: 'item:rose' } } } }), text: 'item:rose' },
		{ name: 'a native flow', body: pressed({ message: { interactiveResponseMessage: { body: { text: 'Rosas' }, nativeFlowResponseMessage: { paramsJson: '{"id":"item:rose"}' } } } }), text: 'Rosas' },
		{
			name: 'a native flow without its label (GOWS)',
			body: pressed({ Message: { interactiveResponseMessage: { InteractiveResponseMessage: { NativeFlowResponseMessage: { paramsJSON: '{"id":"item:rose"}' } } } } }),
			text: 'item:rose',
		},
	],
	ignored: [
		{ name: 'an edit of ours', body: withPayload({ fromMe: true, editedMessageId: 'X' }, 'message.edited'), reason: 'echo' },
		{ name: 'an edit in a group', body: withPayload({ from: '1203@g.us', editedMessageId: 'X' }, 'message.edited'), reason: 'group' },
		{ name: 'an edit that could not be decrypted', body: withPayload({ body: '', editedMessageId: 'X' }, 'message.edited'), reason: 'event_not_used' },
		{ name: 'a deletion of ours', body: revoked({ revokedMessageId: 'X', after: { ...note, fromMe: true } }), reason: 'echo' },
		{ name: 'a deletion in a group', body: revoked({ revokedMessageId: 'X', after: { ...note, from: '1203@g.us' } }), reason: 'group' },
		{ name: 'a deletion without a message', body: revoked({ revokedMessageId: 'X' }), reason: 'not_understood' },
		{ name: 'the carrier of a deletion as a message', body: { ...text, payload: note }, reason: 'event_not_used' },
		{ name: "WhatsApp's note that a chat is encrypted", body: withPayload({ body: '', _data: { type: 'e2e_notification' } }), reason: 'event_not_used' },
		{ name: 'a send of ours', body: withPayload({ id: 'true_34699111222@c.us_3EB0BBBB', fromMe: true, source: 'api' }, 'message.any'), reason: 'echo' },
		{ name: "a message typed on the business's phone", body: withPayload({ fromMe: true, source: 'app' }), reason: 'echo' },
		{ name: 'a group', body: withPayload({ id: 'false_1203@g.us_AA_34699111222@c.us', from: '1203@g.us' }), reason: 'group' },
		{ name: 'a newsletter', body: withPayload({ from: '1203@newsletter' }), reason: 'broadcast' },
		{ name: 'a story', body: withPayload({ from: 'status@broadcast' }), reason: 'broadcast' },
		{ name: 'a receipt', body: withPayload({}, 'message.ack'), reason: 'event_not_used' },
		{ name: 'an address of an unknown kind', body: withPayload({ from: '1@elsewhere' }), reason: 'not_understood' },
	],
});

function messageOf([event]: readonly ChannelEvent[]): InboundMessage {
	if (event?.type !== 'message') throw new Error(`expected a message, got ${JSON.stringify(event)}`);
	return event.message;
}

describe('whatsapp: details', () => {
	test("WAHA's documented signature vector", () => {
		const body = Buffer.from('{"event":"message","session":"default","engine":"WEBJS"}');
		const hmac = createHmac('sha512', 'my-secret-key').update(body).digest('hex');
		expect([hmac.slice(0, 8), hmac.slice(-6)]).toEqual(['208f8a55', '53fa89']);
		const headers: Record<string, string> = { 'x-webhook-hmac': hmac, 'x-webhook-hmac-algorithm': 'sha512' };
		expect(whatsappWaha.verify(body, (name) => headers[name], 'my-secret-key')).toBe(true);
		expect(whatsappWaha.verify(body, (name) => ({ ...headers, 'x-webhook-hmac-algorithm': 'md5' })[name], 'my-secret-key')).toBe(false);
	});

	test('twins have one id and two addresses', () => {
		const twin = messageOf(parse(recorded('waha-message-lid-twin.json')));
		expect(twin.id).toBe(messageOf(parse(text)).id);
		expect(twin.customer).toEqual({ chatId: '120000000000001@lid', phone: '', name: '', addressKind: 'lid' });
	});

	test('a change under the id of the original itself (WEBJS)', () => {
		expect(parse(withPayload({ body: 'dos' }, 'message.edited'))).toMatchObject([{ type: 'edited', message: { id: '3EB0AAAA', text: 'dos', sentAt: '2025-09-19T06:10:59.000Z' } }]);
	});

	test('a deletion that names no original (WEBJS): the message before, else the emptied one', () => {
		const emptied = { ...text.payload, body: '', _data: { type: 'revoked' } };
		for (const before of [text.payload, null]) expect(parse(revoked({ after: emptied, before }))).toMatchObject([{ type: 'deleted', id: '3EB0AAAA' }]);
		expect(parse(revoked({ after: null, before: text.payload }))).toMatchObject([{ type: 'deleted', id: '3EB0AAAA' }]);
	});

	test('@s.whatsapp.net is @c.us', () => {
		expect(messageOf(parse(withPayload({ from: '34699111222@s.whatsapp.net' }))).customer.chatId).toBe('34699111222@c.us');
	});

	test('an echo has the id that the send was answered with', () => {
		expect(whatsappWaha.sentMessageId('true_34699111222@c.us_3EB0CC', '34699111222@c.us')).toBe('3EB0CC');
	});

	test('media: the kind by its type, the caption as text, a missing URL is no error', () => {
		const picture = messageOf(parse(withPayload({ body: 'this one', hasMedia: true, media: { url: 'http://waha/f.jpg', mimetype: 'image/jpeg' } })));
		expect(picture).toMatchObject({ type: 'image', text: 'this one', media: { url: 'http://waha/f.jpg', fileId: '', mimetype: 'image/jpeg' } });
		const voice = messageOf(parse(withPayload({ body: '', hasMedia: true, media: { url: null, mimetype: 'audio/ogg; codecs=opus' } })));
		expect(voice).toMatchObject({ type: 'voice', text: '', media: { url: '' } });
		expect(messageOf(parse(withPayload({ hasMedia: true, media: null }))).type).toBe('other');
	});

	test("a location's thumbnail is not the customer's words", () => {
		expect(messageOf(parse(withPayload({ body: '/9j/4AAQ', location: { latitude: '41.4', longitude: '2.1' } })))).toMatchObject({ type: 'location', text: '' });
	});

	test.each([
		['WORKING', 'connected'], ['SCAN_QR_CODE', 'connecting'], ['STARTING', 'connecting'], ['PASSKEY_REQUIRED', 'connecting'],
		['STOPPED', 'disconnected'], ['FAILED', 'error'], ['SOMETHING_NEW', 'error'],
	])('session %s: %s', (status, state) => {
		expect(parse({ ...recorded('waha-session-status.json'), payload: { status } })).toMatchObject([{ type: 'status', status: { state, at: '2025-09-19T06:11:00.417Z' } }]);
	});
});
