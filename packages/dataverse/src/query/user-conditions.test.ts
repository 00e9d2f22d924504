/** Tests of conditions about users and hierarchies, and of the switch for what is empty. */
import { describe, expect, test } from 'vitest';
import { fitting, id, organizationAt, records } from '../../test-kit/organization-of.ts';
import {
  DataverseFault,
  Entity,
  EntityReference,
  type Operator,
  OPERATORS,
  OptionSetValueCollection,
  QueryExpression,
} from '../index.ts';
import { STANDARD_RULES } from './standard-conditions.ts';

const NOW = '2026-05-20T15:45:30.000Z';
const ref = (table: string, number: number): EntityReference =>
  new EntityReference(table, id(number));

test('D-81 every operator has a rule', () => {
  expect(Object.keys(STANDARD_RULES).toSorted()).toEqual(Object.keys(OPERATORS).toSorted());
});

describe('D-81 the user who asks', () => {
  const context = organizationAt(NOW, { query: { languageCode: 1031 } });
  context.initialize([
    new Entity('systemuser', id(1), { businessunitid: ref('businessunit', 7) }),
    new Entity('systemuser', id(2), { parentsystemuserid: ref('systemuser', 1) }),
    new Entity('systemuser', id(3), { parentsystemuserid: ref('systemuser', 2) }),
    new Entity('teammembership', id(11), { systemuserid: id(1), teamid: id(4) }),
    new Entity('teammembership', id(12), { systemuserid: id(3), teamid: id(5) }),
    new Entity('usersettings', id(2), { uilanguageid: 1036 }),
    ...records(
      'row',
      [1, 2, 3, 4, 5, 6].map((owner) => ({ who: ref(owner > 3 ? 'team' : 'systemuser', owner) })),
    ),
    new Entity('row', id(7), { unit: ref('businessunit', 7), language: 1036 }),
    new Entity('row', id(8), { language: 1031 }),
  ]);

  test.each<[Operator, column: string, user: number, found: readonly number[]]>([
    ['EqualUserId', 'who', 1, [1]],
    ['NotEqualUserId', 'who', 1, [2, 3, 4, 5, 6, 7, 8]],
    ['EqualBusinessId', 'unit', 1, [7]],
    ['NotEqualBusinessId', 'unit', 1, [1, 2, 3, 4, 5, 6, 8]],
    ['EqualUserTeams', 'who', 1, [4]],
    ['EqualUserTeams', 'who', 2, []],
    ['EqualUserOrUserTeams', 'who', 1, [1, 4]],
    ['EqualUserOrUserHierarchy', 'who', 1, [1, 2, 3]],
    ['EqualUserOrUserHierarchy', 'who', 2, [2, 3]],
    ['EqualUserOrUserHierarchyAndTeams', 'who', 1, [1, 2, 3, 4, 5]],
    ['EqualUserLanguage', 'language', 2, [7]],
    ['EqualUserLanguage', 'language', 1, [8]],
  ])('%s finds by %s of user %i', (operator, column, user, found) => {
    expect(fitting({ context, user: id(user) }, column, operator)).toEqual(found);
  });
});

describe('D-81 D-91 hierarchies', () => {
  const parent = (number: number | undefined) =>
    number === undefined ? {} : { parentaccountid: ref('account', number) };
  const context = organizationAt(NOW);
  // 1 - 2 - 3, 2 - 4; and 5 and 6 above each other.
  context.initialize([
    ...records('account', [undefined, 1, 2, 2, 6, 5].map(parent)),
    ...records('row', [{ of: ref('account', 3) }, { of: ref('account', 1) }, {}]),
  ]);

  test.each<[Operator, number, readonly number[]]>([
    ['Above', 3, [1, 2]],
    ['AboveOrEqual', 3, [1, 2, 3]],
    ['Under', 1, [2, 3, 4]],
    ['UnderOrEqual', 2, [2, 3, 4]],
    ['NotUnder', 1, [1, 5, 6]],
    ['Under', 5, [6]],
    ['Above', 5, [6]],
    ['Under', 99, []],
  ])('%s %i', (operator, number, found) => {
    expect(fitting({ context, table: 'account' }, 'accountid', operator, id(number))).toEqual(
      found,
    );
  });

  test('are found by columns that refer to their records, and circles end', () => {
    expect(fitting({ context }, 'of', 'Under', id(1))).toEqual([1]);
    expect(fitting({ context }, 'of', 'NotUnder', ref('account', 1))).toEqual([2, 3]);
    expect(() => fitting({ context }, 'of', 'Under', 'x')).toThrow(DataverseFault);
  });

  test('go by the relationship that says it is one', () => {
    const other = organizationAt(NOW);
    other.metadata.addRelationship({
      kind: 'OneToMany',
      schemaName: 'unit_above',
      referencingEntity: 'unit',
      referencingAttribute: 'abovecol',
      referencedEntity: 'unit',
      isHierarchical: true,
    });
    other.initialize(records('unit', [{}, { abovecol: ref('unit', 1) }]));
    expect(fitting({ context: other, table: 'unit' }, 'unitid', 'Under', id(1))).toEqual([2]);
  });
});

test('DV-7 DV-8 conditions that begin with not leave out what is empty where the organization says so', () => {
  const found = (neIncludesNull: boolean, operator: Operator, values: unknown) => {
    const context = organizationAt(NOW, { query: { neIncludesNull } });
    context.initialize(records('row', [{ x: 'a' }, { x: 'b' }, {}]));
    return fitting({ context }, 'x', operator, values);
  };
  for (const operator of [
    'NotEqual',
    'NotIn',
    'NotLike',
    'DoesNotBeginWith',
    'DoesNotEndWith',
  ] as const) {
    expect(found(true, operator, 'a')).toEqual([2, 3]);
    expect(found(false, operator, 'a')).toEqual([2]);
  }
  expect(found(false, 'NotBetween', ['b', 'c'])).toEqual([1]);
  expect(found(false, 'NotNull', [])).toEqual([1, 2]);
});

test('DV-13 several choices are compared as a set, whichever way they are given', () => {
  const context = organizationAt(NOW);
  context.initializeMetadata([
    {
      logicalName: 'row',
      attributes: {
        x: {
          logicalName: 'x',
          type: 'MultiSelectPicklist',
          options: [1, 2, 3].map((value) => ({ value, label: `${value}` })),
        },
      },
    },
  ]);
  const service = context.getOrganizationService();
  const several = [[1, 2], [2], [1, 2, 3]];
  for (const [at, values] of several.entries()) {
    service.create(new Entity('row', id(at + 1), { x: new OptionSetValueCollection(values) }));
  }
  for (const operator of ['Equal', 'In'] as const) {
    expect(fitting({ context }, 'x', operator, [2, 1])).toEqual([1]);
    expect(fitting({ context }, 'x', operator, ['2,1'])).toEqual([1]);
    expect(fitting({ context }, 'x', operator, [2])).toEqual([2]);
  }
  expect(fitting({ context }, 'x', 'NotIn', [2])).toEqual([1, 3]);
  expect(fitting({ context }, 'x', 'ContainValues', [3])).toEqual([3]);
});

test('names that all objects have are columns and aliases like any other', () => {
  const context = organizationAt(NOW);
  const attributes = Object.fromEntries(
    ['constructor', 'toString', '__proto__x'].map((name) => [name, 1]),
  );
  context.initialize(records('row', [attributes, {}]));
  for (const column of ['constructor', 'toString', '__proto__x']) {
    expect(fitting({ context }, column, 'Equal', 1)).toEqual([1]);
  }
  expect(fitting({ context }, '__proto__', 'NotNull')).toEqual([]);
  expect(fitting({ context, table: '__proto__' }, 'x', 'Null')).toEqual([]);
});

test('D-84 filters that stand in one another too deeply are refused, and many values are not', () => {
  const context = organizationAt(NOW);
  context.initialize(records('row', [{ x: 1 }, { x: 2 }]));
  const query = new QueryExpression('row');
  let { criteria } = query;
  for (let depth = 0; depth < 10_000; depth++) criteria = criteria.addFilter('Or');
  criteria.addCondition('x', 'Equal', 1);
  expect(() => context.getOrganizationService().retrieveMultiple(query)).toThrow(DataverseFault);
  const values = Array.from({ length: 100_000 }, (_, at) => at + 2);
  expect(fitting({ context }, 'x', 'In', values)).toEqual([2]);
});
