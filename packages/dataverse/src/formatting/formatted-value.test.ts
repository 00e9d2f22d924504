/** Tests of what people are shown for values. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  Entity,
  EntityReference,
  Money,
  OptionSetValue,
  OptionSetValueCollection,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { dateText } from './date-pattern.ts';

const ALL = new ColumnSet(true);
const options = [
  { value: 1, label: 'Red' },
  { value: 2, label: 'Blue' },
];

const thing: EntityMetadata = {
  logicalName: 'new_thing',
  primaryNameAttribute: 'new_name',
  attributes: {
    new_kind: { logicalName: 'new_kind', type: 'Picklist', options },
    new_tags: { logicalName: 'new_tags', type: 'MultiSelectPicklist', options },
    new_open: { logicalName: 'new_open', type: 'Boolean', trueLabel: 'Open', falseLabel: 'Shut' },
    new_count: { logicalName: 'new_count', type: 'Integer' },
    new_share: { logicalName: 'new_share', type: 'Decimal', precision: 3 },
    new_value: { logicalName: 'new_value', type: 'Money' },
    new_due: { logicalName: 'new_due', type: 'DateTime' },
    new_day: { logicalName: 'new_day', type: 'DateTime', behavior: 'DateOnly' },
    new_fixed: { logicalName: 'new_fixed', type: 'DateTime', behavior: 'TimeZoneIndependent' },
    new_parent: { logicalName: 'new_parent', type: 'Lookup', targets: ['new_thing'] },
  },
};

function shown(attributes: Entity['attributes'], more = {}) {
  const context = XrmFakedContextFactory.new({ metadata: { entities: [thing] }, ...more });
  const euro = new Entity('transactioncurrency', '33333333-3333-4333-8333-333333333333', {
    currencysymbol: '€',
    currencyprecision: 1,
  });
  context.initialize([euro]);
  const service = context.getOrganizationService();
  const parent = service.create(new Entity('new_thing', { new_name: 'Parent' }));
  const record = new Entity('new_thing', attributes);
  record.set('new_parent', new EntityReference('new_thing', parent));
  record.set('transactioncurrencyid', euro.toEntityReference());
  const found = service.retrieve('new_thing', service.create(record), ALL);
  return { found, texts: found.formattedValues, parent };
}

const moment = new Date('2024-03-05T23:04:05Z');

describe('what people are shown', () => {
  test('D-90 for choices, states, yes and no are their labels', () => {
    const { found, texts } = shown({
      new_kind: new OptionSetValue(2),
      new_tags: new OptionSetValueCollection([2, 1]),
      new_open: false,
    });
    expect(texts).toMatchObject({
      new_kind: 'Blue',
      new_tags: 'Red; Blue',
      new_open: 'Shut',
      statecode: 'Active',
      statuscode: 'Active',
    });
    expect(found.getFormattedValue('new_kind')).toBe('Blue');
  });

  test('D-90 for numbers, amounts and dates is in their language', () => {
    const given = {
      new_count: 12345,
      new_share: 1.5,
      new_value: new Money(-1234.56),
      new_due: moment,
      new_day: moment,
      new_fixed: moment,
    };
    expect(shown(given).texts).toMatchObject({
      new_count: '12,345',
      new_share: '1.500',
      new_value: '-€1,234.6',
      new_due: '3/5/2024 11:04 PM',
      new_day: '3/5/2024',
      new_fixed: '3/5/2024 11:04 PM',
    });
    expect(shown(given, { locale: 'de-DE' }).texts).toMatchObject({
      new_count: '12.345',
      new_value: '-€1.234,6',
      new_due: '5.3.2024 23:04',
    });
    expect(() => shown(given, { locale: 'no language' })).toThrow(
      'Expected `locale` to be a language',
    );
  });

  test('D-90 for a reference is the name of its record, which it has, too', () => {
    const { found, texts, parent } = shown({});
    expect(texts).toMatchObject({ new_parent: 'Parent' });
    expect(found.get('new_parent')).toEqual(
      new EntityReference('new_thing', parent, { name: 'Parent' }),
    );
    expect(texts).not.toHaveProperty('new_thingid');
  });

  test('D-90 of columns that nobody has described is what can be known', () => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    const named = new EntityReference('contact', '55555555-5555-4555-8555-555555555555', {
      name: 'Ada',
    });
    const id = service.create(
      new Entity('account', { a: new OptionSetValue(1), b: true, c: named, d: 5 }),
    );
    const found = service.retrieve('account', id, ALL);
    expect(found.get('c')).toEqual(named);
    expect(found.formattedValues).toMatchObject({ b: 'Yes', c: 'Ada' });
    expect(Object.keys(found.formattedValues)).not.toContain('a');
    expect(Object.keys(found.formattedValues)).not.toContain('d');
  });
});

test('a pattern writes every part of a moment', () => {
  const local = Date.UTC(2024, 2, 5, 15, 4, 9, 70);
  const text = (pattern: string): string => dateText(local, { pattern, locale: 'en-US' });
  expect(text('yyyy-MM-dd HH:mm:ss.fff')).toBe('2024-03-05 15:04:09.070');
  expect(text('d.M.yy h:m:s tt')).toBe('5.3.24 3:4:9 PM');
  expect(text("dddd, ddd, MMMM MMM 'at' hh \\h")).toBe('Tuesday, Tue, March Mar at 03 h');
  expect(dateText(Date.UTC(2024, 0, 1), { pattern: 'h tt H', locale: 'en-US' })).toBe('12 AM 0');
});
