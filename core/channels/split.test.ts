import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitText } from './split.ts';

const squeeze = (text: string) => text.replace(/\s+/g, '');
const graphemes = (text: string) => [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);

/** Words as customers and catalogues have them: scripts, emoji with modifiers, links. */
const word = fc.oneof(
	fc.stringMatching(/^[a-zA-Zа-яёñç]{1,12}[.,!?]?$/),
	fc.constantFrom('👩‍👩‍👧‍👦', '🇪🇸', '👍🏽', '❤️', 'é', 'नमस्ते', '🌹🌹'),
	fc.stringMatching(/^https:\/\/[a-z]{3,8}\.example\/[a-z0-9]{1,20}$/),
);
const prose = fc.array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '\n', '\n\n')), { maxLength: 60 }).map((pairs) => pairs.flat().join(''));

describe('splitText', () => {
	test('keeps a text that fits', () => {
		expect(splitText('Hola', 4)).toEqual(['Hola']);
		expect(splitText('  \n ', 4)).toEqual([]);
	});

	test('cuts at paragraphs before lines, lines before sentences, sentences before words', () => {
		expect(splitText('one two.\n\nthree four', 12)).toEqual(['one two.', 'three four']);
		expect(splitText('one two three\nfour five', 16)).toEqual(['one two three', 'four five']);
		expect(splitText('One two. Three four', 15)).toEqual(['One two.', 'Three four']);
		expect(splitText('one two three', 8)).toEqual(['one two', 'three']);
		expect(splitText('12345 678', 5)).toEqual(['12345', '678']);
	});

	test('a word longer than a message is cut between visible characters', () => {
		expect(splitText('👍🏽👍🏽👍🏽', 9)).toEqual(['👍🏽👍🏽', '👍🏽']);
		expect(splitText('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
	});

	test('no part is longer than the limit, none is blank, and nothing but white space is lost', () => {
		fc.assert(
			fc.property(fc.oneof(prose, fc.string({ unit: 'binary', maxLength: 300 })), fc.integer({ min: 1, max: 80 }), (text, limit) => {
				const parts = splitText(text, limit);
				for (const part of parts) expect(part.length).toBeLessThanOrEqual(limit);
				for (const part of parts) expect(part.trim()).not.toBe('');
				expect(squeeze(parts.join(''))).toBe(squeeze(text));
			}),
		);
	});

	test('words, links and emoji that fit into a message stay whole', () => {
		fc.assert(
			fc.property(prose, fc.integer({ min: 40, max: 120 }), (text, limit) => {
				const words = text.split(/\s+/).filter(Boolean);
				expect(splitText(text, limit).flatMap((part) => part.split(/\s+/))).toEqual(words);
			}),
		);
	});

	test('visible characters stay whole even inside an endless word', () => {
		fc.assert(
			fc.property(fc.array(fc.constantFrom('👩‍👩‍👧‍👦', '🇪🇸', '👍🏽', '❤️', 'a'), { minLength: 1, maxLength: 60 }), fc.integer({ min: 12, max: 40 }), (characters, limit) => {
				const text = characters.join('');
				expect(splitText(text, limit).flatMap(graphemes)).toEqual(graphemes(text));
			}),
		);
	});

	test('a space that must not break holds its words together; one that carries a mark is a character', () => {
		expect(splitText('Rosas 30\u00a0€ y más', 9)).toEqual(['Rosas', '30\u00a0€ y', 'más']);
		expect(splitText('abc \u0301d', 4)).toEqual(['abc', ' \u0301d']);
	});

	test('scripts without spaces are cut between words, at the end of their punctuation', () => {
		const text = '我们的玫瑰花束每束三十欧元，今天送货免费。请告诉我您的地址和电话号码。';
		const words = new Set([...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)].map(({ index }) => index));
		for (let limit = 6; limit <= 20; limit += 1) {
			const parts = splitText(text, limit);
			expect(parts.join('')).toBe(text);
			let at = 0;
			for (const part of parts) {
				expect(words.has(at), `${part} at ${limit}`).toBe(true);
				expect(part).not.toMatch(/^[，。]/);
				at += part.length;
			}
		}
	});

	test('a link inside such a text stays whole', () => {
		expect(splitText('请看这里的网页https://shop.example/pay/abc?x=1 谢谢', 34)).toEqual(['请看这里的网页', 'https://shop.example/pay/abc?x=1', '谢谢']);
	});

	test('every cut is between visible characters, whatever the text, unless one alone is longer than a message', () => {
		const character = fc.oneof(
			fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
			fc.constantFrom(' ', ' ', '\n', '\u00a0', '\r\n', '\t', '👩‍👩‍👧‍👦', '🏳️‍🌈', '🇪🇸', '🇲🇽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👋🏿', '☎️', '1️⃣', 'é', '각', 'नि', 'ำ', '\u200d', '\u0301'),
		);
		fc.assert(
			fc.property(fc.array(character, { maxLength: 120 }).map((characters) => characters.join('')), fc.integer({ min: 1, max: 60 }), (text, limit) => {
				const starts = new Set([...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].map(({ index }) => index));
				const longest = Math.max(0, ...graphemes(text).map((visible) => visible.length));
				let at = 0;
				for (const part of splitText(text, limit)) {
					expect(part.length).toBeLessThanOrEqual(limit);
					const found = text.indexOf(part, at);
					expect(text.slice(at, found).trim()).toBe('');
					if (longest <= limit) expect(starts.has(found), JSON.stringify({ text, limit, part })).toBe(true);
					at = found + part.length;
				}
				expect(text.slice(at).trim()).toBe('');
			}),
			{ numRuns: 2_000 },
		);
	});

	test('words, links and numbers of an answer stay whole, whatever stands between them', () => {
		const separator = fc.constantFrom(' ', '  ', '\n', '\n\n', ' \n ', '\t', '\r\n');
		const token = fc.oneof(word, fc.constantFrom('30\u00a0€', '+34\u00a0699\u00a0111\u00a0222', 'www.flores.example/rosas', '(https://flores.example/a_b-c?d=e&f=%20#g)', '«¡Hola!»', 'don’t', '12:30', '1.234,56'));
		fc.assert(
			fc.property(fc.array(fc.tuple(token, separator), { maxLength: 80 }), fc.integer({ min: 45, max: 200 }), (pairs, limit) => {
				const parts = splitText(pairs.flat().join(''), limit);
				expect(parts.flatMap((part) => part.split(/[^\S\u00a0]+/))).toEqual(pairs.map(([first]) => first));
				// Nothing is cut that need not be: two neighbours don't fit into one message.
				for (const [index, part] of parts.slice(1).entries()) expect(`${parts[index] ?? ''} ${part}`.length).toBeGreaterThan(limit / 2);
			}),
			{ numRuns: 1_000 },
		);
	});
});
