/** Tests of idempotencyKey. */
import { memoryStore } from '@interpose/kernel/store';
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import {
  idempotencyKey,
  type IdempotencyKeyOptions,
  type IdempotencyRecord,
} from './idempotency-key.ts';

function setUp(options: Partial<IdempotencyKeyOptions> = {}) {
  const clock = fakeClock();
  const made = { runs: 0, ids: 0, gate: undefined as Promise<unknown> | undefined };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const app = createApp()
    .use((ctx, next) => {
      ctx.response.headers.set('X-Request-ID', `id-${++made.ids}`);
      return next();
    })
    .use(
      idempotencyKey({
        scope: (ctx) => ctx.headers.get('x-user') ?? '',
        store: memoryStore<IdempotencyRecord>({ clock }),
        ...options,
      }),
    )
    .all('/orders', async (ctx) => {
      const run = ++made.runs;
      await made.gate;
      ctx.response.status = 201;
      ctx.response.headers.append('Set-Cookie', 'a=1');
      ctx.response.headers.append('Set-Cookie', 'b=2');
      return { run, got: await ctx.body.text() };
    })
    .post('/stream', () => {
      made.runs++;
      return (async function* () {
        yield bytes('12345');
        yield bytes('67890');
      })();
    })
    .post('/refused', () => {
      made.runs++;
      throw new HttpError(402);
    })
    .post('/broken', (ctx) => {
      made.runs++;
      ctx.response.status = 503;
      return 'down';
    });
  const ask = async (
    key: string | undefined,
    { path = '/orders', body = 'x', method = 'POST', user = 'ann' } = {},
  ) => {
    const headers = { 'x-user': user, ...(key !== undefined && { 'idempotency-key': key }) };
    const answer = await app.fetch(new Request(`http://host${path}`, { method, body, headers }));
    return {
      status: answer.status,
      text: await answer.text(),
      replayed: answer.headers.get('idempotency-replayed'),
      headers: answer.headers,
    };
  };
  return { ask, made, clock };
}

describe('idempotencyKey', () => {
  test('does a request once, and gives its answer again, but not what belongs to the first request alone', async () => {
    const { ask, made } = setUp();
    const [first, again] = [await ask('key-1'), await ask('"key-1"')];
    expect(made.runs).toBe(1);
    expect([first.status, first.text, first.replayed]).toEqual([201, '{"run":1,"got":"x"}', null]);
    expect([again.status, again.text, again.replayed]).toEqual([201, first.text, 'true']);
    expect(again.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(again.headers.get('content-type')).toBe('application/json');
    expect([first.headers.get('x-request-id'), again.headers.get('x-request-id')]).toEqual([
      'id-1',
      'id-2',
    ]);
  });

  test('does another key, and what has none, each time', async () => {
    const { ask, made } = setUp();
    await ask('key-1');
    await ask('key-2');
    await ask(undefined);
    await ask(undefined);
    expect(made.runs).toBe(4);
  });

  test.each([
    ['body', { body: 'y' }],
    ['query', { path: '/orders?a=1' }],
    ['path', { path: '/stream' }],
    ['method', { method: 'PATCH' }],
  ])('refuses a key that was used for another %s', async (_, other) => {
    const { ask, made } = setUp();
    await ask('key-1');
    const refused = await ask('key-1', other);
    expect([refused.status, made.runs]).toEqual([422, 1]);
    expect(refused.text).toContain('IDEMPOTENCY_KEY_REUSED');
  });

  test('gives nobody the answer of another', async () => {
    const { ask, made } = setUp();
    await ask('key-1', { user: 'ann' });
    const other = await ask('key-1', { user: 'bob' });
    expect([other.replayed, made.runs]).toEqual([null, 2]);
    // What stands where scope and key meet must not be movable from the one to the other.
    await ask('1', { user: 'x:' });
    expect((await ask(':1', { user: 'x' })).replayed).toBeNull();
  });

  test('refuses the same request while the first is running, or lets it wait', async () => {
    for (const concurrent of ['refuse', 'wait'] as const) {
      const { ask, made } = setUp({ concurrent });
      let open!: (value?: unknown) => void;
      made.gate = new Promise((resolve) => (open = resolve));
      const first = ask('key-1');
      await settle();
      const second = ask('key-1');
      await settle();
      const other = ask('key-1', { body: 'y' });
      expect((await other).status).toBe(422);
      open();
      const [one, two] = [await first, await second];
      expect(made.runs).toBe(1);
      expect(one.status).toBe(201);
      expect([two.status, two.replayed, two.headers.get('retry-after')]).toEqual(
        concurrent === 'wait' ? [201, 'true', null] : [409, null, '1'],
      );
    }
  });

  test('of those who wait one does what the first failed to do', async () => {
    const { ask, made } = setUp({ concurrent: 'wait' });
    const asked = await Promise.all([1, 2, 3].map(() => ask('key-1', { path: '/refused' })));
    expect(asked.map(({ status }) => status)).toEqual([402, 402, 402]);
    expect(made.runs).toBe(3);
  });

  test('what failed may be tried again', async () => {
    const { ask, made } = setUp();
    for (const path of ['/refused', '/broken']) {
      await ask(path, { path });
      const again = await ask(path, { path });
      expect(again.replayed).toBeNull();
    }
    expect(made.runs).toBe(4);
  });

  test('keeps a stream, and of one too large that it was done', async () => {
    const { ask, made } = setUp();
    expect((await ask('key-1', { path: '/stream' })).text).toBe('1234567890');
    expect(await ask('key-1', { path: '/stream' })).toMatchObject({
      text: '1234567890',
      replayed: 'true',
    });
    const small = setUp({ maxAnswerBytes: 7 });
    expect((await small.ask('key-1', { path: '/stream' })).text).toBe('1234567890');
    const lost = await small.ask('key-1', { path: '/stream' });
    expect([lost.status, small.made.runs, made.runs]).toEqual([409, 1, 1]);
  });

  test('forgets in time', async () => {
    const { ask, made, clock } = setUp({ ttlMs: 1000 });
    await ask('key-1');
    await clock.advance(999);
    await ask('key-1');
    expect(made.runs).toBe(1);
    await clock.advance(1);
    await ask('key-1');
    expect(made.runs).toBe(2);
  });

  test('frees a key whose request has run for too long', async () => {
    const { ask, made, clock } = setUp({ lockMs: 1000 });
    let open!: (value?: unknown) => void;
    made.gate = new Promise((resolve) => (open = resolve));
    const first = ask('key-1');
    await settle();
    expect((await ask('key-1')).status).toBe(409);
    await clock.advance(1000);
    made.gate = undefined;
    const second = await ask('key-1');
    expect(second.status).toBe(201);
    open();
    await first;
    expect(made.runs).toBe(2);
    // The first, which came too late, has not taken the place of the second.
    expect((await ask('key-1')).text).toBe(second.text);
  });

  test('other methods pass; a key can be demanded, and must be one', async () => {
    const { ask, made } = setUp({ required: true });
    expect((await ask('key-1', { method: 'PUT' })).status).toBe(201);
    expect((await ask('key-1', { method: 'PUT' })).status).toBe(201);
    expect(made.runs).toBe(2);
    expect((await ask(undefined)).status).toBe(400);
    for (const key of ['', 'a b', 'x'.repeat(256), '""', 'a"b', 'ä']) {
      expect((await ask(key)).status).toBe(400);
    }
  });

  test.each<[object, string]>([
    [{}, '`scope`'],
    [{ scope: () => '', concurrent: 'queue' }, '`concurrent`'],
    [{ scope: () => '', ttlMs: 0 }, '`ttlMs`'],
    [{ scope: () => '', header: 'a b' }, '`header`'],
    [{ scope: () => '', ttl: 1 }, '`ttl`'],
  ])('refuses %o', (options, name) => {
    expect(() => idempotencyKey(options as never)).toThrow(name);
  });
});
