/** The config of the page for people who come from Kong: read without a complaint, started, and asked as their clients would. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { formatProblem, readConfig, standardPlugins } from '@interpose/gateway';
import { type RunningGateway, withGateway } from '@interpose/gateway/testing';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/house.ts';
import { blocksOf } from './blocks.ts';

const PAGE = 'docs/guides/moving-from-kong.md';
const page = readFileSync(join(ROOT, PAGE), 'utf8');
const [kong, ours] = blocksOf(PAGE, page)
  .filter(({ info }) => info === 'yaml')
  .map((block) => block.text) as [string, string];

/** What a service behind the gateway saw. */
interface Seen {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** Two services in the places of those of the page. */
async function withServices(
  run: (config: string, seen: readonly Seen[], probed: Promise<string>) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  let probe = (_path: string): void => {};
  const probed = new Promise<string>((resolve) => (probe = resolve));
  const servers = [1, 2].map(() =>
    createServer((request, response) => {
      const { url = '', headers } = request;
      if (url.endsWith('/health')) probe(url);
      else seen.push({ url, headers });
      response.end('from the service');
    }),
  );
  try {
    let config = ours;
    for (const [index, server] of servers.entries()) {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as AddressInfo;
      config = config.replace(`10.0.0.1${index + 1}:9000`, `127.0.0.1:${port}`);
    }
    await run(config, seen, probed);
  } finally {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}

const HOST = { Host: 'api.example.com' };
const KEY = { ...HOST, 'X-API-Key': 'key-of-the-shop' };

/** Sends a request with a Host of its own, which `fetch` would not. */
async function ask(
  { port }: RunningGateway,
  path: string,
  { method = 'GET', headers = HOST }: { method?: string; headers?: Record<string, string> } = {},
) {
  const request = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string | undefined>,
    body: await text(response),
  };
}

test('the page shows a file of Kong and ours, in this order', () => {
  expect(kong).toMatch(/^_format_version: '3\.0'\n/);
  expect(ours).toMatch(/^listen: /);
});

test('ours is read without an error or a warning', () => {
  const { config, problems } = readConfig(ours, {
    file: 'gateway.yaml',
    plugins: standardPlugins,
    environment: {},
  });
  expect(problems.map(formatProblem)).toEqual([]);
  expect(config?.routes.map(({ name }) => name)).toEqual(['orders']);
});

test('every option in the tables and in the text is one that there is', () => {
  const options = new Map(standardPlugins.map((plugin) => [plugin.name, plugin.options]));
  const optionsOf = (name: string): readonly string[] => {
    const known = options.get(name);
    expect([name, known === undefined]).toEqual([name, false]);
    return Object.keys(known ?? {});
  };
  const claims: readonly (readonly [string, string, readonly string[]])[] = [
    ['key-auth', 'key-auth', ['keys', 'header', 'hideKey', 'groups']],
    ['acl', 'acl', ['groups', 'denyGroups', 'consumers', 'denyConsumers']],
    ['rate-limiting', 'rate-limit', ['limit', 'windowMs', 'by']],
    ['cors', 'cors', ['origins', 'methods', 'headers', 'credentials', 'exposeHeaders', 'maxAgeMs']],
    [
      'request-transformer',
      'request-transform',
      [
        'removeHeaders',
        'removeQuery',
        'removeBody',
        'renameHeaders',
        'setHeaders',
        'fillHeaders',
        'addHeaders',
        'addQuery',
      ],
    ],
    ['ip-restriction', 'ip-restriction', ['allow', 'deny']],
    ['correlation-id', 'request-id', ['header']],
  ];
  for (const [kongName, name, claimed] of claims) {
    const known = optionsOf(name);
    expect(page).toContain(`\`${kongName}\``);
    for (const option of claimed) {
      expect(page).toContain(option);
      expect(known).toContain(option);
    }
  }
  for (const name of [
    'body-limit',
    'response-transform',
    'response-cache',
    'basic-auth',
    'jwt',
    'access-log',
  ]) {
    expect(options.has(name)).toBe(true);
    expect(page).toContain(`\`${name}\``);
  }
});

describe('started', () => {
  test('a caller with a key reaches the service, which sees what the page says', async () => {
    await withServices(async (config, seen) => {
      await withGateway(config, async (gateway) => {
        const headers = { ...KEY, 'X-Debug': '1', 'X-Consumer-Name': 'admin' };
        const answer = await ask(gateway, '/orders/7?full=1', { headers });
        expect([answer.status, answer.body]).toEqual([200, 'from the service']);
        expect(answer.headers['x-request-id']).toMatch(/^[\w-]{36}$/);
        expect(answer.headers['x-ratelimit-limit']).toBe('100');
        expect(answer.headers['x-ratelimit-remaining']).toBe('99');
        expect(answer.headers['ratelimit-policy']).toBe('"default";q=100;w=60');
        const [request] = seen as [Seen];
        expect(request.url).toBe('/v1/7?full=1');
        expect(request.headers).toMatchObject({
          'x-consumer-name': 'shop',
          'x-channel': 'public',
          'x-request-id': answer.headers['x-request-id'],
          host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        });
        expect(request.headers['x-api-key']).toBe(undefined);
        expect(request.headers['x-debug']).toBe(undefined);
      });
    });
  });

  test('a caller without a key, or with another one, is refused with a problem', async () => {
    await withServices(async (config, seen) => {
      await withGateway(config, async (gateway) => {
        for (const headers of [HOST, { ...HOST, 'X-API-Key': 'guessed' }]) {
          const { status, headers: answered, body } = await ask(gateway, '/orders/7', { headers });
          expect(status).toBe(401);
          expect(answered['content-type']).toContain('application/problem+json');
          expect(JSON.parse(body)).toMatchObject({ status: 401, requestId: expect.any(String) });
        }
        expect((await ask(gateway, '/orders/7?apikey=key-of-the-shop')).status).toBe(401);
        expect(seen).toEqual([]);
      });
    });
  });

  test('the limit is each caller’s own, and ends in a 429', async () => {
    await withServices(async (config) => {
      await withGateway(config, async (gateway) => {
        let last = await ask(gateway, '/orders/1', { headers: KEY });
        for (let time = 1; time < 100; time++) {
          expect(last.status).toBe(200);
          last = await ask(gateway, '/orders/1', { headers: KEY });
        }
        expect(last.headers['x-ratelimit-remaining']).toBe('0');
        const refused = await ask(gateway, '/orders/1', { headers: KEY });
        expect(refused.status).toBe(429);
        expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
        const depot = { ...HOST, 'X-API-Key': 'key-of-the-depot' };
        expect((await ask(gateway, '/orders/1', { headers: depot })).status).toBe(200);
      });
    });
  });

  test('pages of the origin may call, others get 403; a preflight is a 204 and needs no key', async () => {
    await withServices(async (config) => {
      await withGateway(config, async (gateway) => {
        const preflight = {
          ...HOST,
          Origin: 'https://shop.example.com',
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'content-type, x-api-key',
        };
        const allowed = await ask(gateway, '/orders/1', { method: 'OPTIONS', headers: preflight });
        expect(allowed.status).toBe(204);
        expect(allowed.headers['access-control-allow-origin']).toBe('https://shop.example.com');
        expect(allowed.headers['access-control-max-age']).toBe('3600');
        const evil = { ...KEY, Origin: 'https://evil.example' };
        expect((await ask(gateway, '/orders/1', { headers: evil })).status).toBe(403);
        const page = { ...KEY, Origin: 'https://shop.example.com' };
        const answer = await ask(gateway, '/orders/1', { headers: page });
        expect(answer.headers['access-control-expose-headers']).toBe('X-Request-ID');
        expect(answer.headers['access-control-allow-credentials']).toBe('true');
      });
    });
  });

  test('other paths, methods and hosts are answered as the page says', async () => {
    await withServices(async (config, seen) => {
      await withGateway(config, async (gateway) => {
        expect((await ask(gateway, '/ordersheet', { headers: KEY })).status).toBe(404);
        expect((await ask(gateway, '/orders', { headers: KEY })).status).toBe(200);
        expect((await ask(gateway, '/orders/1', { headers: KEY, method: 'HEAD' })).status).toBe(
          200,
        );
        const other = await ask(gateway, '/orders/1', { headers: KEY, method: 'DELETE' });
        expect([other.status, other.headers['allow']]).toEqual([
          405,
          expect.stringContaining('POST'),
        ]);
        const host = { ...KEY, Host: 'other.example.com' };
        expect((await ask(gateway, '/orders/1', { headers: host })).status).toBe(404);
        expect(seen).toHaveLength(2);
      });
    });
  });

  test('the network that is kept out is refused before anything else is asked', async () => {
    await withServices(async (config, seen) => {
      const here = config.replace('deny: [203.0.113.0/24]', 'deny: [127.0.0.0/8]');
      expect(here).not.toBe(config);
      await withGateway(here, async (gateway) => {
        const evil = { ...HOST, Origin: 'https://evil.example' };
        const { status, body } = await ask(gateway, '/orders/1', { headers: evil });
        expect(status).toBe(403);
        expect(body).not.toContain('ORIGIN_NOT_ALLOWED');
        expect(seen).toEqual([]);
      });
    });
  });

  test('targets are asked whether they are well, below the path of each', async () => {
    await withServices(async (config, _seen, probed) => {
      const often = config.replace('intervalMs: 5000', 'intervalMs: 10');
      expect(often).not.toBe(config);
      await withGateway(often, async () => {
        expect(await probed).toBe('/v1/health');
      });
    });
  });

  test('a target that dies costs no request', async () => {
    await withServices(async (config, seen) => {
      const dead = config.replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
      await withGateway(dead, async (gateway) => {
        for (let time = 0; time < 6; time++) {
          expect((await ask(gateway, '/orders/1', { headers: KEY })).status).toBe(200);
        }
        expect(seen).toHaveLength(6);
      });
    });
  });
});
