/** Query functions: those of Dataverse in filters, `Microsoft.Dynamics.CRM.In(…)`, and the operators that they stand for. */
import { OPERATORS, type Operator } from '../query/operator.ts';

/** The functions that are called otherwise than their operators. */
const OTHER_NAMES: Readonly<Record<string, Operator>> = { Contains: 'Like' };

/** Those that are no functions, as there is something for them in the language. */
const NO_FUNCTIONS: ReadonlySet<string> = new Set([
  'Equal',
  'NotEqual',
  'GreaterThan',
  'GreaterEqual',
  'LessThan',
  'LessEqual',
  'Like',
  'NotLike',
  'BeginsWith',
  'DoesNotBeginWith',
  'EndsWith',
  'DoesNotEndWith',
  'Null',
  'NotNull',
  'NotOn',
]);

/** The operator that a function stands for; `undefined` if there is none of the name. */
export function functionOperator(name: string): Operator | undefined {
  if (Object.hasOwn(OTHER_NAMES, name)) return OTHER_NAMES[name];
  return Object.hasOwn(OPERATORS, name) && !NO_FUNCTIONS.has(name) ? (name as Operator) : undefined;
}

const OPPOSITES: Partial<Readonly<Record<Operator, Operator>>> = {
  Equal: 'NotEqual',
  Null: 'NotNull',
  Like: 'NotLike',
  BeginsWith: 'DoesNotBeginWith',
  EndsWith: 'DoesNotEndWith',
  In: 'NotIn',
  Between: 'NotBetween',
  ContainValues: 'DoesNotContainValues',
  EqualUserId: 'NotEqualUserId',
  EqualBusinessId: 'NotEqualBusinessId',
  Under: 'NotUnder',
};

const BOTH_WAYS = new Map<Operator, Operator>(
  (Object.entries(OPPOSITES) as [Operator, Operator][]).flatMap(([one, other]) => [
    [one, other],
    [other, one],
  ]),
);

/** The operator that fits whatever this one does not fit, be it empty. */
export function oppositeOf(operator: Operator): Operator | undefined {
  return BOTH_WAYS.get(operator);
}

/** The order that is left when one is ruled out; what is empty has none and fits as well. */
export const OTHER_ORDER: Partial<Readonly<Record<Operator, Operator>>> = {
  GreaterThan: 'LessEqual',
  GreaterEqual: 'LessThan',
  LessThan: 'GreaterEqual',
  LessEqual: 'GreaterThan',
};
