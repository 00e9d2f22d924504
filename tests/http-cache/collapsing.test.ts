/** How requests that ask for the same at the same time share one request to the origin. */
import { HttpError } from '@interpose/http';
import { type Pending, pending, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import type { ResponseCacheOptions } from '@interpose/http/middleware/response-cache';
import { cachedApp, control, pieces, type Says } from './cached-app.ts';

/** An origin whose answers a test gives one by one. */
function heldApp(options: ResponseCacheOptions = {}) {
  const held: Pending<Says>[] = [];
  const kit = cachedApp(() => {
    const says = pending<Says>();
    held.push(says);
    return says;
  }, options);
  const ask = (headers: Record<string, string> = {}, signal?: AbortSignal) => {
    const got = kit.request('/a', { headers, ...(signal && { signal }) });
    got.catch(() => {});
    return got;
  };
  const answer = async (at: number, says: Says): Promise<void> => {
    held[at]?.resolve(says);
    await settle();
  };
  return { ...kit, held, ask, answer };
}

const fresh = (body: string, more: Record<string, string> = {}): Says => ({
  headers: { ...control('max-age=10'), ...more },
  body,
});

describe('those who ask for the same at the same time', () => {
  test('share one request', async () => {
    const { ask, answer, held, clock } = heldApp();
    const all = [ask(), ask(), ask()];
    await settle();
    expect(held).toHaveLength(1);
    await answer(0, fresh('one'));
    const got = await Promise.all(all);
    expect(got.map(({ text }) => text)).toEqual(['one', 'one', 'one']);
    expect(got.map(({ did }) => did)).toEqual([
      'interpose; fwd=uri-miss; stored; ttl=10',
      'interpose; fwd=uri-miss; collapsed; ttl=10',
      'interpose; fwd=uri-miss; collapsed; ttl=10',
    ]);
    expect(clock.pending).toBe(0);
  });

  test('wait for all of it, and get none of what breaks off', async () => {
    const { ask, answer, held } = heldApp();
    const gate = pending<void>();
    const [first, second] = [ask(), ask()];
    await settle();
    await answer(0, {
      headers: control('max-age=10'),
      body: (async function* () {
        yield* pieces('half');
        await gate;
        throw new Error('broke off');
      })(),
    });
    expect(held).toHaveLength(1);
    gate.resolve();
    await expect(first).rejects.toThrow();
    await settle();
    expect(held).toHaveLength(2);
    await answer(1, fresh('whole'));
    expect((await second).text).toBe('whole');
  });

  test('do not share what may not be given to others, and do not wait for it the next time', async () => {
    const { ask, answer, held } = heldApp();
    const all = [ask(), ask(), ask()];
    await settle();
    await answer(0, { headers: control('private'), body: 'mine' });
    expect(held).toHaveLength(3);
    await answer(1, { headers: control('private'), body: 'his' });
    await answer(2, { headers: control('private'), body: 'hers' });
    const texts = (await Promise.all(all)).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(['hers', 'his', 'mine']);
    const next = [ask(), ask()];
    await settle();
    expect(held).toHaveLength(5);
    await Promise.all([answer(3, fresh('x')), answer(4, fresh('y'))]);
    await Promise.all(next);
  });

  test('are let go as soon as the head says that it is not for them', async () => {
    const { ask, answer, held } = heldApp();
    const [first, second] = [ask(), ask()];
    await settle();
    const gate = pending<void>();
    await answer(0, {
      headers: control('no-store'),
      body: (async function* () {
        await gate;
        yield* pieces('slow');
      })(),
    });
    expect(held).toHaveLength(2);
    await answer(1, fresh('own'));
    expect((await second).text).toBe('own');
    gate.resolve();
    expect((await first).text).toBe('slow');
  });

  test('are let go as soon as the head says that it has to be confirmed for each of them', async () => {
    const { ask, answer, held } = heldApp();
    const all = [ask(), ask()];
    await settle();
    const gate = pending<void>();
    const headers = { ...control('no-cache'), ETag: '"x"' };
    await answer(0, {
      headers,
      body: (async function* () {
        await gate;
        yield* pieces('slow');
      })(),
    });
    expect(held).toHaveLength(2);
    await answer(1, { headers, body: 'own' });
    gate.resolve();
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual(['slow', 'own']);
  });

  test('do not wait the next time for what was thrown and is no failure', async () => {
    const { ask, held } = heldApp();
    const first = ask();
    await settle();
    held[0]?.reject(new HttpError(404));
    expect((await first).status).toBe(404);
    const next = [ask(), ask()];
    await settle();
    expect(held).toHaveLength(3);
    for (const one of held) one.reject(new HttpError(404));
    await Promise.all(next);
  });

  test('wait for each other again when the answers can be shared again', async () => {
    const { ask, answer, held, clock } = heldApp({ unsharedMs: 5_000 });
    const first = ask();
    await settle();
    await answer(0, { headers: control('private') });
    await first;
    await clock.advance(5_000);
    const next = [ask(), ask()];
    await settle();
    expect(held).toHaveLength(2);
    await answer(1, fresh('x'));
    await Promise.all(next);
  });

  test('are told apart by Vary, at the latest when the head comes', async () => {
    const { ask, answer, held, clock } = heldApp();
    const vary = { Vary: 'X' };
    const first = [ask({ X: '1' }), ask({ X: '2' }), ask({ X: '1' }), ask({ X: '2' })];
    await settle();
    expect(held).toHaveLength(1);
    const gate = pending<void>();
    await answer(0, {
      headers: { ...control('max-age=10'), ...vary },
      body: (async function* () {
        await gate;
        yield* pieces('one');
      })(),
    });
    // Those who want the other one share a request of their own, without waiting for the first body.
    expect(held).toHaveLength(2);
    await answer(1, fresh('two', vary));
    gate.resolve();
    expect((await Promise.all(first)).map(({ text }) => text)).toEqual([
      'one',
      'two',
      'one',
      'two',
    ]);
    // From now on it is known beforehand.
    await clock.advance(11_000);
    const next = [ask({ X: '1' }), ask({ X: '2' }), ask({ X: '2' })];
    await settle();
    expect(held).toHaveLength(4);
    await answer(2, fresh('three', vary));
    await answer(3, fresh('four', vary));
    expect((await Promise.all(next)).map(({ text }) => text)).toEqual(['three', 'four', 'four']);
  });

  test('ask for themselves when it takes too long', async () => {
    const { ask, answer, held, clock } = heldApp({ waitMs: 2_000 });
    const [first, second] = [ask(), ask()];
    await clock.advance(1_999);
    expect(held).toHaveLength(1);
    await clock.advance(1);
    expect(held).toHaveLength(2);
    await answer(1, fresh('own'));
    expect((await second).text).toBe('own');
    await answer(0, fresh('late'));
    expect((await first).text).toBe('late');
    expect(clock.pending).toBe(0);
  });

  test('ask for themselves when the first request fails', async () => {
    const { ask, answer, held } = heldApp();
    const [first, second] = [ask(), ask()];
    await settle();
    held[0]?.reject(new Error('broken'));
    await settle();
    expect((await first).status).toBe(500);
    await answer(1, fresh('own'));
    expect((await second).text).toBe('own');
  });

  test('do not wait where the request wants to have it confirmed', async () => {
    const { ask, answer, held } = heldApp();
    const all = [ask(), ask(control('no-cache'))];
    await settle();
    expect(held).toHaveLength(2);
    await Promise.all([answer(0, fresh('x')), answer(1, fresh('y'))]);
    expect((await Promise.all(all)).map(({ text }) => text)).toEqual(['x', 'y']);
  });
});

describe('a client that leaves', () => {
  test('does not stop what others wait for', async () => {
    const { ask, answer, seen } = heldApp();
    const leaving = new AbortController();
    const [first, second] = [ask({}, leaving.signal), ask()];
    await settle();
    leaving.abort();
    await settle();
    expect(seen[0]?.signal.aborted).toBe(false);
    await answer(0, fresh('one'));
    expect((await second).text).toBe('one');
    await first.catch(() => {});
  });

  test('stops what nobody else waits for', async () => {
    const { ask, seen, clock } = heldApp();
    const [one, other] = [new AbortController(), new AbortController()];
    void ask({}, one.signal);
    void ask({}, other.signal);
    await settle();
    one.abort();
    await settle();
    expect(seen[0]?.clientLeft).toBe(false);
    other.abort();
    await settle();
    expect([seen[0]?.clientLeft, seen[0]?.signal.aborted]).toEqual([true, true]);
    expect(clock.pending).toBe(0);
  });

  test('has what is being stored read to its end', async () => {
    const { app, get, clock, seen } = cachedApp(() => ({
      headers: control('max-age=10'),
      body: pieces('a', 'b', 'c'),
    }));
    const left = await app.fetch(new Request('http://host/a'));
    await left.body?.cancel();
    await settle();
    expect(await get('/a')).toMatchObject({ text: 'abc', did: 'interpose; hit; ttl=10' });
    expect(seen).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('does not have it read for ever', async () => {
    let isStopped = false;
    const { app, clock, seen } = cachedApp(
      () => ({
        headers: control('max-age=10'),
        body: {
          [Symbol.asyncIterator]: () => ({
            next: () => new Promise<never>(() => {}),
            return: () => {
              isStopped = true;
              return Promise.resolve({ done: true, value: undefined });
            },
          }),
        },
      }),
      { backgroundMs: 7_000 },
    );
    const leaving = new AbortController();
    await app.fetch(new Request('http://host/a', { signal: leaving.signal }));
    leaving.abort();
    await clock.advance(6_999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    expect([isStopped, seen[0]?.clientLeft, clock.pending]).toEqual([true, true, 0]);
  });

  test('stops what is not stored', async () => {
    const { app, seen } = cachedApp(() => ({
      headers: control('no-store'),
      body: pieces('a', 'b', 'c'),
    }));
    const left = await app.fetch(new Request('http://host/a'));
    await left.body?.cancel();
    await settle();
    expect(seen[0]?.clientLeft).toBe(true);
  });
});
