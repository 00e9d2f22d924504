/** What runs round a field and what does not, as plain data and in words. */
import type { FieldFacts } from '../field-facts.ts';
import type { Choice } from './field-choice.ts';

/** One middleware and one field. */
export interface FieldDescription {
  readonly name: string;
  readonly version: string | undefined;
  /** What it would run round. */
  readonly during: 'resolve' | 'subscribe';
  /** Whether it runs round this field. */
  readonly runs: boolean;
  /** Why it runs here, or does not. */
  readonly why: string;
  /** Why it stands where it stands. */
  readonly order: string;
  /** How it came to be in the builder. */
  readonly origin: string;
}

/** What was decided of a field. */
interface Decided {
  readonly facts: FieldFacts;
  /** The resolver of its own, if it has one. */
  readonly resolve: unknown;
  readonly choices: readonly Choice[];
  readonly starts: readonly Choice[];
}

/** Every middleware of the builder: those round `subscribe` first, and within each outermost first. */
export function describeField({ starts, choices }: Decided): readonly FieldDescription[] {
  return [...rowsOf(starts, 'subscribe'), ...rowsOf(choices, 'resolve')];
}

const rowsOf = (choices: readonly Choice[], during: 'resolve' | 'subscribe'): FieldDescription[] =>
  choices.map(({ standing: { layer, entry, reason }, layers, why }) => ({
    name: layer.name,
    version: layer.traits.version,
    during,
    runs: layers.length > 0,
    why,
    order: reason,
    origin: entry.origin,
  }));

/** The same in words, a table for what runs round each function of the field, and a line for each that does not run. */
export function explainField(decided: Decided): string {
  const { facts, resolve, starts } = decided;
  const rows = describeField(decided);
  const { coordinate } = facts;
  const own = resolve === undefined ? 'the default resolver' : 'the resolver';
  const parts = [
    ...(starts.length > 0
      ? section(`${coordinate}, subscribe`, { rows, during: 'subscribe', end: 'subscribe' })
      : []),
    ...section(coordinate, { rows, during: 'resolve', end: own }),
  ];
  return parts.join('\n');
}

interface Section {
  readonly rows: readonly FieldDescription[];
  readonly during: FieldDescription['during'];
  /** Who is innermost. */
  readonly end: string;
}

function section(title: string, { rows, during, end }: Section): readonly string[] {
  const own = rows.filter((row) => row.during === during);
  const table = own
    .filter((row) => row.runs)
    .map((row, index) => [`${index + 1}`, nameOf(row), row.why, row.order, row.origin]);
  const head = table.length > 0 ? [['', 'middleware', 'why it runs', 'why here', 'from']] : [];
  const lines = aligned([...head, ...table, ['', end, '', '', '']]);
  const idle = own.filter((row) => !row.runs);
  const not =
    idle.length > 0 ? ['not here:', ...aligned(idle.map((row) => ['', nameOf(row), row.why]))] : [];
  return [title, ...lines, ...not];
}

const nameOf = ({ name, version }: FieldDescription): string =>
  version ? `${name}@${version}` : name;

function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
