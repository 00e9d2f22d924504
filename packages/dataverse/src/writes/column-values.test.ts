/** Tests of what columns take: types, lengths, ranges, choices, tables referred to, and who may write what. */
import { describe, expect, test } from 'vitest';
import {
  type AttributeValue,
  ColumnSet,
  DataverseFault,
  Entity,
  EntityCollection,
  EntityReference,
  Money,
  OptionSetValue,
  OptionSetValueCollection,
  type OrganizationService,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';

const ID = '11111111-1111-4111-8111-111111111111';

const thing: EntityMetadata = {
  logicalName: 'new_thing',
  schemaName: 'new_Thing',
  primaryNameAttribute: 'new_name',
  attributes: {
    new_name: { logicalName: 'new_name', type: 'String', maxLength: 10 },
    new_notes: { logicalName: 'new_notes', type: 'Memo' },
    new_count: { logicalName: 'new_count', type: 'Integer', minValue: 0, maxValue: 100 },
    new_big: { logicalName: 'new_big', type: 'BigInt' },
    new_share: {
      logicalName: 'new_share',
      type: 'Decimal',
      minValue: 0,
      maxValue: 1,
      precision: 3,
    },
    new_size: { logicalName: 'new_size', type: 'Double', maxValue: 5 },
    new_open: { logicalName: 'new_open', type: 'Boolean', defaultValue: true },
    new_due: { logicalName: 'new_due', type: 'DateTime' },
    new_day: { logicalName: 'new_day', type: 'DateTime', behavior: 'DateOnly' },
    new_kind: {
      logicalName: 'new_kind',
      type: 'Picklist',
      defaultValue: 1,
      options: [
        { value: 1, label: 'One' },
        { value: 2, label: 'Two' },
      ],
    },
    new_tags: {
      logicalName: 'new_tags',
      type: 'MultiSelectPicklist',
      options: [
        { value: 1, label: 'Red' },
        { value: 2, label: 'Blue' },
      ],
    },
    new_parent: { logicalName: 'new_parent', type: 'Lookup', targets: ['account', 'new_thing'] },
    new_key: { logicalName: 'new_key', type: 'Uniqueidentifier' },
    new_table: { logicalName: 'new_table', type: 'EntityName' },
    new_parties: { logicalName: 'new_parties', type: 'PartyList', targets: [] },
    new_image: { logicalName: 'new_image', type: 'Image' },
    new_fixed: { logicalName: 'new_fixed', type: 'String', isValidForUpdate: false },
    new_later: { logicalName: 'new_later', type: 'String', isValidForCreate: false },
    new_secret: { logicalName: 'new_secret', type: 'String', isValidForRead: false },
    new_must: { logicalName: 'new_must', type: 'String', requiredLevel: 'SystemRequired' },
  },
};

function organization(): { context: XrmFakedContext; service: OrganizationService } {
  const context = XrmFakedContextFactory.new({ metadata: { entities: [thing] } });
  return { context, service: context.getOrganizationService() };
}

function faultOf(act: () => unknown): DataverseFault {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(DataverseFault);
    return error as DataverseFault;
  }
  throw new Error('It was allowed.');
}

const withValue = (name: string, value: AttributeValue): Entity =>
  new Entity('new_thing', { new_must: 'x', [name]: value });

describe('a column that is described', () => {
  test.each<[string, AttributeValue, string]>([
    ['new_name', 5, 'String'],
    ['new_count', '5', 'Integer'],
    ['new_count', 1.5, 'Integer'],
    ['new_big', 1.5, 'BigInt'],
    ['new_share', '0.5', 'Decimal'],
    ['new_size', true, 'Double'],
    ['new_open', 1, 'Boolean'],
    ['new_due', 'tomorrow', 'DateTime'],
    ['new_due', '2024-02-31', 'DateTime'],
    ['new_kind', 1, 'OptionSetValue'],
    ['new_tags', new OptionSetValue(1), 'OptionSetValueCollection'],
    ['new_parent', ID, 'EntityReference'],
    ['new_key', 'no guid', 'Guid'],
    ['new_table', 5, 'String'],
    ['new_parties', new EntityReference('account', ID), 'EntityCollection'],
    ['new_image', 'bytes', 'bytes'],
  ])('D-63 %s refuses %o, which is no %s', (name, value, wanted) => {
    const { context, service } = organization();
    const fault = faultOf(() => service.create(withValue(name, value)));
    expect(fault.message).toContain(
      `The attribute '${name}' of entity 'new_thing' has an invalid type. Expected: ${wanted}, but got: `,
    );
    expect(fault.hexCode).toBe('0x80040203');
    expect(context.count('new_thing')).toBe(0);
  });

  test.each<[string, AttributeValue, string, string]>([
    ['new_name', 'longer than ten', '0x80044331', "exceeded the maximum allowed length of '10'."],
    [
      'new_notes',
      'x'.repeat(2001),
      '0x80044331',
      "'new_notes' attribute of the 'new_thing' entity",
    ],
    ['new_count', 101, '0x8004432f', 'An integer provided is outside of the allowed values'],
    ['new_count', -1, '0x8004432f', 'An integer provided is outside of the allowed values'],
    ['new_share', 1.1, '0x80044330', 'A decimal value provided is outside'],
    ['new_size', 6, '0x80044330', 'A decimal value provided is outside'],
    [
      'new_kind',
      new OptionSetValue(3),
      '0x8004431a',
      "The value 3 of 'new_kind' on record of type 'new_thing' is outside the valid range",
    ],
    ['new_tags', new OptionSetValueCollection([1, 9]), '0x8004431a', "The value 9 of 'new_tags'"],
    [
      'new_parent',
      new EntityReference('contact', ID),
      '0x80040203',
      'refers to account or new_thing, not to contact',
    ],
    [
      'new_unknown',
      1,
      '0x80041103',
      "'new_Thing' entity doesn't contain attribute with Name = 'new_unknown' and NameMapping = 'Logical'.",
    ],
    ['__proto__', 'x', '0x80041103', "attribute with Name = '__proto__'"],
    ['toString', 'x', '0x80041103', "attribute with Name = 'toString'"],
    [
      'new_later',
      'x',
      '0x80040203',
      "'new_later' of entity 'new_thing' is not valid for Create operations.",
    ],
  ])('D-63 %s refuses %o with %s', (name, value, code, text) => {
    const { context, service } = organization();
    const fault = faultOf(() => service.create(withValue(name, value)));
    expect(fault.hexCode).toBe(code);
    expect(fault.message).toContain(text);
    expect(context.count('new_thing')).toBe(0);
  });

  test('takes what it is for, and gives it back', () => {
    const { service } = organization();
    const given = {
      new_must: 'x',
      new_name: 'ten letter',
      new_count: 100,
      new_big: 9_007_199_254_740_993n,
      new_share: 0.1235,
      new_size: 4.5,
      new_open: false,
      new_due: new Date('2024-05-06T07:08:09.010Z'),
      new_tags: new OptionSetValueCollection([2, 1]),
      new_parent: new EntityReference('account', ID),
      new_key: `{${ID.toUpperCase()}}`,
      new_table: 'account',
      new_parties: new EntityCollection([new Entity('activityparty', { addressused: 'a@b.c' })]),
      new_image: new Uint8Array([1, 2]),
    };
    const id = service.create(new Entity('new_thing', given));
    const found = service.retrieve('new_thing', id, new ColumnSet(true));
    expect(found.attributes).toMatchObject({
      ...given,
      new_key: ID,
      new_share: 0.124,
      new_kind: new OptionSetValue(1),
      new_parties: expect.any(EntityCollection),
    });
  });

  test('D-63 may be closed to updates and to readers', () => {
    const { service } = organization();
    const id = service.create(withValue('new_fixed', 'a'));
    const fault = faultOf(() => service.update(new Entity('new_thing', id, { new_fixed: 'b' })));
    expect(fault.message).toContain('is not valid for Update operations.');
    const kept = service.retrieve('new_thing', id, new ColumnSet(['new_fixed']));
    expect(kept.get('new_fixed')).toBe('a');
    const refused = faultOf(() => service.retrieve('new_thing', id, new ColumnSet(['new_secret'])));
    expect(refused.message).toContain('is not valid for Read operations.');
    expect(service.retrieve('new_thing', id, new ColumnSet(true)).contains('new_secret')).toBe(
      false,
    );
  });

  test('DV-19 is asked for by its name only', () => {
    const { service } = organization();
    const id = service.create(withValue('new_name', 'a'));
    const fault = faultOf(() => service.retrieve('new_thing', id, new ColumnSet(['New_Name'])));
    expect(fault.hexCode).toBe('0x80041103');
  });

  test('that the system requires has a value, and keeps one', () => {
    const { context, service } = organization();
    expect(faultOf(() => service.create(new Entity('new_thing'))).message).toBe(
      "The attribute 'new_must' of entity 'new_thing' is required and has no value.",
    );
    expect(context.count('new_thing')).toBe(0);
    const id = service.create(withValue('new_name', 'a'));
    expect(
      faultOf(() => service.update(new Entity('new_thing', id, { new_must: null }))).message,
    ).toContain('is required and cannot be set to null.');
    expect(service.retrieve('new_thing', id, new ColumnSet(['new_must'])).get('new_must')).toBe(
      'x',
    );
  });

  test('DV-45 has no date before 1753, described or not', () => {
    const { service } = organization();
    const first = new Date('1753-01-01T00:00:00Z');
    const early = new Date('1752-12-31T23:59:59Z');
    for (const table of ['new_thing', 'account']) {
      const attributes = table === 'account' ? {} : { new_must: 'x' };
      const id = service.create(new Entity(table, { ...attributes, new_due: first }));
      const found = service.retrieve(table, id, new ColumnSet(['new_due']));
      expect(found.get('new_due')).toEqual(first);
      for (const act of [
        () => service.create(new Entity(table, { ...attributes, new_due: early })),
        () => service.update(new Entity(table, id, { new_due: early })),
      ]) {
        expect(faultOf(act).message).toContain('is not one from 1753-01-01 to 9999-12-31');
      }
    }
  });

  test('DV-46 D-62 keeps moments in UTC, be they local, of a zone or of none', () => {
    const { service } = organization();
    const read = (value: AttributeValue): unknown => {
      const id = service.create(withValue('new_due', value));
      return service.retrieve('new_thing', id, new ColumnSet(['new_due'])).get('new_due');
    };
    const expected = new Date('2024-03-01T10:00:00Z');
    expect(read('2024-03-01T12:00:00+02:00')).toEqual(expected);
    expect(read('2024-03-01T10:00:00')).toEqual(expected);
    expect(read('2024-03-01 10:00')).toEqual(expected);
    expect(read(expected)).toEqual(expected);
  });

  test('DV-47 keeps the time where it is for moments, and none where it is for days', () => {
    const { service } = organization();
    const moment = new Date('2024-03-01T23:59:59Z');
    const id = service.create(
      new Entity('new_thing', { new_must: 'x', new_due: moment, new_day: moment }),
    );
    const found = service.retrieve('new_thing', id, new ColumnSet(['new_due', 'new_day']));
    expect(found.get('new_due')).toEqual(moment);
    expect(found.get('new_day')).toEqual(new Date('2024-03-01T00:00:00Z'));
  });

  test('DV-90 keeps empty text as nothing', () => {
    const { service } = organization();
    const id = service.create(withValue('new_name', ''));
    expect(service.retrieve('new_thing', id, new ColumnSet(true)).contains('new_name')).toBe(false);
    service.update(new Entity('new_thing', id, { new_name: 'a' }));
    service.update(new Entity('new_thing', id, { new_name: '' }));
    expect(service.retrieve('new_thing', id, new ColumnSet(true)).contains('new_name')).toBe(false);
  });
});

describe('an organization', () => {
  test('D-63 takes everything of what nobody has described, unless it is strict', () => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    const id = service.create(new Entity('anything', { whatever: 'x', __proto__x: 1 }));
    expect(service.retrieve('anything', id, new ColumnSet(['whatever'])).get('whatever')).toBe('x');

    const strict = XrmFakedContextFactory.new({ strict: true, metadata: { entities: [thing] } });
    const fault = faultOf(() => strict.getOrganizationService().create(new Entity('anything')));
    expect(fault.hexCode).toBe('0x80041102');
    expect(fault.message).toBe(
      "The entity with a name = 'anything' was not found in the MetadataCache.",
    );
    expect(strict.count('anything')).toBe(0);
  });

  test('D-63 refuses as a fault what no column at all can have', () => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    const odd = new Entity('anything', { whatever: (() => 1) as never });
    expect(faultOf(() => service.create(odd)).hexCode).toBe('0x80040203');
    const wrongDate = new Entity('anything', { whatever: new Date('no date') });
    expect(faultOf(() => service.create(wrongDate)).message).toContain('`anything.whatever`');
  });

  test('D-54 looks for what is referred to, if it is told to', () => {
    const reference = new EntityReference('account', ID);
    const record = new Entity('new_thing', { new_must: 'x', new_parent: reference });
    const loose = organization().service;
    expect(loose.create(record)).toMatch(/^[\da-f-]{36}$/);

    const context = XrmFakedContextFactory.new({ checkReferences: true });
    const service = context.getOrganizationService();
    const fault = faultOf(() => service.create(record));
    expect(fault.message).toBe(`account With Id = ${ID} Does Not Exist`);
    expect(fault.hexCode).toBe('0x80040217');
    expect(context.count('new_thing')).toBe(0);
    service.create(new Entity('account', ID, { name: 'A' }));
    expect(service.create(record)).toMatch(/^[\da-f-]{36}$/);
  });

  test('D-54 D-60 keeps a reference by a key as one by an id', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const account = service.create(new Entity('account', { accountnumber: 'A-1' }));
    const parent = new EntityReference('account', { accountnumber: 'a-1' });
    const id = service.create(new Entity('contact', { parentcustomerid: parent }));
    const found = service.retrieve('contact', id, new ColumnSet(['parentcustomerid']));
    expect(found.get('parentcustomerid')).toMatchObject({ id: account, keyAttributes: undefined });
    const nobody = new EntityReference('account', { accountnumber: 'A-2' });
    const fault = faultOf(() =>
      service.create(new Entity('contact', { parentcustomerid: nobody })),
    );
    expect(fault.hexCode).toBe('0x80060891');
  });

  test('D-61 DV-113 has nothing in common with what it was given, or gave', () => {
    const { service } = organization();
    const bytes = new Uint8Array([1]);
    const day = new Date('2024-01-01T00:00:00Z');
    const given = withValue('new_image', bytes).set('new_due', day);
    const id = service.create(given);
    bytes[0] = 9;
    day.setUTCFullYear(1999);
    given.set('new_name', 'changed');
    const found = service.retrieve('new_thing', id, new ColumnSet(true));
    (found.get('new_image') as Uint8Array)[0] = 7;
    (found.get('new_due') as Date).setUTCFullYear(1888);
    const again = service.retrieve('new_thing', id, new ColumnSet(true));
    expect(again.get('new_image')).toEqual(new Uint8Array([1]));
    expect(again.get('new_due')).toEqual(new Date('2024-01-01T00:00:00Z'));
    expect(again.contains('new_name')).toBe(false);
  });

  test('of amounts takes Money alone', () => {
    const price: EntityMetadata = {
      logicalName: 'new_price',
      attributes: { new_amount: { logicalName: 'new_amount', type: 'Money', maxValue: 10 } },
    };
    const context = XrmFakedContextFactory.new({ metadata: { entities: [price] } });
    const service = context.getOrganizationService();
    const create = (value: AttributeValue) => () =>
      service.create(new Entity('new_price', { new_amount: value }));
    expect(faultOf(create(5)).message).toContain('Expected: Money, but got: number.');
    expect(faultOf(create(new Money(10.01))).hexCode).toBe('0x80044330');
    expect(create(new Money(10))()).toMatch(/^[\da-f-]{36}$/);
  });
});
