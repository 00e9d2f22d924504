/** Checks that connections are shared out, given back and closed as the example says. */
import { describe, expect, test } from 'vitest';
import { type Connection, main, makeConnector, makePool, makeShop } from './main.ts';

function setUp(maxSize?: number) {
  const said: string[] = [];
  const pool = makePool(
    makeConnector((line) => said.push(line.trim())),
    maxSize,
  );
  return { said, pool, shop: makeShop(pool) };
}

describe('the shop', () => {
  test('M-110 000-11 opens no more connections than there may be, twenty unless told otherwise', async () => {
    for (const [maxSize, most] of [
      [undefined, 20],
      [3, 3],
    ] as const) {
      const { said, shop, pool } = setUp(maxSize);
      await Promise.all(Array.from({ length: 100 }, async (_, n) => shop({ query: `q${n}` })));
      expect(said).toHaveLength(most);
      expect(pool.state()).toMatchObject({ size: most, available: most, inUse: 0, waiting: 0 });
    }
  });

  test('M-117 000-11 gives a connection back after an answer and after an error', async () => {
    const { said, shop, pool } = setUp(1);
    expect(await shop({ query: 'hats' })).toBe('hats, by connection 1');
    await expect(shop({ query: 'nonsense' })).rejects.toThrow('does not understand');
    expect(await shop({ query: 'socks' })).toBe('socks, by connection 1');
    expect(said).toEqual(['open 1']);
    expect(pool.state().available).toBe(1);
  });

  test('M-117 000-11 a call that is given up while it waits takes none', async () => {
    const { shop, pool } = setUp(1);
    const held = await pool.acquire();
    const caller = new AbortController();
    const waiting = Promise.resolve(shop({ query: 'hats', signal: caller.signal }));
    const reason = new Error('enough');
    caller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    pool.release(held);
    expect(pool.state()).toMatchObject({ available: 1, inUse: 0, waiting: 0 });
  });

  test('M-112 000-11 a connection that cannot be opened is the error of one call only', async () => {
    let times = 0;
    const connect = makeConnector(() => {});
    const pool = makePool(async (): Promise<Connection> => {
      if (times++ === 0) throw new Error('refused');
      return connect();
    }, 1);
    const shop = makeShop(pool);
    const answers = await Promise.allSettled(
      ['hats', 'socks'].map(async (query) => shop({ query })),
    );
    expect(answers).toMatchObject([
      { status: 'rejected', reason: { message: 'refused' } },
      { status: 'fulfilled', value: 'socks, by connection 1' },
    ]);
  });

  test('M-115 M-117 000-11 at the end all are closed, and one that was kept is of no use', async () => {
    const lines: string[] = [];
    await main((line) => lines.push(line));
    expect(lines.filter((line) => line.includes('open'))).toHaveLength(2);
    expect(lines.slice(-2).toSorted((a, b) => a.localeCompare(b))).toEqual([
      '  close 1',
      '  close 2',
    ]);
    expect(lines.find((line) => line.startsWith('ResourceReleasedError'))).toContain('"shop"');
  });
});
