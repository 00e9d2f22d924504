/** tracing and W3C Trace Context: spans within spans, here and across processes, and no header that is wrong is believed. */
import { createTestContext, createWebContext } from '@interpose/kernel/contexts';
import { pipeline } from '@interpose/kernel';
import { fakeClock, middlewareContract, pending, seededRandom } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MemoryTracer, memoryTracer } from './memory-tracer.ts';
import { formatTraceparent, parseTraceparent, parseTracestate } from './traceparent.ts';
import type { Span, Tracer } from './tracer.ts';
import { type Spanned, traceHeaders, tracing } from './tracing.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('parseTraceparent', () => {
  test('M-124 reads a valid one', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      sampled: true,
    });
  });

  test.each([
    ['00', false],
    ['01', true],
    ['02', false],
    ['03', true],
    ['fe', false],
    ['ff', true],
  ])('M-124 of the flags %s only the one that is known counts', (flags, sampled) => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.sampled).toBe(sampled);
  });

  test.each([
    `cc-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01-what-the-future-brings`,
    `01-${TRACE}-${SPAN}-01-`,
  ])('M-124 reads what is known of a later version: %s', (header) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true });
  });

  test.each([
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['something behind version 00', `00-${TRACE}-${SPAN}-01-x`],
    ['a hyphen behind version 00', `00-${TRACE}-${SPAN}-01-`],
    ['something without a hyphen behind a later one', `cc-${TRACE}-${SPAN}-01x`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['capitals in the version', `CC-${TRACE}-${SPAN}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a long span', `00-${TRACE}-${SPAN}0-01`],
    ['flags of one digit', `00-${TRACE}-${SPAN}-1`],
    ['no flags', `00-${TRACE}-${SPAN}`],
    ['white space before', ` 00-${TRACE}-${SPAN}-01`],
    ['white space behind', `00-${TRACE}-${SPAN}-01 `],
    ['an end of line', `00-${TRACE}-${SPAN}-01\n`],
    ['two of them', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`],
    ['other letters', `00-${TRACE.replace('4', 'g')}-${SPAN}-01`],
    ['other hyphens', `00_${TRACE}_${SPAN}_01`],
    ['nothing', ''],
    ['no text', undefined],
    ['a list', [`00-${TRACE}-${SPAN}-01`]],
  ])('M-124 does not believe one with %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test('M-124 fuzz: what is read was valid by the letter of the recommendation, and is written back', () => {
    const valid = fc
      .tuple(
        fc.stringMatching(/^[\da-f]{2}$/),
        fc.stringMatching(/^[\da-f]{32}$/),
        fc.stringMatching(/^[\da-f]{16}$/),
        fc.stringMatching(/^[\da-f]{2}$/),
      )
      .map((parts) => parts.join('-'));
    /** One letter changed, taken out or put in. */
    const bent = fc
      .tuple(
        valid,
        fc.nat(60),
        fc.constantFrom('', '0', 'f', 'g', 'A', '-', ' ', '\n', '00'),
        fc.boolean(),
      )
      .map(([text, at, put, cut]) => text.slice(0, at) + put + text.slice(cut ? at + 1 : at));
    /** Written without a pattern, so that it cannot have the same fault. */
    const isValid = (text: string): boolean => {
      const hex = (part: string | undefined, length: number): boolean =>
        part?.length === length && [...part].every((letter) => '0123456789abcdef'.includes(letter));
      const [version, trace, span, flags, ...more] = text.split('-');
      return (
        hex(version, 2) &&
        hex(trace, 32) &&
        hex(span, 16) &&
        hex(flags, 2) &&
        version !== 'ff' &&
        (version !== '00' || more.length === 0) &&
        [...(trace as string)].some((letter) => letter !== '0') &&
        [...(span as string)].some((letter) => letter !== '0')
      );
    };
    fc.assert(
      fc.property(fc.oneof(valid, bent, fc.string({ unit: 'binary' })), (text) => {
        const read = parseTraceparent(text);
        expect(read !== undefined).toBe(isValid(text));
        if (!read) return;
        const written = formatTraceparent(read);
        expect(written.slice(3, 52)).toBe(text.slice(3, 52));
        expect(parseTraceparent(written)).toEqual(read);
        expect(written).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-0[01]$/);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseTracestate', () => {
  test.each([
    ['rojo=00f067aa0ba902b7,congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
    [' a=1 ,\t, b=2\t', 'a=1,b=2'],
    ['tenant@system=x y', 'tenant@system=x y'],
    ['0tenant@s=1', '0tenant@s=1'],
    ['a_-*/0=~!', 'a_-*/0=~!'],
    [`${'a'.repeat(256)}=${'v'.repeat(256)}`, `${'a'.repeat(256)}=${'v'.repeat(256)}`],
    [
      Array.from({ length: 32 }, (_, n) => `k${n}=v`).join(','),
      Array.from({ length: 32 }, (_, n) => `k${n}=v`).join(','),
    ],
  ])('M-124 hands on %j', (given, wanted) => {
    expect(parseTracestate(given)).toBe(wanted);
  });

  test.each([
    '',
    ' , ',
    'a',
    '=1',
    'a=',
    'A=1',
    'aB=1',
    '0a=1',
    'a@=1',
    '@a=1',
    'a@0=1',
    'a@b@c=1',
    'a=1=2',
    'a=1,a=2',
    'a=ü',
    'a=\u0001',
    'a b=1',
    `${'a'.repeat(257)}=1`,
    `a=${'v'.repeat(257)}`,
    `t@${'s'.repeat(15)}=1`,
    Array.from({ length: 33 }, (_, n) => `k${n}=v`).join(','),
    undefined,
    5,
  ])('M-124 drops %j as a whole', (given) => {
    expect(parseTracestate(given)).toBeUndefined();
  });

  test('fuzz: what is handed on is read again as it is, and cannot break a header', () => {
    const near = fc
      .array(fc.constantFrom('a', 'b1', '=', ',', ' ', '\t', '@', 'x y', 'A', '\n', 'ü', '~'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        const read = parseTracestate(text);
        if (read === undefined) return;
        expect(parseTracestate(read)).toBe(read);
        expect(read).toMatch(/^[\x20-\x7e]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});

interface Traced {
  readonly tracer: MemoryTracer;
  readonly serve: (ctx: object, answer?: (ctx: Spanned) => unknown) => unknown;
}

function traced(name = 'outer'): Traced {
  const tracer = memoryTracer({ clock: fakeClock(), random: seededRandom(1) });
  let answer: (ctx: Spanned) => unknown = () => 1;
  const run = pipeline<object, unknown>()
    .use(tracing({ tracer, name }))
    .handle((ctx) => answer(ctx));
  return {
    tracer,
    serve(ctx, next = () => 1) {
      answer = next;
      return run(ctx);
    },
  };
}

describe('tracing', () => {
  test('M-124 each call is a span, with its name and its time', async () => {
    const clock = fakeClock({ startMs: 1000 });
    const tracer = memoryTracer({ clock });
    const rest = pending<number>();
    const serve = pipeline<object, number>()
      .use(tracing({ tracer }))
      .handle(() => rest);
    const call = serve(createTestContext({ funcName: 'pay' }));
    await clock.advance(40);
    expect(tracer.spans()).toEqual([]);
    rest.resolve(5);
    expect(await call).toBe(5);
    expect(tracer.spans()).toEqual([
      {
        name: 'pay',
        traceId: expect.stringMatching(/^[\da-f]{32}$/),
        spanId: expect.stringMatching(/^[\da-f]{16}$/),
        parentSpanId: undefined,
        startedAt: expect.any(Number),
        durationMs: 40,
        attributes: {},
        error: undefined,
      },
    ]);
  });

  test('M-124 nested calls become children, also side by side, and their caller is told nothing', async () => {
    const tracer = memoryTracer({ random: seededRandom(1) });
    const inner = (name: string): ((ctx: object) => unknown) =>
      pipeline<object, unknown>()
        .use(tracing({ tracer, name }))
        .handle(async (ctx) => ctx.span.trace.spanId);
    const outer = pipeline<object, unknown>()
      .use(tracing({ tracer, name: 'outer' }))
      .handle(async (ctx) => {
        await Promise.all([inner('left')(ctx), inner('right')({ ...ctx })]);
        return inner('last')(ctx);
      });
    const ctx = {};
    await outer(ctx);
    expect(ctx).toEqual({});
    const [left, right, last, top] = tracer.spans();
    expect([left?.name, right?.name, last?.name, top?.name]).toEqual([
      'left',
      'right',
      'last',
      'outer',
    ]);
    for (const child of [left, right, last]) {
      expect(child).toMatchObject({ traceId: top?.traceId, parentSpanId: top?.spanId });
    }
    expect(new Set(tracer.spans().map(({ spanId }) => spanId)).size).toBe(4);
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('boom');
      },
    ],
    [
      'rejects',
      async () => {
        throw new TypeError('boom');
      },
    ],
  ])('M-124 the error is recorded when the rest %s, without secrets', async (_, fail) => {
    const { tracer, serve } = traced();
    const fault = (): unknown => fail();
    expect(await outcomeOf(() => serve({}, fault))).toBeInstanceOf(TypeError);
    expect(tracer.spans()).toMatchObject([{ error: { type: 'TypeError', message: 'boom' } }]);
    await outcomeOf(() =>
      serve({}, () => {
        throw new Error('at https://ada:hunter2@db');
      }),
    );
    expect(JSON.stringify(tracer.spans())).not.toContain('hunter2');
  });

  test('M-124 a call from another process goes on in its trace, and hands it on', () => {
    const { tracer, serve } = traced();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'rojo=1 , congo=2' };
    const sent = serve(createWebContext({ url: '/', headers }), (ctx) => traceHeaders(ctx));
    const [span] = tracer.spans();
    expect(span).toMatchObject({ traceId: TRACE, parentSpanId: SPAN });
    expect(sent).toEqual({
      traceparent: `00-${TRACE}-${span?.spanId}-01`,
      tracestate: 'rojo=1,congo=2',
    });
    expect(span?.spanId).not.toBe(SPAN);
  });

  test('M-124 what its caller does not record is not kept, and says so further on', () => {
    const { tracer, serve } = traced();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00` };
    expect(serve({ headers }, (ctx) => traceHeaders(ctx))).toMatchObject({
      traceparent: expect.stringMatching(/-00$/),
    });
    expect(tracer.spans()).toEqual([]);
  });

  test('M-124 a wrong header begins a new trace, and its tracestate is dropped with it', () => {
    const { tracer, serve } = traced();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01x`, tracestate: 'rojo=1' };
    expect(serve({ headers }, (ctx) => traceHeaders(ctx))).not.toHaveProperty('tracestate');
    expect(tracer.spans()[0]).toMatchObject({ parentSpanId: undefined });
    expect(tracer.spans()[0]?.traceId).not.toBe(TRACE);
  });

  test('a span on the context comes before the headers; callers who are not trusted are not asked', () => {
    const tracer = memoryTracer();
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
    const run = pipeline<object, unknown>()
      .use(tracing({ tracer, inbound: 'ignore' }))
      .use(tracing({ tracer }))
      .handle(() => 1);
    run({ headers });
    const [inner, outer] = tracer.spans();
    expect(outer?.traceId).not.toBe(TRACE);
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
  });

  test('a stream is part of the span until it has been read, with its error', async () => {
    const { tracer, serve } = traced();
    const lines = async function* (): AsyncGenerator<number> {
      yield 1;
      throw new Error('torn');
    };
    const stream = (await serve({}, lines)) as AsyncGenerator<number>;
    await stream.next();
    expect(tracer.spans()).toEqual([]);
    expect(await outcomeOf(() => stream.next())).toMatchObject({ message: 'torn' });
    expect(tracer.spans()).toMatchObject([{ error: { message: 'torn' } }]);
  });

  test('X-R7 a tracer that fails changes nothing, and those further in still have a span', () => {
    const failures: unknown[] = [];
    const fail = (): never => {
      throw new Error('tracer');
    };
    const span: Span = {
      trace: { traceId: TRACE, spanId: SPAN, sampled: true },
      setAttribute: fail,
      recordError: fail,
      end: fail,
    };
    const broken: readonly Tracer[] = [{ start: fail }, { start: () => span }];
    for (const tracer of broken) {
      const serve = pipeline<object, unknown>()
        .use(tracing({ tracer, onFailure: (error) => void failures.push(error) }))
        .handle((ctx) => {
          if (ctx.span !== span) ctx.span.setAttribute('a', 1);
          return 5;
        });
      expect(serve({})).toBe(5);
    }
    expect(failures.map(String)).toEqual(['Error: tracer', 'Error: tracer']);
    const silent = pipeline<object, unknown>()
      .use(tracing({ tracer: { start: fail }, onFailure: () => {} }))
      .handle((ctx) => traceHeaders(ctx));
    expect(silent({})).toEqual({});
    const traceparent = `00-${TRACE}-${SPAN}-01`;
    expect(silent({ headers: { traceparent } })).toEqual({ traceparent });
  });

  test('outside of a trace there is nothing to hand on', () => {
    expect(traceHeaders({})).toEqual({});
  });

  test('options that are wrong are refused in a sentence', () => {
    const tracer = memoryTracer();
    expect(() => tracing({} as never)).toThrow('Expected `tracer` to be a tracer');
    expect(() => tracing({ tracer, inbound: 'trust' } as never)).toThrow(`a function or 'ignore'`);
    expect(() => tracing({ tracer, name: 1 } as never)).toThrow('Expected `name`');
    expect(() => tracing({ tracer, tracers: 1 } as never)).toThrow('Did you mean "tracer"?');
  });

  const laws = middlewareContract(() => tracing({ tracer: memoryTracer() }), {
    sync: true,
    changesContext: true,
  });
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});

describe('memoryTracer', () => {
  const start = { name: 'x', parent: undefined };

  test('X-R5 keeps the last spans only, and few attributes of each', () => {
    const tracer = memoryTracer({ maxSpans: 2 });
    for (const name of ['a', 'b', 'c']) {
      const span = tracer.start({ name, parent: undefined });
      for (let n = 0; n < 1000; n++) span.setAttribute(`k${n}`, n);
      span.end();
    }
    expect(tracer.spans().map(({ name }) => name)).toEqual(['b', 'c']);
    expect(Object.keys(tracer.spans()[0]?.attributes ?? {})).toHaveLength(64);
  });

  test('X-R4 an attribute that is secret by its name is hidden; one can be set again', () => {
    const tracer = memoryTracer();
    const span = tracer.start(start);
    span.setAttribute('authToken', 'hunter2');
    span.setAttribute('url', 'https://ada:hunter2@db/');
    span.setAttribute('tries', 1);
    span.setAttribute('tries', 2);
    span.end();
    span.end();
    expect(tracer.spans()).toMatchObject([
      { attributes: { authToken: '[redacted]', url: 'https://[redacted]@db/', tries: 2 } },
    ]);
  });

  test('ids are valid whatever chance says', () => {
    for (const random of [() => 0, () => 0.999_999, seededRandom(7)]) {
      const { trace } = memoryTracer({ random }).start(start);
      expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace);
    }
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => memoryTracer({ maxSpans: 0 })).toThrow(RangeError);
    expect(() => memoryTracer({ random: 1 } as never)).toThrow(
      'Expected `random` to be a function',
    );
    expect(() => memoryTracer({ maxSpan: 1 } as never)).toThrow('Did you mean "maxSpans"?');
  });
});
