/** How the middleware of pipelines are guarded, as plain data and in words. */
import type { CircuitState } from './guard-events.ts';

/** How one middleware is guarded. */
export interface GuardDescription {
  readonly name: string;
  readonly state: 'active' | 'disabled';
  /** Why it stands where it stands. */
  readonly reason: string;
  /** For how long it may be at work; 0: as long as it likes. */
  readonly timeoutMs: number;
  readonly circuit: CircuitState;
  /** What happens to calls while its circuit is open. */
  readonly whenOpen: 'refuse' | 'skip';
}

const HEAD = ['', 'middleware', 'timeout', 'circuit', 'when open', 'why here'];

/** One line each, outermost first. */
export function explainGuard(all: readonly GuardDescription[], hasBoundary: boolean): string {
  const boundary = ['', 'exception boundary', '-', '-', '-', 'pinned outermost'];
  const rows = all.map(({ name, state, reason, timeoutMs, circuit, whenOpen }, index) => [
    `${index + 1}`,
    name,
    timeoutMs === 0 ? 'none' : `${timeoutMs} ms`,
    circuit,
    whenOpen,
    state === 'active' ? reason : `disabled; else ${reason}`,
  ]);
  const table = [HEAD, ...(hasBoundary ? [boundary] : []), ...rows];
  const widths = HEAD.map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
