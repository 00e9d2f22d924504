/** Tests of interfaces that are written from metadata. */
import { describe, expect, test } from 'vitest';
import { XrmFakedContextFactory } from '../index.ts';
import type { EntityMetadata } from './entity-metadata.ts';
import { tablesSource } from './tables-source.ts';

const table = (
  logicalName: string,
  attributes: EntityMetadata['attributes'],
  more = {},
): EntityMetadata => ({
  logicalName,
  isComplete: true,
  attributes,
  ...more,
});

const metadataOf = (...entities: EntityMetadata[]) =>
  XrmFakedContextFactory.new({ metadata: { entities } }).metadata;

const account = table(
  'account',
  {
    name: { logicalName: 'name', type: 'String', displayName: 'Account Name' },
    accountid: { logicalName: 'accountid', type: 'Uniqueidentifier' },
    revenue: { logicalName: 'revenue', type: 'Money' },
    industrycode: {
      logicalName: 'industrycode',
      type: 'Picklist',
      displayName: 'Industry',
      options: [
        { value: 1, label: 'Mining' },
        { value: 2, label: 'End */ here' },
      ],
    },
    primarycontactid: { logicalName: 'primarycontactid', type: 'Lookup', targets: ['contact'] },
    entityimage: { logicalName: 'entityimage', type: 'Image' },
    '2odd-name': { logicalName: '2odd-name', type: 'Integer' },
  },
  { schemaName: 'Account' },
);

describe('the source of tables', () => {
  test('has an interface for each, with what its columns take', () => {
    expect(tablesSource(metadataOf(account)))
      .toBe(`/** The tables of an organization; written by tablesSource(), not by hand. */
import type { EntityReference, Guid, Money, OptionSetValue } from '@interpose/dataverse';

/** Account */
export interface Account {
  readonly '2odd-name': number;
  readonly accountid: Guid;
  readonly entityimage: Uint8Array;
  /** Industry: 1 Mining, 2 End * / here */
  readonly industrycode: OptionSetValue;
  /** Account Name */
  readonly name: string;
  /** contact */
  readonly primarycontactid: EntityReference;
  readonly revenue: Money;
}

/** The tables by their logical names. */
export interface Tables {
  readonly account: Account;
}
`);
  });

  test('gives each a name of its own', () => {
    const source = tablesSource(
      metadataOf(
        table('new_thing', {}),
        table('newthing', {}, { schemaName: 'NewThing' }),
        table('money', {}),
        table('_5', {}),
      ),
    );
    expect([...source.matchAll(/^export interface (\w+)/gm)].map(([, name]) => name)).toEqual([
      'Table5',
      'Money2',
      'NewThing',
      'NewThing2',
      'Tables',
    ]);
  });

  test('is of those that are asked for, and of none that nobody knows', () => {
    const metadata = metadataOf(account, table('contact', {}));
    const source = tablesSource(metadata, { tables: ['contact'], module: './here.ts' });
    expect(source).toContain('export interface Contact {');
    expect(source).not.toContain('Account');
    expect(() => tablesSource(metadata, { tables: ['toString'] })).toThrow(
      "a name = 'toString' was not found",
    );
  });
});
