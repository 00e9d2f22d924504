/** Policies of resilience round resolvers, unchanged: retry, timeout, breaker, bulkhead, cache, rate limit. */
import {
  bulkhead,
  cache,
  circuitBreaker,
  coalesce,
  fallback,
  rateLimit,
  retry,
  timeout,
} from '@interpose/resilience';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { ExecutionResult, GraphQLResolveInfo } from 'graphql';
import { ask, dataOf, type FieldFunctions, schemaOf } from '../test-kit/schema-of.ts';
import { signalOf } from './call-signal.ts';
import type { FieldContext } from './field-context.ts';
import { fields } from './fields.ts';

const build = (quote: FieldFunctions) =>
  schemaOf('type Query { quote(of: ID): Float }', { 'Query.quote': quote });
const QUERY = '{ quote(of: "ACME") }';
const codeOf = ({ errors }: ExecutionResult) =>
  (errors?.[0]?.originalError as { code?: string } | undefined)?.code;

describe('policies on a resolver', () => {
  test('retry runs the resolver again with the same arguments', async () => {
    const seen: unknown[] = [];
    const schema = build(((_: unknown, { of }: { of: string }) => {
      seen.push(of);
      if (seen.length < 3) throw new Error('not yet');
      return 42;
    }) as never);
    const stack = fields().on('Query.quote', retry({ backoff: () => 0 }));
    expect(dataOf(await ask(stack.apply(schema), QUERY))).toEqual({ quote: 42 });
    expect(seen).toEqual(['ACME', 'ACME', 'ACME']);
  });

  test('timeout ends the field, and the resolver is told by its signal', async () => {
    const clock = fakeClock();
    let signal: AbortSignal | undefined;
    const schema = build(((_: unknown, __: unknown, ___: unknown, info: GraphQLResolveInfo) => {
      signal = signalOf(info);
      return new Promise(() => {});
    }) as never);
    const stack = fields().on('Query.quote', timeout({ timeoutMs: 1000, clock }));
    const result = ask(stack.apply(schema), QUERY) as Promise<ExecutionResult>;
    await settle();
    expect(signal?.aborted).toBe(false);
    await clock.advance(1000);
    expect(codeOf(await result)).toBe('TIMEOUT');
    expect(signal?.aborted).toBe(true);
  });

  test.each([
    ['signal of the context', (signal: AbortSignal) => ({ signal })],
    ['signal of its request', (signal: AbortSignal) => ({ request: { signal } })],
  ])('the %s stops a retry that waits', async (_, contextOf) => {
    const clock = fakeClock();
    const controller = new AbortController();
    let runs = 0;
    const schema = build(() => {
      runs++;
      throw new Error('down');
    });
    const stack = fields().on('Query.quote', retry({ clock, backoff: () => 60_000 }));
    const contextValue = contextOf(controller.signal);
    const result = ask(stack.apply(schema), QUERY, { contextValue }) as Promise<ExecutionResult>;
    await settle();
    controller.abort(new Error('client left'));
    expect((await result).errors?.[0]?.message).toBe('client left');
    expect(runs).toBe(1);
  });

  test('what is no signal is not taken for one', () => {
    let seen: FieldContext | undefined;
    const stack = fields().use((ctx, next) => {
      seen = ctx;
      return next(ctx);
    });
    const schema = stack.apply(build(() => 1));
    for (const contextValue of [
      { signal: 'SIGTERM' },
      { request: null },
      { request: 'x' },
      'text',
      null,
      7,
    ]) {
      dataOf(ask(schema, QUERY, { contextValue }) as ExecutionResult);
      expect(seen?.signal).toBeUndefined();
    }
  });

  test('a context that throws when it is asked for a signal is asked no more of', () => {
    const strict = new Proxy(
      {},
      {
        get(_, key) {
          throw new Error(`no ${String(key)}`);
        },
      },
    );
    const schema = fields()
      .use((ctx, next) => next(ctx))
      .apply(build(() => 1));
    expect(dataOf(ask(schema, QUERY, { contextValue: strict }) as ExecutionResult)).toEqual({
      quote: 1,
    });
  });

  test('circuitBreaker opens and refuses without calling the resolver', async () => {
    let runs = 0;
    const schema = build(() => {
      runs++;
      throw new Error('down');
    });
    const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 2 } });
    const wrapped = fields().on('Query.quote', breaker).apply(schema);
    for (let call = 0; call < 3; call++) await ask(wrapped, QUERY);
    expect(codeOf(await ask(wrapped, QUERY))).toBe('CIRCUIT_OPEN');
    expect(runs).toBe(2);
  });

  test('bulkhead and rateLimit refuse what is too much, field by field', async () => {
    const schema = build(async () => 1);
    const wide = `{ ${['a', 'b', 'c'].map((name) => `${name}: quote`).join(' ')} }`;
    const one = fields()
      .on('Query.quote', bulkhead({ maxConcurrent: 2, maxQueue: 0 }))
      .apply(schema);
    const two = fields()
      .on('Query.quote', rateLimit({ limit: 2, perMs: 1000, clock: fakeClock() }))
      .apply(schema);
    for (const [wrapped, code] of [
      [one, 'BULKHEAD_FULL'],
      [two, 'RATE_LIMITED'],
    ] as const) {
      const result = await ask(wrapped, wide);
      expect(result.data).toMatchObject({ a: 1, b: 1, c: null });
      expect(codeOf(result)).toBe(code);
    }
  });

  test('cache and coalesce are asked by what the key says', async () => {
    let runs = 0;
    const schema = build(async () => ++runs);
    const key = ({ info, args }: FieldContext) => `${info.fieldName} ${String(args['of'])}`;
    const cached = fields()
      .on('Query.quote', cache({ key, ttlMs: 1000, clock: fakeClock() }))
      .apply(schema);
    await ask(cached, QUERY);
    await ask(cached, QUERY);
    expect(runs).toBe(1);
    const together = fields().on('Query.quote', coalesce({ key })).apply(schema);
    expect(
      dataOf(await ask(together, '{ a: quote(of: 1) b: quote(of: 1) c: quote(of: 2) }')),
    ).toEqual({
      a: 2,
      b: 2,
      c: 3,
    });
  });

  test('several of them stand as listed, and one shared by fields is one', async () => {
    const schema = schemaOf('type Query { a: Int b: Int }', {
      'Query.a': () => {
        throw new Error('down');
      },
      'Query.b': () => 2,
    });
    const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 1 } });
    const stack = fields()
      .use(fallback({ fallback: -1 }))
      .use(breaker);
    expect(dataOf(await ask(stack.apply(schema), '{ a }'))).toEqual({ a: -1 });
    expect(dataOf(await ask(stack.apply(schema), '{ b }'))).toEqual({ b: -1 });
    expect(
      stack
        .wrap(schema)
        .describe('Query.a')
        .map(({ name }) => name),
    ).toEqual(['fallback', 'circuitBreaker']);
  });
});
