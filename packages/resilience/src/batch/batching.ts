/** Batching: gathers calls into groups, and sends each group off as one batch. */
import { unexpected } from '@interpose/kernel/options';
import type { BatchSettings } from './batch-options.ts';
import { type BatchListener, BatchRun, type Entry } from './batch-run.ts';
import { continuation } from '../continuation.ts';
import { atEndOfTurn } from './end-of-turn.ts';
import { LoadShedError } from '../errors.ts';
import type { PolicyBase } from '../policy.ts';
import { Seat, tell } from '../coalesce/seat.ts';
import type { Receiver, Start } from '../stage.ts';

/** Why a batch was sent. */
export type FlushReason = 'size' | 'window' | 'manual';

/** Events of `batch`. */
export interface BatchEvents {
  /** A batch was sent. */
  readonly flushed: {
    readonly key: string | undefined;
    readonly size: number;
    readonly reason: FlushReason;
  };
  /** A call was refused: as many as may were waiting. */
  readonly rejected: { readonly pending: number };
  /** A batch has ended after all its callers had left. */
  readonly abandoned: { readonly size: number; readonly elapsedMs: number };
  readonly [type: string]: object;
}

/** Calls that wait to be sent together. What was in force when the first one came counts for all of them. */
class Group {
  readonly key: string | undefined;
  readonly settings: BatchSettings;
  readonly entries = new Set<Entry>();
  /** Stops the timer, if there is one. */
  stop: (() => void) | undefined;
  readonly #onLeft: (group: Group) => void;

  constructor(key: string | undefined, settings: BatchSettings, onLeft: (group: Group) => void) {
    this.key = key;
    this.settings = settings;
    this.#onLeft = onLeft;
  }

  leave(entry: Entry): void {
    this.entries.delete(entry);
    this.#onLeft(this);
  }
}

/** What all calls through one policy share. */
export class Batching {
  settings!: BatchSettings;
  readonly counts: { running: number; waiting: number; abandoned: number } = {
    running: 0,
    waiting: 0,
    abandoned: 0,
  };
  sums: { batches: number; calls: number } = { batches: 0, calls: 0 };
  readonly #groups = new Map<string | undefined, Group>();
  readonly #runs = new Set<BatchRun>();
  readonly #base: PolicyBase<BatchEvents>;
  /** Callers whose batch is on its way. */
  #served = 0;

  constructor(base: PolicyBase<BatchEvents>) {
    this.#base = base;
  }

  /** Puts a call into its group. It does not run the rest, but for a call that is not to be batched. */
  call(rest: Start, ctx: unknown, receiver: Receiver): void {
    let item: unknown;
    let key: string | undefined;
    try {
      key = this.#keyOf(ctx);
      if (key === undefined && this.settings.key) return rest(ctx, receiver);
      item = this.settings.item ? this.settings.item(ctx as never) : ctx;
    } catch (error) {
      return receiver.fail(error);
    }
    if (this.pending >= this.settings.maxPending) return this.#refuse(receiver);
    const seat = new Seat({ ctx, receiver, rest });
    const entry: Entry = { seat, item, home: undefined };
    seat.leave = (reason) => {
      entry.home?.leave(entry, reason);
      receiver.fail(reason);
    };
    this.#add(key, entry);
  }

  /** How many callers wait for an answer. */
  get pending(): number {
    return this.counts.waiting + this.#served;
  }

  /** Sends everything that waits. Resolves when nobody waits for what is on its way now. */
  async flush(): Promise<void> {
    for (const group of this.#groups.values()) this.#send(group, 'manual');
    await Promise.all([...this.#runs].map((run) => run.done()));
  }

  /** Sends away whoever waits to be sent. What is on its way arrives. */
  dispose(error: unknown): void {
    for (const group of this.#groups.values()) {
      this.#close(group);
      this.counts.waiting -= group.entries.size;
      for (const { seat } of group.entries) tell([seat], { ok: false, error });
    }
  }

  #keyOf(ctx: unknown): string | undefined {
    const key: unknown = this.settings.key?.(ctx as never);
    if (key === undefined || typeof key === 'string') return key;
    throw unexpected('key(ctx)', 'a string or undefined', key);
  }

  #refuse(receiver: Receiver): void {
    const { name, events } = this.#base;
    events.emit('rejected', { pending: this.pending });
    receiver.fail(new LoadShedError({ policy: name }));
  }

  #add(key: string | undefined, entry: Entry): void {
    const group = this.#groups.get(key) ?? this.#open(key);
    const { seat } = entry;
    group.entries.add(entry);
    entry.home = group;
    this.counts.waiting++;
    if (group.entries.size < group.settings.maxBatchSize) {
      if (!seat.caller.receiver.passive) seat.hearInOwnContext();
      seat.wait();
    } else if (this.#send(group, 'size')?.serves(entry)) {
      // It set the batch off itself, and so will hear in its own context.
      seat.wait();
    }
  }

  #open(key: string | undefined): Group {
    const { settings } = this;
    const { clock } = this.#base;
    const group = new Group(key, settings, (left) => {
      this.counts.waiting--;
      if (left.entries.size === 0) this.#close(left);
    });
    this.#groups.set(key, group);
    // A batch that is sent by time runs in the async context of its first call.
    const timeUp = continuation(() => this.#send(group, 'window'));
    if (settings.windowMs > 0) group.stop = clock.setTimer(timeUp, settings.windowMs);
    else atEndOfTurn(clock, timeUp);
    return group;
  }

  /** Whoever comes from now on goes into another group. */
  #close(group: Group): void {
    group.stop?.();
    this.#groups.delete(group.key);
  }

  #send(group: Group, reason: FlushReason): BatchRun | undefined {
    const { key, settings } = group;
    // Its time may be up when it has been sent already.
    if (this.#groups.get(key) !== group) return undefined;
    this.#close(group);
    const entries = [...group.entries];
    this.counts.waiting -= entries.length;
    this.counts.running++;
    this.#served += entries.length;
    this.sums.batches++;
    this.sums.calls += entries.length;
    const { execute } = settings;
    const { name: policy } = this.#base;
    const listener = this.#listenerOf(entries.length);
    const run = new BatchRun({ policy, key, entries, execute, listener });
    this.#runs.add(run);
    this.#base.events.emit('flushed', { key, size: entries.length, reason });
    run.start();
    return run;
  }

  #listenerOf(size: number): BatchListener {
    const { clock, events } = this.#base;
    const startedMs = clock.now();
    return {
      served: () => void this.#served--,
      done: (run, how) => {
        this.counts.running--;
        if (how === 'abandoned') this.counts.abandoned++;
        this.#runs.delete(run);
      },
      endedLate: () => {
        this.counts.abandoned--;
        events.emit('abandoned', { size, elapsedMs: clock.now() - startedMs });
      },
    };
  }
}
