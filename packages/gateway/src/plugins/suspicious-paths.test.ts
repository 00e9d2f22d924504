/** Tests of suspicious-paths. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { suspiciousPaths } from './suspicious-paths.ts';

const start = (options: Record<string, unknown> = {}) =>
  startGateway({
    plugins: [{ name: 'suspicious-paths', options }],
    routes: [routeOf({ respond: { status: 200 } })],
  });

describe('suspicious-paths', () => {
  test('G-166 warns of what scanners ask for, in any spelling, and of nothing else', async () => {
    const { url, logger } = await start();
    for (const path of ['/.env', '/a/WP-login.php', '/x/%2egit/config', '/env', '/git']) {
      expect((await send(url + path)).status).toBe(200);
    }
    expect(logger.entries).toMatchObject(
      ['/.env', '/a/WP-login.php', '/x/.git/config'].map((path) => ({
        level: 'warn',
        event: 'SUSPICIOUS_PATH',
        path,
        clientAddress: '127.0.0.1',
      })),
    );
  });

  test('refuses them if told so, as if there were nothing', async () => {
    const { url } = await start({ paths: ['/secret(s)'], refuse: true });
    expect((await send(`${url}/secret(s)/x`)).json).toMatchObject({
      status: 404,
      code: 'ROUTE_NOT_FOUND',
    });
    expect((await send(`${url}/secrets`)).status).toBe(200);
  });

  test('takes a part of a path as it is written, and none that is in all paths', () => {
    expect(() => suspiciousPaths.create({ paths: [' '] }, {} as never)).toThrow(
      '`suspicious-paths.paths`',
    );
  });
});
