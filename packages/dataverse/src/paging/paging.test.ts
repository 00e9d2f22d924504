/** Tests of pages: cookies that are written and read back, counts, and limits. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  DataverseFault,
  Entity,
  type EntityCollection,
  EntityReference,
  FetchExpression,
  OptionSetValue,
  QueryExpression,
  XrmFakedContextFactory,
} from '../index.ts';
import { readCookie, writeCookie } from './paging-cookie.ts';

const idOf = (at: number): string => `0000000a-0000-4000-8000-${String(at).padStart(12, '0')}`;

const braced = (at: number): string => `{${idOf(at).toUpperCase()}}`;

const account = (at: number, attributes: object = {}): Entity =>
  new Entity('account', idOf(at), attributes as never);

function contextWith(records: readonly Entity[]) {
  const context = XrmFakedContextFactory.new();
  context.initialize(records);
  return context;
}

const serviceWith = (records: readonly Entity[]) => contextWith(records).getOrganizationService();

interface Paging {
  readonly page: number;
  readonly size: number;
  readonly cookie?: string | undefined;
}

function pageOf(
  { page, size, cookie }: Paging,
  query = new QueryExpression('account'),
): QueryExpression {
  query.pageInfo.pageNumber = page;
  query.pageInfo.count = size;
  query.pageInfo.pagingCookie = cookie;
  return query;
}

const numbers = ({ entities }: EntityCollection): readonly number[] =>
  entities.map(({ id }) => Number(id.slice(-3)));

const byName = (): QueryExpression => new QueryExpression('account').addOrder('name');

describe('a cookie', () => {
  const five = [1, 2, 3, 4, 5].map((at) => account(at, { name: `n${6 - at}` }));

  test('D-87 DV-69 DV-70 comes with a page that has more behind it, and no other', () => {
    const service = serviceWith(five);
    expect(service.retrieveMultiple(pageOf({ page: 1, size: 2 }))).toMatchObject({
      moreRecords: true,
      pagingCookie: `<cookie page="1"><accountid last="${braced(2)}" first="${braced(1)}" /></cookie>`,
    });
    expect(service.retrieveMultiple(pageOf({ page: 3, size: 2 }))).toMatchObject({
      moreRecords: false,
      pagingCookie: undefined,
    });
  });

  test('DV-67 DV-70 says what records are ordered by, first and last as they come, and then the id', () => {
    const query = pageOf({ page: 1, size: 2 }).addOrder('name', 'Descending');
    expect(serviceWith(five).retrieveMultiple(query).pagingCookie).toBe(
      `<cookie page="1"><name last="n4" first="n5" /><accountid last="${braced(2)}" first="${braced(1)}" /></cookie>`,
    );
  });

  test('DV-70 says that there was nothing, and goes by the names of those who are referred to', () => {
    const records = [1, 2, 3].map((at) => account(at));
    records[2]?.set('primarycontactid', new EntityReference('contact', idOf(9), { name: 'Ann' }));
    const query = pageOf({ page: 1, size: 2 }).addOrder('primarycontactid');
    const { pagingCookie, entities } = serviceWith(records).retrieveMultiple(query);
    expect(entities).toHaveLength(2);
    expect(pagingCookie).toContain('<primarycontactidname lastnull="1" firstnull="1" />');
  });

  test('D-87 DV-67 leads to the next page, whatever came and went before it', () => {
    const context = contextWith(five);
    const service = context.getOrganizationService();
    const first = service.retrieveMultiple(pageOf({ page: 1, size: 2 }, byName()));
    expect(numbers(first)).toEqual([5, 4]);
    const cookie = first.pagingCookie;
    service.create(account(7, { name: 'a' }));
    service.delete('account', idOf(5));
    service.delete('account', idOf(4));
    const second = service.retrieveMultiple(pageOf({ page: 2, size: 2, cookie }, byName()));
    expect(numbers(second)).toEqual([3, 2]);
    const third = service.retrieveMultiple(
      pageOf({ page: 3, size: 2, cookie: second.pagingCookie }, byName()),
    );
    expect(numbers(third)).toEqual([1]);
  });

  test('D-87 leads to pages further on, to the same one and back', () => {
    const service = serviceWith(five);
    const { pagingCookie: cookie } = service.retrieveMultiple(
      pageOf({ page: 2, size: 2 }, byName()),
    );
    const page = (number: number): readonly number[] =>
      numbers(service.retrieveMultiple(pageOf({ page: number, size: 2, cookie }, byName())));
    expect([1, 2, 3, 4].map(page)).toEqual([[5, 4], [3, 2], [1], []]);
  });

  test('DV-71 is none where order is by a column of a link; a page is found by its number then', () => {
    const contacts = [1, 2, 3].map(
      (at) =>
        new Entity('contact', idOf(100 + at), {
          age: at,
          parentcustomerid: new EntityReference('account', idOf(at)),
        }),
    );
    const service = serviceWith([...five, ...contacts]);
    const query = (page: number): string => `<fetch count="2" page="${page}"><entity name="account">
      <link-entity name="contact" from="parentcustomerid" to="accountid"><order attribute="age" descending="true"/></link-entity></entity></fetch>`;
    const first = service.retrieveMultiple(new FetchExpression(query(1)));
    expect(first).toMatchObject({ moreRecords: true, pagingCookie: undefined });
    expect(numbers(first)).toEqual([3, 2]);
    expect(numbers(service.retrieveMultiple(new FetchExpression(query(2))))).toEqual([1]);
  });

  test('D-87 leads on in the midst of the records that belong to one', () => {
    const contacts = [1, 2, 3].map(
      (at) =>
        new Entity('contact', idOf(100 + at), {
          parentcustomerid: new EntityReference('account', idOf(1)),
          age: at,
        }),
    );
    const service = serviceWith([account(1), ...contacts]);
    const found: unknown[] = [];
    let cookie: string | undefined;
    for (let page = 1; page < 4; page++) {
      const query = new QueryExpression('account');
      const link = query.addLink('contact', 'accountid', 'parentcustomerid');
      link.entityAlias = 'c';
      link.columns = new ColumnSet(['age']);
      const answer = service.retrieveMultiple(pageOf({ page, size: 1, cookie }, query));
      cookie = answer.pagingCookie;
      found.push(...answer.entities.map((one) => one.getAttributeValue<never>('c.age')?.['value']));
    }
    expect(found).toEqual([1, 2, 3]);
  });

  test.each([
    ['no XML', 'page 1'],
    ['another element', '<cake page="1"/>'],
    ['without a page', '<cookie/>'],
    ['with a page that is none', '<cookie page="0"/>'],
    ['with a column without a value', '<cookie page="1"><accountid first="x"/></cookie>'],
    ['with a document type', '<!DOCTYPE cookie><cookie page="1"/>'],
    ['that is too long', `<cookie page="1"/>${' '.repeat(1_000_000)}`],
  ])('that is %s is refused', (_, cookie) => {
    const run = () => serviceWith(five).retrieveMultiple(pageOf({ page: 2, size: 2, cookie }));
    expect(run).toThrow(DataverseFault);
    expect(run).toThrow('The paging cookie is none that was given with a page.');
  });

  test('that belongs to another query is refused', () => {
    const service = serviceWith(five);
    const { pagingCookie: cookie } = service.retrieveMultiple(pageOf({ page: 1, size: 2 }));
    expect(() => service.retrieveMultiple(pageOf({ page: 2, size: 2, cookie }, byName()))).toThrow(
      'The paging cookie belongs to another query.',
    );
  });

  test('has columns of any name', () => {
    const service = serviceWith([account(1, { 'a b': 1 }), account(2)]);
    const asked = (): QueryExpression =>
      new QueryExpression('account').addOrder('a b', 'Descending');
    const { pagingCookie: cookie } = service.retrieveMultiple(
      pageOf({ page: 1, size: 1 }, asked()),
    );
    expect(cookie).toContain('<a_x0020_b last="1" first="1" />');
    expect(
      numbers(service.retrieveMultiple(pageOf({ page: 2, size: 1, cookie }, asked()))),
    ).toEqual([2]);
  });

  test('is read as it was written, whatever stands in it', () => {
    const value = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
    const columns = fc.dictionary(
      fc.stringMatching(/^[a-z_]{1,8}$/),
      fc.record({ first: value, last: value }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), columns, (page, given) => {
        const cookie = { page, columns: new Map(Object.entries(given)) };
        expect(readCookie(writeCookie(cookie))).toEqual(cookie);
      }),
    );
  });
});

describe('pages together', () => {
  const values = fc.option(
    fc.oneof(
      fc.constantFrom<unknown>('a', 'A', 'b', 'b ', '\\', '\u0001', 'ß', true, false),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(new OptionSetValue(1), new OptionSetValue(2), new Date(0), new Date(7)),
    ),
    { nil: null },
  );

  test('D-87 DV-67 DV-68 have every record once, in one order, with cookies and without', () => {
    const given = fc.record({
      rows: fc.array(fc.record({ x: values, y: values }), { maxLength: 25 }),
      size: fc.integer({ min: 1, max: 6 }),
      orders: fc.subarray(['x', 'y'] as const),
      descending: fc.boolean(),
      cookies: fc.boolean(),
    });
    fc.assert(
      fc.property(given, ({ rows, size, orders, descending, cookies }) => {
        const service = serviceWith(rows.map((one, at) => account(at, one)));
        const asked = (): QueryExpression => {
          const query = new QueryExpression('account');
          for (const order of orders)
            query.addOrder(order, descending ? 'Descending' : 'Ascending');
          return query;
        };
        const all = numbers(service.retrieveMultiple(asked()));
        const found: number[] = [];
        let last: EntityCollection | undefined;
        for (let page = 1; page < 30 && (last?.moreRecords ?? true); page++) {
          const cookie = cookies ? last?.pagingCookie : undefined;
          last = service.retrieveMultiple(pageOf({ page, size, cookie }, asked()));
          found.push(...numbers(last));
        }
        expect(found).toEqual(all);
        expect(all).toHaveLength(rows.length);
      }),
      { numRuns: 300 },
    );
  });

  test('D-87 DV-67 have every record that stays, though others go between two pages', () => {
    const given = fc.record({
      rows: fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 4, maxLength: 20 }),
      size: fc.integer({ min: 1, max: 4 }),
      gone: fc.array(fc.nat(19)),
    });
    fc.assert(
      fc.property(given, ({ rows, size, gone }) => {
        const context = contextWith(rows.map((name, at) => account(at, { name })));
        const service = context.getOrganizationService();
        const first = service.retrieveMultiple(pageOf({ page: 1, size }, byName()));
        const left = new Set(rows.keys());
        for (const at of gone) {
          if (left.delete(at)) service.delete('account', idOf(at));
        }
        const found = [...numbers(first)];
        let { pagingCookie: cookie } = first;
        for (let page = 2; cookie !== undefined; page++) {
          const next = service.retrieveMultiple(pageOf({ page, size, cookie }, byName()));
          found.push(...numbers(next));
          cookie = next.pagingCookie;
        }
        expect(new Set(found).size).toBe(found.length);
        expect([...left].filter((at) => !found.includes(at))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('many records', () => {
  const many = Array.from({ length: 5001 }, (_, at) => account(at, { odd: at % 2, name: 'x' }));
  const service = serviceWith(many);

  test('D-37 come fewer at a time where the organization says so, and never more than 5,000', () => {
    const made = (maxRetrieveCount: number) =>
      XrmFakedContextFactory.new({ query: { maxRetrieveCount } });
    const context = made(3);
    context.initialize(Array.from({ length: 7 }, () => new Entity('account')));
    const few = context.getOrganizationService();
    const query = new QueryExpression('account');
    expect(few.retrieveMultiple(query)).toMatchObject({ moreRecords: true });
    expect(few.retrieveMultiple(query).entities).toHaveLength(3);
    query.pageInfo.pageNumber = 3;
    query.pageInfo.count = 100;
    expect(few.retrieveMultiple(query)).toMatchObject({ moreRecords: false });
    expect(few.retrieveMultiple(query).entities).toHaveLength(1);
    const top = new QueryExpression('account');
    top.topCount = 5;
    expect(few.retrieveMultiple(top).entities).toHaveLength(3);
    for (const count of [0, 5001, 1.5]) expect(() => made(count)).toThrow('`maxRetrieveCount`');
  });

  test('DV-68 come 5,000 at a time, however many are asked for', () => {
    const first = service.retrieveMultiple(new QueryExpression('account'));
    expect([first.entities.length, first.moreRecords]).toEqual([5000, true]);
    expect(service.retrieveMultiple(pageOf({ page: 1, size: 9999 })).entities).toHaveLength(5000);
    expect(service.retrieveMultiple(pageOf({ page: 2, size: 9999 })).entities).toHaveLength(1);
    expect(service.retrieveMultiple(pageOf({ page: 3, size: 5000 }))).toMatchObject({
      entities: [],
      moreRecords: false,
    });
    const query = new QueryExpression('account');
    query.topCount = 6000;
    expect(service.retrieveMultiple(query).entities).toHaveLength(5000);
  });

  test('D-87 DV-74 are counted up to 5,000 where somebody asks, whichever page it is', () => {
    const counted = (page: number, odd?: number): EntityCollection => {
      const query = pageOf({ page, size: 3 });
      query.pageInfo.returnTotalRecordCount = true;
      if (odd !== undefined) query.criteria.addCondition('odd', 'Equal', odd);
      return service.retrieveMultiple(query);
    };
    expect(counted(1)).toMatchObject({
      totalRecordCount: 5000,
      totalRecordCountLimitExceeded: true,
    });
    expect(counted(2, 0)).toMatchObject({
      totalRecordCount: 2501,
      totalRecordCountLimitExceeded: false,
    });
    expect(service.retrieveMultiple(pageOf({ page: 1, size: 1 })).totalRecordCount).toBe(-1);
  });

  test('DV-73 DV-74 that are the same are counted and paged as one', () => {
    const query = pageOf(
      { page: 1, size: 1 },
      new QueryExpression('account', new ColumnSet(['odd'])),
    );
    query.distinct = true;
    query.pageInfo.returnTotalRecordCount = true;
    const found = service.retrieveMultiple(query);
    expect(found).toMatchObject({
      totalRecordCount: 2,
      moreRecords: true,
      pagingCookie: '<cookie page="1" />',
    });
    const next = pageOf({ page: 2, size: 1, cookie: found.pagingCookie }, query);
    expect(service.retrieveMultiple(next).entities.map((one) => one.get('odd'))).toEqual([1]);
  });
});

describe('distinct', () => {
  test('DV-73 minds columns of links, not case, and not the id unless it is asked for', () => {
    const records = [
      account(1, { city: 'Ulm' }),
      account(2, { city: 'ULM' }),
      account(3, { city: 'Rom' }),
      ...[1, 1, 2].map(
        (of, at) =>
          new Entity('contact', idOf(100 + at), {
            parentcustomerid: new EntityReference('account', idOf(of)),
            age: at < 2 ? 30 : 40,
          }),
      ),
    ];
    const fetch = (inside: string): EntityCollection =>
      serviceWith(records).retrieveMultiple(
        new FetchExpression(
          `<fetch distinct="true"><entity name="account">${inside}</entity></fetch>`,
        ),
      );
    const city = '<attribute name="city"/>';
    const link =
      '<link-entity name="contact" from="parentcustomerid" to="accountid" link-type="outer" alias="c"><attribute name="age"/></link-entity>';
    const plain = ({ entities }: EntityCollection) =>
      entities.map(({ attributes }) => ({ ...attributes }));
    expect(plain(fetch(city))).toEqual([{ city: 'Ulm' }, { city: 'Rom' }]);
    expect(fetch(city + link).entities).toHaveLength(3);
    expect(fetch(city).entities[0]?.id).toBe('00000000-0000-0000-0000-000000000000');
    expect(numbers(fetch(`<attribute name="accountid"/>${link}`))).toEqual([1, 2, 3]);
    expect(numbers(fetch(`<no-attrs/>${link.replace('<attribute name="age"/>', '')}`))).toEqual([
      1, 2, 3,
    ]);
  });
});
