/** readValues: the values of a condition as its operator takes them. */
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import type { Cell } from '../store/cell.ts';
import type { ConditionPlace, ConditionRule } from './condition-rules.ts';
import { queryCell } from './query-cell.ts';

/** Operators by which columns of several choices are compared with a set of them. */
const SETS: ReadonlySet<string> = new Set(['Equal', 'NotEqual', 'In', 'NotIn']);

/**
 * The values, as cells that can be compared with those of the column, or as they stand.
 *
 * @throws DataverseFault for a value that the column cannot have
 */
export function readValues(
  values: readonly unknown[],
  rule: ConditionRule,
  place: ConditionPlace,
): readonly unknown[] {
  if (rule.takes === 'given' || !values.length) return values;
  const { attribute } = place;
  const sample = attribute ? undefined : sampleFor(values, place);
  if (SETS.has(place.operator) && isSet(place, values)) return [setOf(values, place, sample)];
  return values.map((value) => queryCell(value, attribute, sample));
}

/** Only text, and what may be one of several choices, needs a cell to be understood by. */
function sampleFor(values: readonly unknown[], { sample }: ConditionPlace): Cell | undefined {
  const needs = values.some(
    (value) =>
      typeof value === 'string' || typeof value === 'number' || value instanceof OptionSetValue,
  );
  return needs ? sample() : undefined;
}

/** Whether single choices together are compared with all choices of a column. */
function isSet({ attribute, sample }: ConditionPlace, values: readonly unknown[]): boolean {
  if (values.some((value) => value instanceof OptionSetValueCollection)) return false;
  if (attribute) return attribute.type === 'MultiSelectPicklist';
  return sample() instanceof OptionSetValueCollection;
}

function setOf(
  values: readonly unknown[],
  { attribute }: ConditionPlace,
  sample: Cell | undefined,
): Cell {
  const choices = values
    .flatMap((value) => (typeof value === 'string' ? value.split(',') : [value]))
    .map((value) => queryCell(value, attribute, sample));
  return new OptionSetValueCollection(
    choices.map((choice) =>
      choice instanceof OptionSetValue ? choice : Math.trunc(Number(choice)),
    ),
  );
}
