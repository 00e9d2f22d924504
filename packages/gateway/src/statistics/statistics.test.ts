/** Tests of what is counted, and of how it gets to the dictionaries. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { configOf, memoryLogger, routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { GatewayContext, Outcome } from '../context.ts';
import { memoryDictionaries, startDictionaries } from '../dictionaries/dictionaries.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import { DictionaryFeed } from './dictionary-feed.ts';
import { Histogram } from './histogram.ts';
import { Statistics } from './statistics.ts';

/** A request of a route that ends in some way. */
function pass(statistics: Statistics, name: string | undefined, outcome: Partial<Outcome>): void {
  const route = name === undefined ? undefined : routeOf({ name });
  statistics.requestStarted();
  statistics.requestEnded({
    route,
    outcome: { status: 200, bytes: 0, durationMs: 1, ...outcome },
  } as GatewayContext);
}

describe('what is counted', () => {
  test('G-66 is requests, errors and classes of statuses, all together and by route', () => {
    const statistics = new Statistics();
    for (const status of [101, 200, 204, 304, 404, 499, 500, 503])
      pass(statistics, 'a', { status });
    pass(statistics, 'b', { status: 200, error: new Error('cut') });
    pass(statistics, undefined, { status: 404 });
    expect(statistics.total).toMatchObject({ requests: 10, errors: 3 });
    expect([...statistics.total.statuses]).toEqual([1, 3, 1, 3, 2]);
    expect(
      [...statistics.routes].map(([name, { requests, errors }]) => [name, requests, errors]),
    ).toEqual([
      ['a', 8, 2],
      ['b', 1, 1],
      ['(no route)', 1, 0],
    ]);
  });

  test('is no more than there are routes, however often the config changes', () => {
    const statistics = new Statistics();
    pass(statistics, undefined, {});
    for (let at = 0; at < 100; at++) {
      const name = `route-${at}`;
      statistics.reloaded(configOf({ routes: [routeOf({ name })] }));
      pass(statistics, name, {});
      // One that was under way when its route went.
      pass(statistics, `route-${at - 1}`, {});
    }
    expect([...statistics.routes.keys()]).toEqual(['(no route)', 'route-99', 'route-98']);
    expect(statistics.total.requests).toBe(201);
  });

  test('has durations by buckets, whose bounds belong to them, but not those of tunnels', () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0, 1, 1.01, 5, 5.01, 1e9]) histogram.observe(value);
    expect([...histogram.counts]).toEqual([2, 2, 2]);
    expect(histogram.count).toBe(6);
    const statistics = new Statistics();
    pass(statistics, 'a', { status: 101, durationMs: 3_600_000 });
    expect(statistics.total.durationsMs.count).toBe(0);
  });
});

/** Dictionaries, and a feed to them. */
async function feeding() {
  const clock = fakeClock();
  const dictionaries = memoryDictionaries(clock);
  await startDictionaries(dictionaries, { clock, logger: memoryLogger() });
  const statistics = new Statistics();
  const feed = new DictionaryFeed({ statistics, dictionaries, clock });
  return { clock, statistics, feed, ...dictionaries };
}

describe('the dictionaries', () => {
  test('G-66 get counts of requests in stats and durations in metrics', async () => {
    const { statistics, feed, stats, metrics, clock } = await feeding();
    pass(statistics, 'a', { status: 200, bytes: 10, durationMs: 4 });
    pass(statistics, 'a', { status: 503, bytes: 5, durationMs: 6 });
    clock.advanceSync(2000);
    await feed.flush();
    const values = (from: SharedDictionary, keys: readonly string[]) =>
      keys.map((key) => from.get(key));
    expect(
      values(stats, ['total_requests', 'total_errors', 'status_2xx', 'status_5xx', 'bytes']),
    ).toEqual([2, 1, 1, 1, 15]);
    expect(values(stats, ['route:a:requests', 'route:a:errors', 'route:a:status_5xx'])).toEqual([
      2, 1, 1,
    ]);
    expect(
      values(metrics, ['duration_ms_to_5', 'duration_ms_to_10', 'route:a:duration_ms_sum']),
    ).toEqual([1, 1, 10]);
    expect(values(metrics, ['requests_per_second', 'average_response_time'])).toEqual([1, 5]);
    clock.advanceSync(1000);
    await feed.flush();
    expect(values(metrics, ['requests_per_second', 'average_response_time'])).toEqual([0, 0]);
    expect(stats.get('total_requests')).toBe(2);
  });

  test('get the sum of what several workers have counted', async () => {
    const { statistics, feed, stats, metrics, clock } = await feeding();
    const other = new Statistics();
    const otherFeed = new DictionaryFeed({
      statistics: other,
      dictionaries: { stats, metrics },
      clock,
    });
    pass(statistics, 'a', {});
    pass(other, 'a', {});
    pass(other, 'a', {});
    other.requestStarted();
    statistics.requestStarted();
    await feed.flush();
    await otherFeed.flush();
    await feed.flush();
    expect([stats.get('total_requests'), stats.get('active_connections')]).toEqual([3, 2]);
  });

  test('get what did not arrive the next time, and nothing twice', async () => {
    const { statistics, feed, stats } = await feeding();
    const incr = stats.incr.bind(stats);
    let isGone = true;
    stats.incr = async (key, by, options) => {
      await Promise.resolve();
      if (isGone && key !== 'total_requests') throw new Error('the store is gone');
      return incr(key, by, options);
    };
    pass(statistics, 'a', { status: 500 });
    await expect(feed.flush()).rejects.toThrow('the store is gone');
    expect([stats.get('total_requests'), stats.get('total_errors')]).toEqual([1, undefined]);
    isGone = false;
    await Promise.all([feed.flush(), feed.flush(), feed.flush()]);
    expect([stats.get('total_requests'), stats.get('total_errors')]).toEqual([1, 1]);
    pass(statistics, 'a', { status: 500 });
    await feed.flush();
    expect([stats.get('total_requests'), stats.get('total_errors')]).toEqual([2, 2]);
  });

  test('begin again when they were emptied, and never go below nothing', async () => {
    const { statistics, feed, stats } = await feeding();
    statistics.requestStarted();
    await feed.flush();
    await stats.flushAll();
    pass(statistics, 'a', {});
    statistics.active = 0;
    await feed.flush();
    expect([stats.get('total_requests'), stats.get('active_connections')]).toEqual([1, 0]);
  });

  test('G-63 G-67 have what a gateway has counted, with requests that are under way, when it closes', async () => {
    const clock = fakeClock();
    const dictionaries = memoryDictionaries(clock);
    const { stats } = dictionaries;
    const { url, gateway, ended } = await startGateway(
      { routes: [routeOf({ respond: { status: 200 } })] },
      { clock, dictionaries },
    );
    expect(stats.get('total_requests')).toBe(0);
    gateway.registry.use({
      name: 'waits',
      phase: 'access',
      handle: async () => void (await clock.advance(5000)),
    });
    await send(url);
    await ended();
    // What was carried while the request was under way.
    expect(stats.get('active_connections')).toBe(1);
    await gateway.close({ graceMs: 0 });
    expect([stats.get('total_requests'), stats.get('active_connections')]).toEqual([1, 0]);
  });
});
