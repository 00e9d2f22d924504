/** Checks both stacks: their order, what each member does, and that no reply reaches the wrong user. */
import { gunzipSync } from 'node:zlib';
import {
  type AnyMiddleware,
  type Clock,
  compose,
  createContext,
  pipeline,
  wrap,
} from '@interpose/kernel';
import { createWebContext } from '@interpose/kernel/contexts';
import { type FakeClock, fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  authStack,
  cache,
  cacheStack,
  compression,
  ForbiddenError,
  type PageCall,
  type Reply,
  type SecuredCall,
  UnauthenticatedError,
  type User,
} from './main.ts';

const namesOf = (stack: AnyMiddleware): string[] =>
  pipeline<object, unknown>()
    .use(stack)
    .describe()
    .map(({ name }) => name);

describe('the stack for protected functions', () => {
  const users = new Map<string, User>([
    ['t-ada', { id: 1, permissions: ['close accounts'] }],
    ['t-bob', { id: 2, permissions: [] }],
  ]);

  const setUp = (logMs = 0) => {
    const lines: string[] = [];
    const clock: FakeClock = fakeClock();
    const stack = authStack<unknown>({
      log(line) {
        lines.push(line);
        clock.advanceSync(logMs);
      },
      findUser: async (token) => users.get(token),
      needed: 'close accounts',
      clock,
    });
    const closed: number[] = [];
    const closeAccount = wrap(async function closeAccount(account: number) {
      clock.advanceSync(100);
      closed.push(account);
      return `closed ${account}`;
    }, stack);
    return { lines, closed, closeAccount, stack };
  };

  test('M-20 M-23 000-3 is timing, logging, auth, permission, from the outside in', () => {
    expect(namesOf(setUp().stack)).toEqual(['timing', 'logging', 'auth', 'permission']);
  });

  test('M-23 000-3 lets a user with the permission through, and writes down name and time', async () => {
    const { lines, closed, closeAccount } = setUp();
    const ctx = createContext<{ token: string; timingMs?: number }>({ token: 't-ada' });

    expect(await closeAccount.withContext(ctx, 7)).toBe('closed 7');

    expect(closed).toEqual([7]);
    expect(ctx.timingMs).toBe(100);
    expect(lines).toEqual([
      'Starting handler: closeAccount',
      'Handler closeAccount completed successfully',
    ]);
  });

  test.each([
    ['nobody', {}, UnauthenticatedError, 'UnauthenticatedError: Log in first.'],
    ['a stranger', { token: 't-eve' }, UnauthenticatedError, 'UnauthenticatedError: Log in first.'],
    [
      'a user without the permission',
      { token: 't-bob' },
      ForbiddenError,
      'ForbiddenError: User 2 may not close accounts.',
    ],
  ])(
    'M-23 000-3 stops %s before the function, and writes that down',
    async (_, values, kind, said) => {
      const { lines, closed, closeAccount } = setUp(20);
      const ctx = createContext<{ token?: string; timingMs?: number }>(values);

      await expect(closeAccount.withContext(ctx, 7)).rejects.toBeInstanceOf(kind);

      expect(closed).toEqual([]);
      expect(lines).toEqual([
        'Starting handler: closeAccount',
        `Handler closeAccount failed: ${said}`,
      ]);
      // Timing stands round logging, so it counts the two lines of 20 ms.
      expect(ctx.timingMs).toBe(40);
    },
  );

  test('000-3 who the user is does not stay on the context of the caller', async () => {
    const ctx = createContext({ token: 't-ada' });
    await setUp().closeAccount.withContext(ctx, 7);
    expect(ctx.has('user')).toBe(false);
  });

  test('000-3 a log that fails stops nobody', async () => {
    const failures: unknown[] = [];
    const stack = authStack<string>({
      log() {
        throw new Error('disk full');
      },
      findUser: (token) => users.get(token),
      needed: 'close accounts',
    });
    const original = console.error;
    console.error = (...args: unknown[]) => void failures.push(args.at(-1));
    try {
      const fn = wrap(() => 'done', stack);
      expect(await fn.withContext(createContext({ token: 't-ada' }))).toBe('done');
    } finally {
      console.error = original;
    }
    expect(failures.map(String)).toEqual(['Error: disk full', 'Error: disk full']);
  });
});

describe('the stack for cached pages', () => {
  const visit = ({ userId, accept = 'gzip' }: { userId?: number; accept?: string } = {}) =>
    createWebContext({ url: '/pages', userId, headers: { 'Accept-Encoding': accept } });

  const setUp = (clock: Clock = fakeClock()) => {
    const written: string[] = [];
    const stack = cacheStack(60_000, clock);
    const readPage = wrap(async function readPage(topic: string): Promise<Reply> {
      written.push(topic);
      return { body: `All about ${topic}. `.repeat(100), encoding: 'identity' };
    }, stack);
    return { stack, readPage, written };
  };

  test('M-20 M-24 000-3 is timing, cache, compression, from the outside in', () => {
    expect(namesOf(setUp().stack)).toEqual(['timing', 'cache', 'compression']);
  });

  test('M-24 000-3 sends what gunzip turns back into the page, and much less of it', async () => {
    const { readPage } = setUp();

    const { body, encoding } = await readPage.withContext(visit(), 'onions');

    expect(encoding).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe('All about onions. '.repeat(100));
    expect(body.length).toBeLessThan(180);
  });

  test.each([
    ['', 'identity'],
    ['br', 'identity'],
    ['gzip;q=0', 'identity'],
    ['x-gzip', 'identity'],
    ['br, gzip; q=0.000', 'identity'],
    ['GZIP', 'gzip'],
    ['br;q=1, gzip;q=0.5', 'gzip'],
  ])('M-24 000-3 answers those who accept "%s" with %s', async (accept, encoding) => {
    expect(await setUp().readPage.withContext(visit({ accept }), 'onions')).toMatchObject({
      encoding,
    });
  });

  test('M-24 000-3 leaves small pages and compressed ones as they are', async () => {
    const small: Reply = { body: 'x'.repeat(1023), encoding: 'identity' };
    const packed: Reply = { body: new Uint8Array(5000), encoding: 'gzip' };
    const compress = compression();
    expect(await compress(visit(), async () => small)).toBe(small);
    expect(await compress(visit(), async () => packed)).toBe(packed);
    expect(await compression(1023)(visit(), async () => small)).toMatchObject({ encoding: 'gzip' });
  });

  test('M-24 000-3 a hit runs neither the function nor gzip, and is timed all the same', async () => {
    const { readPage, written } = setUp();
    const first = await readPage.withContext(visit(), 'onions');
    const ctx = visit();

    expect(await readPage.withContext(ctx, 'onions')).toBe(first);

    expect(written).toEqual(['onions']);
    expect(ctx.has('timingMs')).toBe(true);
  });

  test('M-24 000-3 keeps a page once for each encoding', async () => {
    const { readPage, written } = setUp();
    const plain = visit({ accept: 'identity' });

    expect(await readPage.withContext(visit(), 'onions')).toMatchObject({ encoding: 'gzip' });
    expect(await readPage.withContext(plain, 'onions')).toMatchObject({ encoding: 'identity' });
    expect(await readPage.withContext(plain, 'onions')).toMatchObject({ encoding: 'identity' });

    expect(written).toHaveLength(2);
  });

  test('M-24 000-3 never gives one user the page of another, nor a page with other arguments', async () => {
    let count = 0;
    const account = wrap(
      async function account(id: number | string): Promise<Reply> {
        return { body: `${typeof id} ${id}, ${count++}`, encoding: 'identity' };
      },
      cacheStack(60_000, fakeClock()),
    );
    const bodies: unknown[] = [];
    for (const userId of [1, 2, undefined, 1, 2, undefined]) {
      const ctx = visit(userId === undefined ? {} : { userId });
      bodies.push((await account.withContext(ctx, 7)).body);
    }
    expect(bodies).toEqual([
      'number 7, 0',
      'number 7, 1',
      'number 7, 2',
      'number 7, 0',
      'number 7, 1',
      'number 7, 2',
    ]);
    expect(await account.withContext(visit({ userId: 1 }), '7')).toMatchObject({
      body: 'string 7, 3',
    });
  });

  test('M-24 000-3 forgets a page when its time is up', async () => {
    const clock = fakeClock();
    const { readPage, written } = setUp(clock);
    await readPage.withContext(visit(), 'onions');
    await clock.advance(59_999);
    await readPage.withContext(visit(), 'onions');
    expect(written).toHaveLength(1);
    await clock.advance(1);
    await readPage.withContext(visit(), 'onions');
    expect(written).toHaveLength(2);
  });

  test('M-24 000-3 does not remember failures', async () => {
    let calls = 0;
    const flaky = wrap(
      async function flaky(): Promise<Reply> {
        if (++calls === 1) throw new Error('not yet');
        return { body: 'ready', encoding: 'identity' };
      },
      cacheStack(60_000, fakeClock()),
    );
    await expect(flaky.withContext(visit())).rejects.toThrow('not yet');
    expect(await flaky.withContext(visit())).toMatchObject({ body: 'ready' });
  });

  test('M-25 000-3 one stack round two functions keeps their pages apart', async () => {
    const stack = cacheStack(60_000, fakeClock());
    const page = async (body: string): Promise<Reply> => ({ body, encoding: 'identity' });
    const prices = wrap(async function prices() {
      return page('prices');
    }, stack);
    const hours = wrap(async function hours() {
      return page('hours');
    }, stack);

    expect(await prices.withContext(visit())).toMatchObject({ body: 'prices' });
    expect(await hours.withContext(visit())).toMatchObject({ body: 'hours' });
  });

  test('000-3 a time to live below zero is refused when the stack is made', () => {
    expect(() => cache(-1)).toThrow(
      'Expected `ttlMs` to be a number of milliseconds, 0 or more, got `-1` (number).',
    );
  });
});

test('M-22 000-3 a stack of stacks is their members in a row, and runs as one', async () => {
  const lines: string[] = [];
  const both = compose<PageCall & SecuredCall, Reply>(
    authStack({
      log: (line) => lines.push(line),
      findUser: () => ({ id: 1, permissions: ['read'] }),
      needed: 'read',
    }),
    cacheStack(60_000),
  );
  expect(namesOf(both)).toEqual([
    'timing',
    'logging',
    'auth',
    'permission',
    'timing',
    'cache',
    'compression',
  ]);

  const readPage = wrap(async function readPage(): Promise<Reply> {
    return { body: 'x'.repeat(2000), encoding: 'identity' };
  }, both);
  const ctx = createWebContext({ headers: { 'accept-encoding': 'gzip' } });
  await expect(readPage.withContext(ctx)).rejects.toBeInstanceOf(UnauthenticatedError);
  ctx.update({ token: 't' } as object);
  expect(await readPage.withContext(ctx)).toMatchObject({ encoding: 'gzip' });
  expect(lines).toHaveLength(4);
});
