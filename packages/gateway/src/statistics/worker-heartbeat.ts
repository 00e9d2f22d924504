/** The heartbeat of a worker: others see that it lives, and since when. */
import type { Awaitable, Clock } from '@interpose/kernel';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';

/** A worker as others see it. */
export interface WorkerSeen {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  /** When its heart last beat, in milliseconds since 1970. */
  readonly lastSeenMs: number | undefined;
}

/** Whose heart beats, and where. */
export interface HeartbeatParts {
  readonly id: string;
  readonly stats: SharedDictionary;
  readonly clock: Clock;
}

/** How long a worker is remembered that has gone without a word. */
const TTL_MS = 3_600_000;
const START_KEY = /^worker:(.+):start_time$/s;

/** Tells again and again that a worker lives. */
export class WorkerHeartbeat {
  readonly #parts: HeartbeatParts;
  readonly #startedAtMs: number;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.clock.wall();
  }

  /** To be called well within the hour, as the dictionary forgets it after that. */
  async beat(): Promise<void> {
    const { stats, clock } = this.#parts;
    await stats.set(this.#key('start_time'), this.#startedAtMs, TTL_MS);
    await stats.set(this.#key('last_seen'), clock.wall(), TTL_MS);
  }

  /** The worker is gone. */
  async end(): Promise<void> {
    await this.#parts.stats.delete(this.#key('start_time'));
    await this.#parts.stats.delete(this.#key('last_seen'));
  }

  #key(what: string): string {
    return `worker:${this.#parts.id}:${what}`;
  }
}

/** The workers that there are, in the order of their ids. */
export async function workersSeen(stats: SharedDictionary): Promise<readonly WorkerSeen[]> {
  const keys = await stats.keys(Infinity);
  const ids = keys.map((key) => START_KEY.exec(key)?.[1]).filter((id) => id !== undefined);
  const number = (key: string): Awaitable<unknown> => stats.get(key);
  const seen = ids.toSorted().map(async (id): Promise<WorkerSeen> => {
    const lastSeenMs = await number(`worker:${id}:last_seen`);
    return {
      id,
      startedAtMs: Number(await number(`worker:${id}:start_time`)),
      lastSeenMs: typeof lastSeenMs === 'number' ? lastSeenMs : undefined,
    };
  });
  return Promise.all(seen);
}
