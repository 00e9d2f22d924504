/** Checks isolation: what is written inside stays inside, and the current context is always one's own. */
import { pipeline } from '@interpose/kernel';
import { currentContext, isolate } from '@interpose/kernel/ambient';
import { pending, TestContext } from '@interpose/testing';
import { expect, test } from 'vitest';
import { makeServe, requestId, type Visit } from './main.ts';

const visit = (id: string): Visit => ({ requestId: id, path: `/${id}` });

test('M-37 000-4 what the rest writes is not seen outside, except for the keys that are copied back', async () => {
  const ctx = visit('r1');

  expect(await makeServe(async (path) => `page ${path}`)(ctx)).toBe('page /r1');

  expect(ctx).toEqual({ requestId: 'r1', path: '/r1', status: 200 });
});

test('M-37 000-4 the rest gets the values of the context, and the same kind of context', async () => {
  const outer = new TestContext({ requestId: 'r1', visits: 1 });
  let inner: object | undefined;
  const run = pipeline<typeof outer, number>()
    .use(isolate())
    .handle((ctx) => {
      inner = ctx;
      ctx.visits++;
      return ctx.visits;
    });

  expect(await run(outer)).toBe(2);

  expect(inner).toBeInstanceOf(TestContext);
  expect(inner).not.toBe(outer);
  expect(inner).toMatchObject({ requestId: 'r1', visits: 2 });
  expect(outer.visits).toBe(1);
});

test('M-38 000-4 code that is handed no context finds that of its request, and none outside', async () => {
  const seen: string[] = [];
  const serve = makeServe(async () => {
    seen.push(requestId());
    await Promise.resolve();
    seen.push(requestId());
    return 'page';
  });

  expect(requestId()).toBe('no request');
  await serve(visit('r1'));

  expect(seen).toEqual(['r1', 'r1']);
  expect(currentContext()).toBeUndefined();
});

test('M-37 M-38 000-4 the current context is the isolated one, not that of the caller', async () => {
  const ctx = visit('r1');
  let current: object | undefined;
  const run = pipeline<Visit, boolean>()
    .use(isolate())
    .handle((inner) => {
      current = currentContext();
      return current === inner;
    });

  expect(await run(ctx)).toBe(true);
  expect(current).not.toBe(ctx);
});

test.each([
  [
    'at once',
    () => {
      throw new Error('lost');
    },
  ],
  [
    'later',
    async () => {
      await Promise.resolve();
      throw new Error('lost');
    },
  ],
])('M-37 000-4 the former context comes back when the rest fails %s', async (_, load) => {
  const after: (string | undefined)[] = [];
  const outer = pipeline<Visit, string>()
    .use(isolate())
    .handle(async () => {
      const inner = visit('inner');
      await expect(async () => makeServe(load)(inner)).rejects.toThrow('lost');
      after.push(requestId(), `status ${inner.status}`);
      return 'survived';
    });

  expect(await outer(visit('outer'))).toBe('survived');

  expect(after).toEqual(['outer', 'status 500']);
  expect(requestId()).toBe('no request');
});

test('M-38 000-4 a call inside a call has its own context, and gives the former one back', async () => {
  const seen: string[] = [];
  const inner = makeServe(async () => {
    seen.push(requestId());
    return 'inner';
  });
  const outer = makeServe(async () => {
    seen.push(requestId());
    await inner(visit('inner'));
    seen.push(requestId());
    return 'outer';
  });

  await outer(visit('outer'));

  expect(seen).toEqual(['outer', 'inner', 'outer']);
});

test('M-38 000-4 two requests at the same time do not mix, in whatever order they end', async () => {
  const [first, second] = [pending<void>(), pending<void>()];
  const seen: string[] = [];
  const serve = makeServe(async (path) => {
    seen.push(`${requestId()} starts ${path}`);
    await (path === '/r1' ? first : second);
    seen.push(`${requestId()} ends ${path}`);
    return requestId();
  });
  const [one, two] = [visit('r1'), visit('r2')];

  const both = Promise.all([serve(one), serve(two)]);
  second.resolve();
  await second;
  first.resolve();

  expect(await both).toEqual(['r1', 'r2']);
  expect(seen).toEqual(['r1 starts /r1', 'r2 starts /r2', 'r2 ends /r2', 'r1 ends /r1']);
  expect([one, two].map((ctx) => Object.keys(ctx))).toEqual([
    ['requestId', 'path', 'status'],
    ['requestId', 'path', 'status'],
  ]);
});
