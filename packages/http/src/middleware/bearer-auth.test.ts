/** Tests of bearerAuth. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { bearerAuth } from './bearer-auth.ts';

const TOKENS = { ci: ['old-token', 'new-token'], ann: 'abc.DEF-123_~+/==' };

function ask(authorization?: string, middleware = bearerAuth({ tokens: TOKENS })) {
  const app = createApp()
    .use(middleware)
    .get('/', (ctx) => ({ principal: ctx.principal }));
  return app.fetch(
    new Request('http://host/', { headers: authorization ? { authorization } : {} }),
  );
}

describe('bearerAuth', () => {
  test.each([
    ['Bearer old-token', 'ci'],
    ['Bearer new-token', 'ci'],
    ['bearer abc.DEF-123_~+/==', 'ann'],
  ])('M-127 lets in %s', async (header, principal) => {
    expect(await (await ask(header)).json()).toEqual({ principal });
  });

  test.each([
    undefined,
    'old-token',
    'Basic old-token',
    'Bearer',
    'Bearer a b',
    'Bearer old-token, Bearer x',
    'Bearer "old-token"',
  ])('asks for a token where there is none: %s', async (header) => {
    const answer = await ask(header);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="Restricted"',
    ]);
  });

  test.each([
    'Bearer wrong',
    'Bearer old-toke',
    'Bearer old-token2',
    'Bearer OLD-TOKEN',
    'Bearer ci',
  ])('refuses a wrong one: %s', async (header) => {
    const answer = await ask(header);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="Restricted", error="invalid_token", error_description="The token is not valid"',
    ]);
    expect(await answer.json()).toMatchObject({ code: 'INVALID_TOKEN' });
  });

  test('asks a function, and hands on what it gives', async () => {
    const by = bearerAuth({ verify: async (token) => token === 'right' && { id: 7 } });
    expect(await (await ask('Bearer right', by as never)).json()).toEqual({ principal: { id: 7 } });
    expect((await ask('Bearer wrong', by as never)).status).toBe(401);
    const failing = bearerAuth({
      verify: () => {
        throw new Error('down');
      },
    });
    expect((await ask('Bearer right', failing as never)).status).toBe(500);
  });

  test.each([
    [{}, '`tokens`'],
    [{ tokens: { a: '' } }, '`tokens.a`'],
    [{ tokens: { a: 'with space' } }, '`tokens.a`'],
    [{ tokens: {}, realm: '\n' }, '`realm`'],
  ])('refuses %o', (options, name) => {
    expect(() => bearerAuth(options as never)).toThrow(name);
  });

  test('never shows a token that it refuses', () => {
    expect(() => bearerAuth({ tokens: { a: 'se cret' } })).not.toThrow('se cret');
  });
});
