/** coverage: what of the service is here, what is here in part, and what is not. */
import { crudExecutors, messageExecutors } from '../messages/standard.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { OPERATORS, type Operator } from '../query/operator.ts';
import { STANDARD_RULES } from '../query/standard-conditions.ts';
import { KNOWN_MESSAGES } from './known-messages.ts';

/** What is here, by name. */
export interface Coverage {
  readonly messages: {
    readonly supported: readonly string[];
    readonly partial: readonly { readonly name: string; readonly lacks: string }[];
    readonly missing: readonly string[];
  };
  /** Operators of conditions, by their names in FetchXML. */
  readonly operators: {
    readonly supported: readonly string[];
    readonly missing: readonly string[];
  };
}

/** What there is; `coverage.json` has the same. */
export function coverage(): Coverage {
  const executors: readonly MessageExecutor<never>[] = [...crudExecutors, ...messageExecutors];
  const names = new Set(executors.map(({ requestName }) => requestName));
  const operators = Object.entries(OPERATORS) as [Operator, string][];
  const hasRule = ([operator]: readonly [Operator, string]): boolean =>
    Object.hasOwn(STANDARD_RULES, operator);
  return {
    messages: {
      supported: executors
        .filter(({ lacks }) => lacks === undefined)
        .map(({ requestName }) => requestName)
        .toSorted(),
      partial: executors
        .flatMap(({ requestName: name, lacks }) => (lacks === undefined ? [] : [{ name, lacks }]))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
      missing: KNOWN_MESSAGES.filter((name) => !names.has(name)),
    },
    operators: {
      supported: operators.filter(hasRule).map(([, name]) => name),
      missing: operators.filter((one) => !hasRule(one)).map(([, name]) => name),
    },
  };
}
