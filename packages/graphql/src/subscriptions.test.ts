/** Middleware round subscriptions: each event by default, the start by option; the source is handed on as it is. */
import { describe, expect, test } from 'vitest';
import { type ExecutionResult, parse, subscribe } from 'graphql';
import { schemaOf } from '../test-kit/schema-of.ts';
import type { FieldMiddleware } from './field-context.ts';
import { fields } from './fields.ts';

const TEXT = 'type Query { one: Int } type Subscription { ticks: Int doubled: Int }';

/** A source of three numbers that tells whether it was closed. */
function source() {
  const state = { next: 0, returned: 0 };
  const events: AsyncIterableIterator<{ ticks: number; doubled: number }> = {
    [Symbol.asyncIterator]: () => events,
    next: async () =>
      state.next === 3
        ? { done: true, value: undefined }
        : { done: false, value: { ticks: ++state.next, doubled: state.next } },
    return: async () => {
      state.returned++;
      return { done: true, value: undefined };
    },
  };
  return { state, events };
}

const build = (events: unknown) =>
  schemaOf(TEXT, {
    'Subscription.ticks': { subscribe: () => events as never },
    'Subscription.doubled': {
      subscribe: async () => events as never,
      resolve: ((event: { doubled: number }) => event.doubled * 2) as never,
    },
  });

const start = (schema: ReturnType<typeof build>, query: string, contextValue?: unknown) =>
  Promise.resolve(subscribe({ schema, document: parse(query), contextValue }));

async function all(stream: unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { data } of stream as AsyncIterable<ExecutionResult>) seen.push({ ...data });
  return seen;
}

describe('subscriptions', () => {
  test('a middleware runs round each event', async () => {
    const plusTen: FieldMiddleware = (ctx, next) => Number(next(ctx)) + 10;
    const schema = fields().use(plusTen).apply(build(source().events));
    expect(await all(await start(schema, 'subscription { ticks }'))).toEqual([
      { ticks: 11 },
      { ticks: 12 },
      { ticks: 13 },
    ]);
    const doubled = fields().use(plusTen).apply(build(source().events));
    expect(await all(await start(doubled, 'subscription { doubled }'))).toEqual([
      { doubled: 12 },
      { doubled: 14 },
      { doubled: 16 },
    ]);
  });

  test('with during: subscribe it runs once, round the start, and hands the source on', async () => {
    const { events, state } = source();
    const given: unknown[] = [];
    const watch: FieldMiddleware = (ctx, next) => {
      const started = next(ctx);
      given.push(started);
      return started;
    };
    const schema = fields().use(watch, { during: 'subscribe' }).apply(build(events));
    const stream = (await start(schema, 'subscription { ticks }')) as AsyncGenerator;
    expect(given).toEqual([events]);
    expect(given[0]).toBe(events);
    expect(await stream.next()).toMatchObject({ value: { data: { ticks: 1 } } });
    expect(state.returned).toBe(0);
    await stream.return(undefined);
    expect(state.returned).toBeGreaterThan(0);
    expect(given).toHaveLength(1);
  });

  test('with during: both it guards the start and each event', async () => {
    const seen: string[] = [];
    const guard: FieldMiddleware<{ user?: string }> = (ctx, next) => {
      seen.push(ctx.context.user ?? 'nobody');
      if (!ctx.context.user) throw new Error('no');
      return next(ctx);
    };
    const stack = fields<{ user?: string }>().on('Subscription.*', guard, { during: 'both' });
    const schema = stack.apply(build(source().events));
    const refused = (await start(schema, 'subscription { ticks }', {})) as ExecutionResult;
    expect(refused.errors?.[0]?.message).toBe('no');
    expect(seen).toEqual(['nobody']);
    await all(await start(schema, 'subscription { ticks }', { user: 'ada' }));
    expect(seen).toEqual(['nobody', 'ada', 'ada', 'ada', 'ada']);
  });

  test('explain shows both functions of the field', () => {
    const note: FieldMiddleware = function note(ctx, next) {
      return next(ctx);
    };
    const { explain } = fields().use(note, { during: 'subscribe' }).wrap(build(source().events));
    expect(explain('Subscription.ticks')).toBe(
      [
        'Subscription.ticks, subscribe',
        '   middleware  why it runs  why here                    from',
        '1  note        every field  phase "execute", as listed  use() 1',
        '   subscribe',
        'Subscription.ticks',
        '  the default resolver',
        'not here:',
        '  note  runs during subscribe only',
      ].join('\n'),
    );
    expect(explain('Query.one')).not.toContain('subscribe\n');
  });
});
