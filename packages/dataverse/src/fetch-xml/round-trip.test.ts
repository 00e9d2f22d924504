/** Tests of queries that go from one form to another and back: they are the same, and find the same. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  ConditionExpression,
  DataverseFault,
  Entity,
  EntityReference,
  ExecuteFetchRequest,
  FetchExpression,
  FetchXmlToQueryExpressionRequest,
  FilterExpression,
  type JoinOperator,
  LinkEntity,
  Money,
  type Operator,
  OptionSetValue,
  OptionSetValueCollection,
  OrderExpression,
  OrganizationRequest,
  PullRequestException,
  QueryByAttribute,
  QueryExpression,
  QueryExpressionToFetchXmlRequest,
  XrmAttributeExpression,
  XrmFakedContextFactory,
} from '../index.ts';
import type { Filter, Link, Query } from '../query/query.ts';
import { toQueryExpression } from '../query/to-query-expression.ts';
import { understood } from '../query/understood.ts';
import { readFetchXml } from './read-fetch.ts';
import { valueTexts } from './value-text.ts';
import { writeFetchXml } from './write-fetch.ts';

const idOf = (at: number): string => `0000000b-0000-4000-8000-${String(at).padStart(12, '0')}`;

const COLUMNS = { account: ['name', 'size', 'city'], contact: ['name', 'age', 'city'] } as const;

type Table = keyof typeof COLUMNS;

const oneOf = (table: Table): fc.Arbitrary<string> => fc.constantFrom<string>(...COLUMNS[table]);

const isNumber = (column: string): boolean => column === 'size' || column === 'age';

function valueFor(column: string): fc.Arbitrary<unknown> {
  return isNumber(column)
    ? fc.oneof(fc.integer({ min: -2, max: 4 }), fc.constantFrom('1', '2'))
    : fc.oneof(
        fc.constantFrom('a', 'B', 'ab', '', ' <&>"\'\n\t'),
        fc.string({ unit: 'grapheme', maxLength: 3 }),
      );
}

function condition(table: Table): fc.Arbitrary<ConditionExpression> {
  return oneOf(table).chain((column) => {
    const value = valueFor(column);
    const of = (operator: Operator, values: unknown): ConditionExpression =>
      new ConditionExpression(column, operator, values);
    return fc.oneof(
      fc
        .tuple(fc.constantFrom<Operator>('Equal', 'NotEqual', 'GreaterThan', 'LessEqual'), value)
        .map(([operator, one]) => of(operator, one)),
      fc
        .tuple(
          fc.constantFrom<Operator>('In', 'NotIn'),
          fc.array(value, { minLength: 1, maxLength: 3 }),
        )
        .map(([operator, some]) => of(operator, some)),
      fc
        .tuple(fc.constantFrom<Operator>('Between', 'NotBetween'), fc.tuple(value, value))
        .map(([operator, two]) => of(operator, two)),
      fc.constantFrom<Operator>('Null', 'NotNull').map((operator) => of(operator, [])),
      fc
        .constantFrom<Operator>('Equal', 'NotEqual', 'LessThan')
        .map(
          (operator) => new ConditionExpression(column, operator, column, { compareColumns: true }),
        ),
    );
  });
}

function filter(table: Table, depth: number): fc.Arbitrary<FilterExpression> {
  const inner = depth ? fc.array(filter(table, depth - 1), { maxLength: 2 }) : fc.constant([]);
  const tests = depth
    ? fc.array(link(table, depth - 1, ['Any', 'NotAny', 'All', 'NotAll']), { maxLength: 1 })
    : fc.constant([]);
  return fc
    .record({
      kind: fc.constantFrom('And' as const, 'Or' as const),
      conditions: fc.array(condition(table), { maxLength: 2 }),
      filters: inner,
      tests,
    })
    .map(({ kind, conditions, filters, tests: links }) => {
      const made = new FilterExpression(kind);
      made.conditions.push(...conditions);
      made.filters.push(...filters);
      made.anyAllFilterLinkEntities.push(...links);
      return made;
    });
}

const JOINS: readonly JoinOperator[] = [
  'Inner',
  'LeftOuter',
  'Exists',
  'In',
  'MatchFirstRowUsingCrossApply',
];

function link(
  table: Table,
  depth: number,
  operators: readonly JoinOperator[] = JOINS,
): fc.Arbitrary<LinkEntity> {
  const other = table === 'account' ? 'contact' : 'account';
  const inner = depth ? fc.array(link(other, depth - 1), { maxLength: 1 }) : fc.constant([]);
  return fc
    .record({
      operator: fc.constantFrom(...operators),
      columns: fc.subarray<string>([...COLUMNS[other]]),
      criteria: filter(other, 0),
      inner,
    })
    .map(({ operator, columns, criteria, inner: links }) => {
      const [from, to] =
        table === 'account' ? ['accountid', 'parentcustomerid'] : ['parentcustomerid', 'accountid'];
      const made = new LinkEntity(
        {
          linkFromEntityName: table,
          linkFromAttributeName: from,
          linkToEntityName: other,
          linkToAttributeName: to,
        },
        operator,
      );
      made.columns = new ColumnSet(columns);
      made.linkCriteria = criteria;
      made.linkEntities.push(...links);
      return made;
    });
}

const expressions: fc.Arbitrary<QueryExpression> = fc
  .record({
    columns: fc.oneof(
      fc.constantFrom(new ColumnSet(true), new ColumnSet(false)),
      fc.subarray<string>([...COLUMNS.account]).map((some) => new ColumnSet(some)),
      fc.constant(new ColumnSet(['name'], [new XrmAttributeExpression('city', { alias: 'town' })])),
    ),
    criteria: fc.oneof(filter('account', 1), fc.constant(new FilterExpression())),
    links: fc.oneof(fc.constant([]), fc.array(link('account', 1), { maxLength: 2 })),
    orders: fc.array(
      fc.tuple(oneOf('account'), fc.constantFrom('Ascending' as const, 'Descending' as const)),
      { maxLength: 2 },
    ),
    distinct: fc.boolean(),
    top: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    page: fc.option(fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 4 })), {
      nil: undefined,
    }),
    counts: fc.boolean(),
  })
  .map(({ columns, criteria, links, orders, distinct, top, page, counts }) => {
    const made = new QueryExpression('account', columns);
    made.criteria = criteria;
    made.linkEntities.push(...links);
    made.orders.push(...orders.map(([column, type]) => new OrderExpression(column, type)));
    made.distinct = distinct;
    made.pageInfo.returnTotalRecordCount = counts;
    if (page) [made.pageInfo.pageNumber, made.pageInfo.count] = page;
    else made.topCount = top;
    return made;
  });

/** A query as it is once it has been text: values are, too. */
function asText(query: Query): Query {
  return { ...query, filter: textFilter(query.filter), links: query.links.map(textLink) };
}

function textFilter(given: Filter | undefined): Filter | undefined {
  return (
    given && {
      kind: given.kind,
      parts: given.parts.map((part) => {
        if (part.kind === 'condition') return { ...part, values: part.values.flatMap(valueTexts) };
        return part.kind === 'link'
          ? { ...part, link: textLink(part.link) }
          : (textFilter(part) as Filter);
      }),
    }
  );
}

function textLink(given: Link): Link {
  return { ...given, filter: textFilter(given.filter), links: given.links.map(textLink) };
}

const rows = fc.array(
  fc.record({
    of: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined, freq: 1 }),
    name: fc.option(fc.constantFrom('a', 'b', 'AB', ' <&>"\'\n\t'), { nil: null }),
    city: fc.option(fc.constantFrom('a', 'b', 'ab'), { nil: null }),
    number: fc.option(fc.integer({ min: -2, max: 4 }), { nil: null }),
  }),
  { minLength: 5, maxLength: 15 },
);

describe('the round trip', () => {
  test('D-107 to FetchXML and back gives the same query', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const query = understood(expression);
        expect(readFetchXml(writeFetchXml(query))).toEqual(asText(query));
      }),
      { numRuns: 400 },
    );
  });

  test('D-107 to a QueryExpression and back gives the same query', () => {
    fc.assert(
      fc.property(expressions, (expression) => {
        const query = understood(expression);
        const again = understood(toQueryExpression(query));
        const page = query.page && { ...query.page };
        expect(again).toEqual({ ...query, page });
      }),
      { numRuns: 400 },
    );
  });

  test('D-107 to FetchXML, to a QueryExpression and back finds the same', () => {
    let found = 0;
    fc.assert(
      fc.property(rows, expressions, (given, expression) => {
        const context = XrmFakedContextFactory.new();
        context.initialize(
          given.map(({ of, name, city, number }, at) =>
            of === undefined
              ? new Entity('account', idOf(at), { name, city, size: number })
              : new Entity('contact', idOf(at), {
                  name,
                  city,
                  age: number,
                  parentcustomerid: new EntityReference('account', idOf(of)),
                }),
          ),
        );
        const service = context.getOrganizationService();
        const wanted = service.retrieveMultiple(expression);
        const { fetchXml } = service.execute(
          new QueryExpressionToFetchXmlRequest({ query: expression }),
        );
        const { query } = service.execute(new FetchXmlToQueryExpressionRequest({ fetchXml }));
        found += wanted.entities.length;
        expect(service.retrieveMultiple(new FetchExpression(fetchXml))).toEqual(wanted);
        expect(service.retrieveMultiple(query)).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
    expect(found).toBeGreaterThan(200);
  });

  test('D-107 keeps aggregates, groups and their orders', () => {
    const text =
      '<fetch version="1.0" mapping="logical" aggregate="true"><entity name="account">' +
      '<attribute name="city" alias="c" groupby="true" />' +
      '<attribute name="createdon" alias="y" groupby="true" dategrouping="fiscal-year" />' +
      '<attribute name="size" alias="s" aggregate="avg" /><order alias="s" descending="true" />' +
      '<link-entity name="contact" from="a" to="b" alias="l" link-type="outer"><attribute name="age" alias="m" aggregate="max" /></link-entity>' +
      '</entity></fetch>';
    const query = readFetchXml(text);
    expect(writeFetchXml(query)).toBe(text);
    expect(understood(toQueryExpression(query))).toEqual(query);
  });

  test('D-107 keeps a cookie, a limit and what choices are ordered by, as FetchXML has them', () => {
    const text =
      '<fetch version="1.0" mapping="logical" count="3" page="2" paging-cookie="&lt;cookie page=&quot;1&quot; /&gt;"' +
      ' useraworderby="true"><entity name="account"><no-attrs /></entity></fetch>';
    expect(writeFetchXml(readFetchXml(text))).toBe(text);
    const limited =
      '<fetch version="1.0" mapping="logical" aggregate="true" aggregatelimit="5"><entity name="account">' +
      '<attribute name="a" alias="b" aggregate="countcolumn" distinct="true" /></entity></fetch>';
    expect(writeFetchXml(readFetchXml(limited))).toBe(limited);
  });
});

describe('a value', () => {
  test('of a list stands in an element of its own, be it the only one', () => {
    const query = new QueryExpression('account', new ColumnSet(true));
    query.criteria.addCondition('name', 'In', ['a']);
    expect(writeFetchXml(understood(query))).toContain(
      '<condition attribute="name" operator="in"><value>a</value></condition>',
    );
  });

  test.each<[unknown, readonly string[]]>([
    [true, ['true']],
    [12n, ['12']],
    [new Money(1.5), ['1.5']],
    [new OptionSetValue(7), ['7']],
    [new OptionSetValueCollection([2, 1]), ['1', '2']],
    [new EntityReference('contact', idOf(1)), [idOf(1)]],
    [new Entity('contact', idOf(1)), [idOf(1)]],
    [new Date(0), ['1970-01-01T00:00:00.000Z']],
  ])('%s is text in FetchXML', (value, texts) => {
    expect(valueTexts(value)).toEqual(texts);
  });

  test.each([[undefined], [Number.NaN], ['\u0001'], ['\ud800'], [{}], [new Date(Number.NaN)]])(
    '%s has no text in FetchXML',
    (value) => {
      expect(() => valueTexts(value)).toThrow(DataverseFault);
      expect(() => valueTexts(value)).toThrow(
        'Expected `value` to be a value that FetchXML can have',
      );
    },
  );
});

describe('the messages', () => {
  const context = XrmFakedContextFactory.new();
  context.initializeMetadata([{ logicalName: 'contact', objectTypeCode: 2, attributes: {} }]);
  context.initialize([
    new Entity('account', idOf(1), {
      name: 'A & <B>',
      size: 3,
      active: true,
      revenue: new Money(2.5),
      kind: new OptionSetValue(4),
      kinds: new OptionSetValueCollection([2, 1]),
      since: new Date('2026-01-02T03:04:05Z'),
      primarycontactid: new EntityReference('contact', idOf(7), { name: 'Ann' }),
      odd: 'bell\u0007',
    }),
    new Entity('account', idOf(2), { name: 'C' }),
  ]);
  const service = context.getOrganizationService();

  test('D-107 ExecuteFetch gives records as XML', () => {
    const columns = [
      'name',
      'size',
      'active',
      'revenue',
      'kind',
      'kinds',
      'since',
      'primarycontactid',
      'odd',
    ];
    const fetchXml = `<fetch count="1"><entity name="account">${columns.map((name) => `<attribute name="${name}"/>`).join('')}</entity></fetch>`;
    const { fetchXmlResult } = service.execute(new ExecuteFetchRequest({ fetchXml }));
    const cookie = `&lt;cookie page=&quot;1&quot;&gt;&lt;accountid last=&quot;{${idOf(1).toUpperCase()}}&quot; first=&quot;{${idOf(1).toUpperCase()}}&quot; /&gt;&lt;/cookie&gt;`;
    expect(fetchXmlResult).toBe(
      `<resultset morerecords="1" paging-cookie="${cookie}"><result><name>A &amp; &lt;B&gt;</name>` +
        '<size formattedvalue="3">3</size><active name="Yes">1</active><revenue formattedvalue="2.50">2.5</revenue><kind formattedvalue="4">4</kind><kinds>[-1,1,2,-1]</kinds>' +
        `<since date="1/2/2026" time="3:04 AM">2026-01-02T03:04:05Z</since><primarycontactid dsc="0" name="Ann" type="2">{${idOf(7).toUpperCase()}}</primarycontactid>` +
        `<odd>bell\ufffd</odd><accountid>{${idOf(1).toUpperCase()}}</accountid></result></resultset>`,
    );
  });

  test('D-107 are understood by their names, too', () => {
    const FetchXml = '<fetch><entity name="account"><attribute name="name"/></entity></fetch>';
    const { results } = service.execute(new OrganizationRequest('ExecuteFetch', { FetchXml }));
    expect(results['FetchXmlResult']).toMatch(/^<resultset morerecords="0"><result><name>A &amp; /);
    const asked = new OrganizationRequest('FetchXmlToQueryExpression', { FetchXml });
    expect((service.execute(asked).results['Query'] as QueryExpression).entityName).toBe('account');
  });

  test('D-107 ExecuteFetch and FetchXmlToQueryExpression need FetchXML', () => {
    for (const fetchXml of [undefined, '', ' ', 7]) {
      const given = { fetchXml: fetchXml as string };
      for (const request of [
        new ExecuteFetchRequest(given),
        new FetchXmlToQueryExpressionRequest(given),
      ]) {
        expect(() => service.execute(request as ExecuteFetchRequest)).toThrow(
          'You need to provide FetchXml value',
        );
      }
    }
  });

  test('D-107 FetchXmlToQueryExpression refuses what a QueryExpression has no words for', () => {
    const fetchXml =
      '<fetch aggregate="true"><entity name="a"><attribute name="b" alias="c" aggregate="countcolumn" distinct="true"/></entity></fetch>';
    expect(() => service.execute(new FetchXmlToQueryExpressionRequest({ fetchXml }))).toThrow(
      "A QueryExpression has no words for distinct of attribute 'b'",
    );
  });

  test('D-80 QueryExpressionToFetchXml takes queries of all kinds, and no other things', () => {
    const query = new QueryByAttribute('account', new ColumnSet(['name']));
    query.addAttributeValue('size', 3).addAttributeValue('city', null);
    expect(service.execute(new QueryExpressionToFetchXmlRequest({ query })).fetchXml).toBe(
      '<fetch version="1.0" mapping="logical"><entity name="account"><attribute name="name" /><filter type="and">' +
        '<condition attribute="size" operator="eq" value="3" /><condition attribute="city" operator="null" />' +
        '</filter></entity></fetch>',
    );
    const run = (given: unknown) => () =>
      service.execute(new QueryExpressionToFetchXmlRequest({ query: given as QueryExpression }));
    expect(run(undefined)).toThrow("Required field 'Query' is missing");
    expect(run('select *')).toThrow(PullRequestException);
    expect(() => service.retrieveMultiple({} as QueryExpression)).toThrow('this kind of query');
  });

  test('D-80 RetrieveMultiple takes FetchXML', () => {
    const fetchXml =
      '<fetch><entity name="account"><attribute name="name"/><filter><condition attribute="size" operator="null"/></filter></entity></fetch>';
    const { entities } = service.retrieveMultiple(new FetchExpression(fetchXml));
    expect(entities.map((one) => one.get('name'))).toEqual(['C']);
  });
});
