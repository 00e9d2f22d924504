/** Tests of what queries may not be: too large, without an end, or strange. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  DataverseFault,
  Entity,
  FetchExpression,
  QueryExpression,
  XrmFakedContextFactory,
} from '../index.ts';

const idOf = (at: number): string => `0000000a-0000-4000-8000-${String(at).padStart(12, '0')}`;

const account = (at: number, attributes: object = {}): Entity =>
  new Entity('account', idOf(at), attributes as never);

function serviceWith(records: readonly Entity[]) {
  const context = XrmFakedContextFactory.new();
  context.initialize(records);
  return context.getOrganizationService();
}

describe('limits', () => {
  const conditions = (count: number): QueryExpression => {
    const query = new QueryExpression('account');
    for (let at = 0; at < count; at++) query.criteria.addCondition('x', 'NotEqual', at);
    return query;
  };

  const links = (count: number): QueryExpression => {
    const query = new QueryExpression('account');
    for (let at = 0; at < count; at++) query.addLink('contact', 'accountid', 'x', 'LeftOuter');
    return query;
  };

  test('DV-16 a query has 500 conditions at most', () => {
    const service = serviceWith([account(1)]);
    expect(service.retrieveMultiple(conditions(500)).entities).toHaveLength(1);
    expect(() => service.retrieveMultiple(conditions(501))).toThrow(
      'Number of conditions in query exceeded maximum limit.',
    );
    expect(() => service.retrieveMultiple(conditions(501))).toThrow(
      expect.objectContaining({ hexCode: '0x8004430c' }),
    );
    const condition = '<condition attribute="x" operator="null"/>';
    const fetch = `<fetch><entity name="account"><filter>${condition.repeat(250)}<filter>${condition.repeat(251)}</filter></filter></entity></fetch>`;
    expect(() => service.retrieveMultiple(new FetchExpression(fetch))).toThrow(
      'Number of conditions',
    );
  });

  test('DV-57 a query has 15 links at most', () => {
    const service = serviceWith([account(1)]);
    expect(service.retrieveMultiple(links(15)).entities).toHaveLength(1);
    expect(() => service.retrieveMultiple(links(16))).toThrow(
      'Number of link entities in query exceeded maximum limit.',
    );
    expect(() => service.retrieveMultiple(links(16))).toThrow(
      expect.objectContaining({ hexCode: '0x8004430d' }),
    );
  });

  test('a query that stands in itself, or too deep, is refused', () => {
    const service = serviceWith([account(1)]);
    const round = new QueryExpression('account');
    round.criteria.addFilter(round.criteria);
    expect(() => service.retrieveMultiple(round)).toThrow('stand more than 100 deep');
    const twice = new QueryExpression('account');
    twice.criteria.addFilter(twice.criteria);
    twice.criteria.addFilter(twice.criteria);
    expect(() => service.retrieveMultiple(twice)).toThrow(DataverseFault);
    const deep = new QueryExpression('account');
    let { criteria } = deep;
    for (let at = 0; at < 10_000; at++) criteria = criteria.addFilter('Or');
    expect(() => service.retrieveMultiple(deep)).toThrow('stand more than 100 deep');
    // Each filter holds the next one twice: 40 deep, and beyond counting wide.
    const wide = new QueryExpression('account');
    let level = wide.criteria;
    for (let at = 0; at < 40; at++) {
      const next = level.addFilter();
      level.addFilter(next);
      level = next;
    }
    expect(() => service.retrieveMultiple(wide)).toThrow('Number of conditions in query');
    const linked = new QueryExpression('account');
    const link = linked.addLink('account', 'a', 'b');
    link.linkEntities.push(link);
    expect(() => service.retrieveMultiple(linked)).toThrow('stand more than 100 deep');
  });
});

describe('what is strange', () => {
  const service = serviceWith([
    account(1, { 'a b': 1, ['__proto__']: 2, constructor: 3 }),
    account(2),
  ]);

  test('in a QueryExpression is refused', () => {
    const broken: readonly ((query: QueryExpression) => void)[] = [
      (query) => void (query.criteria = null as never),
      (query) => void (query.columnSet = ['name'] as never),
      (query) => void (query.pageInfo = undefined as never),
      (query) => void (query.entityName = '' as never),
      (query) => void (query.topCount = -1),
      (query) => void (query.pageInfo.count = Number.NaN),
      (query) => void query.linkEntities.push({} as never),
      (query) => void query.orders.push('name' as never),
      (query) => void query.addOrder(''),
      (query) => void query.criteria.conditions.push({ attributeName: 'a' } as never),
      (query) => void query.criteria.addCondition('a', 'constructor' as never),
      (query) => void query.criteria.addCondition(7 as never, 'Null'),
      (query) => void query.criteria.addCondition('a', 'Equal', [], { compareColumns: true }),
      (query) => void query.addLink('contact', 'a', 'b', 'toString' as never),
      (query) => void (query.addLink('contact', 'a', 'b').entityAlias = 'a b'),
    ];
    for (const spoil of broken) {
      const query = new QueryExpression('account');
      spoil(query);
      expect(() => service.retrieveMultiple(query), spoil.toString()).toThrow(DataverseFault);
    }
  });

  test('as a name of a table, a column or an alias makes no difference', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const query = new QueryExpression(name, new ColumnSet([name]));
      query.criteria.addCondition(name, 'NotEqual', 1);
      const link = query.addLink(name, name, name, 'LeftOuter');
      [link.entityAlias, link.columns] = [name, new ColumnSet([name])];
      query.addOrder(name);
      expect(service.retrieveMultiple(query).entities).toEqual([]);
      const aliased = `<fetch><entity name="account"><attribute name="accountid" alias="${name}"/></entity></fetch>`;
      const [first] = service.retrieveMultiple(new FetchExpression(aliased)).entities;
      expect(first?.contains(name)).toBe(true);
      expect(first?.getAttributeValue<never>(name)?.['value']).toBe(idOf(1));
    }
  });

  test('D-85 as a link that is there twice, or more than once by its table, is told', () => {
    const link = (alias: string): string =>
      `<link-entity name="contact" from="a" to="b" ${alias && `alias="${alias}"`} link-type="outer"/>`;
    const run = (inside: string) => () =>
      service.retrieveMultiple(
        new FetchExpression(`<fetch><entity name="account">${inside}</entity></fetch>`),
      );
    expect(run(link('c') + link('c'))).toThrow(
      'Table c is not unique amongst all top-level table and join aliases',
    );
    const condition = (name: string): string =>
      `<filter><condition entityname="${name}" attribute="x" operator="null"/></filter>`;
    expect(run(link('') + link('') + condition('contact'))).toThrow(
      "There's more than one LinkEntity expressions with name=contact",
    );
    expect(run(link('') + condition('contact'))().entities).toHaveLength(2);
    expect(run(condition('account'))().entities).toHaveLength(2);
    expect(run(condition('lead'))).toThrow('LinkEntity with name or alias lead is not found');
  });
});
