/** Tests of request-id. */
import { describe, expect, test } from 'vitest';
import {
  routeOf,
  send,
  startGateway,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const start = (options: Record<string, unknown> = {}, more: object = {}): Promise<Started> =>
  startGateway(
    { plugins: [{ name: 'request-id', options }], routes: [routeOf({ respond: { status: 200 } })] },
    more,
  );

describe('request-id', () => {
  test.each(['12345678', 'a.b_c-d=E9', 'x'.repeat(128), 'f47ac10b-58cc-4372-a567-0e02b2c3d479'])(
    'G-80 G-81 keeps the harmless id %s and sends it back',
    async (id) => {
      const { url } = await start();
      expect((await send(url, { headers: { 'x-request-id': id } })).headers['x-request-id']).toBe(
        id,
      );
    },
  );

  test.each([
    ['none', {}],
    ['an empty one', { 'X-Request-ID': '' }],
    ['a short one', { 'X-Request-ID': '1234567' }],
    ['a long one', { 'X-Request-ID': 'x'.repeat(129) }],
    ['one with a space', { 'X-Request-ID': 'abcd efgh' }],
    ['one that a log could misread', { 'X-Request-ID': 'abc"},{"level":"error' }],
    ['two', { 'X-Request-ID': ['abcdefgh', 'ijklmnop'] }],
  ])('G-80 G-85 for %s it makes one that nobody can guess', async (_, headers) => {
    const { url } = await start();
    const answer = await send(url, { headers });
    expect(answer.headers['x-request-id']).toMatch(UUID);
  });

  test('G-85 ids are different for every request, also at one moment', async () => {
    const { url } = await start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(url)));
    expect(new Set(answers.map(({ headers }) => headers['x-request-id'])).size).toBe(50);
  });

  test('G-81 every answer has the id, also a refused, failed or missing one', async () => {
    const { url, gateway } = await start();
    gateway.registry.add(
      {
        access: {
          handle(ctx) {
            if (ctx.path === '/refuse') ctx.exit(403);
            if (ctx.path === '/throw') throw new Error('x');
          },
        },
      },
      { name: 'act' },
    );
    for (const path of ['/', '/refuse', '/throw', '/%00']) {
      const answer = await send(url + path, { headers: { 'X-Request-ID': 'my-own-id' } });
      expect(answer.headers['x-request-id']).toBe('my-own-id');
      if (path !== '/') expect(answer.json['requestId']).toBe('my-own-id');
    }
  });

  test('G-82 logs that the request is completed', async () => {
    const { url, logger, ended } = await start();
    await send(url, { headers: { 'X-Request-ID': 'my-own-id' } });
    await ended();
    expect(logger.entries).toEqual([
      { level: 'info', message: 'Request completed: my-own-id', requestId: 'my-own-id' },
    ]);
  });

  test('G-83 has priority 10 in all three phases', async () => {
    const { gateway } = await start();
    expect(
      gateway.registry
        .getRegistry()
        .slice(0, 3)
        .map(({ name, phase, priority }) => [name, phase, priority]),
    ).toEqual([
      ['request-id', 'access', 10],
      ['request-id', 'headerFilter', 10],
      ['request-id', 'log', 10],
    ]);
  });

  test('G-86 sends the same id on, also in a header of another name', async () => {
    let seen: Record<string, unknown> = {};
    const started = await startProxied(
      (request, response) => {
        seen = request.headers;
        response.setHeader('X-Correlation-Id', 'from the upstream').end();
      },
      { plugins: [{ name: 'request-id', options: { header: 'X-Correlation-Id' } }] },
    );
    const { headers } = await send(started.url);
    expect(headers['x-correlation-id']).toMatch(UUID);
    expect([seen['x-correlation-id'], seen['x-request-id']]).toEqual([
      headers['x-correlation-id'],
      headers['x-correlation-id'],
    ]);
  });

  test('can be told to trust nobody, and who makes the ids', async () => {
    let count = 0;
    const { url } = await start({ acceptInbound: false }, { newId: () => `id-${++count}` });
    expect(
      (await send(url, { headers: { 'X-Request-ID': 'my-own-id' } })).headers['x-request-id'],
    ).toBe('id-1');
  });

  test('G-84 does not refuse a request whose header somebody changes behind it', async () => {
    const { url, gateway } = await start({});
    gateway.registry.add(
      {
        access: {
          priority: 11,
          handle: (ctx) => ctx.headers.set('X-Request-ID', 'another-id'),
        },
      },
      { name: 'changing' },
    );
    const { status, headers } = await send(url, { headers: { 'X-Request-ID': 'my-own-id' } });
    expect([status, headers['x-request-id']]).toEqual([200, 'my-own-id']);
  });
});
