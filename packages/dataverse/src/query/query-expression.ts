/** QueryExpression and what it is made of: a query in the words of the SDK. What it says may be changed until it is sent. */
import { ColumnSet } from '../requests/column-set.ts';
import type { Operator } from './operator.ts';

/** Whether all conditions must hold, or one of them. */
export type LogicalOperator = 'And' | 'Or';

/** How records of another table are joined. */
export type JoinOperator =
  | 'Inner'
  | 'LeftOuter'
  | 'Natural'
  | 'Exists'
  | 'In'
  | 'MatchFirstRowUsingCrossApply'
  | 'Any'
  | 'NotAny'
  | 'All'
  | 'NotAll';

/** Where a condition looks, if not at the table in which it stands, and whether it compares columns. */
export interface ConditionOptions {
  /** The alias of a link. @default the table in which the condition stands */
  readonly entityName?: string;
  /** Whether the value is the name of a column. @default false */
  readonly compareColumns?: boolean;
}

/** Compares a column with values. */
export class ConditionExpression {
  entityName: string | undefined;
  attributeName: string;
  operator: Operator;
  values: unknown[];
  compareColumns: boolean;

  constructor(
    attributeName: string,
    operator: Operator,
    values: unknown = [],
    { entityName, compareColumns = false }: ConditionOptions = {},
  ) {
    this.attributeName = attributeName;
    this.operator = operator;
    this.values = Array.isArray(values) ? [...(values as unknown[])] : [values];
    this.entityName = entityName;
    this.compareColumns = compareColumns;
  }
}

/** Conditions, and filters within. */
export class FilterExpression {
  filterOperator: LogicalOperator;
  readonly conditions: ConditionExpression[] = [];
  readonly filters: FilterExpression[] = [];
  /** Links that are asked for, and not joined: `Any` and the like. */
  readonly anyAllFilterLinkEntities: LinkEntity[] = [];

  constructor(filterOperator: LogicalOperator = 'And') {
    this.filterOperator = filterOperator;
  }

  addCondition(
    attributeName: string,
    operator: Operator,
    values: unknown = [],
    options: ConditionOptions = {},
  ): this {
    this.conditions.push(new ConditionExpression(attributeName, operator, values, options));
    return this;
  }

  /** Adds a filter, and gives it. */
  addFilter(filterOperator: LogicalOperator | FilterExpression = 'And'): FilterExpression {
    const filter =
      typeof filterOperator === 'string' ? new FilterExpression(filterOperator) : filterOperator;
    this.filters.push(filter);
    return filter;
  }
}

/** By what records are put in order. */
export class OrderExpression {
  attributeName: string;
  orderType: 'Ascending' | 'Descending';
  /** The alias of a link. */
  entityName: string | undefined;
  /** The alias of an aggregate, or of a column by which groups are made, in the place of a column. */
  alias: string | undefined;

  constructor(
    attributeName: string,
    orderType: 'Ascending' | 'Descending' = 'Ascending',
    entityName?: string,
  ) {
    this.attributeName = attributeName;
    this.orderType = orderType;
    this.entityName = entityName;
  }
}

/** What a link is between. */
export interface LinkEnds {
  readonly linkFromEntityName: string;
  readonly linkToEntityName: string;
  readonly linkFromAttributeName: string;
  readonly linkToAttributeName: string;
}

/** Records of another table. */
export class LinkEntity {
  linkFromEntityName: string;
  linkToEntityName: string;
  linkFromAttributeName: string;
  linkToAttributeName: string;
  joinOperator: JoinOperator;
  entityAlias: string | undefined;
  columns: ColumnSet = new ColumnSet(false);
  linkCriteria: FilterExpression = new FilterExpression();
  readonly linkEntities: LinkEntity[] = [];
  readonly orders: OrderExpression[] = [];

  constructor(ends: LinkEnds, joinOperator: JoinOperator = 'Inner', entityAlias?: string) {
    this.linkFromEntityName = ends.linkFromEntityName;
    this.linkToEntityName = ends.linkToEntityName;
    this.linkFromAttributeName = ends.linkFromAttributeName;
    this.linkToAttributeName = ends.linkToAttributeName;
    this.joinOperator = joinOperator;
    this.entityAlias = entityAlias;
  }

  /** Joins records of yet another table, and gives the link. */
  addLink(
    linkToEntityName: string,
    linkFromAttributeName: string,
    linkToAttributeName: string,
    joinOperator: JoinOperator = 'Inner',
  ): LinkEntity {
    const linkFromEntityName = this.linkToEntityName;
    const ends = {
      linkFromEntityName,
      linkToEntityName,
      linkFromAttributeName,
      linkToAttributeName,
    };
    const link = new LinkEntity(ends, joinOperator);
    this.linkEntities.push(link);
    return link;
  }
}

/** Which page of what is found. */
export class PagingInfo {
  /** The first is 1. 0 stands for no pages. */
  pageNumber = 0;
  /** How many records a page has; 0 for as many as there may be. */
  count = 0;
  pagingCookie: string | undefined;
  returnTotalRecordCount = false;
}

/** Asks for records of a table. */
export class QueryExpression {
  entityName: string;
  columnSet: ColumnSet;
  criteria: FilterExpression = new FilterExpression();
  readonly linkEntities: LinkEntity[] = [];
  readonly orders: OrderExpression[] = [];
  pageInfo: PagingInfo = new PagingInfo();
  topCount: number | undefined;
  distinct = false;
  /** Whether choices are put in order by their numbers, as the Web API does, and not by their labels. */
  ordersByValue = false;

  constructor(entityName: string, columnSet: ColumnSet = new ColumnSet(false)) {
    this.entityName = entityName;
    this.columnSet = columnSet;
  }

  /** Joins records of another table, and gives the link. */
  addLink(
    linkToEntityName: string,
    linkFromAttributeName: string,
    linkToAttributeName: string,
    joinOperator: JoinOperator = 'Inner',
  ): LinkEntity {
    const ends = {
      linkFromEntityName: this.entityName,
      linkToEntityName,
      linkFromAttributeName,
      linkToAttributeName,
    };
    const link = new LinkEntity(ends, joinOperator);
    this.linkEntities.push(link);
    return link;
  }

  addOrder(attributeName: string, orderType: OrderExpression['orderType'] = 'Ascending'): this {
    this.orders.push(new OrderExpression(attributeName, orderType));
    return this;
  }
}

/** Asks for records of a table by values of columns. */
export class QueryByAttribute {
  entityName: string;
  columnSet: ColumnSet;
  readonly attributes: string[] = [];
  readonly values: unknown[] = [];
  readonly orders: OrderExpression[] = [];
  pageInfo: PagingInfo = new PagingInfo();
  topCount: number | undefined;

  constructor(entityName: string, columnSet: ColumnSet = new ColumnSet(false)) {
    this.entityName = entityName;
    this.columnSet = columnSet;
  }

  /** Asks for those whose column has a value. */
  addAttributeValue(attribute: string, value: unknown): this {
    this.attributes.push(attribute);
    this.values.push(value);
    return this;
  }
}
