/** Tests of all plans against the plain way: random data, random queries, and writes between them. */
import { seededRandom } from '@interpose/testing';
import { expect, test } from 'vitest';
import { plainQuery } from '../../test-kit/plain-query.ts';
import { Chooser, fill, randomQuery, TODAY, writeAnywhere } from '../../test-kit/random-queries.ts';
import type { Caller } from '../context/caller.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { MetadataBook } from '../metadata/metadata-book.ts';
import { QueryEnvironment } from '../query/query-environment.ts';
import type { Query } from '../query/query.ts';
import type { QueryScope } from '../query/query-scope.ts';
import { planFor, runQuery } from '../query/run-query.ts';
import { STANDARD_RULES } from '../query/standard-conditions.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Store } from '../store/store.ts';
import { explainPlan } from './explanation.ts';

/** How many queries; a hundred thousand are asked by `QUERIES=100000 npx vitest run differential`. */
const QUERIES = Number(process.env['QUERIES'] ?? 4000);
const QUERIES_A_STORE = 40;

const caller: Caller = {
  callerId: new EntityReference('systemuser', '00000000-0000-4000-8000-000000000001'),
  impersonatedUserId: undefined,
  businessUnitId: new EntityReference('businessunit', '00000000-0000-4000-8000-000000000002'),
  organizationId: '00000000-0000-4000-8000-000000000003',
};

/** A table that is described, so that its choices have labels and its records are called something. */
const ALPHA: EntityMetadata = {
  logicalName: 'alpha',
  primaryNameAttribute: 'text',
  attributes: {
    text: { logicalName: 'text', type: 'String' },
    number: { logicalName: 'number', type: 'Integer' },
    big: { logicalName: 'big', type: 'BigInt' },
    flag: { logicalName: 'flag', type: 'Boolean' },
    amount: { logicalName: 'amount', type: 'Money' },
    choice: {
      logicalName: 'choice',
      type: 'Picklist',
      options: ['d', 'B', 'c', 'a'].map((label, value) => ({ label, value })),
    },
    choices: { logicalName: 'choices', type: 'MultiSelectPicklist', options: [] },
    date: { logicalName: 'date', type: 'DateTime' },
    parent: { logicalName: 'parent', type: 'Lookup', targets: ['alpha'] },
    other: { logicalName: 'other', type: 'Lookup', targets: ['beta'] },
    odd: { logicalName: 'odd', type: 'String' },
  },
};

/** A store that makes indexes at once, so that small tables have all that large ones get. */
function scopeOf(chooser: Chooser): QueryScope {
  const habits = { minRows: 0, minUses: 1 + chooser.below(3), most: 2 + chooser.below(30) };
  const lasting = chooser.chance(0.5) ? ['parent', 'choice'] : [];
  const store = new Store(() => lasting, habits);
  const metadata = new MetadataBook();
  if (chooser.chance(0.5)) metadata.addEntities([ALPHA]);
  const world = {
    store,
    metadata,
    clock: { now: () => 0, wall: () => TODAY, setTimer: () => () => {} },
    querySettings: { timeZone: chooser.one(['UTC', 'Europe/Berlin', 'America/St_Johns']) },
    hasProperty: () => false,
    getProperty: (): never => {
      throw new TypeError('There is none.');
    },
  };
  return {
    store,
    metadata,
    rules: STANDARD_RULES,
    environment: new QueryEnvironment(world, caller),
  };
}

const idsOf = (rows: readonly (readonly ({ readonly id: string } | undefined)[])[]): string[] =>
  rows.map((joined) => joined.map((row) => row?.id ?? '-').join(' '));

function expected(query: Query, scope: QueryScope) {
  const all = plainQuery(query, scope);
  const size = query.page?.size ?? query.top ?? 5000;
  const from = query.page ? (query.page.number - 1) * size : 0;
  return {
    ids: idsOf(all.slice(from, from + size)),
    moreRecords: query.top === undefined && all.length > from + size,
    total: query.counts ? all.length : -1,
  };
}

/** What a query comes to, or what is wrong with it: the plan may find a fault that no row would have come to. */
function outcome<T>(find: () => T): T | string {
  try {
    return find();
  } catch (error) {
    return (error as Error).message;
  }
}

test(
  `every plan finds what the plain way finds, in ${QUERIES} queries`,
  { timeout: 900_000 },
  () => {
    const seen = new Set<string>();
    let fruitful = 0;
    for (let seed = 0; seed * QUERIES_A_STORE < QUERIES; seed++) {
      const chooser = new Chooser(seededRandom(seed));
      const scope = scopeOf(chooser);
      fill(scope.store, chooser);
      for (let at = 0; at < QUERIES_A_STORE; at++) {
        const query = randomQuery(chooser);
        const found = outcome(() => {
          const { rows, moreRecords, total } = runQuery(query, scope);
          return { ids: idsOf(rows), moreRecords, total };
        });
        if (typeof found !== 'string') {
          fruitful += Number(found.ids.length > 0);
          expect({ seed, at, query, found }).toEqual({
            seed,
            at,
            query,
            found: expected(query, scope),
          });
          for (const way of explainPlan(planFor(query, scope, false)).ways) seen.add(way);
        }
        if (chooser.chance(0.3)) writeAnywhere(scope.store, chooser);
      }
    }
    // Otherwise most queries would not have said anything.
    expect(fruitful).toBeGreaterThan(QUERIES * 0.3);
    // Otherwise plans of that kind would not have been tried.
    for (const way of [
      'id',
      'hash index',
      'ordered index',
      'text column',
      'linked rows',
      'union',
      'all rows',
      'in order',
    ]) {
      expect(seen).toContain(way);
    }
  },
);
