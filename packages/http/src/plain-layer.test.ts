/** A built-in that is joined to the rest directly. */
import { compose } from '@interpose/kernel';
import { expect, test } from 'vitest';
import { createApp, type HttpMiddleware } from './app.ts';
import { plainLayer } from './plain-layer.ts';

const marking = (mark: string): HttpMiddleware =>
  plainLayer('marking', (ctx, rest) => {
    ctx.response.headers.append('X-Mark', mark);
    return rest(ctx);
  });

test('bears its name', () => {
  expect(marking('a').name).toBe('marking');
});

test('each stands in its place, also twice in a row', async () => {
  const twice = marking('b');
  const app = createApp()
    .use(marking('a'))
    .use(twice)
    .use(twice)
    .use((ctx, next) => {
      ctx.response.headers.append('X-Mark', 'c');
      return next();
    })
    .use(compose(marking('d'), marking('e')))
    .get('/', () => 'done');
  const answer = await app.fetch(new Request('http://host/'));
  expect(answer.headers.get('x-mark')).toBe('a, b, b, c, d, e');
  expect(await answer.text()).toBe('done');
});

test('errors of the rest come through', async () => {
  const app = createApp()
    .use(
      plainLayer('mending', (ctx, rest) => {
        try {
          return rest(ctx);
        } catch (error) {
          ctx.response.body = `mended: ${(error as Error).message}`;
          return ctx.response;
        }
      }),
    )
    .get('/', () => {
      throw new Error('broken');
    });
  expect(await (await app.fetch(new Request('http://host/'))).text()).toBe('mended: broken');
});
