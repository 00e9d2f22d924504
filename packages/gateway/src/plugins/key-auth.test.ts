/** Tests of key-auth. */
import { createHash } from 'node:crypto';
import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  routeOf,
  send,
  startGateway,
  startProxied,
  type Started,
} from '../../test-kit/loopback.ts';
import { keyAuth } from './key-auth.ts';

vi.mock('node:crypto', { spy: true });

const digest = (key: string): string => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const keys = { alice: 'key-of-alice', bob: digest('key-of-bob') };

async function start(options: Record<string, unknown> = {}): Promise<Started> {
  const started = await startGateway({
    plugins: [{ name: 'key-auth', options: { keys, ...options } }],
    routes: [routeOf({ respond: { status: 200 } })],
  });
  started.gateway.registry.add(
    { content: { handle: (ctx) => ctx.exit(200, ctx.consumer) } },
    { name: 'who' },
  );
  return started;
}

describe('key-auth', () => {
  beforeEach(() => void vi.clearAllMocks());

  test('knows the consumer by the key, whether the config has the key or its digest', async () => {
    const { url } = await start();
    expect((await send(url, { headers: { 'X-API-Key': 'key-of-alice' } })).json).toEqual({
      name: 'alice',
    });
    expect((await send(url, { headers: { 'x-api-key': 'key-of-bob' } })).json).toEqual({
      name: 'bob',
    });
  });

  test('G-165 says Unauthorized to whoever has no key', async () => {
    const { url } = await start();
    expect((await send(url)).json).toMatchObject({ status: 401, title: 'Unauthorized' });
  });

  test('knows the groups of a consumer', async () => {
    const { url } = await start({ groups: { alice: 'staff, gold' } });
    expect((await send(url, { headers: { 'X-API-Key': 'key-of-alice' } })).json).toEqual({
      name: 'alice',
      groups: ['staff', 'gold'],
    });
    expect(() => keyAuth.create({ keys, groups: { eve: 'x' } }, {} as never)).toThrow(
      '`key-auth.groups`',
    );
  });

  test('refuses a missing key', async () => {
    const { url } = await start();
    for (const headers of [{}, { 'X-API-Key': '' }]) {
      const answer = await send(url, { headers });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([
        401,
        'ApiKey header="X-API-Key"',
      ]);
      expect(answer.json).toMatchObject({
        code: 'API_KEY_MISSING',
        detail: 'This needs an API key in the header X-API-Key',
      });
    }
  });

  test.each([
    'wrong',
    'key-of-alic',
    'key-of-alice2',
    'KEY-OF-ALICE',
    digest('key-of-bob'),
    digest('key-of-alice'),
    'alice',
  ])('refuses the wrong key %s without repeating it', async (key) => {
    const { url, logger, ended } = await start();
    const answer = await send(url, { headers: { 'X-API-Key': key } });
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({
      code: 'API_KEY_INVALID',
      detail: 'The API key is not valid',
    });
    expect(answer.text).not.toContain(key);
    await ended();
    expect(JSON.stringify(logger.entries)).not.toContain(key);
  });

  test('refuses two keys in one request, whatever they are', async () => {
    const { url } = await start();
    const answer = await send(url, { headers: { 'X-API-Key': ['key-of-alice', 'key-of-alice'] } });
    expect(answer.json).toMatchObject({ status: 401, code: 'API_KEY_INVALID' });
  });

  test('finds a key by its digest alone, and hashes once, however many keys there are', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 5000 }, (_, at) => [`c-${at}`, `key-${at}`]),
    );
    const { url } = await startGateway({
      plugins: [{ name: 'key-auth', options: { keys: many } }],
      routes: [routeOf({ respond: { status: 200, body: 'in' } })],
    });
    const hashed = vi.mocked(crypto.hash);
    for (const [key, status] of [
      ['key-0', 200],
      ['key-4999', 200],
      ['key-5000', 401],
      ['KEY-0', 401],
    ] as const) {
      hashed.mockClear();
      expect((await send(url, { headers: { 'X-API-Key': key } })).status).toBe(status);
      expect(hashed).toHaveBeenCalledTimes(1);
    }
  });

  test('keeps the key from the upstream unless it is told not to, and takes it from another header', async () => {
    for (const hideKey of [true, false]) {
      let seen: Record<string, unknown> = {};
      const { url } = await startProxied(
        (request, response) => {
          seen = request.headers;
          response.end();
        },
        { plugins: [{ name: 'key-auth', options: { keys, hideKey, header: 'X-Token' } }] },
      );
      expect((await send(url, { headers: { 'X-API-Key': 'key-of-alice' } })).status).toBe(401);
      expect((await send(url, { headers: { 'X-Token': 'key-of-alice' } })).status).toBe(200);
      expect([seen['x-token'], seen['x-consumer-name']]).toEqual([
        hideKey ? undefined : 'key-of-alice',
        'alice',
      ]);
    }
  });

  test('refuses keys that are none, without showing any', () => {
    const create = (given: unknown) => () => keyAuth.create({ keys: given }, {} as never);
    expect(create({ alice: '' })).toThrow(
      'Expected `key-auth.keys.alice` to be a key that is not empty',
    );
    expect(create({ alice: '  ' })).toThrow('`key-auth.keys.alice`');
    expect(create({})).toThrow('`key-auth.keys`');
    expect(create('hunter2')).toThrow(/^(?!.*hunter2)/);
    expect(keyAuth.options['keys']?.secret).toBe(true);
  });
});
