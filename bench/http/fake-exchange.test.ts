/** An exchange without a socket answers as a server would. */
import { createApp } from '@interpose/http';
import type { Exchange } from '@interpose/wire';
import { expect, test } from 'vitest';
import { exchanges } from './fake-exchange.ts';

test('takes the answer of an app, and tells when it is settled', () => {
  const next = exchanges([{ path: '/a', headers: ['X: y'] }, { path: '/b' }]);
  const settled: number[] = [];
  const app = createApp()
    .use((ctx, rest) => {
      ctx.onSettled(() => settled.push(ctx.sentBytes));
      return rest();
    })
    .get('/a', ({ headers }) => headers.get('x'));
  const [one, other, third] = [next(), next(), next()];
  for (const exchange of [one, other, third]) app.handle(exchange as unknown as Exchange);
  expect([one, other, third].map(({ status, said }) => [status, said])).toEqual([
    [200, 'y'],
    [404, expect.stringContaining('There is nothing at /b')],
    [200, 'y'],
  ]);
  expect(one.headers).toEqual(['Content-Type', 'text/plain; charset=utf-8']);
  expect(settled).toEqual([1, String(other.said).length, 1]);
  let late = false;
  one.onSettled(() => (late = true));
  expect(late).toBe(true);
});
