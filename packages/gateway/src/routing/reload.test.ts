/** Tests of routes that change while requests are under way. */
import { expect, test } from 'vitest';
import {
  configOf,
  headOf,
  open,
  routeOf,
  send,
  startGateway,
  startUpstream,
} from '../../test-kit/loopback.ts';

test('a request under way keeps the route that it came by, and the next one has the new', async () => {
  let finish = (): void => {};
  let arrived = (): void => {};
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const slow = await startUpstream((request, response) => {
    finish = () => response.end(`slow ${request.url}`);
    arrived();
  });
  const { url, gateway } = await startGateway({
    upstreams: { slow: { url: slow.url } },
    routes: [routeOf({ upstream: 'slow', rewrite: { prefix: '/v1' }, timeoutMs: 60_000 })],
  });
  const first = open(`${url}/a`);
  first.end();
  await asked;
  await gateway.reload(
    configOf({ routes: [routeOf({ redirect: { to: 'https://new.example/*' } })] }),
  );
  expect((await send(`${url}/a`)).headers.location).toBe('https://new.example/a');
  const answered = headOf(first);
  finish();
  const text = Buffer.concat(await (await answered).toArray()).toString();
  expect(text).toBe('slow /v1/a');
});

test.each([
  [{ timeoutMs: -1, respond: { status: 200 } }],
  [{ maxBodyBytes: 0.5, respond: { status: 200 } }],
  [{ redirect: { to: '//evil.example' } }],
  [{ upstream: 'main', rewrite: { path: '/:nothing' } }],
  [{ split: [{ upstream: 'main', weight: -1 }] }],
  [{ upstream: 'main', canary: { upstream: 'main', percent: 200 } }],
  [{ respond: { status: 200 }, match: { query: { a: { regex: '(' } } } }],
])('a route that cannot be made leaves the config that holds: %j', async (route) => {
  const upstreams = { main: { url: 'http://127.0.0.1:1' } };
  const { url, gateway } = await startGateway({
    upstreams,
    routes: [routeOf({ respond: { status: 200, body: 'old' } })],
  });
  const bad = configOf({ upstreams, routes: [routeOf(route)] });
  await expect(gateway.reload(bad)).rejects.toThrow('The gateway cannot start:');
  expect((await send(url)).text).toBe('old');
});
