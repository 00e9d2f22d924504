/** Tests of methodOverride. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { methodOverride, type MethodOverrideOptions } from './method-override.ts';

function setUp(options?: MethodOverrideOptions) {
  const app = createApp();
  let runs = 0;
  app
    .use(methodOverride(app, options))
    .use((_, next) => {
      runs++;
      return next();
    })
    .post('/items/:id', () => 'posted')
    .put('/items/:id', async (ctx) => `put ${ctx.params.id} ${await ctx.body.text()}`)
    .delete('/items/:id', (ctx) => `${ctx.method} ${ctx.params.id}`)
    .delete('/only', () => 'gone');
  const ask = async (
    headers: Record<string, string>,
    { path = '/items/7', method = 'POST' } = {},
  ) => {
    const init = { method, headers, ...(method !== 'GET' && { body: 'x' }) };
    const answer = await app.fetch(new Request(`http://host${path}`, init));
    return [answer.status, await answer.text(), runs];
  };
  return ask;
}

const meaning = (method: string) => ({ 'X-HTTP-Method-Override': method });

describe('methodOverride', () => {
  test('runs the route of the method that is meant, and what is around it once', async () => {
    expect(await setUp()(meaning('DELETE'))).toEqual([200, 'DELETE 7', 1]);
    expect(await setUp()(meaning(' put '))).toEqual([200, 'put 7 x', 1]);
    expect(await setUp()(meaning('DELETE'), { path: '/only' })).toEqual([200, 'gone', 1]);
    expect(await setUp()({})).toEqual([200, 'posted', 1]);
    expect(await setUp()(meaning('POST'))).toEqual([200, 'posted', 1]);
    expect((await setUp()(meaning('PATCH')))[0]).toBe(405);
  });

  test('only for a POST, and only for what is allowed', async () => {
    expect((await setUp()(meaning('DELETE'), { method: 'PUT' }))[1]).toBe('put 7 x');
    expect((await setUp()(meaning('DELETE'), { method: 'GET' }))[0]).toBe(405);
    for (const method of ['GET', 'TRACE', 'CONNECT', 'nonsense', '', 'PUT, DELETE']) {
      expect((await setUp()(meaning(method)))[0]).toBe(400);
    }
    expect((await setUp({ methods: ['PUT'] })(meaning('DELETE')))[0]).toBe(400);
  });

  test('by the query only where that was said', async () => {
    const path = '/items/7?_method=delete';
    expect((await setUp()({}, { path }))[1]).toBe('posted');
    expect((await setUp({ query: '_method' })({}, { path }))[1]).toBe('DELETE 7');
  });

  test.each([
    [{ methods: ['GET'] }],
    [{ methods: ['POST'] }],
    [{ methods: ['put'] }],
    [{ header: 'a b' }],
    [{ query: 1 }],
  ])('refuses %j', (options) => {
    expect(() => methodOverride(createApp(), options as never)).toThrow(
      `\`${Object.keys(options)[0]}\``,
    );
  });
});
