/** Tests of jwt, with tokens that jose signs. */
import { fakeClock, type FakeClock } from '@interpose/testing';
import {
  base64url,
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { jwt, type JwtOptions } from './jwt.ts';

const WALL_MS = Date.UTC(2030, 0, 1);
const NOW_S = WALL_MS / 1000;
const SECRET = 'a secret that has 32 bytes and more';
const CLAIMS: JWTPayload = { sub: 'ann', iss: 'https://issuer', aud: 'api', exp: NOW_S + 60 };

interface Pair {
  readonly privateKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
}
let old: Pair;
let present: Pair;

async function pairOf(kid: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: 'ES256' } };
}
beforeAll(async () => {
  [old, present] = [await pairOf('old'), await pairOf('present')];
});

const signed = (claims: JWTPayload = CLAIMS, secret = SECRET, alg = 'HS256'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret));
const signedBy = ({ privateKey, jwk }: Pair, kid: string | undefined = jwk['kid'] as string) =>
  new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256', ...(kid && { kid }) }).sign(privateKey);

const HS: JwtOptions = { algorithms: ['HS256'], secrets: [SECRET] };

function setUp(options: JwtOptions, clock: FakeClock = fakeClock({ wallMs: WALL_MS })) {
  const failures: unknown[] = [];
  const app = createApp({ onError: (error) => void failures.push(error) })
    .use(jwt({ clock, ...options }))
    .get('/', (ctx) => ctx.claims.sub ?? 'nobody');
  const ask = async (token?: string, headers: Record<string, string> = {}) => {
    const answer = await app.fetch(
      new Request('http://host/', {
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      }),
    );
    const text = await answer.text();
    return { status: answer.status, text, challenge: answer.headers.get('www-authenticate') };
  };
  return { ask, clock, failures };
}

const INVALID =
  'Bearer realm="Restricted", error="invalid_token", error_description="The token is not valid"';

describe('a token that secrets have signed', () => {
  test('M-127 is let in, and its claims are there', async () => {
    expect(await setUp(HS).ask(await signed())).toMatchObject({ status: 200, text: 'ann' });
  });

  test('may be signed by any of several secrets, as they change', async () => {
    const other = 'another secret, also with 32 bytes or more';
    const { ask } = setUp({ ...HS, secrets: [other, SECRET] });
    expect((await ask(await signed())).status).toBe(200);
    expect((await ask(await signed(CLAIMS, other))).status).toBe(200);
    expect((await ask(await signed(CLAIMS, 'x'.repeat(40)))).status).toBe(401);
  });

  test('M-127 is asked for where there is none', async () => {
    const { ask } = setUp(HS);
    expect(await ask()).toMatchObject({ status: 401, challenge: 'Bearer realm="Restricted"' });
    expect((await ask(undefined, { authorization: 'Basic YTpi' })).status).toBe(401);
  });

  test('without a signature is never valid', async () => {
    const head = (header: object): string => base64url.encode(JSON.stringify(header));
    const body = head(CLAIMS);
    const { ask } = setUp(HS);
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      for (const signature of ['', 'AA', (await signed()).split('.')[2]]) {
        const answer = await ask(`${head({ alg })}.${body}.${signature}`);
        expect([answer.status, alg]).toEqual([401, alg]);
      }
    }
    expect(() => jwt({ ...HS, algorithms: ['none' as never] })).toThrow('`algorithms`');
  });

  test('by another algorithm than those named is not valid', async () => {
    const long = SECRET.repeat(2);
    const { ask } = setUp({ ...HS, secrets: [long] });
    expect((await ask(await signed(CLAIMS, long))).status).toBe(200);
    expect((await ask(await signed(CLAIMS, long, 'HS512'))).status).toBe(401);
  });

  test('that was changed anywhere is not valid', async () => {
    const token = await signed();
    const { ask } = setUp(HS);
    for (let at = 0; at < token.length; at += 3) {
      const letter = token[at] === 'A' ? 'B' : 'A';
      const answer = await ask(token.slice(0, at) + letter + token.slice(at + 1));
      expect(answer.status).toBe(401);
    }
    for (const nonsense of ['a', 'a.b', 'a.b.c', '..', `${token}.x`, token.slice(0, -1)]) {
      expect(await ask(nonsense)).toMatchObject({ status: 401, challenge: INVALID });
    }
  });
});

describe('claims', () => {
  test('of time are held to, with a tolerance', async () => {
    const strict = setUp(HS);
    const late = await signed({ ...CLAIMS, exp: NOW_S - 5 });
    const refused = await strict.ask(late);
    expect([refused.status, refused.challenge]).toEqual([401, expect.stringContaining('expired')]);
    const early = await signed({ ...CLAIMS, nbf: NOW_S + 5 });
    expect((await strict.ask(early)).status).toBe(401);
    const tolerant = setUp({ ...HS, clockToleranceMs: 6000 });
    expect([(await tolerant.ask(late)).status, (await tolerant.ask(early)).status]).toEqual([
      200, 200,
    ]);
  });

  test('must have an end unless told otherwise', async () => {
    const endless = await signed({ sub: 'ann' });
    expect((await setUp(HS).ask(endless)).status).toBe(401);
    expect((await setUp({ ...HS, requiredClaims: [] }).ask(endless)).status).toBe(200);
    const demanding = setUp({ ...HS, requiredClaims: ['exp', 'jti'] });
    expect((await demanding.ask(await signed())).status).toBe(401);
  });

  test('may be only so old', async () => {
    const { ask } = setUp({ ...HS, maxAgeMs: 10_000 });
    expect((await ask(await signed({ ...CLAIMS, iat: NOW_S - 9 }))).status).toBe(200);
    expect((await ask(await signed({ ...CLAIMS, iat: NOW_S - 11 }))).status).toBe(401);
    expect((await ask(await signed())).status).toBe(401);
  });

  test.each<[Partial<JwtOptions>, JWTPayload, number]>([
    [{ issuer: 'https://issuer' }, {}, 200],
    [{ issuer: ['https://a', 'https://issuer'] }, {}, 200],
    [{ issuer: 'https://other' }, {}, 401],
    [{ issuer: 'https://issuer' }, { iss: undefined as never }, 401],
    [{ audience: 'api' }, {}, 200],
    [{ audience: 'api' }, { aud: ['web', 'api'] }, 200],
    [{ audience: ['mobile', 'web'] }, {}, 401],
    [{ type: 'at+jwt' }, {}, 401],
    [{ scopes: ['read'] }, { scope: 'write read' }, 200],
    [{ scopes: ['read'] }, { scp: ['read'] }, 200],
    [{ scopes: ['read'] }, { scope: 'readonly' }, 403],
    [{ scopes: ['read', 'write'] }, { scope: 'read' }, 403],
    [{ scopes: ['read'] }, {}, 403],
  ])('%j with %j: %i', async (options, claims, status) => {
    const { ask } = setUp({ ...HS, ...options });
    const answer = await ask(await signed({ ...CLAIMS, ...claims }));
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.challenge).toContain('error="insufficient_scope"');
  });
});

test('M-128 a token without the scope is forbidden, which is something else than no token', async () => {
  const { ask } = setUp({ ...HS, scopes: ['read', 'write'] });
  const forbidden = await ask(await signed({ ...CLAIMS, scope: 'read' }));
  expect([forbidden.status, forbidden.challenge]).toEqual([
    403,
    'Bearer realm="Restricted", error="insufficient_scope", error_description="The token does not allow this", scope="read write"',
  ]);
  expect((await ask()).status).toBe(401);
  expect((await ask(await signed({ ...CLAIMS, scope: 'write read' }))).status).toBe(200);
});

describe('a token that a key has signed', () => {
  test('cannot bring its own key along', async () => {
    const forger = await pairOf('present');
    const forged = await new SignJWT(CLAIMS)
      .setProtectedHeader({
        alg: 'ES256',
        kid: 'present',
        jwk: forger.jwk as JWK,
        jku: 'https://forger.example/keys',
      })
      .sign(forger.privateKey);
    const { ask } = setUp({ algorithms: ['ES256'], keys: { keys: [present.jwk] } });
    expect((await ask(forged)).status).toBe(401);
  });

  test('is checked by the key that it names, or else by each', async () => {
    const { ask } = setUp({ algorithms: ['ES256'], keys: { keys: [old.jwk, present.jwk] } });
    for (const pair of [old, present]) {
      expect((await ask(await signedBy(pair))).status).toBe(200);
      expect((await ask(await signedBy(pair, ''))).status).toBe(200);
    }
    expect((await ask(await signedBy(old, 'present'))).status).toBe(401);
    expect((await ask(await signedBy(await pairOf('old'), ''))).status).toBe(401);
  });

  test('cannot be forged by taking the public key for a secret', async () => {
    const { ask } = setUp({ algorithms: ['ES256'], keys: { keys: [present.jwk] } });
    const forged = await signed(CLAIMS, JSON.stringify(present.jwk));
    expect((await ask(forged)).status).toBe(401);
    expect(() => jwt({ algorithms: ['ES256', 'HS256'], keys: { keys: [present.jwk] } })).toThrow(
      '`algorithms`',
    );
    expect(() => jwt({ algorithms: ['RS256'], secrets: [SECRET] })).toThrow('`algorithms`');
  });
});

describe('keys that the issuer publishes', () => {
  function published() {
    const site = {
      keys: [old.jwk],
      status: 200,
      calls: 0,
      init: undefined as RequestInit | undefined,
    };
    const clock = fakeClock({ wallMs: WALL_MS });
    const made = setUp(
      {
        algorithms: ['ES256'],
        jwksUrl: 'https://issuer/keys',
        clockToleranceMs: 1e9,
        fetch: async (_, init) => {
          site.calls++;
          site.init = init;
          return Response.json({ keys: site.keys }, { status: site.status });
        },
      },
      clock,
    );
    return { site, ...made };
  }

  test('are fetched when first needed, once for all who wait, and kept', async () => {
    const { ask, site, clock } = published();
    expect(site.calls).toBe(0);
    const token = await signedBy(old);
    const answers = await Promise.all([ask(token), ask(token), ask(token)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(site.calls).toBe(1);
    expect(site.init).toMatchObject({ redirect: 'error' });
    await clock.advance(599_999);
    await ask(token);
    expect(site.calls).toBe(1);
    await clock.advance(1);
    await ask(token);
    expect(site.calls).toBe(2);
    expect(clock.pending).toBe(0);
  });

  test('are fetched again for a key that is missing, but not more often than may be', async () => {
    const { ask, site, clock } = published();
    expect((await ask(await signedBy(old))).status).toBe(200);
    site.keys = [old.jwk, present.jwk];
    const token = await signedBy(present);
    expect((await ask(token)).status).toBe(401);
    expect(site.calls).toBe(1);
    await clock.advance(30_000);
    expect((await ask(token)).status).toBe(200);
    expect(site.calls).toBe(2);
    for (let turn = 0; turn < 20; turn++) await ask(await signedBy(old, `forged-${turn}`));
    expect(site.calls).toBe(2);
  });

  test('that cannot be had: 503, and those there were are used for a while', async () => {
    const { ask, site, clock, failures } = published();
    site.status = 500;
    const token = await signedBy(old);
    expect((await ask(token)).status).toBe(503);
    expect(failures).toHaveLength(1);
    expect((await ask(token)).status).toBe(503);
    expect(site.calls).toBe(1);
    await clock.advance(30_000);
    site.status = 200;
    expect((await ask(token)).status).toBe(200);
    site.status = 500;
    await clock.advance(600_000);
    expect((await ask(token)).status).toBe(200);
    await clock.advance(3_600_000);
    expect((await ask(token)).status).toBe(503);
  });

  test.each(['no JSON', '{"keys":7}', '[]', 'x'.repeat(600_000)])(
    'that are none: 503 (%#)',
    async (text) => {
      const { ask } = setUp({
        algorithms: ['ES256'],
        jwksUrl: 'https://issuer/keys',
        fetch: async () => new Response(text),
      });
      expect((await ask(await signedBy(old))).status).toBe(503);
    },
  );

  test('that do not come in time: 503', async () => {
    const { ask, clock } = setUp({
      algorithms: ['ES256'],
      jwksUrl: 'https://issuer/keys',
      fetch: (_, { signal }) =>
        new Promise((__, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    const asked = ask(await signedBy(old));
    await clock.advance(5000);
    expect((await asked).status).toBe(503);
    expect(clock.pending).toBe(0);
  });
});

test('a cookie may have the token, where that was said', async () => {
  const cookie = { cookie: `auth=${await signed()}` };
  expect((await setUp({ ...HS, cookie: 'auth' }).ask(undefined, cookie)).status).toBe(200);
  expect((await setUp(HS).ask(undefined, cookie)).status).toBe(401);
  expect((await setUp({ ...HS, cookie: 'auth' }).ask('wrong', cookie)).status).toBe(401);
});

test('a token never stands in what is told', async () => {
  const token = await signed(CLAIMS, 'x'.repeat(40));
  const answer = await setUp(HS).ask(token);
  expect(answer.text + String(answer.challenge)).not.toContain(token.split('.')[2]);
});

test.each<[object, string]>([
  [{}, '`algorithms`'],
  [{ algorithms: [] }, '`algorithms`'],
  [{ algorithms: ['HS256'] }, '`algorithms`'],
  [{ algorithms: ['ES256'] }, '`secrets`'],
  [{ algorithms: ['HS256'], secrets: [] }, '`secrets`'],
  [{ algorithms: ['HS256'], secrets: ['short'] }, '32 bytes'],
  [{ algorithms: ['HS256', 'HS512'], secrets: ['x'.repeat(40)] }, '64 bytes'],
  [{ algorithms: ['ES256'], keys: { keys: [] } }, '`keys`'],
  [{ algorithms: ['ES256'], jwksUrl: 'http://issuer/keys' }, '`jwksUrl`'],
  [{ algorithms: ['ES256'], jwksUrl: 'http://localhost.evil/keys' }, '`jwksUrl`'],
  [{ algorithms: ['ES256'], jwksUrl: 'file:///keys' }, '`jwksUrl`'],
  [{ ...HS, issuer: [] }, '`issuer`'],
  [{ ...HS, audience: '' }, '`audience`'],
  [{ ...HS, clockToleranceMs: -1 }, '`clockToleranceMs`'],
])('refuses %j', (options, name) => {
  expect(() => jwt(options as never)).toThrow(name);
});
