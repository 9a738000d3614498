import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { channelAdapterContract } from '../../test/contracts/channel-adapter.ts';
import { telegram } from './telegram.ts';

const recorded = (name: string) =>
	JSON.parse(readFileSync(new URL(`../../test/fixtures/data/webhooks/${name}`, import.meta.url), 'utf8')) as { message: { from: object; text?: string } };
const text = recorded('telegram-text.json');
const withMessage = (change: object) => ({ ...text, message: { ...text.message, ...change } });
const withContent = (change: object) => withMessage({ text: undefined, ...change });

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
	ignored: [
		{ name: 'a group', body: withMessage({ chat: { id: -100, type: 'supergroup' } }), reason: 'group' },
		{ name: 'a channel', body: withMessage({ chat: { id: -100, type: 'channel' } }), reason: 'broadcast' },
		{ name: 'a bot', body: withMessage({ from: { ...text.message.from, is_bot: true } }), reason: 'bot' },
		{ name: 'an edit', body: { update_id: 1, edited_message: text.message }, reason: 'event_not_used' },
		{ name: 'a pinned message', body: withContent({ pinned_message: {} }), reason: 'event_not_used' },
	],
});

describe('telegram: details', () => {
	const contentOf = (body: unknown) => {
		const [event] = telegram.parse(body);
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

	test('a sent message has the id that its reply would quote', () => expect(telegram.sentMessageId('7', '1111')).toBe('1111:7'));
});
