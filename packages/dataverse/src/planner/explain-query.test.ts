/** Tests of plans: which rows are looked at, and when indexes come and are used. */
import { describe, expect, test } from 'vitest';
import { id, organizationAt, records } from '../../test-kit/organization-of.ts';
import {
  Entity,
  EntityReference,
  explainQuery,
  type FilterExpression,
  LinkEntity,
  QueryExpression,
  type XrmFakedContext,
} from '../index.ts';

const ROWS = 2500;

function large(): XrmFakedContext {
  const context = organizationAt('2026-05-20T15:45:30Z');
  const given = Array.from({ length: ROWS }, (_, at) => ({
    name: `Name ${at}`,
    city: `City ${at % 50}`,
    size: at % 100,
    parent: new EntityReference('parent', id(at % 500)),
  }));
  context.initialize([
    ...records('child', given),
    ...records(
      'parent',
      Array.from({ length: 500 }, (_, at) => ({ name: `Parent ${at}` })),
    ),
    new Entity('lonely', id(1), { name: 'x' }),
  ]);
  return context;
}

function plan(
  context: XrmFakedContext,
  prepare: (query: QueryExpression, criteria: FilterExpression) => void,
  table = 'child',
) {
  const query = new QueryExpression(table);
  prepare(query, query.criteria);
  const before = explainQuery(context, query);
  const service = context.getOrganizationService();
  const found = service.retrieveMultiple(query);
  expect(service.retrieveMultiple(query)).toEqual(found);
  return { before, after: explainQuery(context, query), found: found.entities.length };
}

describe('a plan', () => {
  const context = large();

  test('goes by the id where that is named, and makes no index for it', () => {
    const { before, after, found } = plan(context, (_, criteria) =>
      criteria.addCondition('childid', 'Equal', id(7)).addCondition('city', 'Equal', 'City 6'),
    );
    expect([before.ways, before.rows, found]).toEqual([['id'], 1, 1]);
    expect(after.steps).toEqual([
      'child: by id of childid, about 1 of 2500 rows',
      '  keep childid Equal',
      '  keep city Equal',
      'sort by id',
    ]);
  });

  test('goes through all rows first, and by an index when the question comes again', () => {
    const { before, after, found } = plan(context, (_, criteria) =>
      criteria.addCondition('name', 'Equal', 'name 77'),
    );
    expect([before.ways, before.rows]).toEqual([['all rows'], ROWS]);
    expect([after.ways, after.rows, found]).toEqual([['hash index'], 1, 1]);
  });

  test('takes the index that comes to the fewest rows', () => {
    plan(context, (_, criteria) => criteria.addCondition('city', 'Equal', 'City 3'));
    const { after } = plan(context, (_, criteria) =>
      criteria.addCondition('city', 'Equal', 'City 3').addCondition('name', 'In', ['Name 3', 'x']),
    );
    expect(after.steps[0]).toBe('child: by hash index of name, about 1 of 2500 rows');
  });

  test('finds ranges, parts of texts and either of two', () => {
    const range = plan(context, (_, criteria) => criteria.addCondition('size', 'Between', [3, 4]));
    expect([range.after.ways, range.after.rows, range.found]).toEqual([['ordered index'], 50, 50]);
    const text = plan(context, (_, criteria) => criteria.addCondition('name', 'Like', '%99%'));
    expect([text.after.ways, text.found]).toEqual([['text column'], 43]);
    const union = plan(context, (_, criteria) => {
      const either = criteria.addFilter('Or');
      either.addCondition('name', 'Equal', 'Name 1').addCondition('size', 'GreaterEqual', 99);
    });
    expect([union.after.ways, union.after.rows, union.found]).toEqual([['union'], 26, 26]);
  });

  test('stops early where the first few are wanted in an order that an index has', () => {
    const { before, after, found } = plan(large(), (query) => {
      query.addOrder('size', 'Descending');
      query.topCount = 5;
    });
    expect([before.ways, before.sorts]).toEqual([['all rows'], true]);
    expect([after.ways, after.sorts, after.rows, found]).toEqual([['in order'], false, 5, 5]);
    expect(after.steps[0]).toBe('child: in the order of size, from the end, the first 5 that fit');
  });

  test('begins with linked rows where those are fewer', () => {
    const { after, found } = plan(context, (query) => {
      const link = query.addLink('parent', 'parent', 'parentid');
      link.entityAlias = 'p';
      link.linkCriteria.addCondition('parentid', 'Equal', id(8));
      query.criteria.addCondition('parent', 'NotNull');
      query.criteria.addCondition('name', 'NotNull', [], { entityName: 'p' });
    });
    expect(found).toBe(5);
    // The column by which they are joined has no index before somebody looks for values of it.
    expect(after.ways).toEqual(['all rows']);
    plan(context, (_, criteria) => criteria.addCondition('parent', 'Equal', id(1)));
    const again = plan(context, (query) => {
      query
        .addLink('parent', 'parent', 'parentid')
        .linkCriteria.addCondition('parentid', 'Equal', id(8));
    });
    expect([again.after.ways, again.after.rows, again.found]).toEqual([['linked rows'], 5, 5]);
  });

  test('asks for linked rows at once where they are few, and tells where parts of the filter are asked', () => {
    const { after, found } = plan(
      context,
      (query) => {
        const ends = {
          linkFromEntityName: 'parent',
          linkFromAttributeName: 'parentid',
          linkToEntityName: 'child',
          linkToAttributeName: 'parent',
        };
        const any = new LinkEntity(ends, 'Any');
        any.linkCriteria.addCondition('name', 'Equal', 'Name 77');
        query.criteria.anyAllFilterLinkEntities.push(any);
        query.addLink('lonely', 'name', 'name', 'LeftOuter').entityAlias = 'l';
        query.criteria.addCondition('lonelyid', 'Null', [], { entityName: 'l' });
        query.criteria.addCondition('name', 'Equal', 'name', { compareColumns: true });
      },
      'parent',
    );
    expect(found).toBe(1);
    expect(after.steps).toEqual([
      'parent: by linked rows of child, about 1 of 500 rows',
      '  keep name Equal name',
      '  keep any child',
      '  outer lonely as l: by hash index of name',
      '    keep lonelyid Null',
      'sort by id',
    ]);
  });
});

test('a table that is described has indexes of what its records belong together by', () => {
  const context = organizationAt('2026-05-20T15:45:30Z');
  context.initializeMetadata([
    {
      logicalName: 'child',
      attributes: {
        parent: { logicalName: 'parent', type: 'Lookup', targets: ['parent'] },
        code: { logicalName: 'code', type: 'String' },
      },
      keys: [{ logicalName: 'bycode', keyAttributes: ['code'] }],
    },
  ]);
  context.initialize(
    records('child', [{ code: 'a', parent: new EntityReference('parent', id(1)) }]),
  );
  expect(context.store.table('child').hasIndex('parent')).toBe(true);
  expect(context.store.table('child').hasIndex('code')).toBe(true);
});
