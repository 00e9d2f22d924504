/** Tests of queries: which records they find, in which order, with what of them. */
import { describe, expect, test } from 'vitest';
import {
  AliasedValue,
  ColumnSet,
  DataverseFault,
  Entity,
  EntityReference,
  type JoinOperator,
  LinkEntity,
  Money,
  type Operator,
  OptionSetValue,
  OptionSetValueCollection,
  QueryByAttribute,
  QueryExpression,
  XrmFakedContextFactory,
} from '../index.ts';

const idOf = (table: string, at: number): string =>
  `0000000${table === 'account' ? 1 : 2}-0000-4000-8000-${String(at).padStart(12, '0')}`;

const account = (at: number, attributes: Record<string, unknown> = {}): Entity =>
  new Entity('account', idOf('account', at), attributes as never);

const contact = (at: number, of: number | undefined, attributes: object = {}): Entity =>
  new Entity('contact', idOf('contact', at), {
    ...attributes,
    ...(of !== undefined && {
      parentcustomerid: new EntityReference('account', idOf('account', of)),
    }),
  } as never);

function serviceWith(...records: readonly Entity[]) {
  const context = XrmFakedContextFactory.new();
  context.initialize(records);
  return context.getOrganizationService();
}

/** The numbers of the accounts that fit a condition. */
function fitting(
  values: readonly unknown[],
  operator: Operator,
  wanted: unknown = [],
): readonly number[] {
  const service = serviceWith(...values.map((x, at) => account(at, { x })));
  const query = new QueryExpression('account');
  query.criteria.addCondition('x', operator, wanted);
  return service.retrieveMultiple(query).entities.map(({ id }) => Number(id.slice(-2)));
}

describe('a condition', () => {
  const ACCENTS = [
    'cafe',
    'CAF\u00c9',
    'cafe\u0301',
    'caff\u00e8',
    '\u0439',
    '\u0438',
    '\u{1f600}',
  ];

  test.each<[string, Operator, string, readonly number[]]>([
    ['text does not mind accents, however they are written', 'Equal', 'caf\u00e9', [0, 1, 2]],
    ['a pattern neither', 'Like', '%f_', [0, 1, 2, 3]],
    ['nor does a set', 'Like', 'caf[\u00e8]', [0, 1, 2]],
    ['what has a mark is another letter in other scripts', 'Equal', '\u0419', [4]],
    ['what is no letter stays as it is', 'Equal', '\u{1f600}', [6]],
  ])('%s', (_, operator, wanted, found) => {
    expect(fitting(ACCENTS, operator, wanted)).toEqual(found);
  });

  const NAMES = ['Matt', 'MATT', 'Matthew', null, 'a.c', 'abc ', 'x'];

  test.each<[string, Operator, unknown, readonly number[]]>([
    ['D-82 DV-1 text does not mind case', 'Equal', 'matt', [0, 1]],
    ['DV-1 nor blanks at the end', 'Equal', 'ABC', [5]],
    ['DV-2 text is compared letter by letter', 'GreaterThan', 'matt', [2, 6]],
    ['DV-10 greater and less never fit what is empty', 'LessEqual', 'b', [4, 5]],
    ['DV-7 not equal fits what is empty', 'NotEqual', 'matt', [2, 3, 4, 5, 6]],
    ['D-83 DV-4 like finds anything by %', 'Like', 'm%t', [0, 1]],
    ['DV-4 like finds one character by _, and a dot is a dot', 'Like', 'a_c', [4, 5]],
    ['DV-4 like finds sets, in any case', 'Like', '[A-M]%', [0, 1, 2, 4, 5]],
    ['DV-4 like finds all others', 'Like', '[^a-m]%', [6]],
    ['DV-4 without a wildcard it is the whole text', 'Like', 'mat', []],
    ['DV-8 not like fits what is empty', 'NotLike', 'm%', [3, 4, 5, 6]],
    ['DV-6 begins with', 'BeginsWith', 'MATT', [0, 1, 2]],
    ['DV-6 ends with', 'EndsWith', 'EW', [2]],
    ['DV-8 does not end with fits what is empty', 'DoesNotEndWith', 't', [2, 3, 4, 5, 6]],
    ['DV-12 in', 'In', ['matt', 'x', 'y'], [0, 1, 6]],
    ['DV-12 in nothing finds nothing', 'In', [], []],
    ['DV-8 not in fits what is empty', 'NotIn', ['matt'], [2, 3, 4, 5, 6]],
    ['DV-11 between takes both ends', 'Between', ['abc', 'matt'], [0, 1, 5]],
    ['DV-8 not between fits what is empty', 'NotBetween', ['abc', 'matt'], [2, 3, 4, 6]],
    ['DV-9 null', 'Null', [], [3]],
    ['DV-9 not null', 'NotNull', [], [0, 1, 2, 4, 5, 6]],
  ])('D-81 %s', (_, operator, wanted, found) => {
    expect(fitting(NAMES, operator, wanted)).toEqual(found);
  });

  test('D-81 DV-13 DV-14 compares choices, amounts, references and dates by what they are', () => {
    const open = new OptionSetValue(1);
    expect(fitting([open, new OptionSetValue(2), null], 'Equal', 1)).toEqual([0]);
    expect(fitting([open, new OptionSetValue(2)], 'Equal', '2')).toEqual([1]);
    expect(fitting([new Money(5), new Money(10)], 'GreaterThan', '7')).toEqual([1]);
    const id = idOf('account', 7);
    const reference = new EntityReference('account', id);
    expect(fitting([reference, null], 'Equal', `{${id.toUpperCase()}}`)).toEqual([0]);
    const dates = [new Date('2026-01-01T10:00:00Z'), new Date('2026-01-01T11:00:00Z')];
    expect(fitting(dates, 'Equal', '2026-01-01T10:00:00')).toEqual([0]);
    expect(fitting(dates, 'LessThan', dates[1])).toEqual([0]);
    const several = [new OptionSetValueCollection([3, 1]), new OptionSetValueCollection([2]), null];
    expect(fitting(several, 'Equal', new OptionSetValueCollection([1, 3]))).toEqual([0]);
    expect(fitting(several, 'ContainValues', [1, 2])).toEqual([0, 1]);
    expect(fitting(several, 'DoesNotContainValues', [1])).toEqual([1, 2]);
  });

  test('D-81 DV-9 DV-11 says what is wrong with it', () => {
    expect(() => fitting([1], 'Null', [1])).toThrow(
      "Condition operator 'Null' requires that no values are set, not 1",
    );
    expect(() => fitting([1], 'Between', [1])).toThrow(
      /'Between' requires exactly 2 values, not 1/,
    );
    expect(() => fitting([1], 'Equal', 'many')).toThrow("The value 'many' is not a number.");
  });

  test('DV-17 compares columns', () => {
    const service = serviceWith(
      account(0, { a: 1, b: 1 }),
      account(1, { a: 1, b: 2 }),
      account(2, { a: 1 }),
      account(3),
    );
    const found = (operator: Operator): readonly number[] => {
      const query = new QueryExpression('account');
      query.criteria.addCondition('a', operator, 'b', { compareColumns: true });
      return service.retrieveMultiple(query).entities.map(({ id }) => Number(id.slice(-2)));
    };
    expect(found('Equal')).toEqual([0]);
    expect(found('NotEqual')).toEqual([1, 2]);
    expect(found('LessThan')).toEqual([1]);
    expect(() => found('Like')).toThrow(DataverseFault);
  });
});

describe('a filter', () => {
  test('D-84 DV-15 may stand in another, and one with nothing in it lets all pass', () => {
    const service = serviceWith(...[1, 2, 3, 4].map((x) => account(x, { x, even: x % 2 === 0 })));
    const query = new QueryExpression('account', new ColumnSet(['x']));
    query.criteria.addCondition('even', 'Equal', true);
    const either = query.criteria.addFilter('Or');
    either.addCondition('x', 'Equal', 1).addCondition('x', 'Equal', 4);
    query.criteria.addFilter('Or');
    expect(service.retrieveMultiple(query).entities.map((one) => one.get('x'))).toEqual([4]);
  });
});

describe('a link', () => {
  const records = [
    account(1, { name: 'one' }),
    account(2, { name: 'two' }),
    account(3, { name: 'three' }),
    contact(1, 1, { name: 'a', age: 30 }),
    contact(2, 1, { name: 'b', age: 50 }),
    contact(3, 2, { name: 'c', age: 20 }),
    contact(4, undefined, { name: 'd', age: 90 }),
  ];

  function linked(type: JoinOperator, prepare: (link: LinkEntity) => void = () => {}) {
    const query = new QueryExpression('account', new ColumnSet(['name']));
    const link = query.addLink('contact', 'accountid', 'parentcustomerid', type);
    link.columns = new ColumnSet(['name']);
    link.entityAlias = 'c';
    prepare(link);
    const { entities } = serviceWith(...records).retrieveMultiple(query);
    return entities.map((one) => {
      const value = one.getAttributeValue<AliasedValue>('c.name');
      return value ? `${one.get('name') as string} ${String(value.value)}` : one.get('name');
    });
  }

  test('D-85 DV-49 DV-59 DV-60 that is inner repeats the record, one that is outer keeps those without', () => {
    expect(linked('Inner')).toEqual(['one a', 'one b', 'two c']);
    expect(linked('LeftOuter')).toEqual(['one a', 'one b', 'two c', 'three']);
  });

  test('DV-50 restricts by its own filter what is joined, and by one outside what is found', () => {
    const old = (link: LinkEntity): void =>
      void link.linkCriteria.addCondition('age', 'GreaterThan', 40);
    expect(linked('LeftOuter', old)).toEqual(['one b', 'two', 'three']);
    const query = new QueryExpression('account', new ColumnSet(['name']));
    query.addLink('contact', 'accountid', 'parentcustomerid', 'LeftOuter').entityAlias = 'c';
    query.criteria.addCondition('contactid', 'Null', [], { entityName: 'c' });
    const { entities } = serviceWith(...records).retrieveMultiple(query);
    expect(entities.map((one) => one.get('name'))).toEqual(['three']);
  });

  test('DV-56 that only asks gives each record once', () => {
    expect(linked('Exists')).toEqual(['one', 'two']);
    expect(linked('In')).toEqual(['one', 'two']);
    expect(linked('MatchFirstRowUsingCrossApply')).toHaveLength(2);
  });

  test('DV-48 DV-51 beside another is joined with it, each under a name of its own', () => {
    const query = new QueryExpression('account', new ColumnSet(['name']));
    for (let at = 0; at < 2; at++) {
      query.addLink('contact', 'accountid', 'parentcustomerid').columns = new ColumnSet(['name']);
    }
    const { entities } = serviceWith(...records).retrieveMultiple(query);
    const pairs = entities.map((one) =>
      ['contact1.name', 'contact2.name'].map(
        (name) => one.getAttributeValue<AliasedValue>(name)?.value,
      ),
    );
    expect(pairs).toEqual([
      ['a', 'a'],
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
  });

  test.each<[string, JoinOperator, readonly string[]]>([
    ['DV-52 any', 'Any', ['one']],
    ['DV-53 not any', 'NotAny', ['two', 'three']],
    ['DV-54 not all, which is the same as any', 'NotAll', ['one']],
    ['DV-55 all: there are some, and none fits', 'All', ['two']],
  ])('%s', (_, type, found) => {
    const query = new QueryExpression('account', new ColumnSet(['name']));
    const link = new LinkEntity(
      {
        linkFromEntityName: 'account',
        linkFromAttributeName: 'accountid',
        linkToEntityName: 'contact',
        linkToAttributeName: 'parentcustomerid',
      },
      type,
    );
    link.linkCriteria.addCondition('age', 'GreaterThan', 25);
    query.criteria.anyAllFilterLinkEntities.push(link);
    const { entities } = serviceWith(...records).retrieveMultiple(query);
    expect(entities.map((one) => one.get('name'))).toEqual(found);
  });

  test('D-85 that nobody has is named', () => {
    const query = new QueryExpression('account');
    query.criteria.addCondition('name', 'Null', [], { entityName: 'z' });
    expect(() => serviceWith(account(1)).retrieveMultiple(query)).toThrow(
      'LinkEntity with name or alias z is not found',
    );
  });
});

describe('what is found', () => {
  const service = serviceWith(
    ...[3, 1, 2, 5, 4].map((at) =>
      account(at, { name: at === 5 ? null : `n${at % 2}`, rank: at, city: 'Ulm' }),
    ),
  );
  const ranks = (query: QueryExpression): unknown[] =>
    service.retrieveMultiple(query).entities.map((one) => one.get('rank'));
  const asked = (): QueryExpression => new QueryExpression('account', new ColumnSet(['rank']));

  test('D-86 DV-62 DV-65 DV-67 is in order: what is empty first, then by the next column, then by id', () => {
    expect(ranks(asked())).toEqual([1, 2, 3, 4, 5]);
    expect(ranks(asked().addOrder('name'))).toEqual([5, 2, 4, 1, 3]);
    expect(ranks(asked().addOrder('name', 'Descending').addOrder('rank', 'Descending'))).toEqual([
      3, 1, 4, 2, 5,
    ]);
  });

  test('D-87 DV-68 DV-69 DV-74 comes page by page, and is counted where somebody asks', () => {
    const page = (number: number) => {
      const query = asked();
      query.pageInfo.pageNumber = number;
      query.pageInfo.count = 2;
      query.pageInfo.returnTotalRecordCount = number === 1;
      return service.retrieveMultiple(query);
    };
    expect(page(1)).toMatchObject({ moreRecords: true, totalRecordCount: 5 });
    expect(page(3)).toMatchObject({ moreRecords: false, totalRecordCount: -1 });
    expect(page(3).entities).toHaveLength(1);
    expect(page(9).entities).toEqual([]);
  });

  test('DV-72 is either the first few or a page', () => {
    const query = asked();
    query.topCount = 2;
    expect(ranks(query)).toEqual([1, 2]);
    query.pageInfo.pageNumber = 1;
    expect(() => ranks(query)).toThrow('either a top count or pages');
  });

  test('DV-73 is there once if that is asked for, and then without its id', () => {
    const query = new QueryExpression('account', new ColumnSet(['city']));
    query.distinct = true;
    const { entities } = service.retrieveMultiple(query);
    expect(entities.map(({ attributes }) => ({ ...attributes }))).toEqual([{ city: 'Ulm' }]);
  });

  test('D-61 DV-61 DV-113 is the caller’s own, and so is what was asked', () => {
    const query = asked();
    query.addLink('contact', 'accountid', 'parentcustomerid', 'LeftOuter');
    const before = structuredClone(query);
    const [first] = service.retrieveMultiple(query).entities;
    first?.set('rank', 99);
    expect(structuredClone(query)).toEqual(before);
    expect(ranks(asked())).toEqual([1, 2, 3, 4, 5]);
  });

  test('D-80 is found by attributes, too', () => {
    const query = new QueryByAttribute('account', new ColumnSet(['rank']));
    query.addAttributeValue('city', 'ulm').addAttributeValue('name', null);
    expect(service.retrieveMultiple(query).entities.map((one) => one.get('rank'))).toEqual([5]);
    query.attributes.push('odd');
    expect(() => service.retrieveMultiple(query)).toThrow('3 attributes and 2 values');
  });
});

test('DV-18 DV-19 a column that a described table has not is refused', () => {
  const context = XrmFakedContextFactory.new();
  context.initializeMetadata([
    {
      logicalName: 'account',
      schemaName: 'Account',
      attributes: { name: { logicalName: 'name', type: 'String' } },
    },
  ]);
  const query = new QueryExpression('account');
  query.criteria.addCondition('Name', 'Null');
  const service = context.getOrganizationService();
  expect(() => service.retrieveMultiple(query)).toThrow(
    "'Account' entity doesn't contain attribute with Name = 'Name' and NameMapping = 'Logical'.",
  );
});
