/** The operators that compare a column with values: equal, greater, like, in, between, empty. */
import { OptionSetValueCollection } from '../records/option-set-value.ts';
import { type Cell, type Key, keyOf, scalarOf } from '../store/cell.ts';
import {
  type Bound,
  type ConditionRule,
  type ConditionRules,
  opposite,
  type Sought,
} from './condition-rules.ts';
import { likePattern } from './like-pattern.ts';

/** What one of some values is. */
export function oneOf(values: readonly unknown[]): Sought {
  const keys = new Set<Key>();
  for (const value of values) {
    const key = keyOf(value as Cell);
    if (key !== undefined) keys.add(key);
  }
  return { kind: 'keys', keys };
}

const equal: ConditionRule = { values: 1, seek: oneOf };
const inside: ConditionRule = { values: [0, Infinity], seek: oneOf };

const boundAt = (value: unknown, isIn: boolean): Bound => ({ at: scalarOf(value as Cell), isIn });

const comparing = (rangeOf: (value: unknown) => Omit<Sought & { kind: 'range' }, 'kind'>) =>
  ({
    values: 1,
    seek: ([value]) => ({ kind: 'range', ...rangeOf(value) }),
  }) satisfies ConditionRule;

const between: ConditionRule = {
  values: 2,
  seek: ([least, most]) => ({
    kind: 'range',
    from: boundAt(least, true),
    to: boundAt(most, true),
  }),
};

const like = (patternOf: (text: string) => string): ConditionRule => ({
  values: 1,
  takes: 'given',
  seek: ([value]) => ({ kind: 'text', fits: likePattern(patternOf(String(value))) }),
});

const containing: ConditionRule = {
  values: [0, Infinity],
  seek: (values) => {
    const wanted = new Set(
      values.flatMap((value) =>
        value instanceof OptionSetValueCollection ? value.values : [Number(keyOf(value as Cell))],
      ),
    );
    return {
      kind: 'test',
      test: (cell) =>
        cell instanceof OptionSetValueCollection && cell.values.some((own) => wanted.has(own)),
    };
  },
};

const empty: ConditionRule = { values: 0, seek: () => ({ kind: 'empty' }) };
const likeThis = like((text) => text);
const beginsWith = like((text) => `${text}%`);
const endsWith = like((text) => `%${text}`);

/** The rules. */
export const VALUE_RULES: ConditionRules = {
  Equal: equal,
  NotEqual: opposite(equal),
  GreaterThan: comparing((value) => ({ from: boundAt(value, false) })),
  GreaterEqual: comparing((value) => ({ from: boundAt(value, true) })),
  LessThan: comparing((value) => ({ to: boundAt(value, false) })),
  LessEqual: comparing((value) => ({ to: boundAt(value, true) })),
  Like: likeThis,
  NotLike: opposite(likeThis),
  BeginsWith: beginsWith,
  DoesNotBeginWith: opposite(beginsWith),
  EndsWith: endsWith,
  DoesNotEndWith: opposite(endsWith),
  In: inside,
  NotIn: opposite(inside),
  Between: between,
  NotBetween: opposite(between),
  Null: empty,
  NotNull: opposite(empty),
  ContainValues: containing,
  DoesNotContainValues: opposite(containing),
};
