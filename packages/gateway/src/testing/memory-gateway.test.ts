/** Tests of the test kit for whole gateways: in memory, and on a real port. */
import { describe, expect, test } from 'vitest';
import { definePlugin } from '../definition/plugin.ts';
import { MemoryExchange } from './memory-exchange.ts';
import { memoryGateway } from './memory-gateway.ts';
import { memoryLogger } from './memory-logger.ts';
import { withGateway } from './with-gateway.ts';

const CONFIG = `
plugins:
  - request-id
  - key-auth: { keys: { ann: secret-of-ann } }
routes:
  - { name: hello, path: /hello, methods: [GET], respond: { body: Hello. } }
`;

describe('a gateway in memory', () => {
  test('answers as one on a port does', async () => {
    const headers = { 'X-API-Key': 'secret-of-ann' };
    await using inMemory = await memoryGateway(CONFIG);
    await withGateway(CONFIG, async ({ request }) => {
      for (const path of ['/hello', '/nothing']) {
        for (const method of ['GET', 'HEAD', 'POST']) {
          for (const sent of [headers, {}]) {
            const one = await inMemory.send({ method, path, headers: sent });
            const other = await request(path, { method, headers: sent });
            const text = await other.text();
            expect(one.status).toBe(other.status);
            const withoutId = (body: string): string => body.replace(/"requestId":"[^"]*"/, '');
            expect(withoutId(one.text)).toBe(withoutId(text));
            for (const name of ['content-type', 'content-length', 'allow', 'www-authenticate']) {
              expect([name, one.headers.get(name) ?? null]).toEqual([
                name,
                other.headers.get(name),
              ]);
            }
            expect(one.headers.has('x-request-id')).toBe(true);
          }
        }
      }
    });
  });

  test('gives what was written to the log for each request', async () => {
    await using gateway = await memoryGateway({ ...parts(), plugins: uses('access-log') });
    const { log, ctx } = await gateway.send({ path: '/a' });
    expect(log).toEqual([expect.objectContaining({ event: 'access', path: '/a', status: 200 })]);
    expect(ctx.route?.name).toBe('all');
    expect((await gateway.send()).log).toHaveLength(1);
    expect(gateway.logger.entries).toHaveLength(2);
  });

  test('G-167 is run by the test kit: a gateway has no tests of its own to run for strangers', async () => {
    await withGateway(parts(), async ({ request }) => {
      expect(await (await request('/a')).text()).toBe(await (await request('/tests')).text());
    });
    await using gateway = await memoryGateway('routes: [{ name: a, path: /a, respond: {} }]');
    for (const path of ['/tests', '/tests/', '/tests/core/registry', '/tests?format=json']) {
      expect((await gateway.send({ path })).status).toBe(404);
    }
  });

  test('listens nowhere', async () => {
    await using gateway = await memoryGateway(parts());
    expect(gateway.gateway.addresses).toEqual([]);
  });

  test('refuses a text that is no config with each fault, and a config that does not fit', async () => {
    await expect(memoryGateway('routes: [{ name: a }]\nplugin: []')).rejects.toThrow(
      /^The config cannot be used:\n {2}test\.yaml:\d+:\d+ error [^]*\n {2}test\.yaml:2:1 error /,
    );
    await expect(memoryGateway({ plugins: uses('nobody') })).rejects.toThrow('nobody');
  });

  test('an answer in pieces is put together; one that breaks off says so', async () => {
    const streaming = definePlugin({
      name: 'streaming',
      description: 'Answers in pieces.',
      options: {},
      create: () => ({
        content: {
          handle(ctx) {
            ctx.response.body = pieces(ctx.path === '/broken');
          },
        },
      }),
    });
    await using gateway = await memoryGateway(
      { ...parts(), plugins: uses('streaming') },
      { definitions: [streaming] },
    );
    expect(await gateway.send()).toMatchObject({ text: 'one two', cut: false });
    const broken = await gateway.send({ path: '/broken' });
    expect(broken).toMatchObject({ text: 'one ', cut: true });
    expect(broken.log[0]?.['message']).toContain('The answer was cut short');
  });
});

describe('a gateway on a port', () => {
  test('lives as long as the block, whatever happens in it', async () => {
    let where = '';
    const failing = withGateway(parts(), ({ url }) => {
      where = url;
      throw new Error('the test failed');
    });
    await expect(failing).rejects.toThrow('the test failed');
    await expect(fetch(where)).rejects.toThrow('fetch failed');
    expect(await withGateway(parts(), () => 'its result')).toBe('its result');
  });

  test('follows no redirect, and keeps its log', async () => {
    const location = { Location: '/elsewhere' };
    const routes = [{ ...route, respond: { status: 302, headers: location } }];
    await withGateway({ routes, plugins: uses('access-log') }, async ({ request, logger }) => {
      expect((await request('/x')).headers.get('location')).toBe('/elsewhere');
      expect(logger.entries).toHaveLength(1);
    });
  });
});

describe('an exchange in memory', () => {
  test('refuses what an exchange on a connection refuses', () => {
    const exchange = new MemoryExchange();
    expect(exchange.given).toBe(undefined);
    expect(() => exchange.write('x')).toThrow('The head comes before the body');
    exchange.sendHead(200, []);
    expect(() => exchange.sendHead(200, [])).toThrow('An answer has begun already');
    expect(() => exchange.takeOver()).toThrow('cannot leave HTTP');
  });

  test('tells of its end once, also to those who ask later', () => {
    const exchange = new MemoryExchange({ method: 'HEAD' });
    const seen: string[] = [];
    exchange.onSettled(() => seen.push('settled'));
    exchange.onClientLeft(() => seen.push('left'));
    exchange.answer(200, ['Content-Length', '7']);
    exchange.leave();
    exchange.destroy();
    exchange.onSettled(() => seen.push('late'));
    expect(seen).toEqual(['settled', 'late']);
    expect(exchange.given).toMatchObject({ rawHeaders: ['Content-Length', '7'], cut: false });
    expect([exchange.clientLeft, exchange.signal.aborted]).toEqual([false, false]);
  });

  test('tells of a client that leaves', () => {
    const exchange = new MemoryExchange({ headers: { Host: 'a', 'X-A': ['1', '2'] } });
    const seen: string[] = [];
    exchange.onClientLeft(() => seen.push('left'));
    exchange.leave();
    exchange.onClientLeft(() => seen.push('late'));
    expect(seen).toEqual(['left', 'late']);
    expect([exchange.clientLeft, exchange.signal.aborted]).toEqual([true, true]);
    expect([exchange.header('x-a'), exchange.header('host')]).toEqual(['1, 2', 'a']);
  });
});

test('a logger in memory keeps entries until it is cleared', () => {
  const logger = memoryLogger();
  logger.warn({ message: 'careful' });
  logger.info({ message: 'fine' });
  expect(logger.messages('warn')).toEqual(['careful']);
  logger.clear();
  expect(logger.entries).toEqual([]);
});

const route = { name: 'all', path: '/*', plugins: [], respond: { status: 200, body: 'fine' } };
const parts = () => ({ routes: [route] });
const uses = (...names: string[]) => names.map((name) => ({ name, options: {} }));

async function* pieces(breaks: boolean): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('one ');
  if (breaks) throw new Error('source is gone');
  yield new TextEncoder().encode('two');
}
