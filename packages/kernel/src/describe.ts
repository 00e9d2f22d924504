/** A pipeline as plain data, and in words: who runs, in what order, where each came from and why it stands there. */
import type { Layer } from './layer.ts';
import type { Placed } from './order.ts';
import { prove } from './proof.ts';

/** One middleware of a pipeline as plain data. */
export interface Description {
  readonly name: string;
  readonly version: string | undefined;
  readonly description: string | undefined;
  readonly phase: string;
  readonly priority: number;
  readonly state: 'active' | 'disabled';
  /** How it came to be in the pipeline. */
  readonly origin: string;
  /** Why it stands where it stands. */
  readonly reason: string;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  /** How it is kept to the rules: by its making, by its text, or by being watched while it runs. */
  readonly conduct: 'joined' | 'proven' | 'watched';
  /** The names of those inside a conditional one. */
  readonly children: readonly string[];
}

/** The middleware of a pipeline in the order in which they run; the disabled ones stand where they would run. */
export function describe(placed: readonly Placed[]): Description[] {
  return placed.map(({ entry, reason }) => {
    const { name, traits, run } = entry.layer;
    return {
      name,
      version: traits.version,
      description: traits.description,
      phase: entry.phase,
      priority: entry.priority,
      state: entry.state,
      origin: entry.origin,
      reason,
      requires: entry.requires,
      provides: entry.provides,
      conduct: traits.link ? 'joined' : prove(run) ? 'proven' : 'watched',
      children: (traits.children ?? []).map((child: Layer) => child.name),
    };
  });
}

/** The same in words, one line each, outermost first. */
export function explain(placed: readonly Placed[], handler: string): string {
  const rows = describe(placed).map((one, index) => [
    `${index + 1}`,
    one.version ? `${one.name}@${one.version}` : one.name,
    one.state === 'active' ? one.reason : `disabled; else ${one.reason}`,
    one.origin,
  ]);
  const table = [['', 'middleware', 'why here', 'from'], ...rows, ['', handler, 'the handler', '']];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...table.map((row) => (row[column] as string).length)),
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
