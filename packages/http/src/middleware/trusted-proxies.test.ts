/** Tests of trustedProxies. */
import { timeout } from '@interpose/resilience';
import { expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { trustedProxies } from './trusted-proxies.ts';

const CHAIN = {
  'X-Forwarded-For': '6.6.6.6, 192.0.2.1',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'shop.example',
};

function app(proxies: readonly string[], host = false) {
  return createApp()
    .use(trustedProxies({ proxies, host }))
    .get('/', (ctx) => [
      ctx.clientAddress,
      ctx.secure,
      ctx.headers.get('host')?.replace(/\d+$/, '0'),
      ctx.headers.get('x-forwarded-for') ?? null,
    ]);
}

test('a trusted proxy says who the client is', async () => {
  await using server = await app(['loopback'], true).serve();
  const answer = await fetch(server.url, { headers: CHAIN });
  expect(await answer.json()).toEqual(['192.0.2.1', true, 'shop.example', '192.0.2.1']);
});

test('anybody else does not', async () => {
  await using server = await app(['private'], true).serve();
  const answer = await fetch(server.url, { headers: CHAIN });
  expect(await answer.json()).toEqual(['127.0.0.1', false, '127.0.0.1:0', null]);
});

test('the host stays as it came unless it is asked for', async () => {
  const answer = await app(['unix']).fetch(new Request('http://own:0/', { headers: CHAIN }));
  expect(await answer.json()).toEqual(['192.0.2.1', true, 'own:0', '192.0.2.1']);
});

test('a policy further in, which copies the context, sees the same client', async () => {
  const seen = createApp()
    .use(timeout({ timeoutMs: 1000 }) as never)
    .use(trustedProxies({ proxies: ['unix'] }))
    .get('/', async (ctx) => [ctx.signal.aborted, ctx.clientAddress, ctx.requestId]);
  const answer = await seen.fetch(new Request('http://host/', { headers: CHAIN }));
  expect(await answer.json()).toEqual([
    false,
    '192.0.2.1',
    expect.stringMatching(/^[\da-f-]{36}$/),
  ]);
});
