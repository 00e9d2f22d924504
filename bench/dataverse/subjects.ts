/** What is measured of the fake organization, and the same by copying all records and going through the copies. */
import {
  ColumnSet,
  Entity,
  type EntityReference,
  FetchExpression,
  QueryExpression,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '@interpose/dataverse';
import { coreSchema } from '@interpose/dataverse/core-schema';
import { CloneAndScan } from './clone-and-scan.ts';
import { accountOf, contactOf, contoso, idOf } from './contoso.ts';

/** Does it once, with a number that is another one each time. */
export type Call = (input: number) => unknown;

/** Prepares so many accounts. */
export type Prepare = (accounts: number) => Call;

const NAME = new ColumnSet(['name']);

function find(
  context: XrmFakedContext,
  prepare: (query: QueryExpression, input: number) => void,
): Call {
  const service = context.getOrganizationService();
  return (input) => {
    const query = new QueryExpression('account', NAME);
    prepare(query, input);
    return service.retrieveMultiple(query).entities.length;
  };
}

/** Ours. */
export const ours = {
  create: (accounts) => {
    const service = contoso(accounts).getOrganizationService();
    return (input) => service.create(new Entity('account', accountOf(input)));
  },
  retrieve: (accounts) => {
    const service = contoso(accounts).getOrganizationService();
    return (input) => service.retrieve('account', idOf('account', input % accounts), NAME);
  },
  equality: (accounts) =>
    find(contoso(accounts), (query, input) =>
      query.criteria.addCondition('code', 'Equal', `c${input % accounts}`),
    ),
  'four conditions without an index': (accounts) => {
    const service = contoso(accounts).getOrganizationService();
    return (input) => {
      const query = new QueryExpression('account', NAME);
      query.criteria.addCondition('revenue', 'NotEqual', input % 5000);
      query.criteria.addCondition('city', 'NotEqual', `City ${input % 50}`);
      query.criteria.addCondition('size', 'NotLike', '%');
      query.criteria.addCondition('code', 'Null');
      return service.retrieveMultiple(query).entities.length;
    };
  },
  contains: (accounts) =>
    find(contoso(accounts), (query, input) =>
      query.criteria.addCondition('name', 'Like', `% ${input % 100}99 of%`),
    ),
  'first 50 in order': (accounts) =>
    find(contoso(accounts), (query) => {
      query.addOrder('size', 'Descending');
      query.topCount = 50;
    }),
  join: (accounts) =>
    find(contoso(accounts, 2 * accounts), (query, input) => {
      query.criteria.addCondition('city', 'Equal', `City ${input % 50}`);
      query.addLink('contact', 'accountid', 'parentcustomerid').columns = new ColumnSet([
        'fullname',
      ]);
    }),
  'group by': (accounts) => {
    const service = contoso(Math.min(accounts, 50_000)).getOrganizationService();
    const fetch = new FetchExpression(
      `<fetch aggregate="true"><entity name="account"><attribute name="city" groupby="true" alias="city"/><attribute name="size" aggregate="sum" alias="sum"/></entity></fetch>`,
    );
    return () => service.retrieveMultiple(fetch).entities.length;
  },
  'transaction of 1,000, rolled back': (accounts) => {
    const context = contoso(accounts);
    const service = context.getOrganizationService();
    return () => {
      const transaction = context.store.begin();
      for (let at = 0; at < 1000; at++) service.create(new Entity('account', accountOf(at)));
      transaction.rollback();
      return context.count('account');
    };
  },
  'snapshot and restore': (accounts) => {
    const context = contoso(accounts);
    return () => context.restore(context.snapshot());
  },
  'new context with the core schema': () => () =>
    XrmFakedContextFactory.new({ metadata: coreSchema() }),
} as const satisfies Readonly<Record<string, Prepare>>;

/** What is measured. */
export type Name = keyof typeof ours;

function scanned(accounts: number, contacts = 0): CloneAndScan {
  const fake = new CloneAndScan();
  for (let at = 0; at < accounts; at++) fake.create('account', idOf('account', at), accountOf(at));
  for (let at = 0; at < contacts; at++) {
    fake.create('contact', idOf('contact', at), contactOf(at, accounts));
  }
  return fake;
}

/** The way of the .NET fakes. */
export const cloneAndScan: Partial<Readonly<Record<Name, Prepare>>> = {
  equality: (accounts) => {
    const fake = scanned(accounts);
    return (input) =>
      fake.find('account', ({ code }) => (code as string).toLowerCase() === `c${input % accounts}`);
  },
  contains: (accounts) => {
    const fake = scanned(accounts);
    return (input) =>
      fake.find('account', ({ name }) =>
        (name as string).toLowerCase().includes(` ${input % 100}99 of`),
      );
  },
  'first 50 in order': (accounts) => {
    const fake = scanned(accounts);
    const sizeOf = ({ size }: Readonly<Record<string, unknown>>): number => size as number;
    return () =>
      fake
        .find('account', () => true)
        .toSorted((one, other) => sizeOf(other) - sizeOf(one))
        .slice(0, 50);
  },
  join: (accounts) => {
    const fake = scanned(accounts, 2 * accounts);
    return (input) => {
      const found = fake.find('account', ({ city }) => city === `City ${input % 50}`);
      const byId = new Map(found.map((account) => [account['accountid'], account]));
      return fake.find('contact', ({ parentcustomerid }) =>
        byId.has((parentcustomerid as EntityReference).id),
      );
    };
  },
};
