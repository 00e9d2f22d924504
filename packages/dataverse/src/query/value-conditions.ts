/** The operators that compare a column with values: equal, greater, like, in, between, empty. */
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import { type Cell, keyOf } from '../store/cell.ts';
import { compareCells } from './compare-cells.ts';
import {
  type CellTest,
  type ConditionRule,
  type ConditionRules,
  opposite,
  unlessEmpty,
} from './condition-rules.ts';
import { likePattern } from './like-pattern.ts';

const one = (make: (value: Cell) => CellTest): ConditionRule => ({
  values: 1,
  test: ([value]) => make(value as Cell),
});

const none = (test: CellTest): ConditionRule => ({ values: 0, test: () => test });

const some = (make: (values: readonly Cell[]) => CellTest): ConditionRule => ({
  values: [0, Infinity],
  test: make,
});

const negated = ({ values, test }: ConditionRule): ConditionRule => ({
  values,
  test: (given) => opposite(test(given)),
});

const comparing = (fits: (order: number) => boolean): ConditionRule =>
  one((value) => unlessEmpty((cell) => fits(compareCells(cell, value))));

/** Several choices are the same whatever their order; they are kept in theirs. */
const equal = one((value) => {
  const key = keyOf(value);
  return unlessEmpty((cell) => keyOf(cell) === key);
});

const inside = some((values) => {
  const keys = new Set(values.map(keyOf));
  return unlessEmpty((cell) => keys.has(keyOf(cell)));
});

const between: ConditionRule = {
  values: 2,
  test: ([least, most]) =>
    unlessEmpty(
      (cell) => compareCells(cell, least as Cell) >= 0 && compareCells(cell, most as Cell) <= 0,
    ),
};

const like = (patternOf: (text: string) => string): ConditionRule =>
  one((value) => {
    const fits = likePattern(patternOf(String(value)));
    return unlessEmpty((cell) => typeof cell === 'string' && fits(cell));
  });

const containing = some((values) => {
  const wanted = new Set(
    values.flatMap((value) =>
      value instanceof OptionSetValueCollection ? value.values : [Number(keyOf(value))],
    ),
  );
  return unlessEmpty(
    (cell) =>
      cell instanceof OptionSetValueCollection && cell.values.some((own) => wanted.has(own)),
  );
});

const likeThis = like((text) => text);
const beginsWith = like((text) => `${text}%`);
const endsWith = like((text) => `%${text}`);

/** The rules. */
export const VALUE_RULES: ConditionRules = {
  Equal: equal,
  NotEqual: negated(equal),
  GreaterThan: comparing((order) => order > 0),
  GreaterEqual: comparing((order) => order >= 0),
  LessThan: comparing((order) => order < 0),
  LessEqual: comparing((order) => order <= 0),
  Like: likeThis,
  NotLike: negated(likeThis),
  BeginsWith: beginsWith,
  DoesNotBeginWith: negated(beginsWith),
  EndsWith: endsWith,
  DoesNotEndWith: negated(endsWith),
  In: inside,
  NotIn: negated(inside),
  Between: between,
  NotBetween: negated(between),
  Null: none((cell) => cell === undefined),
  NotNull: none((cell) => cell !== undefined),
  ContainValues: containing,
  DoesNotContainValues: negated(containing),
};
