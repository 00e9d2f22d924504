/** Tests of access-log. */
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import {
  headOf,
  open,
  routeOf,
  send,
  startGateway,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';

const start = (options: Record<string, unknown> = {}, more: object = {}): Promise<Started> =>
  startGateway(
    {
      plugins: [{ name: 'access-log', options }],
      routes: [
        routeOf({ name: 'orders', path: '/orders/*', respond: { status: 201, body: 'fine' } }),
      ],
    },
    { newId: () => 'r-1', ...more },
  );

describe('access-log', () => {
  test('writes one line a request with what it was and what became of it', async () => {
    const clock = fakeClock();
    const { url, gateway, logger, ended } = await start({}, { clock });
    gateway.registry.add(
      {
        content: {
          handle(ctx) {
            ctx.consumer = { name: 'alice' };
            clock.advanceSync(12.3456);
          },
        },
      },
      { name: 'slow' },
    );
    await send(`${url}/orders/./1?token=hunter2`, { method: 'POST' });
    await ended();
    expect(logger.entries).toEqual([
      {
        level: 'info',
        event: 'access',
        method: 'POST',
        path: '/orders/1',
        status: 201,
        ms: 12.346,
        bytes: 4,
        requestId: 'r-1',
        route: 'orders',
        clientAddress: '127.0.0.1',
        consumer: 'alice',
      },
    ]);
  });

  test('writes what was refused, and what no route has', async () => {
    const { url, logger, ended } = await start();
    await send(`${url}/nothing`);
    await ended();
    expect(logger.entries).toMatchObject([{ path: '/nothing', status: 404, route: null }]);
  });

  test('writes 499 for a client that left, with the bytes that it got', async () => {
    const { url, logger, ended } = await startProxied(
      (_request, response) => void response.write('first'),
      {
        plugins: [{ name: 'access-log', options: {} }],
      },
    );
    const response = await headOf(open(url).end());
    await once(response, 'data');
    response.destroy();
    await ended();
    expect(logger.entries).toMatchObject([{ status: 499, bytes: 5 }]);
  });

  test('can write query and headers, but nothing secret in them', async () => {
    const headers = [
      'User-Agent',
      'Authorization',
      'Cookie',
      'X-API-Key',
      'X-Session-Id',
      'Missing',
      'Proxy-Authorization',
    ];
    const { url, logger, ended } = await start({ query: true, headers });
    await send(
      `${url}/orders/1?page=2&api_key=hunter2&access_token=hunter2&Password=hunter2&code=hunter2&sig=hunter2&q=a%20b`,
      {
        headers: {
          'User-Agent': 'tester',
          Authorization: 'Bearer hunter2',
          Cookie: 'a=hunter2',
          'X-API-Key': 'hunter2',
          'X-Session-Id': 'hunter2',
          'Proxy-Authorization': 'hunter2',
        },
      },
    );
    await ended();
    const [entry] = logger.entries;
    expect(JSON.stringify(entry)).not.toContain('hunter2');
    expect(entry?.['headers']).toEqual({
      'user-agent': 'tester',
      authorization: '[redacted]',
      cookie: '[redacted]',
      'x-api-key': '[redacted]',
      'x-session-id': '[redacted]',
      missing: null,
      'proxy-authorization': '[redacted]',
    });
    expect(new URLSearchParams(String(entry?.['query'])).get('page')).toBe('2');
    expect(new URLSearchParams(String(entry?.['query'])).get('api_key')).toBe('[redacted]');
  });
});
