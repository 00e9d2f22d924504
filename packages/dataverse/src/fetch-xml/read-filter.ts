/** readFilter: a filter with its conditions, the filters in it and the links that it asks for. */
import { OPERATORS, type Operator } from '../query/operator.ts';
import type { ColumnPlace, Condition, Filter, FilterPart, LinkTest } from '../query/query.ts';
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import { type FetchElement, shown } from './fetch-element.ts';

const BY_NAME: ReadonlyMap<string, Operator> = new Map([
  ...Object.entries(OPERATORS).map(([operator, name]) => [name, operator as Operator] as const),
  ['neq', 'NotEqual'],
  ['neq-userid', 'NotEqualUserId'],
  ['neq-businessid', 'NotEqualBusinessId'],
]);

/** Those that take values as children only, and at least one. */
const LISTS: ReadonlySet<Operator> = new Set([
  'In',
  'NotIn',
  'ContainValues',
  'DoesNotContainValues',
]);

/** The filter; `undefined` for one with nothing in it. */
export function readFilter(
  element: FetchElement,
  linkTestOf: (link: FetchElement) => LinkTest,
): Filter | undefined {
  const kind = element.read('type') ?? 'and';
  if (kind !== 'and' && kind !== 'or') {
    throw element.fault(`A filter has the type and, or the type or, not '${shown(kind)}'`, 'type');
  }
  const parts = element.children.flatMap((child): FilterPart[] => {
    if (child.name === 'condition') return [conditionOf(child)];
    if (child.name === 'link-entity') return [linkTestOf(child)];
    const inner = readFilter(child, linkTestOf);
    return inner ? [inner] : [];
  });
  return parts.length ? { kind, parts } : undefined;
}

function conditionOf(element: FetchElement): Condition {
  const name = element.required('operator');
  const operator = BY_NAME.get(name);
  if (!operator) {
    throw element.fault(
      `Operator ${shown(name)} not yet implemented for condition expression`,
      'operator',
    );
  }
  const place = { alias: element.read('entityname'), column: element.required('attribute') };
  const written = valuesOf(element);
  const valueOf = element.read('valueof');
  if (valueOf === undefined) {
    if (LISTS.has(operator) && !written.length) {
      throw element.fault(`Condition operator '${operator}' requires 1 or more values, not 0`);
    }
    return { kind: 'condition', ...place, operator, values: valuesFor(operator, written) };
  }
  if (written.length) {
    throw element.fault('A condition has either a value or valueof, and this one has both');
  }
  return {
    kind: 'condition',
    ...place,
    operator,
    values: [],
    otherColumn: otherColumn(element.required('valueof')),
  };
}

function valuesOf(element: FetchElement): readonly string[] {
  const value = element.read('value');
  const children = element.all('value').map(({ text }) => text);
  if (value === undefined) return children;
  if (!children.length) return [value];
  throw element.fault('A condition has either a value or <value>, and this one has both', 'value');
}

/** Several choices that a column has to have at once are one value. */
function valuesFor(operator: Operator, written: readonly string[]): readonly unknown[] {
  const isSet = written.length > 1 && written.every((text) => /^-?\d+$/.test(text.trim()));
  if (!isSet || (operator !== 'Equal' && operator !== 'NotEqual')) return written;
  return [new OptionSetValueCollection(written.map(Number))];
}

/** `alias.column`, or a column of the table itself. */
function otherColumn(name: string): ColumnPlace {
  const dot = name.indexOf('.');
  return dot < 0 ? { column: name } : { alias: name.slice(0, dot), column: name.slice(dot + 1) };
}
