/** SharedCircuit: tells a store when a circuit opens and closes, and hears from it when others do. */
import type { Awaitable, Clock } from '@interpose/kernel';
import type { Events } from '../events.ts';
import type { SharingSettings } from './breaker-options.ts';
import type { CircuitBreakerEvents } from './circuit-events.ts';
import { type CircuitRecord, checkRecord } from './circuit-store.ts';
import type { Circuit } from './circuit.ts';
import { inTime } from './in-time.ts';

/** What a shared circuit works with. */
export interface SharedCircuitParts {
  readonly circuit: Circuit;
  readonly clock: Clock;
  readonly events: Events<CircuitBreakerEvents>;
  readonly settings: SharingSettings;
}

/** One process's end of a shared circuit. No call ever waits for it, and when the store fails, this process decides alone. */
export class SharedCircuit {
  readonly #parts: Omit<SharedCircuitParts, 'settings'>;
  #settings: SharingSettings;
  /** The record that stood in the store when it was last heard of. */
  #known: CircuitRecord | undefined;
  #readAtMs = -Infinity;
  #busy = false;
  /** The circuit has turned, and the store does not know. */
  #untold = false;
  #cancel: (() => void) | undefined;
  #disposed = false;

  constructor({ settings, ...parts }: SharedCircuitParts) {
    this.#parts = parts;
    this.#settings = settings;
  }

  configure(settings: SharingSettings): void {
    this.#settings = settings;
  }

  /** Asks the store, if it is time. */
  refresh(): void {
    const { storeRefreshMs, store, storeKey } = this.#settings;
    const nowMs = this.#parts.clock.now();
    if (nowMs < this.#readAtMs || this.#busy) return;
    this.#readAtMs = nowMs + storeRefreshMs;
    this.#ask(
      'read',
      () => store.read(storeKey),
      (record) => {
        const isNews = record && !(this.#known && isSame(record, this.#known));
        this.#known = record;
        if (isNews) this.#heed(record);
        if (this.#untold) this.#tell();
      },
    );
  }

  /** The circuit has opened or closed, and was not told to by another. */
  turned(): void {
    this.#untold = true;
    if (!this.#busy) this.#tell();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancel?.();
  }

  #tell(): void {
    const { store, storeKey } = this.#settings;
    const record = this.#record();
    this.#untold = false;
    this.#ask(
      'write',
      () => store.compareAndSet(storeKey, record.generation - 1, record),
      (stands) => {
        this.#known = stands;
        // What was known is gone: the next reading will tell it again.
        if (!stands) this.#untold = true;
        else if (!isSame(stands, record)) this.#heed(stands);
        else if (this.#untold) this.#tell();
      },
    );
  }

  /** Another was first. */
  #heed({ state, openings, openUntilMs }: CircuitRecord): void {
    this.#untold = false;
    const { circuit, clock } = this.#parts;
    const openForMs = openUntilMs - clock.wall();
    circuit.stand({ phase: state, openings, openForMs }, 'shared');
  }

  #record(): CircuitRecord {
    const { circuit, clock } = this.#parts;
    const { phase, openings, openForMs } = circuit.standing();
    const openUntilMs = phase === 'open' ? Math.round(clock.wall() + openForMs) : 0;
    const generation = (this.#known?.generation ?? 0) + 1;
    return { version: 1, generation, state: phase, openings, openUntilMs };
  }

  /** Hands on what the store answers in time. Whatever else it does is told as a failure. */
  #ask(
    operation: 'read' | 'write',
    act: () => Awaitable<CircuitRecord | undefined>,
    then: (record: CircuitRecord | undefined) => void,
  ): void {
    if (this.#disposed) return;
    const { clock, events } = this.#parts;
    this.#busy = true;
    const cancel = inTime(act, {
      clock,
      timeoutMs: this.#settings.storeTimeoutMs,
      answered: (record) => {
        this.#busy = false;
        then(checkRecord(record));
      },
      failed: (error) => {
        this.#busy = false;
        if (operation === 'write') this.#untold = true;
        events.emit('storeFailed', { operation, error });
      },
    });
    if (this.#busy) this.#cancel = cancel;
  }
}

const isSame = (one: CircuitRecord, other: CircuitRecord): boolean =>
  one.generation === other.generation &&
  one.state === other.state &&
  one.openings === other.openings &&
  one.openUntilMs === other.openUntilMs;
