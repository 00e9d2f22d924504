/** Tests of acl: who may, once it is known who is calling. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';

const keys = { ann: 'key-of-ann', bob: 'key-of-bob', eve: 'key-of-eve' };
const groups = { ann: 'staff, gold', bob: 'staff', eve: 'guests' };

async function start(options: Record<string, unknown>, authenticate = true) {
  const { url } = await startGateway({
    plugins: [
      ...(authenticate ? [{ name: 'key-auth', options: { keys, groups } }] : []),
      { name: 'acl', options },
    ],
    routes: [routeOf({ respond: { status: 200 } })],
  });
  return async (key?: string) =>
    send(url, key ? { headers: { 'X-API-Key': `key-of-${key}` } } : {});
}

describe('acl', () => {
  test.each([
    [{ groups: ['staff'] }, [200, 200, 403]],
    [{ groups: ['gold', 'guests'] }, [200, 403, 200]],
    [{ consumers: ['bob'] }, [403, 200, 403]],
    [{ groups: ['gold'], consumers: ['eve'] }, [200, 403, 200]],
    [{ denyGroups: ['guests'] }, [200, 200, 403]],
    [{ groups: ['staff'], denyConsumers: ['ann'] }, [403, 200, 403]],
    [{ consumers: ['ann'], denyGroups: ['gold'] }, [403, 403, 403]],
  ])('%j', async (options, statuses) => {
    const ask = await start(options);
    const seen = [];
    for (const name of ['ann', 'bob', 'eve']) seen.push((await ask(name)).status);
    expect(seen).toEqual(statuses);
  });

  test('refuses whoever nobody knows, also where somebody is only kept out', async () => {
    const ask = await start({ denyConsumers: ['ann'] }, false);
    expect((await ask()).json).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});
