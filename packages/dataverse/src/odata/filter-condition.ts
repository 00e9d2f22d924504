/** Conditions as filters of OData make them: with their values typed, and turned into their opposites where `not` stands before them. */
import type { AttributeMetadata } from '../metadata/attribute-metadata.ts';
import type { Operator } from '../query/operator.ts';
import type { Condition, FilterPart } from '../query/query.ts';
import type { Comparison } from './filter-node.ts';
import { badQuery } from './odata-fault.ts';
import { oppositeOf, OTHER_ORDER } from './query-functions.ts';
import type { Literal } from './tokens.ts';
import { typedValue } from './typed-value.ts';

/** The operators by which comparisons are made. */
export const COMPARISON_OPERATORS: Readonly<Record<Comparison, Operator>> = {
  eq: 'Equal',
  ne: 'NotEqual',
  gt: 'GreaterThan',
  ge: 'GreaterEqual',
  lt: 'LessThan',
  le: 'LessEqual',
};

/** What the other side says: `1 lt x` is `x gt 1`. */
export const TURNED_ROUND: Readonly<Record<Comparison, Comparison>> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
};

/** A column and what it is compared with. */
export interface ValueComparison {
  readonly column: string;
  readonly operator: Operator;
  readonly literal: Literal;
  /** @default not described */
  readonly attribute: AttributeMetadata | undefined;
}

/** Compares with a value; text with wildcards in it is a pattern. */
export function valueCondition(
  { column, operator, literal, attribute }: ValueComparison,
  isNot: boolean,
): FilterPart {
  const value = typedValue(literal, attribute, operator);
  if (value === null) {
    if (operator !== 'Equal' && operator !== 'NotEqual') {
      throw badQuery(`The operator '${operator}' cannot be used with null.`);
    }
    const isEmpty = (operator === 'Equal') !== isNot;
    return { kind: 'condition', column, operator: isEmpty ? 'Null' : 'NotNull', values: [] };
  }
  const isPattern = literal.kind === 'text' && typeof value === 'string' && /[%_[]/.test(value);
  const like = operator === 'Equal' ? 'Like' : operator === 'NotEqual' ? 'NotLike' : operator;
  const used = isPattern ? like : operator;
  return opposed({ kind: 'condition', column, operator: used, values: [value] }, isNot);
}

/**
 * The condition, or its opposite.
 *
 * @throws DataverseFault if there is none
 */
export function opposed(condition: Condition, isNot: boolean): FilterPart {
  if (!isNot) return condition;
  const opposite = oppositeOf(condition.operator);
  if (opposite) return { ...condition, operator: opposite };
  const order = OTHER_ORDER[condition.operator];
  if (!order) throw badQuery(`The function '${condition.operator}' cannot be negated.`);
  const { column, otherColumn } = condition;
  const empty = (of: string): FilterPart => ({
    kind: 'condition',
    column: of,
    operator: 'Null',
    values: [],
  });
  const parts = [{ ...condition, operator: order }, empty(column)];
  return { kind: 'or', parts: otherColumn ? [...parts, empty(otherColumn.column)] : parts };
}

/** Values of functions are not compared with the type of the column: they often stand in quotes. */
export function listed(literal: Literal): readonly unknown[] {
  if (literal.kind === 'null') return [];
  return literal.kind === 'list' ? literal.value : [literal.value];
}
