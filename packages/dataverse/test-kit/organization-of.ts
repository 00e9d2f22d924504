/** organizationOf: an organization for tests of queries, with some records and a clock that stands still. */
import { fakeClock } from '@interpose/testing';
import {
  Entity,
  type Operator,
  type OrganizationOptions,
  QueryExpression,
  XrmFakedContext,
  XrmFakedContextFactory,
} from '../src/index.ts';

/** The id of a record by its number. */
export const id = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** What the service is asked as. */
export interface Asking {
  readonly context: XrmFakedContext;
  /** @default that of the context */
  readonly user?: string;
  /** @default 'row' */
  readonly table?: string;
}

/** An organization at a moment. */
export function organizationAt(now: string, options: OrganizationOptions = {}): XrmFakedContext {
  return XrmFakedContextFactory.new({ clock: fakeClock({ wallMs: Date.parse(now) }), ...options });
}

/** Records of one table, numbered from 1 on. */
export const records = (table: string, attributes: readonly object[]): Entity[] =>
  attributes.map((given, at) => new Entity(table, id(at + 1), given as never));

/** The numbers of the records that fit a condition. */
export function fitting(
  { context, user, table = 'row' }: Asking,
  column: string,
  operator: Operator,
  values: unknown = [],
): readonly number[] {
  const query = new QueryExpression(table);
  query.criteria.addCondition(column, operator, values);
  const { entities } = context.getOrganizationService(user).retrieveMultiple(query);
  return entities.map((entity) => Number(entity.id.slice(-12)));
}
