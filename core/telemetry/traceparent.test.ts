import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent, sameTrace, traceIdOf } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const HEADER = `00-${TRACE}-${SPAN}-01`;

describe('a traceparent', () => {
	it('is read', () => {
		expect(parseTraceparent(HEADER)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
		expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)?.sampled).toBe(false);
		expect(parseTraceparent(`00-${TRACE}-${SPAN}-03`)?.sampled).toBe(true);
	});

	it('of a later version may have more fields', () => {
		expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
	});

	it.each([
		['nothing', undefined],
		['an empty text', ''],
		['several headers', [HEADER]],
		['a forbidden version', `ff-${TRACE}-${SPAN}-01`],
		['version 00 with more fields', `${HEADER}-more`],
		['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
		['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
		['capitals', HEADER.toUpperCase()],
		['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
		['a line break', `${HEADER}\n`],
		['a huge later version', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000)}`],
	])('is not read from %s', (_what, value) => {
		expect(parseTraceparent(value)).toBeNull();
	});

	it('is never made of anything else, and survives being written and read', () => {
		const hex = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
		fc.assert(
			fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, sampled) => {
				fc.pre(!/^0+$/.test(traceId) && !/^0+$/.test(spanId));
				expect(parseTraceparent(formatTraceparent({ traceId, spanId, sampled }))).toEqual({ traceId, spanId, sampled });
			}),
		);
		fc.assert(fc.property(fc.string(), (text) => parseTraceparent(text) === null));
	});
});

describe('the trace of a turn', () => {
	it('is continued from the span that came back', () => {
		const later = `00-${TRACE}-00f067aa0ba902b7-01`;
		expect(sameTrace(later, HEADER)).toBe(later);
	});

	it('is not left for another trace', () => {
		expect(sameTrace(`00-${'a'.repeat(32)}-00f067aa0ba902b7-01`, HEADER)).toBe(HEADER);
		expect(sameTrace('nonsense', HEADER)).toBe(HEADER);
	});

	it('is what came when the turn has none', () => {
		expect(sameTrace(HEADER, '')).toBe(HEADER);
		expect(sameTrace(undefined, '')).toBe('');
	});

	it('has an id', () => {
		expect([traceIdOf(HEADER), traceIdOf('')]).toEqual([TRACE, '']);
	});
});
