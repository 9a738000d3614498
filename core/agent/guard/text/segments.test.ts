import { describe, expect, it } from 'vitest';
import { brokenSentencesOf, segmentsOf, statementsOf } from './segments.ts';

const read = (text: string) => segmentsOf(text).map(({ text: sentence, question, listed }) => `${listed ? '• ' : ''}${sentence}${question ? ' (asks)' : ''}`);

describe('sentences', () => {
	it.each([
		['One. Two!  Three? “Four.” Five… Six', ['one.', 'two!', 'three? (asks)', '“four.”', 'five…', 'six']],
		['It costs 5.90 today', ['it costs 5.90 today']], ['on 3. Oktober we open', ['on 3. oktober we open']], ['on 3.  Oktober we open', ['on 3.  oktober we open']], ['the 3. Tin is new', ['the 3.', 'tin is new']],
		['a\n\n  \nb', ['a', 'b']], ['  a  ', ['a']], ['¿Qué？ sí', ['¿que？ (asks)', 'si']],
		['- a\n-b\n• c\n–– d\n* e\n*  f\n✅ g', ['• a', '• b', '• c', '• d', '• e', '• f', '• g']], ['*bold* word', ['*bold* word']], ['**5 €**', ['**5 €**']], ['-', ['-']],
		['(1) a\n(2) b', ['• a', '• b']], ['1) a\n2.  b\n3. c', ['• a', '• b', '• c']], ['(1)a', ['(1)a']], ['1.a', ['1.a']], ['9. a', ['9.', 'a']], ['1. a\n3. b', ['• a', '3.', 'b']], ['9. a\n10. b', ['9.', 'a', '10.', 'b']],
		['10. a', ['10.', 'a']], ['1. a\n\n1. b\n2. c', ['• a', '• b', '• c']], ['1. € a', ['1.', '€ a']], ['1. % a', ['1.', '% a']], ['1. a € b', ['• a € b']], ['1. a\nb\n2. c', ['• a', 'b', '• c']],
	])('%j', (text, sentences) => expect(read(text)).toEqual(sentences));
});

describe('sentences that a line break divides', () => {
	it.each([
		['It arrives\nby Friday', ['it arrives by friday']], ['We are glad. It arrives\nby Friday. Thanks', ['it arrives by friday.']], ['Does it arrive\nby Friday?', ['does it arrive by friday?']],
		['It arrives.\nBy Friday', []], ['It arrives:\nby Friday', []], ['It arrives,*\nby Friday', []], ['It arrives!”)\nby Friday', []], ['It. arrives\nby Friday', ['arrives by friday']], ['It arrives\n\nby Friday', []], ['It arrives', []],
		['- It arrives\nby Friday', []], ['It arrives\n- by Friday', []], ['- It costs\n€5', ['- it costs €5']], ['- It costs\n5 €', ['- it costs 5 €']], ['- It costs\nthe 5 €', []], ['  It arrives  \n  by Friday ', ['it arrives by friday']],
		['It arrives\nPrice: low', []], ['It arrives\nlow. Price: high', ['it arrives low.']], ['Two of 5\nin 3 days', []], ['Two of 5\nin some days', ['two of 5 in some days']], ['It comes\nin 3 days', ['it comes in 3 days']],
	])('%j', (text, sentences) => expect(brokenSentencesOf(text).map(({ text: sentence }) => sentence)).toEqual(sentences));

	it('ask where one asks, and are no lines of a list', () => {
		expect(brokenSentencesOf('Does it arrive\nby Friday?')).toMatchObject([{ question: true, listed: false }]);
		expect(brokenSentencesOf('It arrives\nby Friday')).toMatchObject([{ question: false, listed: false }]);
	});
});

describe('statements', () => {
	it.each([
		['a, b; c - d', ['a', 'b', 'c', 'd']], ['5,90 - 6', ['5,90', '6']], ['a-b', ['a-b']], ['a – b — c', ['a', 'b', 'c']], ['a -b', ['a -b']], ['a- b', ['a- b']], ['a but b', ['a', 'b']], ['button', ['button']], ['distributbut but', ['distributbut']],
		['a pero b', ['a', 'b']], ['а но б', ['а', 'б']], ['а але б проте в однак г', ['а', 'б', 'в', 'г']], ['a aber b jedoch c allerdings d', ['a', 'b', 'c', 'd']], ['a mas b mais c however d', ['a', 'b', 'c', 'd']], [' , ', []],
	])('%j', (text, statements) => expect(statementsOf(text)).toEqual(statements));
});
