/** How the origin is asked whether what is stored is still good, and what is given while it cannot say. */
import { HttpError } from '@interpose/http';
import { pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { always, cachedApp, control, type Says } from './cached-app.ts';

const CHANGED = 'Sun, 31 Dec 2023 00:00:00 GMT';

/** Answers 304 to whoever has the tag already. */
const tagged =
  (etag: string, headers: Says['headers'] = control('max-age=10')) =>
  (ctx: { headers: { get(name: string): string | undefined } }, count: number): Says => {
    const own = { ...headers, ETag: etag, 'X-Count': String(count) };
    return ctx.headers.get('if-none-match') === etag
      ? { status: 304, headers: own, body: null }
      : { headers: own };
  };

describe('a stale answer', () => {
  test('that the origin confirms is given again, with the headers that came, and is fresh', async () => {
    const { get, clock, seen } = cachedApp(tagged('"x"'));
    await get('/a');
    await clock.advance(10_000);
    const confirmed = await get('/a');
    expect(confirmed).toMatchObject({ status: 200, text: '1' });
    expect(confirmed.did).toBe('interpose; fwd=stale; fwd-status=304; stored; ttl=10');
    expect([confirmed.headers.get('x-count'), confirmed.headers.get('age')]).toEqual(['2', '0']);
    await clock.advance(5_000);
    expect((await get('/a')).did).toBe('interpose; hit; ttl=5');
    expect(seen).toHaveLength(2);
  });

  test('is asked about by tag and by date', async () => {
    const { get, clock, seen } = cachedApp(
      always({ ...control('max-age=10'), ETag: 'W/"x"', 'Last-Modified': CHANGED }),
    );
    await get('/a');
    await clock.advance(10_000);
    await get('/a', { 'If-None-Match': '"mine"', Range: 'bytes=0-0' });
    const { headers } = seen[1] ?? { headers: undefined };
    expect(headers?.get('if-none-match')).toBe('W/"x"');
    expect(headers?.get('if-modified-since')).toBe(CHANGED);
    expect(headers?.has('range')).toBe(false);
  });

  test('is not asked about by what is no tag and no date', async () => {
    const { get, clock, seen } = cachedApp(
      always({ ...control('max-age=10'), ETag: 'x', 'Last-Modified': 'yesterday' }),
    );
    await get('/a');
    await clock.advance(10_000);
    await get('/a');
    expect(seen[1]?.headers.has('if-none-match')).toBe(false);
    expect(seen[1]?.headers.has('if-modified-since')).toBe(false);
  });

  test('gives way to another one', async () => {
    const { get, clock } = cachedApp((_, count) => ({
      headers: { ...control('max-age=10'), ETag: `"${count}"` },
    }));
    await get('/a');
    await clock.advance(10_000);
    expect((await get('/a')).text).toBe('2');
    expect((await get('/a')).did).toBe('interpose; hit; ttl=10');
  });

  test('gives way to one that may not be stored', async () => {
    const { get, clock, seen } = cachedApp((_, count) => ({
      headers: { ...control(count === 1 ? 'max-age=10' : 'no-store'), ETag: '"x"' },
    }));
    await get('/a');
    await clock.advance(10_000);
    await get('/a');
    await get('/a');
    expect(seen[2]?.headers.has('if-none-match')).toBe(false);
  });

  test('cut into a part after it was confirmed', async () => {
    const { get, clock } = cachedApp(tagged('"x"'));
    await get('/a');
    await clock.advance(10_000);
    const part = await get('/a', { Range: 'bytes=0-0' });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 0-0/1']);
  });

  test('that no-cache marks is confirmed each time', async () => {
    const { get, seen } = cachedApp(tagged('"x"', control('no-cache, max-age=10')));
    expect([(await get('/a')).text, (await get('/a')).text, (await get('/a')).text]).toEqual([
      '1',
      '1',
      '1',
    ]);
    expect(seen).toHaveLength(3);
  });
});

describe('a 304', () => {
  test('changes no header that describes the bytes that are stored', async () => {
    const { get, clock } = cachedApp((ctx, count) => ({
      status: ctx.headers.has('if-none-match') ? 304 : 200,
      headers: {
        ...control('max-age=10'),
        ETag: count === 1 ? '"x"' : 'W/"x"',
        'Content-Encoding': count === 1 ? 'own' : 'other',
        'Content-Type': `text/${count}`,
      },
      body: ctx.headers.has('if-none-match') ? null : 'body',
    }));
    await get('/a');
    await clock.advance(10_000);
    await get('/a');
    const { headers, did } = await get('/a');
    expect(did).toContain('hit');
    expect(
      ['etag', 'content-encoding', 'content-type', 'content-length'].map((n) => headers.get(n)),
    ).toEqual(['"x"', 'own', 'text/2', '4']);
  });

  test('about something that is not stored is nothing, and all is asked for', async () => {
    const { get, clock, seen } = cachedApp((ctx, count) =>
      ctx.headers.has('if-none-match')
        ? { status: 304, headers: { ETag: '"other"' }, body: null }
        : { headers: { ...control('max-age=10'), ETag: '"x"' }, body: String(count) },
    );
    await get('/a');
    await clock.advance(10_000);
    expect(await get('/a')).toMatchObject({ status: 200, text: '3' });
    expect(seen[2]?.headers.has('if-none-match')).toBe(false);
  });

  test('that says no-store takes out what was stored', async () => {
    const { get, clock, seen } = cachedApp((ctx) =>
      ctx.headers.has('if-none-match')
        ? { status: 304, headers: { ...control('no-store'), ETag: '"x"' }, body: null }
        : { headers: { ...control('max-age=10'), ETag: '"x"' } },
    );
    await get('/a');
    await clock.advance(10_000);
    expect((await get('/a')).text).toBe('1');
    expect((await get('/a')).text).toBe('3');
    expect(seen[2]?.headers.has('if-none-match')).toBe(false);
  });

  test('gives its cookies to whoever asked, and to nobody after', async () => {
    const origin = tagged('"x"');
    const { get, clock } = cachedApp((ctx, count) => {
      const says = origin(ctx, count);
      return count === 2 ? { ...says, headers: { ...says.headers, 'Set-Cookie': 'a=b' } } : says;
    });
    await get('/a');
    await clock.advance(10_000);
    expect((await get('/a')).headers.get('set-cookie')).toBe('a=b');
    const after = await get('/a');
    expect([after.did, after.headers.get('set-cookie')]).toEqual(['interpose; hit; ttl=10', null]);
  });

  test('finds out which of several answers is meant', async () => {
    const { get, seen } = cachedApp((ctx) => {
      const language = ctx.headers.get('accept-language') ?? '';
      const headers = { ...control('max-age=10'), Vary: 'Accept-Language' };
      const etag = language.startsWith('en') ? '"en"' : '"de"';
      return ctx.headers.get('if-none-match')?.includes(etag)
        ? { status: 304, headers: { ...headers, ETag: etag }, body: null }
        : { headers: { ...headers, ETag: etag }, body: etag };
    });
    const ask = async (language: string) => (await get('/a', { 'Accept-Language': language })).text;
    expect([await ask('en'), await ask('de')]).toEqual(['"en"', '"de"']);
    expect(await ask('en-GB')).toBe('"en"');
    expect(seen[2]?.headers.get('if-none-match')).toBe('"de", "en"');
    expect(await ask('en-GB')).toBe('"en"');
    expect(seen).toHaveLength(3);
  });
});

describe('stale-while-revalidate', () => {
  const renewed = control('max-age=10, stale-while-revalidate=20');

  test('gives what is stale at once, while one request renews it', async () => {
    const held = pending<Says>();
    const { get, clock, seen } = cachedApp((_, count) =>
      count === 2 ? held : { headers: renewed },
    );
    await get('/a');
    await clock.advance(15_000);
    expect((await get('/a')).did).toBe('interpose; hit; ttl=-5');
    expect((await get('/a')).text).toBe('1');
    expect(seen).toHaveLength(2);
    held.resolve({ headers: renewed });
    await settle();
    expect((await get('/a')).text).toBe('2');
    expect(clock.pending).toBe(0);
  });

  test('that fails is not seen, and is tried again', async () => {
    const { get, clock, seen } = cachedApp((_, count) => {
      if (count === 2) throw new Error('broken');
      return count === 3 ? { status: 503 } : { headers: renewed };
    });
    await get('/a');
    await clock.advance(15_000);
    for (const _ of [2, 3, 4]) {
      expect((await get('/a')).text).toBe('1');
      await settle();
    }
    expect((await get('/a')).text).toBe('4');
    expect(seen).toHaveLength(4);
  });

  test('does not go on for ever', async () => {
    let signal: AbortSignal | undefined;
    const { get, clock, seen } = cachedApp(
      (ctx, count) => {
        if (count !== 2) return { headers: renewed };
        signal = ctx.signal;
        return new Promise(() => {});
      },
      { backgroundMs: 3_000 },
    );
    await get('/a');
    await clock.advance(11_000);
    await get('/a');
    await clock.advance(2_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    expect(signal?.aborted).toBe(true);
    await get('/a');
    expect(seen).toHaveLength(3);
  });
});

describe('when the origin fails', () => {
  const covered = control('max-age=10, stale-if-error=20');

  test.each<[string, () => Says]>([
    ['500', () => ({ status: 500 })],
    ['503', () => ({ status: 503, headers: control('max-age=60') })],
    [
      'what is thrown',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'a thrown 504',
      () => {
        throw new HttpError(504);
      },
    ],
  ])('with %s, stale-if-error is given, and the failure is not stored', async (_, fail) => {
    const { get, clock, seen } = cachedApp((_ctx, count) =>
      count === 1 ? { headers: covered } : fail(),
    );
    await get('/a');
    await clock.advance(15_000);
    const got = await get('/a');
    expect([got.status, got.text]).toEqual([200, '1']);
    expect(got.did).toMatch(/^interpose; fwd=stale; fwd-status=50\d; ttl=-5$/);
    await clock.advance(15_000);
    expect((await get('/a')).status).toBeGreaterThanOrEqual(500);
    expect(seen).toHaveLength(3);
  });

  test.each([404, 501, 429])('%d is no failure', async (status) => {
    const { get, clock } = cachedApp((_, count) =>
      count === 1 ? { headers: covered } : { status },
    );
    await get('/a');
    await clock.advance(15_000);
    expect((await get('/a')).status).toBe(status);
  });

  test('the operator may say for how long', async () => {
    const { get, clock } = cachedApp(
      (_, count) => (count === 1 ? { headers: control('max-age=10') } : { status: 503 }),
      { staleIfErrorMs: 5_000 },
    );
    await get('/a');
    await clock.advance(14_999);
    expect((await get('/a')).status).toBe(200);
    await clock.advance(1);
    expect((await get('/a')).status).toBe(503);
  });

  test('what must be confirmed is not given', async () => {
    const { get, clock } = cachedApp((_, count) =>
      count === 1
        ? { headers: control('max-age=10, must-revalidate, stale-if-error=60') }
        : { status: 503 },
    );
    await get('/a');
    await clock.advance(11_000);
    expect((await get('/a')).status).toBe(503);
  });
});
