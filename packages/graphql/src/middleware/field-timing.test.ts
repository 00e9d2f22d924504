/** fieldTiming: what is measured, who is told, and that nobody notices. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { ask, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import { type FieldTiming, fieldTiming, type FieldTimingOptions } from './field-timing.ts';

function setUp(options: FieldTimingOptions = {}) {
  const clock = fakeClock();
  const seen: (readonly [string, number, boolean])[] = [];
  const record = ({ coordinate, durationMs, ok }: FieldTiming) =>
    void seen.push([coordinate, durationMs, ok]);
  const trouble = new Error('bad');
  const wrapped = fields()
    .use(fieldTiming({ record, clock, ...options }))
    .wrap(
      schemaOf(
        'type Item { name: String } type Query { now: Int later: Int item: Item bad: Int worse: Int given: Int }',
        {
          'Query.now': () => (clock.advanceSync(3), 1),
          'Query.later': () => new Promise((resolve) => void clock.setTimer(() => resolve(2), 50)),
          'Query.item': () => ({ name: 'x' }),
          'Query.bad': () => {
            throw trouble;
          },
          'Query.worse': () => Promise.reject(trouble),
          'Query.given': () => trouble,
        },
      ),
    );
  return { schema: wrapped.schema, wrapped: wrapped.wrapped, clock, seen };
}

describe('M-149 fieldTiming', () => {
  test('M-149 measures by Type.field, what waits until it has waited', async () => {
    const { schema, clock, seen } = setUp();
    const result = ask(schema, '{ later now }');
    await clock.advance(100);
    expect((await result).data).toEqual({ later: 2, now: 1 });
    expect(seen).toEqual([
      ['Query.now', 3, true],
      ['Query.later', 50, true],
    ]);
  });

  test('M-149 tells failures, thrown, rejected or given', async () => {
    const { schema, seen } = setUp();
    await ask(schema, '{ bad worse given }');
    expect(seen.toSorted(([one], [other]) => (one < other ? -1 : 1))).toEqual([
      ['Query.bad', 0, false],
      ['Query.given', 0, false],
      ['Query.worse', 0, false],
    ]);
  });

  test('M-149 leaves results and their time as they are', () => {
    const { schema } = setUp();
    expect(ask(schema, '{ now }')).toEqual({ data: { now: 1 } });
    const { errors } = ask(schema, '{ bad }') as unknown as { errors: { originalError: Error }[] };
    expect(errors[0]?.originalError.message).toBe('bad');
  });

  test('times fields with default resolvers only if asked', () => {
    expect(setUp().wrapped).not.toContain('Item.name');
    expect(setUp({ defaults: true }).wrapped).toContain('Item.name');
  });

  test('tells of slow calls, those at the limit included', () => {
    const onSlow = vi.fn();
    for (const slowMs of [3, 3.5]) void ask(setUp({ onSlow, slowMs }).schema, '{ now }');
    expect(onSlow).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ coordinate: 'Query.now', durationMs: 3, ok: true }),
    );
  });

  test('lets the field be when those who are told fail', () => {
    const onFailure = vi.fn();
    const fail = (): never => {
      throw new Error('no disk');
    };
    const { schema } = setUp({ record: fail, onSlow: fail, slowMs: 0, onFailure });
    expect(ask(schema, '{ now }')).toEqual({ data: { now: 1 } });
    expect(onFailure).toHaveBeenCalledTimes(2);
  });

  test.each([
    [{ slowMs: -1 }, /`slowMs` to be a number of milliseconds/],
    [{ record: 1 }, /`record` to be a function/],
    [{ defaults: 1 }, /`defaults` to be true or false/],
    [{ slow: 1 }, /Did you mean "slowMs"|Unknown option `slow`/],
  ])('%j is refused', (options, message) => {
    expect(() => fieldTiming(options as never)).toThrow(message);
  });
});
