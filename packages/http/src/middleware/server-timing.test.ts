/** Tests of serverTiming. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { createApp, type HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { serverTiming, type ServerTimingOptions, timed } from './server-timing.ts';

function setUp(options: ServerTimingOptions = {}) {
  const clock = fakeClock();
  const slow: HttpMiddleware = async (_, next) => {
    await clock.advance(5);
    const response = await next();
    await clock.advance(2);
    return response;
  };
  const app = createApp()
    .use(serverTiming({ clock, ...options }))
    .use(timed<HttpContext, HttpContext>('slow', slow, { clock }) as never)
    .get('/', async ({ timings }) => {
      timings.add('miss', undefined, 'not "kept"\r\nX: y');
      await timings.measure('db', () => clock.advance(30));
      const stop = timings.start('render', 'made');
      clock.advanceSync(3);
      stop();
      stop();
      return timings.measure('sync', () => 'done');
    })
    .get('/refused', () => {
      throw new HttpError(409);
    });
  return async (path = '/') =>
    (await app.fetch(new Request(`http://host${path}`))).headers.get('server-timing');
}

describe('serverTiming', () => {
  test('P-82 tells what was measured, each middleware that is timed by itself, and the whole', async () => {
    expect(await setUp()()).toBe(
      'miss;desc="not _kept___X: y", db;dur=30, render;dur=3;desc="made", sync;dur=0, slow;dur=7, total;dur=40',
    );
  });

  test('is on refusals as well', async () => {
    expect(await setUp()('/refused')).toBe('slow;dur=5, total;dur=5');
  });

  test('is told only to whom it may be told', async () => {
    expect(await setUp({ when: () => false })()).toBeNull();
    expect(await setUp({ total: false })('/refused')).toBe('slow;dur=5');
  });

  test('measures what fails, and hands its error on', async () => {
    const app = createApp()
      .use(serverTiming({ total: false, clock: fakeClock() }))
      .get('/', ({ timings }) =>
        timings.measure('db', () => {
          throw new HttpError(418);
        }),
      );
    const answer = await app.fetch(new Request('http://host/'));
    expect([answer.status, answer.headers.get('server-timing')]).toEqual([418, 'db;dur=0']);
  });

  test('a middleware that is timed works without it as well', async () => {
    const app = createApp()
      .use(timed('own', (_: HttpContext, next) => next()))
      .get('/', () => 'in');
    expect((await app.fetch(new Request('http://host/'))).headers.has('server-timing')).toBe(false);
  });

  test('refuses names that cannot be sent', () => {
    expect(() => serverTiming({ total: 'a b' })).toThrow('`total`');
    expect(() => serverTiming({ when: 1 as never })).toThrow('`when`');
    expect(() => timed('a;b', (_: HttpContext, next) => next())).toThrow('`name`');
  });
});
