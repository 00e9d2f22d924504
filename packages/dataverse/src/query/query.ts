/** Query: what is asked of the records, as QueryExpression, FetchXML and whatever else there is are all understood. Plain data. */
import type { Operator } from './operator.ts';

/** A value as a query gives it: text where it was read from text. */
export type QueryValue = unknown;

/** A column of the table, or of a link by its alias. */
export interface ColumnPlace {
  /** The alias of a link. @default the table in which it stands */
  readonly alias?: string | undefined;
  readonly column: string;
}

/** Compares a column with values, or with another column. */
export interface Condition extends ColumnPlace {
  readonly kind: 'condition';
  readonly operator: Operator;
  readonly values: readonly QueryValue[];
  /** Another column in the place of values. */
  readonly otherColumn?: ColumnPlace;
}

/** Conditions all of which, or one of which, must hold. */
export interface Filter {
  readonly kind: 'and' | 'or';
  readonly parts: readonly FilterPart[];
}

/** Asks whether there are linked records, inside of a filter. */
export interface LinkTest {
  readonly kind: 'link';
  /** `all`: there are some, and none of them fits. `not all` is the same as `any`. */
  readonly test: 'any' | 'not any' | 'all' | 'not all';
  readonly link: Link;
}

/** What a filter is made of. */
export type FilterPart = Condition | Filter | LinkTest;

/** What is made of the values of a group: how many records or values there are, their sum, their mean, the least, the most. */
export type Aggregate = 'count' | 'countcolumn' | 'sum' | 'avg' | 'min' | 'max';

/** All that there are. */
export const AGGREGATES: ReadonlySet<string> = new Set<Aggregate>([
  'count',
  'countcolumn',
  'sum',
  'avg',
  'min',
  'max',
]);

/** By which part of a date records make groups. */
export type DateGrouping =
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year'
  | 'fiscal-period'
  | 'fiscal-year';

/** All that there are. */
export const DATE_GROUPINGS: ReadonlySet<string> = new Set<DateGrouping>([
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'fiscal-period',
  'fiscal-year',
]);

/** What a column is there for in a query with aggregates; it is one of the two. */
export interface ColumnUse {
  /** @default nothing */
  readonly aggregate?: Aggregate;
  /** Whether `countcolumn` counts values that are the same once. @default false */
  readonly distinct?: boolean;
  /** Whether records make groups by it. @default false */
  readonly groups?: boolean;
  /** @default the whole value */
  readonly dateGrouping?: DateGrouping;
  /** Whether a part of a date is one in the time zone of the user, or in UTC. @default true */
  readonly inUserTimeZone?: boolean;
  /** Whether the records below it in its hierarchy are counted; not for aggregates. @default false */
  readonly countsChildren?: boolean;
}

/** A column that is asked for. */
export interface SelectedColumn extends ColumnUse {
  readonly column: string;
  /** What it is called in the answer. @default its name, behind the alias of its link */
  readonly alias?: string | undefined;
}

/** Which columns are asked for. */
export interface Selection {
  readonly all: boolean;
  readonly columns: readonly SelectedColumn[];
}

/** How records of another table are joined. */
export type LinkType = 'inner' | 'outer' | 'exists' | 'in' | 'matchfirstrow';

/** Records of another table. */
export interface Link {
  readonly entity: string;
  readonly alias: string;
  /** The column of the other table. */
  readonly from: string;
  /** The column of the table in which the link stands. */
  readonly to: string;
  readonly type: LinkType;
  readonly selection: Selection;
  readonly filter: Filter | undefined;
  readonly links: readonly Link[];
  readonly orders: readonly Order[];
}

/** By what records are put in order. */
export interface Order extends ColumnPlace {
  readonly descending: boolean;
}

/** By what groups are put in order: the alias of an aggregate, or of what they are made by. */
export interface GroupOrder {
  readonly of: string;
  readonly descending: boolean;
}

/** That columns are aggregated. */
export interface Aggregation {
  /** How many records there may be. @default as many as the service allows */
  readonly limit?: number | undefined;
  readonly orders: readonly GroupOrder[];
}

/** How many are wanted, and from where on. */
export interface Page {
  /** The first is 1. */
  readonly number: number;
  readonly size: number;
  readonly cookie?: string | undefined;
}

/** What is asked. */
export interface Query {
  readonly entity: string;
  readonly selection: Selection;
  readonly filter: Filter | undefined;
  readonly links: readonly Link[];
  readonly orders: readonly Order[];
  readonly distinct: boolean;
  readonly top: number | undefined;
  readonly page: Page | undefined;
  /** Whether all pages are counted. */
  readonly counts: boolean;
  /** @default none: records are asked for */
  readonly aggregation?: Aggregation | undefined;
  /** Whether choices are put in order by their numbers, and not by their labels. @default false */
  readonly ordersByValue?: boolean | undefined;
}
