/** Tests of basicAuth. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { basicCredentials } from '../credentials/credentials.ts';
import { basicAuth, type BasicAuthOptions } from './basic-auth.ts';

const PASSWORD = 'correct: horse, bättery';
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function setUp(options: BasicAuthOptions = { users: { ann: PASSWORD, bob: 'b' } }) {
  let runs = 0;
  const app = createApp()
    .use(basicAuth(options))
    .get('/', (ctx) => {
      runs++;
      return ctx.user;
    });
  const ask = (authorization?: string): Promise<Response> =>
    app.fetch(new Request('http://host/', { headers: authorization ? { authorization } : {} }));
  return { ask, runs: () => runs };
}

describe('basicAuth', () => {
  test('M-127 lets in who knows the password, and tells who it is', async () => {
    const answer = await setUp().ask(`Basic ${encoded(`ann:${PASSWORD}`)}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ann']);
    expect((await setUp().ask(`bAsIc  ${encoded(`ann:${PASSWORD}`)}`)).status).toBe(200);
  });

  test.each([
    ['nothing', undefined],
    ['another scheme', `Bearer ${encoded(`ann:${PASSWORD}`)}`],
    ['a wrong password', `Basic ${encoded('ann:wrong')}`],
    ['a part of it', `Basic ${encoded(`ann:${PASSWORD.slice(0, -1)}`)}`],
    ['more than it', `Basic ${encoded(`ann:${PASSWORD} `)}`],
    ['another case', `Basic ${encoded(`ann:${PASSWORD.toUpperCase()}`)}`],
    ['the password of another', `Basic ${encoded('ann:b')}`],
    ['nobody', `Basic ${encoded('eve:b')}`],
    ['a name of all objects', `Basic ${encoded('constructor:b')}`],
    ['no password', `Basic ${encoded('bob:')}`],
    ['no colon', `Basic ${encoded('bob')}`],
    ['no base64', 'Basic %%%%'],
    ['no UTF-8', `Basic ${Buffer.from([0x62, 0xff, 0x3a, 0x62]).toString('base64')}`],
    ['a control character', `Basic ${encoded('bob:b\0')}`],
    ['two', `Basic ${encoded('bob:b')}, Basic ${encoded('bob:b')}`],
    ['more parts', `Basic ${encoded('bob:b')} x`],
  ])('refuses %s, and runs nothing', async (_, authorization) => {
    const { ask, runs } = setUp();
    const answer = await ask(authorization);
    expect([answer.status, answer.headers.get('www-authenticate'), runs()]).toEqual([
      401,
      'Basic realm="Restricted", charset="UTF-8"',
      0,
    ]);
    expect(await answer.text()).not.toContain('horse');
  });

  test('asks a function, which alone decides', async () => {
    const seen: unknown[] = [];
    const { ask } = setUp({
      realm: 'Vault',
      verify: async (user, password) => {
        seen.push([user, password]);
        return user === 'ann';
      },
    });
    expect((await ask(`Basic ${encoded('ann:x')}`)).status).toBe(200);
    const refused = await ask(`Basic ${encoded('eve:y')}`);
    expect(refused.headers.get('www-authenticate')).toContain('realm="Vault"');
    expect(seen).toEqual([
      ['ann', 'x'],
      ['eve', 'y'],
    ]);
    expect(
      (await setUp({ verify: () => 'yes' as never }).ask(`Basic ${encoded('a:b')}`)).status,
    ).toBe(401);
    const failing = setUp({ verify: () => Promise.reject(new Error('down')) });
    expect((await failing.ask(`Basic ${encoded('a:b')}`)).status).toBe(500);
  });

  test.each([
    [{}, '`users`'],
    [{ users: {}, verify: () => true }, '`users`'],
    [{ users: { 'a:b': 'x' } }, '`users`'],
    [{ users: { ann: '' } }, '`users.ann.password`'],
    [{ users: {}, realm: 'a"b' }, '`realm`'],
    [{ users: {}, relam: 'x' }, '"realm"'],
  ])('refuses %o', (options, name) => {
    expect(() => basicAuth(options as never)).toThrow(name);
  });
});

test('what is encoded as the scheme says is read again', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !/\p{Cc}/u.test(one));
  fc.assert(
    fc.property(
      text.filter((one) => !one.includes(':')),
      text,
      (user, password) => {
        expect(basicCredentials(`Basic ${encoded(`${user}:${password}`)}`)).toEqual({
          user,
          password,
        });
      },
    ),
  );
  fc.assert(fc.property(fc.string(), (header) => void basicCredentials(`Basic ${header}`)));
});
