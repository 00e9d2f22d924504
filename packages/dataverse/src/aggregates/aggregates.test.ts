/** Tests of aggregates: what is made of the values of groups, and of what type it is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AliasedValue,
  type AttributeMetadata,
  ColumnSet,
  DataverseFault,
  Entity,
  type EntityCollection,
  EntityReference,
  FetchExpression,
  Money,
  OptionSetValue,
  QueryExpression,
  WhoAmIRequest,
  XrmAttributeExpression,
  XrmFakedContextFactory,
} from '../index.ts';
import { exactSum } from './exact-sum.ts';

const idOf = (at: number): string => `00000001-0000-4000-8000-${String(at).padStart(12, '0')}`;

const account = (at: number, attributes: object): Entity =>
  new Entity('account', idOf(at), attributes as never);

function contextWith(records: readonly Entity[], attributes: readonly AttributeMetadata[] = []) {
  const context = XrmFakedContextFactory.new();
  if (attributes.length) {
    context.initializeMetadata([
      {
        logicalName: 'account',
        attributes: Object.fromEntries(attributes.map((one) => [one.logicalName, one])),
      },
    ]);
  }
  context.initialize(records);
  return context;
}

/** The groups as plain values by alias. */
function plain(found: EntityCollection): Record<string, unknown>[] {
  return found.entities.map(({ attributes }) =>
    Object.fromEntries(
      Object.entries(attributes).map(([alias, value]) => [alias, (value as AliasedValue).value]),
    ),
  );
}

const fetchXml = (inside: string, fetch = ''): string =>
  `<fetch aggregate="true" ${fetch}><entity name="account">${inside}</entity></fetch>`;

function aggregate(records: readonly Entity[], inside: string, fetch = '') {
  const query = new FetchExpression(fetchXml(inside, fetch));
  return plain(contextWith(records).getOrganizationService().retrieveMultiple(query));
}

/** Ten accounts, one of which has no number of employees, and two of which have the same. */
const EMPLOYEES = [1500, 2700, 3900, 6200, 4800, 6000, 2900, 1500, 5700, null];

const tenAccounts = EMPLOYEES.map((numberofemployees, at) =>
  account(at, { name: `n${at}`, numberofemployees }),
);

const allOf = (column: string): string =>
  [
    ...['count', 'countcolumn', 'sum', 'avg', 'min', 'max'].map(
      (name) => `<attribute name="${column}" alias="${name}" aggregate="${name}"/>`,
    ),
    `<attribute name="${column}" alias="distinct" aggregate="countcolumn" distinct="true"/>`,
  ].join('');

describe('an aggregate', () => {
  test('D-88 DV-79 DV-82 counts what is empty by count alone; the mean of whole numbers is whole', () => {
    const context = contextWith(tenAccounts, [
      { logicalName: 'numberofemployees', type: 'Integer' },
      { logicalName: 'name', type: 'String' },
    ]);
    const query = new FetchExpression(fetchXml(allOf('numberofemployees')));
    expect(plain(context.getOrganizationService().retrieveMultiple(query))).toEqual([
      { count: 10, countcolumn: 9, distinct: 8, sum: 35_200, avg: 3911, min: 1500, max: 6200 },
    ]);
  });

  test('D-88 is an aliased value of the column, in a record without an id', () => {
    const query = new FetchExpression(
      fetchXml('<attribute name="name" alias="n" aggregate="count"/>'),
    );
    const service = contextWith(tenAccounts).getOrganizationService();
    const [first] = service.retrieveMultiple(query).entities;
    expect(first?.get('n')).toEqual(new AliasedValue('account', 'name', 10));
    expect(first?.id).toBe('00000000-0000-0000-0000-000000000000');
    expect(Object.keys(first?.attributes ?? {})).toEqual(['n']);
  });

  test('DV-80 of no records is 0 if it counts, and empty if not; without records there are no groups', () => {
    expect(aggregate([], allOf('x'))).toEqual([
      { count: 0, countcolumn: 0, distinct: 0, sum: null, avg: null, min: null, max: null },
    ]);
    expect(aggregate([], '<attribute name="x" alias="x" groupby="true"/>')).toEqual([]);
  });

  test('DV-82 of amounts is an amount, of numbers a number, and no cent is lost', () => {
    const amounts = [0.1, 0.2, null].map((value, at) =>
      account(at, { revenue: value === null ? null : new Money(value) }),
    );
    expect(aggregate(amounts, allOf('revenue'))).toEqual([
      {
        count: 3,
        countcolumn: 2,
        distinct: 2,
        sum: new Money(0.3),
        avg: new Money(0.15),
        min: new Money(0.1),
        max: new Money(0.2),
      },
    ]);
    const numbers = [account(0, { x: 1 }), account(1, { x: 2 })];
    expect(aggregate(numbers, allOf('x'))).toMatchObject([{ sum: 3, avg: 1.5 }]);
    const large = [account(0, { x: 2n ** 60n }), account(1, { x: 1n })];
    expect(aggregate(large, allOf('x'))).toMatchObject([
      { sum: 2n ** 60n + 1n, avg: 2n ** 59n, min: 1n },
    ]);
  });

  test('of dates and texts is the first and the last of them', () => {
    const dates = [new Date('2026-02-01'), new Date('2026-01-01')].map((x, at) =>
      account(at, { x }),
    );
    const bounds =
      '<attribute name="x" alias="a" aggregate="min"/><attribute name="x" alias="z" aggregate="max"/>';
    expect(aggregate(dates, bounds)).toEqual([
      { a: new Date('2026-01-01'), z: new Date('2026-02-01') },
    ]);
    expect(aggregate([account(0, { x: 'b' }), account(1, { x: 'A' })], bounds)).toEqual([
      { a: 'A', z: 'b' },
    ]);
  });

  test.each<[string, unknown, string]>([
    [
      'sum',
      'many',
      "Column 'x' has values that are neither numbers nor amounts, and so there is no sum.",
    ],
    ['avg', true, 'and so there is no avg.'],
    [
      'min',
      new EntityReference('contact', idOf(1)),
      "Values of column 'x' cannot be put in order, and so there is no min.",
    ],
    ['max', new Uint8Array(3), 'and so there is no max.'],
  ])('%s of %s makes no sense', (name, x, fault) => {
    const run = () =>
      aggregate([account(0, { x })], `<attribute name="x" alias="x" aggregate="${name}"/>`);
    expect(run).toThrow(DataverseFault);
    expect(run).toThrow(fault);
  });

  test('of what is too large makes no sense', () => {
    const records = [1, 2].map((at) => account(at, { x: 1.5e308 }));
    expect(() => aggregate(records, '<attribute name="x" alias="x" aggregate="sum"/>')).toThrow(
      "The sum of column 'x' is too large.",
    );
  });

  test('DV-86 of more than 50,000 records, or than the limit, is refused', () => {
    const count = '<attribute name="name" alias="n" aggregate="count"/>';
    expect(aggregate(tenAccounts, count, 'aggregatelimit="10"')).toEqual([{ n: 10 }]);
    const tooMany = () => aggregate(tenAccounts, count, 'aggregatelimit="9"');
    expect(tooMany).toThrow('AggregateQueryRecordLimit exceeded. Cannot perform this operation.');
    expect(tooMany).toThrow(expect.objectContaining({ hexCode: '0x8004e023' }));
    const many = Array.from({ length: 50_001 }, (_, at) => account(at, { x: 1 }));
    expect(aggregate(many.slice(1), count)).toEqual([{ n: 50_000 }]);
    expect(() => aggregate(many, count)).toThrow('AggregateQueryRecordLimit exceeded.');
  });

  test('is rid of the error of binary fractions, whatever the numbers', () => {
    const cents = fc.array(fc.integer({ min: -1e9, max: 1e9 }));
    fc.assert(
      fc.property(cents, (all) => {
        const sum = all.reduce((one, other) => one + other, 0);
        expect(exactSum(all.map((one) => one / 100))).toBe(sum / 100);
      }),
    );
    expect(exactSum([1e21, 1, -1e21])).toBe(1);
    expect(exactSum([1e-7, 2e-7])).toBe(3e-7);
    expect(exactSum([])).toBe(0);
  });
});

describe('groups', () => {
  const city = '<attribute name="city" alias="city" groupby="true"/>';
  const count = '<attribute name="name" alias="n" aggregate="count"/>';
  const towns = ['Ulm', null, 'Rom', 'ULM', 'Bonn', null].map((name, at) =>
    account(at, { city: name, size: at }),
  );

  test('D-88 DV-81 are made by what is empty, too, and case makes no other', () => {
    expect(aggregate(towns, city + count)).toEqual([
      { n: 2 },
      { city: 'Bonn', n: 1 },
      { city: 'Rom', n: 1 },
      { city: 'Ulm', n: 2 },
    ]);
  });

  test('D-86 D-88 DV-85 are in the order of what is made of them, or of what they are made by', () => {
    const byCount = '<order alias="n" descending="true"/><order alias="city" descending="true"/>';
    expect(aggregate(towns, city + count + byCount).map((one) => one['city'])).toEqual([
      'Ulm',
      undefined,
      'Rom',
      'Bonn',
    ]);
  });

  test('DV-72 come as the first few, or page by page', () => {
    expect(aggregate(towns, city + count, 'top="1"')).toEqual([{ n: 2 }]);
    const service = contextWith(towns).getOrganizationService();
    const page = (number: number) =>
      service.retrieveMultiple(
        new FetchExpression(
          fetchXml(city + count, `page="${number}" count="3" returntotalrecordcount="true"`),
        ),
      );
    expect(page(1)).toMatchObject({
      moreRecords: true,
      totalRecordCount: 4,
      pagingCookie: '<cookie page="1" />',
    });
    expect(plain(page(2))).toEqual([{ city: 'Ulm', n: 2 }]);
    expect(page(2)).toMatchObject({ moreRecords: false, pagingCookie: undefined });
  });

  test('are made by columns of links, and by references and choices', () => {
    const owner = (at: number) => new EntityReference('contact', idOf(at));
    const records = [
      account(1, { primarycontactid: owner(7), kind: new OptionSetValue(2) }),
      account(2, { primarycontactid: owner(7), kind: new OptionSetValue(1) }),
      account(3, { primarycontactid: owner(8), kind: new OptionSetValue(1) }),
      new Entity('contact', idOf(7), { age: 30 }),
      new Entity('contact', idOf(8), { age: 40 }),
    ];
    const link = `<link-entity name="contact" from="contactid" to="primarycontactid" alias="c">
      <attribute name="age" alias="age" groupby="true"/>
      <attribute name="age" alias="ages" aggregate="sum"/><order alias="age" descending="true"/></link-entity>`;
    expect(aggregate(records, count + link)).toEqual([
      { n: 1, age: 40, ages: 40 },
      { n: 2, age: 30, ages: 60 },
    ]);
    expect(
      aggregate(records, `<attribute name="primarycontactid" alias="c" groupby="true"/>${count}`),
    ).toEqual([
      { c: owner(7), n: 2 },
      { c: owner(8), n: 1 },
    ]);
    expect(aggregate(records, `<attribute name="kind" alias="k" groupby="true"/>${count}`)).toEqual(
      [
        { k: new OptionSetValue(1), n: 2 },
        { k: new OptionSetValue(2), n: 1 },
      ],
    );
  });

  test('D-90 are shown as people see them', () => {
    const context = contextWith(
      [account(1, { kind: new OptionSetValue(1), revenue: new Money(1234) })],
      [
        { logicalName: 'kind', type: 'Picklist', options: [{ value: 1, label: 'Partner' }] },
        { logicalName: 'revenue', type: 'Money' },
      ],
    );
    const query = fetchXml(
      '<attribute name="kind" alias="k" groupby="true"/><attribute name="revenue" alias="r" aggregate="sum"/>',
    );
    const found = context.getOrganizationService().retrieveMultiple(new FetchExpression(query));
    expect(found.entities[0]?.formattedValues).toEqual({ k: 'Partner', r: '1,234.00' });
  });

  test('are told apart by names that everything has', () => {
    const records = [account(1, { constructor: 'a' }), account(2, { constructor: 'b' })];
    const grouped = `<attribute name="constructor" alias="toString" groupby="true"/>${count}`;
    expect(aggregate(records, grouped)).toEqual([
      { toString: 'a', n: 1 },
      { toString: 'b', n: 1 },
    ]);
  });
});

describe('parts of dates', () => {
  const day = (text: string, at = 0): Entity => account(at, { createdon: new Date(text) });

  function partOf(text: string, part: string, options = ''): unknown {
    const [group] = aggregate(
      [day(text)],
      `<attribute name="createdon" alias="part" groupby="true" dategrouping="${part}" ${options}/>`,
    );
    return group?.['part'];
  }

  test.each([
    ['day', '2026-11-22T23:59:59Z', 22],
    ['week', '2026-01-01T00:00:00Z', 1],
    ['week', '2026-01-03T23:00:00Z', 1],
    ['week', '2026-01-04T00:00:00Z', 2],
    ['week', '2026-12-31T00:00:00Z', 53],
    ['month', '2026-11-22T00:00:00Z', 11],
    ['quarter', '2026-10-01T00:00:00Z', 4],
    ['quarter', '2026-03-31T00:00:00Z', 1],
    ['year', '2026-01-01T00:00:00Z', 2026],
    ['fiscal-period', '2023-02-01T00:00:00Z', 'Quarter 1 FY2023'],
    ['fiscal-year', '2023-02-01T00:00:00Z', 'FY2023'],
  ])('DV-83 %s of %s', (part, text, wanted) => {
    expect(partOf(text, part)).toBe(wanted);
  });

  test('D-88 DV-83 make groups', () => {
    const records = ['2026-01-05', '2025-01-06', '2026-02-01'].map(day);
    expect(
      aggregate(
        records,
        `<attribute name="createdon" alias="month" groupby="true" dategrouping="month"/>
         <attribute name="createdon" alias="n" aggregate="count"/>`,
      ),
    ).toEqual([
      { month: 1, n: 2 },
      { month: 2, n: 1 },
    ]);
  });

  test('D-91 DV-83 go by the fiscal years of the organization', () => {
    const context = XrmFakedContextFactory.new();
    context.setProperty('FiscalYearSettings', {
      startDate: new Date('2020-07-01'),
      periodType: 'Monthly',
    });
    context.initialize([day('2026-06-30T00:00:00Z')]);
    const query = new FetchExpression(
      fetchXml(
        '<attribute name="createdon" alias="p" groupby="true" dategrouping="fiscal-period"/>',
      ),
    );
    const found = context.getOrganizationService().retrieveMultiple(query);
    expect(plain(found)).toEqual([{ p: 'Month 12 FY2025' }]);
  });

  test('DV-84 are those of the user’s time zone, unless that is switched off', () => {
    const context = XrmFakedContextFactory.new();
    context.initialize([day('2026-01-31T23:30:00Z')]);
    const service = context.getOrganizationService();
    const caller = new Entity('usersettings', { timezonecode: 110 });
    const { userId } = service.execute(new WhoAmIRequest());
    caller.set('systemuserid', new EntityReference('systemuser', userId));
    service.create(caller);
    const days = (options: string): unknown =>
      plain(
        service.retrieveMultiple(
          new FetchExpression(
            fetchXml(
              `<attribute name="createdon" alias="d" groupby="true" dategrouping="day" ${options}/>`,
            ),
          ),
        ),
      );
    expect(days('')).toEqual([{ d: 1 }]);
    expect(days('usertimezone="true"')).toEqual([{ d: 1 }]);
    expect(days('usertimezone="false"')).toEqual([{ d: 31 }]);
  });

  test('are those of dates', () => {
    expect(() =>
      aggregate(
        [account(0, { x: 'May' })],
        '<attribute name="x" alias="x" groupby="true" dategrouping="month"/>',
      ),
    ).toThrow('Can only do date grouping of DateTime values');
  });
});

describe('a QueryExpression', () => {
  test('D-88 aggregates by expressions of its columns', () => {
    const query = new QueryExpression(
      'account',
      new ColumnSet(false, [
        new XrmAttributeExpression('city', { alias: 'city', hasGroupBy: true }),
        new XrmAttributeExpression('size', { alias: 'sum', aggregateType: 'Sum' }),
      ]),
    );
    query.addOrder('');
    const [order] = query.orders;
    if (order) order.alias = 'city';
    const records = [
      account(1, { city: 'b', size: 1 }),
      account(2, { city: 'a', size: 2 }),
      account(3, { city: 'b', size: 3 }),
    ];
    expect(plain(contextWith(records).getOrganizationService().retrieveMultiple(query))).toEqual([
      { city: 'a', sum: 2 },
      { city: 'b', sum: 4 },
    ]);
  });

  test.each<[ColumnSet, string]>([
    [
      new ColumnSet(true, [new XrmAttributeExpression('a', { alias: 'a', hasGroupBy: true })]),
      "Can't have <all-attributes /> present when using aggregate",
    ],
    [
      new ColumnSet(['b'], [new XrmAttributeExpression('a', { alias: 'a', hasGroupBy: true })]),
      'Attributes must have be aggregated or grouped by when using aggregation',
    ],
    [
      new ColumnSet(false, [new XrmAttributeExpression('a', { aggregateType: 'Sum' })]),
      'Missing alias for attribute in aggregate fetch xml',
    ],
    [
      new ColumnSet(false, [
        new XrmAttributeExpression('a', { alias: 'a', aggregateType: 'Median' as never }),
      ]),
      "Unknown aggregate function 'Median'",
    ],
    [
      new ColumnSet(false, [
        new XrmAttributeExpression('a', {
          alias: 'a',
          hasGroupBy: true,
          dateTimeGrouping: 'Hour' as never,
        }),
      ]),
      "Unknown dategrouping value 'Hour'",
    ],
  ])('D-88 says what is wrong with them: %#', (columns, fault) => {
    const service = contextWith([]).getOrganizationService();
    expect(() => service.retrieveMultiple(new QueryExpression('account', columns))).toThrow(fault);
  });
});

describe('children', () => {
  test('DV-88 are counted by rowaggregate', () => {
    const parent = (at: number) => ({ parentaccountid: new EntityReference('account', idOf(at)) });
    const records = [
      account(1, {}),
      account(2, parent(1)),
      account(3, parent(1)),
      account(4, parent(2)),
    ];
    const query = new FetchExpression(
      `<fetch><entity name="account"><attribute name="accountid" rowaggregate="CountChildren" alias="children"/></entity></fetch>`,
    );
    const found = contextWith(records).getOrganizationService().retrieveMultiple(query);
    expect(
      found.entities.map((one) => one.getAttributeValue<AliasedValue>('children')?.value),
    ).toEqual([2, 1, 0, 0]);
  });
});
