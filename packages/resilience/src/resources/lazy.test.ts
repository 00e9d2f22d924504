/** Tests of lazy. */
import { pipeline } from '@interpose/kernel';
import { middlewareContract, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { timeout } from '../timeout/timeout.ts';
import type { LazyResource } from './lazy-resource.ts';
import { lazy } from './lazy.ts';

interface Call {
  readonly tenant: string;
  readonly signal?: AbortSignal;
}

for (const law of middlewareContract(() => lazy({ db: { load: () => 1 } }), {
  changesContext: true,
  sync: true,
})) {
  test(`lazy ${law.name}`, law.check);
}

async function* streamOf(...items: readonly unknown[]): AsyncGenerator<unknown> {
  for (const item of items) yield await item;
}

/** Something to open and close, and what became of it. */
function world() {
  const said: string[] = [];
  return {
    said,
    open: (name: string) => async () => {
      said.push(`open ${name}`);
      await null;
      return { name };
    },
    close: async ({ name }: { readonly name: string }) => {
      await null;
      said.push(`close ${name}`);
    },
  };
}

describe('lazy', () => {
  test('M-104 what nobody asks for is not loaded, and a synchronous call stays so', () => {
    const { said, open, close } = world();
    const serve = pipeline<Call, string>()
      .use(
        lazy({
          db: { load: open('db'), dispose: close },
          model: { load: open('model'), scope: 'app' },
        }),
      )
      .handle((ctx) => ctx.tenant);
    expect(serve({ tenant: 'acme' })).toBe('acme');
    expect(said).toEqual([]);
  });

  test('M-104 handlers ask on the context; request resources are loaded for each call, app resources once', async () => {
    const { said, open, close } = world();
    const serve = pipeline<Call, string>()
      .use(
        lazy({
          db: {
            load: async ({ tenant }: Call) => {
              said.push(`open db of ${tenant}`);
              return { name: `db of ${tenant}` };
            },
            dispose: close,
          },
          mlModel: { load: open('model'), scope: 'app', dispose: close },
        }),
      )
      .handle(async (ctx) => {
        const [db, again, model] = [
          await ctx.db.get(),
          await ctx.db.get(),
          await ctx.mlModel.get(),
        ];
        expect(again).toBe(db);
        return `${db.name}, ${model.name}`;
      });
    expect(await serve({ tenant: 'acme' })).toBe('db of acme, model');
    expect(await serve({ tenant: 'ajax' })).toBe('db of ajax, model');
    expect(said).toEqual([
      'open db of acme',
      'open model',
      'close db of acme',
      'open db of ajax',
      'close db of ajax',
    ]);
  });

  test('M-104 calls of the same moment share an app resource, and never one of a request', async () => {
    let [requests, apps] = [0, 0];
    const serve = pipeline<Call, readonly number[]>()
      .use(
        lazy({
          own: { load: async () => ++requests },
          shared: { load: async () => ++apps, scope: 'app' },
        }),
      )
      .handle(async (ctx) => Promise.all([ctx.own.get(), ctx.shared.get()]));
    const calls = await Promise.all([serve({ tenant: 'a' }), serve({ tenant: 'b' })]);
    expect(new Set(calls.map(([own]) => own))).toEqual(new Set([1, 2]));
    expect(calls.map(([, shared]) => shared)).toEqual([1, 1]);
  });

  test('the loader of an app resource learns nothing of the call that came first', async () => {
    const given: unknown[] = [];
    const serve = pipeline<Call, unknown>()
      .use(lazy({ shared: { load: (...args: unknown[]) => given.push(...args), scope: 'app' } }))
      .handle((ctx) => ctx.shared.get());
    await serve({ tenant: 'acme' });
    expect(given).toEqual([undefined]);
  });

  test('after the call they are gone: the last loaded first, before the caller is answered', async () => {
    const { said, open, close } = world();
    let late: LazyResource<{ name: string }> | undefined;
    const serve = pipeline<Call, string>()
      .use(lazy({ a: { load: open('a'), dispose: close }, b: { load: open('b'), dispose: close } }))
      .handle(async (ctx) => {
        late = ctx.a;
        await ctx.b.get();
        await ctx.a.get();
        return 'done';
      });
    expect(await serve({ tenant: 'acme' })).toBe('done');
    expect(said).toEqual(['open b', 'open a', 'close a', 'close b']);
    await expect(late?.get()).rejects.toMatchObject({ code: 'DISPOSED', policy: 'a' });
  });

  test('also after a call that fails, with the error as it was', async () => {
    const { said, open, close } = world();
    const fault = new Error('broken');
    const serve = pipeline<Call, string>()
      .use(lazy({ a: { load: open('a'), dispose: close } }))
      .handle(async (ctx) => {
        await ctx.a.get();
        throw fault;
      });
    await expect(serve({ tenant: 'acme' })).rejects.toBe(fault);
    expect(said).toEqual(['open a', 'close a']);
  });

  test('what fails to be disposed of is reported; the call and the others do not notice', async () => {
    const { said, open, close } = world();
    const failures: unknown[] = [];
    const fault = new Error('stuck');
    const serve = pipeline<Call, string>()
      .use(
        lazy(
          {
            a: { load: open('a'), dispose: close },
            b: { load: open('b'), dispose: () => Promise.reject(fault) },
          },
          { onFailure: (error) => failures.push(error) },
        ),
      )
      .handle(async (ctx) => {
        await ctx.a.get();
        await ctx.b.get();
        return 'done';
      });
    expect(await serve({ tenant: 'acme' })).toBe('done');
    expect(failures).toEqual([fault]);
    expect(said).toEqual(['open a', 'open b', 'close a']);
  });

  test('a load that nobody waited for does not hold up the call, and ends when it is there', async () => {
    const loading = pending<string>();
    const disposed: string[] = [];
    const serve = pipeline<Call, string>()
      .use(lazy({ slow: { load: () => loading, dispose: (one) => disposed.push(one) } }))
      .handle(async (ctx) => {
        void ctx.slow.get().catch(() => {});
        return 'done';
      });
    expect(await serve({ tenant: 'acme' })).toBe('done');
    expect(disposed).toEqual([]);
    loading.resolve('slow one');
    await settle();
    expect(disposed).toEqual(['slow one']);
  });

  test('a stream keeps its resources until its end', async () => {
    const { said, open, close } = world();
    const serve = pipeline<Call, unknown>()
      .use(lazy({ a: { load: open('a'), dispose: close } }))
      .handle(async (ctx) => {
        await ctx.a.get();
        return streamOf(1, 2);
      });
    const stream = (await serve({ tenant: 'acme' })) as AsyncIterable<unknown>;
    await settle();
    expect(said).toEqual(['open a']);
    for await (const _one of stream);
    await settle();
    expect(said).toEqual(['open a', 'close a']);
  });

  test.for([true, false])(
    'a stream that nobody reads ends with its caller (left before it came: %s)',
    async (before) => {
      const { said, open, close } = world();
      const caller = new AbortController();
      const serve = pipeline<Call, unknown>()
        .use(lazy({ a: { load: open('a'), dispose: close } }))
        .handle(async (ctx) => {
          await ctx.a.get();
          if (before) caller.abort();
          return streamOf(1, 2);
        });
      await serve({ tenant: 'acme', signal: caller.signal });
      caller.abort();
      await settle();
      expect(said).toEqual(['open a', 'close a']);
    },
  );

  test('they are there behind a policy that hands on a context of its own', async () => {
    const serve = pipeline<Call, string>()
      .use(lazy({ db: { load: () => 'db' } }))
      .use(timeout({ timeoutMs: 1000 }))
      .handle(async (ctx) => ctx.db.get());
    expect(await serve({ tenant: 'acme' })).toBe('db');
  });

  test('disposing of the middleware disposes of app resources, the last loaded first', async () => {
    const { said, open, close } = world();
    const provide = lazy({
      a: { load: open('a'), scope: 'app', dispose: close },
      b: { load: open('b'), scope: 'app', dispose: close },
      c: { load: open('c'), scope: 'app', dispose: close },
    });
    const serve = pipeline<Call, unknown>()
      .use(provide)
      .handle(async (ctx) => {
        await ctx.b.get();
        return (await ctx.a.get()).name;
      });
    await serve({ tenant: 'acme' });
    await provide[Symbol.asyncDispose]();
    expect(said).toEqual(['open b', 'open a', 'close a', 'close b']);
    await expect(serve({ tenant: 'acme' })).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('disposing tries all and tells the first failure', async () => {
    const { said, open, close } = world();
    const fault = new Error('stuck');
    const provide = lazy({
      a: { load: open('a'), scope: 'app', dispose: close },
      b: { load: open('b'), scope: 'app', dispose: () => Promise.reject(fault) },
    });
    await pipeline<Call, unknown>()
      .use(provide)
      .handle(async (ctx) => [await ctx.a.get(), await ctx.b.get()])({ tenant: 'acme' });
    await expect(provide[Symbol.asyncDispose]()).rejects.toBe(fault);
    expect(said).toEqual(['open a', 'open b', 'close a']);
  });

  test('descriptions that are wrong are refused in a sentence', () => {
    expect(() => lazy({ db: { laod: () => 1 } } as never)).toThrow('Did you mean "load"?');
    expect(() => lazy({ db: { load: 1 } } as never)).toThrow(
      'Expected `db.load` to be a function, got `1` (number).',
    );
    expect(() => lazy({ db: { load: () => 1, scope: 'session' } } as never)).toThrow(
      "'request' or 'app'",
    );
    expect(() => lazy({ db: null } as never)).toThrow('an object with `load`');
    expect(() => lazy({ db: { load: () => 1, dispose: 1 } } as never)).toThrow('`db.dispose`');
    expect(() => lazy({}, { onFailure: 1 } as never)).toThrow('`onFailure`');
  });
});
