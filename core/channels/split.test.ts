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
});
