/** whenEnded: once, at the very end, and what is handed on is as good as what came. */
import { Readable, Writable } from 'node:stream';
import { settle } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { observe } from './observe.ts';
import { pipeline } from './pipeline.ts';
import { whenEnded } from './when-ended.ts';

const boom = new Error('boom');
const collect = async (items: AsyncIterable<unknown>): Promise<unknown[]> => {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
};
async function* two(): AsyncGenerator<number, string, string> {
  yield 1;
  yield 2;
  return 'end';
}

describe('at once', () => {
  test.each([
    undefined,
    null,
    0,
    'text',
    Symbol('s'),
    () => 1,
    {},
    [1, 2],
    new Map(),
    new Date(),
    { next: () => 1 },
  ])('for %o, which is handed on as it is', (value) => {
    const ended = vi.fn();
    expect(whenEnded(value, ended)).toBe(value);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('for a stream that somebody reads already', async () => {
    const stream = new ReadableStream({ start: (controller) => controller.enqueue(1) });
    const reader = stream.getReader();
    const ended = vi.fn();
    expect(whenEnded(stream, ended)).toBe(stream);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(await reader.read()).toEqual({ done: false, value: 1 });
  });

  test('for what cannot be watched, which still works', async () => {
    const ended = vi.fn();
    const frozen = Object.freeze({ [Symbol.asyncIterator]: two });
    expect(await collect(whenEnded(frozen, ended))).toEqual([1, 2]);
    const steps = Object.freeze(Object.assign(two(), {}));
    whenEnded(steps, ended);
    const opens = {
      [Symbol.asyncIterator]: () => Object.freeze({ next: async () => ({ done: true, value: 1 }) }),
    };
    expect(await collect(whenEnded(opens as unknown as AsyncIterable<unknown>, ended))).toEqual([]);
    expect(ended).toHaveBeenCalledTimes(3);
  });
});

describe('an async generator', () => {
  test('when it has ended, and not before; it is the same object', async () => {
    const ended = vi.fn();
    const generator = two();
    const given = whenEnded(generator, ended);
    expect(given).toBe(generator);
    expect(await given.next('')).toEqual({ done: false, value: 1 });
    await given.next('');
    expect(ended).not.toHaveBeenCalled();
    expect(await given.next('')).toEqual({ done: true, value: 'end' });
    expect(ended).toHaveBeenCalledTimes(1);
    await given.next('');
    await given.return('x');
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('when it is given up', async () => {
    const ended = vi.fn();
    for await (const item of whenEnded(two() as AsyncIterable<number>, ended)) {
      expect(item).toBe(1);
      expect(ended).not.toHaveBeenCalled();
      break;
    }
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('when it fails, or is made to', async () => {
    const ended = vi.fn();
    const failing = whenEnded(
      (async function* () {
        yield 1;
        throw boom;
      })(),
      ended,
    );
    await failing.next();
    await expect(failing.next()).rejects.toBe(boom);
    expect(ended).toHaveBeenCalledTimes(1);
    const thrown = whenEnded(two(), ended);
    await thrown.next('');
    await expect(thrown.throw(boom)).rejects.toBe(boom);
    expect(ended).toHaveBeenCalledTimes(2);
  });

  test('it is not over if it goes on after being given up', async () => {
    const ended = vi.fn();
    const stubborn = whenEnded(
      (async function* () {
        try {
          yield 1;
        } finally {
          yield 2;
        }
      })(),
      ended,
    );
    await stubborn.next();
    expect(await stubborn.return(undefined)).toEqual({ done: false, value: 2 });
    expect(ended).not.toHaveBeenCalled();
    await stubborn.next();
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('an async iterable', () => {
  test('when the iterator that it opens has ended; afterwards it is as it was', async () => {
    const ended = vi.fn();
    const iterable = { [Symbol.asyncIterator]: two };
    expect(whenEnded(iterable, ended)).toBe(iterable);
    expect(ended).not.toHaveBeenCalled();
    expect(await collect(iterable)).toEqual([1, 2]);
    expect(ended).toHaveBeenCalledTimes(1);
    expect(iterable[Symbol.asyncIterator]).toBe(two);
    class Listing {
      async *[Symbol.asyncIterator](): AsyncGenerator<number> {
        yield 3;
      }
    }
    const listing = new Listing();
    expect(await collect(whenEnded(listing, ended))).toEqual([3]);
    expect(ended).toHaveBeenCalledTimes(2);
    expect(Reflect.ownKeys(listing)).toEqual([]);
  });

  test('all who wait for one that has not been opened are told by the first that opens it', async () => {
    const ended = vi.fn();
    const shared = { [Symbol.asyncIterator]: two };
    for (let n = 0; n < 3; n++) whenEnded(shared, ended);
    expect(ended).toHaveBeenCalledTimes(0);
    expect(await collect(shared)).toEqual([1, 2]);
    expect(ended).toHaveBeenCalledTimes(3);
    expect(shared[Symbol.asyncIterator]).toBe(two);
  });

  test('one that is given out again and again and never read collects only so many', async () => {
    const ended = vi.fn();
    const shared = { [Symbol.asyncIterator]: two };
    for (let n = 0; n < 1000; n++) whenEnded(shared, ended);
    expect(ended).toHaveBeenCalledTimes(900);
    await collect(shared);
    expect(ended).toHaveBeenCalledTimes(1000);
  });

  test('iterators that are made by hand: without return, with plain steps, with a throw', async () => {
    const ended = vi.fn();
    const list = [1, 2];
    const plain = {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          list.length > 0 ? { done: false, value: list.shift() } : { done: true, value: undefined },
      }),
    };
    expect(await collect(whenEnded(plain as unknown as AsyncIterable<unknown>, ended))).toEqual([
      1, 2,
    ]);
    expect(ended).toHaveBeenCalledTimes(1);
    const throwing = {
      [Symbol.asyncIterator]: () => ({
        next: (): never => {
          throw boom;
        },
      }),
    };
    await expect(collect(whenEnded(throwing as AsyncIterable<unknown>, ended))).rejects.toBe(boom);
    expect(ended).toHaveBeenCalledTimes(2);
    const returns = { next: async () => ({ done: false, value: 1 }), return: async () => ({}) };
    const endless = { [Symbol.asyncIterator]: () => returns };
    for await (const _ of whenEnded(endless as unknown as AsyncIterable<number>, ended)) break;
    expect(ended).toHaveBeenCalledTimes(3);
  });
});

describe('a ReadableStream', () => {
  test('when it has been read to the end, with the same contents, and nothing is read before somebody asks', async () => {
    const pull = vi.fn((controller: ReadableStreamDefaultController) => {
      controller.enqueue(pull.mock.calls.length);
      if (pull.mock.calls.length === 3) controller.close();
    });
    const ended = vi.fn();
    const stream = whenEnded(new ReadableStream({ pull }, { highWaterMark: 0 }), ended);
    await settle();
    expect(pull).not.toHaveBeenCalled();
    expect(await collect(stream)).toEqual([1, 2, 3]);
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('when it is cancelled, and the source is told why', async () => {
    const cancel = vi.fn();
    const ended = vi.fn();
    const stream = whenEnded(new ReadableStream({ cancel }), ended);
    await stream.cancel('enough');
    expect(cancel).toHaveBeenCalledWith('enough');
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('when it fails, with the error itself', async () => {
    const ended = vi.fn();
    const stream = whenEnded(
      new ReadableStream({
        pull(controller) {
          controller.error(boom);
        },
      }),
      ended,
    );
    await expect(collect(stream)).rejects.toBe(boom);
    expect(ended).toHaveBeenCalledTimes(1);
  });
});

describe('a stream of Node', () => {
  test('when it is closed, having ended', async () => {
    const ended = vi.fn();
    const stream = Readable.from(['a', 'b']);
    expect(whenEnded(stream, ended)).toBe(stream);
    expect(ended).not.toHaveBeenCalled();
    expect(await collect(stream)).toEqual(['a', 'b']);
    await settle();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test('when it is destroyed; and at once if it has been', async () => {
    const ended = vi.fn();
    const stream = whenEnded(new Readable({ read() {} }), ended);
    stream.destroy();
    await settle();
    expect(ended).toHaveBeenCalledTimes(1);
    whenEnded(stream as unknown, ended);
    const written = new Writable();
    written.destroy();
    await settle();
    whenEnded(written as unknown, ended);
    expect(ended).toHaveBeenCalledTimes(3);
  });
});

test('an observer is told of a streamed result when the stream has ended', async () => {
  const log: string[] = [];
  const serve = pipeline<object, AsyncIterable<number>>()
    .use((_, next) => next())
    .handle(() => two());
  observe(serve, { leave: ({ outcome }) => log.push(`left, ${outcome.ok}`) });
  for await (const item of await serve({})) log.push(`item ${item}`);
  expect(log).toEqual(['item 1', 'item 2', 'left, true']);
});
