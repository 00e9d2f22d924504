/** Tests of exception-boundary. */
import { HttpError } from '@interpose/http';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway, type Started } from '../../test-kit/loopback.ts';

async function start(options?: Record<string, unknown>): Promise<Started> {
  const started = await startGateway({
    plugins: options ? [{ name: 'exception-boundary', options }] : [],
    routes: [routeOf({ respond: { status: 200 } })],
  });
  started.gateway.registry.add(
    {
      access: {
        priority: 1,
        handle(ctx) {
          if (ctx.path === '/refuse')
            throw new HttpError(409, 'Already there', { code: 'DUPLICATE' });
          throw new Error('oops');
        },
      },
    },
    { name: 'act' },
  );
  return started;
}

describe('exception-boundary', () => {
  test('is there without being asked for, and tells nothing', async () => {
    const { url } = await start();
    const answer = await send(url);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
    });
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'INTERNAL_ERROR',
      requestId: expect.any(String),
    });
  });

  test('gives problems an address', async () => {
    const { url } = await start({ typeBase: 'https://errors.example/' });
    expect((await send(`${url}/refuse`)).json['type']).toBe('https://errors.example/DUPLICATE');
    expect((await send(url)).json['type']).toBe('https://errors.example/INTERNAL_ERROR');
  });

  test('gives people pages, unless it is told to give everybody JSON', async () => {
    const browser = { headers: { Accept: 'text/html,*/*;q=0.8' } };
    const page = await send(`${(await start({})).url}/refuse`, browser);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain('<p>Already there</p>');
    const json = await send(`${(await start({ formats: 'json' })).url}/refuse`, browser);
    expect(json.headers['content-type']).toBe('application/problem+json');
  });

  test('shows the messages of unexpected errors only when it is told to', async () => {
    expect((await send((await start({})).url)).text).not.toContain('oops');
    const shown = await send((await start({ showMessages: true })).url);
    expect(shown.json).toMatchObject({ status: 500, code: 'INTERNAL_ERROR', detail: 'oops' });
  });

  test('is first of all, so that it holds for what comes after it', async () => {
    const { gateway } = await start({});
    expect(gateway.registry.getChain('/', 'access')[0]).toMatchObject({
      name: 'exception-boundary',
      priority: 0,
    });
  });

  test('G-166 can tell it in four plain words, to everybody alike', async () => {
    const { url } = await start({ form: 'plain' });
    for (const Accept of ['application/json', 'text/html']) {
      const answer = await send(`${url}/refuse`, { headers: { Accept } });
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(answer.text.length),
      });
      expect(answer.json).toEqual({
        status: 409,
        error: 'Conflict',
        message: 'Already there',
        request_id: expect.any(String),
      });
    }
    expect((await send(url)).json).toEqual({
      status: 500,
      error: 'Internal Server Error',
      message: 'Internal Server Error',
      request_id: expect.any(String),
    });
    expect((await send(url, { method: 'HEAD' })).text).toBe('');
  });

  test('in the plain form leaves alone what others have answered', async () => {
    const { gateway, url } = await start({ form: 'plain' });
    gateway.registry.add(
      {
        headerFilter: {
          handle: ({ response }) => {
            response.headers.set('Content-Type', 'text/plain');
            response.body = 'my own words';
          },
        },
        bodyFilter: { handle: () => true },
      },
      { name: 'own' },
    );
    expect((await send(`${url}/refuse`)).text).toBe('my own words');
  });
});
