/** queryOptions: the options of an address, `?$select=name&$top=3`, each by its name. */
import { unexpected } from '@interpose/kernel/options';
import { PullRequestException } from '../faults/pull-request-exception.ts';
import { badQuery } from './odata-fault.ts';
import type { ParameterAliases } from './token-cursor.ts';

/** The options that a query can have. */
export type OptionName =
  | '$select'
  | '$filter'
  | '$orderby'
  | '$top'
  | '$expand'
  | '$count'
  | '$skiptoken'
  | 'fetchXml';

/** Options by name, and the values of parameter aliases. */
export interface QueryOptions {
  readonly options: ReadonlyMap<OptionName, string>;
  readonly aliases: ParameterAliases;
}

const KNOWN: ReadonlySet<string> = new Set<OptionName>([
  '$select',
  '$filter',
  '$orderby',
  '$top',
  '$expand',
  '$count',
  '$skiptoken',
  'fetchXml',
]);

/** Those that the service has and this one has not. */
const NOT_HERE: ReadonlySet<string> = new Set([
  '$apply',
  '$deltatoken',
  'savedQuery',
  'userQuery',
  'sql',
]);

/**
 * Takes options apart. Their names are case-sensitive.
 *
 * @throws DataverseFault for one that the service does not know, PullRequestException for one that is not here yet
 */
export function queryOptions(text: string | undefined | null): QueryOptions {
  if (text != null && typeof text !== 'string') throw unexpected('options', 'text', text);
  const options = new Map<OptionName, string>();
  const aliases = new Map<string, string>();
  for (const part of (text ?? '').replace(/^[^?]*\?/, '').split('&')) {
    if (part.trim() === '') continue;
    const equals = part.indexOf('=');
    const name = decoded(equals < 0 ? part : part.slice(0, equals)).trim();
    const value = equals < 0 ? '' : decoded(part.slice(equals + 1));
    if (name.startsWith('@')) aliases.set(name, value);
    else if (options.has(checkedName(name)))
      throw badQuery(
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      );
    else options.set(checkedName(name), value);
  }
  return { options, aliases };
}

function checkedName(name: string): OptionName {
  if (KNOWN.has(name)) return name as OptionName;
  if (NOT_HERE.has(name))
    throw PullRequestException.forFeature('RetrieveMultiple', `the option '${name}'`);
  if (name === '$skip') throw badQuery('Skip Clause is not supported in CRM');
  throw badQuery(`The query parameter ${name} is not supported`);
}

/** What is no escape, as a bare `%` for a wildcard, stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Takes text apart at a mark that stands neither in quotes nor in brackets.
 *
 * @throws DataverseFault for brackets that do not match
 */
export function splitOutside(text: string, mark: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      at = end < 0 ? text.length : end;
    } else if (character === '(' || character === '[') depth++;
    else if (character === ')' || character === ']') depth--;
    else if (character === mark && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth < 0) throw badQuery(`Syntax error at position ${at} in '${text}'.`);
  }
  if (depth > 0) throw badQuery(`')' expected at position ${text.length} in '${text}'.`);
  return [...parts, text.slice(from)].map((part) => part.trim());
}
