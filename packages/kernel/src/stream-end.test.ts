/** untilEnd: tells once how a stream has ended, and its reader waits for what is made of it. */
import { Readable } from 'node:stream';
import { pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { untilEnd, whenEnded } from './when-ended.ts';

const fault = new Error('torn');

function watched(stream: unknown): { readonly told: unknown[]; readonly handed: unknown } {
  const told: unknown[] = [];
  const handed = untilEnd(stream, {
    ended: () => void told.push('ended'),
    failed: (error) => void told.push('failed', error),
    left: () => void told.push('left'),
  });
  return { told, handed };
}

async function* numbers(error?: unknown): AsyncGenerator<number, string> {
  yield 1;
  if (error) throw error;
  yield 2;
  return 'last';
}

const errorOf = async (run: () => unknown): Promise<unknown> => {
  try {
    return await run();
  } catch (error) {
    return error;
  }
};

describe('what is no stream', () => {
  test.each([[1], ['x'], [null], [undefined], [{}], [[1, 2]], [new Map()]])(
    '%o has ended at once, and stays what it is',
    (value) => {
      const { told, handed } = watched(value);
      expect(told).toEqual(['ended']);
      expect(handed).toBe(value);
    },
  );
});

describe('an async generator', () => {
  test('is the same object, and gives what it gave', async () => {
    const stream = numbers();
    const { told, handed } = watched(stream);
    expect(handed).toBe(stream);
    expect([await stream.next(), await stream.next()]).toEqual([
      { value: 1, done: false },
      { value: 2, done: false },
    ]);
    expect(told).toEqual([]);
    expect(await stream.next()).toEqual({ value: 'last', done: true });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(told).toEqual(['ended']);
  });

  test('that fails tells its error, and its reader gets the same', async () => {
    const stream = numbers(fault);
    const { told } = watched(stream);
    await stream.next();
    expect(await errorOf(() => stream.next())).toBe(fault);
    expect(told).toEqual(['failed', fault]);
  });

  test('that is given up has been left, also before it was begun', async () => {
    const begun = numbers();
    const first = watched(begun);
    await begun.next();
    expect(await begun.return('enough')).toEqual({ value: 'enough', done: true });
    expect(first.told).toEqual(['left']);
    const untouched = numbers();
    const second = watched(untouched);
    await untouched.return('none');
    expect(second.told).toEqual(['left']);
  });

  test('into which an error is thrown has failed, if it does not mend it', async () => {
    const stream = numbers();
    const { told } = watched(stream);
    await stream.next();
    expect(await errorOf(() => stream.throw(fault))).toBe(fault);
    expect(told).toEqual(['failed', fault]);
  });

  test('keeps several readers of its end waiting for the same', async () => {
    const stream = numbers();
    const dealt = pending<void>();
    const order: string[] = [];
    untilEnd(stream, { ended: () => dealt, failed() {}, left() {} });
    await stream.next();
    await stream.next();
    const reads = [stream.next(), stream.next()].map(async (read) => {
      await read;
      order.push('read');
    });
    await settle();
    expect(order).toEqual([]);
    dealt.resolve();
    await Promise.all(reads);
    expect(order).toEqual(['read', 'read']);
  });

  test('what ending throws, the reader gets once', async () => {
    const stream = numbers();
    let calls = 0;
    untilEnd(stream, {
      ended() {
        calls++;
        throw fault;
      },
      failed() {},
      left() {},
    });
    await stream.next();
    await stream.next();
    expect(await errorOf(() => stream.next())).toBe(fault);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(calls).toBe(1);
  });
});

describe('an async iterable', () => {
  const iterable = (): AsyncIterable<number> => ({ [Symbol.asyncIterator]: () => numbers() });

  test('is watched when it is opened next, and then is as it was', async () => {
    const stream = iterable();
    const { told, handed } = watched(stream);
    expect(handed).toBe(stream);
    for await (const _one of stream);
    expect(told).toEqual(['ended']);
    for await (const _one of stream);
    expect(told).toEqual(['ended']);
  });

  test('can be watched by several, as when middleware stand one in another', async () => {
    const stream = iterable();
    const own = Object.getOwnPropertyDescriptor(stream, Symbol.asyncIterator);
    const looks = [watched(stream), watched(stream), watched(stream)];
    for await (const _one of stream) break;
    expect(looks.map(({ told }) => told)).toEqual([['left'], ['left'], ['left']]);
    expect(Object.getOwnPropertyDescriptor(stream, Symbol.asyncIterator)).toEqual(own);
  });

  test('with a reader that has no way to give up still tells that it was left', async () => {
    const stream: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 1, done: false }) }),
    };
    const { told } = watched(stream);
    for await (const _one of stream) break;
    expect(told).toEqual(['left']);
  });

  test('whose next throws has failed', async () => {
    const stream: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          throw fault;
        },
      }),
    };
    const { told } = watched(stream);
    const read = async (): Promise<void> => {
      for await (const _one of stream);
    };
    expect(await errorOf(read)).toBe(fault);
    expect(told).toEqual(['failed', fault]);
  });

  test('that cannot be watched has ended at once', () => {
    expect(watched(Object.freeze(iterable())).told).toEqual(['ended']);
  });

  test('whose iterator cannot be watched has ended when it is opened', async () => {
    const frozen: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => Object.freeze({ next: () => numbers().next() }),
    };
    const { told } = watched(frozen);
    expect(told).toEqual([]);
    for await (const _one of frozen) break;
    expect(told).toEqual(['ended']);
    const unheard: unknown[] = [];
    untilEnd(frozen, {
      ended: () => Promise.reject(fault),
      failed() {},
      left() {},
      unheard: (error) => unheard.push(error),
    });
    for await (const _one of frozen) break;
    expect(unheard).toEqual([fault]);
  });

  test('that cannot be opened has failed, and is as it was', async () => {
    const open = (): never => {
      throw fault;
    };
    const stream: AsyncIterable<number> = { [Symbol.asyncIterator]: open };
    const { told } = watched(stream);
    const read = async (): Promise<void> => {
      for await (const _one of stream);
    };
    expect(await errorOf(read)).toBe(fault);
    expect(told).toEqual(['failed', fault]);
    expect(stream[Symbol.asyncIterator]).toBe(open);
  });

  test('X-R5 that is given out again and again and never read collects no more than a hundred', () => {
    const stream = iterable();
    const looks = Array.from({ length: 150 }, () => watched(stream));
    expect(looks.filter(({ told }) => told.length > 0)).toHaveLength(50);
  });
});

describe('a ReadableStream', () => {
  const readable = (): ReadableStream<number> =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(1);
        controller.close();
      },
    });

  test('that somebody else reads has ended at once', () => {
    const stream = readable();
    stream.getReader();
    const { told, handed } = watched(stream);
    expect([told, handed]).toEqual([['ended'], stream]);
  });

  test('is not read before somebody asks', async () => {
    let pulls = 0;
    const stream = new ReadableStream<number>(
      { pull: (controller) => controller.enqueue(++pulls) },
      { highWaterMark: 0 },
    );
    const { handed, told } = watched(stream);
    await settle();
    expect(pulls).toBe(0);
    const reader = (handed as ReadableStream<number>).getReader();
    expect(await reader.read()).toEqual({ value: 1, done: false });
    await reader.cancel('enough');
    expect(told).toEqual(['left']);
  });
});

describe('a ReadableStream that is given up', () => {
  test('has been left also when its source cannot be closed', async () => {
    const stream = new ReadableStream<number>({ cancel: () => Promise.reject(fault) });
    const { told, handed } = watched(stream);
    expect(await errorOf(() => (handed as ReadableStream).cancel())).toBe(fault);
    expect(told).toEqual(['left']);
  });
});

test('a generator that goes on after it was given up has been left; for whenEnded it is not over', async () => {
  const stubborn = (): AsyncGenerator<number> =>
    (async function* () {
      try {
        yield 1;
      } finally {
        yield 2;
      }
    })();
  const stream = stubborn();
  const { told } = watched(stream);
  await stream.next();
  expect(await stream.return(undefined)).toEqual({ value: 2, done: false });
  expect(told).toEqual(['left']);
  let over = 0;
  const held = whenEnded(stubborn(), () => void over++);
  await held.next();
  await held.return(undefined);
  expect(over).toBe(0);
  await held.next();
  expect(over).toBe(1);
});

test('whenEnded tells of an iterable that cannot be opened', () => {
  let over = 0;
  const open = (): never => {
    throw fault;
  };
  const broken = whenEnded({ [Symbol.asyncIterator]: open }, () => void over++);
  expect(() => broken[Symbol.asyncIterator]()).toThrow(fault);
  expect(over).toBe(1);
});

test('a stream of Node that has closed already tells at once how', async () => {
  const stream = Readable.from([1]);
  stream.destroy(fault);
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('close', resolve));
  const { told, handed } = watched(stream);
  await settle();
  expect(handed).toBe(stream);
  expect(told).toEqual(['failed', fault]);
});

test('property: whatever its reader does, a generator tells exactly once how it ended', async () => {
  const step = fc.constantFrom('next', 'return', 'throw');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, fails) => {
      const plain = numbers(fails ? fault : undefined);
      const stream = numbers(fails ? fault : undefined);
      const { told } = watched(stream);
      for (const one of steps) {
        const act = (on: typeof plain): Promise<unknown> =>
          errorOf(() =>
            one === 'next' ? on.next() : one === 'return' ? on.return('r') : on.throw('t'),
          );
        expect(await act(stream)).toEqual(await act(plain));
      }
      const ended = steps.some((one) => one !== 'next') || steps.length > (fails ? 1 : 2);
      expect(told.filter((word) => typeof word === 'string' && word !== 't')).toHaveLength(
        ended ? 1 : 0,
      );
    }),
  );
});
