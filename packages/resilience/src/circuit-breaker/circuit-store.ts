/** CircuitStore: what processes tell each other of a circuit that they share. */
import type { Awaitable } from '@interpose/kernel';
import { checkWhole, unexpected } from '@interpose/kernel/options';

/** The last that is known of a shared circuit. Whether it is half-open, each process finds out by itself. */
export interface CircuitRecord {
  /** The form of the record. */
  readonly version: 1;
  /** One more with each change; 1 for the first. */
  readonly generation: number;
  readonly state: 'open' | 'closed';
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** Until when it stays open, in milliseconds since 1970 in UTC; 0 if it is closed. */
  readonly openUntilMs: number;
}

/**
 * Where processes keep the circuits that they share. It may be asynchronous, slow or out of order: a breaker never waits for it. A record
 * that nobody has written for a day may be dropped.
 */
export interface CircuitStore {
  /** What stands under the key; `undefined` if nothing does. */
  read(key: string): Awaitable<CircuitRecord | undefined>;
  /**
   * Writes the record if what stands under the key is of generation `expected` (0 stands for nothing there), in one step that nobody can
   * get between. Gives what stands afterwards, be it this record or another one.
   */
  compareAndSet(
    key: string,
    expected: number,
    record: CircuitRecord,
  ): Awaitable<CircuitRecord | undefined>;
}

/**
 * Checks what has come out of a store, where anybody may have written anything.
 *
 * @throws TypeError or RangeError if it is no record of a form that is known here
 */
export function checkRecord(value: unknown): CircuitRecord | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw unexpected('record', 'a record of a circuit', value);
  const { version, generation, state, openings, openUntilMs } = value as Partial<CircuitRecord>;
  if (version !== 1) throw unexpected('record.version', '1', version);
  if (state !== 'open' && state !== 'closed') {
    throw unexpected('record.state', `'open' or 'closed'`, state);
  }
  checkWhole('record.generation', generation, 1);
  checkWhole('record.openings', openings);
  checkWhole('record.openUntilMs', openUntilMs);
  return value as CircuitRecord;
}
