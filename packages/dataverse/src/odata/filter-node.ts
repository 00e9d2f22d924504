/** FilterNode: a filter of OData as it is written, before anything is known of the table. Plain data. */
import type { Literal } from './tokens.ts';

/** A property, or one of a record that is reached by navigation. */
export interface Path {
  readonly kind: 'path';
  readonly names: readonly string[];
  readonly at: number;
}

/** What stands on a side of a comparison. */
export type Operand =
  | Path
  | { readonly kind: 'value'; readonly literal: Literal; readonly at: number };

/** How two operands are compared. */
export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** A function that looks into text. */
export type TextFunction = 'contains' | 'startswith' | 'endswith';

/** A part of a filter. */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly part: FilterNode }
  | {
      readonly kind: 'compare';
      readonly comparison: Comparison;
      readonly left: Operand;
      readonly right: Operand;
      readonly at: number;
    }
  | {
      readonly kind: 'text';
      readonly name: TextFunction;
      readonly path: Path;
      readonly literal: Literal;
    }
  | {
      /** A query function of Dataverse. */
      readonly kind: 'function';
      readonly name: string;
      /** The navigation in front of it. */
      readonly through: readonly string[];
      readonly values: ReadonlyMap<string, Literal>;
      readonly at: number;
    }
  | {
      readonly kind: 'lambda';
      readonly test: 'any' | 'all';
      readonly path: Path;
      /** What the records must fit. @default nothing */
      readonly part: FilterNode | undefined;
    };
