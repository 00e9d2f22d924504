/** Tests of trace context: what is taken for it, and what of it goes on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newTraceId } from './trace-context.ts';
import { readTraceparent, traceparentOf } from './traceparent.ts';
import { readTracestate } from './tracestate.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('traceparent', () => {
  test('says the trace, the span of the sender, and whether it is sampled', () => {
    expect(readTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
    });
    expect(readTraceparent(`00-${TRACE}-${SPAN}-00`)).toMatchObject({ sampled: false });
    // Only one of the flags means something.
    expect(readTraceparent(`00-${TRACE}-${SPAN}-03`)).toMatchObject({ sampled: true });
    expect(readTraceparent(`00-${TRACE}-${SPAN}-fe`)).toMatchObject({ sampled: false });
  });

  test('of a version to come is read as far as it is known', () => {
    expect(readTraceparent(`01-${TRACE}-${SPAN}-01-what-comes`)).toMatchObject({ traceId: TRACE });
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-01`)).toMatchObject({ traceId: TRACE });
    expect(readTraceparent(`cc-${TRACE}-${SPAN}-01.x`)).toBe(undefined);
  });

  test.each([
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01-`,
    `00-${TRACE}-${SPAN}-1`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-0g`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('%j is none', (text) => {
    expect(readTraceparent(text)).toBe(undefined);
  });

  test('is read as it was written, and never throws', () => {
    fc.assert(
      fc.property(fc.boolean(), (sampled) => {
        const parent = { traceId: newTraceId(16), spanId: newTraceId(8), sampled };
        expect(readTraceparent(traceparentOf(parent))).toEqual(parent);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(() => readTraceparent(text)).not.toThrow();
      }),
    );
  });
});

describe('tracestate', () => {
  test('goes on in its plainest form', () => {
    expect(readTracestate('a=1,\t b@c=x y , ,c/d*=~')).toBe('a=1,b@c=x y,c/d*=~');
    expect(readTracestate('1a@b=2')).toBe('1a@b=2');
  });

  test.each([
    '',
    ' , ',
    '1a=2',
    'A=1',
    'a',
    '=1',
    'a=',
    'a=1,a=2',
    'a=b=c',
    'a=\u00e9',
    'a@b@c=1',
    'a=1;b=2\n',
  ])('%j does not go on', (text) => {
    expect(readTracestate(text)).toBe(undefined);
  });

  test('has 32 members at most, and is shortened beyond 512 characters: the long ones first', () => {
    const list = (count: number): string =>
      Array.from({ length: count }, (_, at) => `k${at}=1`).join();
    expect(readTracestate(list(32))).toBe(list(32));
    expect(readTracestate(list(33))).toBe(undefined);
    const long = `long=${'x'.repeat(200)}`;
    const short = (name: string): string => `${name}=${'y'.repeat(100)}`;
    const all = [short('a'), long, short('b'), short('c'), short('d'), short('e')];
    expect(readTracestate(all.join())).toBe([0, 2, 3, 4].map((at) => all[at]).join());
  });

  test('whatever comes, what goes on is read as itself', () => {
    const member = fc.stringMatching(/^[a-c][a-c1@*]{0,3}=[ -~]{1,200}$/);
    fc.assert(
      fc.property(fc.array(member, { maxLength: 40 }), (members) => {
        const once = readTracestate(members.join());
        if (once === undefined) return;
        expect(once.length).toBeLessThanOrEqual(512);
        expect(readTracestate(once)).toBe(once);
      }),
    );
  });
});

test('ids are of their length, never all 0, and never the same', () => {
  const ids = Array.from({ length: 2000 }, () => newTraceId(8));
  expect(new Set(ids).size).toBe(2000);
  for (const id of ids) expect(id).toMatch(/^(?!0+$)[\da-f]{16}$/);
  expect(newTraceId(16)).toMatch(/^[\da-f]{32}$/);
});
