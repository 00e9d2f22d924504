/** resolverMetrics: what is counted, how often it is looked up, and that nobody notices. */
import { type Meter, metricsRegistry } from '@interpose/resilience/observing';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { ask, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import { resolverMetrics, type ResolverMetricsOptions } from './resolver-metrics.ts';

function setUp(options: Partial<ResolverMetricsOptions> = {}) {
  const clock = fakeClock();
  const meter = metricsRegistry();
  const wrapped = fields()
    .use(resolverMetrics({ meter, clock, ...options }))
    .wrap(
      schemaOf('type Item { n: Int } type Query { item: Item items: [Item] bad: Int later: Int }', {
        'Query.item': () => (clock.advanceSync(500), { n: 1 }),
        'Query.items': () => [{}, {}],
        'Query.bad': () => {
          throw new Error('x');
        },
        'Query.later': async () => new Error('given'),
      }),
    );
  const figures = () =>
    meter
      .read()
      .filter(({ value, count }) => value > 0 || (count ?? 0) > 0)
      .map(({ name, labels, value, count }) => [
        name,
        Object.values(labels).join(' '),
        value,
        count,
      ]);
  return { schema: wrapped.schema, wrapped: wrapped.wrapped, meter, figures };
}

describe('M-149 resolverMetrics', () => {
  test('M-149 counts calls and errors by Type.field, and measures them', async () => {
    const { schema, figures } = setUp();
    await ask(schema, '{ item { n } again: item { n } bad later }');
    expect(figures()).toEqual([
      ['graphql_field_calls_total', 'Query item success', 2, undefined],
      ['graphql_field_calls_total', 'Query bad error', 1, undefined],
      ['graphql_field_calls_total', 'Query later error', 1, undefined],
      ['graphql_field_duration_seconds', 'Query item', 1, 2],
      ['graphql_field_duration_seconds', 'Query bad', 0, 1],
      ['graphql_field_duration_seconds', 'Query later', 0, 1],
    ]);
  });

  test('looks up each series once, when the schema is built', async () => {
    const registry = metricsRegistry();
    const of = vi.fn();
    const meter: Meter = {
      ...registry,
      counter(spec) {
        const series = registry.counter(spec);
        return { of: (...labels) => (of(...labels), series.of(...labels)) };
      },
    };
    const { schema } = setUp({ meter });
    const before = of.mock.calls.length;
    expect(before).toBe(8);
    await ask(schema, '{ item { n } items { n } bad }');
    expect(of).toHaveBeenCalledTimes(before);
  });

  test('counts fields with default resolvers only if asked', () => {
    expect(setUp().wrapped).toEqual(['Query.item', 'Query.items', 'Query.bad', 'Query.later']);
    expect(setUp({ defaults: true }).wrapped).toContain('Item.n');
  });

  test('has names and buckets of one’s own', async () => {
    const { schema, meter } = setUp({ prefix: 'api_', bucketsSeconds: [0.1, 1] });
    await ask(schema, '{ item { n } }');
    expect(meter.prometheus()).toContain(
      'api_field_duration_seconds_bucket{type="Query",field="item",le="1"} 1\n',
    );
  });

  test('lets the field be when the meter fails', () => {
    const onFailure = vi.fn();
    const broken = {
      add(): never {
        throw new Error('full');
      },
    };
    const meter = { ...metricsRegistry(), counter: () => ({ of: () => broken }) };
    const { schema } = setUp({ meter, onFailure });
    expect(ask(schema, '{ item { n } }')).toEqual({ data: { item: { n: 1 } } });
    expect(onFailure).toHaveBeenCalledTimes(1);
  });

  test.each([
    [{}, /`meter` to be a meter/],
    [{ meter: metricsRegistry(), prefix: 1 }, /`prefix` to be a text/],
    [{ meter: metricsRegistry(), prefix: 'a b' }, /a b/],
    [{ meter: metricsRegistry(), defaults: 1 }, /`defaults` to be true or false/],
    [{ meter: metricsRegistry(), onFailure: 1 }, /`onFailure` to be a function/],
    [{ meter: metricsRegistry(), name: 1 }, /Unknown option `name`/],
  ])('%o is refused', (options, message) => {
    expect(() => resolverMetrics(options as never)).toThrow(message);
  });
});
