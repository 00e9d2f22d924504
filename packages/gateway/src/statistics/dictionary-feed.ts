/** DictionaryFeed: carries what was counted here to the dictionaries, where it adds up with what others have counted. */
import { type Awaitable, type Clock, isThenable } from '@interpose/kernel';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import { type RequestCounts, STATUS_CLASSES } from './request-counts.ts';
import type { Statistics } from './statistics.ts';

/** Where the figures come from and where they go. */
export interface FeedParts {
  readonly statistics: Statistics;
  readonly dictionaries: Pick<Dictionaries, 'stats' | 'metrics'>;
  readonly clock: Clock;
}

/** What of each figure has arrived there, by its key. */
type Carried = Map<string, number>;

/** From where rates are counted. */
interface Rates {
  readonly atMs: number;
  readonly requests: number;
  readonly sumMs: number;
}

interface Figure {
  readonly key: string;
  readonly value: number;
}

/**
 * Carries figures on whenever `flush` is called. What does not arrive is carried again the next time. `stats` has counts of requests,
 * `metrics` has durations.
 */
export class DictionaryFeed {
  readonly #parts: FeedParts;
  readonly #carried = new WeakMap<object, Carried>();
  #last: Round | undefined;
  #flushing: Promise<void> | undefined;
  #rates: Rates;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#rates = this.#now();
  }

  /**
   * Carries everything on that has changed. One time begins when the one before has ended, as nothing must be carried twice.
   *
   * @throws what a dictionary throws, once all have been tried
   */
  flush(): Awaitable<void> {
    if (this.#flushing) return this.#flushing.then(() => this.flush());
    const done = this.#flush().end();
    if (!isThenable(done)) return;
    this.#flushing = Promise.resolve(done)
      .catch(() => {})
      .finally(() => (this.#flushing = undefined));
    return done;
  }

  #flush(): Round {
    const { statistics, dictionaries } = this.#parts;
    const { stats } = dictionaries;
    const round = (this.#last = new Round(this.#last));
    this.#carryCounts(statistics.total, { round, keys: totalKeys });
    round.carry(stats, this.#carriedOf(statistics), {
      key: 'active_connections',
      value: statistics.active,
    });
    for (const [name, counts] of statistics.routes) {
      this.#carryCounts(counts, { round, keys: (key) => `route:${name}:${key}` });
    }
    this.#setRates(round);
    return round;
  }

  #carryCounts(
    counts: RequestCounts,
    { round, keys }: { readonly round: Round; readonly keys: (key: string) => string },
  ): void {
    const { stats, metrics } = this.#parts.dictionaries;
    const carried = this.#carriedOf(counts);
    // Nothing has been counted since: there is nothing to look for.
    if (round.isCarried(carried, keys('requests'), counts.requests)) return;
    const carry = (to: SharedDictionary, key: string, value: number): void =>
      round.carry(to, carried, { key: keys(key), value });
    carry(stats, 'requests', counts.requests);
    STATUS_CLASSES.forEach((name, at) => {
      carry(stats, `status_${name}`, counts.statuses[at] as number);
    });
    carry(stats, 'errors', counts.errors);
    carry(stats, 'bytes', counts.bytes);
    const { bounds, counts: buckets, sum } = counts.durationsMs;
    buckets.forEach((count, at) => {
      const bound = at < bounds.length ? String(bounds[at]) : 'more';
      carry(metrics, `duration_ms_to_${bound}`, count);
    });
    carry(metrics, 'duration_ms_sum', sum);
  }

  /** What they were in the time since they were set last. */
  #setRates(round: Round): void {
    const before = this.#rates;
    const now = this.#now();
    const seconds = (now.atMs - before.atMs) / 1000;
    if (seconds <= 0) return;
    this.#rates = now;
    const requests = now.requests - before.requests;
    const { metrics } = this.#parts.dictionaries;
    round.do(() => metrics.set('requests_per_second', rounded(requests / seconds)));
    const averageMs = requests === 0 ? 0 : (now.sumMs - before.sumMs) / requests;
    round.do(() => metrics.set('average_response_time', rounded(averageMs)));
  }

  #now(): Rates {
    const { total } = this.#parts.statistics;
    const { count, sum } = total.durationsMs;
    return { atMs: this.#parts.clock.now(), requests: count, sumMs: sum };
  }

  #carriedOf(counts: object): Carried {
    let carried = this.#carried.get(counts);
    if (!carried) this.#carried.set(counts, (carried = new Map()));
    return carried;
  }
}

/** One time of carrying. What fails keeps nothing else from being carried. */
class Round {
  readonly #pending: PromiseLike<unknown>[] = [];
  /** Whether all that was carried the last time has arrived. */
  readonly #wasWhole: boolean;
  #error: { readonly thrown: unknown } | undefined;

  constructor(before: Round | undefined) {
    this.#wasWhole = before === undefined || before.#error === undefined;
  }

  isCarried(carried: Carried, key: string, value: number): boolean {
    return this.#wasWhole && (carried.get(key) ?? 0) === value;
  }

  carry(to: SharedDictionary, carried: Carried, figure: Figure): void {
    const { key, value } = figure;
    const before = carried.get(key) ?? 0;
    if (value === before) return;
    this.do(
      () => to.incr(key, value - before, { init: 0 }),
      (sum) => {
        carried.set(key, value);
        // Somebody has emptied the dictionary: what goes down again had never gone up there.
        if (typeof sum === 'number' && sum < 0) this.do(() => to.set(key, value));
      },
    );
  }

  do(act: () => Awaitable<unknown>, then: (result: unknown) => void = () => {}): void {
    try {
      const done = act();
      if (!isThenable(done)) return then(done);
      this.#pending.push(done.then(then, (thrown: unknown) => void (this.#error ??= { thrown })));
    } catch (thrown) {
      this.#error ??= { thrown };
    }
  }

  /** @throws the first of what has gone wrong */
  end(): Awaitable<void> {
    const check = (): void => {
      if (!this.#error) return;
      const { thrown } = this.#error;
      throw thrown instanceof Error ? thrown : new Error(String(thrown));
    };
    return this.#pending.length ? Promise.all(this.#pending).then(check) : check();
  }
}

/** The seed's own names for what concerns all requests. */
const totalKeys = (key: string): string =>
  key === 'requests' || key === 'errors' ? `total_${key}` : key;

const rounded = (value: number): number => Math.round(value * 1000) / 1000;
