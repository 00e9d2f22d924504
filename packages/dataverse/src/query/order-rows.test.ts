/** Tests of the order in which records come. */
import { describe, expect, test } from 'vitest';
import { id, organizationAt, records } from '../../test-kit/organization-of.ts';
import {
  ColumnSet,
  Entity,
  EntityReference,
  OptionSetValue,
  QueryExpression,
  OrderExpression,
} from '../index.ts';
import { queryScopeOf } from './query-scope.ts';
import { runQuery } from './run-query.ts';
import { understood } from './understood.ts';

const NOW = '2026-05-20T15:45:30.000Z';
const ref = (number: number, name?: string): EntityReference =>
  new EntityReference('account', id(number), name === undefined ? {} : { name });

function ordered(
  column: string,
  type: 'Ascending' | 'Descending' = 'Ascending',
  ordersByValue = false,
) {
  const context = organizationAt(NOW);
  context.initializeMetadata([
    {
      logicalName: 'row',
      attributes: {
        rowid: { logicalName: 'rowid', type: 'Uniqueidentifier' },
        of: { logicalName: 'of', type: 'Lookup', targets: ['account'] },
        kind: {
          logicalName: 'kind',
          type: 'Picklist',
          options: [
            { value: 1, label: 'Zebra' },
            { value: 2, label: 'ape' },
            { value: 3, label: 'Lion' },
          ],
        },
      },
    },
  ]);
  const kind = (value: number) => new OptionSetValue(value);
  context.initialize([
    ...records('account', [{ name: 'Zulu' }, { name: 'alpha' }]),
    ...records('row', [
      { of: ref(1), kind: kind(1) },
      { of: ref(2), kind: kind(2) },
      {},
      { of: ref(9, 'Mike'), kind: kind(3) },
      { of: ref(8), kind: kind(3) },
    ]),
  ]);
  const query = { ...understood(new QueryExpression('row').addOrder(column, type)), ordersByValue };
  const scope = queryScopeOf({ context, caller: context.callerProperties.current });
  return runQuery(query, scope).rows.map(([row]) => Number(row?.id.slice(-12)));
}

describe('the order', () => {
  test('D-86 DV-63 of lookups is that of what their records are called, none first', () => {
    expect(ordered('of')).toEqual([3, 5, 2, 4, 1]);
    expect(ordered('of', 'Descending')).toEqual([1, 4, 2, 3, 5]);
  });

  test('D-86 DV-64 of choices is that of their labels, or of their numbers where that is asked for', () => {
    expect(ordered('kind')).toEqual([3, 2, 4, 5, 1]);
    expect(ordered('kind', 'Ascending', true)).toEqual([3, 1, 2, 4, 5]);
    expect(ordered('kind', 'Descending', true)).toEqual([4, 5, 2, 1, 3]);
  });

  test('DV-62 of what is empty is first, and last when it is turned round', () => {
    expect(ordered('kind')[0]).toBe(3);
    expect(ordered('kind', 'Descending').at(-1)).toBe(3);
  });

  test('DV-66 of the table comes before that of links, unless an order names one', () => {
    const context = organizationAt(NOW);
    context.initialize([
      ...records('account', [
        { name: 'b', size: 1 },
        { name: 'a', size: 1 },
        { name: 'c', size: 0 },
      ]),
      ...records(
        'row',
        [1, 2, 3].map((number) => ({ of: ref(number) })),
      ),
    ]);
    const asked = (prepare: (query: QueryExpression) => void) => {
      const query = new QueryExpression('row', new ColumnSet(['of']));
      query.addLink('account', 'of', 'accountid').entityAlias = 'a';
      prepare(query);
      const { entities } = context.getOrganizationService().retrieveMultiple(query);
      return entities.map((entity: Entity) => Number(entity.id.slice(-12)));
    };
    const byName = ({ linkEntities: [link] }: QueryExpression): void =>
      void link?.orders.push(new OrderExpression('name'));
    expect(asked(byName)).toEqual([2, 1, 3]);
    const bySizeFirst = (query: QueryExpression): void => {
      byName(query);
      query.orders.push(new OrderExpression('size', 'Ascending', 'a'));
    };
    expect(asked(bySizeFirst)).toEqual([3, 2, 1]);
  });
});
