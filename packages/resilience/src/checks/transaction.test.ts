/** transaction: wholly or not at all, whatever fails, and the caller gets the first error. */
import { PassThrough } from 'node:stream';
import { type Awaitable, isThenable, pipeline } from '@interpose/kernel';
import { middlewareContract, pending, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { transaction, type TransactionOptions } from './transaction.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

type Options = Partial<TransactionOptions<Ctx, string, 'transaction'>>;
interface Ctx {
  readonly signal?: AbortSignal;
}

interface Desk {
  readonly log: unknown[];
  readonly serve: (ctx?: Ctx) => Awaitable<unknown>;
}

/** A transaction that writes down what happens to it, round a handler. */
function desk(
  handler: (ctx: Ctx & { readonly transaction: string }) => unknown,
  options: Options = {},
): Desk {
  const log: unknown[] = [];
  const serve = pipeline<Ctx, unknown>({ answersNothing: true })
    .use(
      transaction<Ctx, string>({
        begin: () => {
          log.push('begin');
          return 't1';
        },
        commit: (one) => void log.push(`commit ${one}`),
        rollback: (one, cause) => void log.push(`rollback ${one}`, cause),
        onFailure: (error, cause) => log.push('unheard', error, cause),
        ...options,
      }),
    )
    .handle((ctx) => handler(ctx));
  return { log, serve: (ctx = {}) => serve(ctx) };
}

const fault = new Error('handler');
const other = new Error('database');
const fail = (error: unknown) => (): never => {
  throw error;
};

describe('transaction', () => {
  test('M-136 begins before the rest, hands on what it has begun, and commits when the rest has succeeded', async () => {
    const { log, serve } = desk(async (ctx) => {
      log.push(`in ${ctx.transaction}`);
      return 'done';
    });
    expect(await serve()).toBe('done');
    expect(log).toEqual(['begin', 'in t1', 'commit t1']);
  });

  test.each([
    ['throws', fail(fault)],
    ['rejects', async () => fail(fault)()],
  ])('M-136 rolls back when the rest %s, and the error stays the same', async (_, handler) => {
    const { log, serve } = desk(handler);
    expect(await outcomeOf(serve)).toBe(fault);
    expect(log).toEqual(['begin', 'rollback t1', fault]);
  });

  test.each([
    ['throws', fail(other)],
    ['rejects', async () => fail(other)()],
  ])('M-136 a commit that %s surfaces, and is rolled back', async (_, commit) => {
    const { log, serve } = desk(() => 'done', { commit });
    expect(await outcomeOf(serve)).toBe(other);
    expect(log).toEqual(['begin', 'rollback t1', other]);
  });

  test.each([
    ['throws', fail(other)],
    ['rejects', async () => fail(other)()],
  ])(
    'M-136 a rollback that %s does not hide the first error, and is reported',
    async (_, rollback) => {
      const { log, serve } = desk(fail(fault), { rollback });
      expect(await outcomeOf(serve)).toBe(fault);
      expect(log).toEqual(['begin', 'unheard', other, fault]);
    },
  );

  test('M-136 neither does a reporter that throws', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const { serve } = desk(fail(fault), { rollback: fail(other), onFailure: fail(other) });
    expect(await outcomeOf(serve)).toBe(fault);
    expect(said.mock.calls[0]?.at(-1)).toBe(other);
    said.mockRestore();
  });

  test('a begin that fails is the error, and nothing else happens', async () => {
    const { log, serve } = desk(() => log.push('in'), { begin: fail(other) });
    expect(await outcomeOf(serve)).toBe(other);
    expect(log).toEqual([]);
  });

  test('a failure that is undefined is a failure as well', async () => {
    const { log, serve } = desk(fail(undefined));
    const outcome = await Promise.resolve()
      .then(() => serve())
      .then(
        () => 'succeeded',
        (error: unknown) => ({ error }),
      );
    expect(outcome).toEqual({ error: undefined });
    expect(log).toEqual(['begin', 'rollback t1', undefined]);
  });

  test('is synchronous where the database is', () => {
    const { log, serve } = desk(() => 5);
    expect(serve()).toBe(5);
    expect(() => desk(fail(fault)).serve()).toThrow(fault);
    expect(isThenable(desk(() => 5, { commit: async () => {} }).serve())).toBe(true);
    expect(log).toEqual(['begin', 'commit t1']);
  });

  test('property: exactly one of commit and rollback counts, in every mixture of failing and waiting', async () => {
    const way = fc.constantFrom('value', 'promise', 'throw', 'reject');
    const act = (how: string, error: Error) => (): unknown => {
      if (how === 'throw') throw error;
      return how === 'value' ? 1 : how === 'promise' ? Promise.resolve(1) : Promise.reject(error);
    };
    const failing = (how: string): boolean => how === 'throw' || how === 'reject';
    const errors = ['begin', 'handler', 'commit', 'rollback'].map((name) => new Error(name));
    await fc.assert(
      fc.asyncProperty(fc.tuple(way, way, way, way), async (ways) => {
        const seen: string[] = [];
        const noting = (index: number, name: string) => (): unknown => {
          seen.push(name);
          return act(ways[index] as string, errors[index] as Error)();
        };
        const { serve } = desk(noting(1, 'handler'), {
          begin: noting(0, 'begin') as () => string,
          commit: noting(2, 'commit'),
          rollback: noting(3, 'rollback'),
        });
        const outcome = await outcomeOf(serve);
        const [begin, handler, commit] = ways.map(failing);
        const first = begin ? 0 : handler ? 1 : commit ? 2 : undefined;
        expect(outcome).toBe(first === undefined ? 1 : errors[first]);
        expect(seen).toEqual(
          begin
            ? ['begin']
            : handler
              ? ['begin', 'handler', 'rollback']
              : ['begin', 'handler', 'commit', ...(commit ? ['rollback'] : [])],
        );
      }),
      { numRuns: 256 },
    );
  });
});

describe('when the caller gives up', () => {
  const reason = new Error('gone');

  test('M-136 before: nothing begins', async () => {
    const { log, serve } = desk(() => 'done');
    expect(await outcomeOf(() => serve({ signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(log).toEqual([]);
  });

  test('M-136 while it begins: the rest does not run, and it is rolled back', async () => {
    const controller = new AbortController();
    const { log, serve } = desk(() => log.push('in'), {
      begin: async () => {
        controller.abort(reason);
        return 't1';
      },
    });
    expect(await outcomeOf(() => serve(controller))).toBe(reason);
    expect(log).toEqual(['rollback t1', reason]);
  });

  test('M-136 while the rest runs: what it did is rolled back even if it has succeeded', async () => {
    const controller = new AbortController();
    const { log, serve } = desk(async () => {
      controller.abort(reason);
      return 'done';
    });
    expect(await outcomeOf(() => serve(controller))).toBe(reason);
    expect(log).toEqual(['begin', 'rollback t1', reason]);
  });

  test('while it commits: it has been done, and the caller is told so', async () => {
    const controller = new AbortController();
    const { serve } = desk(() => 'done', { commit: async () => controller.abort(reason) });
    expect(await serve(controller)).toBe('done');
  });
});

describe('a result that is a stream', () => {
  async function* numbers(error?: unknown): AsyncGenerator<number> {
    yield 1;
    if (error) throw error;
    yield 2;
  }

  test('M-136 is committed when it has been read to its end, before the reader is told', async () => {
    const commit = pending<void>();
    const { log, serve } = desk(() => numbers(), { commit: () => commit });
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const one of (await serve()) as AsyncIterable<number>) read.push(one);
      read.push('end');
    })();
    await settle();
    expect([read, log]).toEqual([[1, 2], ['begin']]);
    commit.resolve();
    await reading;
    expect(read).toEqual([1, 2, 'end']);
  });

  test('M-136 that fails is rolled back, and its reader gets the error', async () => {
    const { log, serve } = desk(() => numbers(fault));
    const read = async (): Promise<void> => {
      for await (const _one of (await serve()) as AsyncIterable<number>);
    };
    expect(await outcomeOf(read)).toBe(fault);
    expect(log).toEqual(['begin', 'rollback t1', fault]);
  });

  test('M-136 whose reader gives up is rolled back', async () => {
    const { log, serve } = desk(() => numbers());
    for await (const _one of (await serve()) as AsyncIterable<number>) break;
    expect(log).toEqual(['begin', 'rollback t1', undefined]);
  });

  test('M-136 gives its reader the error of a commit that fails', async () => {
    const { log, serve } = desk(() => numbers(), { commit: fail(other) });
    const read = async (): Promise<void> => {
      for await (const _one of (await serve()) as AsyncIterable<number>);
    };
    expect(await outcomeOf(read)).toBe(other);
    expect(log).toEqual(['begin', 'rollback t1', other]);
  });

  test('M-136 a ReadableStream likewise', async () => {
    const streamOf = (error?: unknown): ReadableStream<number> =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(1);
          if (error) controller.error(error);
          else controller.close();
        },
      });
    const all = async (stream: unknown): Promise<unknown[]> => {
      const read: unknown[] = [];
      for await (const one of stream as ReadableStream<number>) read.push(one);
      return read;
    };
    const good = desk(() => streamOf());
    expect(await all(await good.serve())).toEqual([1]);
    expect(good.log).toEqual(['begin', 'commit t1']);
    const failed = desk(() => streamOf(fault));
    expect(await outcomeOf(async () => all(await failed.serve()))).toBe(fault);
    expect(failed.log).toEqual(['begin', 'rollback t1', fault]);
    const refused = desk(() => streamOf(), { commit: async () => fail(other)() });
    expect(await outcomeOf(async () => all(await refused.serve()))).toBe(other);
    const left = desk(() => streamOf());
    await ((await left.serve()) as ReadableStream).cancel();
    expect(left.log).toEqual(['begin', 'rollback t1', undefined]);
  });

  test('M-136 a stream of Node ends when it closes; a commit that fails then is reported', async () => {
    const closed = async (
      act: (stream: PassThrough) => void,
      options?: Options,
    ): Promise<unknown[]> => {
      const stream = new PassThrough();
      const { log, serve } = desk(() => stream, options);
      expect(await serve()).toBe(stream);
      stream.on('error', () => {});
      act(stream);
      await new Promise((resolve) => stream.once('close', resolve));
      await settle();
      return log;
    };
    expect(await closed((stream) => stream.resume().end('x'))).toEqual(['begin', 'commit t1']);
    expect(await closed((stream) => stream.destroy(fault))).toEqual([
      'begin',
      'rollback t1',
      fault,
    ]);
    expect(await closed((stream) => stream.destroy())).toEqual(['begin', 'rollback t1', undefined]);
    expect(await closed((stream) => stream.resume().end(), { commit: fail(other) })).toEqual([
      'begin',
      'rollback t1',
      other,
      'unheard',
      other,
      undefined,
    ]);
  });

  test('can be committed as soon as it is there', async () => {
    const { log, serve } = desk(() => numbers(), { stream: 'until-first' });
    await serve();
    expect(log).toEqual(['begin', 'commit t1']);
  });
});

test('transactions stand on the context under the name they are told, one inside another', async () => {
  const log: string[] = [];
  const parts = (name: string) => ({
    begin: () => name,
    commit: (one: string) => void log.push(`commit ${one}`),
    rollback: () => {},
  });
  const serve = pipeline<object, string>()
    .use(transaction({ ...parts('outer'), key: 'outer' }))
    .use(transaction({ ...parts('inner'), key: 'inner' }))
    .handle((ctx) => `${ctx.outer} ${ctx.inner}`);
  expect(serve({})).toBe('outer inner');
  expect(log).toEqual(['commit inner', 'commit outer']);
});

test('options that are wrong are refused in a sentence', () => {
  const parts = { begin: () => 1, commit: () => {}, rollback: () => {} };
  expect(() => transaction({ ...parts, commit: 1 } as never)).toThrow(
    'Expected `commit` to be a function',
  );
  expect(() => transaction({ begin: () => 1, commit: () => {} } as never)).toThrow(
    'Expected `rollback`',
  );
  expect(() => transaction({ ...parts, roleback: 1 } as never)).toThrow('Did you mean "rollback"?');
  expect(() => transaction({ ...parts, stream: 'never' } as never)).toThrow(
    `'until-end' or 'until-first'`,
  );
  expect(() => transaction({ ...parts, key: '' })).toThrow('the name of a property');
});

describe('the laws of middleware', () => {
  const laws = middlewareContract(
    () => transaction({ begin: () => 1, commit: () => {}, rollback: () => {} }),
    { changesContext: true, sync: true, heedsSignal: true },
  );
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});
