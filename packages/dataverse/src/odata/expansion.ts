/** readExpansions: `$expand`: which records are to come along, and what of them. */
import { type Navigation, navigationOf } from './navigation.ts';
import { badQuery, noProperty } from './odata-fault.ts';
import { splitOutside } from './query-options.ts';
import { type OptionScope, readTableOptions, type TableOptions } from './table-options.ts';

/** Records that come along. */
export interface Expansion extends TableOptions {
  readonly navigation: Navigation;
  /** Whether only their addresses are wanted. */
  readonly onlyReferences: boolean;
  readonly expansions: readonly Expansion[];
}

const OPTIONS: ReadonlySet<string> = new Set(['$select', '$filter', '$orderby', '$top', '$expand']);

/** How many may be expanded. */
const MOST_EXPANDED = 15;

/** How deep lists may be expanded in each other. */
const MOST_DEPTH = 20;

/**
 * Reads them.
 *
 * @throws DataverseFault for what leads nowhere, and for more than the service allows
 */
export function readExpansions(text: string | undefined, scope: OptionScope): readonly Expansion[] {
  if (text === undefined) return [];
  const expansions = expansionsIn(text, scope, 1);
  if (countOf(expansions) > MOST_EXPANDED) {
    throw badQuery(`The number of $expand in the query exceeds the limit of ${MOST_EXPANDED}.`);
  }
  return expansions;
}

function expansionsIn(text: string, scope: OptionScope, depth: number): readonly Expansion[] {
  if (depth > MOST_DEPTH) throw badQuery('The depth of $expand exceeded the allowed limit.');
  return splitOutside(text, ',').map((part) => expansionOf(part, scope, depth));
}

function expansionOf(text: string, scope: OptionScope, depth: number): Expansion {
  const [, name = '', reference, , inner] =
    /^([\p{L}_][\p{L}\p{N}_]*)(\/\$ref)?(\(([\s\S]*)\))?$/u.exec(text) ?? [];
  if (name === '')
    throw badQuery(`Term '${text}' is not valid in a $select or $expand expression.`);
  const navigation = navigationOf(scope.entity, name, scope.tables);
  if (!navigation) throw noProperty(name, scope.entity);
  if (reference && navigation.kind !== 'lookup')
    throw badQuery(`'${name}' leads to a list, of which no references can be had.`);
  const options = innerOptions(inner ?? '');
  const own = { ...scope, entity: navigation.target };
  const read = readTableOptions(options, own);
  if (navigation.kind === 'lookup' && (read.filter ?? read.top ?? read.orders[0]) !== undefined) {
    throw badQuery(
      `Only $select and $expand can be used with '${name}', which leads to one record.`,
    );
  }
  const expanded = options.get('$expand');
  return {
    ...read,
    navigation,
    onlyReferences: reference !== undefined,
    expansions: expanded === undefined ? [] : expansionsIn(expanded, own, depth + 1),
  };
}

function innerOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const part of splitOutside(text, ';')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (!OPTIONS.has(name))
      throw badQuery(`The option '${name || part}' is not supported in $expand.`);
    options.set(name, part.slice(equals + 1).trim());
  }
  return options;
}

function countOf(expansions: readonly Expansion[]): number {
  return expansions.reduce((count, { expansions: inner }) => count + 1 + countOf(inner), 0);
}
