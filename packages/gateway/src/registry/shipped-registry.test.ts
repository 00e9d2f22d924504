/** Tests of the entries that a gateway in code begins with. */
import { describe, expect, test } from 'vitest';
import { memoryLogger, routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { createRegistry } from './registry.ts';
import { type ShippedOptions, shippedRegistry } from './shipped-registry.ts';

const origins = ['https://app.example'];

async function start(options: Partial<ShippedOptions> = {}) {
  const logger = memoryLogger();
  const registry = createRegistry({ logger });
  await registry.registerAll(shippedRegistry({ cors: { origins }, ...options }));
  const routes = [routeOf({ respond: { status: 200, body: 'from the config' } })];
  return { ...(await startGateway({ routes }, { registry, logger })), registry, logger };
}

describe('the shipped registry', () => {
  test('G-49 has request_id with 10, cors with 20 in three phases, and router with 100 in content', async () => {
    const { registry } = await start();
    const listed = registry
      .getRegistry()
      .filter(({ name }) => name !== 'test-end')
      .map(({ name, phase, priority, state }) => [name, phase, priority, state]);
    expect(listed).toEqual([
      ['request_id', 'access', 10, 'active'],
      ['request_id', 'headerFilter', 10, 'active'],
      ['request_id', 'log', 10, 'active'],
      ['cors', 'access', 20, 'active'],
      ['cors', 'headerFilter', 20, 'active'],
      ['cors', 'log', 20, 'active'],
      ['router', 'content', 100, 'active'],
    ]);
  });

  test('G-49 they do what they are named for, and leave the rest to the config', async () => {
    const { url } = await start();
    const { status, text, headers } = await send(url, {
      headers: { Origin: origins[0] as string },
    });
    expect([status, text]).toEqual([200, 'from the config']);
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(headers['access-control-allow-origin']).toBe(origins[0]);
  });

  test('a page of another origin is refused, with its id, and the log says why', async () => {
    const { url, logger, ended } = await start();
    const { status, headers } = await send(url, { headers: { Origin: 'https://evil.example' } });
    await ended();
    expect(status).toBe(403);
    expect(logger.entries.filter(({ level }) => level === 'warn')).toEqual([
      {
        level: 'warn',
        message: 'The origin may not call this',
        code: 'ORIGIN_NOT_ALLOWED',
        path: '/',
        requestId: headers['x-request-id'],
      },
    ]);
  });

  test('the router answers in code, with parameters, and knows what is not its own', async () => {
    const { url, logger, ended } = await start({
      routes: [
        {
          name: 'user',
          path: '/users/{id}',
          methods: ['GET'],
          handle: (ctx) => ctx.exit(200, { user: ctx.params['id'] }),
        },
        { name: 'gone', path: '/gone', handle: () => ({ ok: false, error: 'moved', status: 410 }) },
        { name: 'silent', path: '/silent', handle: () => {} },
      ],
    });
    expect((await send(`${url}/users/a%20b`)).json).toEqual({ user: 'a b' });
    for (const path of ['/silent', '/other']) {
      expect((await send(url + path)).text).toBe('from the config');
    }
    expect((await send(`${url}/users/1`, { method: 'POST' })).text).toBe('from the config');
    expect((await send(`${url}/gone`)).status).toBe(410);
    await ended();
    expect(logger.messages('warn')).toContain('Middleware router refused the request: moved');
  });

  test('is refused with routes that cannot be reached, and origins that are none', () => {
    const route = { name: 'a', path: '/a', handle: () => {} };
    expect(() => shippedRegistry({ cors: { origins }, routes: [route, route] })).toThrow(
      'can never be reached',
    );
    expect(() => shippedRegistry({ cors: { origins: [] } })).toThrow('cors.origins');
  });
});
