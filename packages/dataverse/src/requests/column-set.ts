/** ColumnSet: which columns are asked for, and what is to be made of them. */

/** What is made of the values of a group. */
export type XrmAggregateType = 'None' | 'Count' | 'CountColumn' | 'Sum' | 'Avg' | 'Min' | 'Max';

/** By which part of a date records make groups. */
export type XrmDateTimeGrouping =
  | 'None'
  | 'Day'
  | 'Week'
  | 'Month'
  | 'Quarter'
  | 'Year'
  | 'FiscalPeriod'
  | 'FiscalYear';

/** What is to be made of a column. */
export interface AttributeExpressionOptions {
  /** What it is called in the answer. @default its name */
  readonly alias?: string;
  /** @default 'None' */
  readonly aggregateType?: XrmAggregateType;
  /** Whether records make groups by it. @default false */
  readonly hasGroupBy?: boolean;
  /** @default 'None' */
  readonly dateTimeGrouping?: XrmDateTimeGrouping;
  /** Whether the records below it in its hierarchy are counted. @default 'None' */
  readonly rowAggregate?: 'None' | 'CountChildren';
}

/** A column with an alias: an aggregate, what groups are made by, or itself. Never changes. */
export class XrmAttributeExpression {
  readonly attributeName: string;
  readonly alias: string | undefined;
  readonly aggregateType: XrmAggregateType;
  readonly hasGroupBy: boolean;
  readonly dateTimeGrouping: XrmDateTimeGrouping;
  readonly rowAggregate: 'None' | 'CountChildren';

  constructor(attributeName: string, options: AttributeExpressionOptions = {}) {
    this.attributeName = attributeName;
    this.alias = options.alias;
    this.aggregateType = options.aggregateType ?? 'None';
    this.hasGroupBy = options.hasGroupBy ?? false;
    this.dateTimeGrouping = options.dateTimeGrouping ?? 'None';
    this.rowAggregate = options.rowAggregate ?? 'None';
    Object.freeze(this);
  }
}

/** Which columns are asked for. Never changes. */
export class ColumnSet {
  readonly allColumns: boolean;
  readonly columns: readonly string[];
  readonly attributeExpressions: readonly XrmAttributeExpression[];

  /** All of them, or those that are named; and what is to be made of others. */
  constructor(
    columns: boolean | readonly string[] = false,
    attributeExpressions: readonly XrmAttributeExpression[] = [],
  ) {
    this.allColumns = columns === true;
    this.columns = Object.freeze(Array.isArray(columns) ? [...(columns as string[])] : []);
    this.attributeExpressions = Object.freeze([...attributeExpressions]);
    Object.freeze(this);
  }
}
