/** Tests of sessionCookie. */
import { fakeClock } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { encryptedSeal, signedSeal } from '../credentials/session-seal.ts';
import { sessionCookie, type SessionCookieOptions } from './session-cookie.ts';

const FIRST = 'the first secret, which is long enough';
const SECOND = 'the second secret, long enough as well';

interface Data {
  user?: string;
  visits: number;
}

function setUp(options: Partial<SessionCookieOptions> = {}, clock = fakeClock()) {
  const app = createApp()
    .use(sessionCookie<Data>({ secrets: [FIRST], clock, ...options }))
    .get('/', ({ session }) => ({ isNew: session.isNew, ...session.data }))
    .get('/visit', ({ session }) => {
      if (session.data) session.data.visits++;
      else session.data = { user: 'ann', visits: 1 };
      return session.data;
    })
    .get('/large', ({ session }) => {
      session.data = { user: 'x'.repeat(4000), visits: 1 };
      return null;
    })
    .get('/leave', ({ session }) => {
      session.data = undefined;
      return null;
    })
    .get('/leave-and-fail', ({ session }) => {
      session.data = undefined;
      throw new HttpError(409);
    });
  const ask = async (path: string, cookie?: string) => {
    const answer = await app.fetch(
      new Request(`https://host${path}`, { headers: cookie === undefined ? {} : { cookie } }),
    );
    const [line] = answer.headers.getSetCookie();
    return {
      status: answer.status,
      body: answer.status === 200 ? ((await answer.json()) as unknown) : undefined,
      line,
      cookie: line?.split(';')[0] ?? '',
      headers: answer.headers,
    };
  };
  return { ask, clock };
}

describe.each([
  ['signed', false],
  ['encrypted', true],
])('a session that is %s', (_, encrypt) => {
  test('comes back with its cookie', async () => {
    const { ask } = setUp({ encrypt });
    expect((await ask('/')).body).toEqual({ isNew: true });
    const first = await ask('/visit');
    expect(first.body).toEqual({ user: 'ann', visits: 1 });
    expect(first.line).toMatch(
      /^session=[\w.-]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(first.headers.get('cache-control')).toBe('no-store');
    const second = await ask('/visit', first.cookie);
    expect(second.body).toEqual({ user: 'ann', visits: 2 });
    expect((await ask('/', second.cookie)).body).toEqual({ isNew: false, user: 'ann', visits: 2 });
  });

  test('is none if a single character of its cookie was changed', async () => {
    const { ask } = setUp({ encrypt });
    const { cookie } = await ask('/visit');
    const value = cookie.slice('session='.length);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: value.length - 1 }),
        fc.constantFrom(...'AZaz09-_.='),
        async (at, letter) => {
          fc.pre(value[at] !== letter);
          const forged = `session=${value.slice(0, at)}${letter}${value.slice(at + 1)}`;
          expect((await ask('/', forged)).body).toEqual({ isNew: true });
        },
      ),
    );
  });

  test('is none for a cookie that is anything else', async () => {
    const { ask } = setUp({ encrypt });
    for (const value of ['', '.', 'a.b', 'e30.', '.AAAA', 'x'.repeat(5000), '%00', 'e30']) {
      expect((await ask('/', `session=${value}`)).body).toEqual({ isNew: true });
    }
  });

  test('is none for a cookie of another name, another secret or another form', async () => {
    const { cookie } = await setUp({ encrypt }).ask('/visit');
    const value = cookie.slice('session='.length);
    expect((await setUp({ encrypt, name: 'other' }).ask('/', `other=${value}`)).body).toEqual({
      isNew: true,
    });
    expect((await setUp({ encrypt, secrets: [SECOND] }).ask('/', cookie)).body).toEqual({
      isNew: true,
    });
    expect((await setUp({ encrypt: !encrypt }).ask('/', cookie)).body).toEqual({ isNew: true });
  });

  test('outlives a change of secrets, and is sealed by the new one then', async () => {
    const { cookie } = await setUp({ encrypt, rolling: false }).ask('/visit');
    const changed = await setUp({ encrypt, rolling: false, secrets: [SECOND, FIRST] }).ask(
      '/',
      cookie,
    );
    expect(changed.body).toEqual({ isNew: false, user: 'ann', visits: 1 });
    const renewed = await setUp({ encrypt, secrets: [SECOND] }).ask('/', changed.cookie);
    expect(renewed.body).toEqual({ isNew: false, user: 'ann', visits: 1 });
  });

  test('ends in time, whatever the browser does', async () => {
    const { ask, clock } = setUp({ encrypt, maxAgeMs: 60_000 });
    const { cookie } = await ask('/visit');
    await clock.advance(0);
    clock.setWall(clock.wall() + 59_999);
    const renewed = await ask('/', cookie);
    expect(renewed.body).toMatchObject({ isNew: false });
    clock.setWall(clock.wall() + 1);
    expect((await ask('/', cookie)).body).toEqual({ isNew: true });
    expect((await ask('/', renewed.cookie)).body).toMatchObject({ isNew: false });
  });

  test('can be ended, also by a handler that fails then', async () => {
    const { ask } = setUp({ encrypt });
    const { cookie } = await ask('/visit');
    for (const path of ['/leave', '/leave-and-fail']) {
      const ended = await ask(path, cookie);
      expect(ended.line).toMatch(/^session=; Max-Age=0; /);
    }
    expect((await ask('/leave')).line).toBeUndefined();
  });

  test('cannot be larger than a cookie', async () => {
    expect((await setUp({ encrypt }).ask('/large')).status).toBe(500);
  });
});

test('what is encrypted cannot be read, and is never the same twice', async () => {
  const { ask } = setUp({ encrypt: true });
  const cookies = [(await ask('/visit')).cookie, (await ask('/visit')).cookie];
  expect(cookies[0]).not.toBe(cookies[1]);
  expect(Buffer.from(cookies[0]?.slice(8) ?? '', 'base64url').toString('latin1')).not.toContain(
    'ann',
  );
});

test('is sent anew with each answer only if it rolls', async () => {
  const { cookie } = await setUp().ask('/visit');
  expect((await setUp().ask('/', cookie)).line).toBeDefined();
  expect((await setUp({ rolling: false }).ask('/', cookie)).line).toBeUndefined();
  expect((await setUp({ rolling: false }).ask('/visit', cookie)).line).toBeDefined();
});

test('seals open what they have sealed, and nothing of another purpose', async () => {
  for (const make of [signedSeal, encryptedSeal]) {
    const [seal, other] = [make('a', [FIRST]), make('b', [FIRST])];
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const sealed = await seal.seal(text);
        expect(await seal.open(sealed)).toEqual({ text, isOld: false });
        expect(await other.open(sealed)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  }
});

test.each<[object, string]>([
  [{}, '`secrets`'],
  [{ secrets: [] }, '`secrets`'],
  [{ secrets: ['short'] }, '`secrets`'],
  [{ secrets: [FIRST], name: 'a b' }, 'name'],
  [{ secrets: [FIRST], domain: 'a; Secure' }, 'domain'],
  [{ secrets: [FIRST], maxAgeMs: 0 }, '`maxAgeMs`'],
  [{ secrets: [FIRST], sameSite: 'lax' }, '`sameSite`'],
  [{ secret: FIRST }, '"secrets"'],
])('refuses %j', (options, name) => {
  expect(() => sessionCookie(options as never)).toThrow(name);
});

test('never shows a secret that it refuses', () => {
  expect(() => sessionCookie({ secrets: ['too-short-a-secret'] })).not.toThrow(
    'too-short-a-secret',
  );
});
