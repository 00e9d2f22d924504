/** WorkerEvents: what one worker tells all others, through the dictionary `worker_events`. */
import type { Clock } from '@interpose/kernel';
import { checkMs } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { repeated } from './repeated.ts';

/** Something that a worker has told. */
export interface WorkerEvent {
  /** Grows with every event, whoever tells it. */
  readonly number: number;
  readonly name: string;
  /** Whatever JSON can say. */
  readonly data: unknown;
  /** The worker that told it. */
  readonly from: string;
}

/** Tells all workers, the own one included, and hears what they tell. */
export interface WorkerEvents {
  /** Tells all who listen. Resolves when the event is where they will find it. */
  publish(name: string, data?: unknown): Promise<void>;
  /** Hears events of a name that are told from now on, each once and in their order. Gives what ends it. */
  subscribe(name: string, listener: (event: WorkerEvent) => void): () => void;
  /** Hears nothing more. */
  close(): void;
}

/** With what events are carried. */
export interface WorkerEventsParts {
  readonly dictionary: SharedDictionary;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Names this worker. @default '0' */
  readonly workerId?: string;
  /** How often those who listen look for what others have told. @default 1000 */
  readonly pollMs?: number;
}

const POLL_MS = 1000;
/** Whoever has not looked for so long will not hear of it. */
const TTL_MS = 60_000;
/** How often a number is looked for whose event is not there: its teller may be about to put it there, or may be dead. */
const PATIENCE = 5;
const SEQUENCE = 'sequence';

/** Events in a dictionary: a number counts them, and each lies under its own for a minute. */
export function dictionaryEvents(parts: WorkerEventsParts): WorkerEvents {
  checkMs('pollMs', parts.pollMs ?? POLL_MS, 1);
  return new DictionaryEvents(parts);
}

class DictionaryEvents implements WorkerEvents {
  readonly #parts: WorkerEventsParts;
  readonly #listeners = new Map<string, Set<(event: WorkerEvent) => void>>();
  /** The number of the last event that was heard; `undefined` as long as nobody listens. */
  #heard: number | undefined;
  #missed = 0;
  #stop: (() => void) | undefined;
  #polling: Promise<void> = Promise.resolve();

  constructor(parts: WorkerEventsParts) {
    this.#parts = parts;
  }

  async publish(name: string, data: unknown = null): Promise<void> {
    const { dictionary, workerId = '0' } = this.#parts;
    const text = JSON.stringify({ name, data, from: workerId });
    const number = (await dictionary.incr(SEQUENCE, 1, { init: 0 })) ?? 0;
    await dictionary.set(keyOf(number), text, TTL_MS);
    if (this.#stop) await this.#poll();
  }

  subscribe(name: string, listener: (event: WorkerEvent) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    this.#listen();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(name);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#heard = undefined;
    this.#listeners.clear();
  }

  #listen(): void {
    if (this.#stop) return;
    const { clock, pollMs = POLL_MS } = this.#parts;
    const act = (): Promise<void> => this.#poll();
    this.#stop = repeated({
      clock,
      intervalMs: pollMs,
      act,
      onFailure: (error) => this.#failed(error),
    });
    // Asked at once: what is told from now on is to be heard.
    const from = this.#last();
    this.#queue(async () => void (this.#heard = await from)).catch((error: unknown) =>
      this.#failed(error),
    );
    from.catch(() => {});
  }

  #poll(): Promise<void> {
    return this.#queue(() => this.#hear());
  }

  /** One after the other, so that nothing is heard twice or out of its order. */
  #queue(act: () => Promise<void>): Promise<void> {
    const done = this.#polling.then(act);
    this.#polling = done.catch(() => {});
    return done;
  }

  async #hear(): Promise<void> {
    const last = await this.#last();
    // The dictionary was emptied: its numbers begin again.
    if (this.#heard === undefined || this.#heard > last) this.#heard = last;
    while (this.#heard < last && this.#stop) {
      const number: number = this.#heard + 1;
      const text = await this.#parts.dictionary.get(keyOf(number));
      if (text === undefined && ++this.#missed < PATIENCE) return;
      this.#missed = 0;
      this.#heard = number;
      if (typeof text === 'string') this.#tell(number, text);
    }
  }

  async #last(): Promise<number> {
    return Number((await this.#parts.dictionary.get(SEQUENCE)) ?? 0);
  }

  #tell(number: number, text: string): void {
    const event = { number, ...(JSON.parse(text) as Omit<WorkerEvent, 'number'>) };
    for (const listener of this.#listeners.get(event.name) ?? []) {
      unharmed(
        () => listener(event),
        (error) => this.#failed(error),
      );
    }
  }

  #failed(error: unknown): void {
    this.#parts.logger.error({ message: `Worker events failed: ${messageOf(error)}` });
  }
}

const keyOf = (number: number): string => `event:${number}`;
