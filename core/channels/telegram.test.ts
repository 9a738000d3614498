import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channelAdapterContract } from '../../test/contracts/channel-adapter.ts';
import { callbackQueryId, telegram } from './telegram.ts';

const recorded = (name: string) =>
	JSON.parse(readFileSync(new URL(`../../test/fixtures/data/webhooks/${name}`, import.meta.url), 'utf8')) as { message: { from: object; text?: string } };
const text = recorded('telegram-text.json');
const withMessage = (change: object) => ({ ...text, message: { ...text.message, ...change } });
const withContent = (change: object) => withMessage({ text: undefined, ...change });

const edit = { update_id: 5, edited_message: { ...text.message, edit_date: 1_700_000_060, text: 'Двадцать роз' } };
const keyboard = { inline_keyboard: [[{ text: 'Rosas', callback_data: 'item:rose' }], [{ text: 'Hablar', url: 'https://shop.example' }]] };
const pressed = (data: string | undefined, change: object = {}) => ({
	update_id: 6,
	callback_query: {
		id: '4382bfdwdsb323b2d9',
		from: text.message.from,
		message: { message_id: 9, date: 1_700_000_000, chat: { id: 1111, type: 'private' }, from: { id: 7, is_bot: true, first_name: 'Bot' }, text: '?', reply_markup: keyboard, ...change },
		chat_instance: '1',
		data,
	},
});

channelAdapterContract({
	adapter: telegram,
	signsBody: false,
	sign: (_raw, secret): Record<string, string> => ({ 'x-telegram-bot-api-secret-token': secret }),
	text: {
		body: text,
		message: {
			id: '1111:1',
			order: 1,
			customer: { chatId: '1111', phone: '', name: 'A', addressKind: 'chat' },
			type: 'text',
			text: 'Здравствуйте! Сколько стоит букет?',
			media: null,
			button: false,
			sentAt: '2023-11-14T22:13:20.000Z',
		},
	},
	edited: {
		body: edit,
		event: {
			type: 'edited',
			editedAt: '2023-11-14T22:14:20.000Z',
			message: {
				id: '1111:1',
				order: 1,
				customer: { chatId: '1111', phone: '', name: 'A', addressKind: 'chat' },
				type: 'text',
				text: 'Двадцать роз',
				media: null,
				button: false,
				sentAt: '2023-11-14T22:13:20.000Z',
			},
		},
	},
	// The Bot API doesn't tell bots that a customer deleted a message.
	deleted: null,
	buttons: [
		{ name: 'an inline button', body: pressed('item:rose'), text: 'Rosas' },
		{ name: 'an inline button whose label is not known', body: pressed('item:gone'), text: 'item:gone' },
		{ name: 'an inline button under a message that is too old', body: pressed('item:rose', { date: 0, reply_markup: undefined, text: undefined }), text: 'item:rose' },
	],
	ignored: [
		{ name: 'an edit in a group', body: { update_id: 1, edited_message: { ...text.message, chat: { id: -100, type: 'supergroup' } } }, reason: 'group' },
		{ name: 'a button in a group', body: pressed('item:rose', { chat: { id: -100, type: 'supergroup' } }), reason: 'group' },
		{ name: "a game's button", body: pressed(undefined), reason: 'event_not_used' },
		{ name: 'a button sent through inline mode', body: { update_id: 1, callback_query: { id: '1', from: text.message.from, inline_message_id: 'x', data: 'y' } }, reason: 'event_not_used' },
		{ name: 'a button without an id', body: { update_id: 1, callback_query: { from: text.message.from, data: 'y' } }, reason: 'not_understood' },
		{ name: 'a group', body: withMessage({ chat: { id: -100, type: 'supergroup' } }), reason: 'group' },
		{ name: 'a channel', body: withMessage({ chat: { id: -100, type: 'channel' } }), reason: 'broadcast' },
		{ name: 'a bot', body: withMessage({ from: { ...text.message.from, is_bot: true } }), reason: 'bot' },
		{ name: 'an edit in a channel', body: { update_id: 1, edited_channel_post: text.message }, reason: 'event_not_used' },
		{ name: 'a pinned message', body: withContent({ pinned_message: {} }), reason: 'event_not_used' },
	],
});

describe('telegram: details', () => {
	const contentOf = (body: unknown) => {
		const [event] = telegram.parse(body, new Date());
		if (event?.type !== 'message') throw new Error('expected a message');
		const { type, text: content, media } = event.message;
		return { type, text: content, file: media?.fileId };
	};

	test('the recorded voice message', () => {
		expect(contentOf(recorded('telegram-voice.json'))).toEqual({ type: 'voice', text: '', file: 'AwACAgIAAx' });
	});

	test('the largest size of a picture, with its caption', () => {
		expect(contentOf(withContent({ caption: 'this', photo: [{ file_id: 's' }, { file_id: 'l' }] }))).toEqual({ type: 'image', text: 'this', file: 'l' });
	});

	test('a sticker says its emoji, a contact nothing', () => {
		expect(contentOf(withContent({ sticker: { file_id: 'st', emoji: '👍' } }))).toEqual({ type: 'other', text: '👍', file: 'st' });
		expect(contentOf(withContent({ contact: { phone_number: '1' } }))).toEqual({ type: 'contact', text: '', file: undefined });
	});

	test('a pressed button knows what to acknowledge, and when it was received', () => {
		const receivedAt = new Date('2026-01-02T03:04:05.678Z');
		const [event] = telegram.parse(pressed('item:rose'), receivedAt);
		if (event?.type !== 'message') throw new Error('expected a message');
		expect([callbackQueryId(event.message.id), event.message.sentAt]).toEqual(['4382bfdwdsb323b2d9', receivedAt.toISOString()]);
		expect(callbackQueryId('1111:1')).toBeNull();
	});

	test('a sent message has the id that its reply would quote', () => expect(telegram.sentMessageId('7', '1111')).toBe('1111:7'));
});
