/** CircuitSnapshot: how a circuit stands, as JSON that outlives the process. */
import type { Clock } from '@interpose/kernel';
import { checkMs, checkWhole, unexpected } from '@interpose/kernel/options';
import type { Circuit } from './circuit.ts';
import type { SavedBucket, SavedCounts } from './trip-rule.ts';

/** A circuit as JSON. Times are in milliseconds since 1970 in UTC. That it is isolated is not in it: nobody could release it. */
export interface CircuitSnapshot {
  /** The form of the snapshot. */
  readonly version: 1;
  readonly savedAtMs: number;
  /** An open circuit whose time is up is half-open. */
  readonly state: 'closed' | 'open';
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** Until when it stays open; 0 if it is closed. */
  readonly openUntilMs: number;
  /** What the trip rule has counted. */
  readonly counts: SavedCounts;
}

/** How a circuit stands now. */
export function snapshotOf(circuit: Circuit, clock: Clock): CircuitSnapshot {
  const { phase, openings, openForMs, counts } = circuit.standing();
  const savedAtMs = clock.wall();
  const openUntilMs = phase === 'open' ? savedAtMs + openForMs : 0;
  return { version: 1, savedAtMs, state: phase, openings, openUntilMs, counts };
}

/**
 * Lets a circuit stand as a snapshot says, as far as that still holds. A wall clock that was wrong does little harm: what was saved in the
 * future was saved now, and an open circuit stays open no longer than it may.
 *
 * @throws TypeError or RangeError if it is no snapshot of a form that is known here; then nothing has changed
 */
export function restoreFrom(snapshot: CircuitSnapshot, circuit: Circuit, clock: Clock): void {
  const { savedAtMs, state, openings, openUntilMs, counts } = checkSnapshot(snapshot);
  const wallMs = clock.wall();
  const openForMs = state === 'open' ? openUntilMs - wallMs : 0;
  const laterMs = Math.max(0, wallMs - savedAtMs);
  circuit.restore({ phase: state, openings, openForMs }, aged(counts, laterMs));
}

function aged(counts: SavedCounts, laterMs: number): SavedCounts {
  if (counts.kind !== 'ratio') return counts;
  const later = (bucket: SavedBucket): SavedBucket => ({
    ...bucket,
    ageMs: bucket.ageMs + laterMs,
  });
  return { kind: 'ratio', buckets: counts.buckets.map(later) };
}

function checkSnapshot(snapshot: CircuitSnapshot): CircuitSnapshot {
  if (typeof snapshot !== 'object' || snapshot === null) {
    throw unexpected('snapshot', 'what `snapshot()` gave', snapshot);
  }
  const { version, savedAtMs, state, openings, openUntilMs, counts } = snapshot;
  if (version !== 1) throw unexpected('snapshot.version', '1', version);
  if (state !== 'closed' && state !== 'open') {
    throw unexpected('snapshot.state', `'closed' or 'open'`, state);
  }
  checkMs('snapshot.savedAtMs', savedAtMs);
  checkWhole('snapshot.openings', openings);
  checkMs('snapshot.openUntilMs', openUntilMs);
  checkCounts(counts);
  return snapshot;
}

function checkCounts(counts: SavedCounts): void {
  if (typeof counts === 'object' && counts !== null) {
    if (counts.kind === 'consecutive') return checkFigures(counts);
    if (counts.kind === 'count') return checkCalls(counts.calls);
    if (counts.kind === 'ratio') return checkBuckets(counts.buckets);
  }
  throw unexpected('snapshot.counts', 'what a trip rule has counted', counts);
}

function checkCalls(calls: unknown): void {
  if (typeof calls === 'string' && /^[0-3]*$/.test(calls)) return;
  throw unexpected('snapshot.counts.calls', 'a text of the digits 0 to 3', calls);
}

function checkBuckets(buckets: unknown): void {
  if (!Array.isArray(buckets)) throw unexpected('snapshot.counts.buckets', 'an array', buckets);
  for (const bucket of buckets as readonly unknown[]) {
    checkFigures(bucket);
    checkMs('snapshot.counts.buckets.ageMs', (bucket as SavedBucket).ageMs);
  }
}

function checkFigures(value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw unexpected('snapshot.counts', 'what a trip rule has counted', value);
  }
  const figures = value as Readonly<Record<string, unknown>>;
  for (const name of ['calls', 'failures', 'slow']) {
    checkWhole(`snapshot.counts.${name}`, figures[name]);
  }
}
