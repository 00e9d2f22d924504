/** collectTimings and timingExtension: what is told of an operation, and that nothing goes wrong for want of it. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { ask, schemaOf } from '../../test-kit/schema-of.ts';
import { fields } from '../fields.ts';
import { dataLoader } from '../middleware/data-loader.ts';
import { fieldTiming } from '../middleware/field-timing.ts';
import { timingExtension, type TimingExtensionOptions } from './timing-extension.ts';
import { collectTimings } from './timings.ts';

function timed() {
  const clock = fakeClock();
  const schema = fields()
    .use(dataLoader({ loaders: { x: (keys: readonly string[]) => keys } }))
    .use(fieldTiming({ clock }))
    .apply(
      schemaOf('type Item { slow: Int } type Query { a: Int items: [Item] bad: Int }', {
        'Query.a': () => (clock.advanceSync(1), 1),
        'Query.items': () => [{}, {}],
        'Item.slow': () => (clock.advanceSync(20), 1),
        'Query.bad': () => {
          clock.advanceSync(5);
          throw new Error('x');
        },
      }),
    );
  return { schema, clock };
}

describe('M-149 collectTimings', () => {
  test('M-149 sums up an operation by field, those first that took longest', async () => {
    const { schema } = timed();
    const contextValue = {};
    const timings = collectTimings(contextValue);
    await ask(schema, '{ a b: a items { slow } bad }', { contextValue });
    expect(Object.entries(timings.read())).toEqual([
      ['Item.slow', { calls: 2, errors: 0, totalMs: 40, maxMs: 20 }],
      ['Query.bad', { calls: 1, errors: 1, totalMs: 5, maxMs: 5 }],
      ['Query.a', { calls: 2, errors: 0, totalMs: 2, maxMs: 1 }],
      ['Query.items', { calls: 1, errors: 0, totalMs: 0, maxMs: 0 }],
    ]);
  });

  test('tells no more fields than wanted', async () => {
    const { schema } = timed();
    const contextValue = {};
    const timings = collectTimings(contextValue, { maxFields: 1 });
    await ask(schema, '{ a bad }', { contextValue });
    expect(Object.keys(timings.read())).toEqual(['Query.bad']);
  });

  test.each([
    [undefined, {}, /`context` to be an object/],
    [{}, { maxFields: 0 }, /`maxFields` to be a whole number, 1 or more/],
    [{}, { maxField: 1 }, /Did you mean "maxFields"/],
    [Object.freeze({}), {}, TypeError],
  ])('%j with %j is refused', (context, options, message) => {
    expect(() => collectTimings(context as object, options as object)).toThrow(message);
  });
});

/** One operation as Envelop and Yoga have it executed. */
async function envelop(options: TimingExtensionOptions, contextValue: unknown = {}) {
  const { schema } = timed();
  const hooks = timingExtension(options).onExecute({ args: { contextValue } });
  let result: unknown = await ask(schema, '{ a }', { contextValue });
  hooks?.onExecuteDone({ result, setResult: (next: unknown) => (result = next) });
  return result as { readonly extensions?: { readonly timing: object } };
}

describe('timingExtension', () => {
  const timing = { 'Query.a': { calls: 1, errors: 0, totalMs: 1, maxMs: 1 } };

  test('M-149 puts it under extensions in Envelop and Yoga, beside what is there', async () => {
    expect((await envelop({})).extensions).toEqual({ timing });
    const start = timingExtension().onExecute({ args: { contextValue: {} } });
    const seen = vi.fn();
    start?.onExecuteDone({ result: { data: 1, extensions: { other: 2 } }, setResult: seen });
    expect(seen).toHaveBeenCalledExactlyOnceWith({ data: 1, extensions: { other: 2, timing: {} } });
  });

  test('M-149 puts it under extensions in Apollo Server', async () => {
    const { schema } = timed();
    const contextValue = {};
    const hooks = await timingExtension().requestDidStart();
    const body = { kind: 'single', singleResult: {} as object };
    const request = { contextValue, response: { body } };
    await hooks.executionDidStart(request);
    body.singleResult = await ask(schema, '{ a }', { contextValue });
    await hooks.willSendResponse(request);
    expect(body.singleResult).toMatchObject({ data: { a: 1 }, extensions: { timing } });
  });

  test('is silent for operations that it is not for', async () => {
    const when = vi.fn(() => false);
    expect(await envelop({ when }, { debug: 0 })).not.toHaveProperty('extensions');
    expect(when).toHaveBeenCalledExactlyOnceWith({ debug: 0 });
  });

  test.each([undefined, 'text', Object.freeze({})])(
    'lets operations be whose context is %o',
    async (context) => {
      const told = vi.spyOn(console, 'error').mockImplementation(() => {});
      expect(await envelop({}, context)).toMatchObject({ data: { a: 1 } });
      told.mockRestore();
    },
  );

  test('lets streams of results be, and requests that were never executed', async () => {
    const seen = vi.fn();
    const result = (async function* () {})();
    timingExtension()
      .onExecute({ args: { contextValue: {} } })
      ?.onExecuteDone({ result, setResult: seen });
    expect(seen).not.toHaveBeenCalled();
    const hooks = await timingExtension().requestDidStart();
    const body = { kind: 'single', singleResult: { errors: [] } };
    await hooks.willSendResponse({ contextValue: {}, response: { body } });
    expect(body.singleResult).toEqual({ errors: [] });
  });

  test.each([
    [{ maxFields: -1 }, /`maxFields`/],
    [{ when: true }, /`when` to be a function/],
    [{ only: 1 }, /Unknown option `only`/],
  ])('%j is refused', (options, message) => {
    expect(() => timingExtension(options as never)).toThrow(message);
  });
});
