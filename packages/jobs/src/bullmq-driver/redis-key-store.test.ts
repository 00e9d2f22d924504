/** Keys in a real Redis: what every store of keys owes, several processes that race for them, and what Redis has of its own. */
import { memoryStore } from '@interpose/kernel/store';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RaceOrder } from '../../test-kit/key-racer.ts';
import { keyStoreCases } from '../../test-kit/key-store-cases.ts';
import { RacerProcess } from '../../test-kit/racer-process.ts';
import { isWithoutRedis, type RedisServer, startRedis } from '../../test-kit/redis-server.ts';
import { bullmq, QueueUnavailableError, type RedisKeyStore, redisKeyStore } from '../bullmq.ts';
import { createQueue, uniqueEnqueue } from '../index.ts';

const memory = memoryStore();
keyStoreCases('memory', () => memory);

describe.skipIf(isWithoutRedis)('redisKeyStore', () => {
  let redis: RedisServer;
  const stores: RedisKeyStore[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    for (let count = 0; count < 3; count++) {
      stores.push(redisKeyStore({ connection: redis.url }));
    }
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await redis.stop();
  });
  let opened = 0;
  keyStoreCases('Redis', () => stores[opened++ % stores.length] as RedisKeyStore);

  describe('two processes', () => {
    const KEYS = Array.from({ length: 40 }, (_, at) => `k${at}`);
    let races = 0;
    const order = (parts: Partial<RaceOrder>): RaceOrder => {
      const keys = KEYS.map((key) => `${races}-${key}`);
      return { port: redis.port, by: 'idempotency', leaseMs: 20_000, takesMs: 30, keys, ...parts };
    };
    const twoOf = async (parts: Partial<RaceOrder>): Promise<[RacerProcess, RacerProcess]> => {
      races++;
      const [one, other] = [new RacerProcess(order(parts)), new RacerProcess(order(parts))];
      await Promise.all([one.ready(), other.ready()]);
      return [one, other];
    };
    const all = (racer: RacerProcess) =>
      vi.waitUntil(() => racer.results.size === KEYS.length, { timeout: 20_000 });

    test('of each key one does the job, and the other gives the same result', async () => {
      const [one, other] = await twoOf({});
      for (const racer of [one, other]) racer.go();
      await Promise.all([all(one), all(other)]);
      expect([...one.begun, ...other.begun].toSorted()).toEqual(
        KEYS.map((key) => `${races}-${key}`).toSorted(),
      );
      for (const [key, result] of one.results) {
        expect(result).toMatch(new RegExp(`^\\d+ has done ${key}$`));
        expect(other.results.get(key)).toBe(result);
      }
      expect(one.results.size).toBe(KEYS.length);
    });

    test('what one was at when it died the other does when the time of the key is up', async () => {
      const [store] = stores as [RedisKeyStore];
      races++;
      const dying = new RacerProcess(order({ leaseMs: 2_000, takesMs: 600_000 }));
      const other = new RacerProcess(order({ leaseMs: 2_000, takesMs: 1 }));
      await Promise.all([dying.ready(), other.ready()]);
      dying.go();
      await vi.waitUntil(() => dying.begun.length === KEYS.length, { timeout: 20_000 });
      await dying.kill();
      const [key = ''] = dying.begun;
      const held = await store.get(`idempotency:${key}`);
      expect(held).toEqual({ holder: expect.any(String) as string });
      expect(await store.add(`idempotency:${key}`, 'mine')).toBe(false);
      other.go();
      await all(other);
      expect(other.begun.toSorted()).toEqual(dying.begun.toSorted());
      expect(dying.results.size).toBe(0);
      expect(await store.get(`idempotency:${key}`)).toEqual({
        done: true,
        result: other.results.get(key),
      });
    });

    test('with `unique` each job of a key is run, one after the other', async () => {
      const [one, other] = await twoOf({ by: 'unique', takesMs: 5 });
      for (const racer of [one, other]) racer.go();
      await Promise.all([all(one), all(other)]);
      expect([one.runs.size, other.runs.size]).toEqual([KEYS.length, KEYS.length]);
      for (const [key, run] of one.runs) {
        const theirs = other.runs.get(key) ?? run;
        expect(run.toMs <= theirs.fromMs || theirs.toMs <= run.fromMs).toBe(true);
      }
      const left = new Redis(redis.url);
      onTestFinished(() => left.disconnect());
      expect(await left.keys('interpose:unique:*')).toEqual([]);
    });
  });

  test('of clients that add jobs of one key at the same moment one does, and the others are given that job', async () => {
    const clients = stores.map((store) => {
      const driver = bullmq({ connection: redis.url, prefix: 'unique' });
      onTestFinished(() => driver.close());
      const use = [uniqueEnqueue<number>({ key: ({ data }) => `key ${data}`, store })];
      return createQueue<number>(driver, { name: 'sync', use });
    });
    for (let key = 0; key < 20; key++) {
      const jobs = await Promise.all(clients.map((queue) => queue.add('pull', key)));
      expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    }
    expect((await clients[0]?.counts())?.waiting).toBe(20);
  });

  test('keys begin with the prefix, values are JSON, and each has its time', async () => {
    const client = new Redis(redis.url);
    const store = redisKeyStore({ connection: client, prefix: '{mine}' });
    await store.set('a', { n: [1] }, 60_000);
    await store.add('b', 'text');
    expect(await client.get('{mine}:a')).toBe('{"n":[1]}');
    expect(await client.get('{mine}:b')).toBe('"text"');
    expect(await client.pttl('{mine}:a')).toBeGreaterThan(50_000);
    expect(await client.pttl('{mine}:b')).toBe(-1);
    expect(await stores[0]?.get('a')).toBe(undefined);
    await store.close();
    // The client is the caller's.
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  test('what is no value, and what somebody else has written, is refused', async () => {
    const [store] = stores as [RedisKeyStore];
    for (const value of [undefined, 1n, Number.NaN, new Map(), () => 1]) {
      await expect(store.set('bad', value)).rejects.toThrow('Expected `value` to be something');
      await expect(store.add('bad', value)).rejects.toThrow(TypeError);
      await expect(store.swap('bad', { from: 1, to: value })).rejects.toThrow(TypeError);
    }
    await expect(store.set('bad', 1, Number.NaN)).rejects.toThrow('Expected `ttlMs`');
    expect(await store.get('bad')).toBe(undefined);
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await client.set('interpose:theirs', 'no JSON');
    await expect(store.get('theirs')).rejects.toThrow('Expected `theirs` to hold JSON');
    await client.lpush('interpose:list', 'x');
    await expect(store.get('list')).rejects.toThrow('WRONGTYPE');
  });

  test('a Redis that has forgotten the scripts is given them again', async () => {
    const [store] = stores as [RedisKeyStore];
    await store.add('script', 1);
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    await client.script('FLUSH');
    expect(await store.add('script', 2)).toBe(false);
  });

  test('where there is no Redis, calls fail in time, and closing ends', async () => {
    const gone = await startRedis();
    await gone.stop();
    const errors: Error[] = [];
    const store = redisKeyStore({
      connection: { port: gone.port, retryStrategy: () => 20 },
      answerWithinMs: 200,
      onError: (error) => void errors.push(error),
    });
    await expect(store.get('a')).rejects.toThrow(QueueUnavailableError);
    await expect(store.add('a', 1)).rejects.toThrow('did not answer "add" within 200 ms');
    await store.close();
    expect(errors.map(String).join()).toContain('ECONNREFUSED');
  });

  test('after Redis was away the store goes on', async () => {
    const own = await startRedis({ keepsAll: true });
    onTestFinished(() => own.stop());
    const store = redisKeyStore({
      connection: { port: own.port, retryStrategy: () => 20 },
      answerWithinMs: 300,
    });
    onTestFinished(() => store.close());
    await store.set('kept', 1);
    await own.kill();
    await expect(store.get('kept')).rejects.toThrow(QueueUnavailableError);
    await own.start();
    await vi.waitFor(async () => expect(await store.get('kept')).toBe(1), { timeout: 10_000 });
    expect(await store.add('kept', 2)).toBe(false);
  });
});

test('options are checked', () => {
  expect(() => redisKeyStore(undefined as never)).toThrow('Expected `options`');
  expect(() => redisKeyStore({} as never)).toThrow('Expected `connection`');
  expect(() => redisKeyStore({ connection: '' })).toThrow('Expected `connection`');
  const connection = 'redis://127.0.0.1:1';
  expect(() => redisKeyStore({ connection, prefix: '' })).toThrow('Expected `prefix`');
  expect(() => redisKeyStore({ connection, answerWithinMs: 0 })).toThrow('`answerWithinMs`');
  expect(() => redisKeyStore({ connection, onError: 1 as never })).toThrow('Expected `onError`');
  expect(() => redisKeyStore({ connection, prefx: 1 } as never)).toThrow('Did you mean "prefix"?');
});
